"""A card contradicts nothing that the ledger knows, and asks about what waits for a coupon that is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from bot.aio.tasks import TaskSet
from bot.domain.cards import FindingCard, PageCard
from bot.domain.coupon import CouponCode, Standing
from bot.domain.errors import CouldNotVerify, Denial, NotAllowed, UserError
from bot.domain.finding import Verdict
from bot.domain.lookup import AnyLookUp, CouponQuestion, LookUp, LookUpId, PromotionLookUp
from bot.domain.pause import Pause
from bot.domain.person import PersonId
from bot.domain.policy import Policy
from bot.domain.promotions import parse_promotion_question
from bot.domain.redemption import Outcome, State
from bot.domain.refusal import Refusal
from bot.services.final_no import FinalNo
from bot.services.lookup import Caching, FindCoupon, LookUpCoupons
from bot.services.lookup_card import DrawCard
from bot.services.lookup_cards import LookUpCards
from bot.services.pause import KEPT_S, ReadPause
from bot.services.ports import AuditEvent
from tests.aio.conftest import Timer
from tests.fakes.audit import FakeAttempts
from tests.fakes.engine import FakeEngine
from tests.fakes.kept import FakeLookUps
from tests.fakes.requests import FakeRequests
from tests.fakes.rights import FakeRights
from tests.services.attempts import authorize
from tests.services.redeeming import TERMS, coupon, may, row
from tests.services.shelf import ABC, ASHA, MOBILE, NOON, no, settled
from tests.services.test_lookup_details import NISHA

FIRST = CouponCode("0")
ASKED = CouponQuestion(customer=MOBILE)
BY_CODE = CouponQuestion(customer=MOBILE, code=ABC)


@pytest.fixture
def final_no(ledger: FakeRequests, shelf: FakeEngine, tasks: TaskSet) -> FinalNo:
    return FinalNo(requests=ledger, engine=shelf, spawn=tasks.spawn, wake=lambda: None)


@pytest.fixture
def paused() -> list[Pause]:
    """The pause, while there is one."""
    return []


@pytest.fixture
def pause(paused: list[Pause], timer: Timer) -> ReadPause:
    async def read() -> Pause | None:
        return paused[0] if paused else None

    return ReadPause(read, timer)


@pytest.fixture
def look_ups() -> FakeLookUps:
    return FakeLookUps()


@pytest.fixture
def cards(rights: FakeRights, attempts: FakeAttempts, look_ups: FakeLookUps) -> LookUpCards:
    return LookUpCards(authorize(rights, Policy(), attempts), look_ups)


@pytest.fixture
def draw(
    cards: LookUpCards,
    shelf: FakeEngine,
    ledger: FakeRequests,
    final_no: FinalNo,
    now: Callable[[], datetime],
    caching: Caching,
    pause: ReadPause,
) -> DrawCard:
    return DrawCard(
        cards.authorize,
        cards,
        LookUpCoupons(shelf, now, caching),
        FindCoupon(shelf, now, caching),
        ledger,
        final_no,
        pause,
    )


async def page(draw: DrawCard) -> PageCard:
    card = await draw.for_question(ASKED, by=NISHA)
    assert isinstance(card, PageCard)
    return card


async def single(draw: DrawCard) -> FindingCard:
    card = await draw.for_question(BY_CODE, by=NISHA)
    assert isinstance(card, FindingCard)
    return card


async def test_an_answer_that_does_not_show_our_use_is_read_once_more(
    draw: DrawCard, shelf: FakeEngine, ledger: FakeRequests, timer: Timer
) -> None:
    await page(draw)
    ledger.holds(row(State.REDEEMED, replace(TERMS, code=FIRST), outcome=Outcome(redemption_id="2")))
    await page(draw)
    assert shelf.calls == ["coupons 0", "coupons 0"]

    timer.seconds = 61
    await page(draw)

    assert len(shelf.calls) == 3, "by then it is not on its way any more"


async def test_and_what_it_then_still_leaves_out_is_counted_in(
    draw: DrawCard, shelf: FakeEngine, ledger: FakeRequests, now: Callable[[], datetime]
) -> None:
    ledger.holds(row(State.REDEEMED, replace(TERMS, code=FIRST), outcome=Outcome(redemption_id="2")))
    card = await page(draw)

    assert [one.standing(now()) for one in card.page.coupons[:2]] == [Standing.USED, Standing.OPEN]


async def test_so_is_a_coupon_by_its_code(draw: DrawCard, shelf: FakeEngine, ledger: FakeRequests) -> None:
    shelf.check, shelf.record = may(left=1), coupon()
    ledger.holds(row(State.REDEEMED, outcome=Outcome(redemption_id="2")))
    card = await single(draw)

    assert card.finding.verdict is Verdict.NOT_REDEEMABLE
    assert card.finding.check.refusal is Refusal.ALREADY_USED
    # Once by what was typed, beside the search for the customer, and once anew.
    assert shelf.calls.count(f"redeemability_as_named mobile {ABC}") == 1
    assert shelf.calls.count(f"redeemability {ASHA.id} {ABC}") == 1


async def test_a_look_up_that_meets_a_final_no_has_what_waits_checked_behind_the_answer(
    draw: DrawCard, shelf: FakeEngine, ledger: FakeRequests, tasks: TaskSet
) -> None:
    shelf.check, shelf.record = no(Refusal.ALREADY_USED), coupon()
    waits = ledger.holds(row(State.WAITING))
    await single(draw)
    assert ledger.rows[waits.id].state is State.WAITING

    await settled(tasks)

    assert ledger.rows[waits.id].state is State.REFUSED
    assert ledger.rows[waits.id].outcome.refusal is Refusal.ALREADY_USED


async def test_so_does_a_page_that_shows_it_as_used(
    draw: DrawCard, shelf: FakeEngine, ledger: FakeRequests, tasks: TaskSet
) -> None:
    shelf.stock[FIRST].left, shelf.check = 0, no(Refusal.ALREADY_USED)
    waits = ledger.holds(row(State.WAITING, replace(TERMS, code=FIRST)))
    await page(draw)
    await settled(tasks)

    assert ledger.rows[waits.id].state is State.REFUSED


async def test_the_engine_is_asked_once_however_many_look(
    draw: DrawCard, shelf: FakeEngine, ledger: FakeRequests, tasks: TaskSet
) -> None:
    shelf.stock[FIRST].left, shelf.check = 0, no(Refusal.ALREADY_USED)
    ledger.holds(row(State.WAITING, replace(TERMS, code=FIRST)))
    await page(draw)
    await page(draw)
    await settled(tasks)

    assert shelf.calls.count(f"redeemability {ASHA.id} {FIRST}") == 1


@pytest.mark.parametrize("state", [State.UNKNOWN, State.SENDING, State.REDEEMED])
async def test_a_page_that_shows_it_as_used_asks_nothing_for_what_does_not_wait(
    draw: DrawCard, shelf: FakeEngine, ledger: FakeRequests, tasks: TaskSet, state: State
) -> None:
    shelf.stock[FIRST].left = 0
    ledger.holds(row(state, replace(TERMS, code=FIRST)))
    await page(draw)

    assert not tasks._running


async def test_a_page_that_shows_it_as_open_asks_nothing_more(
    draw: DrawCard, ledger: FakeRequests, tasks: TaskSet
) -> None:
    ledger.holds(row(State.WAITING, replace(TERMS, code=FIRST)))
    await page(draw)

    assert not tasks._running


async def test_a_card_says_that_redeeming_is_paused_until_it_is_resumed(
    draw: DrawCard, paused: list[Pause], timer: Timer
) -> None:
    assert (await page(draw)).pause is None
    paused.append(Pause(why="a wrong price list", by="console:x", at=NOON))
    timer.seconds += KEPT_S

    assert (await page(draw)).pause == (await single(draw)).pause == paused[0]

    paused.clear()
    timer.seconds += KEPT_S
    assert (await page(draw)).pause is (await single(draw)).pause is None


EARLIER = LookUpId("earlier")
MINE = LookUp(customer=ASHA.id, asker=NISHA.id)


async def test_a_customer_of_an_earlier_look_up_is_looked_up_once_more(
    draw: DrawCard, look_ups: FakeLookUps
) -> None:
    look_ups.holds(EARLIER, MINE)
    card = await draw.again(EARLIER, by=NISHA)

    assert (card.look_up.customer, card.look_up.asker) == (ASHA.id, NISHA.id)


@pytest.mark.parametrize(
    ("kept", "no", "denied"),
    [
        (MINE, NotAllowed(Denial.GROUP), "group"),
        (MINE, CouldNotVerify(), "could_not_verify"),
        (replace(MINE, asker=PersonId("U0OTHER")), None, "not_yours"),
        (None, None, "expired"),
        (PromotionLookUp(asker=NISHA.id, question=parse_promotion_question("A")), None, "expired"),
    ],
    ids=["in no group", "unread", "another's", "gone", "of no customer"],
)
async def test_but_only_by_who_may_and_the_log_says_who_might_not(
    draw: DrawCard,
    look_ups: FakeLookUps,
    rights: FakeRights,
    attempts: FakeAttempts,
    shelf: FakeEngine,
    kept: AnyLookUp | None,
    no: Exception | None,
    denied: str,
) -> None:
    if kept is not None:
        look_ups.holds(EARLIER, kept)
    rights.no = no

    with pytest.raises(UserError):
        await draw.again(EARLIER, by=NISHA)

    assert [(one.what, one.why["at"], one.why["denied"]) for one in attempts.told] == [
        (AuditEvent.DENIED, "press_card", denied)
    ]
    assert shelf.calls == []
