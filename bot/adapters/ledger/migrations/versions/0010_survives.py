"""Which versions may serve, who migrates, and whether each instance can write."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("revision", sa.String(32), primary_key=True),
        sa.Column("oldest", sa.String(32), nullable=False),
    )
    # On PostgreSQL the process that migrates has created it already.
    op.create_table(
        "migrating",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("holder", sa.String(40), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "instances",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
