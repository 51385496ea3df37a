"""Every refusal on the way to a redemption tells why, that nothing was changed, and the next step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import Code, Hang, Status, TooMany, Unauthorized
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock
from tests.flows.redeeming import (
    POLICY,
    SMALL,
    fills,
    hears,
    opens_form,
    redeems,
    reviews,
    sees_card,
    shown,
    stopped,
)

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

TONIGHT = "TONIGHT150"
UNTOUCHED = "Nothing was sent"
#: As long as the engine cannot be read.
NO_RECORD = "Our records show no sending; Coupon Desk is checking it with the loyalty engine."


@pytest.fixture
def policy() -> str:
    return POLICY


def spoil(how: str, code: str, engine: SandboxEngine, clock: Clock) -> None:
    match how:
        case "used at a till":
            engine.customers.redeem_at_till(code, "TILL-1")
        case "revoked":
            engine.customers.revoke(code)
        case "expired":
            clock.moves(timedelta(hours=13))


SPOILT = {
    "used at a till": "It was used already.",
    "revoked": "It was revoked.",
    "expired": "It has expired.",
}
REFUSED_AS = {"used at a till": "already_used", "revoked": "revoked", "expired": "coupon_expired"}
ALOUD = {
    "used at a till": "“Our records show that this coupon was used already: ",
    "revoked": "“Your coupon is not valid any more; let me ask our store team why.”",
    "expired": "“Our records show that this coupon has ended.”",
}


@pytest.mark.parametrize(("how", "why"), SPOILT.items())
async def test_a_coupon_that_was_good_at_the_review_and_is_not_any_more(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack, clock: Clock, how: str, why: str
) -> None:
    await reviews(vikram, TONIGHT, bill="1200")
    spoil(how, TONIGHT, engine, clock)
    await vikram.submits()
    await vikram.sees(f"Not redeemed  ·  {TONIGHT}")
    await vikram.sees(why)
    await vikram.sees(UNTOUCHED)
    await vikram.sees("Next: ")
    await vikram.sees(ALOUD[how])

    await hears(slack, vikram, "Not redeemed")
    assert engine.count(capillary.REDEEM) == 0


@pytest.mark.parametrize(("how", "why"), SPOILT.items())
async def test_a_coupon_that_was_good_in_the_form_and_is_not_at_the_review(
    vikram: Person,
    engine: SandboxEngine,
    slack: SandboxSlack,
    clock: Clock,
    tmp_path: Path,
    how: str,
    why: str,
) -> None:
    """No request is written down, so that there is no direct message either; the audit log tells of it."""
    await opens_form(vikram, TONIGHT)
    await fills(vikram)
    spoil(how, TONIGHT, engine, clock)
    await vikram.submits()
    await vikram.sees(why)
    await vikram.sees("Nothing was sent")

    vikram.sees_not("Redeem now")
    assert slack.calls.count("chat.postMessage") == 0
    assert stopped(tmp_path) == [("U0SENIOR", "review", REFUSED_AS[how])]


@pytest.mark.parametrize(("how", "why"), SPOILT.items())
async def test_there_is_no_form_for_a_coupon_that_cannot_be_redeemed(
    vikram: Person, engine: SandboxEngine, clock: Clock, tmp_path: Path, how: str, why: str
) -> None:
    await sees_card(vikram, TONIGHT)
    spoil(how, TONIGHT, engine, clock)
    await vikram.clicks("Redeem")
    await vikram.sees(f"Cannot be redeemed. {why}")
    await vikram.sees("Next: ")

    vikram.sees_not("Bill amount")
    assert vikram.modal is not None
    assert vikram.modal.sent.get("submit") is None
    assert stopped(tmp_path) == [("U0SENIOR", "open", REFUSED_AS[how])]


NOES = {
    711: "It was used already.",
    715: "The loyalty engine is not set up for this.",
}


@pytest.mark.parametrize(("code", "why"), NOES.items())
async def test_the_engine_itself_says_no(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack, code: int, why: str
) -> None:
    engine.faults.add(Code(code, "No", status=500), path=capillary.REDEEM)
    await redeems(vikram, bill="1200")
    await vikram.sees(f"Not redeemed  ·  {SMALL}")
    await vikram.sees(why)
    await vikram.sees("Nothing was changed.")

    await hears(slack, vikram, why)
    vikram.sees_not("Nothing was sent")
    assert engine.count(capillary.REDEEM) == 1


NOT_SENT = {
    "throttled": (TooMany(), "The loyalty engine was too busy to take it."),
    "away": (Status(503, '{"errorCode": 4001}'), "The loyalty engine was too busy to take it."),
    "a token refused": (
        Unauthorized(),
        "The loyalty engine does not accept Coupon Desk's credentials for it.",
    ),
}


@pytest.mark.parametrize(("fault", "why"), NOT_SENT.values(), ids=NOT_SENT)
async def test_the_engine_has_surely_not_worked_on_it(
    vikram: Person, engine: SandboxEngine, fault: TooMany | Status | Unauthorized, why: str
) -> None:
    """Not repeated either: whoever wants it presses again."""
    engine.faults.add(fault, path=capillary.REDEEM)
    await redeems(vikram, bill="1200")
    await vikram.sees(f"Not redeemed  ·  {SMALL}")

    await vikram.sees(why)
    await vikram.sees("Nothing was changed.")
    assert engine.count(capillary.REDEEM) == 1


async def test_a_generated_bill_number_serves_where_one_is_needed(
    vikram: Person, engine: SandboxEngine
) -> None:
    engine.quirks.needs_bill_number = True
    await redeems(vikram, bill="1200")

    await vikram.sees("The loyalty engine confirmed it.")


async def test_a_coupon_whose_worth_has_changed_is_not_redeemed_as_confirmed(
    vikram: Person, engine: SandboxEngine
) -> None:
    await reviews(vikram, bill="1200")
    coupon = engine.customers.coupon(SMALL)
    assert coupon is not None
    coupon.value = 260.0
    await vikram.submits()
    await vikram.sees("The coupon, or the rule for it, is no longer as it was confirmed.")

    await vikram.sees(UNTOUCHED)
    assert engine.count(capillary.REDEEM) == 0


@pytest.mark.parametrize("path", [capillary.IS_REDEEMABLE, capillary.COUPON])
async def test_nothing_is_sent_while_the_engine_cannot_say_that_the_coupon_is_good(
    vikram: Person, engine: SandboxEngine, path: str
) -> None:
    await reviews(vikram, bill="1200")
    engine.faults.add(Status(500), path=path, times=None)
    await vikram.submits()
    await vikram.sees("could not verify that the coupon is still good.")

    await vikram.sees(NO_RECORD if path == capillary.COUPON else UNTOUCHED)
    assert engine.count(capillary.REDEEM) == 0


async def test_nothing_is_sent_while_the_earlier_redemptions_cannot_be_read(
    vikram: Person, engine: SandboxEngine
) -> None:
    """The coupon was used before, so without these a new use could not be told from an old one."""
    await reviews(vikram, "COFFEE5", bill="1200")
    for path in (capillary.HISTORY, capillary.COUPONS):
        engine.faults.add(Status(500), path=path, times=None)
    await vikram.submits()
    await vikram.sees("could not verify how this coupon was used before")

    await vikram.sees(NO_RECORD)
    assert engine.count(capillary.REDEEM) == 0


async def test_two_people_at_the_same_coupon_are_told_apart(
    vikram: Person, meera: Person, slack: SandboxSlack, engine: SandboxEngine
) -> None:
    """The second one changes nothing, and is told so while the first is still under way."""
    slack.change_group("S0SENIORS", users=("U0SENIOR", "U0MANAGER1"))
    await reviews(vikram, bill="1200")
    await reviews(meera, bill="900")
    hang = Hang(asyncio.Event())
    engine.faults.add(hang, path=capillary.REDEEM)
    await vikram.submits()
    await hang.arrived.wait()
    await meera.submits()
    await meera.sees("Another request for this coupon and this customer has not ended yet.")
    await meera.sees(UNTOUCHED)
    await meera.sees("“Your coupon is being seen to already; you will hear from us.”")
    hang.event.set()

    await vikram.sees("The loyalty engine confirmed it.")
    assert engine.count(capillary.REDEEM) == 1


async def test_a_review_that_slack_delivers_twice_does_not_block_itself(
    vikram: Person, slack: SandboxSlack, tmp_path: Path
) -> None:
    await reviews(vikram, "GOLD5000")
    review = slack.deliveries[-1]
    await vikram.submits()
    await hears(slack, vikram, "Waiting for approval")
    answer = shown(await slack.replay(review))

    # A busy machine answers later, in the window.
    await slack.until(lambda: "Request approval" in answer + vikram.screen())
    assert stopped(tmp_path) == []


class TestWhileAnotherOneIsOpen:
    """Whoever comes second is told before they have typed, or at the latest before they confirm."""

    @pytest.fixture(autouse=True)
    async def hang(
        self, vikram: Person, meera: Person, slack: SandboxSlack, engine: SandboxEngine
    ) -> AsyncIterator[None]:
        """Vikram's request is being sent; Meera has the card and the form open."""
        slack.change_group("S0SENIORS", users=("U0SENIOR", "U0MANAGER1"))
        await opens_form(meera)
        await fills(meera, bill="900")
        await reviews(vikram)
        hang = Hang(asyncio.Event())
        engine.faults.add(hang, path=capillary.REDEEM)
        await vikram.submits()
        await hang.arrived.wait()
        yield
        hang.event.set()

    async def test_review_and_form_say_whose_it_is_and_how_it_stands_to_whoever_it_is(
        self, vikram: Person, meera: Person, engine: SandboxEngine, tmp_path: Path
    ) -> None:
        await meera.submits()

        await meera.sees("Another request for this coupon and this customer has not ended yet.")
        await meera.sees(
            "@Vikram Shah made it 1 Sep 2025, 12:00 IST; it stands at Redeeming…. Nothing was sent."
        )
        assert stopped(tmp_path) == [("U0MANAGER1", "review", "already_open")]
        await meera.clicks("Back")
        await meera.sees("Bill amount")
        assert engine.count(capillary.REDEEM) == 1
        for person in (meera, vikram):
            await person.closes()
            await person.clicks("Redeem")
            await person.sees("Another request for this coupon and this customer has not ended yet.")
            person.sees_not("Bill amount")
        assert stopped(tmp_path)[1:] == [
            ("U0MANAGER1", "open", "already_open"),
            ("U0SENIOR", "open", "already_open"),
        ]
