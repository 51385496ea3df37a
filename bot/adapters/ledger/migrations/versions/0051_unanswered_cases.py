"""Cases without an answer are found in an index that stays small."""

from __future__ import annotations

from bot.adapters.ledger.migrations.online import create_index

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    create_index("ix_cases_unanswered", "cases", ["asked_at"], where="state <> 'answered'")
