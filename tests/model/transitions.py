"""The moves that the model allows, as data, and whether what a ledger wrote down is made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

#: State before (None: it was not there), state after, and the fact that made it move.
Move = tuple[str | None, str, str]

HERE = Path(__file__).parent
TABLE = HERE / "transitions.json"

#: The model's words for facts, as the table writes them.
FACTS = {"OWN": "own_number"}

_MOVE = re.compile(r"\bmove\((?:\w+|other\(r\)), ([A-Z_]+), ([A-Z_]+), ([A-Z]+)\)")
_REDEEMED = re.compile(r"\bredeemed\(r, ([A-Z_]+), ([A-Z]+), \w+\)")
_NO = re.compile(r"\bsay_no\(r, ([A-Z_]+), ([A-Z_]+), \w+\)")
_MUTANT = re.compile(r"^#if(n?)def ([A-Z_]+)\n(.*?)(?:^#else\n(.*?))?^#endif\n", re.MULTILINE | re.DOTALL)


@cache
def load() -> frozenset[Move]:
    """The table as data."""
    return frozenset((from_, to, fact) for from_, to, fact in json.loads(TABLE.read_text()))


def accepts(
    moves: Sequence[tuple[str | None, str | None] | tuple[str | None, str | None, str | None]],
) -> bool:
    """
    Whether one request's moves, in the order of its audit log, are moves of the model, one after the other.

    Each is (from_state, to_state), or with the fact of the table where the log tells it; (None, None) is an event
    that moves nothing, and is left out. An event in which the state stays (a look that settles nothing, a reminder)
    is accepted in any state. The log must begin with the request being made.
    """
    told = [(move[0], move[1], move[2] if len(move) > 2 else None) for move in moves]
    told = [move for move in told if move[:2] != (None, None)]
    joined = all(before[1] == after[0] for before, after in pairwise(told))
    return joined and (not told or told[0][0] is None) and all(_is_allowed(*move) for move in told)


def _is_allowed(from_: str | None, to: str | None, fact: str | None) -> bool:
    if from_ == to:
        return True
    return any((from_, to) == move[:2] and fact in {None, move[2]} for move in load())


def read_model() -> frozenset[Move]:
    """The moves that the Promela source has, mutants left out."""
    source = "".join(_without_mutants(path.read_text()) for path in sorted(HERE.glob("*.pml")))
    moves = [
        *_MOVE.findall(source),
        *((from_, "REDEEMED", fact) for from_, fact in _REDEEMED.findall(source)),
    ]
    moves += [(from_, to, "ANSWER") for from_, to in _NO.findall(source)]
    return frozenset((_state(from_), to.lower(), FACTS.get(fact, fact.lower())) for from_, to, fact in moves)


def _without_mutants(source: str) -> str:
    return _MUTANT.sub(lambda found: found[3] if found[1] else found[4] or "", source)


def _state(word: str) -> str | None:
    return None if word == "NEVER" else word.lower()


def written(moves: frozenset[Move]) -> str:
    """The table as the file holds it, a move a line."""
    rows = sorted(moves, key=lambda move: (move[0] or "", *move[1:]))
    return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n]\n"
