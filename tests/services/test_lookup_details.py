from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from bot.domain.coupon import CouponCode
from bot.domain.errors import CardExpired, Denial, NotAllowed
from bot.domain.lookup import AnyLookUp, LookUp, LookUpId, PromotionLookUp
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.policy import Policy
from bot.domain.promotions import parse_promotion_question
from bot.domain.refusal import Refusal
from bot.services.lookup import Caching, FindCoupon, LookUpCoupons
from bot.services.lookup_cards import LookUpCards
from bot.services.lookup_details import ShowDetails
from tests.aio.conftest import Timer
from tests.fakes.requests import FakeRequests
from tests.services.attempts import authorize
from tests.services.shelf import ASHA, NOON, Shelf, no

NISHA = Actor(id=PersonId("U0AGENT"), team="T0DESK", enterprise=None)
CARD = LookUpId("card")


@dataclass
class Lets:
    """Rights that let everybody in, or nobody."""

    why: Denial | None = None

    async def admit(
        self,
        actor: Actor,
        groups: frozenset[str] | None,
        *,
        freshness: Freshness = Freshness.LIVE,
    ) -> Admission:
        assert freshness is Freshness.RECENT
        return await self.admit_again(actor.id, groups or frozenset())

    async def admit_again(
        self,
        person: PersonId,
        groups: frozenset[str],
        *,
        after: Admission | None = None,  # noqa: ARG002 - see the port
    ) -> Admission:
        if self.why is not None:
            raise NotAllowed(self.why)
        return Admission(person=person, groups=groups, read_at=NOON)

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:  # noqa: ARG002 - see the port
        return self.why is None

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:  # noqa: ARG002 - see the port
        return self.why is None


@dataclass
class Drawer:
    """Look-ups in memory."""

    kept: dict[LookUpId, AnyLookUp] = field(default_factory=dict)

    def ready(self) -> None:
        """Always."""

    async def keep(self, look_up: AnyLookUp, /, *, why: Mapping[str, Any]) -> LookUpId:  # noqa: ARG002 - see the port
        self.kept[CARD] = look_up
        return CARD

    async def recall(self, look_up_id: LookUpId, /) -> AnyLookUp | None:
        return self.kept.get(look_up_id)


@pytest.fixture
def rights() -> Lets:
    return Lets()


@pytest.fixture
def drawer() -> Drawer:
    shown = tuple(CouponCode(str(number)) for number in range(10))
    return Drawer({CARD: LookUp(customer=ASHA.id, asker=NISHA.id, shown=shown)})


@pytest.fixture
def look_up(shelf: Shelf, now: Callable[[], datetime], caching: Caching) -> LookUpCoupons:
    return LookUpCoupons(shelf, now, caching)


@pytest.fixture
def details(
    rights: Lets,
    drawer: Drawer,
    shelf: Shelf,
    look_up: LookUpCoupons,
    now: Callable[[], datetime],
    caching: Caching,
) -> ShowDetails:
    return ShowDetails(
        LookUpCards(authorize(rights, Policy()), drawer),
        look_up,
        FindCoupon(shelf, now, caching),
        FakeRequests(),
    )


@pytest.mark.parametrize("place", [0, 4, 9])
async def test_the_place_on_the_card_names_the_coupon(details: ShowDetails, shelf: Shelf, place: int) -> None:
    found = await details(CARD, place, by=NISHA)

    assert found.coupon is not None
    assert (found.coupon.code, found.customer, found.finding) == (str(place), ASHA, None)
    assert shelf.calls == ["coupons 0"]


async def test_a_coupon_that_left_the_page_is_asked_for_by_its_code(
    details: ShowDetails, shelf: Shelf
) -> None:
    shelf.size, shelf.check = 3, no(Refusal.ALREADY_USED)
    found = await details(CARD, 5, by=NISHA)

    assert found.coupon is None
    assert found.finding is not None
    assert shelf.calls == ["coupons 0", "customer_id", "redeemability 5 5", "coupon_record 5"]


@pytest.mark.parametrize("place", [-1, 10, 10**9])
async def test_a_place_that_the_card_does_not_have_opens_nothing(
    details: ShowDetails, shelf: Shelf, place: int
) -> None:
    with pytest.raises(CardExpired):
        await details(CARD, place, by=NISHA)

    assert shelf.calls == []


@pytest.mark.parametrize("kept", ["nothing", "another kind"])
async def test_what_is_no_card_of_coupons_opens_nothing(
    details: ShowDetails, drawer: Drawer, shelf: Shelf, kept: str
) -> None:
    del drawer.kept[CARD]
    if kept == "another kind":
        drawer.kept[CARD] = PromotionLookUp(asker=NISHA.id, question=parse_promotion_question("A"))
    with pytest.raises(CardExpired):
        await details(CARD, 0, by=NISHA)

    assert shelf.calls == []


async def test_somebody_elses_card_opens_nothing(details: ShowDetails, shelf: Shelf) -> None:
    vikram = Actor(id=PersonId("U0SENIOR"), team="T0DESK", enterprise=None)
    with pytest.raises(NotAllowed) as denied:
        await details(CARD, 0, by=vikram)

    assert denied.value.why is Denial.NOT_YOURS
    assert shelf.calls == []


async def test_rights_are_asked_for_before_the_card_is_looked_at(
    details: ShowDetails, rights: Lets, drawer: Drawer, shelf: Shelf
) -> None:
    rights.why = Denial.GROUP
    drawer.kept.clear()
    with pytest.raises(NotAllowed):
        await details(CARD, 0, by=NISHA)

    assert shelf.calls == []


async def test_a_page_that_is_kept_is_not_asked_for_again(
    details: ShowDetails, shelf: Shelf, timer: Timer
) -> None:
    first = await details(CARD, 0, by=NISHA)
    timer.seconds = 20
    second = await details(CARD, 1, by=NISHA)

    assert first.as_of == second.as_of
    assert shelf.calls == ["coupons 0"]
