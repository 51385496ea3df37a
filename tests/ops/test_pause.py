"""`coupon-desk pause` and `resume`, and what people's requests come to while it is paused."""

from __future__ import annotations

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.pauses import LedgerPauses
from bot.domain.person import PersonId
from bot.domain.redemption import State, Stop
from bot.domain.request_errors import Stopped
from bot.ops import pause
from bot.settings import Settings, load
from tests.ops.test_why import REQUIRED
from tests.services.stand_ins import LEELA, NISHA, OFTEN, ONCE, RAVI, Desk, Facts, actor, asked


@pytest.fixture
def settings(sqlite: str) -> Settings:
    return load(REQUIRED | {"DATABASE_URL": sqlite}, env_file=None)


async def test_the_commands(settings: Settings) -> None:
    said: list[str] = []

    assert await pause.pause(settings, "a wrong  price list, call 98450 12345", said.append) == 0
    assert await pause.pause(settings, "again", said.append) == 1
    assert "“a wrong price list, call …2345”" in said[-1]
    assert await pause.resume(settings, said.append) == 0
    assert await pause.resume(settings, said.append) == 1
    assert await pause.pause(settings, "  ", said.append) == 2
    assert await pause.pause(settings, "\u200b", said.append) == 2


async def test_what_is_asked_for_while_paused_ends_unsent_and_says_so(
    desk: Desk, facts: Facts, database: Database
) -> None:
    await LedgerPauses(database).pause("why", by=PersonId("console:x"))

    row = await asked(desk, NISHA, ONCE)

    assert (row.state, row.outcome.stop) == (State.REFUSED, Stop.PAUSED)
    assert facts.posts == []


async def test_what_waits_stays_and_may_be_approved_after_the_pause(
    desk: Desk, facts: Facts, database: Database
) -> None:
    row = await asked(desk, RAVI, OFTEN)
    pauses = LedgerPauses(database)
    await pauses.pause("why", by=PersonId("console:x"))

    with pytest.raises(Stopped):
        await desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None)
    assert facts.posts == []

    await pauses.resume(by=PersonId("console:x"))
    taken = await desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None)
    assert (await desk.decide.spend_approved(taken)).state is State.REDEEMED


async def test_what_was_approved_just_before_is_not_sent(
    desk: Desk, facts: Facts, database: Database
) -> None:
    row = await asked(desk, RAVI, OFTEN)
    taken = await desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None)
    await LedgerPauses(database).pause("why", by=PersonId("console:x"))

    ended = await desk.decide.spend_approved(taken)

    assert (ended.state, ended.outcome.stop) == (State.REFUSED, Stop.PAUSED)
    assert facts.posts == []
