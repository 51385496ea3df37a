"""Reads outbox messages, each with the request, the case or the seal that it is about as that stands now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Label, Row, Select, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.case_rows import case_from_row
from bot.adapters.ledger.quarantine import Quarantine
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import anchors, cases, messages, redemptions
from bot.domain.anchor import Anchor
from bot.domain.case import Case
from bot.domain.messages import KINDS, MessageKind
from bot.domain.redemption import Redemption
from bot.services.ports import OutboxMessage

#: Kinds of channel message that others are threaded under.
_TOPS = sorted({kind.thread_of.value for kind in KINDS.values() if kind.in_channel and kind.thread_of})
#: Kinds that are threaded under a direct message, each with the kind of that message.
_UNDER_DIRECT = [
    (role, kind.thread_of) for role, kind in KINDS.items() if kind.thread_of and not kind.in_channel
]


def anchor_of(row: Row[Any]) -> Anchor:
    return Anchor(
        id=row.id,
        version=row.version,
        day=row.day,
        seal=row.seal_id,
        last_event=row.last_event,
        digest=row.digest,
        signed_by=row.signed_by,
    )


#: What messages are about, and how its rows are read; what most of them are about comes first.
_ABOUT: Mapping[Table, Callable[[Row[Any]], Redemption | Case | Anchor]] = {
    redemptions: from_row,
    cases: case_from_row,
    anchors: anchor_of,
}


async def read_outbox(
    connection: AsyncConnection, quarantine: Quarantine, ids: Sequence[int]
) -> list[OutboxMessage]:
    """Return these messages, by their ids; those that cannot be read are set aside."""
    found: list[OutboxMessage] = []
    for table, of in _ABOUT.items():
        if len(found) < len(ids):
            rows = await connection.execute(_outbox_messages(ids, table))
            found += quarantine.readable(messages.name, rows, partial(_outbox_message, of), id_="letter_id")
    return sorted(found, key=lambda outbox_message: outbox_message.id)


def _outbox_messages(ids: Sequence[int], about: Table) -> Select[Any]:
    """Select messages with their request, case or seal; ids of these never coincide."""
    # Labelled, because a case also has a column `channel`.
    posted = [
        messages.c[name].label(f"letter_{name}") for name in ("id", "role", "channel", "ts", "attempts")
    ]
    return (
        select(about, *posted, _thread())
        .select_from(messages.join(about, about.c.id == messages.c.request_id))
        .where(messages.c.id.in_(ids))
        .order_by(messages.c.id)
    )


def _thread() -> Label[str | None]:
    """
    Return the `ts` of the message to thread under: in the same channel, or the requester's direct message.

    A direct message is wanted under the person's id and stands in the channel that Slack opened for it.
    """
    top = messages.alias("top")
    own = [and_(messages.c.role == under.value, top.c.role == over.value) for under, over in _UNDER_DIRECT]
    same = and_(top.c.role.in_(_TOPS), top.c.channel == messages.c.channel)
    found = (
        select(func.min(top.c.ts))
        .where(
            top.c.request_id == messages.c.request_id,
            ~top.c.gone,
            or_(*own, same),
        )
        .correlate(messages)
    )
    return found.scalar_subquery().label("thread_ts")


def _outbox_message(of: Callable[[Row[Any]], Redemption | Case | Anchor], row: Row[Any]) -> OutboxMessage:
    return OutboxMessage(
        id=row.letter_id,
        role=MessageKind(row.letter_role),
        channel=row.letter_channel,
        ts=row.letter_ts,
        attempts=row.letter_attempts,
        about=of(row),
        thread_ts=row.thread_ts,
    )
