"""What the redemptions that are new since a call prove."""

from __future__ import annotations

import pytest

from bot.domain.answer import Evidence, Finding, weigh
from bot.domain.coupon import Use

OURS = Use(id="9", bill="B-1", till="desk.1")


def found(*uses: Use, before: tuple[str, ...] = (), till: str | None = "desk.1") -> Finding:
    return weigh(uses, before=before, bill_number="B-1", till=till)


def test_one_new_redemption_with_our_number_at_our_till_is_ours() -> None:
    assert found(Use(id="8", bill="B-0"), OURS, before=("8",)) == Finding(
        proof=Evidence.REDEEMED, uses=(OURS,)
    )


def test_what_stood_before_proves_nothing() -> None:
    assert found(OURS, before=("9",)) == Finding(proof=Evidence.NOTHING_NEW)
    assert found() == Finding(proof=Evidence.NOTHING_NEW)


@pytest.mark.parametrize(
    "uses",
    [
        (Use(id="9", bill="B-2", till="desk.1"),),
        (Use(id="9", bill=None, till="desk.1"),),
        (Use(id="9", bill="b-1", till="desk.1"),),
        (Use(id="9", bill="B-1", till="shop.7"),),
        (OURS, Use(id="10", bill="B-1", till="desk.1")),
        (OURS, Use(id="10", bill="B-2", till="shop.7")),
    ],
    ids=["another number", "no number", "another spelling", "another till", "twice ours", "ours and another"],
)
def test_anything_else_that_is_new_is_for_a_person(uses: tuple[Use, ...]) -> None:
    assert found(*uses) == Finding(proof=Evidence.UNDECIDED, uses=uses)


@pytest.mark.parametrize(("ours", "theirs"), [(None, "shop.7"), ("desk.1", None)])
def test_a_till_counts_only_where_both_sides_name_one(ours: str | None, theirs: str | None) -> None:
    use = Use(id="9", bill="B-1", till=theirs)

    assert found(use, till=ours).proof is Evidence.REDEEMED
