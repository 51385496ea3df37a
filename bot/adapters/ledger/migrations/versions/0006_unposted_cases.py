"""Cases that could not be posted where store ops read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("unposted", sa.Boolean, nullable=False, server_default=sa.false()))
