"""Requests, claims and texts are proved by the events: what was changed beside them is found and named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, insert, select

from bot.adapters.ledger.blanking import LedgerBlanking
from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import claims, redemptions, texts
from bot.domain.claim import Claim, ClaimKind
from bot.domain.person import PersonId
from bot.domain.redemption import Outcome, Redemption, Settled, State
from bot.domain.transitions import Change
from bot.ops import audit
from bot.ops.audit import Wish
from bot.settings import Settings, load
from tests.adapters.ledger.facts import TERMS, make, walk
from tests.ops.lines import Lines
from tests.ops.test_audit import KEY
from tests.ops.test_audit import database as database
from tests.ops.test_audit import requests as requests
from tests.ops.test_audit import settings as settings
from tests.ops.test_why import REQUIRED
from tests.stored.old import EVERY_OLD, Old


@pytest.fixture
def database_url(sqlite: str) -> str:
    """On one database: what is compared is read the same way on both."""
    return sqlite


@pytest.fixture
async def row(requests: LedgerRequests) -> Redemption:
    """Redeemed and claimed, with a note."""
    row = await make(requests, replace(TERMS, note="The till was down"))
    row = await walk(requests, row, State.APPROVED, State.SENDING)
    outcome = Outcome(settled=Settled.ANSWER, redemption_id="R-1")
    claim = Claim(redemption_id="R-1", kind=ClaimKind.ANSWER)
    change = Change(outcome=outcome, claim=claim)
    return await requests.move(row, State.REDEEMED, change, why={"redemption_id": "R-1"})


async def verified(settings: Settings) -> tuple[int, str]:
    say = Lines()
    return await audit.verify(settings, Wish(), say), say.text


def _terms(**changed: Any) -> Executable:
    from bot.adapters.ledger.rows import _TERMS  # noqa: PLC0415

    terms = _TERMS.dump(replace(TERMS, note="The till was down")) | changed
    return redemptions.update().values(terms=terms)


CHANGES: dict[str, tuple[Executable, str]] = {
    "another name": (_terms(customer_name="Ravi"), "its customer_name is Ravi, by its events Asha Menon"),
    "another note": (_terms(note="Never mind"), "its note is Never mind, by its events The till was down"),
    "another code": (_terms(code="ZZ99"), "its code is "),
    "another worth": (_terms(worth={"amount": "9.00"}), "its worth is 9.00, by its events 100.00"),
    "another rule": (_terms(rule="none"), "its rule is none, by its events small, by a senior"),
    "record removed": (redemptions.delete(), "its record was removed"),
    "text changed": (
        texts.update().where(texts.c.name == "note").values(text="All is well"),
        "BROKEN text “note” of event 1: it was changed",
    ),
    "text blanked by hand": (
        texts.update().where(texts.c.name == "note").values(text=None, salt=None),
        "BROKEN text “note” of event 1: it was blanked, and no event says so",
    ),
    "text without its salt": (
        texts.update().where(texts.c.name == "note").values(salt=None),
        "BROKEN text “note” of event 1: it was changed",
    ),
    "text removed": (
        texts.delete().where(texts.c.name == "note"),
        "BROKEN text of event 1: it was removed",
    ),
    "claim removed": (claims.delete(), "claim on redemption R-1 is nobody's, by its events request"),
    "claim of another": (
        claims.update().values(request_id="somebody"),
        "claim on redemption R-1 is request somebody's by answer, by its events",
    ),
    "claim of another kind": (claims.update().values(kind="person"), "claim on redemption R-1 is request"),
}


@pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES)
async def test_what_was_changed_beside_the_events_is_found(
    row: Redemption, database: Database, settings: Settings, change: Executable, told: str
) -> None:
    del row
    assert (await verified(settings))[0] == 0
    async with database.transaction() as connection:
        await connection.execute(change)

    code, said = await verified(settings)

    assert told in said
    assert code == 1


async def test_what_was_forgotten_still_verifies(
    row: Redemption, requests: LedgerRequests, database: Database, settings: Settings
) -> None:
    await LedgerBlanking(database).forget(row.terms.customer, by=PersonId("console:ops"))

    code, said = await verified(settings)

    assert (code, "3 of 3 texts are what their events say, or blanked (3)." in said) == (0, True)
    found = await requests.get(row.id)
    assert found is not None
    assert found.terms.note == ""


async def test_a_request_that_no_event_knows_is_found(
    row: Redemption, database: Database, settings: Settings
) -> None:
    async with database.transaction() as connection:
        stored = (await connection.execute(select(redemptions).where(redemptions.c.id == row.id))).one()
        copy = {**stored._mapping, "id": "INSERTED", "code_key": "other"}
        await connection.execute(insert(redemptions).values(**copy))

    code, said = await verified(settings)
    assert (code, "BROKEN request INSERTED: no event says that it was made" in said) == (1, True)


@pytest.mark.parametrize("old", EVERY_OLD, ids=[old.folder.name for old in EVERY_OLD])
async def test_a_ledger_of_an_older_version_is_proved_after_its_texts_were_moved(
    old: Old, tmp_path: Path
) -> None:
    url = old.restore("ledger.sql", tmp_path / "old.db")
    await migrate(url)

    code, said = await verified(load(REQUIRED | {"DATABASE_URL": url, "AUDIT_KEY": KEY}, env_file=None))

    assert code == 0, said
