"""Cases: when the next reminder is due, and indexes of those that are open or not answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger.migrations.online import create_index

revision = "0047"
down_revision = "0040"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("cases", sa.Column("open_since", moment))
    op.add_column("cases", sa.Column("reminded", sa.Integer, nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("attend_at", moment))
    op.add_column("cases", sa.Column("reminds", sa.JSON))
    create_index("ix_cases_attend_at", "cases", ["attend_at"], where="state = 'open'")
    create_index("ix_cases_unanswered", "cases", ["asked_at"], where="state <> 'answered'")
