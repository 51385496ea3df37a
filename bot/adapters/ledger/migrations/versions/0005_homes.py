"""App Homes, and indexes for what stands on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")
_UNKNOWN = sa.text("state = 'unknown'")


def upgrade() -> None:
    op.create_table(
        "homes",
        sa.Column("person", sa.String(40), primary_key=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("places", sa.JSON, nullable=False),
        sa.Column("groups", sa.JSON, nullable=False),
        sa.Column("wanted", sa.BigInteger, nullable=False),
        sa.Column("drawn", sa.BigInteger, nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "ix_redemptions_waiting",
        "redemptions",
        ["asked_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_index(
        "ix_redemptions_unknown",
        "redemptions",
        ["unknown_at"],
        sqlite_where=_UNKNOWN,
        postgresql_where=_UNKNOWN,
    )
