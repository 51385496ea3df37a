"""Deletes each guard of the promises, and plays the test that must miss it."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.mutation.mutants import ROOT
from tests.mutation.play import LIBRARIES, Forks, run_instead, say

GUARDS = Path(__file__).with_name("guards.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """
    One guard.

    Attributes:
        promise: number of the promise that it keeps.
        name: what it guards against.
        code: its source, which stands in `file` once.
        without: the source without it.
        test: the test that must fail then.

    """

    promise: int
    name: str
    file: str
    code: str
    without: str
    test: str

    def source(self) -> str:
        """Return the module without the guard. Raises ValueError if the guard is not there, or not once."""
        source = (ROOT / self.file).read_text(encoding="utf-8")
        if source.count(self.code) != 1:
            raise ValueError(f"{self.file} has not exactly one place with: {self.code}")
        return source.replace(self.code, self.without)


def guards() -> Sequence[Guard]:
    listed = tomllib.loads(GUARDS.read_text(encoding="utf-8"))["guard"]
    return [Guard(**one) for one in listed]


def play_all(only: Sequence[str] | None, jobs: int) -> int:
    """Print one line for each guard; return 1 if a guard is missed by no test."""
    for library in LIBRARIES:
        importlib.import_module(library)
    unmissed: list[Guard] = []
    forks = Forks(jobs)
    for guard in guards():
        if not only or any(one in f"{guard.promise} {guard.name} {guard.file}" for one in only):
            forks.start(partial(without, guard), partial(_told, guard, unmissed))
    forks.finish()
    return 1 if unmissed else 0


def without(guard: Guard) -> str:
    """Run its test without the guard; return the test that fails, if one does."""
    code = compile(guard.source(), str(ROOT / guard.file), "exec", dont_inherit=True)
    return run_instead(guard.file, code, [guard.test])


def _told(guard: Guard, unmissed: list[Guard], by: str, processor_s: float) -> None:
    missed = by.startswith(guard.test)
    if not missed:
        unmissed.append(guard)
    said = f"missed by {by}" if missed else f"NOT MISSED ({by or 'the test passes'})"
    say(f"{guard.promise}: {guard.name} ({guard.file}): {said}, {processor_s:.1f} s")
