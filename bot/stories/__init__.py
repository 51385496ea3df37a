"""What each story is made of: from open parts to listeners, and to the rounds that run beside them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.adapters.ledger.kept import DeleteExpired
from bot.aio.tasks import TaskSet
from bot.aio.worker import PeriodicWorker
from bot.domain.errors import DeskError
from bot.listeners.adopting import Adopting
from bot.listeners.boundary import Listener
from bot.listeners.home import HomeListeners
from bot.listeners.replies import Replies
from bot.listeners.routes import Listeners, Routes, routes
from bot.listeners.shortcut import ShortcutListeners
from bot.stories import asking, home, looking, redeeming
from bot.stories.parts import Parts, Shared, WakeEvents

log = structlog.get_logger(__name__)

#: Seconds between two rounds when nobody wakes them; another instance may have left something to do.
PAUSE_S = 1.0
#: The same for App Homes, which only wait for another instance when that has ended half-way.
HOMES_PAUSE_S = 10.0
#: The same for what is a day old, which nobody reads any more.
EXPIRED_PAUSE_S = 60.0
#: Seconds that the last round may take when the desk stops.
LAST_ROUND_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stories:
    """The surface, and the rounds: one keeps requests, one delivers messages, one draws App Homes, one tidies."""

    surface: Routes
    sweeper: PeriodicWorker
    outbox_relay: PeriodicWorker
    publisher: PeriodicWorker
    expired: PeriodicWorker
    tasks: TaskSet

    def start(self) -> None:
        for rounds in (self.sweeper, self.outbox_relay, self.publisher, self.expired):
            self.tasks.spawn(rounds.run())

    async def stop(self) -> None:
        """Nothing is lost without it; what is to be said is said sooner."""
        self.sweeper.stop()
        self.outbox_relay.stop()
        self.publisher.stop()
        self.expired.stop()
        try:
            async with asyncio.timeout(LAST_ROUND_S):
                await self.sweeper.ended.wait()
                await self.outbox_relay.ended.wait()
                await self.outbox_relay.once()
                await self.publisher.ended.wait()
                await self.expired.ended.wait()
        except TimeoutError:
            log.warning("last_run_cut")


def stories(parts: Parts, replies: Replies) -> Stories:
    to_deliver, to_draw = asyncio.Event(), asyncio.Event()
    of = Shared(parts, replies, WakeEvents(outbox_relay=to_deliver.set, publisher=to_draw.set))
    moves = redeeming.Moves.of(of)
    return Stories(
        surface=routes(_listeners(of, moves)),
        sweeper=PeriodicWorker("sweeper", redeeming.keep(of, moves), pause_s=PAUSE_S, expected=DeskError),
        outbox_relay=PeriodicWorker(
            "outbox_relay", redeeming.deliver(of), pause_s=PAUSE_S, woken=to_deliver, expected=DeskError
        ),
        publisher=PeriodicWorker(
            "publisher", home.publish(of), pause_s=HOMES_PAUSE_S, woken=to_draw, expected=DeskError
        ),
        expired=PeriodicWorker(
            "expired", DeleteExpired(parts.database, parts.now), pause_s=EXPIRED_PAUSE_S, expected=DeskError
        ),
        tasks=parts.tasks,
    )


def _listeners(of: Shared, moves: redeeming.Moves) -> Listeners:
    adopting = Adopting(of.repositories.outbox, of.repositories.home_subscribers)
    coupons = looking.coupons(of)
    return Listeners(
        coupons=coupons,
        redemptions=looking.history(of),
        promotion=looking.promotions(of),
        message=ShortcutListeners(coupons, of.authorize),
        redeeming=redeeming.confirming(of, moves, adopting),
        settle=redeeming.settling(of, adopting),
        deciding=redeeming.deciding(of, moves, adopting),
        cases=asking.cases(of, adopting),
        tab=HomeListeners(of.repositories.home_subscribers),
        groups_changed=_on_groups_changed(of),
    )


def _on_groups_changed(of: Shared) -> Listener:
    async def on_groups_changed(args: AsyncArgs) -> None:
        await args.ack()
        of.slack.groups.forget()

    return on_groups_changed
