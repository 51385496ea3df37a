"""How many rounds of engine calls people wait for: with an engine of 5 s a round is 5 s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from bot.domain.answer import Redeemed
from bot.domain.coupon import CouponRecord, Redeemability, Use
from bot.domain.customer import Customer, CustomerId, Identifier, IdentifierKind, by_id
from bot.domain.redemption import State
from bot.services.lookup import Caching, FindCoupon
from tests.fakes.engine import FakeEngine
from tests.services.redeeming import TERMS, VIKRAM, Shop, coupon, may, row
from tests.services.rounds import Rounds
from tests.services.shelf import ABC, ASHA, MOBILE, NOON, RAVI, record, yes

EMAIL = Identifier(kind=IdentifierKind.EMAIL, value="asha@example.com")
KNOWN = replace(ASHA, email="asha@example.com", external_id="E-1")
EXTERNAL = Identifier(kind=IdentifierKind.EXTERNAL_ID, value="E-1")


@pytest.mark.parametrize("customer", [MOBILE, EMAIL, EXTERNAL, by_id(ASHA.id)], ids=lambda one: one.kind)
async def test_one_coupon_of_a_customer_is_one_round_however_they_are_named(
    now: Callable[[], datetime], caching: Caching, customer: Identifier
) -> None:
    rounds, shelf = Rounds(), FakeEngine(check=yes(ASHA), record=record(ASHA))
    shelf.knows(KNOWN)
    await rounds.during(FindCoupon(rounds.slow(shelf), now, caching)(customer, ABC))

    assert len(rounds.taken) == 1


@pytest.mark.parametrize("named", [None, RAVI, Customer(id=CustomerId("7"))], ids=["nobody", "Ravi", "7"])
async def test_a_check_that_does_not_name_the_customer_of_that_id_is_made_again_by_the_id(
    now: Callable[[], datetime], caching: Caching, named: Customer | None
) -> None:
    rounds, shelf = Rounds(), FakeEngine(check=yes(named), record=record(ASHA))
    shelf.knows(KNOWN)
    await rounds.during(FindCoupon(rounds.slow(shelf), now, caching)(MOBILE, ABC))

    assert rounds.taken == [["coupon_record", "customer_id", "redeemability_as_named"], ["redeemability"]]


@dataclass
class SlowShop(Shop):
    """Its engine waits for rounds."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rounds = Rounds()
        self.engine = self.rounds.slow(self.engine)


USES = {
    "one left, none made": (may(), coupon(), True),
    "several": (may(left=3), coupon(last=Use(id="1", at=NOON)), False),
    "several, none made": (may(left=3), coupon(), False),
    "asked by an older version": (may(), coupon(), None),
}


@pytest.mark.parametrize(("check", "found", "single"), USES.values(), ids=USES)
async def test_redeem_now_is_one_round_of_reads_and_the_redeem_call(
    check: Redeemability, found: CouponRecord, single: bool | None
) -> None:
    engine = FakeEngine(check=check, record=found, answer=Redeemed(redemption_id="2", status=200))
    engine.knows(ASHA)
    shop = SlowShop(engine=engine)
    terms = replace(TERMS, single=single, seen=("1",))
    made = shop.ledger.holds(row(terms=terms))
    done = await shop.rounds.during(shop.use_cases().spend(made, by=VIKRAM))

    assert [len(one) for one in shop.rounds.taken][1:] == [1]
    assert shop.rounds.taken[-1] == ["redeem"]
    assert done.state is State.REDEEMED


async def test_a_coupon_whose_record_tells_all_costs_no_read_of_the_history() -> None:
    shop = SlowShop()
    made = row(terms=replace(TERMS, single=True))
    await shop.rounds.during(shop.use_cases().preflight(made, by=VIKRAM))

    assert shop.rounds.taken == [["coupon_record", "redeemability"]]
