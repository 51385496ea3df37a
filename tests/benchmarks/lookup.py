"""
What a look-up costs: calls, waiting alone, memory, start-up.

One request at a time waits for Bolt's own look every 10 ms, which hides what a look-up costs the machine: that is
measured by `floor`.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bot import app
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import Slow
from bot.settings import load
from bot.views import lookup as card
from tests.benchmarks import bots, children, deployed
from tests.benchmarks.children import Child
from tests.benchmarks.plain_slack import SECRET, TOKEN, PlainSlack

TOM = "919400488244"
MANY = "919845100000"
ROUNDS = 150
FEW_CUSTOMERS, MANY_CUSTOMERS = 500, 5000
ENGINE_MS = 200
TRIES = 500
FIRST_ID = 10_000_000
#: Questions not asked before, of one engine call each.
COLD = ("oldest", "active", "redeemed", "expired", "active oldest", "redeemed oldest", "expired oldest")


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls that one look-up makes."""

    engine: int
    slack: int


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the measurement's own clock


def environment(engine: SandboxEngine, slack: PlainSlack, folder: str, **more: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack.api_url,
        "CAPILLARY_URL": engine.url,
        "CAPILLARY_CLIENT_KEY": engine.key,
        "CAPILLARY_CLIENT_SECRET": engine.secret,
        "DATABASE_URL": f"sqlite:///{folder}/desk.db",
        "POLICY": "lookup.everyone = true",
        "HOST": "127.0.0.1",
        "PORT": "0",
        **more,
    }


@asynccontextmanager
async def running() -> AsyncIterator[tuple[SandboxEngine, PlainSlack, str]]:
    """An engine, a Slack, and the address of a desk between them."""
    engine = SandboxEngine(now=now)
    await engine.start()
    tuning = app.Tuning(engine_per_minute=600_000)
    with tempfile.TemporaryDirectory() as folder:
        async with PlainSlack() as slack:
            settings = load(environment(engine, slack, folder, CACHE_SECONDS="3600"), env_file=None)
            async with app.desk(settings, tuning) as desk:
                yield engine, slack, desk.url + "/slack/events"
    await engine.close()


async def call_counts() -> dict[str, Calls]:
    async with running() as (engine, slack, url):

        async def counted(work: Callable[[], Awaitable[float]]) -> Calls:
            before = engine.count(), len(slack.calls)
            await work()
            return Calls(engine.count() - before[0], len(slack.calls) - before[1])

        counts = {"cold": await counted(lambda: slack.command(url, TOM))}
        # By then people's accounts are shared among the instances, and what was read lately is recent.
        await _settled(slack, url)
        counts["cached"] = await counted(lambda: slack.command(url, TOM))
        pressed = re.findall(r'"block_id": ?"look_up\.([^"]+)"', slack.answer)[-1]
        counts["page 2"] = await counted(lambda: _turned(slack, url, pressed))
        counts["100 000 coupons"] = await counted(lambda: slack.command(url, MANY))
        return counts


async def _settled(slack: PlainSlack, url: str) -> None:
    for _ in range(TRIES):
        before = len(slack.calls)
        await slack.command(url, TOM)
        if len(slack.calls) == before:
            return


async def _turned(slack: PlainSlack, url: str, pressed: str) -> float:
    """A press is answered by its response URL; the count waits for the card."""
    slack.drawn.clear()
    seconds = await slack.press(url, card.NEXT, pressed)
    async with asyncio.timeout(10):
        await slack.drawn.wait()
    return seconds


async def times() -> dict[str, float]:
    """Return medians in milliseconds; the candidates alternate, so that load on the machine affects all alike."""
    async with running() as (engine, slack, url):
        async with bots.served(bots.straightforward(engine)) as plain:
            addresses = {"straightforward": plain, "cached": url}
            taken: dict[str, list[float]] = {name: [] for name in addresses}
            for _ in range(ROUNDS):
                for name, address in addresses.items():
                    taken[name].append(await slack.command(address, TOM))
        medians = {name: statistics.median(seconds) * 1000 for name, seconds in taken.items()}
        engine.faults.add(Slow(ENGINE_MS / 1000), times=None)
        cold = [await slack.command(url, f"{TOM} {word}") for word in COLD]
        return {**medians, "slow engine": statistics.median(cold) * 1000}


async def memory() -> tuple[int, int]:
    """Resident kilobytes of a desk in a process of its own, after few customers and after many."""
    engine = SandboxEngine(now=now)
    for number in range(MANY_CUSTOMERS):
        customer = engine.customers.add_customer(f"9190{number:08d}", customer_id=FIRST_ID + number)
        engine.customers.add_coupon(customer, f"M{number:06d}", value=100)
    await engine.start()
    with tempfile.TemporaryDirectory() as folder:
        async with PlainSlack() as slack:
            environ = environment(engine, slack, folder, CACHE_SECONDS="3600", LOG_LEVEL="WARNING")
            async with children.desk(environ) as child:
                few = await _after(child, slack, range(FEW_CUSTOMERS))
                many = await _after(child, slack, range(FEW_CUSTOMERS, MANY_CUSTOMERS))
    await engine.close()
    return few, many


async def _after(child: Child, slack: PlainSlack, customers: range) -> int:
    for number in customers:
        await slack.command(child.url, f"id:{FIRST_ID + number}")
    return child.resident_kb()


def report() -> str:
    """The whole table."""
    counts, taken = asyncio.run(call_counts()), asyncio.run(times())
    few, many = asyncio.run(memory())
    bolt, desk = deployed.imports()
    added = taken["slow engine"] - ENGINE_MS
    rows = [
        *((f"calls, {name}", f"{of.engine} engine, {of.slack} Slack", "") for name, of in counts.items()),
        _ratio(
            "waiting alone, cached / straightforward bot", taken["cached"], taken["straightforward"], "ms"
        ),
        (f"added to an engine of {ENGINE_MS} ms", f"{added / ENGINE_MS:.2f}", f"{added:.1f} ms"),
        _ratio(f"memory after {MANY_CUSTOMERS} / {FEW_CUSTOMERS} customers", many / 1024, few / 1024, "MB"),
        _ratio("importing the desk / importing Bolt", desk.processor_s, bolt.processor_s, "s"),
    ]
    return "\n".join(f"{what:<46} {figure:<20} {detail}".rstrip() for what, figure, detail in rows)


def _ratio(what: str, one: float, other: float, unit: str) -> tuple[str, str, str]:
    return what, f"{one / other:.2f}", f"{one:.2f} {unit} / {other:.2f} {unit}"
