"""`python -m tests.simulation 3000` plays so many schedules, `--from N` those from a seed on, `--seed N` one, with its log."""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bot import logs
from tests.databases import running_postgres
from tests.simulation.desks import place
from tests.simulation.play import Failed
from tests.simulation.play_several import play_any
from tests.simulation.several import drawn
from tests.simulation.tally import Tally

AT_ONCE = 50
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Played:
    """
    What came of a chunk of seeds.

    Attributes:
        tally: of those that held (`Tally.as_text`).
        failed: what did not hold, by seed.
        last: the last seed.
        took_s: seconds of processor time, those of the desks, the engine and Slack; PostgreSQL's are not in it.

    """

    tally: str
    failed: list[str]
    last: int
    took_s: float


def played(seeds: Sequence[int], log_level: str) -> Played:
    """In a process, and on a PostgreSQL, of its own."""
    logs.configure(level=log_level, format="console")
    # Burying a desk collects what it has left; what is older than all of them need not be gone through.
    gc.collect()
    gc.freeze()
    before_s = time.process_time()
    with tempfile.TemporaryDirectory() as folder, running_postgres() as postgres:
        tally, failed = asyncio.run(_played(seeds, Path(folder), postgres))
    return Played(tally, failed, seeds[-1], time.process_time() - before_s)


async def _played(seeds: Sequence[int], folder: Path, postgres: str) -> tuple[str, list[str]]:
    tally, failed = Tally(), []
    async with place(folder, postgres) as here:
        for seed in seeds:
            try:
                tally.add(await play_any(here, drawn(seed)))
            except Failed as err:
                failed.append(f"seed {seed} fails: {err}")
            except Exception:  # noqa: BLE001 - of whichever kind, it is this seed's, and the others are played
                failed.append(f"seed {seed} breaks: {traceback.format_exc(limit=-12)}")
    return tally.as_text(), failed


def parser() -> argparse.ArgumentParser:
    own = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    own.add_argument("schedules", type=int, nargs="?", default=3000)
    own.add_argument(
        "--from", dest="first", type=int, default=0, help="the first seed; goes on where a run ended"
    )
    own.add_argument("--seed", type=int, help="play this one only, and show its log")
    return own


def main() -> int:
    given = parser().parse_args()
    if given.seed is not None:
        sys.stdout.write(f"{drawn(given.seed)}\n")
        return _told([played([given.seed], "DEBUG")])
    seeds = range(given.first, given.first + given.schedules)
    chunks = [seeds[begin : begin + AT_ONCE] for begin in range(0, len(seeds), AT_ONCE)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        return _told(pool.map(played, chunks, ["CRITICAL"] * len(chunks)))


def _told(results: Iterable[Played]) -> int:
    """What failed, and how far it is, as it goes; then what was played, and what it took."""
    tally, failures, took_s = Tally(), list[str](), 0.0
    for one in results:
        tally.add(Tally.from_text(one.tally))
        failures += one.failed
        took_s += one.took_s
        sys.stdout.writelines(f"{fault}\n" for fault in one.failed)
        # Whoever is stopped here goes on with `--from` the seed after this one.
        sys.stderr.write(f"{len(tally.seeds) + len(failures)} played, up to seed {one.last}\n")
    each_s = took_s / max(len(tally.seeds) + len(failures), 1)
    took = f"{took_s:.0f} s of processor time, {each_s:.2f} a schedule"
    which = [f"`--seed {fault.split()[1]}` plays it again" for fault in failures]
    sys.stdout.write("\n".join([*tally.told(), f"{len(failures)} failed", *which, took]) + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
