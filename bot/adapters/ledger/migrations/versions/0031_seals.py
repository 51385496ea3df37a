"""Seals of closed stretches of the audit log; like events they are only added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0008"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "seals",
        sa.Column("id", number, primary_key=True),
        sa.Column("first_event", sa.BigInteger, nullable=False, unique=True),
        sa.Column("last_event", sa.BigInteger, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.String(64)),
        sa.Column("signature", sa.String(120)),
        sa.Column("digests", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER seals_no_{verb.lower()} BEFORE {verb} ON seals "
                "BEGIN SELECT RAISE(ABORT, 'seals are only added'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER seals_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON seals "
            "FOR EACH STATEMENT EXECUTE FUNCTION events_only_added()"
        )
