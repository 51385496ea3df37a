"""Leases on requests that are due, and an index of the App Homes that are to be drawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger.migrations.online import create_index

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
oldest = "0008"


def upgrade() -> None:
    # Versions before this one look without a lease, which is what they always did.
    op.add_column("redemptions", sa.Column("held_until", sa.DateTime(timezone=True)))
    create_index("ix_homes_undrawn", "homes", ["opened_at"], where="drawn < wanted")
