"""Review: what would be redeemed, by which rule, what is shown beside it, and what each refusal keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.coupon import Discount, DiscountKind, Redeemability, Use
from bot.domain.customer import CustomerId
from bot.domain.draft import Draft, Filled, Review, Typed
from bot.domain.errors import CardExpired, CouldNotVerify, Denial, EngineFault, NotAllowed
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.pause import Pause
from bot.domain.person import Freshness
from bot.domain.redemption import Decision, Outcome, Redemption, RequestId, Settled, State, Stop, Terms
from bot.domain.refusal import Refusal
from bot.domain.request_errors import Stopped
from bot.domain.worth import Worth
from bot.services.ports import AuditEvent
from bot.services.redeem_review import LATELY
from tests.services.redeeming import (
    ARJUN,
    LARGE,
    OFF,
    REST,
    SMALL,
    TERMS,
    VIKRAM,
    Shop,
    coupon,
    freshness,
    may,
    row,
    saying,
    within,
)
from tests.services.shelf import ABC, ASHA, NOON, no

DRAFT = Draft(
    id=RequestId("ABCDEFGHIJKLMNOP"),
    requester=VIKRAM.id,
    customer=ASHA.id,
    code=ABC,
    generated_number="CD-ABCDEFGH",
    review=1,
    terms=TERMS,
)
TYPED = Typed(bill="1200", bill_number="T-1001", reason="Other", note="Call 98450 12345")
FILLED = Filled(bill=Decimal(1200), bill_number="T-1001", reason="Other", note="Call 98450 12345")
TILL = Use(id="7", by=ASHA.id, at=NOON, bill="T-9", till="mgroad.1")
JUDGED_BY = {"groups": ["S0AGENTS", "S0SENIORS"], "groups_read_at": NOON.isoformat()}
LIMITS = Limits(count=20, value=Decimal(10_000))
EXPIRES = NOON + timedelta(days=3)


@pytest.fixture
async def shop() -> Any:
    shop = Shop(engine=saying())
    shop.engine.record = replace(coupon(), expires_at=EXPIRES)
    await shop.drafts.keep(DRAFT)
    yield shop
    await shop.tasks.close()


async def review(shop: Shop, filled: Filled = FILLED, typed: Typed = TYPED) -> Review:
    return await shop.use_cases().review(DRAFT.id, typed, filled, by=VIKRAM)


async def stopped(shop: Shop, filled: Filled = FILLED) -> Stopped:
    with pytest.raises(Stopped) as err:
        await review(shop, filled)
    return err.value


TERMS_SHOWN = Terms(
    requester=VIKRAM.id,
    customer=ASHA.id,
    customer_name="Asha Menon",
    customer_tail="2345",
    code=ABC,
    coupon_id="9",
    discount=OFF,
    expires_at=EXPIRES,
    worth=Worth(amount=Decimal(250)),
    bill=Decimal(1200),
    takes_off=Decimal("250.00"),
    bill_number="T-1001",
    generated=False,
    reason="Other",
    note="Call …2345",
    rule=SMALL.name,
    approvals=0,
    approvers=(),
    seen=(),
    single=True,
)


def put(of: Any, name: str, to: Any) -> bool:
    """As `setattr`, for a lambda that sets several."""
    setattr(of, name, to)
    return True


async def test_the_confirmation_shows_what_would_be_redeemed(shop: Shop) -> None:
    reviewed = replace(DRAFT, typed=replace(TYPED, note="Call …2345"), review=2, terms=TERMS_SHOWN)

    assert await review(shop) == Review(
        draft=reviewed, limits=LIMITS, used=Usage(), lately=None, recent=(), till="coupon.desk", as_of=NOON
    )
    assert await shop.drafts.recall(DRAFT.id) == reviewed
    assert (freshness(shop), within(shop)) == (
        [Freshness.RECENT],
        [frozenset({"S0AGENTS"})],
    )
    assert shop.attempts.told == []


async def test_the_confirmation_knows_of_a_pause(shop: Shop) -> None:
    shop.paused = Pause(why="a wrong price list", by="console:x", at=NOON)

    assert (await review(shop)).pause == shop.paused


async def test_a_note_is_masked_as_numbers_are_written_here(shop: Shop) -> None:
    shop.configuration = replace(shop.configuration, region="AU")
    shown = (await review(shop, replace(FILLED, note="Call 0412 345 678"))).draft.terms

    assert shown is not None
    assert shown.note == "Call …5678"


async def test_without_a_typed_number_the_generated_one_is_used(shop: Shop) -> None:
    shown = (await review(shop, replace(FILLED, bill_number=None))).draft.terms

    assert shown is not None
    assert (shown.bill_number, shown.generated) == ("CD-ABCDEFGH", True)


async def test_a_coupon_without_a_record_has_no_id_and_no_end(shop: Shop) -> None:
    shop.engine.record = None
    shown = (await review(shop)).draft.terms

    assert shown is not None
    assert (shown.coupon_id, shown.expires_at) == (None, None)


async def test_a_dear_coupon_needs_those_whom_its_rule_names(shop: Shop) -> None:
    shop.engine.check = may(LARGE.discount)
    shown = (await review(shop)).draft.terms

    assert shown is not None
    assert (shown.rule, shown.approvals, shown.approvers) == (REST.name, 1, ("S0MANAGERS",))
    assert (shown.worth, shown.takes_off) == (Worth(amount=Decimal(5000)), Decimal("1200.00"))


async def test_a_share_without_a_cap_is_rounded_where_it_is_shown(shop: Shop) -> None:
    tenth = Discount(kind=DiscountKind.PERCENT, value=Decimal(10))
    shop.engine.check, shop.engine.record = may(tenth), replace(coupon(), discount=tenth)
    shown = (await review(shop, replace(FILLED, bill=Decimal("33.33")))).draft.terms

    assert shown is not None
    assert (shown.worth, shown.takes_off) == (
        Worth(amount=Decimal("3.333"), from_bill=True),
        Decimal("3.33"),
    )


async def test_the_engine_is_asked_anew(shop: Shop) -> None:
    use_cases = shop.use_cases()
    for _ in range(2):
        await use_cases.review(DRAFT.id, TYPED, FILLED, by=VIKRAM)

    assert [call for call in shop.engine.calls if call.startswith("redeemability")] == [
        "redeemability 5 ABC"
    ] * 2
    kept = await shop.drafts.recall(DRAFT.id)
    assert kept is not None
    assert kept.review == 3


# Uses


async def test_uses_since_the_day_before_are_shown_and_this_customers_are_remembered(shop: Shop) -> None:
    shared = replace(TILL, id="8", by=CustomerId("1"))
    shop.engine.check = may(left=3, used=1)
    shop.engine.found = (TILL, shared, replace(TILL, id=None))
    shown = await review(shop)

    assert shown.recent == (TILL, shared, replace(TILL, id=None))
    assert shown.draft.terms is not None
    assert shown.draft.terms.seen == ("7",)
    assert shop.engine.looks == [(date(2025, 8, 31), False)]


async def test_a_coupon_of_one_use_that_nobody_used_has_none_to_read(shop: Shop) -> None:
    await review(shop)

    assert shop.engine.looks == []


async def test_uses_that_cannot_be_read_end_the_review(shop: Shop) -> None:
    shop.engine.check, shop.engine.found = may(left=3, used=1), EngineFault()
    with pytest.raises(EngineFault):
        await review(shop)

    kept = await shop.drafts.recall(DRAFT.id)
    assert kept == replace(DRAFT, typed=replace(TYPED, note="Call …2345"), review=2, terms=None)


@pytest.mark.parametrize("dear", [False, True])
async def test_a_use_for_this_bill_needs_an_approver(shop: Shop, dear: bool) -> None:
    """The till timed out, and did it all the same."""
    use = replace(TILL, bill="T-1001")
    shop.engine.check = may(LARGE.discount if dear else OFF, left=3, used=1)
    shop.engine.found = (TILL, use)
    if dear:
        assert (await review(shop)).recent == (TILL, use)
        return
    err = await stopped(shop)

    assert (err.stop, err.uses) == (Stop.SAME_BILL, (use,))


async def test_what_was_redeemed_from_here_counts_while_the_engine_does_not_show_it(shop: Shop) -> None:
    """However its number was typed."""
    terms = replace(TERMS, bill_number="t 1001", generated=False)
    outcome = Outcome(settled=Settled.ANSWER, redemption_id="41")
    shop.engine.check = may(left=3, used=1)
    shop.ledger.holds(row(State.REDEEMED, terms, id=RequestId("DONEBEFORE"), outcome=outcome))
    err = await stopped(shop)

    assert (err.stop, [use.id for use in err.uses]) == (Stop.SAME_BILL, ["41"])


# What stands in the way


def other(state: State = State.WAITING, **facts: Any) -> Redemption:
    return row(state, id=RequestId("ANOTHER"), **facts)


REFUSED: Mapping[str, tuple[Callable[[Shop], Any], Stop | None, Refusal | None]] = {
    "the engine": (
        lambda shop: setattr(shop.engine, "check", no(Refusal.COUPON_EXPIRED)),
        None,
        Refusal.COUPON_EXPIRED,
    ),
    "no worth": (
        lambda shop: put(shop.engine, "check", may(None)) and put(shop.engine, "record", None),
        Stop.NO_VALUE,
        None,
    ),
    "the policy": (
        lambda shop: (
            put(shop.rights, "lets_in", True) and put(shop.rights, "groups", {"S0SENIORS": {VIKRAM.id}})
        ),
        Stop.NOT_ALLOWED,
        None,
    ),
    "an open request": (lambda shop: shop.ledger.holds(other()), Stop.ALREADY_OPEN, None),
    "the count": (lambda shop: setattr(shop.ledger, "used", Usage(count=20)), Stop.COUNT_LIMIT, None),
    "the value": (
        lambda shop: setattr(shop.ledger, "used", Usage(count=1, value=Decimal(9_751))),
        Stop.VALUE_LIMIT,
        None,
    ),
}


@pytest.mark.parametrize(("change", "stop", "refusal"), REFUSED.values(), ids=REFUSED)
async def test_what_stands_in_the_way_is_told_and_is_in_the_audit_log(
    shop: Shop, change: Callable[[Shop], Any], stop: Stop | None, refusal: Refusal | None
) -> None:
    change(shop)
    err = await stopped(shop)

    assert (err.stop, err.refusal) == (stop, refusal)
    [told] = shop.attempts.told
    groups = {**JUDGED_BY, "groups": ["S0SENIORS"]} if stop is Stop.NOT_ALLOWED else JUDGED_BY
    assert (told.what, told.by, told.request_id) == (AuditEvent.REFUSED, VIKRAM.id, DRAFT.id)
    assert told.why == {"at": "review", "stop": stop, "refusal": refusal, **groups}
    kept = await shop.drafts.recall(DRAFT.id)
    assert kept == replace(DRAFT, typed=replace(TYPED, note="Call …2345"), review=2, terms=None)


async def test_the_other_request_and_the_figures_are_told(shop: Shop) -> None:
    shop.ledger.used = Usage(count=20, value=Decimal(5))
    err = await stopped(shop)
    assert err.at_limit == AtLimit(limits=LIMITS, used=shop.ledger.used, worth=Decimal(250))

    held = shop.ledger.holds(other())
    assert (await stopped(shop)).other == held


@pytest.mark.parametrize("since", [timedelta(0), timedelta(seconds=1)])
async def test_a_final_no_ends_what_waited_before_the_engine_was_asked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, since: timedelta
) -> None:
    """About what was asked for since it is asked anew: the coupon may have been given back in between."""
    waits = shop.ledger.holds(other(State.WAITING, made_at=NOON + since))
    answers = [no(Refusal.ALREADY_USED), may()]

    async def redeemability(*_: Any) -> Redeemability:
        return answers.pop(0)

    monkeypatch.setattr(shop.engine, "redeemability", redeemability)
    await stopped(shop)
    await asyncio.sleep(0)
    ended = not since

    assert shop.ledger.rows[waits.id].state is (State.REFUSED if ended else State.WAITING)
    assert len(answers) == int(ended)


async def test_its_own_request_is_no_other(shop: Shop) -> None:
    """It was confirmed already, in another window."""
    shop.ledger.holds(row(State.WAITING, id=DRAFT.id))

    assert (await review(shop)).draft.terms is not None


@pytest.mark.parametrize(("ago", "told"), [(LATELY, True), (LATELY + timedelta(seconds=1), False)])
async def test_a_redemption_of_the_last_day_is_told(shop: Shop, ago: timedelta, told: bool) -> None:
    held = shop.ledger.holds(other(State.REDEEMED, made_at=NOON - ago))

    assert (await review(shop)).lately == (held if told else None)
    assert timedelta(hours=24) == LATELY


async def test_a_redemption_counts_from_its_approval(shop: Shop) -> None:
    approved = Decision(by=ARJUN, at=NOON - timedelta(hours=1), round=1, approved=True)
    held = shop.ledger.holds(other(State.REDEEMED, made_at=NOON - timedelta(days=2), decided=approved))

    assert (await review(shop)).lately == held


# Who may


DENIED: Mapping[str, tuple[Exception, str]] = {
    "not allowed": (NotAllowed(Denial.GROUP), Denial.REDEEM.value),
    "unread": (CouldNotVerify(), "could_not_verify"),
}


@pytest.mark.parametrize(("says", "denied"), DENIED.values(), ids=DENIED)
async def test_a_denial_is_in_the_audit_log_and_the_form_is_kept(
    shop: Shop, says: Exception, denied: str
) -> None:
    shop.rights.no = says
    with pytest.raises(type(says)):
        await review(shop)

    [told] = shop.attempts.told
    assert (told.what, told.by, told.request_id) == (AuditEvent.DENIED, VIKRAM.id, DRAFT.id)
    assert told.why == {"at": "review", "denied": denied}
    kept = await shop.drafts.recall(DRAFT.id)
    assert kept is not None
    assert kept.typed.reason == "Other"
    assert shop.engine.calls == []


@pytest.mark.parametrize("whose", ["another's", "nobody's"])
async def test_a_form_that_is_not_theirs_is_not_reviewed(shop: Shop, whose: str) -> None:
    theirs = replace(DRAFT, requester=ARJUN)
    await shop.drafts.keep(theirs)
    draft_id = DRAFT.id if whose == "another's" else RequestId("NOBODYS")
    with pytest.raises((NotAllowed, CardExpired)):
        await shop.use_cases().review(draft_id, TYPED, FILLED, by=VIKRAM)

    [told] = shop.attempts.told
    denied = Denial.NOT_YOURS.value if whose == "another's" else "expired"
    assert (told.request_id, told.why) == (draft_id, {"at": "review", "denied": denied})
    assert await shop.drafts.recall(DRAFT.id) == theirs


def each_secret() -> Iterator[str]:
    yield from (str(ABC), str(ASHA.mobile))


async def test_a_note_is_masked_before_it_is_kept(shop: Shop) -> None:
    noted = replace(FILLED, note=f"{ABC} of 919845012345")
    shown = await review(shop, noted, replace(TYPED, note=noted.note))

    assert shown.draft.terms is not None
    for note in (shown.draft.terms.note, shown.draft.typed.note):
        assert not [secret for secret in each_secret() if secret in note]


async def test_what_was_typed_is_told_to_whose_form_it_is(shop: Shop) -> None:
    await shop.drafts.keep(replace(DRAFT, typed=TYPED))

    assert await shop.use_cases().review.typed(DRAFT.id, by=VIKRAM) == TYPED
    with pytest.raises(NotAllowed):
        await shop.use_cases().review.typed(DRAFT.id, by=replace(VIKRAM, id=ARJUN))
    assert [one.why["at"] for one in shop.attempts.told] == ["review"]


async def test_a_final_no_that_the_review_meets_ends_a_colleagues_request_that_waits(shop: Shop) -> None:
    waits = shop.ledger.holds(row(State.WAITING, id=RequestId("COLLEAGUES")))
    shop.engine.check = no(Refusal.ALREADY_USED)

    assert (await stopped(shop)).refusal is Refusal.ALREADY_USED
    assert shop.ledger.rows[waits.id].state is State.REFUSED
