"""The shortcut on a message: the customer it names, in a modal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.listeners import replies
from bot.sandbox.demo import Sandbox
from bot.sandbox.engine.capillary import COUPONS, SandboxEngine
from bot.sandbox.engine.faults import Status
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock
from tests.flows.facts import ASHA, NOBODY_THERE, holder
from tests.flows.one_desk import at_one_desk

SHORTCUT = "look_up_customer"
TITLE = "── Look up customer ──"
ASHAS = "Asha Menon  ·  mobile …2345  ·  9 coupons  ·  as of 12:00:00"
TOMS = "Tom Sawyer  ·  mobile …8244  ·  23 coupons"
NONE = "The message names no mobile number and no e-mail address."


async def ask(person: Person, text: str) -> None:
    """Use the shortcut on a message that says this."""
    await person.shortcut(SHORTCUT, message=await person.says("C0SUPPORT", text))


def modal(person: Person) -> str:
    return person.screen().rpartition(" ──\n")[2]


NAMED = {
    "a mobile": "the customer on 98450 12345 is waiting",
    "with its country code": "call +91 98450-12345 back",
    "the engine's own spelling": "919845012345",
    "a mobile that Slack marked up": "customer <tel:+919845012345|+91 98450 12345> again",
    "a mobile in Devanagari digits": "ग्राहक ९८४५० १२३४५",
    "a mobile in bold": "call *98450 12345* back",
    "an e-mail in brackets": "Asha (asha.menon@example.com).",
    "an e-mail": "asha.menon@example.com wrote",
    "an e-mail that Slack marked up": "from <mailto:asha.menon@example.com|asha.menon@example.com>",
    "the same twice": "98450 12345, that is +919845012345",
    "with a mention beside it": "<@U0SENIOR> <!here> <#C0SUPPORT|support> please see 9845012345",
    "with an order and a sum": "order 4711-0815, bill 120034, ₹1,250 of 12.08.2025, mobile 9845012345",
}


@at_one_desk("text", NAMED.values())
async def test_the_one_customer_a_message_names_is_shown_at_once(nisha: Person, text: str) -> None:
    await ask(nisha, text)
    await nisha.sees(ASHAS)

    assert modal(nisha).startswith(f"{ASHAS}\nShowing 1 to 9 of 9, newest first.\n🟢 TONIGHT150  ₹150 off")


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]},
    ]


def forwarded(**inner: Any) -> list[dict[str, Any]]:
    """As Slack forwards a message: it stands among the attachments, and the message's own text is empty."""
    message = {"team": "T0DESK", "channel": "C0OPS", "ts": "1756700000.000100", "message": inner}
    return [{"is_share": True, "is_msg_unfurl": True, "author_name": "Ravi", "message_blocks": [message]}]


SEEN: dict[str, dict[str, list[dict[str, Any]]]] = {
    "in blocks": {
        "blocks": rich({"type": "text", "text": "call "}, {"type": "text", "text": "98450 12345"}),
    },
    "in blocks, half of it bold": {
        "blocks": rich(
            {"type": "text", "text": "98450 "}, {"type": "text", "text": "12345", "style": {"bold": True}}
        ),
    },
    "as a link in blocks": {
        "blocks": rich({"type": "link", "url": "mailto:asha.menon@example.com", "text": "Asha"}),
    },
    "in a field of another program's message": {
        "blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "*Mobile*\n98450 12345"}]}]
    },
    "in an attachment": {
        "attachments": [{"fallback": "Ticket", "fields": [{"title": "Mobile", "value": "98450 12345"}]}],
    },
    "in a forwarded message": {
        "attachments": forwarded(blocks=rich({"type": "text", "text": "who is 98450 12345?"})),
    },
    "in what a forwarded message had attached": {
        "attachments": forwarded(attachments=[{"text": "<tel:+919845012345|98450 12345>"}]),
    },
}


@at_one_desk("more", SEEN.values())
async def test_all_that_a_person_sees_of_a_message_is_read(
    nisha: Person, more: dict[str, list[dict[str, Any]]]
) -> None:
    await nisha.shortcut(SHORTCUT, message=await nisha.says("C0SUPPORT", "", more=more))

    await nisha.sees(ASHAS)


async def test_a_message_in_a_thread_does_as_well(nisha: Person) -> None:
    asked = await nisha.says("C0SUPPORT", "a customer on the line")
    reply = await nisha.says("C0SUPPORT", "9845012345", thread=asked)
    await nisha.shortcut(SHORTCUT, message=reply)

    await nisha.sees(ASHAS)


NOBODY = {
    "words": "please call back",
    "only people of Slack": "<@U0SENIOR> and <!subteam^S0AGENTS|@agents>",
    "digits that may be a count": "98450 1234 5 coupons",
    "a foreign number without its plus": "447700900123",
    "a date, a sum, an order": "order 4711 of 12.08.2025, ₹1,250.00",
    "nothing": " ",
}


@at_one_desk("text", NOBODY.values())
async def test_a_message_that_names_nobody_asks_whom(engine: SandboxEngine, nisha: Person, text: str) -> None:
    await ask(nisha, text)
    await nisha.sees(NONE)
    assert engine.calls == []
    await nisha.types("Customer", "98450 12345")
    await nisha.submits()

    await nisha.sees(ASHAS)


async def test_what_is_typed_may_carry_a_filter(nisha: Person) -> None:
    await ask(nisha, "hello")
    await nisha.sees(NONE)
    await nisha.types("Customer", "id:700000001 redeemed oldest")
    await nisha.submits()

    await nisha.sees("2 redeemed coupons")


@at_one_desk(
    ("typed", "told"),
    [
        ("Asha", "That is neither a mobile number nor an e-mail address."),
        ("9845", "That is neither a mobile number nor an e-mail address."),
        ("94004881", "That is not a whole mobile number."),
        ("asha@", "That does not look like one whole e-mail address."),
        ("<@U0SENIOR>", "That is a person, group or channel of Slack, not a customer."),
        ("<!channel>", "That is a person, group or channel of Slack, not a customer."),
    ],
)
async def test_what_cannot_be_read_comes_back_under_the_field(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, typed: str, told: str
) -> None:
    await ask(nisha, "hello")
    await nisha.sees(NONE)
    await nisha.types("Customer", typed)
    await nisha.submits()
    await nisha.sees(told)
    assert engine.calls == []
    await nisha.types("Customer", ASHA)
    await nisha.submits()

    await nisha.sees(ASHAS)
    assert slack.mentions == []


async def test_an_empty_field_is_not_sent(engine: SandboxEngine, nisha: Person) -> None:
    await ask(nisha, "hello")
    await nisha.sees(NONE)
    ack = await nisha.submits()

    assert ack.error == "input"


async def test_several_customers_are_offered_to_choose_from(engine: SandboxEngine, nisha: Person) -> None:
    await ask(nisha, "98450 12345 or <tel:+919400488244|9400488244>, maybe nobody@example.com")
    await nisha.sees("The message names more than one customer. Which one?")
    assert engine.calls == []
    await nisha.chooses("+919400488244")
    await nisha.submits()

    await nisha.sees(TOMS)


async def test_many_customers_are_cut_and_that_is_said(nisha: Person) -> None:
    await ask(nisha, " ".join(f"c{number}@example.com" for number in range(1, 26)))
    await nisha.sees("Only 20 of the 25 can be chosen here; type the others after /coupons.")
    await nisha.chooses("c20@example.com")
    await nisha.submits()

    await nisha.sees("No customer is known under …@example.com.")


# Inside the modal


async def test_pages_turn_in_the_modal(nisha: Person) -> None:
    await ask(nisha, "9400488244")
    await nisha.sees("Showing 1 to 10 of 23")
    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 20 of 23")
    await nisha.clicks("Next")
    await nisha.sees("Showing 21 to 23 of 23")
    await nisha.clicks("Previous")
    await nisha.sees("Showing 11 to 20 of 23")

    assert modal(nisha).startswith(TOMS)


async def test_a_filter_narrows_the_list_in_the_modal(nisha: Person) -> None:
    await ask(nisha, "9845012345")
    await nisha.sees(ASHAS)
    await nisha.chooses("redeemed")
    await nisha.sees("2 redeemed coupons")

    assert "TONIGHT150" not in modal(nisha)


async def test_refresh_in_the_modal_goes_past_what_is_kept(
    engine: SandboxEngine, nisha: Person, clock: Clock
) -> None:
    await ask(nisha, "9845012345")
    await nisha.sees(ASHAS)
    engine.customers.redeem_at_till("WELCOME250", "MG-9")
    clock.at += timedelta(seconds=5)
    await nisha.clicks("Refresh")
    await nisha.sees("as of 12:00:05")

    await nisha.sees("Used 1 Sep 2025, 12:00 IST, at MG Road, bill MG-9")


async def test_details_lie_on_top_and_closing_them_returns_to_the_card(
    slack: SandboxSlack, nisha: Person
) -> None:
    await ask(nisha, "9845012345")
    await nisha.sees(ASHAS)
    await nisha.clicks("Details", near="COFFEE5")
    await nisha.sees("── Coupon details ──\n🟢 COFFEE5  ₹80 off")
    assert slack.workspace.views.depth("U0AGENT") == 2
    await nisha.closes()
    await nisha.sees(f"{TITLE}\n{ASHAS}")
    await nisha.clicks("Details", near="RETURN400")

    await nisha.sees("── Coupon details ──\n🟢 RETURN400  ₹400 off")


@pytest.mark.parametrize("error", ["expired_trigger_id", "exchanged_trigger_id"])
async def test_details_that_slack_no_longer_opens_say_so(
    slack: SandboxSlack, nisha: Person, error: str
) -> None:
    await ask(nisha, "9845012345")
    await nisha.sees(ASHAS)
    slack.fail("views.push", error=error)
    await nisha.clicks("Details", near="COFFEE5")

    await nisha.sees("That took too long for Slack. Nothing was changed. Press again.")


async def test_a_shortcut_that_slack_no_longer_takes_says_so(slack: SandboxSlack, nisha: Person) -> None:
    slack.fail("views.open", error="expired_trigger_id", times=1)
    await ask(nisha, "9845012345")

    await nisha.sees("That took too long for Slack. Nothing was changed. Press again.")
    assert slack.messages("C0SUPPORT")[-1].user == "U0AGENT"


# What goes wrong


async def test_an_unknown_customer_is_told_in_the_modal(nisha: Person) -> None:
    await ask(nisha, f"who is {NOBODY_THERE}?")
    await nisha.sees("No customer is known under …1111. Check it with the customer, or try another number")


async def test_an_engine_that_is_down_is_told_in_the_modal(engine: SandboxEngine, nisha: Person) -> None:
    await engine.close()
    await ask(nisha, "9845012345")

    await nisha.sees("The loyalty engine cannot be reached. Try again in a minute.")


async def test_a_press_that_fails_is_told_on_top_of_the_card(
    parts: Sandbox, engine: SandboxEngine, nisha: Person
) -> None:
    bina = holder(parts, 12)
    await ask(nisha, bina.mobile)
    await nisha.sees("Showing 1 to 10 of 12")
    engine.faults.add(Status(500), path=COUPONS, times=None)
    await nisha.clicks("Next")
    await nisha.sees("The loyalty engine failed.")
    await nisha.closes()
    await nisha.sees("Showing 1 to 10 of 12")
    engine.faults.clear()
    await nisha.clicks("Next")

    await nisha.sees("Showing 11 to 12 of 12")


async def test_a_modal_that_was_closed_meanwhile_is_no_error(
    slack: SandboxSlack, nisha: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "COMPLETE_WITHIN_S", 0.0)
    slack.fail("views.update", error="not_found", times=1)
    await ask(nisha, "9845012345")
    await slack.reached("views.update")
    await nisha.closes()

    nisha.sees_not("Asha Menon")
    nisha.sees_not("went wrong")


async def test_nothing_of_the_customer_is_said_in_the_channel(slack: SandboxSlack, nisha: Person) -> None:
    await ask(nisha, "9845012345")
    await nisha.sees(ASHAS)
    await nisha.clicks("Refresh")
    await nisha.chooses("redeemed")
    await nisha.sees("2 redeemed coupons")

    slack.person("U0SENIOR").sees_not("Asha Menon")
    assert [one.user for one in slack.workspace.messages.all] == ["U0AGENT"]
    assert not {"chat.postMessage", "response_url"} & {call.method for call in slack.calls}
