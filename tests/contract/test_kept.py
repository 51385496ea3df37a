"""What `services.ports.Kept` and `services.ports.LookUps` promise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.ledger import look_ups as module
from bot.domain.errors import LedgerUnavailable
from bot.domain.lookup import LookUpId
from bot.services.ports import Kept
from tests.adapters.ledger.facts import Clock
from tests.adapters.ledger.kept_facts import OPENED, PAGE, QUESTION, REVIEWED
from tests.contract.conftest import Ledger

DAY, SECOND = timedelta(hours=24), timedelta(seconds=1)
WHY = {"card": "coupons"}


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other instance may have something to write."""
    monkeypatch.setattr(module, "BEHIND_S", 0.0)


@pytest.mark.parametrize(("name", "thing"), [("drafts", REVIEWED), ("questions", QUESTION)])
async def test_it_is_kept_under_its_own_id_for_a_day(
    ledger: Ledger, clock: Clock, name: str, thing: Any
) -> None:
    kept: Kept[Any, Any] = getattr(ledger, name)(clock)

    assert await kept.recall(thing.id) is None
    assert await kept.keep(thing) == thing.id
    clock.at += DAY - SECOND
    assert await kept.recall(thing.id) == thing
    clock.at += SECOND
    assert await kept.recall(thing.id) is None


async def test_a_form_is_recalled_as_it_was_last_kept_and_for_a_day_from_then(
    ledger: Ledger, clock: Clock
) -> None:
    forms = ledger.drafts(clock)
    await forms.keep(OPENED)
    clock.at += timedelta(hours=1)
    await forms.keep(REVIEWED)

    clock.at += DAY - SECOND
    assert await forms.recall(OPENED.id) == REVIEWED
    clock.at += SECOND
    assert await forms.recall(OPENED.id) is None


async def test_a_look_up_is_kept_under_a_new_id_for_a_day(ledger: Ledger, clock: Clock) -> None:
    look_ups = ledger.look_ups(clock)
    look_ups.ready()

    first, second = await look_ups.keep(PAGE, why=WHY), await look_ups.keep(PAGE, why=WHY)

    assert first != second
    clock.at += DAY - SECOND
    assert [await look_ups.recall(one) for one in (first, second)] == [PAGE, PAGE]
    clock.at += SECOND
    assert await look_ups.recall(first) is None
    assert await look_ups.recall(LookUpId("never-given")) is None


async def test_nothing_is_looked_up_while_it_cannot_be_written_down(ledger: Ledger, clock: Clock) -> None:
    look_ups = ledger.look_ups(clock)
    key = await look_ups.keep(PAGE, why=WHY)
    await ledger.look_ups_fail(look_ups)

    with pytest.raises(LedgerUnavailable):
        look_ups.ready()
    with pytest.raises(LedgerUnavailable):
        await look_ups.keep(PAGE, why=WHY)
    assert await look_ups.recall(key) == PAGE
