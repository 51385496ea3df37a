"""Whatever is typed, the answer is a card, or a sentence that says what to type instead."""

from __future__ import annotations

import pytest

from bot.sandbox.engine.capillary import LOOKUP, SandboxEngine
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.facts import ASHA, NOBODY_THERE, TOM
from tests.flows.one_desk import at_one_desk

NOT_READ = {
    "nobody": ("redeemable", "Whose coupons? Type a mobile number or an e-mail address after the command."),
    "two filters": (f"{TOM} active expired", "Use one filter at a time: all, redeemable, active"),
    "a misspelt filter": (f"{TOM} reedemable", "Did you mean redeemable?"),
    "a misspelt order": (f"{TOM} oldst", "Did you mean oldest?"),
    "somebody of Slack": ("<@U0MANAGER1|meera.iyer>", "not a customer. Type the customer's mobile number"),
    "a group of Slack": ("<!subteam^S0AGENTS|@agents>", "not a customer. Type the customer's mobile number"),
    "everybody": ("<!channel>", "not a customer. Type the customer's mobile number"),
    "a channel": ("<#C0SUPPORT|support>", "not a customer. Type the customer's mobile number"),
    "a name": ("Tom Sawyer", "That is neither a mobile number nor an e-mail address. Type one of them"),
    "garbage": ("∆∆∆ %00 ';--", "That is neither a mobile number nor an e-mail address. Type one of them"),
    "letters in a number": ("94004O8824", "That is neither a mobile number nor an e-mail address."),
    "half a number": ("9400488", "That is not a whole mobile number. Check the digits and the country code."),
    "too long a number": ("91940048824499", "That is not a whole mobile number."),
    "half an e-mail": ("asha.menon@", "That does not look like one whole e-mail address."),
    "two e-mails": ("a@example.com b@example.com", "That does not look like one whole e-mail address."),
    "no id": ("id:", "After id: comes the customer's number, for example id:565039504."),
    "letters as id": ("id:E-1001", "After id: comes the customer's number"),
    "no external id": ("ext:", "After ext: comes the customer's external id, for example ext:E-1."),
    "no code": (f"{TOM} code:", "After code: comes one coupon code, for example code:ABC123."),
    "two codes": (f"{TOM} code:A code:B", "After code: comes one coupon code"),
    "an endless code": (f"{TOM} code:{'A' * 101}", "After code: comes one coupon code"),
    "very much": ("9" * 1500, "That is neither a mobile number nor an e-mail address."),
    "too much": ("9" * 3000, "That is too long for a command: 3000 characters. Type at most 2000 after it."),
}


@at_one_desk(("typed", "told"), NOT_READ.values())
async def test_what_cannot_be_read_is_answered_with_what_to_type(
    engine: SandboxEngine, slack: SandboxSlack, nisha: Person, typed: str, told: str
) -> None:
    await nisha.command("/coupons", typed)
    await nisha.sees(told)

    assert engine.calls == []
    assert slack.mentions == []


@at_one_desk("typed", ["", "   ", "help", "HELP", "“help”"])
async def test_help_has_examples_for_every_way(nisha: Person, typed: str) -> None:
    await nisha.command("/coupons", typed)
    await nisha.sees("/coupons shows what a customer holds. Only you see the answer.")
    for example in (
        "98450 12345 redeemable",
        "asha@example.com",
        "oldest",
        "code:ABC123",
        "id:123",
        "ext:E-1",
    ):
        await nisha.sees(example)


@pytest.mark.parametrize("unknown", ["error", "empty"])
@at_one_desk(
    ("typed", "hint"),
    [
        (NOBODY_THERE, "under …1111."),
        ("nobody@example.com", "under …@example.com."),
        ("id:123456789", "under …6789."),
        ("ext:E-9999", "under …9999."),
        (f"{NOBODY_THERE} redeemable", "under …1111."),
        (f"{NOBODY_THERE} code:WELCOME250", "under …1111."),
    ],
)
async def test_an_unknown_customer_is_told_with_what_to_try(
    engine: SandboxEngine, nisha: Person, typed: str, hint: str, unknown: str
) -> None:
    """The engine has two answers for an unknown customer."""
    engine.quirks.unknown_customer = "empty" if unknown == "empty" else "error"
    await nisha.command("/coupons", typed)

    await nisha.sees(
        f"No customer is known {hint} Check it with the customer, or try another number or their e-mail."
    )


async def test_somebody_who_is_known_but_holds_nothing_is_not_unknown(
    engine: SandboxEngine, nisha: Person
) -> None:
    """An engine that lists no customer for an empty list: the customer look-up tells who it is."""
    engine.quirks.unknown_customer = "empty"
    await nisha.command("/coupons", "919845000000 redeemed")
    await nisha.sees("No coupon of this customer is redeemed.")

    assert engine.count(LOOKUP) == 0


async def test_only_the_caller_sees_the_answer(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/coupons", ASHA)
    await nisha.sees("Asha Menon")

    slack.person("U0SENIOR").sees_not("Asha Menon")
    assert slack.messages("C0SUPPORT") == []


async def test_an_ampersand_is_typed_as_it_is_meant(engine: SandboxEngine, nisha: Person) -> None:
    """Slack sends &, < and > escaped."""
    engine.customers.add_customer("919833333333", firstname="Amp", lastname="Er", external_id="A&B<1>")
    await nisha.command("/coupons", "ext:A&amp;B&lt;1&gt;")

    await nisha.sees("Amp Er")
