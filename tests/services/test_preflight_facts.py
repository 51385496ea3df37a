"""What each failed check tells: the outcome, the facts for the audit log, the new terms, and the uses that were read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from bot.domain.coupon import CouponRecord, Discount, DiscountKind, Redeemability, Use
from bot.domain.customer import CustomerId, Identifier, IdentifierKind
from bot.domain.errors import EngineFault, EngineTimedOut, UnknownCustomer
from bot.domain.facts import OwnNumber
from bot.domain.person import Admission, Freshness
from bot.domain.policy import Redeeming, Rule
from bot.domain.redemption import (
    Asking,
    Decision,
    Intent,
    Outcome,
    Redemption,
    RequestId,
    Settled,
    State,
    Stop,
)
from bot.domain.refusal import Refusal
from bot.domain.worth import Worth
from bot.services.ports import Order
from bot.services.preflight import MOST_ROUNDS, Blocked, Checked, Cleared
from tests.fakes.rights import FakeRights
from tests.services.redeeming import (
    ARJUN,
    CONFIGURATION,
    LARGE,
    MANAGERS,
    OFF,
    OURS,
    POLICY,
    REST,
    SMALL,
    TERMS,
    VIKRAM,
    Shop,
    after_whom,
    asked,
    coupon,
    freshness,
    may,
    row,
    saying,
    within,
)
from tests.services.shelf import ABC, ASHA, NOON, RAVI, no

SINCE = date(2025, 8, 31)
APPROVED = Decision(by=ARJUN, at=NOON, round=1, approved=True)
JUDGED_BY = {"groups": ["S0AGENTS", "S0SENIORS"], "groups_read_at": NOON.isoformat()}
#: Made by a till, for another bill than this request's.
TILL = Use(id="7", by=ASHA.id, at=NOON, bill="T-9", till="mgroad.1")
#: By somebody else, who shares the code.
SHARED = replace(TILL, id="8", by=CustomerId("1"))
TYPED = replace(TERMS, bill_number="T-1001", generated=False, seen=())
LARGE_TYPED = replace(LARGE, bill_number="T-1001", generated=False, seen=())
FOR_BILL = replace(TILL, bill="T-1001")


@pytest.fixture
def shop() -> Shop:
    return Shop(engine=saying())


async def proof(shop: Shop, of: Redemption, **how: Any) -> Cleared | Blocked:
    return await shop.use_cases().preflight(shop.ledger.holds(of), **{"by": VIKRAM, **how})


def several(shop: Shop, *uses: Use, discount: Discount = OFF) -> None:
    """A coupon of many uses, with these."""
    shop.engine.check, shop.engine.found = may(discount, left=3, used=1), uses


def read(shop: Shop, of: Redemption, **more: Any) -> dict[str, Any]:
    """What the audit log keeps of the facts that had been read until it was blocked."""
    check, record = shop.engine.check, shop.engine.record
    assert isinstance(check, Redeemability)
    return {
        **JUDGED_BY,
        "rule": of.terms.rule,
        "worth": str(of.terms.worth.amount),
        "uses_left": check.uses_left.count if check.uses_left else None,
        "coupon_id": record.id if isinstance(record, CouponRecord) else None,
        **more,
    }


def approved(**facts: Any) -> Redemption:
    return row(State.APPROVED, **{"terms": LARGE, "decided": APPROVED, **facts})


def put(of: Any, name: str, to: Any) -> bool:
    """As `setattr`, for a lambda that sets several."""
    setattr(of, name, to)
    return True


# Cleared


async def test_the_order_and_the_intent_hold_what_was_confirmed_and_read(shop: Shop) -> None:
    several(shop, TILL, replace(SHARED, id=None))
    cleared = await proof(shop, row())

    assert isinstance(cleared, Cleared)
    assert cleared.order == Order(
        customer=ASHA.id,
        named=Identifier(kind=IdentifierKind.MOBILE, value="919845012345"),
        code=ABC,
        bill=Decimal(1200),
        bill_number="CD-ABCDEFGH",
    )
    assert cleared.intent == Intent(
        before=("7",), since=SINCE, single=False, till="coupon.desk", attempt=cleared.intent.attempt
    )
    assert cleared.why == {
        **JUDGED_BY,
        "rule": SMALL.name,
        "worth": "250",
        "uses_left": 3,
        "coupon_id": "9",
        "before": ["7"],
        "named_by": "mobile",
    }


async def test_what_the_engine_leaves_out_is_none_in_the_audit_log(shop: Shop) -> None:
    shop.engine.check, shop.engine.record = replace(may(), uses_left=None), None
    cleared = await proof(shop, row())

    assert isinstance(cleared, Cleared)
    assert (cleared.why["uses_left"], cleared.why["coupon_id"]) == (None, None)


async def test_each_attempt_has_a_name_of_its_own(shop: Shop) -> None:
    first, second = [await proof(shop, row()) for _ in range(2)]

    assert isinstance(first, Cleared)
    assert isinstance(second, Cleared)
    assert len(first.intent.attempt) == len(second.intent.attempt) == 16
    assert first.intent.attempt != second.intent.attempt


async def test_what_an_approver_relies_on_is_what_was_read(shop: Shop) -> None:
    several(shop, SHARED)
    checked = await shop.use_cases().preflight.check(row(), by=VIKRAM)

    assert isinstance(checked, Checked)
    assert replace(checked.admission, lease=None) == Admission(
        person=VIKRAM.id, groups=frozenset({"S0AGENTS", "S0SENIORS"}), read_at=NOON
    )
    assert (checked.check, checked.record) == (shop.engine.check, shop.engine.record)
    assert (checked.recent.uses, checked.recent.since, checked.recent.whole) == ((SHARED,), SINCE, True)
    assert checked.why == {**JUDGED_BY, "rule": SMALL.name, "worth": "250", "uses_left": 3, "coupon_id": "9"}


async def test_a_check_for_an_approver_may_rest_on_uses_that_were_not_read_whole(shop: Shop) -> None:
    """What is sent may not."""
    several(shop)
    shop.engine.found = EngineTimedOut()
    checked = await shop.use_cases().preflight.check(row(), by=VIKRAM)

    assert isinstance(checked, Checked)
    assert (checked.recent.whole, checked.recent.error, checked.recent.uses) == (False, "EngineTimedOut", ())
    assert await proof(shop, row()) == Blocked(
        outcome=Outcome(stop=Stop.EARLIER_UNREADABLE), why=read(shop, row(), error="EngineTimedOut")
    )


async def test_of_uses_that_cannot_be_read_the_last_on_record_is_known(shop: Shop) -> None:
    several(shop)
    shop.engine.found, shop.engine.record = EngineFault(), coupon(last=SHARED)
    checked = await shop.use_cases().preflight.check(row(), by=VIKRAM)

    assert isinstance(checked, Checked)
    assert (checked.recent.uses, checked.recent.whole) == ((SHARED,), False)


async def test_the_day_before_counts_from_the_review(shop: Shop) -> None:
    """However long the approval took; days are the engine's."""
    several(shop)
    cleared = await proof(shop, row(made_at=NOON + timedelta(hours=7)))

    assert isinstance(cleared, Cleared)
    assert cleared.intent.since == date(2025, 9, 1)
    assert shop.engine.looks == [(date(2025, 9, 1), False)]


# People


async def test_rights_are_read_at_the_spend_for_the_groups_that_may(shop: Shop) -> None:
    shop.engine.check = may(LARGE.discount)
    admission = Admission(person=ARJUN, groups=MANAGERS, read_at=NOON)
    assert isinstance(await proof(shop, approved(), by=None, after=admission), Cleared)

    assert sorted(asked(shop)) == [(ARJUN, False), (VIKRAM.id, False)]
    assert sorted(map(sorted, (one or () for one in within(shop)))) == [
        ["S0AGENTS"],
        ["S0MANAGERS"],
    ]
    assert after_whom(shop) == [admission, admission]


async def test_rights_of_a_press_are_live(shop: Shop) -> None:
    await proof(shop, row())

    assert (freshness(shop), within(shop)) == (
        [Freshness.LIVE],
        [frozenset({"S0AGENTS"})],
    )


PEOPLE: Mapping[str, tuple[Callable[[FakeRights], object], Stop, dict[str, Any]]] = {
    "requester out": (
        lambda rights: rights.puts(VIKRAM.id, "S0B", "S0A"),
        Stop.NOT_ALLOWED,
        {"denied": "group", "groups": ["S0A", "S0B"], "groups_read_at": NOON.isoformat()},
    ),
    "requester gone": (
        lambda rights: rights.deactivated.add(VIKRAM.id),
        Stop.NOT_ALLOWED,
        {"denied": "deactivated"},
    ),
    "requester unread": (lambda rights: rights.unread_people.add(VIKRAM.id), Stop.COULD_NOT_VERIFY, {}),
    "approver out": (
        lambda rights: rights.puts(ARJUN, "S0A"),
        Stop.NOT_ALLOWED_APPROVER,
        {"denied": "group", "groups": ["S0A"], "groups_read_at": NOON.isoformat()},
    ),
    "approver unread": (lambda rights: rights.unread_people.add(ARJUN), Stop.COULD_NOT_VERIFY, {}),
}


@pytest.mark.parametrize(("happens", "stop", "why"), PEOPLE.values(), ids=PEOPLE)
@pytest.mark.parametrize("by", [VIKRAM, None], ids=["by a press", "later"])
async def test_a_denial_keeps_what_it_was_judged_by(
    shop: Shop, happens: Callable[[FakeRights], object], stop: Stop, why: dict[str, Any], by: Any
) -> None:
    shop.engine.check = may(LARGE.discount)
    happens(shop.rights)

    assert await proof(shop, approved(), by=by) == Blocked(outcome=Outcome(stop=stop), why=why)


# The engine


#: What it says, the outcome, and the error that is told.
BLOCKED: Mapping[str, tuple[Callable[[Shop], Any], Outcome, dict[str, Any]]] = {
    "no, never used": (
        lambda shop: setattr(shop.engine, "check", no(Refusal.COUPON_EXPIRED)),
        Outcome(refusal=Refusal.COUPON_EXPIRED),
        {},
    ),
    "no, and no record": (
        lambda shop: (
            put(shop.engine, "check", no(Refusal.NO_SUCH_COUPON)) and put(shop.engine, "record", None)
        ),
        Outcome(refusal=Refusal.NO_SUCH_COUPON),
        {},
    ),
    "no, without a reason": (
        lambda shop: setattr(shop.engine, "check", replace(may(), redeemable=False)),
        Outcome(refusal=Refusal.OTHER),
        {},
    ),
    "no, used up by them": (
        lambda shop: (
            put(shop.engine, "check", no(Refusal.ALREADY_USED))
            and put(shop.engine, "record", coupon(last=TILL))
        ),
        Outcome(refusal=Refusal.ALREADY_USED, uses=(TILL,)),
        {},
    ),
    "no, used up by its owner": (
        lambda shop: (
            put(shop.engine, "check", no(Refusal.ALREADY_USED))
            and put(shop.engine, "record", coupon(RAVI, last=SHARED))
        ),
        Outcome(refusal=Refusal.ALREADY_USED),
        {},
    ),
    "another's": (
        lambda shop: setattr(shop.engine, "record", coupon(RAVI)),
        Outcome(refusal=Refusal.NOT_THEIRS),
        {},
    ),
    "check times out": (
        lambda shop: setattr(shop.engine, "check", EngineTimedOut()),
        Outcome(stop=Stop.ENGINE_UNCLEAR),
        {"error": "EngineTimedOut"},
    ),
    "customer unknown": (
        lambda shop: (
            put(shop.engine, "check", replace(may(), customer=None))
            and put(shop.engine, "named", UnknownCustomer())
        ),
        Outcome(refusal=Refusal.NO_SUCH_CUSTOMER),
        {},
    ),
    "customer not read": (
        lambda shop: (
            put(shop.engine, "check", replace(may(), customer=None))
            and put(shop.engine, "named", EngineFault())
        ),
        Outcome(stop=Stop.ENGINE_UNCLEAR),
        {"error": "EngineFault"},
    ),
}


@pytest.mark.parametrize(("change", "outcome", "told"), BLOCKED.values(), ids=BLOCKED)
async def test_what_the_engine_says_blocks_it(
    shop: Shop, change: Callable[[Shop], Any], outcome: Outcome, told: dict[str, Any]
) -> None:
    """Beside what was read until then; of a check that fails that is nothing."""
    change(shop)
    failed = isinstance(shop.engine.check, Exception)
    why = told if failed else read(shop, row(), **told)

    assert await proof(shop, row()) == Blocked(outcome=outcome, why=why, looked=not failed)


async def test_a_coupon_that_was_issued_to_nobody_is_anybodys(shop: Shop) -> None:
    shop.engine.record = coupon(None)

    assert isinstance(await proof(shop, row()), Cleared)


# The rule: worth up, worth down, to another rule

DEAR = Decimal(5000)


def worth_now(value: Decimal) -> Callable[[Shop], Any]:
    def change(shop: Shop) -> None:
        discount = replace(OFF, value=value)
        shop.engine.check, shop.engine.record = may(discount), replace(coupon(), discount=discount)

    return change


WORTHS: Mapping[str, tuple[Decimal, Redemption, dict[str, Any]]] = {
    "up, the same rule": (Decimal(300), row(), {}),
    "down, the same rule": (Decimal(200), row(), {}),
    "up, a rule that asks": (
        DEAR,
        row(),
        {"rule": REST.name, "approvals": 1, "approvers": ("S0MANAGERS",)},
    ),
    "up, the rule that asked": (
        Decimal(6000),
        approved(),
        {"rule": REST.name, "approvals": 1, "approvers": ("S0MANAGERS",)},
    ),
    "down, to a rule that asks nobody": (Decimal(400), approved(), {}),
}


@pytest.mark.parametrize(("value", "of", "under"), WORTHS.values(), ids=WORTHS)
async def test_another_worth_is_a_change_with_the_terms_as_they_are_now(
    shop: Shop, value: Decimal, of: Redemption, under: dict[str, Any]
) -> None:
    """Terms that need no approval by now keep those that were asked: a change is never a way around them."""
    worth_now(value)(shop)
    blocked = await proof(shop, of)
    discount = replace(OFF, value=value)
    rule = SMALL if value <= Decimal(500) else REST

    assert blocked == Blocked(
        outcome=Outcome(stop=Stop.CHANGED),
        why=read(shop, of, worth=str(value), rule=rule.name),
        terms=replace(
            of.terms,
            discount=discount,
            worth=Worth(amount=value),
            takes_off=min(value, Decimal(1200)).quantize(Decimal("0.01")),
            coupon_id="9",
            **under,
        ),
        recent=(),
        looked=True,
    )


@pytest.mark.parametrize("left", [1, 3])
async def test_a_worth_that_is_not_told_is_refused_and_an_approved_one_has_no_new_terms(
    shop: Shop, left: int
) -> None:
    shop.engine.check, shop.engine.record = may(None, left=left), None

    assert await proof(shop, row()) == Blocked(
        outcome=Outcome(stop=Stop.NO_VALUE), why=read(shop, row()), looked=True
    )


async def test_another_coupon_of_the_same_code_is_a_change(shop: Shop) -> None:
    shop.engine.record = coupon(id_="10")
    blocked = await proof(shop, row())

    assert isinstance(blocked, Blocked)
    assert blocked.terms is not None
    assert (blocked.outcome.stop, blocked.terms.coupon_id) == (Stop.CHANGED, "10")


def rules(shop: Shop, *of: Rule) -> None:
    redeem = Redeeming(groups=POLICY.redeem.groups, reasons=("Other",), rules=of)
    shop.configuration = replace(CONFIGURATION, policy=replace(POLICY, redeem=redeem))


HEADS = frozenset({"S0HEADS"})
#: By the terms of the request; by the rule that covers it now; and whether the approval still counts.
ASKED: Mapping[str, tuple[frozenset[str], Rule, bool]] = {
    "the same": (MANAGERS, REST, True),
    "more may approve": (MANAGERS, replace(REST, approvers=MANAGERS | HEADS), True),
    "others approve": (MANAGERS, replace(REST, approvers=HEADS), False),
    "some of them may not any more": (MANAGERS | HEADS, REST, False),
    "nobody is asked any more": (MANAGERS, replace(REST, approvals=0, approvers=frozenset()), True),
    "another rule, the same people": (MANAGERS, replace(REST, name="renamed"), True),
}


@pytest.mark.parametrize(("asked", "rule", "holds"), ASKED.values(), ids=ASKED)
async def test_an_approval_counts_while_everybody_who_could_give_it_may_approve(
    shop: Shop, asked: frozenset[str], rule: Rule, holds: bool
) -> None:
    """A rule that asks for less changes nothing, and nobody is asked anew because of it."""
    rules(shop, rule)
    shop.engine.check = may(LARGE.discount)
    of = approved(terms=replace(LARGE, approvers=tuple(sorted(asked))))
    found = await proof(shop, of, by=None)

    if holds:
        assert isinstance(found, Cleared)
        return
    assert isinstance(found, Blocked)
    assert found.terms is not None
    assert (found.outcome.stop, found.terms.approvers) == (Stop.CHANGED, tuple(sorted(rule.approvers)))


async def test_a_request_that_asked_nobody_needs_what_its_rule_asks_by_now(shop: Shop) -> None:
    rules(shop, replace(REST, approvers=MANAGERS))
    blocked = await proof(shop, row())

    assert isinstance(blocked, Blocked)
    assert blocked.terms is not None
    assert (blocked.terms.rule, blocked.terms.approvals, blocked.terms.approvers) == (
        REST.name,
        1,
        ("S0MANAGERS",),
    )


# The uses: which of them nobody was shown, and which are for this bill

#: What the approver was shown; the review showed none.
SHOWN = Asking(checked_at=NOON, recent=(TILL,))


@pytest.mark.parametrize("use", [TILL, SHARED, FOR_BILL, replace(FOR_BILL, by=CustomerId("1"))])
@pytest.mark.parametrize("seen", [None, (), ("7", "8")], ids=["older version", "none", "shown"])
async def test_a_direct_request_and_a_use_that_was_there(
    shop: Shop, use: Use, seen: tuple[str, ...] | None
) -> None:
    """One for this bill needs an approver, whoever made it; another of this customer must have been shown."""
    several(shop, use)
    of = row(terms=replace(TYPED, seen=seen))
    found = await proof(shop, of)

    if use.bill == "T-1001":
        assert found == Blocked(
            outcome=Outcome(stop=Stop.SAME_BILL, uses=(use,)), why=read(shop, of), recent=(use,), looked=True
        )
    elif use is TILL and seen == ():
        assert found == Blocked(
            outcome=Outcome(stop=Stop.CHANGED, uses=(use,)),
            why=read(shop, of, new=["7"]),
            terms=of.terms,
            recent=(use,),
            looked=True,
        )
    else:
        assert isinstance(found, Cleared)


@pytest.mark.parametrize(
    ("use", "shown", "reviewed"),
    [
        *product(
            [TILL, SHARED, FOR_BILL, replace(FOR_BILL, by=CustomerId("1"))],
            ["by the approver", "not by the approver", "approver was shown nothing"],
            [True, False],
        )
    ],
)
async def test_an_approved_request_and_a_use_that_was_there(
    shop: Shop, use: Use, shown: str, reviewed: bool
) -> None:
    """Its approver must have been shown each use of this customer, and each for this bill, whoever made it."""
    several(shop, use, discount=LARGE.discount)
    recents = {"by the approver": (use,), "not by the approver": (), "approver was shown nothing": None}
    terms = replace(LARGE_TYPED, seen=(str(use.id),) if reviewed else ())
    of = approved(terms=terms, asking=Asking(checked_at=NOON, recent=recents[shown]))
    found = await proof(shop, of, by=None)

    matters = use.by == ASHA.id or use.bill == "T-1001"
    known = shown == "by the approver" or (shown == "approver was shown nothing" and reviewed)
    if not matters or known:
        assert isinstance(found, Cleared)
        return
    assert found == Blocked(
        outcome=Outcome(stop=Stop.CHANGED, uses=(use,)),
        why=read(shop, of, new=[use.id]),
        terms=terms,
        recent=(use,),
        looked=True,
    )


async def test_of_an_older_version_only_a_use_for_this_bill_is_news_to_its_approver(shop: Shop) -> None:
    several(shop, TILL, discount=LARGE.discount)
    of = approved(terms=replace(LARGE_TYPED, seen=None))
    assert isinstance(await proof(shop, of, by=None), Cleared)

    several(shop, replace(FOR_BILL, by=CustomerId("1")), discount=LARGE.discount)
    blocked = await proof(shop, of, by=None)
    assert isinstance(blocked, Blocked)
    assert blocked.outcome.stop is Stop.CHANGED


async def test_what_waits_for_its_approver_is_checked_by_the_review(shop: Shop) -> None:
    """A new request that needs an approval may go for a bill that is redeemed: its approver is shown that."""
    several(shop, FOR_BILL, discount=LARGE.discount)
    terms = replace(LARGE_TYPED, seen=("7",))
    checked = await shop.use_cases().preflight.check(row(terms=terms), by=VIKRAM)
    assert isinstance(checked, Checked)
    assert checked.recent.uses == (FOR_BILL,)

    blocked = await shop.use_cases().preflight.check(row(terms=LARGE_TYPED), by=VIKRAM)
    assert isinstance(blocked, Blocked)
    assert blocked.outcome == Outcome(stop=Stop.CHANGED, uses=(FOR_BILL,))


@pytest.mark.parametrize("round_", range(1, MOST_ROUNDS + 2))
async def test_it_is_asked_for_again_at_most_twice(shop: Shop, round_: int) -> None:
    several(shop, TILL, discount=LARGE.discount)
    of = approved(terms=LARGE_TYPED, round=round_, decided=replace(APPROVED, round=round_))
    blocked = await proof(shop, of, by=None)

    assert isinstance(blocked, Blocked)
    assert blocked.terms == (LARGE_TYPED if round_ < MOST_ROUNDS else None)
    assert MOST_ROUNDS == 3


async def test_of_uses_that_were_not_read_whole_none_is_news(shop: Shop) -> None:
    """Nothing is sent then; what was read may still be for this bill."""
    several(shop)
    shop.engine.found, shop.engine.record = EngineFault(), coupon(last=TILL)
    assert isinstance(await shop.use_cases().preflight.check(row(terms=TYPED), by=VIKRAM), Checked)

    shop.engine.record = coupon(last=FOR_BILL)
    blocked = await shop.use_cases().preflight.check(row(terms=TYPED), by=VIKRAM)
    assert isinstance(blocked, Blocked)
    assert blocked.outcome.stop is Stop.SAME_BILL


# Generated numbers among the uses

OWN = replace(OURS, bill=TERMS.bill_number)


@pytest.mark.parametrize("till", ["coupon.desk", None, "mgroad.1"])
@pytest.mark.parametrize("generated", [True, False])
async def test_its_own_number_at_our_place_says_that_it_was_sent(
    shop: Shop, till: str | None, generated: bool
) -> None:
    use = replace(OWN, till=till)
    several(shop, use)
    of = row(terms=replace(TERMS, generated=generated))
    blocked = await proof(shop, of)

    if generated and till != "mgroad.1":
        assert blocked == Blocked(
            outcome=Outcome(stop=Stop.CHANGED), why={}, recent=(use,), sent=((of, OwnNumber(uses=(use,))),)
        )
    else:
        # A use for this bill, all the same.
        assert isinstance(blocked, Blocked)
        assert (blocked.outcome.stop, blocked.sent) == (Stop.SAME_BILL, ())


@pytest.mark.parametrize("claimed", [True, False])
@pytest.mark.parametrize("generated", [True, False])
async def test_the_number_of_an_earlier_request_that_claims_nothing(
    shop: Shop, claimed: bool, generated: bool
) -> None:
    earlier = shop.ledger.holds(
        row(
            State.REDEEMED if claimed else State.EXPIRED,
            replace(TERMS, bill_number="CD-EARLIER", generated=generated),
            id=RequestId("EARLIER0"),
            outcome=Outcome(settled=Settled.ANSWER, redemption_id="2") if claimed else Outcome(),
        )
    )
    use = replace(OWN, bill="CD-EARLIER")
    several(shop, use)
    found = await proof(shop, row())

    if claimed or not generated:
        assert isinstance(found, Cleared)
    else:
        assert found == Blocked(
            outcome=Outcome(stop=Stop.CHANGED),
            why={},
            recent=(use,),
            sent=((earlier, OwnNumber(uses=(use,))),),
        )


async def test_a_percentage_is_worth_its_share_and_says_so(shop: Shop) -> None:
    """An approver decides; what it takes off is rounded to the currency."""
    tenth = Discount(kind=DiscountKind.PERCENT, value=Decimal(10))
    shop.engine.check, shop.engine.record = may(tenth), replace(coupon(), discount=tenth)
    blocked = await proof(shop, row(terms=replace(TERMS, bill=Decimal("33.33"))))

    assert isinstance(blocked, Blocked)
    assert blocked.terms is not None
    assert blocked.terms.worth == Worth(amount=Decimal("3.333"), from_bill=True)
    assert blocked.terms.takes_off == Decimal("3.33")


async def test_somebody_elses_use_for_the_bill_is_what_an_approver_is_asked_about(shop: Shop) -> None:
    """It is shown to them; only where they have approved without it is it asked about again."""
    theirs = replace(SHARED, bill="T-1001")
    several(shop, theirs, discount=LARGE.discount)
    checked = await shop.use_cases().preflight.check(row(terms=LARGE_TYPED), by=VIKRAM)

    assert isinstance(checked, Checked)
    assert checked.recent.uses == (theirs,)
    again = await proof(shop, approved(terms=LARGE_TYPED), by=None)
    assert isinstance(again, Blocked)
    assert again.outcome == Outcome(stop=Stop.CHANGED, uses=(theirs,))


async def test_the_uses_of_a_coupon_with_several_are_read_once_and_beside_the_check(shop: Shop) -> None:
    several(shop, TILL)
    shop.engine.hold = asyncio.Event()
    of = row(terms=replace(TERMS, single=False, seen=("7",)))
    going = asyncio.ensure_future(proof(shop, of))  # noqa: TID251 - awaited below
    for _ in range(20):
        await asyncio.sleep(0)
    assert shop.engine.looks == [(SINCE, False)]

    shop.engine.hold.set()
    assert isinstance(await going, Cleared)
    assert shop.engine.looks == [(SINCE, False)]
