"""An engine, a Slack and a desk, set up the same way for capturing old versions and for pressing their buttons."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bot import app, settings
from bot.app import Tuning
from bot.sandbox.demo import environment
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import REAL_TIME, SandboxSlack
from bot.settings import Settings
from tests.flows.asking import ESCALATIONS
from tests.flows.conftest import Clock
from tests.flows.redeeming import POLICY

LEDGER = "coupon-desk.db"
#: Whose coupons the requests are about, and how many there are: NEW-1 and so on, newest first.
MOBILE, COUPONS = "919822222222", 48
CUSTOMER = "98222 22222"
#: Nobody comes near a limit of the day.
UNLIMITED = POLICY.replace("count = 20", "count = 500").replace("value = 10000", "value = 1000000")
#: Seconds by which Slack's own clock goes on before each press, so that its limits are never met.
A_MINUTE_S = 61.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one desk, or one after another, runs."""

    folder: Path
    clock: Clock
    engine: SandboxEngine
    slack: SandboxSlack
    settings: Settings
    tuning: Tuning
    minute_passes: Callable[[], None]

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[None]:
        async with app.desk(self.settings, self.tuning) as desk:
            self.slack.connect(desk.url + "/slack/events")
            yield

    def person(self, user: str) -> Person:
        return self.slack.person(user)


@asynccontextmanager
async def place(folder: Path, clock: Clock, tuning: Tuning) -> AsyncIterator[Place]:
    """The ledger is whatever stands in the folder when a desk starts."""
    ahead = [0.0]

    def minute_passes() -> None:
        ahead[0] += A_MINUTE_S

    engine = SandboxEngine(now=clock.now)
    slack = SandboxSlack(now=lambda: REAL_TIME() + ahead[0], limit_s=600.0)
    # Signatures are checked against real time.
    slack.delivery.now = REAL_TIME
    _furnish(engine, slack)
    async with AsyncExitStack() as stack:
        for part in (engine, slack):
            await part.start()
            stack.push_async_callback(part.close)
        file = folder / "stories.toml"
        file.write_text(UNLIMITED + ESCALATIONS, encoding="utf-8")
        environ = environment(engine, slack, folder) | {
            "POLICY_FILE": str(file),
            "RECONCILE_AFTER_SECONDS": "0.1",
            "CAPILLARY_TIMEOUT_SECONDS": "60",
        }
        yield Place(
            folder=folder,
            clock=clock,
            engine=engine,
            slack=slack,
            settings=settings.load(environ, env_file=None),
            tuning=replace(tuning, groups_burst=1000, engine_per_minute=30_000, slack_times=50),
            minute_passes=minute_passes,
        )


def _furnish(engine: SandboxEngine, slack: SandboxSlack) -> None:
    customer = engine.customers.add_customer(MOBILE, firstname="Bina", lastname="Shah")
    for number in range(1, COUPONS + 1):
        created = engine.customers.now() - timedelta(hours=number)
        engine.customers.add_coupon(customer, f"NEW-{number}", created=created)
    slack.change_group("S0STOREOPS", users=("U0STOREOPS", "U0MANAGER1"))
