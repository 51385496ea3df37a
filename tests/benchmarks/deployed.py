"""Processes as a deployment starts them: without the packages that only development needs, and with compiled files."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
TRIES = 5
BOLT = "import slack_bolt.async_app"
DESK = "from bot.commands import imported_app; imported_app()"


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took, in seconds: of the processor, and until it had ended."""

    processor_s: float
    waited_s: float


def code(rest: str) -> str:
    """The code behind which development's packages cannot be imported: structlog and httpx take some where they are."""
    return f"import sys; sys.modules.update(dict.fromkeys({_only_for_development()!r})); {rest}"


def environ() -> dict[str, str]:
    """This process's environment, but that Python may write compiled files."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # noqa: TID251


def imports() -> tuple[Taken, Taken]:
    """What it takes to import Bolt alone, and what `serve` imports; the least of five each, in turn."""
    taken = [(_run(code(BOLT)), _run(code(DESK))) for _ in range(TRIES)]
    bolt, desk = zip(*taken, strict=True)
    return _least(bolt), _least(desk)


def _least(of: tuple[Taken, ...]) -> Taken:
    return Taken(min(one.processor_s for one in of), min(one.waited_s for one in of))


def _run(python: str) -> Taken:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", python], check=True, env=environ())
    waited_s, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Taken(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, waited_s)


def _only_for_development() -> list[str]:
    """Names of installed packages that requirements.txt does not list."""
    listed = {
        _plain(line.partition("==")[0]) for line in REQUIREMENTS.read_text().splitlines() if "==" in line
    }
    listed.add("coupon-desk")
    return sorted(
        name
        for name, sources in packages_distributions().items()
        if name.isidentifier() and listed.isdisjoint(map(_plain, sources))
    )


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")
