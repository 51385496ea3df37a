"""Two instances on PostgreSQL under mixed load: half an hour's presses in five minutes, while things are killed."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot.adapters.ledger import upgrade
from bot.adapters.ledger.database import migrate
from bot.aio.tasks import TaskSet
from bot.app import Tuning
from bot.domain.redemption import Redemption, State
from bot.sandbox.demo import environment
from bot.sandbox.engine.capillary import REDEEM, SandboxEngine
from bot.sandbox.slack.delivery import Ack
from bot.sandbox.slack.people import Group, User
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.databases import new_postgres
from tests.faults.server import Server, own_server
from tests.flows.redeeming import POLICY, fills, has_buttons
from tests.newer import newer_migrations
from tests.simulation.ledger import Ledger
from tests.simulation.processes import Process, started

#: Seconds of load, and how long everything may take to come to its end afterwards.
LOAD_S, END_S = 300.0, 150.0
#: Seniors who work at the same time, and seconds between what each of them begins.
PEOPLE, PACE_S = 6, 10.0
#: Seconds that a person waits for what they expect to see.
PATIENCE_S = 25.0
WORKING = "*Working…*"
#: Words of an answer after which the ledger must hold the request.
HELD = ("Working…", "*Redeemed*", "*Redeeming…*", "*Waiting for approval*", "*Outcome unknown*")
#: States that a request may be in when all is over; an unknown one is told as that until its window ends.
ENDED = frozenset(State) - {State.NEW, State.APPROVED, State.SENDING, State.WAITING}
ANYBODY = POLICY.replace("count = 20", "count = 100000").replace("value = 10000", "value = 100000000")


@dataclass(slots=True)
class Balancer:
    """Hands each connection to the next instance that takes it."""

    ports: list[int] = field(default_factory=list)
    url: str = ""
    _turn: int = 0

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await self._connected()
        if there is None:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self.ports:
            self._turn += 1
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", self.ports[self._turn % len(self.ports)])
        return None


async def _pass_on(from_: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await from_.read(65536):
            to.write(data)
            await to.drain()
    to.close()


@dataclass(slots=True)
class Street:
    """
    Slack, the engine and PostgreSQL on one side, instances on the other.

    Attributes:
        held: codes of requests that an answer said are recorded.
        journeys: how they went.
        acks: how presses were acknowledged, and the slowest that were, in seconds.

    """

    slack: SandboxSlack
    engine: SandboxEngine
    server: Server
    url: str
    environ: dict[str, str]
    folder: Path
    balancer: Balancer
    desks: list[Process] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    codes: list[str] = field(default_factory=list)
    journeys: Counter[str] = field(default_factory=Counter)
    acks: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    approving: asyncio.Lock = field(default_factory=asyncio.Lock)
    _numbers: count[int] = field(default_factory=count)

    async def starts(self) -> None:
        log = self.folder / f"desk-{next(self._numbers)}.log"
        self.desks.append(await started(self.environ, log))
        self._connect()

    async def kills(self) -> None:
        """The one that has run longest, and another one is started."""
        killed = self.desks.pop(0)
        self._connect()
        await asyncio.to_thread(killed.kill)
        await self.starts()

    async def stops(self) -> None:
        """Gently: another one is started first, and nothing new comes to it while it ends."""
        await self.starts()
        stopped = self.desks.pop(0)
        self._connect()
        stopped.process.terminate()
        await asyncio.to_thread(stopped.process.join, 60)

    async def kills_postgres(self) -> None:
        self.server.kill()
        await asyncio.sleep(1.0)
        await self.server.start()

    async def migrates(self) -> None:
        """As the next version does; only this process has its migrations."""
        with patch.object(upgrade, "MIGRATIONS", newer_migrations(self.folder)):
            await migrate(self.url)

    def answered(self, ack: Ack, code: str = "") -> None:
        self.acks[ack.error or "acknowledged"] += 1
        if ack.ok:
            self.slowest_s = max(self.slowest_s, ack.seconds)
            said = json.dumps(ack.payload(), ensure_ascii=False)
            if code and any(words in said for words in HELD):
                self.held.add(code)

    def coupon(self, value: float) -> tuple[str, str]:
        """A new customer's mobile, and the code of a coupon of theirs that could be used several times."""
        number = next(self._numbers)
        customers, code = self.engine.customers, f"LOAD{number}"
        customer = customers.add_customer(str(919_846_000_000 + number))
        customers.add_coupon(customer, code, value=value, uses=5)
        self.codes.append(code)
        return customer.mobile or "", code

    def _connect(self) -> None:
        self.balancer.ports[:] = [int(desk.url.rpartition(":")[2]) for desk in self.desks]


Event = Callable[[Street], Awaitable[None]]


@asynccontextmanager
async def street() -> AsyncIterator[Street]:
    """With two instances."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(own_server())
        url = stack.enter_context(new_postgres(server.url))
        await migrate(url)
        slack, engine, balancer = SandboxSlack(), SandboxEngine(now=Tuning().now), Balancer()
        await slack.start()
        stack.push_async_callback(slack.close)
        await engine.start()
        stack.push_async_callback(engine.close)
        policy = folder / "load.toml"
        environ = environment(engine, slack, folder) | {"DATABASE_URL": url, "POLICY_FILE": str(policy)}
        environ["CAPILLARY_CALLS_PER_MINUTE"] = "60000"
        policy.write_text(ANYBODY, encoding="utf-8")
        found = Street(slack, engine, server, url, environ, folder, balancer)
        listening = await asyncio.start_server(balancer.on_connection, "127.0.0.1", 0)
        stack.callback(listening.close)
        slack.connect(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/slack/events")
        await asyncio.gather(found.starts(), found.starts())
        yield found
        for desk in found.desks:
            await asyncio.to_thread(desk.kill)


def people(slack: SandboxSlack) -> list[Person]:
    """Seniors, so that each small redemption needs nobody else."""
    ids = [f"U0LOAD{number}" for number in range(PEOPLE)]
    found = [slack.add_user(User(id=one, name=f"Load {one[-1]}")) for one in ids]
    for group in ("S0AGENTS", "S0SENIORS"):
        before = slack.workspace.directory.groups[group]
        slack.add_group(Group(id=group, handle=before.handle, users=(*before.users, *ids)))
    return found


async def works(on: Street, person: Person, until: float) -> None:
    """One thing after another; what fails is given up, as it would be for a customer who has gone."""
    for number in count():
        if time.monotonic() >= until:
            return
        began = time.monotonic()
        what = ("looks up", "redeems", "redeems", "asks for approval", "redeems")[number % 5]
        try:
            async with asyncio.timeout(3 * PATIENCE_S):
                await _journey(on, person, what)
            on.journeys[f"{what}: done"] += 1
        except (AssertionError, TimeoutError):
            on.journeys[f"{what}: given up"] += 1
            with suppress(AssertionError, TimeoutError):
                await person.closes(everything=True)
        await asyncio.sleep(max(0.0, PACE_S - (time.monotonic() - began)))


async def _journey(on: Street, person: Person, what: str) -> None:
    mobile, code = on.coupon(5000.0 if what == "asks for approval" else 100.0)
    before = len(person.in_view.messages())
    on.answered(await person.command("/coupons", f"{mobile} code:{code}"))
    await person.sees(code, PATIENCE_S, after=before)
    if what == "looks up":
        return
    await has_buttons(person, before)
    on.answered(await person.clicks("Redeem", timeout_s=PATIENCE_S))
    await person.sees("Bill amount", PATIENCE_S)
    await fills(person, bill="6000")
    on.answered(await person.submits())
    await person.sees("cannot be undone", PATIENCE_S)
    # A window that came too late for what was given up before may still be open.
    assert person.modal is not None
    assert code in json.dumps(person.modal.payload())
    on.answered(await person.submits(), code)
    if what == "redeems":
        await person.sees("The loyalty engine confirmed it", PATIENCE_S)
    else:
        await _approved(on)
    if person.modal is not None:
        await person.closes(everything=True)


async def _approved(on: Street) -> None:
    """The newest that waits, whoever asked for it."""
    async with on.approving:
        meera = on.slack.person("U0MANAGER1")
        on.answered(await meera.clicks("Approve", timeout_s=PATIENCE_S))
        await meera.sees("Approve redemption", PATIENCE_S)
        on.answered(await meera.submits(timeout_s=PATIENCE_S))
        if meera.modal is not None:
            await meera.closes(everything=True)


async def played(on: Street, seconds: float, events: Sequence[tuple[float, Event]]) -> None:
    """Load for so many seconds, with events at these parts of them."""
    tasks, until = TaskSet(), time.monotonic() + seconds
    working = [tasks.spawn(works(on, person, until)) for person in people(on.slack)]
    for part, happens in events:
        await asyncio.sleep(max(0.0, until - seconds * (1 - part) - time.monotonic()))
        await happens(on)
    await asyncio.gather(*working)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is wrong when all is over; each is empty if nothing is."""

    lost: list[str]
    doubled: list[str]
    stuck: list[str]
    states: Counter[str]


async def ended(on: Street) -> Found:
    """Wait until everything has come to its end, then compare ledger, engine and Slack."""
    ledger = Ledger.open(on.url)
    try:
        async with asyncio.timeout(END_S):
            # Other processes are waited for, which tell nobody.
            while _going_on(ledger.requests()) or _working(on.slack):  # noqa: ASYNC110
                await asyncio.sleep(1.0)
    except TimeoutError:
        pass
    requests = ledger.requests()
    ledger.close()
    return Found(
        lost=[*_lost(on, requests)],
        doubled=[one for one in on.codes if _redeemed(on.engine, one) > 1],
        stuck=[*_going_on(requests), *_working(on.slack)],
        states=Counter(row.state.value for row in requests),
    )


def _lost(on: Street, requests: Sequence[Redemption]) -> list[str]:
    """What was told as recorded and is not, and what the engine did that no request says."""
    known = {str(row.terms.code): row for row in requests}
    unwritten = [code for code in on.held if code not in known]
    settled = {code for code, row in known.items() if row.state in {State.REDEEMED, State.UNKNOWN}}
    return unwritten + [code for code in on.codes if _redeemed(on.engine, code) and code not in settled]


def _redeemed(engine: SandboxEngine, code: str) -> int:
    coupon = engine.customers.coupon(code)
    return len(coupon.redemptions) if coupon is not None else 0


def _going_on(requests: Sequence[Redemption]) -> list[str]:
    """A request that waits for an approval that nobody gave any more is no fault."""
    ended = ENDED | {State.WAITING}
    return [f"{row.reference} {row.state.value}" for row in requests if row.state not in ended]


def _working(slack: SandboxSlack) -> list[str]:
    return [f"message {one.ts}" for one in slack.workspace.messages.all if WORKING in one.text]


async def mixed(seconds: float) -> str:
    events: list[tuple[float, Event]] = [
        (0.15, Street.kills_postgres),
        (0.30, Street.kills),
        (0.45, Street.kills_postgres),
        (0.60, Street.kills),
        (0.75, Street.stops),
    ]
    async with street() as on:
        await played(on, seconds, events)
        return _told(on, await ended(on), f"{seconds:.0f} s of mixed load, killed four times")


async def upgraded(seconds: float) -> str:
    """The next version migrates while this one serves, and every instance is started again on its ledger."""
    events: list[tuple[float, Event]] = [
        (0.25, Street.migrates),
        (0.50, Street.stops),
        (0.70, Street.stops),
    ]
    async with street() as on:
        await played(on, seconds, events)
        what = f"{seconds:.0f} s of mixed load, a migration to the next version and back"
        return _told(on, await ended(on), what)


def _told(on: Street, found: Found, what: str) -> str:
    lines = [f"| {what} | |", "|---|---|"]
    lines += [f"| {name} | {times} |" for name, times in sorted(on.journeys.items())]
    lines += [f"| presses: {name} | {times} |" for name, times in sorted(on.acks.items())]
    lines += [f"| slowest acknowledgement | {on.slowest_s:.2f} s |"]
    lines += [f"| requests: {state} | {times} |" for state, times in sorted(found.states.items())]
    lines += [
        f"| redeem calls, redemptions | {on.engine.count(REDEEM)}, {sum(_redeemed(on.engine, one) for one in on.codes)} |"
    ]
    for name in ("lost", "doubled", "stuck"):
        wrong = getattr(found, name)
        lines.append(f"| {name} | {len(wrong)}{' ' + ', '.join(wrong[:5]) if wrong else ''} |")
    return "\n".join(lines)


def report(play: Callable[[float], Coroutine[Any, Any, str]], seconds: float = LOAD_S) -> str:
    return asyncio.run(play(seconds))
