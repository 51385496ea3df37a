"""A redemption whose answer left the id out, and which nothing but a person can tell from another use."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import WithoutId
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.redeeming import POLICY, SEVERAL_USES, audit, hears, redeems, sees_no_more

pytestmark = pytest.mark.parametrize("intake", ["http"])

#: Reads of the engine that come before its records show the redemption.
LAG = 50
#: By the database's clock, as SQLite keeps it.
NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
A_DAY_AGO = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 day')"


@pytest.fixture
def policy() -> str:
    return POLICY


@pytest.fixture
def overrides() -> dict[str, str]:
    """The first look comes when the test says so."""
    return {"RECONCILE_AFTER_SECONDS": "600"}


def records_catch_up(engine: SandboxEngine) -> None:
    for _ in range(LAG):
        with engine.customers.hidden.during_a_read():
            pass


def a_day_passes(folder: Path) -> None:
    """The last look for its id is due."""
    with closing(sqlite3.connect(folder / "coupon-desk.db")) as ledger, ledger:
        ledger.execute(f"UPDATE redemptions SET due_at = {NOW}, ended_at = {A_DAY_AGO}")  # noqa: S608


async def test_a_manager_names_the_use_of_a_redemption_without_an_id(
    slack: SandboxSlack, vikram: Person, engine: SandboxEngine, tmp_path: Path
) -> None:
    slack.change_channel("C0APPROVALS", members=tuple(slack.people))
    engine.faults.add(WithoutId(), path=capillary.REDEEM)
    engine.quirks.hide_new_uses = LAG
    await redeems(vikram, SEVERAL_USES, number="B-1")
    await vikram.sees("the loyalty engine gave no redemption number")
    engine.customers.redeem_at_till(SEVERAL_USES, "MG-77")
    records_catch_up(engine)
    arjun = slack.person("U0MANAGER2")
    await vikram.closes()
    # The desk may be writing: it goes on while this waits for its turn.
    await asyncio.to_thread(a_day_passes, tmp_path)

    await arjun.sees("Coupon Desk could not find out which redemption in the loyalty engine it is")
    await arjun.sees("Compare what was found with the bill, then press Settle to name the use.")
    await arjun.clicks("Settle")
    await arjun.sees("Looks at the loyalty engine")
    coupon = engine.customers.coupon(SEVERAL_USES)
    assert coupon is not None
    [ours] = [one for one in coupon.redemptions if one.bill == "B-1"]
    await arjun.chooses("bill B-1", from_="Which use")
    await arjun.types("Note", "Seen on the till roll")
    await arjun.submits()

    await arjun.sees(f"named redemption {ours.id} as this request's.")
    await hears(slack, vikram, "as this request's. The coupon is used for this bill.")
    await sees_no_more(slack, arjun, "[Settle]")
    claimed = [one.why for one in audit(tmp_path) if one.what == "claimed"]
    assert [(why["redemption_id"], why["kind"]) for why in claimed] == [(str(ours.id), "person")]
    with closing(sqlite3.connect(tmp_path / "coupon-desk.db")) as ledger:
        assert ledger.execute("SELECT state, due_at FROM redemptions").fetchall() == [("redeemed", None)]
    assert engine.count(capillary.REDEEM) == 1
