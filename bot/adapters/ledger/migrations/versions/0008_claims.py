"""Claims on the engine's redemptions, and those of requests that are redeemed already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger.tables import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("redemption_id", sa.String(100), primary_key=True),
        sa.Column("request_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_index("ix_claims_request_id", "claims", ["request_id"])
    _claim_what_is_redeemed()


def _claim_what_is_redeemed() -> None:
    """The earliest keeps a redemption that two requests rest on; the other one has no claim."""
    redemptions = sa.table(
        "redemptions",
        sa.column("id", sa.String),
        sa.column("state", sa.String),
        sa.column("made_at", Moment),
        sa.column("outcome", sa.JSON),
    )
    claims = sa.table(
        "claims",
        sa.column("redemption_id", sa.String),
        sa.column("request_id", sa.String),
        sa.column("kind", sa.String),
        sa.column("at", Moment),
    )
    wanted = sa.select(redemptions).where(redemptions.c.state == "redeemed").order_by(redemptions.c.made_at)
    rows = {}
    for row in op.get_bind().execute(wanted):
        redemption_id = row.outcome.get("redemption_id")
        if redemption_id and redemption_id not in rows:
            kind = row.outcome.get("settled") or "answer"
            rows[redemption_id] = {
                "redemption_id": redemption_id,
                "request_id": row.id,
                "kind": kind,
                "at": row.made_at,
            }
    if rows:
        op.bulk_insert(claims, list(rows.values()))
