"""Whether sending is paused: one row, read by whatever approves or sends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0020"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("by", sa.String(40)),
        sa.Column("at", sa.DateTime(timezone=True)),
    )
    op.execute("INSERT INTO pauses (name, paused, why) VALUES ('desk', FALSE, '')")
