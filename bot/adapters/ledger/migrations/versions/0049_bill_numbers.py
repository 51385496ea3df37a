"""Requests are found by their bill number, by an index on what their terms hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger.migrations.online import create_index

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    # As `bot.adapters.ledger.request_search` asks, letter by letter: else the index is not used.
    number = "json_extract(terms, '$.bill_number')" if sqlite else "(terms ->> 'bill_number')"
    create_index("ix_redemptions_bill", "redemptions", [sa.text(f"lower({number})")])
