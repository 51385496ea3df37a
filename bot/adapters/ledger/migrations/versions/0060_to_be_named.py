"""What people have to settle: unknown outcomes, and redemptions whose use somebody has to name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger.migrations.online import create_index

revision = "0060"
down_revision = "0057"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0056"


def upgrade() -> None:
    op.add_column(
        "redemptions", sa.Column("to_be_named", sa.Boolean, nullable=False, server_default=sa.false())
    )
    create_index(
        "ix_redemptions_to_settle", "redemptions", ["unknown_at"], where="(state = 'unknown' OR to_be_named)"
    )
