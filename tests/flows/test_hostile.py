"""Text from outside is shown as text, whatever markup it holds."""

from __future__ import annotations

import html

import pytest

from bot.sandbox.engine.seed_data import HOSTILE_CODES
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.facts import HOSTILE
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

#: A code with a space cannot be typed after `code:`.
TYPED = [
    *(code for code in HOSTILE_CODES if " " not in code and '"' not in code),
    "🎟️<!subteam^S0AGENTS>",
]


async def test_a_hostile_customer_mentions_nobody_and_breaks_nothing(
    slack: SandboxSlack, nisha: Person
) -> None:
    await nisha.command("/coupons", HOSTILE)
    await nisha.sees("Showing 1 to 8 of 8")
    await nisha.clicks("Refresh")
    await slack.reached("response_url")
    # A mention is shown as plain characters.
    await nisha.sees("<!channel> <@U0AGENT> &")
    await nisha.sees("<https://evil.example|click>")

    assert slack.mentions == []
    assert slack.faults == []


@at_one_desk("code", TYPED)
async def test_a_hostile_code_is_looked_up_and_shown_as_it_is(
    slack: SandboxSlack, nisha: Person, code: str
) -> None:
    await nisha.command("/coupons", f"{HOSTILE} code:{html.escape(code, quote=False)}")
    await nisha.sees("one coupon")
    nisha.sees_not("There is no such coupon.")

    assert slack.mentions == []
    assert slack.faults == []


@at_one_desk("typed", ["&lt;!channel&gt;", "id:&lt;@U0AGENT&gt;", "ext:&lt;!everyone&gt;"])
async def test_what_is_typed_is_never_a_mention(slack: SandboxSlack, nisha: Person, typed: str) -> None:
    ack = await nisha.command("/coupons", typed)

    assert ack.ok
    assert slack.mentions == []


async def test_a_hostile_external_id_that_is_unknown_is_told_as_text(
    slack: SandboxSlack, nisha: Person
) -> None:
    await nisha.command("/coupons", "ext:&lt;!e&gt;")
    await nisha.sees("No customer is known under <!e>.")

    assert slack.mentions == []


async def test_a_hostile_external_id_finds_its_customer(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/coupons", "ext:&lt;!everyone&gt;")
    await nisha.sees("Showing 1 to 8 of 8")

    assert slack.mentions == []
