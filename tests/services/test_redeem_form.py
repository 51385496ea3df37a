"""The form of a redemption: opened, opened again, and confirmed; whose it is, and what stands in its way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.coupon import CouponCode
from bot.domain.draft import Draft, Typed
from bot.domain.errors import CardExpired, CouldNotVerify, Denial, NotAllowed, Superseded
from bot.domain.finding import Verdict
from bot.domain.handled import Handled
from bot.domain.lookup import Filter, LookUp, LookUpId
from bot.domain.pause import Pause
from bot.domain.person import Freshness, PersonId
from bot.domain.redemption import Redemption, RequestId, State, Stop
from bot.domain.refusal import Refusal
from bot.services.ports import AuditEvent
from bot.services.redeem_confirm import BEGIN_WITHIN_S
from bot.services.redeem_form import OpenForm
from tests.services.redeeming import ARJUN, TERMS, VIKRAM, Shop, asked, coupon, freshness, row, saying, within
from tests.services.shelf import ABC, ASHA, NOON, no

TYPED = Typed(bill="1200", bill_number="T-1001", reason="Other", note="n")
DRAFT = Draft(
    id=RequestId("ABCDEFGHIJKLMNOP"),
    requester=VIKRAM.id,
    customer=ASHA.id,
    code=ABC,
    generated_number="CD-ABCDEFGH",
    typed=TYPED,
    review=2,
    terms=TERMS,
)
REDEEM = frozenset({"S0AGENTS"})


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop(engine=saying())
    yield shop
    await shop.tasks.close()


def told(shop: Shop) -> list[tuple[AuditEvent, RequestId | None, Mapping[str, Any]]]:
    assert {one.by for one in shop.attempts.told} <= {VIKRAM.id}
    return [(one.what, one.request_id, one.why) for one in shop.attempts.told]


# Opened


async def test_a_form_is_kept_under_a_new_id_with_a_number_of_its_own(shop: Shop) -> None:
    use_cases = shop.use_cases()
    first, second = [await use_cases.open_form.filled(ASHA.id, ABC, TYPED, by=VIKRAM) for _ in range(2)]

    draft = first.draft
    assert draft == replace(DRAFT, id=draft.id, generated_number=draft.generated_number, review=0, terms=None)
    assert re.fullmatch("[A-Z2-7]{16}", draft.id)
    assert re.fullmatch("CD-[A-Z2-7]{8}", draft.generated_number)
    assert (second.draft.id, second.draft.generated_number) != (draft.id, draft.generated_number)
    assert (first.as_of, first.other, first.finding.verdict) == (NOON, None, Verdict.REDEEMABLE)
    assert await shop.drafts.recall(draft.id) == draft
    assert (freshness(shop), within(shop)) == (
        [Freshness.RECENT] * 2,
        [REDEEM] * 2,
    )
    assert told(shop) == []
    # Each time the engine is asked anew.
    assert len([call for call in shop.engine.calls if call.startswith("redeemability")]) == 2


async def test_the_code_is_the_coupons_own(shop: Shop) -> None:
    opened = await shop.use_cases().open_form.filled(ASHA.id, CouponCode("abc"), Typed(), by=VIKRAM)

    assert (opened.draft.code, opened.draft.typed) == (ABC, Typed())


async def test_what_the_engine_refuses_is_shown_and_in_the_audit_log(shop: Shop) -> None:
    shop.engine.check, shop.engine.record = no(Refusal.COUPON_EXPIRED), coupon()
    opened = await shop.use_cases().open_form.filled(ASHA.id, ABC, TYPED, by=VIKRAM)

    assert opened.finding.verdict is Verdict.NOT_REDEEMABLE
    assert await shop.drafts.recall(opened.draft.id) is None
    assert told(shop) == [
        (
            AuditEvent.REFUSED,
            opened.draft.id,
            {"at": "open", "stop": None, "refusal": Refusal.COUPON_EXPIRED},
        )
    ]


async def test_another_open_request_stands_in_the_way(shop: Shop) -> None:
    held = shop.ledger.holds(row(State.WAITING))
    opened = await shop.use_cases().open_form.filled(ASHA.id, ABC, TYPED, by=VIKRAM)

    assert opened.other == held
    assert await shop.drafts.recall(opened.draft.id) is None
    assert told(shop) == [
        (AuditEvent.REFUSED, opened.draft.id, {"at": "open", "stop": Stop.ALREADY_OPEN, "refusal": None})
    ]


async def test_a_final_no_that_the_form_meets_ends_what_waits_for_the_coupon(shop: Shop) -> None:
    held = shop.ledger.holds(row(State.WAITING))
    shop.engine.check, shop.engine.record = no(Refusal.ALREADY_USED), coupon()
    await shop.use_cases().open_form.filled(ASHA.id, ABC, TYPED, by=VIKRAM)
    await asyncio.gather(*shop.tasks._running)

    assert shop.ledger.rows[held.id].state is State.REFUSED


DENIED: Mapping[str, tuple[Exception, str]] = {
    "not allowed": (NotAllowed(Denial.GROUP), Denial.REDEEM.value),
    "unread": (CouldNotVerify(), "could_not_verify"),
}


@pytest.mark.parametrize(("says", "denied"), DENIED.values(), ids=DENIED)
async def test_who_may_not_opens_nothing(shop: Shop, says: Exception, denied: str) -> None:
    shop.rights.no = says
    with pytest.raises(type(says)):
        await shop.use_cases().open_form.filled(ASHA.id, ABC, TYPED, by=VIKRAM)

    assert told(shop) == [(AuditEvent.DENIED, None, {"at": "open", "denied": denied})]
    assert shop.engine.calls == []


# From a card


@dataclass
class Kept:
    """`services.ports.LookUps`: one card."""

    card: Any

    def ready(self) -> None: ...

    async def recall(self, _: LookUpId) -> Any:
        return self.card


CARD = LookUp(
    customer=ASHA.id,
    asker=VIKRAM.id,
    filter=Filter.ALL,
    oldest_first=False,
    offset=0,
    shown=(CouponCode("FIRST"), ABC),
)


def from_card(shop: Shop, card: Any, last_reason: str | None = None) -> OpenForm:
    """The reason is of Vikram; nobody else has given one."""

    async def last(person: PersonId) -> str | None:
        return last_reason if person == VIKRAM.id else None

    open_form = shop.use_cases().open_form
    look_ups: Any = Kept(card)
    return replace(open_form, cards=replace(open_form.cards, look_ups=look_ups), last_reason=last)


async def test_the_form_knows_of_a_pause_whichever_way_it_is_opened(shop: Shop) -> None:
    shop.paused = Pause(why="a wrong price list", by="console:x", at=NOON)
    opening = shop.use_cases().open_form
    opened = await opening.filled(ASHA.id, ABC, Typed(), by=VIKRAM)
    again = await opening.again(opened.draft.id, by=VIKRAM)

    assert opened.pause == again.pause == shop.paused


@pytest.mark.parametrize("reason", [None, "Other"])
async def test_a_card_names_its_coupon_by_its_place_and_ones_last_reason_is_filled_in(
    shop: Shop, reason: str | None
) -> None:
    opened = await from_card(shop, CARD, reason)(LookUpId("CARD"), 1, by=VIKRAM)

    typed = Typed(reason=reason or "")
    assert (opened.draft.code, opened.draft.customer, opened.draft.typed) == (ABC, ASHA.id, typed)
    assert within(shop) == [REDEEM]
    assert told(shop) == []


@pytest.mark.parametrize(
    ("card", "place"), [(CARD, 2), (CARD, -1), (None, 0)], ids=["no such place", "no coupon", "no such card"]
)
async def test_a_card_that_has_it_no_more_has_expired(shop: Shop, card: Any, place: int) -> None:
    with pytest.raises(CardExpired):
        await from_card(shop, card)(LookUpId("CARD"), place, by=VIKRAM)

    assert told(shop) == [(AuditEvent.DENIED, None, {"at": "open", "denied": "expired"})]


async def test_only_whoever_asked_for_a_card_presses_it(shop: Shop) -> None:
    with pytest.raises(NotAllowed):
        await from_card(shop, replace(CARD, asker=ARJUN))(LookUpId("CARD"), 1, by=VIKRAM)

    assert told(shop) == [(AuditEvent.DENIED, None, {"at": "open", "denied": "not_yours"})]


# Back, and once more


async def test_back_shows_the_form_as_it_was_filled(shop: Shop) -> None:
    await shop.drafts.keep(DRAFT)
    opened = await shop.use_cases().open_form.again(DRAFT.id, by=VIKRAM)

    assert (opened.draft, opened.other, opened.as_of) == (DRAFT, None, NOON)
    assert opened.finding.code == ABC
    assert (freshness(shop), within(shop)) == (
        [Freshness.RECENT],
        [REDEEM],
    )


@pytest.mark.parametrize("whose", ["another's", "nobody's"])
async def test_back_shows_nobody_elses_form(shop: Shop, whose: str) -> None:
    await shop.drafts.keep(replace(DRAFT, requester=ARJUN))
    draft_id = DRAFT.id if whose == "another's" else RequestId("NOBODYS")
    with pytest.raises((NotAllowed, CardExpired)):
        await shop.use_cases().open_form.again(draft_id, by=VIKRAM)

    denied = Denial.NOT_YOURS.value if whose == "another's" else "expired"
    assert told(shop) == [(AuditEvent.DENIED, draft_id, {"at": "back", "denied": denied})]


@pytest.mark.parametrize(("says", "denied"), DENIED.values(), ids=DENIED)
async def test_who_may_not_goes_back_to_nothing(shop: Shop, says: Exception, denied: str) -> None:
    await shop.drafts.keep(DRAFT)
    shop.rights.no = says
    with pytest.raises(type(says)):
        await shop.use_cases().open_form.again(DRAFT.id, by=VIKRAM)

    assert told(shop) == [(AuditEvent.DENIED, DRAFT.id, {"at": "back", "denied": denied})]


@pytest.mark.parametrize("generated", [True, False])
async def test_redeem_again_fills_in_all_but_a_generated_number(shop: Shop, generated: bool) -> None:
    terms = replace(TERMS, bill=Decimal("1E+3"), bill_number="T-1001", generated=generated, note="n")
    shop.ledger.holds(row(State.NOT_REDEEMED, terms))
    opened = await shop.use_cases().open_again(row().id, by=VIKRAM)

    assert opened.draft.typed == Typed(
        bill="1000", bill_number="" if generated else "T-1001", reason="Other", note="n"
    )
    assert (opened.draft.customer, opened.draft.code) == (ASHA.id, ABC)
    assert opened.draft.id != row().id


async def test_redeem_again_is_the_requesters(shop: Shop) -> None:
    shop.ledger.holds(row(State.NOT_REDEEMED, replace(TERMS, requester=ARJUN)))
    with pytest.raises(NotAllowed):
        await shop.use_cases().open_again(row().id, by=VIKRAM)

    assert told(shop) == [(AuditEvent.DENIED, row().id, {"at": "open", "denied": "not_yours"})]


# Confirmed


async def confirmed(shop: Shop, draft_id: RequestId = DRAFT.id, review: int = 2) -> Handled[Redemption]:
    return await shop.use_cases().confirm_redemption(draft_id, review, by=VIKRAM, window="V0WINDOW")


async def test_a_confirmation_writes_the_request_as_it_was_shown(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.drafts.keep(DRAFT)
    windows: list[Any] = []
    makes: Callable[..., Awaitable[Any]] = shop.ledger.make

    async def make(*given: Any, **named: Any) -> Any:
        windows.append((named["window"], named["begin_in_s"], named["day"].isoformat(), named["limits"]))
        return await makes(*given, **named)

    monkeypatch.setattr(shop.ledger, "make", make)
    handled = await confirmed(shop)

    assert (handled.ours, handled.row.state, handled.row.terms) == (True, State.NEW, TERMS)
    assert (handled.row.id, handled.row.made_at) == (DRAFT.id, NOON)
    assert windows == [("V0WINDOW", 60.0, "2025-09-01", shop.configuration.policy.limits)]
    assert BEGIN_WITHIN_S == 60.0
    # Slack is answered first: nothing is read from it here.
    assert asked(shop) == []


async def test_a_second_delivery_returns_the_request_as_it_stands(shop: Shop) -> None:
    held = shop.ledger.holds(row(State.REDEEMED))
    handled = await confirmed(shop)

    assert (handled.ours, handled.row) == (False, held)


async def test_nobody_confirms_anothers_request_or_form(shop: Shop) -> None:
    shop.ledger.holds(row(State.REDEEMED, replace(TERMS, requester=ARJUN)))
    await shop.drafts.keep(replace(DRAFT, id=RequestId("FORM"), requester=ARJUN))
    for draft_id in (DRAFT.id, RequestId("FORM")):
        with pytest.raises(NotAllowed):
            await confirmed(shop, draft_id)

    assert told(shop) == [
        (AuditEvent.DENIED, DRAFT.id, {"at": "confirm", "denied": "not_yours"}),
        (AuditEvent.DENIED, RequestId("FORM"), {"at": "confirm", "denied": "not_yours"}),
    ]


@pytest.mark.parametrize(
    ("draft", "review", "denied"),
    [(DRAFT, 1, "superseded"), (DRAFT, 3, "superseded"), (replace(DRAFT, terms=None), 2, "superseded")],
    ids=["an earlier review", "a later one", "a refused one"],
)
async def test_only_the_latest_review_is_confirmed(
    shop: Shop, draft: Draft, review: int, denied: str
) -> None:
    await shop.drafts.keep(draft)
    with pytest.raises(Superseded):
        await confirmed(shop, review=review)

    assert told(shop) == [(AuditEvent.DENIED, DRAFT.id, {"at": "confirm", "denied": denied})]
    assert shop.ledger.rows == {}


async def test_a_form_that_is_gone_confirms_nothing(shop: Shop) -> None:
    with pytest.raises(CardExpired):
        await confirmed(shop)

    assert told(shop) == [(AuditEvent.DENIED, DRAFT.id, {"at": "confirm", "denied": "expired"})]
