"""Settings in, a running desk out; everything is opened in order and closed in the opposite one."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import meters
from bot.adapters.ledger.audit import tell_policy
from bot.adapters.ledger.budgets import ENGINE_BUDGET, supply
from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.heartbeat import EVERY_S, Heartbeat
from bot.adapters.ledger.leases import BURST
from bot.adapters.slack.budgets import SlackBudgets
from bot.adapters.slack.installation import Installation, sign_in
from bot.adapters.slack.web import ResponseUrls, shared_session, watched, working_client
from bot.aio.budget import Budget, Rate, per_minute
from bot.aio.clock import Clock
from bot.aio.tasks import TaskSet
from bot.aio.worker import PeriodicWorker
from bot.bootstrap import OpenParts, Workers, bootstrap, configuration_of, listeners, real_ports, timing_of
from bot.bootstrap.late_engine import warm_up
from bot.bootstrap.ports import secret
from bot.domain.errors import DeskError
from bot.listeners.boundary import Boundary
from bot.listeners.replies import Replies
from bot.listeners.routes import register, routes
from bot.listeners.try_again import TryAgain
from bot.server import HttpServer
from bot.services.health import Pulse, Pulses
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.adapters.capillary.transport import Transport
    from bot.monitor import Monitor, Watched
    from bot.sockets import SocketIntake

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The clock for times that people see; durations are measured with the monotonic clock."""
    return datetime.now(UTC)  # noqa: TID251 - the composition root


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """
    What only tests and benchmarks set; `serve` uses the defaults.

    Attributes:
        now: the clock that moves what people see: expiry, "as of", how long a card lives.
        engine_per_minute: calls to the engine; None as the settings say.
        slack_times: how many times what Slack takes: a stand-in whose clock goes on in leaps takes more.
        groups_burst: how many times the user groups may be read at once after a pause.
        socket_stagger_s: seconds between opening two Socket Mode connections; None as usual.

    """

    now: Clock = utc_now
    monotonic: Callable[[], float] = time.monotonic
    engine_per_minute: int | None = None
    slack_times: int = 1
    groups_burst: int = BURST
    socket_stagger_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A running desk; `url` is its address on this machine, `monitor` there where METRICS_PORT is set."""

    server: HttpServer
    home: Installation
    monitor: Monitor | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@asynccontextmanager
async def desk(settings: Settings, tuning: Tuning | None = None) -> AsyncIterator[Desk]:
    """
    Run a desk while the context lasts; leaving it drains first.

    Raises LedgerUnavailable, SlackRefusesToken, SlackUnreachable or CannotListen when it cannot start.
    """
    tuning = tuning or Tuning()
    warn_without_policy(settings)
    if settings.metrics_at is not None:
        meters.start()
    async with AsyncExitStack() as stack:
        pulses = Pulses(slack=Pulse(tuning.now), engine=Pulse(tuning.now))
        opened = await _open(settings, tuning, stack, pulses)
        await tell_policy(opened.database, settings.policy_text)
        replies = Replies(ResponseUrls(opened.session, settings.slack_api_url), opened.tasks.spawn)
        use_cases = bootstrap(configuration_of(settings), timing_of(settings), real_ports(opened))
        boundary = Boundary(replies, TryAgain(replies=replies, monotonic=tuning.monotonic))
        bolt = AsyncApp(
            # Without a name Bolt searches the source files for its caller's name.
            name="coupon-desk",
            client=_client(opened),
            signing_secret=secret(settings.slack_signing_secret),
            # `HttpServer` verifies the signature, before it parses anything.
            request_verification_enabled=False,
            authorize=opened.home.authorize(),
            attaching_function_token_enabled=False,
        )
        register(bolt, routes(listeners(use_cases, replies, boundary.on_try_again)), boundary)
        workers = Workers.of(use_cases)
        workers.start(opened.tasks.spawn)
        stack.push_async_callback(workers.stop)
        heartbeat = await _beating(opened, stack)
        server = HttpServer(
            bolt=bolt,
            work=boundary,
            ledger_age_s=heartbeat.age_s,
            host=settings.host,
            port=settings.port,
            signing_secret=secret(settings.slack_signing_secret),
            takes_requests=settings.slack_app_token is None,
        )
        intake = _intake(opened, tuning, server) if settings.slack_app_token is not None else None
        monitor = None
        if settings.metrics_at is not None:
            watched_parts = _watched(
                opened, server, lambda: {**workers.ages(), "heartbeat": heartbeat.age_s()}, pulses, intake
            )
            monitor = await _watch(settings.metrics_at, watched_parts, stack)
        await _listen(server, intake, stack)
        yield Desk(server=server, home=opened.home, monitor=monitor)


def warn_without_policy(settings: Settings) -> None:
    """Nobody may do anything then, which is more often an oversight than meant."""
    if settings.policy_text is None:
        log.warning("no_policy", effect="nobody may look up or redeem", next_step="set POLICY_FILE or POLICY")


async def _open(settings: Settings, tuning: Tuning, stack: AsyncExitStack, pulses: Pulses) -> OpenParts:
    url, token = secret(settings.database_url), secret(settings.slack_bot_token)
    await migrate(url)
    database = Database.open(url, pool=settings.database_pool)
    stack.push_async_callback(database.close)
    tasks = TaskSet()
    new_budget = partial(_budget, database, tasks, tuning)
    keep_to_budgets = SlackBudgets(lambda name, rate: new_budget(name, rate.times(tuning.slack_times)))
    session = await stack.enter_async_context(shared_session(watched(pulses.slack.beat), keep_to_budgets))
    home = await sign_in(working_client(token, settings.slack_api_url, session), token)
    stack.push_async_callback(tasks.close)
    calls = tuning.engine_per_minute or settings.capillary_calls_per_minute
    engine_budget = new_budget(ENGINE_BUDGET, per_minute(calls))
    return OpenParts(
        settings=settings,
        now=tuning.now,
        monotonic=tuning.monotonic,
        database=database,
        session=session,
        home=home,
        tasks=tasks,
        transport=await _line_to_engine(settings, tuning, pulses.engine, stack, engine_budget),
        groups_burst=tuning.groups_burst,
    )


async def _beating(opened: OpenParts, stack: AsyncExitStack) -> Heartbeat:
    heartbeat = Heartbeat(opened.database, opened.monotonic)
    worker = PeriodicWorker("heartbeat", heartbeat, pause_s=EVERY_S, expected=DeskError)
    # Ready from the beginning, where the ledger can be written.
    await worker.once()
    opened.tasks.spawn(worker.run())
    stack.callback(worker.stop)
    return heartbeat


async def _listen(server: HttpServer, intake: SocketIntake | None, stack: AsyncExitStack) -> None:
    stack.push_async_callback(server.stop)
    await server.start()
    if intake is not None:
        stack.push_async_callback(intake.stop)
        stack.callback(server.drain)
        await intake.start()


def _intake(opened: OpenParts, tuning: Tuning, server: HttpServer) -> SocketIntake:
    from bot.sockets import STAGGER_S, SocketIntake  # noqa: PLC0415 - only for Socket Mode

    return SocketIntake(
        bolt=server.bolt,
        app_token=secret(opened.settings.slack_app_token),
        client=_client(opened),
        work=server.work,
        spawn=opened.tasks.spawn,
        stagger_s=STAGGER_S if tuning.socket_stagger_s is None else tuning.socket_stagger_s,
    )


def _watched(
    opened: OpenParts,
    server: HttpServer,
    workers: Callable[[], Mapping[str, float | None]],
    pulses: Pulses,
    intake: SocketIntake | None,
) -> Watched:
    from bot.adapters.ledger.figures import LedgerFigures  # noqa: PLC0415 - only METRICS_PORT shows them
    from bot.monitor import Watched  # noqa: PLC0415 - it imports prometheus-client

    figures = LedgerFigures(opened.database)
    return Watched(
        slack=pulses.slack,
        engine=pulses.engine,
        refused=server.refused,
        standing=figures.standing,
        paused=figures.paused,
        workers=workers,
        quarantined=opened.database.quarantine.counts,
        sockets=intake.report if intake is not None else None,
    )


async def _watch(at: tuple[str, int], watched: Watched, stack: AsyncExitStack) -> Monitor:
    from bot.monitor import Monitor  # noqa: PLC0415 - as above

    monitor = Monitor(watched=watched, host=at[0], port=at[1])
    stack.push_async_callback(monitor.stop)
    await monitor.start()
    return monitor


def _client(opened: OpenParts) -> AsyncWebClient:
    """Bolt copies this client for each request and gives it the token from `authorize`."""
    return working_client(None, opened.settings.slack_api_url, opened.session)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM, SIGINT or SIGHUP."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    async with desk(settings) as running:
        # In a thread, so that whoever presses meanwhile is answered.
        await asyncio.to_thread(warm_up)
        await stopping.wait()
        log.info("stopping")
        running.server.drain()
        # A balancer goes on sending until it has seen that it is not ready.
        await asyncio.sleep(settings.stop_delay_seconds)


def _budget(database: Database, tasks: TaskSet, tuning: Tuning, name: str, rate: Rate) -> Budget:
    """One that all instances on the ledger share."""
    leases = supply(database, name, rate, tuning.monotonic)
    # One figure for all channels that are posted to.
    called = name.partition(":")[0]
    return Budget(leases, batch=rate.batch, spawn=tasks.spawn, monotonic=tuning.monotonic, called=called)


async def _line_to_engine(
    settings: Settings, tuning: Tuning, pulse: Pulse, stack: AsyncExitStack, budget: Budget
) -> Callable[[], Transport]:
    """Return what opens it, at the first call; it is closed with the stack, in this place of its order."""
    opened = await stack.enter_async_context(AsyncExitStack())

    def line() -> Transport:
        from bot.bootstrap.engine import engine_transport  # noqa: PLC0415 - it imports httpx

        return engine_transport(settings, tuning.monotonic, pulse.beat, opened, budget)

    return line
