"""The ledger's tables. A change here comes with a migration beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    TypeDecorator,
    false,
    text,
)

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware time. SQLite stores no offset, so it is written and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


#: Conditions of partial indexes. They stand apart: for them SQLAlchemy imports both databases' dialects.
_CONDITIONS: dict[Index, TextClause] = {}


def _partial(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    index = Index(name, *columns, unique=unique)
    _CONDITIONS[index] = where
    return index


def whole() -> MetaData:
    """Return the tables with the conditions of their partial indexes, for whoever makes them or compares them."""
    for index, where in _CONDITIONS.items():
        index.dialect_kwargs.update(sqlite_where=where, postgresql_where=where)
    return metadata


#: Things kept for a day, so that buttons and forms work after a restart and on every instance.
kept = Table(
    "kept",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("owner", String(40), nullable=False),
    Column("what", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_kept_expires_at", "expires_at"),
    Index("ix_kept_owner", "owner", "expires_at"),
)

#: Look-ups of versions before 0007 (`kept.Before`).
look_ups = Table(
    "look_ups",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("customer_id", String(40)),
    Column("asker", String(40), nullable=False),
    Column("what", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_look_ups_expires_at", "expires_at"),
)


#: Leases of Slack's rate limit, and what the latest reading found; one row, made by the migration.
leases = Table(
    "turns",
    metadata,
    Column("name", String(40), primary_key=True),
    #: Number of the latest lease taken.
    Column("number", BigInteger, nullable=False),
    #: Up to when leases are taken, in seconds since 1970 by the database's clock.
    Column("free_at", Double, nullable=False),
    #: Number of the lease under which the columns below were read.
    Column("read_in", BigInteger, nullable=False),
    Column("read_at", Moment),
    Column("members", JSON),
)

#: Whether people may act at all, by their accounts as Slack told them in the last hours; moments are seconds
#: since 1970 by the database's clock.
accounts = Table(
    "accounts",
    metadata,
    Column("person", String(40), primary_key=True),
    #: Why they may not (`bot.domain.errors.Denial`); NULL for full members.
    Column("denial", String(20)),
    #: When the call that told it began.
    Column("read_at", Double, nullable=False),
    #: When Slack last said that the account changed.
    Column("changed_at", Double),
    #: When this row was last written.
    Column("noted_at", Double, nullable=False),
    Index("ix_accounts_noted_at", "noted_at"),
)

#: Events of Slack that this installation has received at least once.
heard_events = Table(
    "heard_events",
    metadata,
    Column("event", String(40), primary_key=True),
    Column("first_at", Double, nullable=False),
)

#: Redemption forms of versions before 0007 (`kept.Before`).
drafts = Table(
    "drafts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("requester", String(40), nullable=False),
    Column("what", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_drafts_expires_at", "expires_at"),
)

#: `bot.domain.transitions.OPEN` in SQL; a change of it needs a migration of the index.
IS_OPEN = text("state IN ('new', 'waiting', 'approved', 'sending', 'unknown')")
#: Conditions of partial indexes, which stay small because few requests are in these states.
WAITING = text("state = 'waiting'")
UNKNOWN = text("state = 'unknown'")
#: What a person has to settle, spelt as in migration 0060.
TO_SETTLE = text("(state = 'unknown' OR to_be_named)")
#: Spelt as in migration 0055. The index holds what was made in the days of RETAIN_DAYS.
UNBLANKED = text("NOT blanked")

#: Requests to redeem. `worth_units` is what the request takes of the day's value limit (`usage.units`).
redemptions = Table(
    "redemptions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("requester", String(40), nullable=False),
    Column("customer_id", String(40), nullable=False),
    Column("code_key", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("worth_units", BigInteger, nullable=False),
    Column("limit_taken", Boolean, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("begin_by", Moment),
    Column("send_by", Moment),
    Column("due_at", Moment),
    Column("unknown_at", Moment),
    #: NULL while it is open, and for what versions before 0040 ended.
    Column("ended_at", Moment),
    Column("asked_at", Moment),
    Column("expires_at", Moment),
    Column("attend_at", Moment),
    #: While an instance looks at it because it is due.
    Column("held_until", Moment),
    Column("looks", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("reminded", Integer, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("intent", JSON(none_as_null=True)),
    Column("outcome", JSON, nullable=False),
    Column("decided", JSON(none_as_null=True)),
    Column("asking", JSON(none_as_null=True)),
    #: Whether names, last digits and notes were removed since the last move.
    Column("blanked", Boolean, nullable=False, server_default=false()),
    #: `bot.domain.looks.is_to_be_named`; false for what an older version has left so.
    Column("to_be_named", Boolean, nullable=False, server_default=false()),
    _partial("ux_redemptions_open", "customer_id", "code_key", where=IS_OPEN, unique=True),
    Index("ix_redemptions_due_at", "due_at"),
    Index("ix_redemptions_attend_at", "attend_at"),
    Index("ix_redemptions_coupon", "customer_id", "code_key", "made_at"),
    Index("ix_redemptions_code", "code_key", "made_at"),
    Index("ix_redemptions_requester", "requester", "made_at"),
    _partial("ix_redemptions_waiting", "asked_at", where=WAITING),
    _partial("ix_redemptions_unknown", "unknown_at", where=UNKNOWN),
    _partial("ix_redemptions_to_settle", "unknown_at", where=TO_SETTLE),
    _partial("ix_redemptions_unblanked", "made_at", where=UNBLANKED),
)

#: Which request a redemption of the engine belongs to: to one at most, which its key holds.
claims = Table(
    "claims",
    metadata,
    Column("redemption_id", String(100), primary_key=True),
    Column("request_id", String(40), nullable=False),
    #: `bot.domain.claim.ClaimKind`.
    Column("kind", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_claims_request_id", "request_id"),
)

#: What a requester has used of a day's limits.
usage = Table(
    "usage",
    metadata,
    Column("requester", String(40), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("value_units", BigInteger, nullable=False),
)

#: SQLite generates numbers only for a column of type INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")

#: The audit log. Triggers refuse everything but inserts.
events = Table(
    "events",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("request_id", String(40)),
    Column("at", Moment, nullable=False),
    Column("by", String(40)),
    Column("what", String(40), nullable=False),
    Column("from_state", String(20)),
    Column("to_state", String(20)),
    Column("why", JSON, nullable=False),
    Column("case_id", String(40)),
    Index("ix_events_request_id", "request_id"),
    Index("ix_events_case_id", "case_id"),
    sqlite_autoincrement=True,
)

#: Names, last digits and free text of events, by the digest that stands in the event. Blanked, a row stays.
texts = Table(
    "texts",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("request_id", String(40)),
    Column("case_id", String(40)),
    #: The name of the fact.
    Column("name", String(20), nullable=False),
    Column("salt", String(32)),
    Column("text", Text),
    Column("at", Moment, nullable=False),
    Index("ix_texts_request_id", "request_id"),
    Index("ix_texts_case_id", "case_id"),
)

#: Random keys of digests, in hex; made by the migration.
digest_keys = Table(
    "digest_keys",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("key", String(64), nullable=False),
)

#: Seals of closed stretches of the audit log, from the first to the last. Rows are added, never changed.
seals = Table(
    "seals",
    metadata,
    Column("id", _Number, primary_key=True),
    #: The first and the last event of the stretch, and how many there are.
    Column("first_event", BigInteger, nullable=False, unique=True),
    Column("last_event", BigInteger, nullable=False),
    Column("events", Integer, nullable=False),
    #: SHA-256 of the chain before the stretch, and after it, in hex.
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    #: The public key and the signature, in base64; None without AUDIT_KEY.
    Column("signed_by", String(64)),
    Column("signature", String(120)),
    #: `id:digest` of each event, so that the one that differs can be named.
    Column("digests", Text, nullable=False),
    sqlite_autoincrement=True,
)

#: The last seal of each day, which is told in the approvals channel. Rows are added, never changed.
anchors = Table(
    "anchors",
    metadata,
    #: `seal-` and the seal's id: messages are about it by this.
    Column("id", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("day", Date, nullable=False, unique=True),
    Column("seal_id", BigInteger, nullable=False),
    Column("last_event", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("signed_by", String(64)),
)

#: Whether sending is paused; one row, made by the migration, which every approving or sending transaction locks.
pauses = Table(
    "pauses",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("by", String(40)),
    Column("at", Moment),
)

#: Questions to store ops of versions before 0007 (`kept.Before`).
questions = Table(
    "questions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("asker", String(40), nullable=False),
    Column("what", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_questions_expires_at", "expires_at"),
)

#: Conditions of partial indexes, which stay small because most cases are answered.
OPEN_CASE = text("state = 'open'")
UNANSWERED = text("state <> 'answered'")

#: Cases.
cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("asker", String(40), nullable=False),
    Column("owner", String(40)),
    Column("before", String(40)),
    Column("channel", String(40), nullable=False),
    Column("question", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("taken_at", Moment),
    Column("reopened", Integer, nullable=False),
    Column("unposted", Boolean, nullable=False, server_default=false()),
    #: Whether names, last digits, question and replies were removed since the last move.
    Column("blanked", Boolean, nullable=False, server_default=false()),
    Column("open_since", Moment),
    Column("reminded", Integer, nullable=False, server_default="0"),
    Column("attend_at", Moment),
    Column("reminds", JSON),
    _partial("ix_cases_attend_at", "attend_at", where=OPEN_CASE),
    _partial("ix_cases_unanswered", "asked_at", where=UNANSWERED),
    Index("ix_cases_asker", "asker", "asked_at"),
    Index("ix_cases_owner", "owner", "asked_at"),
    _partial("ix_cases_unblanked", "asked_at", where=UNBLANKED),
)

#: Condition of a partial index: messages that are due for an update. It stays small while the ledger grows.
UNDRAWN = text("drawn_version < wanted_version AND NOT gone")

#: Messages that were posted or are to be, with the version of the request that they show and the one they should show.
#: A message about a case has the case's id in the column for the request's id. A number is never reused.
messages = Table(
    "messages",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("request_id", String(40), nullable=False),
    Column("role", String(20), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("ts", String(40)),
    Column("drawn_version", Integer, nullable=False),
    Column("wanted_version", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("held_until", Moment),
    Column("gone", Boolean, nullable=False),
    Column("trouble", Text),
    Column("created", Moment, nullable=False),
    # In both databases NULLs are never equal, so any number of messages may wait to be posted.
    Index("ux_messages_posted", "channel", "ts", unique=True),
    _partial("ix_messages_undrawn", "channel", "id", where=UNDRAWN),
    Index("ix_messages_request_id", "request_id"),
    sqlite_autoincrement=True,
)

_UNDRAWN_HOME = text("drawn < wanted")

#: App Homes that were opened, the pages they show, and whether they are due for drawing.
homes = Table(
    "homes",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("opened_at", Moment, nullable=False),
    #: The page of each list that does not show its first page.
    Column("places", JSON, nullable=False),
    #: The user groups that the person was in when it was last drawn.
    Column("groups", JSON, nullable=False),
    Column("wanted", BigInteger, nullable=False),
    Column("drawn", BigInteger, nullable=False),
    Column("held_until", Moment),
    _partial("ix_homes_undrawn", "opened_at", where=_UNDRAWN_HOME),
)

#: Each revision from 0010 on, with the oldest one whose version may still serve with it.
revisions = Table(
    "revisions",
    metadata,
    Column("revision", String(32), primary_key=True),
    Column("oldest", String(32), nullable=False),
)

#: Who brings the tables up to date; one row.
migrating = Table(
    "migrating",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", String(40), nullable=False),
    Column("held_until", Moment, nullable=False),
)

#: Instances that run, and when each has written last, by the database's clock.
instances = Table(
    "instances",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("seen_at", Moment, nullable=False),
)
