"""Requests and helpers for tests of the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.tables import events
from bot.domain.coupon import CouponCode, Discount, DiscountKind
from bot.domain.customer import CustomerId
from bot.domain.limits import Limits
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, State, Terms
from bot.domain.transitions import Change
from bot.domain.worth import Worth
from bot.services.ports import Requests

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = date(2026, 6, 1)
AGENT = PersonId("U0AGENT")
SENIOR = PersonId("U0SENIOR")
WINDOW = "V0WINDOW"
NO_LIMITS = Limits()
#: Seconds; no test takes so long.
LONG = 3600.0
#: Who waits for what a transaction holds (postgresql.org/docs: pg_locks, pg_blocking_pids).
WAITS_FOR_US = text(
    "SELECT DISTINCT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)

TERMS = Terms(
    requester=AGENT,
    customer=CustomerId("565039504"),
    customer_name="Asha Menon",
    customer_tail="2345",
    code=CouponCode("Ab12"),
    discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal("100.00")),
    worth=Worth(amount=Decimal("100.00")),
    bill=Decimal("250.50"),
    takes_off=Decimal("100.00"),
    bill_number="CD-1",
    generated=True,
    reason="Till offline",
    rule="small, by a senior",
    approvals=0,
)

_numbers = count(1)


def new_id() -> RequestId:
    return RequestId(f"request-{next(_numbers):05}")


def another_coupon(worth: str = "100.00", requester: PersonId = AGENT) -> Terms:
    """Terms that no other request has."""
    code = CouponCode(f"COUPON{next(_numbers)}")
    return replace(TERMS, code=code, requester=requester, worth=Worth(amount=Decimal(worth)))


async def make(
    requests: Requests,
    terms: Terms = TERMS,
    *,
    request_id: RequestId | None = None,
    made_at: datetime = NOON,
    limits: Limits = NO_LIMITS,
    begin_in_s: float = LONG,
    window: str | None = None,
) -> Redemption:
    made = await requests.make(
        request_id or new_id(),
        terms,
        made_at=made_at,
        day=TODAY,
        limits=limits,
        begin_in_s=begin_in_s,
        window=window,
    )
    return made.row


async def walk(requests: Requests, row: Redemption, *states: State) -> Redemption:
    """Move it on, with a long time to send it in."""
    for state in states:
        row = await requests.move(row, state, Change(send_in_s=LONG))
    return row


async def audit(database: Database) -> list[tuple[str, str | None, str | None, str | None]]:
    """Return the events, oldest first: what, by whom, from and to which state."""
    wanted = select(events.c.what, events.c.by, events.c.from_state, events.c.to_state).order_by(events.c.id)
    async with database.transaction() as connection:
        return [(what, by, from_, to) for what, by, from_, to in await connection.execute(wanted)]


async def reasons(database: Database) -> list[Mapping[str, Any]]:
    async with database.transaction() as connection:
        return list((await connection.execute(select(events.c.why).order_by(events.c.id))).scalars())


class CutOff(Database):
    """A database whose connection drops before each commit."""

    @asynccontextmanager
    async def transaction(self, *, limit_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        async with super().transaction(limit_s=limit_s) as connection:
            yield connection
            raise ConnectionResetError


@dataclass
class Clock:
    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


async def waited_for(connection: AsyncConnection, *, by: int) -> None:
    """Return when so many others wait for what this transaction holds."""
    while len((await connection.execute(WAITS_FOR_US)).all()) < by:
        pass
