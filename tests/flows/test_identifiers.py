"""However a customer is named, the card is theirs."""

from __future__ import annotations

import pytest

from bot.sandbox.demo import Sandbox
from bot.sandbox.slack.person import Person

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
    "as an e-mail": ("asha.menon@example.com", ASHA),
    "as an e-mail in capitals": ("Asha.Menon@EXAMPLE.com", ASHA),
    "as Slack links an e-mail": ("<mailto:asha.menon@example.com|asha.menon@example.com>", ASHA),
    "as an e-mail in quotes": ('"asha.menon@example.com"', ASHA),
    "by the engine's id": ("id:700000001", ASHA),
    "by the engine's id, spaced": ("ID: 700000001", ASHA),
    "by the external id": ("ext:E-1001", ASHA),
}


@pytest.mark.parametrize(("typed", "head"), SPELLINGS.values(), ids=SPELLINGS)
async def test_every_usual_spelling_names_the_same_customer(nisha: Person, typed: str, head: str) -> None:
    await nisha.command("/coupons", typed)

    await nisha.sees(head)


@pytest.mark.parametrize(
    "words", ["redeemable 98450 12345", "98450 redeemable 12345", "98450 12345 REDEEMABLE"]
)
async def test_filter_and_customer_may_stand_in_any_order(nisha: Person, words: str) -> None:
    await nisha.command("/coupons", words)

    await nisha.sees("Asha Menon  ·  mobile …2345  ·  7 redeemable coupons")


async def test_an_engine_that_knows_mobiles_without_country_code_finds_them_too(
    nisha: Person, parts: Sandbox
) -> None:
    parts.engine.customers.add_customer("9811122233", firstname="Old", lastname="Record")
    await nisha.command("/coupons", "+91 98111 22233")

    await nisha.sees("Old Record  ·  mobile …2233")
