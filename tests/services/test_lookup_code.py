"""A coupon by its code alone: what is read, and that it is recorded before it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.coupon import CouponCode, CouponRecord, Use
from bot.domain.errors import Denial, EngineFault, LedgerUnavailable, NotAllowed
from bot.domain.person import Actor, PersonId
from bot.domain.policy import Policy
from bot.domain.redemption import State
from bot.domain.refusal import Refusal
from bot.services.lookup_cards import LookUpCards
from bot.services.lookup_code import ShowCode
from bot.services.ports import AuditEvent
from tests.fakes.audit import FakeAttempts
from tests.fakes.coupons import FakeCoupon
from tests.fakes.engine import FakeEngine
from tests.fakes.kept import FakeLookUps
from tests.fakes.requests import FakeRequests
from tests.fakes.rights import FakeRights
from tests.services.attempts import authorize
from tests.services.redeeming import coupon, row
from tests.services.rounds import Rounds
from tests.services.shelf import ABC, ASHA, NOON, no

NISHA = Actor(id=PersonId("U0AGENT"), team="T0DESK")
USED = Use(id="1", at=NOON, bill="MG-88")


@dataclass
class Desk:
    engine: Any = field(default_factory=lambda: owned(coupon(last=USED)))
    attempts: FakeAttempts = field(default_factory=FakeAttempts)
    requests: FakeRequests = field(default_factory=FakeRequests)
    no: Exception | None = None

    @property
    def show(self) -> ShowCode:
        rights = FakeRights(lets_in=True, no=self.no)
        allowed = authorize(rights, Policy(lookup_groups=frozenset({"S0AGENTS"})), self.attempts)
        return ShowCode(
            cards=LookUpCards(allowed, FakeLookUps()),
            audit=allowed.audit,
            engine=self.engine,
            redeeming=self.engine,
            requests=self.requests,
            now=lambda: NOON,
        )


def owned(record: CouponRecord) -> FakeEngine:
    """An engine with this record, whose owner has used the coupon up."""
    engine = FakeEngine(check=no(Refusal.ALREADY_USED), record=record, found=(USED,))
    engine.knows(ASHA)
    return engine


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_its_state_its_uses_and_what_the_desk_knows_are_read_for_its_owner(desk: Desk) -> None:
    ours = desk.requests.holds(row(State.REDEEMED))
    card = await desk.show(ABC, by=NISHA)

    assert card.record == coupon(last=USED)
    assert card.check == no(Refusal.ALREADY_USED)
    assert (card.uses, card.requests) == ((USED,), (ours,))


async def test_it_is_recorded_as_a_reveal_without_the_code(desk: Desk) -> None:
    await desk.show(ABC, by=NISHA)

    [told] = desk.attempts.told
    assert (told.what, told.by) == (AuditEvent.CODE_SHOWN, NISHA.id)
    assert (told.why["coupon"], told.why["customer"]) == ("9", ASHA.id)
    assert "ABC" not in str(told.why)


async def test_what_cannot_be_recorded_is_not_shown(desk: Desk) -> None:
    desk.attempts.broken = True
    with pytest.raises(LedgerUnavailable):
        await desk.show(ABC, by=NISHA)


async def test_of_a_coupon_without_an_owner_nobodys_uses_are_read(desk: Desk) -> None:
    desk.engine.record = coupon(None, last=USED)
    card = await desk.show(ABC, by=NISHA)

    assert (card.check, card.uses) == (None, None)
    assert card.record is not None
    assert card.record.last_use == USED
    assert (desk.engine.calls, desk.engine.looks) == (["coupon_record ABC"], [])


@pytest.mark.parametrize(
    ("typed", "asked"),
    [("ABC", ["ABC"]), ("½OFF?", ["½OFF?", "1⁄2OFF"]), ("XYZ", ["XYZ"])],
)
async def test_it_is_asked_for_as_typed_and_only_then_as_usually_spelt(
    desk: Desk, typed: str, asked: list[str]
) -> None:
    desk.engine = FakeEngine()
    for code in ("ABC", "1⁄2OFF"):
        desk.engine.holds(FakeCoupon(CouponCode(code), Decimal(100), 1, ASHA))
    await desk.show(CouponCode(typed), by=NISHA)

    assert [call.removeprefix("coupon_record ") for call in desk.engine.calls if "record" in call] == asked


async def test_an_engine_that_answers_half_gives_half(desk: Desk) -> None:
    desk.engine.check, desk.engine.found = EngineFault(), EngineFault()
    card = await desk.show(ABC, by=NISHA)

    assert (card.check, card.uses) == (None, None)
    assert card.record is not None


async def test_the_rest_is_read_side_by_side_once_the_owner_is_known() -> None:
    rounds = Rounds()
    desk = Desk()
    desk.engine = rounds.slow(desk.engine)
    await rounds.during(desk.show(ABC, by=NISHA))

    assert rounds.taken == [["coupon_record"], ["redeemability", "uses"]]


async def test_nothing_is_asked_for_who_may_not_look_up(desk: Desk) -> None:
    desk.no = NotAllowed(Denial.GROUP)
    with pytest.raises(NotAllowed):
        await desk.show(ABC, by=NISHA)

    assert desk.engine.calls == []
