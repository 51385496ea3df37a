from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.coupon import CouponCode, Standing
from bot.domain.errors import CardExpired, Denial, NotAllowed
from bot.domain.finding import Verdict
from bot.domain.lookup import LookUp, LookUpId, PromotionLookUp
from bot.domain.person import Actor, Freshness, PersonId
from bot.domain.policy import Policy
from bot.domain.promotions import parse_promotion_question
from bot.domain.redemption import Outcome, State
from bot.domain.refusal import Refusal
from bot.services.audit import AuditLog
from bot.services.lookup import Caching, FindCoupon, LookUpCoupons
from bot.services.lookup_cards import LookUpCards
from bot.services.lookup_details import ShowDetails
from bot.services.ports import AuditEvent
from tests.aio.conftest import Timer
from tests.fakes.audit import FakeAttempts
from tests.fakes.engine import FakeEngine
from tests.fakes.kept import FakeLookUps
from tests.fakes.requests import FakeRequests
from tests.fakes.rights import FakeRights
from tests.services.attempts import authorize
from tests.services.redeeming import TERMS, coupon, may, row
from tests.services.shelf import ABC, ASHA, filled, no

NISHA = Actor(id=PersonId("U0AGENT"), team="T0DESK", enterprise=None)
CARD = LookUpId("card")


@pytest.fixture
def drawer() -> FakeLookUps:
    shown = tuple(CouponCode(str(number)) for number in range(10))
    look_ups = FakeLookUps()
    look_ups.holds(CARD, LookUp(customer=ASHA.id, asker=NISHA.id, shown=shown))
    return look_ups


@pytest.fixture
def ledger() -> FakeRequests:
    return FakeRequests()


@pytest.fixture
def look_up(shelf: FakeEngine, now: Callable[[], datetime], caching: Caching) -> LookUpCoupons:
    return LookUpCoupons(shelf, now, caching)


@pytest.fixture
def details(
    rights: FakeRights,
    drawer: FakeLookUps,
    shelf: FakeEngine,
    look_up: LookUpCoupons,
    now: Callable[[], datetime],
    caching: Caching,
    attempts: FakeAttempts,
    ledger: FakeRequests,
) -> ShowDetails:
    return ShowDetails(
        LookUpCards(authorize(rights, Policy(), attempts), drawer),
        look_up,
        FindCoupon(shelf, now, caching),
        ledger,
        AuditLog(attempts=attempts),
    )


@pytest.mark.parametrize("place", [0, 4, 9])
async def test_the_place_on_the_card_names_the_coupon(
    details: ShowDetails, shelf: FakeEngine, place: int
) -> None:
    found = await details(CARD, place, by=NISHA)

    assert found.coupon is not None
    assert (found.coupon.code, found.customer, found.finding) == (str(place), ASHA, None)
    assert shelf.calls == ["coupons 0"]


async def test_what_is_shown_is_judged_by_what_was_read_lately(
    details: ShowDetails, rights: FakeRights
) -> None:
    await details(CARD, 0, by=NISHA)

    assert [one.freshness for one in rights.checks] == [Freshness.RECENT]


async def test_a_coupon_that_left_the_page_is_asked_for_by_its_code(
    details: ShowDetails, shelf: FakeEngine
) -> None:
    shelf.check = no(Refusal.ALREADY_USED)
    filled(shelf, 3)
    found = await details(CARD, 5, by=NISHA)

    assert found.coupon is None
    assert found.finding is not None
    assert shelf.calls == ["coupons 0", "redeemability 5 5", "coupon_record 5"]


@pytest.mark.parametrize("place", [-1, 10, 10**9])
async def test_a_place_that_the_card_does_not_have_opens_nothing(
    details: ShowDetails, shelf: FakeEngine, place: int
) -> None:
    with pytest.raises(CardExpired):
        await details(CARD, place, by=NISHA)

    assert shelf.calls == []


@pytest.mark.parametrize("kept", ["nothing", "another kind"])
async def test_what_is_no_card_of_coupons_opens_nothing(
    details: ShowDetails, drawer: FakeLookUps, shelf: FakeEngine, kept: str
) -> None:
    del drawer.kept[CARD]
    if kept == "another kind":
        drawer.holds(CARD, PromotionLookUp(asker=NISHA.id, question=parse_promotion_question("A")))
    with pytest.raises(CardExpired):
        await details(CARD, 0, by=NISHA)

    assert shelf.calls == []


async def test_somebody_elses_card_opens_nothing(details: ShowDetails, shelf: FakeEngine) -> None:
    vikram = Actor(id=PersonId("U0SENIOR"), team="T0DESK", enterprise=None)
    with pytest.raises(NotAllowed) as denied:
        await details(CARD, 0, by=vikram)

    assert denied.value.why is Denial.NOT_YOURS
    assert shelf.calls == []


async def test_rights_are_asked_for_before_the_card_is_looked_at(
    details: ShowDetails, rights: FakeRights, drawer: FakeLookUps, shelf: FakeEngine
) -> None:
    rights.no = NotAllowed(Denial.GROUP)
    drawer.kept.clear()
    with pytest.raises(NotAllowed):
        await details(CARD, 0, by=NISHA)

    assert shelf.calls == []


async def test_a_page_that_is_kept_is_not_asked_for_again(
    details: ShowDetails, shelf: FakeEngine, timer: Timer
) -> None:
    first = await details(CARD, 0, by=NISHA)
    timer.seconds = 20
    second = await details(CARD, 1, by=NISHA)

    assert first.as_of == second.as_of
    assert shelf.calls == ["coupons 0"]


async def test_a_page_that_does_not_show_our_use_is_read_once_more_and_the_use_counted_in(
    details: ShowDetails, shelf: FakeEngine, ledger: FakeRequests, now: Callable[[], datetime]
) -> None:
    await details(CARD, 0, by=NISHA)
    terms = replace(TERMS, code=CouponCode("0"))
    ledger.holds(row(State.REDEEMED, terms, outcome=Outcome(redemption_id="2")))
    found = await details(CARD, 0, by=NISHA)

    assert shelf.calls == ["coupons 0", "coupons 0"]
    assert found.coupon is not None
    assert found.coupon.standing(now()) is Standing.USED


async def test_so_is_a_coupon_that_left_the_page(
    details: ShowDetails, drawer: FakeLookUps, shelf: FakeEngine, ledger: FakeRequests
) -> None:
    del drawer.kept[CARD]
    drawer.holds(CARD, LookUp(customer=ASHA.id, asker=NISHA.id, shown=(ABC,)))
    shelf.check, shelf.record = may(left=1), coupon()
    ledger.holds(row(State.REDEEMED, outcome=Outcome(redemption_id="2")))
    found = await details(CARD, 0, by=NISHA)

    assert shelf.calls == ["coupons 0", f"redeemability {ASHA.id} {ABC}", f"coupon_record {ABC}"] * 2
    assert found.finding is not None
    assert found.finding.verdict is Verdict.NOT_REDEEMABLE


async def test_what_was_shown_and_to_whom_is_recorded(details: ShowDetails, attempts: FakeAttempts) -> None:
    await details(CARD, 4, by=NISHA)

    [told] = attempts.told
    assert (told.what, told.by) == (AuditEvent.DETAILS_SHOWN, NISHA.id)
    assert (told.why["at"], told.why["customer"], told.why["coupon"]) == ("coupon", ASHA.id, "4")


async def test_whoever_is_refused_is_recorded(
    details: ShowDetails, rights: FakeRights, attempts: FakeAttempts
) -> None:
    rights.no = NotAllowed(Denial.GUEST)
    with pytest.raises(NotAllowed):
        await details(CARD, 0, by=NISHA)
    with pytest.raises(NotAllowed):
        await details.cards.admit(NISHA)

    assert [(one.what, one.by, one.why) for one in attempts.told] == [
        (AuditEvent.DENIED, NISHA.id, {"at": "press_card", "denied": "guest"}),
        (AuditEvent.DENIED, NISHA.id, {"at": "look_up", "denied": "guest"}),
    ]
