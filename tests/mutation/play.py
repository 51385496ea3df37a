"""
Plays mutants: each in a process of its own, forked from one that has loaded everything, against its module's tests.

A mutant in the body of a function is put into a process in which all tests are collected; any other is imported anew,
in a process that has loaded only what the project installs.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import ROOT, Mutant, compiled, load_instead, module_of, runs_at_import, swap_in

#: Seconds that a mutant gets, on a machine that is busy.
LIMIT_S = 90
#: Seconds of processor time, for one that goes round in circles.
PROCESSOR_S = 60
#: Loaded once, since most of a run's time would go into importing them.
LIBRARIES = (
    *("aiohttp", "aiosqlite", "alembic", "babel.numbers", "cachetools", "cryptography", "httpx"),
    *("phonenumbers", "prometheus_client", "psycopg", "pydantic"),
    *("slack_bolt.async_app", "slack_sdk.models.blocks", "sqlalchemy.ext.asyncio", "stamina", "structlog"),
)
OPTIONS = (
    "-n",
    "0",
    "-q",
    "-x",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    # A failure is enough; its smallest example would take seconds.
    "--hypothesis-profile",
    "unshrunk",
    "--no-header",
    "--no-summary",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
#: What a fork tells in place of the test that killed the mutant.
SURVIVED, CANNOT, NOT_PLAYED = "", "cannot be swapped", "not played"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """
    The result of one mutant.

    Attributes:
        by: the first test that failed, or what else ended it; None if it survived.
        processor_s: seconds of processor time.

    """

    mutant: Mutant
    by: str | None
    processor_s: float


Tell = Callable[[Played], None]
#: Gets what a fork said, and its seconds of processor time.
Heard: TypeAlias = Callable[[str, float], None]


def play(mutants: Sequence[Mutant], tests: Mapping[str, Sequence[str]], tell: Tell, jobs: int = 1) -> None:
    """Play them all; `tests` names the files of tests for each module's file."""
    for library in LIBRARIES:
        importlib.import_module(library)

    def heard(mutant: Mutant, by: str, processor_s: float) -> None:
        tell(Played(mutant=mutant, by=by or None, processor_s=processor_s))

    left = [mutant for mutant in mutants if runs_at_import(mutant)]
    swapped = [mutant for mutant in mutants if not runs_at_import(mutant)]
    if swapped:
        left += _in_one_session(swapped, tests, heard, jobs)
    forks = Forks(jobs)
    for mutant in left:
        forks.start(partial(imported, mutant, tests[mutant.file]), partial(heard, mutant))
    forks.finish()


def imported(mutant: Mutant, files: Sequence[str]) -> str:
    """Run the tests with the mutant in place of its module; returns the test that fails first."""
    return run_instead(mutant.file, compiled(mutant), files)


def run_instead(file: str, code: Any, tests: Sequence[str]) -> str:
    """Run tests with this code in place of a module's; returns the test that fails first. Never twice in a process."""
    load_instead(file, code)
    try:
        importlib.import_module(module_of(file))
    except Exception as err:  # noqa: BLE001 - every test fails then, and so does the desk
        return f"{file} cannot be imported: {type(err).__name__}"
    failures = _Failures()
    status = pytest.main([*OPTIONS, *tests], plugins=[failures])
    if status == pytest.ExitCode.USAGE_ERROR:
        # As pytest says it of a conftest.py that cannot be imported; the files of tests are there (test_mutation.py).
        return "a conftest.py cannot be imported"
    if not failures.first and status != pytest.ExitCode.OK:
        raise RuntimeError(f"pytest ends with {status!r}")
    return failures.first


@dataclass(eq=False)
class _Failures:
    first: str = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.first:
            self.first = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.first:
            self.first = f"{report.nodeid} cannot be imported"


def _in_one_session(
    mutants: Sequence[Mutant],
    tests: Mapping[str, Sequence[str]],
    heard: Callable[[Mutant, str, float], None],
    jobs: int,
) -> list[Mutant]:
    """Play them in a forked session; returns those that cannot be swapped in."""
    files = sorted({file for mutant in mutants for file in tests[mutant.file]})
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        with _exits():
            pytest.main([*OPTIONS, *files], plugins=[_Session(mutants, tests, writing, jobs)])
    os.close(writing)
    left = []
    with os.fdopen(reading) as lines:
        for line in lines:
            number, by, processor_s = json.loads(line)
            if by == CANNOT:
                left.append(mutants[number])
            else:
                heard(mutants[number], by, processor_s)
    os.waitpid(process, 0)
    return left


@contextmanager
def _exits() -> Iterator[None]:
    """A fork never returns into its parent's code."""
    try:
        yield
    finally:
        sys.stdout.flush()
        os._exit(0)


class _Nothing:
    """In place of the next test: only what lasts for the session is kept."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session

    def listchain(self) -> list[Any]:
        return [self._session]


@dataclass(eq=False)
class _Session:
    """A plugin of pytest that forks for each mutant where the tests would run."""

    mutants: Sequence[Mutant]
    tests: Mapping[str, Sequence[str]]
    told: int
    jobs: int
    #: Tests that have killed something come first; each was tried without a mutant.
    killers: list[str] = field(default_factory=list)
    lasting: set[frozenset[str]] = field(default_factory=set)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        by_file: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            by_file.setdefault(str(item.path.relative_to(ROOT)), []).append(item)
        forks = Forks(self.jobs)
        for number in sorted(range(len(self.mutants)), key=lambda number: self.mutants[number].name):
            mutant = self.mutants[number]
            items = [item for file in self.tests[mutant.file] for item in by_file[file]]
            self._set_up(session, items)
            self._fork(forks, number, session, items)
        forks.finish()
        return True

    def _set_up(self, session: pytest.Session, items: Sequence[pytest.Item]) -> None:
        """Run one test for what lasts for the session, such as a database's server, so that all forks find it."""
        for item in items:
            lasting = _lasting(item)
            if not lasting <= set().union(*self.lasting):
                self.lasting.add(lasting)
                self._passes(session, item)

    def _passes(self, session: pytest.Session, item: pytest.Item) -> None:
        if _failed(item, session):
            raise AssertionError(f"{item.nodeid} fails without a mutant")

    def _fork(self, forks: Forks, number: int, session: pytest.Session, items: Sequence[pytest.Item]) -> None:
        by_id = {item.nodeid: item for item in items}
        first = [by_id.pop(killer) for killer in self.killers if killer in by_id]
        order = [*first, *sorted(by_id.values(), key=_needs_server)]

        def tell(by: str, processor_s: float) -> None:
            item = next((item for item in items if item.nodeid == by), None)
            if item is not None and by not in self.killers:
                if _failed(item, session):
                    # What another fork left behind, or a machine that is too busy: the mutant is played again.
                    by = f"{NOT_PLAYED}: {by} fails without a mutant, too"
                else:
                    self.killers.insert(0, by)
            os.write(self.told, (json.dumps([number, by, processor_s]) + "\n").encode())

        def run() -> str:
            if not swap_in(self.mutants[number]):
                return CANNOT
            return next(filter(None, (_failed(item, session) for item in order)), SURVIVED)

        # Two would empty each other's database.
        alone = any(map(_needs_server, order))
        if alone:
            forks.finish()
        forks.start(run, tell)
        if alone:
            forks.finish()


def _lasting(item: pytest.Item) -> frozenset[str]:
    """Names of the fixtures that it needs and that last for the session."""
    assert isinstance(item, pytest.Function)
    found = item._fixtureinfo.name2fixturedefs
    return frozenset(
        name for name in item.fixturenames if name in found and found[name][-1].scope == "session"
    )


def _needs_server(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    return "postgres" in item.nodeid or "postgres" in item.fixturenames


def _failed(item: pytest.Item, session: pytest.Session) -> str:
    reports = runtestprotocol(item, log=False, nextitem=_Nothing(session))  # type: ignore[arg-type]
    return item.nodeid if any(report.failed for report in reports) else ""


@dataclass
class Forks:
    """Runs each function in a fork of this process, so many at a time."""

    jobs: int
    running: dict[int, tuple[int, Heard]] = field(default_factory=dict)

    def start(self, run: Callable[[], str], heard: Heard) -> None:
        """Waits for a free place first; `heard` gets what `run` returns and the seconds of processor time."""
        while len(self.running) >= self.jobs:
            self._wait()
        reading, writing = os.pipe()
        sys.stdout.flush()
        process = os.fork()
        if process == 0:
            os.close(reading)
            _run(run, writing)
        os.close(writing)
        self.running[reading] = process, heard

    def finish(self) -> None:
        while self.running:
            self._wait()

    def _wait(self) -> None:
        for reading in select.select(list(self.running), [], [])[0]:
            process, heard = self.running.pop(reading)
            with os.fdopen(reading) as lines:
                said = lines.read()
            _, status, usage = os.wait4(process, 0)
            ended = said if os.WIFEXITED(status) else "no end in time"
            heard(ended, usage.ru_utime + usage.ru_stime)


def _run(run: Callable[[], str], writing: int) -> NoReturn:
    with _exits():
        _quiet()
        signal.alarm(LIMIT_S)
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
        try:
            os.write(writing, run().encode())
        except BaseException as err:  # noqa: BLE001 - whatever it is, it must be told
            os.write(writing, f"{NOT_PLAYED}: {type(err).__name__}: {err}".encode())
    raise AssertionError("unreachable: the fork has exited")


def _quiet() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def read_lines(file: Path) -> list[Any]:
    return (
        [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    )
