"""Moves the texts of old events to where they can be blanked, in batches (migration 0056)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger.tables import Moment
from bot.domain.kept_text import PERSONAL, SALT_BYTES, set_apart

#: Events that are read at once, and moved in one transaction.
BATCH = 500
#: Kinds of events that held a text.
_KINDS = ("moved", "case_asked", "case_answered")
_EVENTS = sa.table(
    "events",
    sa.column("id", sa.BigInteger),
    sa.column("request_id", sa.String),
    sa.column("case_id", sa.String),
    sa.column("at", Moment),
    sa.column("what", sa.String),
    sa.column("why", sa.JSON),
)
_TEXTS = sa.table(
    "texts",
    *(sa.column(name, sa.String) for name in ("digest", "request_id", "case_id", "name", "salt", "text")),
    sa.column("at", Moment),
)


def move_texts() -> None:
    """Of the events that no seal covers; what was moved before a cut stays moved."""
    if op.get_bind().dialect.name == "sqlite":
        if _next(_last_sealed()):
            with _without_triggers():
                _move(_last_sealed())
        return
    with op.get_context().autocommit_block(), _owner_may():
        _move(_last_sealed())


def _last_sealed() -> int:
    return int(op.get_bind().execute(sa.text("SELECT COALESCE(MAX(last_event), 0) FROM seals")).scalar_one())


def _move(after: int) -> None:
    while batch := _next(after):
        with _transaction():
            for row in batch:
                _moved(row)
        after = batch[-1].id


def _next(after: int) -> Sequence[Any]:
    """The next events that hold a text."""
    holds = sa.or_(*(sa.cast(_EVENTS.c.why, sa.Text).like(f'%"{name}": "_%') for name in sorted(PERSONAL)))
    wanted = (
        sa.select(_EVENTS)
        .where(_EVENTS.c.id > after, _EVENTS.c.what.in_(_KINDS), holds)
        .order_by(_EVENTS.c.id)
        .limit(BATCH)
    )
    return op.get_bind().execute(wanted).all()


def _moved(row: Any) -> None:
    facts, texts = set_apart(row.why, lambda: secrets.token_hex(SALT_BYTES))
    if not texts:
        return
    place = {"request_id": row.request_id, "case_id": row.case_id, "at": row.at}
    op.get_bind().execute(
        sa.insert(_TEXTS),
        [
            {"digest": one.digest, "name": one.name, "salt": one.salt, "text": one.text, **place}
            for one in texts
        ],
    )
    op.get_bind().execute(sa.update(_EVENTS).where(_EVENTS.c.id == row.id).values(why=facts))


@contextmanager
def _transaction() -> Iterator[None]:
    """On PostgreSQL each batch is committed; SQLite migrates in one transaction."""
    if op.get_bind().dialect.name == "sqlite":
        yield
        return
    op.execute("BEGIN")
    try:
        op.execute("SET LOCAL coupon_desk.moving = 'on'")
        yield
    except BaseException:
        op.execute("ROLLBACK")
        raise
    op.execute("COMMIT")


@contextmanager
def _without_triggers() -> Iterator[None]:
    """Within this transaction."""
    wanted = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'")
    triggers = op.get_bind().execute(wanted).all()
    for name, _ in triggers:
        op.execute(f"DROP TRIGGER {name}")
    yield
    for _, statement in triggers:
        op.execute(statement)


@contextmanager
def _owner_may() -> Iterator[None]:
    """Let the owner change events, in a transaction that says so; nobody waits for a lock meanwhile."""
    op.execute(
        "CREATE OR REPLACE FUNCTION events_only_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' AND current_setting('coupon_desk.moving', true) = 'on' AND pg_has_role("
        "current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN RETURN NULL; END IF; "
        "RAISE EXCEPTION 'events are only added'; END $$"
    )
    try:
        yield
    finally:
        op.execute(
            "CREATE OR REPLACE FUNCTION events_only_added() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'events are only added'; END $$"
        )
