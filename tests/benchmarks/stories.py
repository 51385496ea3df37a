"""What whole stories cost: calls to Slack by method, and the time that somebody waits who is alone."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.demo import Sandbox, sandbox
from bot.sandbox.engine.faults import Slow
from bot.sandbox.slack.person import Person

ASHA = "98450 12345"
SMALL, LARGE = "WELCOME250", "GOLD5000"
SENIOR, MANAGER, STORE_OPS = "U0SENIOR", "U0MANAGER1", "U0STOREOPS"
ANSWER = "Yes, until Sunday."
#: Seconds that the engine and Slack take for each call of somebody who is alone.
EACH_S = 0.02
PATIENCE_S = 60.0
OUTCOME = "The loyalty engine confirmed it"


@dataclass(frozen=True, slots=True)
class Story:
    """
    One redemption, looked up before.

    Attributes:
        calls: to Slack, by method, from the look-up to the last message.
        seconds: from the last press to *Redeemed* on the presser's screen.

    """

    calls: Counter[str]
    seconds: float


@asynccontextmanager
async def _desk() -> AsyncIterator[Sandbox]:
    """Everybody was seen within the hour, and the groups were read within the minute."""
    with tempfile.TemporaryDirectory() as folder:
        async with sandbox(Path(folder)) as parts:
            parts.slack.waits(PATIENCE_S)
            for who in (SENIOR, MANAGER, STORE_OPS):
                person = parts.slack.person(who)
                await person.command("/coupons", ASHA)
                await person.sees("9 coupons", PATIENCE_S)
            parts.slack.takes(EACH_S)
            parts.engine.faults.add(Slow(EACH_S), times=None)
            parts.slack.calls.clear()
            yield parts


async def direct() -> Story:
    async with _desk() as parts:
        person = parts.slack.person(SENIOR)
        await _confirms(person, SMALL)
        began = time.perf_counter()
        await person.submits()
        await parts.slack.until(lambda: OUTCOME in _window(person), PATIENCE_S)
        passed = time.perf_counter() - began
        await parts.slack.until(lambda: person.screen().count(OUTCOME) == 2, PATIENCE_S)
        return Story(_made(parts), passed)


async def approved() -> Story:
    async with _desk() as parts:
        person, manager = parts.slack.person(SENIOR), parts.slack.person(MANAGER)
        await _confirms(person, LARGE)
        await person.submits()
        await manager.clicks("Approve", timeout_s=PATIENCE_S)
        await manager.sees("It cannot be undone from here", PATIENCE_S)
        began = time.perf_counter()
        await manager.submits()
        await parts.slack.until(lambda: OUTCOME in manager.screen(), PATIENCE_S)
        passed = time.perf_counter() - began
        await parts.slack.until(lambda: _is_told(parts), PATIENCE_S)
        return Story(_made(parts), passed)


async def case() -> Story:
    """Asked about a coupon, taken, then answered; `seconds` from the answer to the asker's message."""
    async with _desk() as parts:
        person, ops = parts.slack.person(SENIOR), parts.slack.person(STORE_OPS)
        await person.command("/coupons", f"{ASHA} code:{SMALL}")
        await person.sees("one coupon", PATIENCE_S)
        await person.clicks("Ask store ops", timeout_s=PATIENCE_S)
        await person.types("Question", "Is it valid?")
        await person.submits()
        await ops.clicks("Take it", timeout_s=PATIENCE_S)
        await parts.slack.until(lambda: "Farah" in _direct(parts) or STORE_OPS in _direct(parts), PATIENCE_S)
        await ops.clicks("Answer", timeout_s=PATIENCE_S)
        await ops.sees("Reply", PATIENCE_S)
        await ops.chooses("Honour", from_="Outcome")
        await ops.types("Reply", ANSWER)
        began = time.perf_counter()
        await ops.submits()
        await parts.slack.until(lambda: _direct(parts).count(ANSWER) == 2, PATIENCE_S)
        passed = time.perf_counter() - began
        await ops.sees(ANSWER, PATIENCE_S)
        return Story(_made(parts), passed)


async def _confirms(person: Person, code: str) -> None:
    await person.command("/coupons", f"{ASHA} code:{code}")
    await person.sees("one coupon", PATIENCE_S)
    await person.clicks("Redeem", timeout_s=PATIENCE_S)
    await person.sees("Bill amount", PATIENCE_S)
    await person.types("Bill amount", "12000")
    await person.chooses("Till offline", from_="Reason")
    await person.submits()
    await person.sees("cannot be undone", PATIENCE_S)


def _is_told(parts: Sandbox) -> bool:
    """Whether the requester's message, the news below it and the approvers' message all show the outcome."""
    asked = parts.slack.messages("C0APPROVALS")
    return _direct(parts).count("*Redeemed*") == 2 and any("*Redeemed*" in str(one.blocks) for one in asked)


def _window(person: Person) -> str:
    return person.screen().partition("── ")[2]


def _direct(parts: Sandbox) -> str:
    return "\n".join(str(one.blocks) for one in parts.slack.messages(f"D{SENIOR[1:]}"))


def _made(parts: Sandbox) -> Counter[str]:
    return Counter(call.method for call in parts.slack.calls)


def told() -> dict[str, Story]:
    stories = {"direct": direct, "approved": approved, "case": case}
    return {name: asyncio.run(story()) for name, story in stories.items()}
