"""A move of a request, in one transaction: the row, its claim, limits, messages and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import Row, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import meters
from bot.adapters.ledger import audit, claims, usage
from bot.adapters.ledger.claims import Taken
from bot.adapters.ledger.dialects import database_now, read_now
from bot.adapters.ledger.faults import LOST
from bot.adapters.ledger.moves import clock_allows
from bot.adapters.ledger.outbox import keep_drawn, post, redraw
from bot.adapters.ledger.rows import from_row, to_row
from bot.adapters.ledger.tables import IS_OPEN, redemptions
from bot.domain.alarm import Alarm
from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.limits import Limits
from bot.domain.made_facts import changing_facts, outcome_facts
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, State, Stop, is_of_call
from bot.domain.request_errors import Stopped
from bot.domain.transitions import (
    Change,
    lost_claim,
    moved,
    posted_by_move,
    reopens,
    takes_limit,
    without_claim,
)
from bot.services.ports import AuditEvent

log = structlog.get_logger(__name__)


async def move(
    connection: AsyncConnection,
    row: Redemption,
    to: State,
    change: Change,
    *,
    by: PersonId | None,
    why: Mapping[str, Any] | None,
    overdue: bool,
) -> Sequence[Redemption]:
    """
    Move a request; returns it and, if another one lost its claim by this, that one after it.

    Raises VersionConflict, Stopped.
    """
    taken = await claims.take(connection, row.id, change.claim) if change.claim else None
    if taken is not None and not taken.ours:
        to, change = without_claim(row, change)
    if reopens(row, to) and await _another_is_open(connection, row):
        to, change = row.state, replace(change, due_in_s=None, never_due=True)
    # Everybody takes claims before rows: two that waited crosswise would both fail.
    if row.state is State.REDEEMED:
        await _release(connection, row, to, change)
    ours = await _moved(connection, row, to, change, by=by, why=why, overdue=overdue)
    if taken is None or not taken.changed:
        return [ours]
    await _tell_claim(connection, ours, change, taken)
    loser = await _lose(connection, taken.before, ours) if taken.before else None
    return [ours] if loser is None else [ours, loser]


async def stored(connection: AsyncConnection, request_id: RequestId) -> Row[Any]:
    """Raises LedgerUnavailable if it is not there, as where a standby took over without it."""
    found = await connection.execute(select(redemptions).where(redemptions.c.id == request_id))
    row: Row[Any] | None = found.one_or_none()
    if row is None:
        raise LedgerUnavailable(LOST.words, kind=LOST.kind)
    return row


async def _moved(
    connection: AsyncConnection,
    row: Redemption,
    to: State,
    change: Change,
    *,
    by: PersonId | None,
    why: Mapping[str, Any] | None,
    overdue: bool = False,
) -> Redemption:
    """Make one guarded UPDATE, with its limits, messages and events in the same transaction."""
    after = moved(row, to, change, await read_now(connection))
    stored_now = await _update(connection, row, after, overdue=overdue, limits=change.limits)
    if change.redraw:
        await redraw(connection, after)
    else:
        await keep_drawn(connection, row, after)
    for role, channel in posted_by_move(row, after, change):
        await post(connection, after, role, channel)
    await audit.append(
        connection,
        AuditEvent.MOVED,
        by=by,
        request_id=row.id,
        states=(row.state, to),
        why={**(why or {}), **_written(row, after)},
    )
    if change.alarm is not None:
        await _raise_alarm(connection, after, change.alarm)
    return from_row(stored_now)


def _written(before: Redemption, after: Redemption) -> Mapping[str, Any]:
    """What the move made of the record, so that it can be recomputed from its events."""
    facts: dict[str, Any] = {}
    if after.outcome != before.outcome:
        facts["outcome"] = outcome_facts(after.outcome)
    if after.terms != before.terms:
        facts["terms"] = changing_facts(after.terms)
    return facts


async def _raise_alarm(connection: AsyncConnection, row: Redemption, alarm: Alarm) -> None:
    meters.ALARMS.labels(alarm.value).inc()
    log.error("alarm", alarm=alarm.value, request=row.reference, state=row.state.value)
    await audit.append(
        connection, AuditEvent.ALARM, by=None, request_id=row.id, why={"alarm": alarm, "state": row.state}
    )


async def _tell_claim(connection: AsyncConnection, row: Redemption, change: Change, taken: Taken) -> None:
    claim = change.claim
    if claim is None:
        raise AssertionError("only a claim that was asked for is taken")
    why = {"redemption_id": claim.redemption_id, "kind": claim.kind, "from": taken.before}
    await audit.append(connection, AuditEvent.CLAIMED, by=None, request_id=row.id, why=why)


async def _release(connection: AsyncConnection, row: Redemption, to: State, change: Change) -> None:
    """It rests on one redemption at most, and on none where it is not redeemed any more."""
    outcome = change.outcome or row.outcome
    kept = outcome.redemption_id if to is State.REDEEMED else None
    for redemption_id in await claims.release(connection, row.id, but=kept):
        why = {"redemption_id": redemption_id}
        await audit.append(connection, AuditEvent.CLAIM_RELEASED, by=None, request_id=row.id, why=why)


async def _lose(connection: AsyncConnection, loser: RequestId, winner: Redemption) -> Redemption | None:
    """Make the request that lost its claim unknown again, with an alarm."""
    row = from_row(await stored(connection, loser))
    if row.state is not State.REDEEMED:
        return None
    to, change = lost_claim(row, may_open=not await _another_is_open(connection, row))
    why = {"claimed_by": winner.reference}
    return await _moved(connection, row, to, change, by=None, why=why)


async def _another_is_open(connection: AsyncConnection, row: Redemption) -> bool:
    same = (
        redemptions.c.customer_id == row.terms.customer,
        redemptions.c.code_key == row.terms.code.casefold(),
    )
    wanted = select(exists().where(*same, redemptions.c.id != row.id, IS_OPEN))
    return bool((await connection.execute(wanted)).scalar_one())


async def _update(
    connection: AsyncConnection,
    before: Redemption,
    after: Redemption,
    *,
    overdue: bool,
    limits: Limits | None,
) -> Row[Any]:
    """Return the row as it stands by this. Raises VersionConflict, Stopped."""
    now = await stored(connection, before.id)
    if before.state is State.SENDING and not is_of_call(from_row(now), before):
        # A standby took over, and another instance has journaled a call of its own at the same version.
        raise VersionConflict
    values = to_row(after) | {"limit_taken": takes_limit(after.state, taken=now.limit_taken)}
    # Whoever looked at it because it was due has done so.
    values["held_until"] = None
    # What it says of people since is blanked in its time, too.
    values["blanked"] = False
    guarded = update(redemptions).where(
        redemptions.c.id == before.id,
        redemptions.c.version == before.version,
        redemptions.c.state == before.state.value,
        *clock_allows(before.state, after.state, overdue=overdue, now=database_now(connection)),
    )
    changed = await connection.execute(guarded.values(**values).returning(redemptions))
    written: Row[Any] | None = changed.one_or_none()
    if written is None:
        raise VersionConflict
    taken, worth_units = values["limit_taken"], values["worth_units"]
    full = await usage.settle(connection, now, limit_taken=taken, worth_units=worth_units, limits=limits)
    if full is not None:
        raise Stopped(stop=Stop.VALUE_LIMIT, at_limit=full)
    return written
