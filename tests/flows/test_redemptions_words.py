"""`/redemptions` where there is nothing to show: not understood, unknown, out of order."""

from __future__ import annotations

import pytest

from bot.sandbox.engine.capillary import HISTORY, LOOKUP, SandboxEngine
from bot.sandbox.engine.faults import Code, Status
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.facts import ASHA, NOBODY_THERE
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

HEAD = "Asha Menon  ·  mobile …2345  ·  redemptions  ·  as of 12:00:00"
EVER = "The latest 6 redemptions of points and coupons."

NOT_READ = {
    "nobody": ("points", "Whose redemptions? Type a mobile number or an e-mail address after the command."),
    "two periods": (f"{ASHA} 7d 30d", "Use one period at a time, for example 30d."),
    "a period of no days": (f"{ASHA} 0d", "That period could not be read. Type 7d, 30d, 90d, or two dates"),
    "backwards": (
        f"{ASHA} 2025-03-31..2025-01-01",
        "That period ends before it begins. Type the earlier date first: 2025-01-01..2025-03-31.",
    ),
    "no such day": (f"{ASHA} 2025-02-30..2025-03-01", "That period could not be read."),
    "half a range": (f"{ASHA} 2025-01-01..", "That period could not be read."),
    "the end of the calendar": (f"{ASHA} 2025-01-01..9999-12-31", "That period could not be read."),
    "somebody of Slack": ("<@U0MANAGER1|meera.iyer>", "not a customer. Type the customer's mobile number"),
    "a name": ("Asha Menon", "That is neither a mobile number nor an e-mail address."),
}


@at_one_desk(("typed", "told"), NOT_READ.values())
async def test_what_cannot_be_read_is_answered_with_what_to_type(
    engine: SandboxEngine, nisha: Person, typed: str, told: str
) -> None:
    await nisha.command("/redemptions", typed)
    await nisha.sees(told)

    assert engine.calls == []


@at_one_desk("typed", ["", "help", "HELP"])
async def test_help_has_examples_for_every_way(engine: SandboxEngine, nisha: Person, typed: str) -> None:
    await nisha.command("/redemptions", typed)
    await nisha.sees("/redemptions shows what a customer redeemed, points and coupons.")
    for example in ("points", "30d", "2025-01-01..2025-03-31", "oldest"):
        await nisha.sees(example)

    assert engine.calls == []


@at_one_desk(
    ("typed", "hint"),
    [(NOBODY_THERE, "…1111"), ("a@example.com", "…@example.com"), ("id:123456789", "…6789")],
)
@pytest.mark.parametrize("status", [200, 500])
async def test_an_unknown_customer_is_told_with_what_to_try(
    engine: SandboxEngine, nisha: Person, typed: str, hint: str, status: int
) -> None:
    """v1.1 may say an ordinary no with HTTP 500."""
    engine.quirks.v11_no_status = status
    await nisha.command("/redemptions", typed)

    await nisha.sees(f"No customer is known under {hint}. Check it with the customer, or try another number")


@pytest.mark.parametrize("path", [LOOKUP, HISTORY])
async def test_an_engine_that_fails_is_told_and_the_card_stays(
    engine: SandboxEngine, nisha: Person, path: str
) -> None:
    engine.faults.add(Status(500), path=path, times=None)
    await nisha.command("/redemptions", ASHA)
    await nisha.sees("…2345 could not be looked up. The loyalty engine failed. Try again in a minute")
    engine.faults.clear()
    await nisha.command("/redemptions", ASHA)
    await nisha.sees(EVER)
    engine.faults.add(Code(500, "All requests have failed", 500), path=HISTORY, times=None)
    await nisha.chooses("7d")
    await nisha.sees("The loyalty engine failed.")

    await nisha.sees(EVER)


async def test_an_engine_that_is_down_is_told(engine: SandboxEngine, nisha: Person) -> None:
    await engine.close()
    await nisha.command("/redemptions", ASHA)

    await nisha.sees("The loyalty engine cannot be reached. Try again in a minute.")


async def test_only_the_caller_sees_the_card(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/redemptions", ASHA)
    await nisha.sees(HEAD)

    slack.person("U0SENIOR").sees_not("Asha Menon")
    assert slack.messages("C0SUPPORT") == []
