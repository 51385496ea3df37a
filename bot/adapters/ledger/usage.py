"""Use of the day's limits: one row for each requester and day, changed in the transaction that changes the request."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.dialects import insert_into, later
from bot.adapters.ledger.tables import usage
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.person import PersonId
from bot.domain.policy import limit_reached
from bot.domain.redemption import Outcome, Stop
from bot.domain.worth import Worth

#: Decimals that are counted. Amounts are stored as integers, which both databases add exactly.
_DECIMALS = 4
#: The largest amount of one request; a day of such amounts fits into a BIGINT.
_MOST_UNITS = 10**16


def units(amount: Decimal) -> int:
    """Return an amount as an integer, rounded up so that no fraction passes a limit."""
    return min(int(amount.scaleb(_DECIMALS).to_integral_value(ROUND_CEILING)), _MOST_UNITS)


def _amount(of_units: int) -> Decimal:
    return Decimal(of_units).scaleb(-_DECIMALS)


async def take(
    connection: AsyncConnection, requester: PersonId, day: date, worth: Decimal, limits: Limits
) -> Outcome | None:
    """Take one request's share; if a limit is reached, take nothing and return which, with its figures."""
    await _keep_for_us(connection, requester, day)
    guarded = (
        update(usage)
        .where(_mine(requester, day), *_room(limits, units(worth)))
        .values(count=usage.c.count + 1, value_units=usage.c.value_units + units(worth))
    )
    if (await connection.execute(guarded)).rowcount == 1:
        return None
    used = await used_on(connection, requester, day)
    reached = limit_reached(limits, used, Worth(amount=_amount(units(worth)))) or Stop.VALUE_LIMIT
    return Outcome(stop=reached, at_limit=AtLimit(limits=limits, used=used, worth=worth))


async def used_on(connection: AsyncConnection, requester: PersonId, day: date) -> Usage:
    wanted = select(usage.c.count, usage.c.value_units).where(_mine(requester, day))
    row = (await connection.execute(wanted)).one_or_none()
    if row is None:
        return Usage()
    count, value_units = row
    return Usage(count=count, value=_amount(value_units))


async def settle(
    connection: AsyncConnection,
    before: Row[Any],
    *,
    limit_taken: bool,
    worth_units: int,
    limits: Limits | None = None,
) -> AtLimit | None:
    """
    Change the day's use from what a request took `before` to what it takes now.

    With `limits`, an increase that does not fit changes nothing, and the figures are returned; without, it always
    applies.
    """
    count = limit_taken - before.limit_taken
    value = limit_taken * worth_units - before.limit_taken * before.worth_units
    if not count and not value:
        return None
    await _keep_for_us(connection, before.requester, before.day)
    room = _value_room(limits, value) if limits is not None and value > 0 else []
    changed = await connection.execute(
        update(usage)
        .where(_mine(before.requester, before.day), *room)
        .values(
            count=_not_below_0(usage.c.count + count), value_units=_not_below_0(usage.c.value_units + value)
        )
    )
    if changed.rowcount == 1 or limits is None:
        return None
    used = await used_on(connection, before.requester, before.day)
    others = Usage(
        count=used.count - before.limit_taken,
        value=used.value - before.limit_taken * _amount(before.worth_units),
    )
    return AtLimit(limits=limits, used=others, worth=_amount(worth_units))


async def _keep_for_us(connection: AsyncConnection, requester: PersonId, day: date) -> None:
    """Create the row if needed and lock it until the transaction ends, so that figures read later are the guard's."""
    row = insert_into(connection, usage).values(requester=requester, day=day, count=0, value_units=0)
    await later(
        connection,
        row.on_conflict_do_update(index_elements=["requester", "day"], set_={"count": usage.c.count}),
    )


def _mine(requester: PersonId, day: date) -> ColumnElement[bool]:
    return and_(usage.c.requester == requester, usage.c.day == day)


def _room(limits: Limits, worth_units: int) -> list[ColumnElement[bool]]:
    room = []
    if limits.count is not None:
        room.append(usage.c.count + 1 <= limits.count)
    return room + _value_room(limits, worth_units)


def _value_room(limits: Limits, more_units: int) -> list[ColumnElement[bool]]:
    if limits.value is None:
        return []
    most = int(limits.value.scaleb(_DECIMALS).to_integral_value(ROUND_FLOOR))
    return [usage.c.value_units + more_units <= min(most, 100 * _MOST_UNITS)]


def _not_below_0(figure: ColumnElement[int]) -> ColumnElement[int]:
    return case((figure > 0, figure), else_=0)
