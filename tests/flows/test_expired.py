"""A running desk deletes what is a day old, without any press."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.app import Tuning
from bot.sandbox.demo import sandbox

EXPIRED = "INSERT INTO kept VALUES ('a-card', 'look_up', 'U0AGENT', '{}', '2020-01-01 00:00:00.000000')"


async def test_expired_things_are_deleted_without_any_press(
    ledger_file: Path, tmp_path: Path, tuning: Tuning
) -> None:
    file = Path(shutil.copy(ledger_file, tmp_path / "coupon-desk.db"))
    with closing(sqlite3.connect(file)) as ledger, ledger:
        ledger.execute(EXPIRED)

    async with sandbox(tmp_path, tuning):
        pass

    with closing(sqlite3.connect(file)) as ledger:
        assert ledger.execute("SELECT count(*) FROM kept").fetchone() == (0,)
