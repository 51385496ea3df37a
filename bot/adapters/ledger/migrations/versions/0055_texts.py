"""Texts beside the events, the key of the digests of codes, what was blanked, and the seals that are told."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger.migrations.online import create_index

revision = "0055"
down_revision = "0050"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    _texts()
    keys = op.create_table(
        "digest_keys",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
    )
    op.bulk_insert(keys, [{"name": "codes", "key": secrets.token_hex(32)}])
    _anchors()
    for table in ("redemptions", "cases"):
        op.add_column(table, sa.Column("blanked", sa.Boolean, nullable=False, server_default=sa.false()))
    create_index("ix_redemptions_unblanked", "redemptions", ["made_at"], where="NOT blanked")
    create_index("ix_cases_unblanked", "cases", ["asked_at"], where="NOT blanked")


def _texts() -> None:
    op.create_table(
        "texts",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("request_id", sa.String(40)),
        sa.Column("case_id", sa.String(40)),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("salt", sa.String(32)),
        sa.Column("text", sa.Text),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_texts_request_id", "texts", ["request_id"])
    op.create_index("ix_texts_case_id", "texts", ["case_id"])


def _anchors() -> None:
    op.create_table(
        "anchors",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False, unique=True),
        sa.Column("seal_id", sa.BigInteger, nullable=False),
        sa.Column("last_event", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("signed_by", sa.String(64)),
    )
