"""`python -m tests.fuzz --requests 100000 --slow 1000 --seed 7`: prints the counts; 1 where something is wrong."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bot import logs
from tests.fuzz.run import fuzz


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    made.add_argument("--requests", type=int, default=100_000)
    made.add_argument("--slow", type=int, default=1000)
    made.add_argument("--seed", type=int, default=7)
    return made


def main() -> int:
    chosen = parser().parse_args()
    logs.configure(level="ERROR", format="json")
    report = asyncio.run(fuzz(chosen.requests, chosen.slow, chosen.seed))
    sys.stdout.write(f"{report}\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
