"""
Mutants of the money path, drawn at random and played against the tests of their own modules.

    python -m tests.mutation --seed 7 --count 400
    python -m tests.mutation --seed 7 --count 400        goes on where it ended
    python -m tests.mutation --only bot/domain/facts.py
    python -m tests.mutation guards
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from tests.mutation import guards
from tests.mutation.mutants import ROOT, Mutant, drawn, mutants_of
from tests.mutation.play import NOT_PLAYED, Played, play, read_lines, say
from tests.mutation.table import TESTS

#: Mutants that may live, and why.
LIVES = Path(__file__).with_name("lives.toml")
#: Results, for a run that goes on later; not part of the project.
RESULTS = ROOT / ".mutation"


def main(arguments: Sequence[str]) -> int:
    """Return 1 if a mutant survives that is not named in `lives.toml`, or if a guard is not missed."""
    asked = _parser().parse_args(arguments)
    if asked.command == "guards":
        return guards.play_all(asked.only, asked.jobs)
    files = [file for file in TESTS if not asked.only or any(one in file for one in asked.only)]
    mutants = drawn(files, asked.seed, asked.count) if asked.seed is not None else _all(files)
    living = may_live()
    mutants = [mutant for mutant in mutants if key(mutant) not in living or asked.equivalent]
    results = RESULTS / f"{asked.results or asked.seed}.jsonl"
    return _played(mutants, results, again=asked.again, jobs=asked.jobs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("draw", "guards"), default="draw")
    parser.add_argument(
        "--seed", type=int, help="draws the same mutants from the same source; all, without it"
    )
    parser.add_argument("--count", type=int, default=400, help="how many to draw")
    parser.add_argument(
        "--only", action="append", help="part of a module's path, or of a guard's name; repeatable"
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many are played at a time")
    parser.add_argument("--again", action="store_true", help="plays those that survived once more")
    parser.add_argument("--equivalent", action="store_true", help="plays those that may live, too")
    parser.add_argument("--results", help="name of the file of results; the seed, unless given")
    return parser


def _all(files: Sequence[str]) -> list[Mutant]:
    return [mutant for file in files for mutant in mutants_of(file)]


def key(mutant: Mutant) -> tuple[str, str, str]:
    """Names a mutant by what stands there, which other changes of the module leave as it is."""
    return mutant.file, mutant.line, mutant.what


def may_live() -> Mapping[tuple[str, str, str], str]:
    named = tomllib.loads(LIVES.read_text(encoding="utf-8")).get("lives", [])
    return {(one["file"], one["line"], what): one["why"] for one in named for what in one["what"]}


def _played(mutants: Sequence[Mutant], results: Path, *, again: bool, jobs: int) -> int:
    results.parent.mkdir(exist_ok=True)
    known = {_known(line): line for line in read_lines(results)}
    left = [mutant for mutant in mutants if _is_left(known.get(_known(asdict(mutant))), again=again)]
    with results.open("a", encoding="utf-8") as file:
        play(left, TESTS, partial(_tell, file), jobs)
    known = {_known(line): line for line in read_lines(results)}
    names = [_known(asdict(mutant)) for mutant in mutants]
    return _summed_up([known[name] for name in names if name in known])


def _known(line: Mapping[str, Any]) -> tuple[str, ...]:
    return line["file"], line["line"], line["what"], *line["diff"]


def _is_left(known: Mapping[str, Any] | None, *, again: bool) -> bool:
    if known is None or str(known["by"]).startswith(NOT_PLAYED):
        return True
    return again and known["by"] is None


def _tell(file: Any, played: Played) -> None:
    line = {**asdict(played.mutant), "by": played.by, "processor_s": round(played.processor_s, 2)}
    file.write(json.dumps(line) + "\n")
    file.flush()
    if played.by is None:
        say("\n".join(_survivor(line)))


def _survivor(line: Mapping[str, Any]) -> Iterator[str]:
    yield f"survives: {line['file']}:{line['lineno']}: {line['what']}"
    yield f"    {line['line']}"
    yield from (f"    {one}" for one in line["diff"])


def _summed_up(lines: Sequence[Mapping[str, Any]]) -> int:
    survivors = [line for line in lines if line["by"] is None or line["by"].startswith(NOT_PLAYED)]
    say("\n".join(one for line in survivors for one in _survivor(line)))
    spent_s = sum(line["processor_s"] for line in lines)
    killed = len(lines) - len(survivors)
    share = killed / len(lines) if lines else 1.0
    each_s = spent_s / len(lines) if lines else 0.0
    say(f"{killed} of {len(lines)} killed ({share:.1%}), {each_s:.1f} s of processor time each")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
