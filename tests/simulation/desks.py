"""Desks that can die: the services on a real database, their ports wrapped, between one engine and one Slack."""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import aiohttp
import aiosqlite
import httpx
from pydantic import SecretStr
from sqlalchemy import event

from bot.adapters.capillary.auth import OAuth
from bot.adapters.capillary.transport import CallLimits as EngineLimits
from bot.adapters.capillary.transport import Transport, pooled_client
from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.leases import BURST
from bot.adapters.slack.installation import Installation, sign_in
from bot.adapters.slack.web import working_client
from bot.aio.tasks import TaskSet
from bot.aio.worker import PeriodicWorker
from bot.bootstrap import (
    OpenParts,
    Ports,
    Workers,
    bootstrap,
    configuration_of,
    real_ports,
    timing_of,
)
from bot.domain.errors import LedgerUnavailable
from bot.domain.limits import Limits
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.policy import Approvals, Policy, Redeeming, Rule
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.coupons import DESK
from bot.sandbox.slack.server import SandboxSlack
from bot.settings import Settings
from bot.views.text import Display
from tests.databases import new_postgres
from tests.simulation.forgetting import Memory, acknowledge_early, memory_of
from tests.simulation.happenings import Blow, Died, Happenings, Phase, When
from tests.simulation.ledger import utc_now

T = TypeVar("T")

ZONE = ZoneInfo("Asia/Kolkata")
DISPLAY = Display(currency="INR", zone=ZONE)
SENIOR = Actor(id=PersonId("U0SENIOR"), team="T0DESK")
MANAGERS = tuple(Actor(id=PersonId(f"U0MANAGER{number}"), team="T0DESK") for number in (1, 2))
CHANNEL = "C0APPROVALS"
GROUPS = frozenset({"S0AGENTS", "S0SENIORS"})
POLICY = Policy(
    redeem=Redeeming(
        groups=frozenset({"S0AGENTS"}),
        reasons=("Till offline",),
        rules=(Rule(name="small", up_to=None, groups=frozenset({"S0SENIORS"})),),
    ),
    limits=Limits(count=20),
    approvals=Approvals(channel=CHANNEL),
)
#: The same, but that somebody else must approve it.
ASKING = replace(
    POLICY,
    redeem=replace(
        POLICY.redeem,
        rules=(Rule(name="large", up_to=None, approvals=1, approvers=frozenset({"S0MANAGERS"})),),
    ),
    approvals=Approvals(channel=CHANNEL, remind_after=(timedelta(minutes=15), timedelta(hours=1))),
)
#: One call to the engine in all; a call that hangs costs a schedule so much.
CALL_S = 0.4
#: Seconds that a busy machine may take.
PATIENCE_S = 60.0
#: Rounds come round so often while nobody wakes them.
PAUSE_S = 0.1
LOOK_AFTER_S = 5.0
#: Seconds by which Slack's own clock goes on, so that its limits are never met.
A_MINUTE_S = 61.0

_numbers = itertools.count()


@dataclass(slots=True)
class Moods:
    """`services.ports.Rights` that changes its mind; what it says next of somebody, then "yes" for good."""

    next: dict[PersonId, list[frozenset[str] | Exception]] = field(default_factory=dict)

    async def admit(
        self,
        actor: Actor,
        groups: frozenset[str] | None,
        *,
        freshness: Freshness = Freshness.LIVE,
    ) -> Admission:
        del groups, freshness
        return await self.admit_again(actor.id, GROUPS)

    async def admit_again(
        self, person: PersonId, groups: frozenset[str], *, after: Admission | None = None
    ) -> Admission:
        del groups, after
        ahead = self.next.get(person)
        said = ahead.pop(0) if ahead else GROUPS
        if isinstance(said, Exception):
            raise said
        return Admission(person=person, groups=said, read_at=utc_now())

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:
        del groups, but
        return True

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:
        del actor
        return bool(groups & GROUPS)


class Port:
    """Any port; each of its calls goes through the desk, which may die of it."""

    def __init__(self, name: str, inner: Any, desk: Desk) -> None:
        self._name = name
        self._inner = inner
        self._desk = desk

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._inner, method)
        if not inspect.iscoroutinefunction(found):
            return found

        async def through(*given: Any, **named: Any) -> Any:
            if method == "redeem":
                self._desk.happenings.sends(self._desk.set.policy, given[0])
            return await self._desk.through(f"{self._name}.{method}", lambda: found(*given, **named))

        return through


@dataclass(slots=True)
class Place:
    """What outlives every desk: the engine, Slack, and the wires to them."""

    engine: SandboxEngine
    slack: SandboxSlack
    http: httpx.AsyncClient
    session: aiohttp.ClientSession
    home: Installation
    folder: Path
    postgres: str
    slack_ahead_s: list[float]
    engine_ahead_s: list[float]
    #: What is put away with it.
    stack: AsyncExitStack
    call_s: float
    _empty: dict[bool, str] = field(default_factory=dict)
    _emptied: Memory | None = None

    async def database(self, *, postgres: bool) -> str:
        """
        The URL of a database that is up to date and empty; gone with the place.

        On PostgreSQL it is always the same one, emptied: to make another takes a quarter of a second. Nobody is
        connected to it any more.
        """
        empty = self._empty[postgres] if postgres in self._empty else await self._first(postgres=postgres)
        if postgres:
            assert self._emptied is not None
            self._emptied.put_back()
            return empty
        copy = self.folder / f"{next(_numbers)}.db"
        shutil.copy(self.folder / "empty.db", copy)
        return f"sqlite:///{copy}"

    async def _first(self, *, postgres: bool) -> str:
        """What all others are copies of."""
        made = f"sqlite:///{self.folder / 'empty.db'}"
        if postgres:
            made = self.stack.enter_context(new_postgres(self.postgres))
        await migrate(made)
        if postgres:
            acknowledge_early(made)
            self._emptied = memory_of(made)
            self._emptied.remember()
        self._empty[postgres] = made
        return made

    def minute_passes(self) -> None:
        self.slack_ahead_s[0] += A_MINUTE_S


@asynccontextmanager
async def place(folder: Path, postgres: str, *, call_s: float = CALL_S) -> AsyncIterator[Place]:
    """`call_s`: what one call to the engine may take in all, here and of the desks (`Set.call_s`)."""
    ahead, engine_ahead = [0.0], [0.0]
    engine = SandboxEngine(now=lambda: utc_now() + timedelta(seconds=engine_ahead[0]))
    slack = SandboxSlack(now=lambda: utc_now().timestamp() + ahead[0], limit_s=30.0)
    limits = EngineLimits(call_s=call_s)
    async with AsyncExitStack() as stack:
        for part in (engine, slack):
            await part.start()
            stack.push_async_callback(part.close)
        http = await stack.enter_async_context(pooled_client(engine.url, limits))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        home = await sign_in(working_client(slack.bot_token, slack.api_url, session), slack.bot_token)
        yield Place(engine, slack, http, session, home, folder, postgres, ahead, engine_ahead, stack, call_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """
    How the desks of one run are set up.

    Attributes:
        window_s: in which absence proves nothing.
        till: that the desk says it books on; None when it does not know.
        now: the clock of what people see.

    """

    url: str
    window_s: float = 12.0
    till: str | None = DESK.code
    policy: Policy = POLICY
    call_s: float = CALL_S
    now: Callable[[], datetime] = utc_now


class Desk:
    """One process: a composition root, and everything that runs in it."""

    def __init__(self, place: Place, set_: Set, rights: Moods, happenings: Happenings) -> None:
        self.place, self.set, self.happenings = place, set_, happenings
        self.dead = False
        #: Told to stop.
        self.leaving, self._started = False, False
        self._left: list[asyncio.Task[Any]] = []
        self.phase = Phase.FORM
        self._calls: Counter[str] = Counter()
        self._running: set[asyncio.Task[Any]] = set()
        #: Of them, those that work for a press.
        self._pressed: set[asyncio.Task[Any]] = set()
        #: Also those that a gather has left behind when one of its own died.
        self._at_ports: set[asyncio.Task[Any]] = set()
        self._tasks = TaskSet()
        self.database = opened(set_.url)
        self._lines: list[Any] = []
        event.listen(self.database.engine.sync_engine, "connect", self._line)
        self._wire(rights)

    def _wire(self, rights: Moods) -> None:
        """As `bot.app` does it."""
        settings = self._settings()
        ports = self._ports(settings, rights)
        timing = replace(timing_of(settings), pause_s=PAUSE_S, homes_pause_s=PAUSE_S)
        use_cases = bootstrap(configuration_of(settings), timing, ports)
        self.drafts, self.look_ups = ports.drafts, ports.look_ups
        self.open_form = use_cases.open_form
        self.review = use_cases.review
        self.confirm_redemption = use_cases.confirm_redemption
        self.spend = use_cases.spend
        self.decide = use_cases.decide
        self.settle = use_cases.settle
        self.sweep = use_cases.sweep
        self.outbox_relay = use_cases.relay
        self.publish = use_cases.publish
        self._use_cases, self.workers = use_cases, Workers.of(use_cases)

    def _settings(self) -> Settings:
        place, set_ = self.place, self.set
        return Settings(
            slack_bot_token=SecretStr(place.slack.bot_token),
            slack_signing_secret=SecretStr(place.slack.signing_secret),
            slack_api_url=place.slack.api_url,
            capillary_url=place.engine.url,
            capillary_client_key=place.engine.key,
            capillary_client_secret=SecretStr(place.engine.secret),
            capillary_attribution_till=set_.till,
            capillary_timezone=ZONE,
            capillary_timeout_seconds=set_.call_s,
            reconcile_after_seconds=LOOK_AFTER_S,
            reconcile_window_seconds=set_.window_s,
            database_url=SecretStr(set_.url),
            policy=set_.policy,
        )

    def _ports(self, settings: Settings, rights: Moods) -> Ports:
        """Real ones, but for whom Slack lets through; the desk may die of a call to any of those it goes through."""
        real = real_ports(self._opened(settings))
        return replace(
            real,
            requests=self._through("requests", real.requests),
            attempts=self._through("attempts", real.attempts),
            outbox=self._through("outbox", real.outbox),
            drafts=self._through("drafts", real.drafts),
            engine=self._through("engine", real.engine),
            redeeming=self._through("redeeming", real.redeeming),
            history=self._through("history", real.history),
            rights=self._through("rights", rights),
        )

    def _through(self, name: str, inner: Any) -> Any:
        return Port(name, inner, self)

    def _opened(self, settings: Settings) -> OpenParts:
        limits = EngineLimits(call_s=self.set.call_s, first_wait_s=0.005)
        credentials = OAuth(
            self.place.engine.key,
            self.place.engine.secret,
            monotonic=time.monotonic,
            attribution_till=self.set.till,
        )
        return OpenParts(
            settings=settings,
            now=self.set.now,
            monotonic=time.monotonic,
            database=self.database,
            session=self.place.session,
            home=self.place.home,
            tasks=self._tasks,
            transport=lambda: Transport(self.place.http, credentials, time.monotonic, limits),
            groups_burst=BURST,
        )

    # Port calls.

    def enter(self, phase: Phase) -> None:
        self.phase = phase
        self._calls.clear()

    async def through(self, point: str, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Make a port call, of which the desk may die."""
        if self.dead:
            raise Died
        self._calls[point] += 1
        phase, number = self.phase, self._calls[point]
        self._befalls(Blow(phase, point, number, When.BEFORE))
        with self._at_port():
            try:
                found = await call()
                self.happenings.heard(point, found)
                return found
            finally:
                if not self.dead:
                    self._befalls(Blow(phase, point, number, When.AFTER))

    @contextmanager
    def _at_port(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        self._at_ports.add(task)
        try:
            yield
        finally:
            self._at_ports.discard(task)

    def _befalls(self, blow: Blow) -> None:
        self.happenings.now(blow)
        if blow in self.happenings.deaths:
            self.happenings.deaths.remove(blow)
            self.happenings.died_at.append(str(blow))
            self.kill()
            raise Died
        if blow in self.happenings.stops:
            self.happenings.stops.remove(blow)
            self._told_to_stop(blow)
        if blow in self.happenings.cut_short:
            self.happenings.cut_short.remove(blow)
            self._told_to_stop(blow)
            asyncio.get_running_loop().call_soon(self._cut_short)
        if blow in self.happenings.cuts:
            self.happenings.cuts.remove(blow)
            raise LedgerUnavailable("cut")

    # Life and death.

    def start(self) -> None:
        """The rounds that a redemption waits for; accounts, seals and what is a day old need none."""
        self._started, self.workers = True, Workers.of(self._use_cases)
        for worker in self._rounds_of:
            self._spawn(worker.run())

    @property
    def _rounds_of(self) -> tuple[PeriodicWorker, ...]:
        workers = self.workers
        return (workers.sweeper, workers.outbox_relay, workers.publisher, workers.look_ups)

    async def stop_rounds(self) -> None:
        """What is under way is finished."""
        for worker in self.workers.all:
            worker.stop()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _told_to_stop(self, blow: Blow) -> None:
        self.leaving = True
        self.happenings.stopped_at.append(str(blow))

    def _cut_short(self) -> None:
        """The time that a stop gives to what was pressed is over."""
        for task in self._pressed:
            task.cancel()

    async def leave(self) -> None:
        """As `bot.app` ends: presses first, then what is owed and one last run of the rounds, then the tasks."""
        await asyncio.gather(*self._pressed, return_exceptions=True)
        for worker in self.workers.all:
            if not self._started or worker not in self._rounds_of:
                worker.ended.set()
        await self.workers.stop()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.bury()

    async def does(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of a press; None when the desk died of it, or is about to stop."""
        if self.leaving:
            work.close()
            return None
        task = self._spawn(work)
        self._pressed.add(task)
        task.add_done_callback(self._pressed.discard)
        try:
            return await task
        except (Died, asyncio.CancelledError):
            current = asyncio.current_task()
            if not (self.dead or self.leaving) or (current is not None and current.cancelling()):
                raise
            return None

    async def quiet(self) -> None:
        """Rounds, until there is nothing to do."""
        await self.does(self._until_idle())

    def kill(self) -> None:
        """Once: a second cancellation would break what closes the connections."""
        if self.dead:
            return
        self.dead = True
        current = asyncio.current_task()
        self._left = [task for task in self._running | self._at_ports if task is not current]
        for task in self._left:
            task.cancel()

    async def bury(self) -> None:
        """Nothing of it runs any more, and its connections are gone."""
        cut_short = self.dead or bool(self._running)
        self.kill()
        await asyncio.gather(*self._left, *self._running, return_exceptions=True)
        await self._tasks.close()
        await self.database.close()
        # One whose transaction was cut short is in no pool any more; a process takes its lock away with it.
        await _closed(self._lines)
        self._left.clear()
        if cut_short and self.database.engine.dialect.name == "sqlite":
            # SQLite keeps the lock of a closed connection for as long as somebody holds a cursor of it.
            gc.collect()

    def _line(self, connection: Any, _: Any) -> None:
        self._lines.append(connection.driver_connection)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Whoever waits has it; of what it died of, the happenings tell.
            task.exception()

    async def _until_idle(self) -> None:
        with suppress(LedgerUnavailable):
            while await self.sweep() + await self.outbox_relay():
                pass
            await self.publish()


def opened(url: str) -> Database:
    """A ledger on a machine whose plug nobody pulls, and whoever waits for a connection of it has time."""
    database = Database.open(url, limit_s=PATIENCE_S)
    if database.engine.dialect.name == "sqlite":
        event.listen(database.engine.sync_engine, "connect", _without_sync)
    return database


async def _closed(lines: Sequence[Any]) -> None:
    """
    All at once: one may hold the lock that another waits for.

    To close what is just being closed is to wait for ever (aiosqlite 0.22), so that they are only stopped.
    """
    files = [line for line in lines if isinstance(line, aiosqlite.Connection)]
    for line in files:
        if line._connection is not None:
            line._tx.put_nowait((None, line._connection.rollback))
        line.stop()
    for line in files:
        await asyncio.to_thread(line._thread.join)
    for line in lines:
        if line not in files:
            await line.close()


def _without_sync(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()
