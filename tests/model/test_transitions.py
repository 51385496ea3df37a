from __future__ import annotations

import pytest

from bot.domain.transitions import MOVES as CODE_MOVES
from tests.model.transitions import TABLE, accepts, load, read_model, written

#: The moves a request may make; None: it was not there. By what, tells docs/decisions/facts-and-states.md.
MOVES: dict[str | None, set[str]] = {
    None: {"new", "refused"},
    "new": {"waiting", "approved", "refused", "expired", "redeemed"},
    "waiting": {"approved", "rejected", "withdrawn", "expired", "refused", "redeemed"},
    "approved": {"sending", "waiting", "refused", "expired", "redeemed"},
    "sending": {"redeemed", "refused", "not_sent", "unknown"},
    "unknown": {"redeemed", "refused", "not_sent", "not_redeemed"},
    "not_redeemed": {"redeemed", "refused"},
    "redeemed": {"refused", "unknown"},
    "expired": {"redeemed"},
    "rejected": {"redeemed"},
    "withdrawn": {"redeemed"},
    "refused": {"redeemed"},
    "not_sent": {"redeemed"},
}
ONLY_BY_THE_OWN_NUMBER = {
    "new",
    "waiting",
    "approved",
    "expired",
    "rejected",
    "withdrawn",
    "refused",
    "not_sent",
}


def test_the_table_is_what_the_model_has() -> None:
    assert TABLE.read_text() == written(read_model())


def test_the_table_has_these_moves_and_no_others() -> None:
    moves: dict[str | None, set[str]] = {}
    for from_, to, _ in load():
        moves.setdefault(from_, set()).update({to} - {from_})

    assert moves == MOVES


def test_the_code_has_no_move_that_the_model_has_not() -> None:
    moves = {(from_, to) for from_, to, _ in load()}

    assert {(from_.value, to.value) for from_, tos in CODE_MOVES.items() for to in tos} <= moves


def test_what_was_not_sent_becomes_redeemed_only_by_its_own_number() -> None:
    facts = {fact for from_, to, fact in load() if from_ in ONLY_BY_THE_OWN_NUMBER and to == "redeemed"}

    assert facts == {"own_number"}


@pytest.mark.parametrize(
    "moves",
    [
        [],
        [(None, "new"), ("new", "approved"), ("approved", "sending"), ("sending", "redeemed")],
        [(None, "refused")],
        [(None, "new"), (None, None), ("new", "waiting"), ("waiting", "waiting"), ("waiting", "rejected")],
        [
            (None, "new", "press"),
            ("new", "approved", "proof"),
            ("approved", "sending", "journal"),
            ("sending", "unknown", "doubt"),
            ("unknown", "unknown", None),
            ("unknown", "not_redeemed", "absence"),
            ("not_redeemed", "redeemed", "own_number"),
        ],
    ],
    ids=["nothing", "at once", "refused as it is made", "rejected", "found a day later, with facts"],
)
def test_what_a_log_may_hold(moves: list[tuple[str | None, str | None]]) -> None:
    assert accepts(moves)


@pytest.mark.parametrize(
    "moves",
    [
        [("new", "approved")],
        [(None, "approved")],
        [(None, "new"), ("new", "sending")],
        [(None, "new"), ("approved", "sending")],
        [(None, "new"), ("new", "approved"), ("approved", "sending"), ("sending", "not_redeemed")],
        [(None, "new"), ("new", "refused"), ("refused", "redeemed", "evidence")],
        [(None, "new"), (None, "new")],
    ],
    ids=[
        "not made",
        "made approved",
        "without approval",
        "a move is missing",
        "absence without doubt",
        "evidence after a no",
        "made twice",
    ],
)
def test_what_no_log_may_hold(moves: list[tuple[str | None, str | None]]) -> None:
    assert not accepts(moves)
