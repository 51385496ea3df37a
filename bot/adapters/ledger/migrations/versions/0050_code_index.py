"""Requests by coupon alone, for `coupon-desk why code:`."""

from __future__ import annotations

from bot.adapters.ledger.migrations.online import create_index

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    create_index("ix_redemptions_code", "redemptions", ["code_key", "made_at"])
