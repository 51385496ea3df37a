"""The ledger's tables. A change here comes with a migration beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

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
    Column("customer_id", String(40), nullable=False),
    Column("asker", String(40), nullable=False),
    Column("filter", String(20), nullable=False),
    Column("oldest_first", Boolean, nullable=False),
    Column("first_row", Integer, nullable=False),
    Column("code", String(100)),
    Column("expires_at", Moment, nullable=False),
    Index("ix_look_ups_expires_at", "expires_at"),
)
