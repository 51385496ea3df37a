"""What one person looked up last is found by an index."""

from __future__ import annotations

from bot.adapters.ledger.migrations.online import create_index

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    create_index("ix_kept_owner", "kept", ["owner", "expires_at"])
