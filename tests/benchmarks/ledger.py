"""What a large ledger costs beside an empty one: each query that is polled, or that somebody waits for."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.figures import LedgerFigures
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.kept import DeleteExpired
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.seals import LedgerSealer
from bot.adapters.ledger.stories import LedgerStories
from bot.domain.limits import Limits
from bot.domain.redemption import Redemption, State
from tests.adapters.ledger.facts import AGENT, NOON, TODAY, Clock, another_coupon, make
from tests.databases import new_postgres, running_postgres
from tests.large import grow, sealed

MANY = 1_000_000
#: How often each query is asked; the fastest counts: the machine does other work as well.
TIMES = 41
#: What a query may cost of what it costs on an empty ledger.
MOST = 2.0
LIMITS = Limits(count=10_000_000, value=None)

Query = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of each query on an empty ledger and on the large one, and how many bytes that one has more."""

    ms: Mapping[str, tuple[float, float]]
    size: int


@asynccontextmanager
async def _opened(kind: str) -> AsyncIterator[Database]:
    """An empty ledger, up to date."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            async with _migrated(f"sqlite:///{Path(folder) / 'ledger.db'}") as database:
                yield database
    else:
        with running_postgres() as server, new_postgres(server) as url:
            async with _migrated(url) as database:
                yield database


@asynccontextmanager
async def _migrated(url: str) -> AsyncIterator[Database]:
    await migrate(url)
    database = Database.open(url, limit_s=600.0)
    yield database
    await database.close()


async def costs(kind: str, many: int) -> Costs:
    """Of a ledger with so many finished requests; each query is asked of both in turn, as the machine is never idle."""
    async with _opened(kind) as empty, _opened(kind) as large:
        await grow(large, many)
        size = await _size(large) - await _size(empty)
        asked = [_queries(one, await _live(one)) for one in (empty, large)]
        await _relayed(empty)
        await _relayed(large)
        return Costs({name: await _compared(asked[0][name], asked[1][name]) for name in asked[0]}, size)


async def _live(database: Database) -> Redemption:
    """What goes on beside: a request of somebody who has few, of a customer who has few."""
    requests = LedgerRequests(database)
    await sealed(database, NOON)
    made = [await make(requests, another_coupon(), limits=LIMITS) for _ in range(8)]
    return await requests.move(made[0], State.WAITING)


async def _relayed(database: Database) -> None:
    """Nothing is to be posted."""
    async with database.transaction() as connection:
        await connection.execute(
            text("UPDATE messages SET drawn_version = wanted_version WHERE drawn_version < wanted_version")
        )


def _queries(database: Database, live: Redemption) -> Mapping[str, Query]:
    requests, lists, cases = LedgerRequests(database), LedgerHomeLists(database), LedgerCases(database)
    stories, clock = LedgerStories(database), Clock(NOON)
    customer, code, managers = live.terms.customer, live.terms.code, frozenset({"S0MANAGERS"})

    async def home() -> None:
        await lists.waiting(AGENT, managers, 0)
        await lists.asked_by(AGENT, 0)
        await lists.to_settle(AGENT, 0)
        await cases.of(AGENT)
        await cases.open_to(AGENT)
        await requests.usage(AGENT, TODAY)

    async def approval() -> None:
        made = await make(requests, another_coupon(), limits=LIMITS)
        waiting = await requests.move(made, State.WAITING)
        await requests.earlier(waiting.terms, since=NOON, but=waiting.id)
        await requests.move(waiting, State.APPROVED)

    async def why() -> None:
        found = (await stories.requests(live.id))[0]
        await stories.entries(found.id)

    return {
        "poll: sweeper, due": lambda: requests.due(20),
        "poll: sweeper, waiting": lambda: requests.attendable(NOON, 20),
        "poll: outbox relay": lambda: LedgerOutbox(database).take(20, hold_s=0),
        "poll: App Homes": lambda: LedgerHomes(database, clock).take(20, hold_s=0),
        "poll: expired": DeleteExpired(database, clock),
        "poll: sealer": LedgerSealer(database),
        "poll: figures": LedgerFigures(database).standing,
        "card of a customer": lambda: requests.concerning(customer),
        "App Home": home,
        "limit check": lambda: make(requests, another_coupon(), limits=LIMITS),
        "request, approval": approval,
        "why <reference>": why,
        "why customer:": lambda: stories.requests_of_customer(customer),
        "why code:": lambda: stories.requests_of_code(code),
    }


async def _compared(*queries: Query) -> tuple[float, float]:
    taken: list[list[float]] = [[], []]
    for _ in range(TIMES):
        for query, times in zip(queries, taken, strict=True):
            began = time.perf_counter()
            await query()
            times.append((time.perf_counter() - began) * 1000)
    return min(taken[0]), min(taken[1])


async def _size(database: Database) -> int:
    if database.engine.dialect.name == "sqlite":
        asked = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        asked = "SELECT pg_database_size(current_database())"
    async with database.transaction() as connection:
        return int((await connection.execute(text(asked))).scalar_one())


def report(kinds: list[str], many: int = MANY) -> str:
    return "\n".join(asyncio.run(_reported(kind, many)) for kind in kinds)


async def _reported(kind: str, many: int) -> str:
    found = await costs(kind, many)
    lines = [f"| {kind}, {many} finished requests | empty | large | ratio |", "|---|---|---|---|"]
    for name, (empty, large) in found.ms.items():
        over = " **over**" if large > MOST * empty else ""
        lines.append(f"| {name} | {empty:.1f} ms | {large:.1f} ms | {large / empty:.2f}{over} |")
    size = f"{found.size / many:.0f} bytes for each finished request, {found.size >> 20} MB in all."
    return "\n".join([*lines, "", size, ""])
