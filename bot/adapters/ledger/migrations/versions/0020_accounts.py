"""What Slack says of people's accounts, which all instances share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0011"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("person", sa.String(40), primary_key=True),
        sa.Column("denial", sa.String(20)),
        sa.Column("read_at", sa.Double, nullable=False),
        sa.Column("changed_at", sa.Double),
        sa.Column("noted_at", sa.Double, nullable=False),
    )
    op.create_index("ix_accounts_noted_at", "accounts", ["noted_at"])
    op.create_table(
        "heard_events",
        sa.Column("event", sa.String(40), primary_key=True),
        sa.Column("first_at", sa.Double, nullable=False),
    )
