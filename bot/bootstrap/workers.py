"""The periodic workers of a desk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import structlog

from bot.aio.frozen import part
from bot.aio.tasks import Spawn
from bot.aio.worker import PeriodicWorker
from bot.bootstrap.use_cases import UseCases
from bot.domain.errors import DeskError
from bot.services.answers_owed import AnswersOwed

log = structlog.get_logger(__name__)

#: Seconds that the last run may take when the desk stops.
LAST_RUN_S = 10.0


@part
class Workers:
    """The sweeper, reminders, the outbox relay, the App Home publisher, and those that share, write, delete, seal and blank."""

    sweeper: PeriodicWorker
    case_reminders: PeriodicWorker
    outbox_relay: PeriodicWorker
    publisher: PeriodicWorker
    accounts: PeriodicWorker
    look_ups: PeriodicWorker
    expired: PeriodicWorker
    answers_owed: AnswersOwed
    stopping: asyncio.Event
    sealer: PeriodicWorker
    retention: PeriodicWorker

    @classmethod
    def of(cls, use_cases: UseCases) -> Workers:
        timing, events = use_cases.timing, use_cases.wake_events
        return cls(
            sweeper=PeriodicWorker("sweeper", use_cases.sweep, pause_s=timing.pause_s, expected=DeskError),
            outbox_relay=PeriodicWorker(
                "outbox_relay",
                use_cases.relay,
                pause_s=timing.pause_s,
                woken=events.outbox_relay,
                expected=DeskError,
            ),
            case_reminders=PeriodicWorker(
                "case_reminders",
                use_cases.remind_of_cases,
                pause_s=timing.case_reminders_pause_s,
                expected=DeskError,
            ),
            publisher=PeriodicWorker(
                "publisher",
                use_cases.publish,
                pause_s=timing.homes_pause_s,
                woken=events.publisher,
                expected=DeskError,
            ),
            accounts=PeriodicWorker(
                "accounts",
                use_cases.ports.exchange_accounts,
                pause_s=timing.accounts_pause_s,
                woken=use_cases.ports.account_news,
                expected=DeskError,
            ),
            look_ups=PeriodicWorker(
                "look_ups",
                use_cases.ports.write_look_ups,
                pause_s=timing.look_ups_pause_s,
                woken=use_cases.ports.look_ups_full,
                expected=DeskError,
            ),
            expired=PeriodicWorker(
                "expired",
                use_cases.ports.delete_expired,
                pause_s=timing.expired_pause_s,
                expected=DeskError,
            ),
            answers_owed=use_cases.answers_owed,
            stopping=use_cases.stopping,
            sealer=PeriodicWorker(
                "sealer", use_cases.ports.seal, pause_s=timing.seal_pause_s, expected=DeskError
            ),
            retention=PeriodicWorker(
                "retention",
                use_cases.ports.blank_ended,
                pause_s=timing.expired_pause_s,
                expected=DeskError,
            ),
        )

    @property
    def all(self) -> tuple[PeriodicWorker, ...]:
        return (
            self.sweeper,
            self.case_reminders,
            self.outbox_relay,
            self.publisher,
            self.accounts,
            self.look_ups,
            self.expired,
            self.sealer,
            self.retention,
        )

    def ages(self) -> Mapping[str, float | None]:
        """Seconds since each one's last success; None where it had none yet."""
        now = time.monotonic()
        return {one.name: None if one.worked_at is None else now - one.worked_at for one in self.all}

    def start(self, spawn: Spawn) -> None:
        for worker in self.all:
            spawn(worker.run())

    async def stop(self) -> None:
        """Stop the workers and deliver once more what waits; only look-ups of the last half second need it."""
        self.stopping.set()
        for worker in self.all:
            worker.stop()
        await self.answers_owed.close(LAST_RUN_S)
        try:
            async with asyncio.timeout(LAST_RUN_S):
                # What people were shown since the last run; nobody looks anybody up any more.
                await self.look_ups.ended.wait()
                await self.look_ups.once()
                await self.sweeper.ended.wait()
                await self.case_reminders.ended.wait()
                await self.outbox_relay.ended.wait()
                await self.outbox_relay.once()
                await self.publisher.ended.wait()
                await self.accounts.ended.wait()
                await self.expired.ended.wait()
                await self.sealer.ended.wait()
                await self.retention.ended.wait()
        except TimeoutError:
            log.warning("last_run_cut")
