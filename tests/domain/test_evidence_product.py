"""Every kind of use that the engine may show, and what it proves of one request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from bot.domain.coupon import Use
from bot.domain.customer import CustomerId
from bot.domain.evidence import Looked, weigh
from bot.domain.facts import OtherEvidence, OwnNumber, Undecided
from tests.tables import table

OURS, THEIRS = CustomerId("5"), CustomerId("6")
BILL, TILL = "B-1", "coupon.desk"
BEFORE, CLAIMED = "before", "claimed"
#: Claimed on evidence or a person's word only, by requests for this bill and for another.
LIKELY = {"for this bill": BILL, "for another bill": "B-2"}


def each_use(id_: str) -> Iterator[Use]:
    """By this customer, another, nobody; with our bill, another, none; at our place, another, none; old, claimed, new."""
    for by, bill, till, which in product(
        [OURS, THEIRS, None],
        [BILL, "B-2", None],
        [TILL, "mgroad.1", None],
        [BEFORE, CLAIMED, *LIKELY, id_],
    ):
        yield Use(id=which, by=by, bill=bill, till=till)


def known(*, generated: bool, rival: bool = False, till: str | None = TILL) -> Looked:
    return Looked(
        customer=OURS,
        before=(BEFORE,),
        bill_number=BILL,
        generated=generated,
        till=till,
        claimed=(CLAIMED, *LIKELY),
        likely=LIKELY,
        rival=rival,
    )


def may_be_theirs(use: Use) -> bool:
    """It is this customer's; one of nobody's counts only with our bill number."""
    return use.by == OURS or (use.by is None and use.bill == BILL)


def is_ours(use: Use, till: str | None) -> bool:
    return use.bill == BILL and at_our_place(use, till)


def at_our_place(use: Use, till: str | None) -> bool:
    return use.till in {till, None} or till is None


def is_explained(use: Use, till: str | None) -> bool:
    """Whether another request's weak claim leaves no doubt: the use has its number and not ours, or is elsewhere."""
    return use.bill != BILL and (use.bill == LIKELY[str(use.id)] or not at_our_place(use, till))


def proved(uses: tuple[Use, ...], by: Looked) -> OwnNumber | OtherEvidence | Undecided | None:
    """As the design says it (Unknown)."""
    theirs = tuple(use for use in uses if may_be_theirs(use))
    own = tuple(use for use in theirs if is_ours(use, by.till))
    known_of = tuple(use for use in theirs if use.id not in {BEFORE, CLAIMED})
    free = tuple(use for use in known_of if use.id not in LIKELY or not is_explained(use, by.till))
    if by.generated and own:
        return OwnNumber(uses=own)
    if not free:
        return None
    named = free[0].by == OURS and is_ours(free[0], by.till)
    if len(free) == 1 and named and free[0].id not in LIKELY and not by.generated and not by.rival:
        return OtherEvidence(use=free[0])
    return Undecided(uses=free)


@table("till", [TILL, None])
@table("rival", [False, True])
@table("generated", [False, True])
def test_what_one_use_proves(generated: bool, rival: bool, till: str | None) -> None:
    looked = known(generated=generated, rival=rival, till=till)

    for use in each_use("new"):
        assert weigh((use,), looked) == proved((use,), looked), use


@pytest.mark.parametrize("rival", [False, True])
@pytest.mark.parametrize("generated", [False, True])
def test_what_two_uses_prove(generated: bool, rival: bool) -> None:
    looked = known(generated=generated, rival=rival)

    for first, second in product(each_use("new"), each_use("newer")):
        assert weigh((first, second), looked) == proved((first, second), looked), (first, second)


def test_no_use_proves_nothing() -> None:
    assert weigh((), known(generated=True)) is None


def test_nothing_was_before_nobody_claims_and_nobody_rivals_unless_told() -> None:
    plain = Looked(customer=OURS, bill_number=BILL, generated=False)
    use = Use(id="1", by=OURS, bill=BILL, till="mgroad.1")

    assert plain == Looked(
        customer=OURS,
        before=(),
        bill_number=BILL,
        generated=False,
        till=None,
        claimed=(),
        likely={},
        rival=False,
    )
    assert weigh((use,), plain) == OtherEvidence(use=use)
    assert weigh((use,), replace(plain, rival=True)) == Undecided(uses=(use,))
