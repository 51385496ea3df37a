"""Helpers of flows that redeem: a policy, the steps to an outcome, and reading the audit log."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox.engine.capillary import COUPON, REDEEM, SandboxEngine
from bot.sandbox.engine.faults import Fault, Hang, Slow
from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import Ack, Kind
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack

#: The groups and their members are in `bot.sandbox.slack.people`.
RULES = """
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
expire_after = "4h"
remind_after = ["15m", "1h"]
reject_reasons = ["Wrong coupon", "Not entitled"]
"""
POLICY = "[lookup]\neveryone = true\n" + RULES
#: Asha Menon of the sandbox, and coupons of hers.
ASHA = "98450 12345"
SMALL = "WELCOME250"
LARGE = "GOLD5000"
SEVERAL_USES = "COFFEE5"


async def looks_up(person: Person, typed: str, shows: str = "as of") -> int:
    """
    Wait for the card: on a slow machine it comes later, and until then the newest buttons are those of an older one.

    Returns how many messages stood there before.
    """
    before = len(person.in_view.messages())
    await person.command("/coupons", typed)
    await person.sees(shows, after=before)
    return before


async def sees_card(person: Person, code: str = SMALL) -> None:
    """Wait for the card with its button; a card that was drawn before the groups were read is refreshed."""
    before = await looks_up(person, f"{ASHA} code:{code}", "one coupon")
    await has_buttons(person, before)


async def has_buttons(person: Person, after: int = 0) -> None:
    """Wait until the newest card, which comes after so many messages, has its buttons."""
    if "[Redeem]" not in person.screen(after):
        await person.clicks("Refresh")
    await person.sees("[Redeem]", after=after)


async def opens_form(person: Person, code: str = SMALL) -> None:
    await sees_card(person, code)
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
    """Go as far as the confirmation."""
    await opens_form(person, code)
    await fills(person, **form)
    await person.submits()
    await person.sees("This cannot be undone from here.")


async def redeems(person: Person, code: str = SMALL, **form: str) -> None:
    """Confirm as well."""
    await reviews(person, code, **form)
    await person.submits()


def direct(slack: SandboxSlack, person: Person) -> list[str]:
    """Return the texts of a person's direct message with the bot, without threads."""
    return [one.text for one in slack.messages(f"D{person.id[1:]}") if one.thread_ts is None]


async def hears(slack: SandboxSlack, person: Person, words: str) -> None:
    """Wait until these words stand in their direct message."""
    await slack.until(lambda: any(words in text for text in direct(slack, person)))


async def sees_no_more(slack: SandboxSlack, person: Person, words: str) -> None:
    """Wait until these words are gone; copies of a message are updated one after the other."""
    await slack.until(lambda: words not in person.screen())


async def submits_again(slack: SandboxSlack, person: Person, view: Mapping[str, Any]) -> Ack:
    """Submit a view as it was, e.g. on another device; what it answers is in the acknowledgement."""
    told = payloads.interaction("view_submission", person.user) | {"view": view, "response_urls": []}
    return await slack.delivery.send(Kind.INTERACTIVE, told | {"trigger_id": "1.2.3"})


def shown(ack: Ack) -> str:
    """Return the text of the view in an acknowledgement."""
    return json.dumps(ack.payload(), ensure_ascii=False)


async def is_answered(slack: SandboxSlack, submission: Awaitable[Ack], words: str) -> None:
    """Wait until a form is answered with these words: in the acknowledgement, or on a slow machine by an update."""
    before, ack = len(slack.calls), await submission

    def said() -> str:
        later = [str(call.args["view"]) for call in slack.calls[before:] if call.method == "views.update"]
        return "\n".join((shown(ack), *later))

    if not await slack.workspace.until(lambda: words in said()):
        raise AssertionError(f"it is not answered with {words!r}:\n{said()}")


async def loses_the_answer(person: Person, engine: SandboxEngine, fault: Fault, **form: str) -> asyncio.Event:
    """Redeem with this fault; later looks hang until the returned event is set."""
    await reviews(person, **form)
    evidence = asyncio.Event()
    engine.faults.add(fault, path=REDEEM)
    # The preflight reads the coupon once more.
    engine.faults.add(Slow(0.0), path=COUPON)
    engine.faults.add(Hang(evidence), path=COUPON, times=None)
    await person.submits()
    await person.sees("Outcome unknown")
    return evidence


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the audit log."""

    what: str
    by: str | None
    from_state: str | None
    to_state: str | None
    why: Mapping[str, Any]


def audit(folder: Path) -> list[Event]:
    """Return its events, oldest first, but for the look-ups: those are written behind the answer, whenever it suits."""
    wanted = (
        """SELECT what, "by", from_state, to_state, why FROM events WHERE what != 'looked_up' ORDER BY id"""
    )
    with closing(sqlite3.connect(folder / "coupon-desk.db")) as ledger:
        return [
            Event(what, by, from_state, to_state, json.loads(why))
            for what, by, from_state, to_state, why in ledger.execute(wanted)
        ]


def denied(folder: Path) -> list[tuple[str | None, str, str]]:
    """Return who was denied, at which action, and why."""
    return [
        (event.by, event.why["at"], event.why["denied"]) for event in audit(folder) if event.what == "denied"
    ]


def stopped(folder: Path) -> list[tuple[str | None, str, str]]:
    """Return who was stopped by the coupon or the policy, at which action, and why."""
    return [
        (event.by, event.why["at"], event.why["stop"] or event.why["refusal"])
        for event in audit(folder)
        if event.what == "refused"
    ]


async def asks(person: Person, code: str = LARGE, **form: str) -> None:
    """Make a request that waits for approval."""
    await reviews(person, code, **form)
    await person.sees("Request approval")
    await person.submits()
    await person.sees("Waiting for approval")
