"""A PostgreSQL that acknowledges a commit before it is on disk, and is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import select

from bot.adapters.ledger import postgresql
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import events, heard_events
from bot.domain.alarm import Alarm
from bot.domain.limits import Limits
from bot.domain.redemption import Redemption, RequestId, Settled, State
from bot.domain.request_errors import AnswerNotKept
from bot.domain.transitions import Change
from tests.faults.server import Server
from tests.services.redeeming import INTENT, OURS, TERMS, VIKRAM, Shop, coupon
from tests.services.shelf import NOON

#: Seconds; no test takes so long.
LONG = 3600.0


@pytest.fixture
async def forgetful(server: Server, url: str) -> AsyncIterator[str]:
    """The URL of a database with `synchronous_commit=off`, of which nothing comes to disk by itself."""
    _tell(server, f"ALTER DATABASE {urlsplit(url).path[1:]} SET synchronous_commit = off")
    writer = server.told("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
    os.kill(writer, signal.SIGSTOP)
    yield url
    # As a rule it was killed with the server.
    with suppress(ProcessLookupError):
        os.kill(writer, signal.SIGCONT)


def _tell(server: Server, *statements: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[Database, LedgerRequests]]:
    database = Database.open(url)
    try:
        yield database, LedgerRequests(database)
    finally:
        await database.close()


async def approved(requests: LedgerRequests) -> Redemption:
    made = await requests.make(
        RequestId("ABCDEFGHIJKLMNOP"),
        TERMS,
        made_at=NOON,
        day=date(2025, 9, 1),
        limits=Limits(),
        begin_in_s=LONG,
    )
    return await requests.move(made.row, State.APPROVED)


def written_beside(url: str, name: str, *, kept: bool) -> None:
    """A commit of somebody who raises no durability, or who does; the latter puts all before it on disk, too."""
    with psycopg.connect(url) as connection:
        connection.execute(f"SET synchronous_commit = {'on' if kept else 'off'}".encode())
        connection.execute("INSERT INTO heard_events VALUES (%s, 0)", [name])


async def test_nothing_that_the_desk_was_told_is_lost(server: Server, forgetful: str) -> None:
    async with opened(forgetful) as (_, requests):
        row = await approved(requests)
        sending = await requests.move(row, State.SENDING, Change(intent=INTENT, send_in_s=LONG))
        written_beside(forgetful, "another program", kept=False)
        server.kill()
    await server.start()

    async with opened(forgetful) as (database, requests):
        assert await requests.get(row.id) == sending
        async with database.transaction() as connection:
            # What was acknowledged to a session that does not raise it is gone.
            assert (await connection.execute(select(heard_events.c.event))).all() == []


async def test_a_sending_that_was_lost_all_the_same_is_settled_and_not_sent_again(
    server: Server, forgetful: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a switch to a copy that was behind: here the desk does not raise the durability."""
    lowered = postgresql._SETTINGS.replace("THEN 'on'", "THEN 'off'")
    monkeypatch.setattr(postgresql, "_SETTINGS", lowered)
    shop = Shop()
    async with opened(forgetful) as (_, shop.requests):
        row = await approved(shop.requests)
        written_beside(forgetful, "the last that is kept", kept=True)
        shop.engine.beside = server.kill
        with pytest.raises(AnswerNotKept):
            await shop.use_cases().spend(row, by=VIKRAM)
        # Its process ends, too, with the answer.
        await shop.tasks.close()
    await server.start()

    async with opened(forgetful) as (database, shop.requests):
        found = await shop.requests.get(row.id)
        assert found == row
        shop.engine.found, shop.engine.record = (OURS,), coupon(last=OURS)
        after = await shop.use_cases().spend(found)

        assert (after.state, after.outcome.settled) == (State.REDEEMED, Settled.OWN_NUMBER)
        assert len(shop.engine.orders) == 1
        async with database.transaction() as connection:
            told = await connection.execute(select(events.c.why).where(events.c.what == "alarm"))
        assert [why["alarm"] for (why,) in told] == [Alarm.REDEEMED_AFTER_ALL]
