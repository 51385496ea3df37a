"""When a request ended, from which its last look is counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger.tables import Moment

revision = "0040"
down_revision = "0031"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    op.add_column("redemptions", sa.Column("ended_at", Moment))
