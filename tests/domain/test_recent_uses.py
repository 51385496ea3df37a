"""Uses of a coupon since the day before: whose they are, where they were made, and who was shown them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

from bot.domain.coupon import Redeemability, Use, UsesLeft
from bot.domain.customer import CustomerId
from bot.domain.recent_uses import RecentUses, seen_by, sent_from_here, shown_before, single_use
from bot.domain.redemption import Asking, Decision, State
from tests.services.redeeming import ARJUN, LARGE, OURS, TERMS, coupon, may, row
from tests.services.shelf import ASHA, NOON
from tests.tables import table

SINCE = date(2025, 8, 31)


def recent(*uses: Use) -> RecentUses:
    return RecentUses(since=SINCE, uses=uses)


def test_they_are_whole_and_none_unless_told_otherwise() -> None:
    assert recent() == RecentUses(since=SINCE, uses=(), single=False, whole=True, error="")


def test_those_for_a_bill_are_those_with_its_number() -> None:
    other = replace(OURS, id="3", bill="B-2")

    assert recent(OURS, other, replace(OURS, id="4", bill=None)).for_bill(TERMS.bill_number) == (OURS,)


@table(("ours", "theirs"), [*product([None, "coupon.desk", "mgroad.1"], repeat=2)])
def test_a_use_is_at_our_place_unless_both_sides_name_another(ours: str | None, theirs: str | None) -> None:
    use = replace(OURS, till=theirs)
    apart = ours is not None and theirs is not None and ours != theirs

    assert recent(use).at_our_place(TERMS.bill_number, ours) == (() if apart else (use,))
    assert recent(use).at_our_place("B-2", ours) == ()


@table(("by", "seen"), [*product([ASHA.id, CustomerId("1"), None], [(), ("2",), ("3",)])])
def test_only_this_customers_uses_that_were_not_shown_are_new(
    by: CustomerId | None, seen: tuple[str, ...]
) -> None:
    use = replace(OURS, by=by)
    new = by == ASHA.id and "2" not in seen

    assert recent(use).of_customer_beside(ASHA.id, seen) == ((use,) if new else ())


#: Of a coupon with one use left that nobody used yet.
SINGLE = (may(), coupon())
NOT_SINGLE: dict[str, tuple[Redeemability, object]] = {
    "two left": (may(left=2), coupon()),
    "none left": (may(left=0), coupon()),
    "any number": (may(left=None), coupon()),
    "not told": (replace(may(), uses_left=None), coupon()),
    "no record": (may(), None),
    "one left to each of many": (may(), coupon(None)),
    "used by somebody": (may(), coupon(last=OURS)),
    "used by the customer": (may(used=1), coupon()),
}


def test_the_record_shows_every_use_of_a_coupon_that_nobody_used() -> None:
    assert single_use(*SINGLE) is True
    assert single_use(replace(may(), used_by_customer=None), coupon()) is True
    assert UsesLeft(1) == may().uses_left


@table(("check", "record"), NOT_SINGLE.values())
def test_it_does_not_for_any_other(check: Redeemability, record: object) -> None:
    assert single_use(check, record) is False  # type: ignore[arg-type]


# Which reading a spend may rely on

SHOWN_TO_APPROVER = Asking(checked_at=NOON, recent=(OURS, replace(OURS, id=None)))
AT_REVIEW = ("9",)


@table("state", [State.NEW, State.WAITING, State.APPROVED, State.SENDING])
@table("approvals", [0, 1])
@table("asking", [None, Asking(checked_at=NOON), SHOWN_TO_APPROVER])
def test_an_approved_request_relies_on_what_its_approver_was_shown(
    state: State, approvals: int, asking: Asking | None
) -> None:
    """Any other on the review; so does one whose approver was shown no uses."""
    terms = replace(LARGE, approvals=approvals, seen=AT_REVIEW)
    by_approver = state is State.APPROVED and approvals and asking is SHOWN_TO_APPROVER

    assert seen_by(row(state, terms, asking=asking)) == (("2",) if by_approver else AT_REVIEW)


def test_a_request_of_an_older_version_was_shown_none() -> None:
    assert seen_by(row(State.NEW, replace(TERMS, seen=None))) is None


@table(("ours", "theirs"), [*product([None, "coupon.desk", "mgroad.1"], repeat=2)])
def test_a_use_was_sent_from_here_if_it_has_a_number_of_ours_at_our_place(
    ours: str | None, theirs: str | None
) -> None:
    use = replace(OURS, till=theirs)
    others = (
        replace(use, id=None),
        replace(use, bill=None),
        replace(use, bill=""),
        replace(use, bill="B-CD-1"),
    )
    apart = ours is not None and theirs is not None and ours != theirs

    assert sent_from_here((use, *others), ours) == (() if apart else (use,))


ASKED = Asking(checked_at=NOON, recent=(replace(OURS, id="7"), replace(OURS, id=None)))


@table(("seen", "asking"), [*product([None, (), ("1",)], [None, ASKED, Asking(checked_at=NOON)])])
@table("round_", [1, 2])
@table("approved", [True, False, None])
def test_what_was_shown_for_an_approval_counts_if_somebody_gave_it(
    seen: tuple[str, ...] | None, asking: Asking | None, round_: int, approved: bool | None
) -> None:
    decided = None if approved is None else Decision(by=ARJUN, at=NOON, round=1, approved=approved)
    of = row(State.EXPIRED, replace(LARGE, seen=seen), asking=asking, decided=decided, round=round_)
    by_approver = {"7"} if approved and round_ == 1 and asking is ASKED else set()

    assert shown_before(of) == {*(seen or ()), *by_approver}
