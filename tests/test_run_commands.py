"""Every command that docs/run tells somebody to type is run by a test, or stands here with the reason why none can."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import _parser
from bot.settings import load
from tests.ops.test_why import REQUIRED

ROOT = Path(__file__).parents[1]
PAPERS = sorted((ROOT / "docs" / "run").glob("*.md"))
PROGRAMS = (
    "coupon-desk", "curl", "docker", "heroku", "openssl", "pg_dump", "pg_restore", "pip", "promtool", "python", "python3",
    "sqlite3", "systemctl", "timedatectl", "ulimit", "uv",
)  # fmt: skip
DOCTOR, AUDIT, WHY = "tests/ops/test_doctor.py", "tests/ops/test_audit.py", "tests/ops/test_why.py"
HERE, MAIN, PAUSE = "tests/test_run_commands.py", "tests/test_main.py", "tests/ops/test_pause.py"
RESTORE = "tests/ops/test_restore.py::test_a_restored_ledger_goes_on_where_it_was"
BUILDS = "tests/test_deploy.py::test_the_dockerfile_builds_and_starts_in_a_clean_environment"
COOKBOOK = "tests/ops/test_cookbook.py::test_it_does_what_the_paper_says"
FORGET = "tests/ops/test_forget.py::test_somebody_is_forgotten_and_the_story_says_so"
#: The test that runs it, in this form or with an argument of its own.
RUN = {
    "coupon-desk audit --verify": f"{AUDIT}::test_all_is_as_it_was_sealed",
    "coupon-desk audit --verify --anchor <anchor>": f"{AUDIT}::test_a_log_written_anew_with_another_key_is_found_by_the_key_and_by_an_anchor",
    "coupon-desk audit --against-engine --since <day of the backup>": "tests/ops/test_audit_engine.py"
    "::test_only_customers_and_uses_of_the_period_are_asked_for",
    "coupon-desk demo": f"{MAIN}::test_demo_shows_a_session_and_one_address_and_ends_on_sigterm",
    "coupon-desk doctor": f"{DOCTOR}::test_all_well_is_all_ok",
    "coupon-desk doctor --groups": f"{DOCTOR}::test_groups_with_their_ids",
    "coupon-desk forget": FORGET,
    "coupon-desk forget 565039504": FORGET,
    "coupon-desk migrate": f"{MAIN}::test_migrate_imports_neither_slack_nor_the_sandbox_and_alembic_only_for_a_change",
    'coupon-desk pause "a secret is being changed"': f"{PAUSE}::test_the_commands",
    "coupon-desk pause": f"{PAUSE}::test_the_commands",
    "coupon-desk resume": f"{PAUSE}::test_the_commands",
    "coupon-desk policy check policy.toml": COOKBOOK,
    "coupon-desk policy explain": COOKBOOK,
    "coupon-desk policy explain --person U… --worth N": COOKBOOK,
    "coupon-desk policy explain --worth N": COOKBOOK,
    "coupon-desk why <its reference>": f"{WHY}::test_redeemed_at_once",
    "coupon-desk why <reference>": f"{WHY}::test_redeemed_at_once",
    "coupon-desk why NWTUDXEH --unmask": f"{WHY}::test_it_is_masked_as_a_channel_is_and_unmasking_is_recorded_first",
    "coupon-desk why customer:565039504": f"{WHY}::test_requests_of_a_customer_and_of_a_code",
    'pg_dump --format=custom --file=desk.dump "$DATABASE_URL"': RESTORE,
    'pg_restore --no-owner --no-privileges --exit-on-error --dbname="$DATABASE_URL" desk.dump': RESTORE,
    "pip install --require-hashes -r requirements.txt": BUILDS,
    "promtool check rules": "tests/test_monitor.py::test_prometheus_accepts_the_rules",
    "python -m bot doctor": f"{HERE}::test_commands_are_those_of_the_program",
    "python -m tests.views.told_page": "tests/views/test_told_page.py::test_it_says_what_the_messages_say",
    'sqlite3 coupon-desk.db ".backup desk.db"': RESTORE,
    "openssl rand -base64 32": f"{HERE}::test_a_key_from_openssl_is_one",
}
#: Why no test runs it.
NOT_RUN = {
    "docker compose run --rm desk-1 python -m bot doctor": "needs a Docker daemon; the command inside is run",
    "docker compose up --build": "needs a Docker daemon; tests/test_deploy.py reads the file and runs what the image runs",
    "heroku run python -m bot doctor": "needs an account there; the command is run",
    "uv run python -m tests.benchmarks workspace 10": "takes ten minutes of real time",
}
_PLACES = {
    "<anchor>": "ABCD",
    "<day of the backup>": "2026-11-28",
    "<its reference>": "NWTUDXEH",
    "<reference>": "NWTUDXEH",
}


def _typed(paper: Path) -> Iterator[str]:
    """What stands in a block of a shell, or in backticks, and begins with a program's name."""
    text = paper.read_text(encoding="utf-8")
    for block in re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        # Of a console, what follows is the answer.
        yield from (line.removeprefix("$ ") for line in (lines[:1] if lines[0].startswith("$") else lines))
    for quoted in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if quoted.split()[0] in PROGRAMS and " " in quoted:
            yield quoted


#: Of the cookbook, each command is run with its answer.
COMMANDS = {command for paper in PAPERS if paper.name != "policy.md" for command in _typed(paper)}


def test_each_is_run_by_a_test_or_says_why_not() -> None:
    assert COMMANDS - RUN.keys() - NOT_RUN.keys() == set()
    assert RUN.keys() & NOT_RUN.keys() == set()


def test_nothing_stands_here_that_no_paper_says() -> None:
    said = COMMANDS | set(_typed(ROOT / "docs" / "run" / "policy.md"))

    assert (RUN.keys() | NOT_RUN.keys()) - said == set()


@pytest.mark.parametrize("where", sorted(set(RUN.values())))
def test_the_test_that_runs_it_is_there(where: str) -> None:
    file, _, name = where.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

    assert name in defined


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_commands_are_those_of_the_program(command: str) -> None:
    _, ours, arguments = command.replace("python -m bot ", "coupon-desk ").partition("coupon-desk ")
    # These stand for the command, not for what is typed.
    if ours and arguments not in {"policy explain", "forget", "pause"}:
        for place, value in _PLACES.items():
            arguments = arguments.replace(place, value)
        _parser().parse_args(shlex.split(arguments))


OPENSSL = shutil.which("openssl")


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
def test_a_key_from_openssl_is_one() -> None:
    made = subprocess.run([str(OPENSSL), "rand", "-base64", "32"], capture_output=True, text=True, check=True)

    assert load({**REQUIRED, "AUDIT_KEY": made.stdout.strip()}, env_file=None).audit_key is not None
