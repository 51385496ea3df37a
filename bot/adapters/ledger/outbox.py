"""The outbox: messages to post or to update (`services.ports.Outbox`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import insert_into, later, read_now
from bot.adapters.ledger.outbox_rows import read_outbox
from bot.adapters.ledger.tables import anchors, cases, messages, redemptions
from bot.aio.frozen import part
from bot.domain.anchor import Anchor
from bot.domain.case import Case, CaseId
from bot.domain.messages import KINDS, MessageKind, Subject
from bot.domain.redemption import Redemption, RequestId
from bot.domain.transitions import PASSING
from bot.services.ports import OutboxMessage

#: What messages are about.
_TABLES = {Subject.REQUEST: redemptions, Subject.CASE: cases, Subject.SEAL: anchors}
#: Seconds for which a message waits for the outcome of what goes on at this moment.
OUTCOME_S = 2.0
_FRESH: dict[str, Any] = {"drawn_version": 0, "attempts": 0, "held_until": None, "gone": False}


async def post(
    connection: AsyncConnection, about: Redemption | Case | Anchor, role: MessageKind, channel: str
) -> None:
    """Add a message to post, unless one exists that is updated instead; a deleted one does not count."""
    if KINDS[role].redrawn:
        same = [messages.c.request_id == about.id, messages.c.role == role.value, ~messages.c.gone]
        if KINDS[role].one_per_channel:
            same.append(messages.c.channel == channel)
        if (await connection.execute(select(exists().where(*same)))).scalar_one():
            return
    await add(connection, about, role, channel)


async def add(
    connection: AsyncConnection, about: Redemption | Case | Anchor, role: MessageKind, channel: str
) -> None:
    """Add a message about what was just made, which has none yet."""
    now = await read_now(connection)
    values = {
        **_FRESH,
        "wanted_version": about.version,
        "next_at": now + _waits(about),
        "held_until": now + _waits(about) if role is MessageKind.WINDOW else None,
        "created": now,
    }
    row = insert(messages).inline().values(request_id=about.id, role=role.value, channel=channel, **values)
    await later(connection, row)


async def redraw(connection: AsyncConnection, after: Redemption | Case) -> None:
    """Mark every message of a request or case that was just moved as due for an update."""
    mine = messages.c.request_id == after.id
    due = await read_now(connection) + _waits(after)
    # One that Slack did not take waits for its own time.
    next_at = case((messages.c.attempts == 0, due), else_=messages.c.next_at)
    await later(
        connection, update(messages).where(mine).values(wanted_version=after.version, next_at=next_at)
    )


async def keep_drawn(connection: AsyncConnection, before: Redemption, after: Redemption) -> None:
    """Note that messages which show the request as it was show it as it is: nothing that people read has changed."""
    drawn = messages.c.drawn_version
    same = case((drawn == before.version, after.version), else_=drawn)
    mine = messages.c.request_id == after.id
    await later(
        connection, update(messages).where(mine).values(wanted_version=after.version, drawn_version=same)
    )


def _waits(about: Redemption | Case | Anchor) -> timedelta:
    """What is over in a moment is told when it is over: one post or one update instead of three."""
    passing = isinstance(about, Redemption) and about.state in PASSING
    return timedelta(seconds=OUTCOME_S if passing else 0.0)


@part
class LedgerOutbox:
    database: Database

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[OutboxMessage]:
        """See the port. Oldest first, and one for each channel: Slack allows one post a second there."""
        async with self.database.transaction() as connection:
            now = await read_now(connection)
            quarantine = self.database.quarantine
            apart = quarantine.without(messages.name, messages.c.id)
            ids = (await connection.execute(_free(now, at_most, apart))).scalars().all()
            if not ids:
                return []
            held = update(messages).where(messages.c.id.in_(ids))
            await connection.execute(held.values(held_until=now + timedelta(seconds=hold_s)))
            taken = await read_outbox(connection, quarantine, ids)
            await _let_go(connection, quarantine.ids(messages.name), among=ids)
        return taken

    async def delivered(self, outbox_message: OutboxMessage, *, channel: str, ts: str) -> None:
        """
        See the port. A first post becomes a row of its own.

        A press may have adopted it before, or another instance may have posted it again when the hold ended. Each copy
        has one row. A standby that took over may not have the request, and has given the message's id to another one.
        """
        about, role = outbox_message.about, outbox_message.role
        drawn = {
            **_FRESH,
            "drawn_version": _drawn_version(about.id, role, about.version),
            "trouble": None,
            "gone": not outbox_message.traits.redrawn,
        }
        async with self.database.transaction() as connection:
            if outbox_message.ts is not None:
                await later(connection, update(messages).where(*_is(outbox_message)).values(**drawn))
                return
            version = await _hold_still(connection, about.id, role)
            if version is None:
                return
            await later(connection, delete(messages).where(*_is(outbox_message)))
            posted = {**drawn, "wanted_version": version}
            await _know(connection, about.id, role, (channel, ts), posted)

    async def put_back(self, outbox_message: OutboxMessage, *, again_in_s: float | None, why: str) -> None:
        """See the port. `why` stays with the message until it is delivered."""
        values: dict[str, Any] = {"attempts": messages.c.attempts + 1, "held_until": None, "trouble": why}
        async with self.database.transaction() as connection:
            if again_in_s is None:
                values["gone"] = True
            else:
                values["next_at"] = await read_now(connection) + timedelta(seconds=again_in_s)
            await later(connection, update(messages).where(*_is(outbox_message)).values(**values))

    async def adopt(self, about: RequestId | CaseId, role: MessageKind, *, channel: str, ts: str) -> None:
        """
        See the port. A message that was pressed exists, so it is no longer marked as gone.

        A known copy that shows the current version is not updated: a press costs an update only for what it changes.
        """
        async with self.database.transaction() as connection:
            version = await _hold_still(connection, about, role)
            if version is not None and not await _is_current(connection, (channel, ts), version):
                adopted = {**_FRESH, "wanted_version": version}
                await _know(connection, about, role, (channel, ts), adopted)

    async def shown(self, about: RequestId, window: str, *, version: int) -> None:
        """See the port. A new window is held until then, for as long as its outcome is waited for at most."""
        mine = (
            messages.c.request_id == about,
            messages.c.channel == window,
            messages.c.drawn_version < version,
        )
        drawn = _drawn_version(about, MessageKind.WINDOW, version)
        async with self.database.transaction() as connection:
            await connection.execute(
                update(messages).where(*mine).values(drawn_version=drawn, held_until=None)
            )


def _is(outbox_message: OutboxMessage) -> tuple[ColumnElement[bool], ...]:
    """The id alone is not enough: a standby that took over may have given it to another message."""
    return (
        messages.c.id == outbox_message.id,
        messages.c.request_id == outbox_message.about.id,
        messages.c.role == outbox_message.role.value,
        messages.c.channel == outbox_message.channel,
        # None is compiled to IS NULL: a message that is still to be posted.
        messages.c.ts == outbox_message.ts,
    )


def _drawn_version(about: str, role: MessageKind, version: int) -> ColumnElement[int]:
    """
    The version of a request, case or seal that was drawn, 0 if the ledger has not come as far.

    A standby that took over may lack the last moves. Its next ones have the same versions, and would not be drawn.
    """
    of = _TABLES[KINDS[role].about]
    # Not `wanted_version`: what was blanked unseen has a later version than its messages are wanted in.
    stands = select(of.c.version).where(of.c.id == about).scalar_subquery()
    return case((stands >= version, version), else_=0)


async def _hold_still(connection: AsyncConnection, about: str, role: MessageKind) -> int | None:
    """
    Lock the request or case until the transaction ends; returns its version.

    Without the lock a concurrent move would not mark a message that is just being added. A seal never changes.
    """
    of = _TABLES[KINDS[role].about]
    wanted = select(of.c.version).where(of.c.id == about)
    if of is not anchors:
        wanted = wanted.with_for_update()
    return (await connection.execute(wanted)).scalar_one_or_none()


async def _is_current(connection: AsyncConnection, at: tuple[str, str], version: int) -> bool:
    channel, ts = at
    current = exists().where(
        messages.c.channel == channel,
        messages.c.ts == ts,
        messages.c.drawn_version == version,
        ~messages.c.gone,
    )
    return bool((await connection.execute(select(current))).scalar_one())


async def _know(
    connection: AsyncConnection,
    about: str,
    role: MessageKind,
    at: tuple[str, str],
    as_: dict[str, Any],
) -> None:
    now = await read_now(connection)
    channel, ts = at
    row = insert_into(connection, messages).inline()
    row = row.values(
        request_id=about, role=role.value, channel=channel, ts=ts, next_at=now, created=now, **as_
    )
    await later(
        connection, row.on_conflict_do_update(index_elements=["channel", "ts"], set_={**as_, "next_at": now})
    )


def _waiting(now: datetime) -> ColumnElement[bool]:
    return and_(
        messages.c.drawn_version < messages.c.wanted_version,
        # Spelt exactly as in `ix_messages_undrawn`: SQLite uses a partial index only then.
        literal_column("NOT messages.gone"),
        messages.c.next_at <= now,
        or_(messages.c.held_until.is_(None), messages.c.held_until <= now),
    )


async def _let_go(connection: AsyncConnection, unread: Sequence[int], *, among: Sequence[int]) -> None:
    """An instance that can read them need not wait."""
    mine = sorted(set(unread) & set(among))
    if mine:
        await connection.execute(update(messages).where(messages.c.id.in_(mine)).values(held_until=None))


def _free(now: datetime, at_most: int, apart: Sequence[ColumnElement[bool]] = ()) -> Select[int]:
    """Select due messages that no instance holds. PostgreSQL skips locked rows; SQLite has one writer."""
    oldest = select(func.min(messages.c.id)).where(_waiting(now), *apart).group_by(messages.c.channel)
    return (
        select(messages.c.id)
        .where(messages.c.id.in_(oldest), _waiting(now))
        .order_by(messages.c.id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
