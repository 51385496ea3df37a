from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.drafts import LedgerDrafts
from bot.adapters.ledger.tables import drafts
from bot.domain.draft import Draft, Typed
from bot.domain.redemption import RequestId
from tests.adapters.ledger.facts import AGENT, TERMS, Clock

OPENED = Draft(
    id=RequestId("form-1"),
    requester=AGENT,
    customer=TERMS.customer,
    code=TERMS.code,
    generated_number="CD-1",
)
REVIEWED = replace(OPENED, typed=Typed(bill="₹ 250.50", note="the till\nfroze"), review=2, terms=TERMS)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(database: Database, clock: Clock) -> LedgerDrafts:
    return LedgerDrafts(database, clock)


async def test_a_form_is_recalled_as_it_was_last_kept(kept: LedgerDrafts) -> None:
    await kept.keep(OPENED)
    assert await kept.recall(OPENED.id) == OPENED

    await kept.keep(REVIEWED)
    assert await kept.recall(OPENED.id) == REVIEWED


async def test_a_form_that_was_never_opened_is_unknown(kept: LedgerDrafts) -> None:
    assert await kept.recall(RequestId("never-opened")) is None


async def test_a_form_is_kept_for_a_day_after_it_was_last_written(kept: LedgerDrafts, clock: Clock) -> None:
    await kept.keep(OPENED)
    clock.at += timedelta(hours=1)
    await kept.keep(REVIEWED)

    clock.at += timedelta(hours=24) - timedelta(seconds=1)
    assert await kept.recall(OPENED.id) == REVIEWED

    clock.at += timedelta(seconds=1)
    assert await kept.recall(OPENED.id) is None


async def test_a_form_that_is_a_day_old_leaves_the_database(
    database: Database, kept: LedgerDrafts, clock: Clock
) -> None:
    await kept.keep(OPENED)
    clock.at += timedelta(hours=24)

    await kept.keep(replace(OPENED, id=RequestId("form-2")))

    async with database.transaction() as connection:
        assert (await connection.execute(select(func.count()).select_from(drafts))).scalar_one() == 1
