"""Turns at reading the user groups, which all instances take together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    turns = op.create_table(
        "turns",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("free_at", sa.Double, nullable=False),
        sa.Column("read_in", sa.BigInteger, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("members", sa.JSON),
    )
    op.bulk_insert(turns, [{"name": "usergroups.list", "number": 0, "free_at": 0.0, "read_in": 0}])
