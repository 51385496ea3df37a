"""`python -m tests.simulation 3000` plays so many schedules, `--seed N` one of them, with its log."""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bot import logs
from tests.databases import running_postgres
from tests.simulation.desks import place
from tests.simulation.play import Failed, play
from tests.simulation.schedules import drawn
from tests.simulation.tally import Tally

AT_ONCE = 50
PROCESSES = 2


def played(seeds: Sequence[int], log_level: str) -> tuple[str, list[str]]:
    """What was played, and what did not hold; in a process, and on a PostgreSQL, of its own."""
    logs.configure(level=log_level, format="console")
    # Burying a desk collects what it has left; what is older than all of them need not be gone through.
    gc.collect()
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder, running_postgres() as postgres:
        return asyncio.run(_played(seeds, Path(folder), postgres))


async def _played(seeds: Sequence[int], folder: Path, postgres: str) -> tuple[str, list[str]]:
    tally, failed = Tally(), []
    async with place(folder, postgres) as here:
        for seed in seeds:
            try:
                tally.add(await play(here, drawn(seed)))
            except Failed as err:
                failed.append(f"seed {seed} fails: {err}")
    return tally.as_text(), failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("schedules", type=int, nargs="?", default=3000)
    parser.add_argument("--seed", type=int, help="play this one only, and show its log")
    given = parser.parse_args()
    if given.seed is not None:
        sys.stdout.write(f"{drawn(given.seed)}\n")
        return _said([played([given.seed], "DEBUG")])
    chunks = [
        range(first, min(first + AT_ONCE, given.schedules)) for first in range(0, given.schedules, AT_ONCE)
    ]
    with ProcessPoolExecutor(PROCESSES) as pool:
        return _said(pool.map(played, chunks, ["CRITICAL"] * len(chunks)))


def _said(results: Iterable[tuple[str, list[str]]]) -> int:
    """What failed, and how far it is, as it goes; then what was played."""
    tally, failures = Tally(), 0
    for told, failed in results:
        tally.add(Tally.from_text(told))
        failures += len(failed)
        sys.stdout.writelines(f"{one}\n" for one in failed)
        sys.stderr.write(f"{len(tally.seeds) + failures} played\n")
    sys.stdout.write("\n".join([*tally.told(), f"{failures} failed"]) + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
