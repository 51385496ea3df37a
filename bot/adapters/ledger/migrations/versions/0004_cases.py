"""Questions to store ops, and the forms they are asked in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("asker", sa.String(40), nullable=False),
        sa.Column("what", sa.JSON, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_questions_expires_at", "questions", ["expires_at"])
    op.create_table(
        "cases",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asker", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(40)),
        sa.Column("before", sa.String(40)),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("reopened", sa.Integer, nullable=False),
    )
    op.create_index("ix_cases_asker", "cases", ["asker", "asked_at"])
    op.create_index("ix_cases_owner", "cases", ["owner", "asked_at"])
    op.add_column("events", sa.Column("case_id", sa.String(40)))
    op.create_index("ix_events_case_id", "events", ["case_id"])
