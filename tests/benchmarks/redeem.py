"""What a redemption costs: calls to Slack and to the engine, and the time the desk adds to the engine's own."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import Tuning
from bot.sandbox.demo import Sandbox, sandbox
from bot.sandbox.engine.capillary import TOKEN
from bot.sandbox.engine.faults import Slow
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.workspace import PATIENCE_S

SENIOR = "U0SENIOR"
MOBILE = "919845077777"
MANY = "919845100000"
ENGINE_S = 0.2
ROUNDS = 7
OUTCOME = "The loyalty engine confirmed it"


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls from Redeem now until everything that is shown shows the outcome."""

    engine: int
    slack: int


@dataclass(frozen=True, slots=True)
class Times:
    """Medians in seconds, from the press on Redeem now to the outcome in the window."""

    instant_engine: float
    slow_engine: float

    @property
    def engine(self) -> float:
        """What the engine's own answers take of it."""
        return self.slow_engine - self.instant_engine


@asynccontextmanager
async def running() -> AsyncIterator[Sandbox]:
    with tempfile.TemporaryDirectory() as folder:
        tuning = Tuning(engine_per_minute=600_000)
        async with sandbox(Path(folder), tuning) as parts:
            parts.slack.waits(PATIENCE_S)
            yield parts


async def call_counts() -> dict[str, Calls]:
    counts = {}
    async with running() as parts:
        _give(parts, "SINGLE-1", uses=1)
        counts["one use"] = await _counted(parts, MOBILE, "SINGLE-1")
    async with running() as parts:
        _give(parts, "SEVERAL-1", uses=5)
        counts["several uses"] = await _counted(parts, MOBILE, "SEVERAL-1")
    async with running() as parts:
        code = _open_code(parts)
        counts["one of 100 000 coupons"] = await _counted(parts, MANY, code)
    return counts


async def times() -> Times:
    """Measure alternately, so that load on the machine affects both alike."""
    instant, slow = [], []
    for _ in range(ROUNDS):
        instant.append(await _timed(0.0))
        slow.append(await _timed(ENGINE_S))
    return Times(statistics.median(instant), statistics.median(slow))


async def _timed(engine_s: float) -> float:
    async with running() as parts:
        _give(parts, "TIMED-1", uses=1)
        person = await _at_confirmation(parts, MOBILE, "TIMED-1")
        if engine_s:
            parts.engine.faults.add(Slow(engine_s), times=None)
        began = time.perf_counter()
        await person.submits()
        await parts.slack.until(lambda: OUTCOME in _window(person))
        return time.perf_counter() - began


async def _counted(parts: Sandbox, mobile: str, code: str) -> Calls:
    person = await _at_confirmation(parts, mobile, code)
    before = _made(parts)
    await person.submits()
    await parts.slack.until(lambda: person.screen().count(OUTCOME) == 2)
    # The card beneath is drawn anew behind it.
    await parts.slack.until(lambda: (_made(parts) - before)["response_url"] > 0)
    made = _made(parts) - before
    engine = sum(made[name] for name in made if name.startswith("/"))
    return Calls(engine=engine, slack=made.total() - engine)


def _made(parts: Sandbox) -> Counter[str]:
    engine = [call.path for call in parts.engine.calls if call.path != TOKEN]
    return Counter([*engine, *(call.method for call in parts.slack.calls)])


async def _at_confirmation(parts: Sandbox, mobile: str, code: str) -> Person:
    person = parts.slack.person(SENIOR)
    await person.command("/coupons", f"{mobile} code:{code}")
    await person.clicks("Redeem")
    await person.sees("Bill amount")
    await person.types("Bill amount", "1200")
    await person.chooses("Till offline", from_="Reason")
    await person.submits()
    await person.sees("cannot be undone")
    return person


def _window(person: Person) -> str:
    return person.screen().partition("── ")[2]


def _give(parts: Sandbox, code: str, *, uses: int) -> None:
    customers = parts.engine.customers
    customer = customers.find("mobile", MOBILE) or customers.add_customer(MOBILE)
    customers.add_coupon(customer, code, value=100, uses=uses)


def _open_code(parts: Sandbox) -> str:
    customer = parts.engine.customers.find("mobile", MANY)
    if customer is None:
        raise AssertionError("the sandbox knows a customer with 100 000 coupons")
    return customer.wallet.at(0).code


def report() -> str:
    counts, taken = asyncio.run(call_counts()), asyncio.run(times())
    lines = ["| from Redeem now to the outcome everywhere | engine | Slack |", "|---|---|---|"]
    lines += [f"| {what} | {calls.engine} | {calls.slack} |" for what, calls in counts.items()]
    added_ms, own_ms = taken.instant_engine * 1000, taken.engine * 1000
    lines += [
        "",
        f"| from Redeem now to the outcome in the window, engine of {ENGINE_S * 1000:.0f} ms a call | |",
        "|---|---|",
        f"| the engine's own | {own_ms:.0f} ms |",
        f"| added by the desk and by Slack's calls | {added_ms:.0f} ms |",
        f"| added / the engine's own | {added_ms / own_ms:.2f} |",
    ]
    return "\n".join(lines)
