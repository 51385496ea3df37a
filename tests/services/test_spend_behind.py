"""What the desk's own records know is not sent again where the engine's are behind, or show only the last use."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.answer import Redeemed
from bot.domain.coupon import CouponCode, Use
from bot.domain.customer import Customer, CustomerId
from bot.domain.person import PersonId
from bot.domain.redemption import Decision, Outcome, RequestId, Settled, State, Stop
from bot.services.spend import Spend
from tests.services.redeeming import ARJUN, INTENT, LARGE, OURS, TERMS, VIKRAM, Shop, coupon, may, row, saying
from tests.services.shelf import ASHA, NOON

TYPED = replace(TERMS, bill_number="T-1001", generated=False, seen=(), single=False)
#: Redeemed from here a minute ago; the engine's records do not show it yet.
DONE = row(
    State.REDEEMED,
    TYPED,
    id=RequestId("DONEBEFORE"),
    made_at=NOON - timedelta(minutes=1),
    intent=INTENT,
    outcome=Outcome(settled=Settled.ANSWER, redemption_id="41"),
)
RAVIS = replace(TYPED, customer=CustomerId("1"))


@pytest.fixture
def shop() -> Shop:
    shop = Shop(engine=saying())
    shop.engine.check = may(left=3, used=1)
    shop.ledger.holds(DONE)
    return shop


@pytest.fixture
def spend(shop: Shop) -> Spend:
    return shop.use_cases().spend


async def test_a_bill_that_was_redeemed_from_here_is_not_sent_again(shop: Shop, spend: Spend) -> None:
    after = await spend(shop.ledger.holds(row(terms=TYPED)), by=VIKRAM)

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.SAME_BILL)
    assert [use.id for use in after.outcome.uses] == ["41"]
    assert shop.engine.orders == []


@pytest.mark.parametrize("spelt", ["t-1001", "T 1001", "T-001001", "1001"])
async def test_nor_where_its_number_is_spelt_otherwise(shop: Shop, spend: Spend, spelt: str) -> None:
    shop.ledger.rows.clear()
    shop.engine.found = (Use(id="7", by=ASHA.id, at=NOON, bill=spelt, till="mgroad.1"),)
    after = await spend(shop.ledger.holds(row(terms=replace(TYPED, seen=("7",)))), by=VIKRAM)

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.SAME_BILL)
    assert shop.engine.orders == []


async def test_a_use_from_here_that_nobody_was_shown_is_a_change(shop: Shop, spend: Spend) -> None:
    """Two confirmations were reviewed side by side, for two bills."""
    other = replace(TYPED, bill_number="T-2002")
    after = await spend(shop.ledger.holds(row(terms=other)), by=VIKRAM)

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.CHANGED)
    assert shop.engine.orders == []


async def test_one_that_was_shown_is_none(shop: Shop, spend: Spend) -> None:
    shown = replace(TYPED, bill_number="T-2002", seen=("41",))
    shop.engine.answer = Redeemed(redemption_id="42", status=200)

    assert (await spend(shop.ledger.holds(row(terms=shown)), by=VIKRAM)).state is State.REDEEMED


async def test_a_yes_that_names_it_is_not_believed(shop: Shop, spend: Spend) -> None:
    shown = replace(TYPED, bill_number="T-2002", seen=("41",))
    shop.engine.answer = Redeemed(redemption_id="41", status=200)

    assert (await spend(shop.ledger.holds(row(terms=shown)), by=VIKRAM)).state is State.UNKNOWN


async def test_a_yes_that_names_the_last_use_of_weeks_ago_is_not_believed(shop: Shop, spend: Spend) -> None:
    shop.ledger.rows.clear()
    last = replace(OURS, id="3", bill="T-7", at=NOON - timedelta(days=30))
    shop.engine.record = coupon(last=last)
    shop.engine.answer = Redeemed(redemption_id="3", status=200)

    assert (await spend(shop.ledger.holds(row(terms=TYPED)), by=VIKRAM)).state is State.UNKNOWN


async def test_of_a_code_that_many_share_our_own_records_know_more_than_the_last_use(
    shop: Shop, spend: Spend
) -> None:
    """Another customer's bill was redeemed from here, and somebody used the code since."""
    shop.ledger.holds(replace(DONE, terms=RAVIS))
    shop.engine.record = coupon(None, last=Use(id="50", bill="T-9", at=NOON, till="mgroad.1"))
    after = await spend(shop.ledger.holds(row(terms=TYPED)), by=VIKRAM)
    other = row(terms=replace(TYPED, bill_number="T-2002"), id=RequestId("OTHERBILL"))

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.SAME_BILL)
    assert (await spend(shop.ledger.holds(other), by=VIKRAM)).state is State.REDEEMED


@pytest.mark.parametrize(
    "done",
    [
        replace(DONE, state=State.REJECTED, outcome=Outcome()),
        replace(DONE, made_at=NOON - timedelta(hours=2)),
        replace(DONE, terms=replace(TYPED, code=CouponCode("OTHER"))),
        replace(DONE, terms=RAVIS, made_at=NOON - timedelta(days=1, seconds=1)),
    ],
    ids=[
        "not redeemed",
        "hours ago, so the engine has undone it",
        "another coupon",
        "another customer's of more than a day ago",
    ],
)
async def test_what_is_none_of_these_is_in_nobodys_way(shop: Shop, spend: Spend, done: object) -> None:
    shop.ledger.rows.clear()
    shop.ledger.holds(done)  # type: ignore[arg-type]

    assert (await spend(shop.ledger.holds(row(terms=TYPED)), by=VIKRAM)).state is State.REDEEMED


async def test_an_approver_is_asked_with_it_on_the_screen(shop: Shop, spend: Spend) -> None:
    terms = replace(LARGE, bill_number="T-1001", generated=False, seen=(), single=False)
    shop.engine.check = may(LARGE.discount, left=3, used=1)
    decided = Decision(by=ARJUN, at=NOON, round=1, approved=True)
    asked = await spend(shop.ledger.holds(row(State.APPROVED, terms, decided=decided)))

    assert asked.state is State.WAITING
    assert asked.asking is not None
    assert [use.id for use in asked.asking.recent or ()] == ["41"]
    assert shop.engine.orders == []


async def test_a_use_that_was_read_beside_the_check_counts_whatever_the_record_leaves_out(
    shop: Shop, spend: Spend
) -> None:
    """One use left, none on record, and the history shows one for this bill."""
    shop.ledger.rows.clear()
    shop.engine.check, shop.engine.record = may(left=1), coupon()
    shop.engine.found = (Use(id="7", by=ASHA.id, at=NOON, bill="T-1001", till="mgroad.1"),)
    after = await spend(shop.ledger.holds(row(terms=TYPED)), by=VIKRAM)

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.SAME_BILL)
    assert shop.engine.orders == []


@pytest.mark.parametrize("owner", [ASHA, None])
async def test_only_the_record_of_an_owned_coupon_shows_every_use(
    shop: Shop, spend: Spend, owner: Customer | None
) -> None:
    """One use left to each of many: somebody else's would hide ours in the record."""
    shop.ledger.rows.clear()
    shop.engine.check, shop.engine.record = may(left=1), coupon(owner)
    after = await spend(
        shop.ledger.holds(row(terms=replace(TYPED, requester=PersonId(VIKRAM.id)))), by=VIKRAM
    )

    assert after.intent is not None
    assert after.intent.single is (owner is not None)
