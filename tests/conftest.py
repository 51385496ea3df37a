"""Things that tests of several rooms ask for."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zlib import crc32

import hypothesis
import pytest

from tests.simulation.told import pytest_terminal_summary as pytest_terminal_summary

if TYPE_CHECKING:
    from bot.aio.tasks import TaskSet

if TYPE_CHECKING:
    from tests.databases import ReusedDatabase

# A commit passes or fails, however often it is tried; `--hypothesis-profile explore` looks for what is new.
_patient = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("desk", _patient, derandomize=True, max_examples=60)
hypothesis.settings.register_profile("explore", _patient, max_examples=300)
_unshrunk = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
hypothesis.settings.register_profile(
    "unshrunk", _patient, derandomize=True, max_examples=60, phases=_unshrunk
)
hypothesis.settings.load_profile("desk")


#: Seconds that no machine takes for a card.
IN_TIME_S = 60.0
#: So many files are played in one process: a worker takes longer to start than most of them take.
FEW = 3


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two for each core, since half of the time they wait for a browser, a database, or a process; none for a few files."""
    return 2 * (os.cpu_count() or 1) if len(_files(config.args)) > FEW else 0


def _files(asked: Sequence[str]) -> set[Path]:
    """The files of tests that somebody asked for: `tests/domain`, `tests/domain/test_policy.py::test_one`."""
    places = {Path(one.partition("::")[0]) for one in asked}
    return {file for place in places for file in (place.rglob("test_*.py") if place.is_dir() else [place])}


#: When garbage is collected in a worker, which needs its processor time more than its memory: see `gc.set_threshold`.
SELDOM = (20_000, 20, 20)
#: Rooms whose tests take seconds each.
LONG = {"browser", "simulation"}
#: Rooms whose tests take milliseconds each; a worker is given ten at a time of them, since each message costs one, too.
SHORT = {"aio", "domain", "services", "views"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, the short ones last, else one worker is left alone with some long ones."""
    items.sort(key=_turn)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Next to nothing of it is garbage, and a garbage collection goes through all of it."""
    gc.disable()
    worker = getattr(session.config, "workerinput", None)
    if worker is not None:
        place = int(worker["workerid"].removeprefix("gw"))
        for file in beginning_after(place / worker["workercount"], _files(session.config.args)):
            # What is wrong with it, its collection tells; one from elsewhere is no module of ours.
            with contextlib.suppress(Exception, pytest.skip.Exception):
                module = file.resolve().relative_to(session.config.rootpath).with_suffix("")
                importlib.import_module(".".join(module.parts))


def beginning_after(share: float, files: Collection[Path]) -> list[Path]:
    """
    All of them, in an order that begins after this share of them.

    In a new clone each worker compiles other files first, and finds those of the others compiled when it comes to them.
    """
    in_order = sorted(files)
    first = int(share * len(files))
    return in_order[first:] + in_order[:first]


def pytest_collection_finish() -> None:
    """What was imported and collected stays; going through it takes a sixth of the time of the stories."""
    gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()
    _plain_tracebacks()


def _plain_tracebacks() -> None:
    """Else structlog draws a box with all variables for each call of a traceback, which takes up to a second."""
    structlog = sys.modules.get("structlog")
    if structlog is not None:
        structlog.get_config()["processors"][-1].exception_formatter = structlog.dev.plain_traceback


def _turn(item: pytest.Item) -> int:
    """The long ones mixed, for many start processes or browsers; the others as they come."""
    if not LONG.isdisjoint(item.path.parts):
        return crc32(item.nodeid.encode())
    return sys.maxsize + (not SHORT.isdisjoint(item.path.parts))


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt and slack-sdk read variables of their own accord."""
    for name in list(os.environ):  # noqa: TID251 - scrubbed, not read
        if name.startswith(("SLACK_", "CAPILLARY_")):
            monkeypatch.delenv(name)


@pytest.fixture
def in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for comes with its acknowledgement, and a modal opens complete, however slow the machine is."""
    from bot.listeners import replies

    monkeypatch.setattr(replies.Replies, "left_s", lambda _: IN_TIME_S)
    monkeypatch.setattr(replies, "COMPLETE_WITHIN_S", IN_TIME_S)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL for as long as this worker runs."""
    from tests.databases import running_postgres

    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def _compiled_once() -> Iterator[None]:
    from tests.compiled import compiled_once

    with compiled_once():
        yield


@pytest.fixture(scope="session")
def ledger_file(_compiled_once: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database that is up to date and empty, to be copied: that takes a tenth of the time."""
    from bot.adapters.ledger.database import migrate

    file = tmp_path_factory.mktemp("ledger") / "empty.db"
    asyncio.run(migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_ledger(_compiled_once: None, postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database that is up to date and empty, to be copied."""
    from bot.adapters.ledger.database import migrate
    from tests.databases import new_postgres

    with new_postgres(postgres_server) as url:
        asyncio.run(migrate(url))
        yield urlsplit(url).path[1:]


@pytest.fixture(scope="session")
def _reused(postgres_server: str, postgres_ledger: str) -> Iterator[ReusedDatabase]:
    from tests.databases import ReusedDatabase

    database = ReusedDatabase(postgres_server, postgres_ledger)
    yield database
    database.drop()


@pytest.fixture
def postgres(_reused: ReusedDatabase) -> Iterator[str]:
    """The URL of a PostgreSQL database, up to date and empty."""
    with _reused.used() as url:
        yield url


@pytest.fixture
def sqlite(tmp_path: Path, ledger_file: Path) -> str:
    """The URL of an SQLite database, up to date and empty."""
    return f"sqlite:///{shutil.copy(ledger_file, tmp_path / 'desk.db')}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A ledger on each database in turn, up to date and empty."""
    url = request.getfixturevalue(request.param)
    assert isinstance(url, str)
    return url


@pytest.fixture
async def tasks() -> AsyncIterator[TaskSet]:
    """Background tasks that end with the test."""
    from bot.aio.tasks import TaskSet

    started = TaskSet()
    yield started
    await started.close()
