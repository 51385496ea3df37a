"""Runs Spin on the model: one verifier compiled for each set of switches, and what it found."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

MODEL = Path(__file__).with_name("redemption.pml")
#: Steps of the longest run that is followed; a run cut short is an error of the check, not a pass.
DEPTH = 20_000
#: Seconds of real time; a check takes seconds, on a busy machine a minute.
PATIENCE_S = 1800

_STORED = re.compile(r"^\s*(\S+) states, stored", re.MULTILINE)
_ERRORS = re.compile(r"errors: (\d+)")
_BROKEN = re.compile(r"^pan:\d+: (.+?) \(at depth", re.MULTILINE)


class NotRun(Exception):
    """Spin, the compiler or the verifier itself failed: nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    What one check found.

    Attributes:
        broken: the property that a run breaks, as Spin prints it; None: every run within the bounds keeps all.
        states: that were visited.
        cpu_s: processor time, compiling included.

    """

    broken: str | None
    states: int
    cpu_s: float


def missing() -> str | None:
    """The command that is not there, if any."""
    return next((name for name in ("spin", "gcc") if shutil.which(name) is None), None)


def check(switches: Sequence[str], *, cycles: bool = False, thorough: bool = True) -> Found:
    """
    Every run of the model with these switches (`ASKS=1`, `NO_CLAIM`); the first that breaks a property ends it.

    `cycles`: also whether some run never ends (non-progress cycles; the model has no progress label).
    `thorough`: compiled to run long; else compiled fast, for a property that is broken soon.
    """
    began = _children_s()
    with TemporaryDirectory(prefix="model-") as folder:
        _run(folder, "spin", "-a", *(f"-D{one}" for one in switches), str(MODEL))
        kind = "-DNP" if cycles else "-DSAFETY"
        _run(
            folder,
            "gcc",
            "-O1" if thorough else "-O0",
            "-w",
            kind,
            "-DNOREDUCE",
            "-DVECTORSZ=2048",
            "-o",
            "pan",
            "pan.c",
        )
        told = _run(folder, "./pan", f"-m{DEPTH}", *(["-l"] if cycles else []))
    return _read(told, _children_s() - began)


def _read(told: str, cpu_s: float) -> Found:
    errors, stored, broken = _ERRORS.search(told), _STORED.search(told), _BROKEN.search(told)
    if errors is None or stored is None or "max search depth too small" in told:
        raise NotRun(told[-2000:])
    found = broken.group(1) if broken else None
    if (errors.group(1) != "0") != (found is not None):
        raise NotRun(told[-2000:])
    return Found(broken=found, states=int(float(stored.group(1))), cpu_s=cpu_s)


def _run(folder: str, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    if done.returncode != 0:
        raise NotRun(f"{command[0]} ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
