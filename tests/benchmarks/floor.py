"""What a busy floor costs: processor time of the process, waiting at eight at a time, calls, statements."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.sandbox.engine.capillary import SandboxEngine
from tests.benchmarks import children, deployed, lookup, starting, statements, stories
from tests.benchmarks.children import Child
from tests.benchmarks.lookup import TOM, environment, now
from tests.benchmarks.plain_slack import PlainSlack

AT_ONCE = 8
WARM_UP, ROUNDS = 100, 600
SETTLED_S = 2.0
GROUPS = """
[lookup]
groups = ["S0AGENTS"]
[redeem]
groups = ["S0AGENTS"]
reasons = ["Goodwill"]
[[redeem.rules]]
name = "small"
up_to = 500
approvals = 0
[[redeem.rules]]
name = "else"
approvals = 1
approvers = ["S0AGENTS"]
[approvals]
channel = "C0APPROVALS"
"""
EVERYONE = GROUPS.replace('groups = ["S0AGENTS"]', "everyone = true", 1)


@dataclass(frozen=True, slots=True)
class Load:
    """
    A closed loop, each worker asking again as soon as it is answered.

    Attributes:
        processor_ms: of the bot's process, for one request.
        per_s: requests answered in a second.
        p50_ms, p99_ms: until the acknowledgement.

    """

    processor_ms: float
    per_s: float
    p50_ms: float
    p99_ms: float


async def load(slack: PlainSlack, child: Child) -> Load:
    await _ask(slack, child, WARM_UP)
    processor, began = child.processor_s(), time.perf_counter()
    seconds = sorted(await _ask(slack, child, ROUNDS))
    passed = time.perf_counter() - began
    return Load(
        processor_ms=(child.processor_s() - processor) / ROUNDS * 1000,
        per_s=ROUNDS / passed,
        p50_ms=statistics.median(seconds) * 1000,
        p99_ms=seconds[int(len(seconds) * 0.99)] * 1000,
    )


async def _ask(slack: PlainSlack, child: Child, rounds: int) -> list[float]:
    async def worker() -> list[float]:
        return [await slack.command(child.url, TOM) for _ in range(rounds // AT_ONCE)]

    return [one for some in await asyncio.gather(*(worker() for _ in range(AT_ONCE))) for one in some]


@asynccontextmanager
async def desk(policy: str) -> AsyncIterator[tuple[PlainSlack, SandboxEngine, Child]]:
    engine = SandboxEngine(now=now)
    await engine.start()
    with tempfile.TemporaryDirectory() as folder:
        async with PlainSlack() as slack:
            more = {"CACHE_SECONDS": "3600", "LOG_LEVEL": "WARNING", "POLICY": policy}
            async with children.desk(environment(engine, slack, folder, **more)) as child:
                yield slack, engine, child
    await engine.close()


async def cached_calls() -> stories.Story:
    """As a story without a redemption."""
    async with desk(GROUPS) as (slack, _, child):
        await slack.command(child.url, TOM)
        # The first exchange with the other instances.
        await asyncio.sleep(SETTLED_S)
        await slack.command(child.url, TOM)
        slack.calls.clear()
        seconds = await slack.command(child.url, TOM)
        return stories.Story(Counter(slack.calls), seconds)


async def loads() -> tuple[Load, Load, Load]:
    """Bare Bolt, a cached look-up that everybody may make, and one for groups."""
    async with PlainSlack() as slack, children.bare() as child:
        bare = await load(slack, child)
    async with desk(EVERYONE) as (slack, _, child):
        everyone = await load(slack, child)
    async with desk(GROUPS) as (slack, _, child):
        groups = await load(slack, child)
    return bare, everyone, groups


def report() -> str:
    """The whole table: ratios and counts, each beside its goal."""
    bare, everyone, groups = asyncio.run(loads())
    bolt, imported = deployed.imports()
    ready_s = asyncio.run(starting.ready_s())
    few, many = asyncio.run(lookup.memory())
    added_ms = asyncio.run(lookup.times())["slow engine"] - lookup.ENGINE_MS
    asked = asyncio.run(statements.of_lookup())
    told = {**stories.told(), "cached": asyncio.run(cached_calls())}
    rows = [
        *_of_loads(bare, everyone, groups),
        ("Slack calls: cached look-up by somebody who was seen", "0", str(told["cached"].calls.total())),
        *_of_story("direct", told["direct"], "8", users="2", lists="1", seconds="1"),
        *_of_story("approved", told["approved"], "16", users="4", lists="2", seconds="1.5"),
        (
            "chat.update: a case that is taken, then answered",
            "≤ 2",
            str(told["case"].calls["chat.update"]),
        ),
        (
            "ledger statements of a cached look-up before its answer, one process",
            "≤ 1, no write",
            _told(asked),
        ),
        (f"added to an engine of {lookup.ENGINE_MS} ms, median", "≤ 15 ms", f"{added_ms:.1f} ms"),
        (
            "import for serve / Bolt, processor time",
            "≤ 2",
            f"{imported.processor_s / bolt.processor_s:.2f} ({imported.processor_s:.2f} s / {bolt.processor_s:.2f} s)",
        ),
        ("start to ready / Bolt's import", "≤ 2.5", f"{ready_s / bolt.waited_s:.2f} ({ready_s:.2f} s)"),
        (
            f"memory after {lookup.MANY_CUSTOMERS} / {lookup.FEW_CUSTOMERS} customers",
            "≤ 1.05",
            f"{many / few:.3f} ({many / 1024:.0f} MB)",
        ),
    ]
    return "\n".join(
        [
            "| figure | goal | now |",
            "|---|---|---|",
            *(f"| {what} | {goal} | {now} |" for what, goal, now in rows),
        ]
    )


def _told(asked: Counter[str]) -> str:
    return ", ".join(f"{count} {verb}" for verb, count in sorted(asked.items())) or "0"


def _of_loads(bare: Load, everyone: Load, groups: Load) -> list[tuple[str, str, str]]:
    processor = everyone.processor_ms / bare.processor_ms
    return [
        (
            "cached look-up, processor time / bare Bolt",
            "≤ 3",
            f"{processor:.2f} ({everyone.processor_ms:.2f} ms / {bare.processor_ms:.2f} ms)",
        ),
        ("cached look-up, answered in a second / bare Bolt", "≥ 0.5", f"{everyone.per_s / bare.per_s:.2f}"),
        ("cached look-up, p99 / p50", "≤ 4", f"{everyone.p99_ms / everyone.p50_ms:.2f}"),
        ("cached look-up with groups, p50 / without", "≤ 1.2", f"{groups.p50_ms / everyone.p50_ms:.2f}"),
    ]


def _of_story(
    name: str, story: stories.Story, goal: str, *, users: str, lists: str, seconds: str
) -> list[tuple[str, str, str]]:
    calls = story.calls
    return [
        (f"Slack calls: look-up and {name} redemption", f"≤ {goal}", str(calls.total())),
        (
            "of them users.info, usergroups.list",
            f"≤ {users}, ≤ {lists}",
            f"{calls['users.info']}, {calls['usergroups.list']}",
        ),
        (
            "of them views.update, chat.update",
            "≤ 2, ≤ 2",
            f"{calls['views.update']}, {calls['chat.update']}",
        ),
        (f"alone, last press to *Redeemed*, {name}", f"≤ {seconds} s", f"{story.seconds:.2f} s"),
    ]
