"""A guard of the money path that is switched off is found by the schedules that need it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.ledger import postgresql
from bot.domain.answer import Answer, Unclear
from bot.services.preflight import Preflight
from bot.services.spend import Spend
from tests.long import long
from tests.simulation.desks import place
from tests.simulation.happenings import Blow, Phase, When
from tests.simulation.play import Failed
from tests.simulation.play_several import play_any
from tests.simulation.several import Bill, Lost, Several, plain_part
from tests.simulation.test_invariants import DIRECT

CRASHED = replace(
    DIRECT,
    base=replace(DIRECT.base, postgres=True),
    crash=Blow(Phase.CONFIRM, "requests.move", 3, When.AFTER),
)
FORGOTTEN = replace(DIRECT, asks=True, parts=(replace(plain_part(), lost=Lost.APPROVED),))
#: Between its review and its confirmation.
AT_THE_TILL = replace(
    DIRECT,
    parts=(
        replace(plain_part(), other=True),
        replace(plain_part(), typed=True, early=True, till=Bill.SAME),
    ),
)
DROPPED = replace(DIRECT, parts=(replace(plain_part(), post="drop before commit"),))


#: Seconds that a call may take: nothing here is decided by one that has no answer, however slow the machine is.
CALL_S = 3.0


async def faults(folder: Path, postgres: str, several: Several) -> str:
    """What did not hold; nothing where everything did."""
    async with place(folder, postgres, call_s=CALL_S) as here:
        try:
            await play_any(here, several)
        except Failed as err:
            return str(err)
    return ""


async def nothing(*_: Any) -> None: ...


@pytest.mark.parametrize("several", [pytest.param(CRASHED, marks=long), FORGOTTEN, AT_THE_TILL, DROPPED])
async def test_with_every_guard_nothing_is_found(
    tmp_path: Path, postgres_server: str, several: Several
) -> None:
    assert await faults(tmp_path, postgres_server, several) == ""


@long
async def test_commits_that_are_acknowledged_before_they_are_written_are_found(
    tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = postgresql._SETTINGS.replace("THEN 'on'", "THEN 'off'")
    monkeypatch.setattr(postgresql, "_SETTINGS", early)

    assert "was acknowledged" in await faults(tmp_path, postgres_server, CRASHED)


async def test_a_proof_that_does_not_look_for_its_own_number_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Preflight, "_not_sent_before", nothing)
    monkeypatch.setattr(Preflight, "_as_shown", lambda *_: None)

    assert "its own number is at the engine" in await faults(tmp_path, "", FORGOTTEN)


async def test_a_proof_that_does_not_look_for_the_bill_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Preflight, "_as_shown", lambda *_: None)

    assert "sent for a bill that was redeemed already" in await faults(tmp_path, "", AT_THE_TILL)


async def test_a_call_that_is_tried_again_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = Spend._answer

    async def twice(spend: Spend, *given: Any, **named: Any) -> Answer:
        answer = await once(spend, *given, **named)
        return await once(spend, *given, **named) if isinstance(answer, Unclear) else answer

    monkeypatch.setattr(Spend, "_answer", twice)

    assert "2 redeem calls" in await faults(tmp_path, "", DROPPED)
