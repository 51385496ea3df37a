"""The ledger's tables. A change here comes with a migration beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, Index, MetaData, String, Table, TypeDecorator

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware moment. SQLite keeps no offset, so UTC goes in and UTC comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


#: What a look-up card shows, so that its buttons work after a restart and on every instance.
look_ups = Table(
    "look_ups",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("customer_id", String(40)),
    Column("asker", String(40), nullable=False),
    Column("what", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_look_ups_expires_at", "expires_at"),
)
