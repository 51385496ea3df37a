"""A whole desk on a PostgreSQL that something happens to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.adapters.ledger.database import migrate
from bot.app import Tuning
from bot.listeners import boundary
from bot.sandbox.demo import Sandbox, sandbox
from bot.sandbox.engine.capillary import REDEEM
from bot.sandbox.slack.person import Person
from tests.databases import new_postgres
from tests.faults.server import Server, own_server
from tests.flows.redeeming import POLICY, SMALL, direct, reviews, shown, submits_again

#: Seconds after the end of a fault in which presses are answered again, on a machine that does other work as well. A
#: connection that nobody gives up stays silent for a quarter of an hour.
AGAIN_S = 30.0
PATIENCE_S = 60.0
CONFIRMED = "The loyalty engine confirmed it"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with own_server() as own:
        yield own


@pytest.fixture(scope="session")
def ledger(server: Server) -> Iterator[str]:
    """The name of a database of that server, up to date and empty, to be copied."""
    with new_postgres(server.url) as url:
        asyncio.run(migrate(url))
        yield urlsplit(url).path[1:]


@pytest.fixture
def url(server: Server, ledger: str) -> Iterator[str]:
    """The URL of a database of that server, up to date and empty."""
    with new_postgres(server.url, template=ledger) as url:
        yield url


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Before an acknowledgement the database gets as long as after it: a busy machine may need the two seconds for itself.

    `test_boundary` and `test_session` hold that limit, and what fits into it.
    """
    monkeypatch.setattr(boundary, "LEDGER_S", PATIENCE_S)


@dataclass(frozen=True, slots=True)
class Stage:
    """A desk whose senior agent has a confirmation before them."""

    parts: Sandbox
    vikram: Person
    confirmation: Mapping[str, Any]

    async def press(self) -> str:
        """Submit the confirmation, as it was shown; all that the answer says."""
        return shown(await submits_again(self.parts.slack, self.vikram, self.confirmation))

    async def ready(self) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.parts.desk.server.port)
        writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
        status = (await reader.readline()).split()[1]
        writer.close()
        return int(status)

    async def answers_again(self) -> float:
        """Press until it is redeemed; the seconds that took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(PATIENCE_S):
            while not self.confirmed():
                await self.press()
                await asyncio.sleep(0.2)
        return loop.time() - began

    def confirmed(self, times: int = 1) -> bool:
        """Whether so many direct messages say so."""
        told = direct(self.parts.slack, self.vikram)
        return sum(CONFIRMED in text for text in told) >= times

    def redeemed(self, code: str = SMALL) -> tuple[int, int]:
        """How often the engine was asked to, whatever the coupon, and how often it did."""
        coupon = self.parts.engine.customers.coupon(code)
        assert coupon is not None
        return self.parts.engine.count(REDEEM), len(coupon.redemptions)


@asynccontextmanager
async def staged(folder: Path, database_url: str, code: str = SMALL, **bill: str) -> AsyncIterator[Stage]:
    """`bill`: how the form is filled, by default with a number that somebody types."""
    policy = folder / "stories.toml"
    policy.write_text(POLICY, encoding="utf-8")
    environ = {"POLICY_FILE": str(policy), "DATABASE_URL": database_url}
    async with sandbox(folder, Tuning(engine_per_minute=3000), environ) as parts:
        parts.slack.waits(30.0)
        vikram = parts.slack.person("U0SENIOR")
        await reviews(vikram, code, **(bill or {"bill": "1200", "number": "B-1"}))
        assert vikram.modal is not None
        yield Stage(parts, vikram, vikram.modal.payload())
    assert parts.slack.faults == []


async def pressed(stage: Stage) -> str:
    """`test_boundary` and `test_session` hold that the database gets two seconds of it, on a machine of any speed."""
    async with asyncio.timeout(AGAIN_S):
        return await stage.press()


async def until_unready(stage: Stage) -> None:
    async with asyncio.timeout(PATIENCE_S):
        # Only a probe tells.
        while await stage.ready() != 503:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def came_through(stage: Stage) -> None:
    assert await stage.answers_again() < AGAIN_S
    assert stage.redeemed() == (1, 1)
    async with asyncio.timeout(AGAIN_S):
        # Only a probe tells.
        while await stage.ready() != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
