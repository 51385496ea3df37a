"""Redeem on an answer of store ops: what stands in its way is read anew at the press."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.case import Case, CaseAnswer, Verb
from bot.domain.coupon import CouponCode
from bot.domain.errors import VersionConflict
from bot.domain.finding import Verdict
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.request_errors import AlreadyHonoured
from bot.services.case_honour import OpenHonoured
from bot.services.ports import AuditEvent
from bot.services.redeem_form import Opened
from tests.fakes.cases import FakeCases
from tests.services.redeeming import TERMS, VIKRAM, Shop, row
from tests.services.shelf import NOON
from tests.services.test_case import CHANNEL, FACTS, FARAH, OPEN

#: As older versions stored it: nothing is known of other requests.
HONOUR = CaseAnswer(verb=Verb.HONOUR, reply="Yes", by=FARAH.id, at=NOON, verdict=Verdict.REDEEMABLE)
ASKED = RequestId("ASKEDABOUT234567")
LATER, BEFORE = NOON + timedelta(minutes=1), NOON - timedelta(minutes=1)


@pytest.fixture
async def shop() -> Any:
    shop = Shop()
    yield shop
    await shop.tasks.close()


def honoured(**facts: Any) -> Case:
    asked = replace(OPEN, asker=VIKRAM.id, channel=CHANNEL, facts=replace(FACTS, **facts))
    return asked.answered(HONOUR)


async def pressed(shop: Shop, case: Case, *requests: Redemption) -> Opened:
    for one in requests:
        shop.ledger.holds(one)
    cases = FakeCases()
    cases.holds(case)
    use_cases = shop.use_cases()
    opening = OpenHonoured(
        authorize=use_cases.authorize,
        audit=use_cases.audit,
        cases=cases,
        requests=shop.ledger,
        open_form=use_cases.open_form,
        policy=use_cases.policy,
    )
    return await opening(case.id, by=VIKRAM)


async def test_the_form_opens_filled(shop: Shop) -> None:
    opened = await pressed(shop, honoured())

    assert opened.other is None
    assert opened.draft.typed.note == f"Case {OPEN.reference}: honour"


@pytest.mark.parametrize("state", [State.UNKNOWN, State.WAITING, State.SENDING])
async def test_a_request_that_is_open_is_named_in_place_of_the_form(shop: Shop, state: State) -> None:
    other = row(state)

    assert (await pressed(shop, honoured(), other)).other == other


async def test_after_the_request_that_was_asked_about_went_through_there_is_no_form(shop: Shop) -> None:
    made = row(State.REDEEMED, id=ASKED, made_at=BEFORE)

    with pytest.raises(AlreadyHonoured) as err:
        await pressed(shop, honoured(request=ASKED), made)
    assert (err.value.made, err.value.asked_about) == (made, True)
    [told] = shop.attempts.told
    assert (told.what, told.by, told.case_id, told.why) == (
        AuditEvent.CASE_TOO_LATE,
        VIKRAM.id,
        OPEN.id,
        {"at": "honour", "state": "answered", "redeemed": ASKED},
    )


async def test_an_answer_is_carried_out_once(shop: Shop) -> None:
    """The engine would let a coupon with several uses through again."""
    made = row(State.REDEEMED, made_at=LATER)

    with pytest.raises(AlreadyHonoured) as err:
        await pressed(shop, honoured(), made)
    assert not err.value.asked_about


@pytest.mark.parametrize(
    "other",
    [
        row(State.REDEEMED, made_at=BEFORE),
        row(State.NOT_REDEEMED, made_at=LATER),
        row(State.REDEEMED, replace(TERMS, code=CouponCode("OTHER")), made_at=LATER),
    ],
    ids=["before the answer", "not redeemed", "another coupon"],
)
async def test_what_carried_it_out_is_told_from_what_did_not(shop: Shop, other: Redemption) -> None:
    assert (await pressed(shop, honoured(), other)).other is None


async def test_what_is_not_honoured_any_more_opens_nothing(shop: Shop) -> None:
    with pytest.raises(VersionConflict):
        await pressed(shop, honoured().open_again(NOON))
