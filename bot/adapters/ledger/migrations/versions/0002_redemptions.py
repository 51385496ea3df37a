"""Redemptions by hand: forms, requests, limits, the trail and the messages."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('new', 'waiting', 'approved', 'sending', 'unknown')")
_UNDRAWN = sa.text("drawn_version < wanted_version AND NOT gone")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _drafts()
    _redemptions()
    _usage()
    _events()
    _messages()
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("requester", sa.String(40), nullable=False),
        sa.Column("what", sa.JSON, nullable=False),
        _moment("expires_at"),
    )
    op.create_index("ix_drafts_expires_at", "drafts", ["expires_at"])


def _redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("requester", sa.String(40), nullable=False),
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.Column("code_key", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("worth_units", sa.BigInteger, nullable=False),
        sa.Column("limit_taken", sa.Boolean, nullable=False),
        _moment("made_at"),
        _moment("begin_by", nullable=True),
        _moment("send_by", nullable=True),
        _moment("due_at", nullable=True),
        _moment("unknown_at", nullable=True),
        _moment("asked_at", nullable=True),
        _moment("expires_at", nullable=True),
        _moment("attend_at", nullable=True),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("reminded", sa.Integer, nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("intent", sa.JSON),
        sa.Column("outcome", sa.JSON, nullable=False),
        sa.Column("decided", sa.JSON),
        sa.Column("asking", sa.JSON),
    )
    op.create_index(
        "ux_redemptions_open",
        "redemptions",
        ["customer_id", "code_key"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_redemptions_due_at", "redemptions", ["due_at"])
    op.create_index("ix_redemptions_attend_at", "redemptions", ["attend_at"])
    op.create_index("ix_redemptions_coupon", "redemptions", ["customer_id", "code_key", "made_at"])
    op.create_index("ix_redemptions_requester", "redemptions", ["requester", "made_at"])


def _usage() -> None:
    op.create_table(
        "usage",
        sa.Column("requester", sa.String(40), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("value_units", sa.BigInteger, nullable=False),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("request_id", sa.String(40)),
        _moment("at"),
        sa.Column("by", sa.String(40)),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("from_state", sa.String(20)),
        sa.Column("to_state", sa.String(20)),
        sa.Column("why", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_request_id", "events", ["request_id"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("request_id", sa.String(40), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("ts", sa.String(40)),
        sa.Column("drawn_version", sa.Integer, nullable=False),
        sa.Column("wanted_version", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        _moment("next_at"),
        _moment("held_until", nullable=True),
        sa.Column("gone", sa.Boolean, nullable=False),
        sa.Column("trouble", sa.Text),
        _moment("created"),
        sqlite_autoincrement=True,
    )
    op.create_index("ux_messages_posted", "messages", ["channel", "ts"], unique=True)
    op.create_index(
        "ix_messages_undrawn", "messages", ["channel", "id"], sqlite_where=_UNDRAWN, postgresql_where=_UNDRAWN
    )
    op.create_index("ix_messages_request_id", "messages", ["request_id"])


def _append_only_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER events_no_{verb.lower()} BEFORE {verb} ON events "
            "BEGIN SELECT RAISE(ABORT, 'events are only added'); END"
        )


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION events_only_added() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are only added'; END $$"
    )
    op.execute(
        "CREATE TRIGGER events_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_only_added()"
    )
