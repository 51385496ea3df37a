"""While redeeming is paused, whoever looks up, opens Home or approves reads so; after it the same press approves."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.pauses import LedgerPauses
from bot.domain.person import PersonId
from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.person import Person
from bot.services.pause import KEPT_S
from tests.flows.conftest import Clock
from tests.flows.redeeming import ASHA, LARGE, POLICY, asks

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])
OPERATOR = PersonId("console:asha")
PAUSED = "“a wrong price list”. Nothing is sent or approved until it is resumed"


@pytest.fixture
def policy() -> str:
    return POLICY


async def test_it_is_shown_until_it_is_resumed(
    nisha: Person, arjun: Person, engine: SandboxEngine, clock: Clock, tmp_path: Path
) -> None:
    await asks(nisha)
    await nisha.closes()
    # As another process, which `coupon-desk pause` is.
    console = Database.open(f"sqlite:///{tmp_path / 'coupon-desk.db'}")
    pauses = LedgerPauses(console)
    await pauses.pause("a wrong price list", by=OPERATOR)
    clock.passed_s += KEPT_S

    await nisha.command("/coupons", f"{ASHA} code:{LARGE}")
    await nisha.sees(PAUSED)
    await arjun.opens_home()
    await arjun.sees(PAUSED)
    await arjun.clicks("Approve")
    await arjun.sees("It can be approved when redeeming is resumed; the request goes on waiting.")

    await pauses.resume(by=OPERATOR)
    clock.passed_s += KEPT_S
    await arjun.clicks("Try again")
    await arjun.sees("It cannot be undone from here")
    await arjun.submits()
    await nisha.sees("The loyalty engine confirmed it")
    assert engine.count(capillary.REDEEM) == 1
    await console.close()
