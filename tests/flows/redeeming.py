"""What stories of redeeming share: a policy, and a person's way to the confirmation."""

from __future__ import annotations

from bot.sandbox.slack_person import Person

#: Who stands in it and what it allows: `bot.sandbox.slack_people`.
POLICY = """
[redeem]
groups = ["S0AGENTS"]
reasons = ["Till offline", "Coupon would not scan", "Goodwill", "Other"]

[[redeem.rules]]
name = "small, by a senior"
up_to = 500
groups = ["S0SENIORS"]
approvals = 0

[[redeem.rules]]
name = "everything else"
approvals = 1
approvers = ["S0MANAGERS"]

[limits]
count = 20
value = 10000

[approvals]
channel = "C0APPROVALS"
"""
#: Asha Menon of the sandbox, and coupons of hers.
ASHA = "98450 12345"
SMALL = "WELCOME250"
LARGE = "GOLD5000"
SEVERAL_USES = "COFFEE5"


async def opens_form(person: Person, code: str = SMALL) -> None:
    await person.command("/coupons", f"{ASHA} code:{code}")
    await person.clicks("Redeem")
    await person.sees("Bill amount")


async def fills(
    person: Person, *, bill: str = "1200", number: str = "", reason: str = "Till offline", note: str = ""
) -> None:
    await person.types("Bill amount", bill)
    if number:
        await person.types("Bill number", number)
    await person.chooses(reason, from_="Reason")
    if note:
        await person.types("Note", note)


async def reviews(person: Person, code: str = SMALL, **form: str) -> None:
    """To the confirmation."""
    await opens_form(person, code)
    await fills(person, **form)
    await person.submits()
    await person.sees("Confirm redemption")
