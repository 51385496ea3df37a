"""However a customer is named, the card is theirs."""

from __future__ import annotations

import pytest

from bot.sandbox.demo import Sandbox
from bot.sandbox.slack.person import Person
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

TOM = "Tom Sawyer  ·  mobile …8244  ·  23 coupons"
ASHA = "Asha Menon  ·  mobile …2345  ·  9 coupons"

SPELLINGS = {
    "with country code, spaced": ("+91 94004 88244", TOM),
    "with country code": ("919400488244", TOM),
    "with an international prefix": ("00919400488244", TOM),
    "with the trunk zero": ("09400488244", TOM),
    "national": ("9400488244", TOM),
    "national, spaced": ("94004 88244", TOM),
    "with dashes and brackets": ("(+91) 94004-88244", TOM),
    "as Slack links a number": ("<tel:+919400488244|+91 94004 88244>", TOM),
    "in curly quotes": ("“94004 88244”", TOM),
    "in single curly quotes": ("‘9400488244’", TOM),
    "in straight quotes": ('"94004 88244"', TOM),
    "as code": ("`9400488244`", TOM),
    "in full-width digits": ("９４００４８８２４４", TOM),
    "in a full-width international spelling": ("＋９１ ９４００４ ８８２４４", TOM),
    "between direction marks": ("\u202a+91 94004 88244\u202c", TOM),
    "with a zero-width space and a no-break space": ("94004\u00a08824\u200b4", TOM),
    "in Devanagari digits": ("९४००४ ८८२४४", TOM),
    "in Arabic digits, with country code": ("+٩١ ٩٤٠٠٤ ٨٨٢٤٤", TOM),
    "with a question mark": ("94004 88244?", TOM),
    "with an exclamation mark": ("+91 94004 88244!", TOM),
    "with a colon": ("94004 88244:", TOM),
    "as a link": ("tel:+919400488244", TOM),
    "as a link that Slack linked": ("tel:<tel:+919400488244|+919400488244>", TOM),
    "as an e-mail in brackets": ("(asha.menon@example.com)", ASHA),
    "as an e-mail in brackets that Slack linked": (
        "(<mailto:asha.menon@example.com|asha.menon@example.com>)",
        ASHA,
    ),
    "as an e-mail with its label": ("email:asha.menon@example.com", ASHA),
    "as an e-mail with its label that Slack linked": (
        "email:<mailto:asha.menon@example.com|asha.menon@example.com>",
        ASHA,
    ),
    "as an e-mail with a question mark": ("asha.menon@example.com?", ASHA),
    "as a link to an e-mail with a subject": ("mailto:asha.menon@example.com?subject=Coupon", ASHA),
    "as a link with a subject that Slack linked": (
        "<mailto:asha.menon@example.com?subject=Coupon|asha.menon@example.com>",
        ASHA,
    ),
    "as a mail program writes it": ("Asha Menon &lt;asha.menon@example.com&gt;", ASHA),
    "as an e-mail": ("asha.menon@example.com", ASHA),
    "as an e-mail in capitals": ("Asha.Menon@EXAMPLE.com", ASHA),
    "as Slack links an e-mail": ("<mailto:asha.menon@example.com|asha.menon@example.com>", ASHA),
    "as an e-mail in quotes": ('"asha.menon@example.com"', ASHA),
    "by the engine's id": ("id:700000001", ASHA),
    "by the engine's id, spaced": ("ID: 700000001", ASHA),
    "by the external id": ("ext:E-1001", ASHA),
}


@at_one_desk(("typed", "head"), SPELLINGS.values())
async def test_every_usual_spelling_names_the_same_customer(nisha: Person, typed: str, head: str) -> None:
    await nisha.command("/coupons", typed)

    await nisha.sees(head)


@at_one_desk("words", ["redeemable 98450 12345", "98450 12345 REDEEMABLE", "oldest 98450 12345 redeemable"])
async def test_filter_and_customer_may_stand_in_any_order(nisha: Person, words: str) -> None:
    await nisha.command("/coupons", words)

    await nisha.sees("Asha Menon  ·  mobile …2345  ·  7 redeemable coupons")


async def test_an_engine_that_knows_mobiles_without_country_code_finds_those_typed_so(
    nisha: Person, parts: Sandbox
) -> None:
    parts.engine.customers.add_customer("9811122233", firstname="Old", lastname="Record")
    await nisha.command("/coupons", "98111 22233")

    await nisha.sees("Old Record  ·  mobile …2233")


@pytest.mark.parametrize("command", ["/coupons", "/redemptions"])
async def test_a_number_with_its_country_code_finds_no_stranger_whose_number_ends_alike(
    nisha: Person, parts: Sandbox, command: str
) -> None:
    stranger = parts.engine.customers.add_customer("919845098450", firstname="Some", lastname="Stranger")
    parts.engine.customers.add_coupon(stranger, "NOT-YOURS")
    await nisha.command(command, "+1 984 509 8450")
    await nisha.sees("No customer is known under …8450.")

    nisha.sees_not("Stranger")
    asked = [call.query.get("mobile", call.query.get("identifierValue")) for call in parts.engine.calls]
    assert {one for one in asked if one} == {"19845098450"}


async def test_one_of_his_coupons_is_not_found_either(nisha: Person, parts: Sandbox) -> None:
    stranger = parts.engine.customers.add_customer("919845098450", firstname="Some", lastname="Stranger")
    parts.engine.customers.add_coupon(stranger, "NOT-YOURS")
    await nisha.command("/coupons", "+1 984 509 8450 code:NOT-YOURS")
    await nisha.sees("No customer is known under …8450.")

    nisha.sees_not("Stranger")


UNCLEAR = {
    "digits of a code": ("98450 1234 code:SAVE 5", "It has 9 digits"),
    "digits after a filter": ("98450 1234 redeemable 5", "It is not clear which words name the customer."),
    "digits on both sides of a filter": (
        "98450 redeemable 12345",
        "It is not clear which words name the customer.",
    ),
    "a count": ("98450 1234 5", "It is not clear which digits belong to the mobile number."),
    "a count after a whole number": ("98450 12345 20", "The word after the customer could not be read."),
    "a digit too many": (
        "98450 123456",
        "That is not a whole mobile number. Check the digits and the country code. It has 11 digits",
    ),
    "a foreign number without its plus": (
        "447700900123",
        "It has 12 digits; a number of another country needs + before its code.",
    ),
    "a raised digit": ("98450 1234⁵", "That is neither a mobile number nor an e-mail address."),
}


@at_one_desk(("typed", "told"), UNCLEAR.values())
async def test_digits_that_stand_apart_find_nobody(
    nisha: Person, parts: Sandbox, typed: str, told: str
) -> None:
    await nisha.command("/coupons", typed)
    await nisha.sees(told)

    assert parts.engine.calls == []
