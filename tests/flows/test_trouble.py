"""A slow, broken or absent engine: Slack is answered in time, and the person is told what to do."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox.engine.capillary import COUPONS, IS_REDEEMABLE, TOKEN, SandboxEngine
from bot.sandbox.engine.faults import Drop, Fault, Hang, Html, Status, TooMany, Unauthorized, Unreadable
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.facts import ASHA, TOM
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

MEANWHILE = "Looking up …8244; the card follows."


def answers_on(person: Person) -> int:
    return person.screen().count("only visible to you:")


async def test_a_slow_engine_is_no_slow_acknowledgement(engine: SandboxEngine, nisha: Person) -> None:
    """The engine hangs until after Slack was answered; what was said then stays true beside the card."""
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=COUPONS)
    ack = await nisha.command("/coupons", TOM)
    assert slow.arrived.is_set()
    assert ack.ok
    await nisha.sees(MEANWHILE)
    nisha.sees_not("Tom Sawyer")

    slow.event.set()
    await nisha.sees("Tom Sawyer  ·  mobile …8244  ·  23 coupons")

    await nisha.sees(MEANWHILE)
    assert answers_on(nisha) == 2


async def test_a_card_that_came_late_has_working_buttons(engine: SandboxEngine, nisha: Person) -> None:
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=COUPONS)
    await nisha.command("/coupons", TOM)
    slow.event.set()
    await nisha.clicks("Next")

    await nisha.sees("Showing 11 to 20 of 23")
    assert answers_on(nisha) == 2


async def test_a_slow_engine_does_not_hold_a_press_up(engine: SandboxEngine, nisha: Person) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=COUPONS)
    ack = await nisha.clicks("Next")
    await nisha.sees("Showing 1 to 10 of 23")
    slow.event.set()
    await nisha.sees("Showing 11 to 20 of 23")

    assert ack.ok
    assert ack.body == ""


class TestWithAShortLimit:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        """Longer than the desk waits before it says that the card follows."""
        return {"CAPILLARY_TIMEOUT_SECONDS": "3"}

    async def test_an_engine_that_hangs_for_good_is_told_after_the_acknowledgement(
        self, engine: SandboxEngine, nisha: Person
    ) -> None:
        never = Hang(asyncio.Event())
        engine.faults.add(never, path=COUPONS, times=None)
        await nisha.command("/coupons", TOM)
        await nisha.sees(MEANWHILE)
        await nisha.sees("The loyalty engine did not answer in time. Try again in a minute.")
        never.event.set()

        assert answers_on(nisha) == 2


@pytest.mark.parametrize("with_a_token", [False, True])
async def test_an_engine_that_is_down_is_told(
    engine: SandboxEngine, nisha: Person, *, with_a_token: bool
) -> None:
    if with_a_token:
        await nisha.command("/coupons", ASHA)
        await nisha.sees("Asha Menon")
    await engine.close()
    await nisha.command("/coupons", TOM)

    await nisha.sees("The loyalty engine cannot be reached. Try again in a minute.")


TROUBLES: dict[str, tuple[Fault, str]] = {
    "500": (Status(500), "The loyalty engine failed."),
    "503 for good": (Status(503, "<html>"), "The loyalty engine failed."),
    "a log-in page": (
        Html(),
        "gave an answer that makes no sense, so nothing is shown.",
    ),
    "half of the JSON": (Unreadable(), "gave an answer that makes no sense"),
    "an empty answer": (Status(200), "gave an answer that makes no sense"),
    "another JSON": (Status(200, "[]"), "gave an answer that makes no sense"),
    "too busy for too long": (TooMany("60"), "The loyalty engine is busy and asks to try later."),
    "busy without saying how long": (TooMany(), "The loyalty engine is busy and asks to try later."),
    "dropped lines": (Drop(), "The line to the loyalty engine dropped. Try again."),
    "refused for good": (Unauthorized(), "The loyalty engine does not accept Coupon Desk's credentials."),
    "forbidden": (Status(403), "The loyalty engine does not accept Coupon Desk's credentials."),
}


@at_one_desk(("fault", "told"), TROUBLES.values())
async def test_what_goes_wrong_at_the_engine_is_told_in_words(
    engine: SandboxEngine, nisha: Person, fault: Fault, told: str
) -> None:
    engine.faults.add(fault, path=COUPONS, times=None)
    await nisha.command("/coupons", TOM)

    await nisha.sees(told)


@pytest.mark.parametrize("name", ["500", "an empty answer", "too busy for too long", "dropped lines"])
async def test_a_press_that_meets_trouble_leaves_the_card_as_it_was(
    engine: SandboxEngine, nisha: Person, name: str
) -> None:
    fault, told = TROUBLES[name]
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    engine.faults.add(fault, path=COUPONS, times=None)
    await nisha.clicks("Next")
    await nisha.sees(told)
    await nisha.sees("Showing 1 to 10 of 23")
    engine.faults.clear()
    await nisha.clicks("Next")

    await nisha.sees("Showing 11 to 20 of 23")


@pytest.mark.parametrize(
    "fault", [TooMany("1"), TooMany("0"), Status(503), Drop()], ids=["429", "429 for 0 s", "503", "dropped"]
)
async def test_a_failure_that_a_retry_solves_is_not_shown(
    engine: SandboxEngine, nisha: Person, fault: Fault
) -> None:
    engine.faults.add(fault, path=COUPONS)
    await nisha.command("/coupons", TOM)
    await nisha.sees("Tom Sawyer")

    assert engine.count(COUPONS) == 2


async def test_a_token_that_is_revoked_on_the_way_is_replaced_unseen(
    engine: SandboxEngine, nisha: Person
) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    engine.revoke_tokens()
    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 20 of 23")

    assert engine.count(TOKEN) == 2


async def test_no_token_to_be_had_is_told_as_wrong_credentials(engine: SandboxEngine, nisha: Person) -> None:
    engine.secret = "another"
    await nisha.command("/coupons", TOM)

    await nisha.sees("The loyalty engine does not accept Coupon Desk's credentials.")
    await nisha.sees("Tell whoever runs Coupon Desk: CAPILLARY_… in its settings is wrong or lacks rights.")


async def test_one_of_two_answers_about_a_coupon_that_is_missing_is_told_not_guessed(
    engine: SandboxEngine, nisha: Person
) -> None:
    engine.faults.add(Status(500), path=IS_REDEEMABLE, times=None)
    await nisha.command("/coupons", f"{ASHA} code:WELCOME250")
    await nisha.sees("The loyalty engine failed.")

    nisha.sees_not("redeemed")


async def test_a_response_url_that_is_gone_is_no_crash(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person
) -> None:
    """The card is lost with its channel's URL; the next command works."""
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=COUPONS)
    await nisha.command("/coupons", TOM)
    given = slack.workspace.urls._given
    lost = dict(given)
    given.clear()
    slow.event.set()
    await slack.reached("response_url")
    assert slack.faults == ["response_url: invalid_url"]
    slack.faults.clear()
    given.update(lost)
    await nisha.command("/coupons", TOM)

    await nisha.sees("Tom Sawyer")
