"""How long it takes to prove an audit log of so many events: half of them look-ups, half of requests that were redeemed."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.seals import LedgerSealer
from bot.adapters.ledger.signing import Signer
from bot.domain.claim import Claim, ClaimKind
from bot.domain.kept_text import salted
from bot.domain.redemption import Outcome, Settled, State
from bot.domain.transitions import Change
from bot.ops import audit
from bot.ops.audit import Wish
from bot.ops.audit_verify import Proof, verify_ledger
from bot.settings import Settings, load
from tests.adapters.ledger.facts import make, walk

EVENTS = 1_000_000
SIGNER = Signer.of(base64.b64encode(bytes(range(32))).decode())
LOOKED_UP = json.dumps(
    {
        "card": "coupons",
        "customer": "565039504",
        "coupons": 10,
        "groups": ["S0AGENTS", "S0SENIORS"],
        "groups_read_at": "2026-11-28T14:03:05+00:00",
    }
)
_AT = "2026-01-01 00:00:00.000000"
_EVENT = (
    "INSERT INTO events (request_id, at, by, what, from_state, to_state, why) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_TEXT = "INSERT INTO texts (digest, request_id, name, salt, text, at) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """Seconds of processor time."""

    events: int
    sealed_s: float
    ledger_s: float
    export_s: float
    code: int
    said: list[str] = field(default_factory=list)

    @property
    def report(self) -> str:
        rows = (
            ("seal", self.sealed_s),
            ("verify the ledger, records and texts too", self.ledger_s),
            ("verify an export", self.export_s),
        )
        told = "\n".join(f"{name:<45} {took:6.1f} s" for name, took in rows)
        return f"{self.events} events\n{told}\nexit code {self.code}\n" + "\n".join(self.said)


async def proved(events: int) -> Proved:
    """A ledger of so many events on SQLite, sealed with signatures, then proved, and so is its export."""
    with tempfile.TemporaryDirectory() as folder:
        url, export = f"sqlite:///{folder}/desk.db", Path(folder) / "log.jsonl"
        await migrate(url)
        database = Database.open(url, limit_s=600)
        await _fill(database, Path(folder) / "desk.db", events)
        sealed_s = await _sealed(database)
        said: list[str] = []
        began = time.process_time()
        code = await verify_ledger(database, Proof(say=said.append, keys=(SIGNER.public,)))
        ledger_s = time.process_time() - began
        with export.open("w", encoding="utf-8") as file:
            await audit.export(_settings(url), Wish(), partial(print, file=file))
        began = time.process_time()
        code = max(code, audit.verify_export(export, Wish(keys=(SIGNER.public,)), said.append))
        export_s = time.process_time() - began
        await database.close()
    return Proved(
        events=events, sealed_s=sealed_s, ledger_s=ledger_s, export_s=export_s, code=code, said=said
    )


def report(events: int) -> str:
    return asyncio.run(proved(events)).report


async def _sealed(database: Database) -> float:
    began = time.process_time()
    sealer = LedgerSealer(database, SIGNER)
    while await sealer():
        pass
    return time.process_time() - began


async def _fill(database: Database, file: Path, events: int) -> None:
    """Copies of one request that a desk has really made, and look-ups."""
    requests = LedgerRequests(database)
    row = await walk(requests, await make(requests), State.APPROVED, State.SENDING)
    change = Change(
        outcome=Outcome(settled=Settled.ANSWER, redemption_id="R-1"),
        claim=Claim(redemption_id="R-1", kind=ClaimKind.ANSWER),
    )
    await requests.move(row, State.REDEEMED, change, why={"redemption_id": "R-1"})
    with closing(sqlite3.connect(file)) as ledger:
        ledger.execute("DROP TRIGGER events_no_update")
        ledger.execute("UPDATE events SET at = ?", (_AT,))
        story = ledger.execute(
            "SELECT request_id, at, by, what, from_state, to_state, why FROM events ORDER BY id"
        ).fetchall()
        copies = events // 2 // len(story)
        looks = events - len(story) * (copies + 1)
        _copy_requests(ledger, copies)
        ledger.executemany(_EVENT, _stories(ledger, story, copies))
        ledger.executemany(
            _EVENT, ((None, _AT, "U0AGENT", "looked_up", None, None, LOOKED_UP) for _ in range(looks))
        )
        ledger.commit()


def _stories(
    ledger: sqlite3.Connection, story: Sequence[tuple[Any, ...]], copies: int
) -> Iterator[tuple[Any, ...]]:
    """Each with texts and a redemption of its own."""
    for number in range(copies):
        request = f"copy-{number}"
        for _, at, by, what, from_, to, why in story:
            facts = json.loads(why.replace('"R-1"', f'"R-copy-{number}"'))
            for name, words in (("customer_name", "Asha Menon"), ("customer_tail", "2345")):
                if name in facts:
                    salt = secrets.token_hex(16)
                    facts[name] = {"digest": salted(salt, words)}
                    ledger.execute(_TEXT, (facts[name]["digest"], request, name, salt, words, at))
            yield request, at, by, what, from_, to, json.dumps(facts)


def _copy_requests(ledger: sqlite3.Connection, copies: int) -> None:
    columns = [name for _, name, *_ in ledger.execute("PRAGMA table_info(redemptions)")]
    others = ", ".join(f'"{name}"' for name in columns if name not in {"id", "outcome"})
    numbers = "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) "
    ledger.execute(
        f"{numbers} INSERT INTO redemptions (id, outcome, {others}) "  # noqa: S608 - our own columns
        "SELECT 'copy-' || n, replace(outcome, '\"R-1\"', '\"R-copy-' || n || '\"'), "
        f"{others} FROM redemptions, numbers",
        (copies - 1,),
    )
    ledger.execute(
        f"{numbers} INSERT INTO claims (redemption_id, request_id, kind, at) "  # noqa: S608
        "SELECT 'R-copy-' || n, 'copy-' || n, kind, at FROM claims, numbers",
        (copies - 1,),
    )


def _settings(url: str) -> Settings:
    given = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "secret",
        "CAPILLARY_URL": "http://127.0.0.1:1",
        "CAPILLARY_CLIENT_KEY": "key",
        "CAPILLARY_CLIENT_SECRET": "secret",
        "CAPILLARY_TIMEZONE": "Asia/Kolkata",
    }
    return load(given | {"DATABASE_URL": url}, env_file=None)
