"""`coupon-desk audit`: the audit log as a file, and the proof that it is what was written."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.adapters.ledger.seals import LedgerSeals
from bot.adapters.ledger.signing import Signer
from bot.ops.audit_engine import against_engine
from bot.ops.audit_export import Span, csv_lines, json_lines
from bot.ops.audit_verify import Proof, verify_file, verify_ledger
from bot.ops.ledger import open_ledger
from bot.settings import Settings

#: Exit codes.
FINE, USAGE = 0, 2

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    What the command line asks for.

    Attributes:
        since, until: days or moments, as typed.
        keys: public keys of the seals, in base64; the settings' own where there is none.

    """

    csv: bool = False
    since: str | None = None
    until: str | None = None
    anchor: str | None = None
    keys: tuple[str, ...] = ()


async def export(settings: Settings, wish: Wish, say: Say) -> int:
    """Every event, one a line. Returns the exit code. Raises LedgerUnavailable."""
    span = _span(settings, wish, say)
    if span is None:
        return USAGE
    async with open_ledger(settings) as database:
        seals = LedgerSeals(database)
        async for line in csv_lines(seals, span) if wish.csv else json_lines(seals, span):
            say(line)
    return FINE


async def verify(settings: Settings, wish: Wish, say: Say) -> int:
    """Of the ledger. Returns the exit code: 1 where anything was changed. Raises LedgerUnavailable."""
    keys = wish.keys or _own_key(settings)
    async with open_ledger(settings) as database:
        return await verify_ledger(database, Proof(say=say, keys=keys, anchor=wish.anchor))


async def compare(settings: Settings, wish: Wish, say: Say) -> int:
    """With the engine's records. Returns the exit code: 1 where anything differs. Raises LedgerUnavailable."""
    span = _span(settings, wish, say)
    if span is None:
        return USAGE
    async with open_ledger(settings) as database:
        return await against_engine(settings, database, say, since=span.since, until=span.until)


def verify_export(file: Path, wish: Wish, say: Say) -> int:
    """Of an exported file; it needs neither settings nor the ledger. Returns the exit code."""
    if not file.is_file():
        missing = f"{file} is no file" if file.exists() else f"{file} does not exist"
        say(f"{missing}. Export with: coupon-desk audit --jsonl > log.jsonl")
        return USAGE
    try:
        return verify_file(file, Proof(say=say, keys=wish.keys, anchor=wish.anchor))
    except OSError as err:
        say(f"{file} cannot be read ({os.strerror(err.errno or 0)}).")
        return USAGE


def _own_key(settings: Settings) -> tuple[str, ...]:
    return (Signer.of(settings.audit_key.get_secret_value()).public,) if settings.audit_key else ()


def _span(settings: Settings, wish: Wish, say: Say) -> Span | None:
    zone = settings.capillary_timezone
    try:
        span = Span(_moment(wish.since, zone), _moment(wish.until, zone))
    except ValueError:
        say("--since and --until take a day or a moment; examples: 2026-11-28, 2026-11-28T14:00")
        return None
    if span.since is not None and span.until is not None and span.since >= span.until:
        say("--since is not before --until, so that nothing lies between; --until itself is left out.")
        return None
    return span


def _moment(typed: str | None, zone: ZoneInfo) -> datetime | None:
    """A day begins at midnight there. Raises ValueError."""
    if typed is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(typed), time(), zone)
    except ValueError:
        moment = datetime.fromisoformat(typed)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
