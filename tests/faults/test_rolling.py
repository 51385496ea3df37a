"""The version before serves while the next one migrates, and again if that one is rolled back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest

from bot.adapters.ledger import upgrade
from bot.adapters.ledger.database import migrate
from bot.aio.tasks import TaskSet
from tests.faults.conftest import AGAIN_S, PATIENCE_S, Stage, staged
from tests.flows.redeeming import SEVERAL_USES
from tests.newer import newer_migrations

AWAY = "records cannot be reached"


def stands(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


async def presses_until(stage: Stage, done: asyncio.Event) -> None:
    """Press all the time. An answer that the database gave no time for would say so."""
    while not done.is_set():
        assert AWAY not in await stage.press()


@pytest.mark.usefixtures("unhurried")
async def test_presses_go_on_while_the_next_version_migrates_and_after_it_is_rolled_back(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks, done = TaskSet(), asyncio.Event()
    newer = newer_migrations(tmp_path)
    async with staged(tmp_path, url) as stage, asyncio.timeout(PATIENCE_S):
        pressing = tasks.spawn(presses_until(stage, done))
        with monkeypatch.context() as next_version:
            next_version.setattr(upgrade, "MIGRATIONS", newer)
            await migrate(url)
        done.set()
        await pressing
        assert stands(url) == "9000"
        assert await stage.answers_again() < AGAIN_S
        assert stage.redeemed() == (1, 1)

    (tmp_path / "back").mkdir()
    async with staged(tmp_path / "back", url, SEVERAL_USES) as stage:
        # Its engine is a new one, whose redemptions have the ids of those before: it is not looked at here.
        assert AWAY not in await stage.press()
    assert stands(url) == "9000"
    await tasks.close()
