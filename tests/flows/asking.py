"""Asking store ops, and answering, in words."""

from __future__ import annotations

from bot.sandbox.slack.person import Person
from tests.flows.redeeming import ASHA, SMALL, looks_up

CHANNEL = "C0STOREOPS"
ESCALATIONS = f"""
[escalations]
channel = "{CHANNEL}"
groups = ["S0STOREOPS"]
remind_after = ["15m", "1h"]
"""
QUESTION = "She says the till was down. May she have it?"
#: What the channel must not show: mobile, e-mail, code and name.
SECRETS = ("98450", "12345", "asha.menon", SMALL, "Asha")


async def opens_question(person: Person, code: str = SMALL) -> None:
    await looks_up(person, f"{ASHA} code:{code}", "one coupon")
    await person.clicks("Ask store ops")
    await person.sees("Question")


async def asks(person: Person, question: str = QUESTION, code: str = SMALL) -> None:
    await opens_question(person, code)
    await sends(person, question)


async def sends(person: Person, question: str = QUESTION) -> None:
    await person.types("Question", question)
    await person.submits()
    await person.sees("Store ops have your question")
    await person.closes(everything=True)


async def takes(person: Person) -> None:
    await person.clicks("Take it")
    await person.sees(f"Owner: @{person.user.name}")


async def answers(person: Person, outcome: str = "Honour", reply: str = "Let her have it.") -> None:
    await person.clicks("Answer")
    await person.sees("Reply")
    await person.chooses(outcome, from_="Outcome")
    await person.types("Reply", reply)
    await person.submits()
    await person.sees(f"{outcome}, by you:\n{reply}")
    await person.closes()
