"""The composition root: settings in, a running desk out, everything closed in the opposite order."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp

from bot.adapters.capillary.auth import Basic, Credentials, OAuth
from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.history import CapillaryHistory
from bot.adapters.capillary.transport import Limits, Transport, pooled_client
from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.look_ups import LedgerLookUps
from bot.adapters.slack.groups import Groups
from bot.adapters.slack.home import Home, sign_in
from bot.adapters.slack.rights import SlackRights
from bot.adapters.slack.web import ResponseUrls, reading_client, shared_session, watched, working_client
from bot.listeners.boundary import Boundary
from bot.listeners.coupons import CouponListeners
from bot.listeners.history import HistoryListeners, PromotionListeners
from bot.listeners.replies import Replies
from bot.listeners.routes import Routes, register, routes
from bot.listeners.shortcut import ShortcutListeners
from bot.server import Health, HttpServer
from bot.services.cards import DrawCard
from bot.services.details import ShowDetails
from bot.services.gate import Gate
from bot.services.health import Pulse
from bot.services.history import DrawHistory, DrawPromotions, LookUpHistory, LookUpPromotions
from bot.services.look_up import Caching, FindCoupon, LookUpCoupons
from bot.services.ports import Clock
from bot.services.tasks import Tasks
from bot.settings import Settings
from bot.sockets import STAGGER_S, SocketIntake
from bot.views.kit import Display

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The clock of people and dates; durations are taken from the monotonic one."""
    return datetime.now(UTC)  # noqa: TID251 - the composition root


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """
    What tests and measurements set otherwise; `serve` never does.

    Attributes:
        now: the clock that moves what people see: expiry, "as of", how long a card lives.
        engine_per_second: calls a second to the engine, on average.
        socket_stagger_s: seconds between the beginnings of two Socket Mode connections.

    """

    now: Clock = utc_now
    monotonic: Callable[[], float] = time.monotonic
    engine_per_second: float = 5.0
    socket_stagger_s: float = STAGGER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desk that is up; `url` is where it listens on this machine."""

    server: HttpServer
    home: Home

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@asynccontextmanager
async def desk(settings: Settings, tuning: Tuning | None = None) -> AsyncIterator[Desk]:
    """
    Run a desk while the context lasts; leaving it drains first.

    Raises LedgerUnavailable, SlackRefusesToken or SlackUnreachable when it cannot start.
    """
    tuning = tuning or Tuning()
    async with AsyncExitStack() as stack:
        await migrate(settings.database_url.get_secret_value())
        database = Database.open(settings.database_url.get_secret_value())
        stack.push_async_callback(database.close)
        slack_pulse, engine_pulse = Pulse(tuning.now), Pulse(tuning.now)
        session = await stack.enter_async_context(shared_session(watched(slack_pulse.beat)))
        token, api_url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
        home = await sign_in(working_client(token, api_url, session), token)
        tasks = Tasks()
        stack.push_async_callback(tasks.close)
        transport = await _transport(settings, tuning, engine_pulse, stack)
        caching = Caching(tasks.spawn, settings.cache_seconds, tuning.monotonic)
        gate = _gate(settings, tuning, database, session, home, tasks)
        replies = Replies(ResponseUrls(session), tasks.spawn)
        boundary = Boundary(replies)
        bolt = AsyncApp(
            # Without a token of its own: each request's client gets the one that `authorize` names.
            client=working_client(None, api_url, session),
            signing_secret=_signing_secret(settings),
            authorize=home.authorize(),
            attaching_function_token_enabled=False,
        )
        register(bolt, _surface(settings, tuning, gate, transport, caching, replies), boundary)
        server = HttpServer(
            bolt=bolt,
            work=boundary,
            health=Health(ping=database.ping, slack=slack_pulse, engine=engine_pulse),
            host=settings.host,
            port=settings.port,
            takes_requests=settings.slack_app_token is None,
        )
        stack.push_async_callback(server.stop)
        await server.start()
        if settings.slack_app_token is not None:
            intake = SocketIntake(
                bolt=bolt,
                app_token=settings.slack_app_token.get_secret_value(),
                client=working_client(None, api_url, session),
                work=boundary,
                spawn=tasks.spawn,
                stagger_s=tuning.socket_stagger_s,
            )
            stack.push_async_callback(intake.stop)
            stack.callback(server.drain)
            await intake.start()
            server.sockets = intake.report
        yield Desk(server=server, home=home)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with desk(settings):
        await stopping.wait()
        log.info("stopping")


async def _transport(settings: Settings, tuning: Tuning, pulse: Pulse, stack: AsyncExitStack) -> Transport:
    limits = Limits(call_s=settings.capillary_timeout_seconds, per_second=tuning.engine_per_second)
    http = await stack.enter_async_context(pooled_client(settings.capillary_url, limits))
    return Transport(http, _credentials(settings, tuning), tuning.monotonic, limits, pulse.beat)


def _credentials(settings: Settings, tuning: Tuning) -> Credentials:
    if settings.capillary_client_key is not None and settings.capillary_client_secret is not None:
        return OAuth(
            settings.capillary_client_key,
            settings.capillary_client_secret.get_secret_value(),
            monotonic=tuning.monotonic,
            attribution_till=settings.capillary_attribution_till,
        )
    if settings.capillary_till is None or settings.capillary_till_password is None:
        raise AssertionError("settings without credentials are refused when they are read")
    return Basic(settings.capillary_till, settings.capillary_till_password.get_secret_value())


def _gate(
    settings: Settings,
    tuning: Tuning,
    database: Database,
    session: aiohttp.ClientSession,
    home: Home,
    tasks: Tasks,
) -> Gate:
    reader = reading_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
    groups = Groups(reader, spawn=tasks.spawn, monotonic=tuning.monotonic)
    rights = SlackRights(client=reader, groups=groups, home=home.workspace)
    return Gate(rights, LedgerLookUps(database, tuning.now), settings.policy.lookup_groups)


def _surface(
    settings: Settings, tuning: Tuning, gate: Gate, transport: Transport, caching: Caching, replies: Replies
) -> Routes:
    engine = CapillaryEngine(transport, settings.capillary_timezone)
    records = CapillaryHistory(transport, settings.capillary_timezone)
    look_up = LookUpCoupons(engine, tuning.now, caching)
    find = FindCoupon(engine, tuning.now, caching)
    display = Display(currency=settings.currency, zone=settings.capillary_timezone)
    region = settings.default_region
    coupons = CouponListeners(
        draw=DrawCard(gate, look_up, find),
        details=ShowDetails(gate, look_up, find),
        replies=replies,
        now=tuning.now,
        display=display,
        region=region,
    )
    history = DrawHistory(gate, LookUpHistory(engine, records, tuning.now, caching))
    promotions = DrawPromotions(gate, LookUpPromotions(records, tuning.now, caching))
    return routes(
        coupons,
        HistoryListeners(draw=history, replies=replies, display=display, region=region),
        PromotionListeners(draw=promotions, replies=replies, display=display),
        ShortcutListeners(coupons),
    )


def _signing_secret(settings: Settings) -> str:
    return settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
