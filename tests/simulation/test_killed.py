"""Real processes, and SIGKILL at named points: the other instance, or the next start, brings it to its end."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pytest

from bot.aio.tasks import TaskSet
from bot.domain.redemption import State
from bot.sandbox.demo import environment
from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.coupons import DESK
from bot.sandbox.engine.faults import DropAfter, Hang
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from bot.views import lookup
from tests.databases import new_postgres
from tests.flows.redeeming import ASHA, POLICY, SEVERAL_USES, SMALL, fills, has_buttons, looks_up
from tests.long import some
from tests.simulation.desks import DISPLAY
from tests.simulation.invariants import World, check, leaked, secrets_of, watch
from tests.simulation.ledger import A_LITTLE_S, Ledger, utc_now
from tests.simulation.processes import PATIENCE_S, Process, started

#: Seconds by which the leases at Slack's user groups, and whatever else waits, are sure to be over.
A_WHILE_S = 25.0
_LOOK_S = 0.05
SIDE_BY_SIDE = 5
#: After so many waits something never ends.
MOST_STEPS = 40


class At(StrEnum):
    """Which step of the person's the call belongs to."""

    FORM = "the form opens"
    REVIEW = "review"
    CONFIRM = "Redeem now"
    LOOK = "the first look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """
    A call that has left the desk when it is killed.

    Attributes:
        call: a method of Slack's, or a path of the engine's.
        done: whether the other side has done its work by then; None: it does it afterwards.
        ends: states that it may end in.

    """

    at: At
    call: str
    done: bool | None = None
    code: str = SMALL
    ends: frozenset[State] = frozenset({State.REDEEMED})

    @property
    def name(self) -> str:
        done = {None: "", True: ", worked on", False: ", not worked on"}[self.done]
        return f"{self.at}: {self.call.rpartition('/')[2]}{done}{', several uses' * (self.code != SMALL)}"


EXPIRED = frozenset({State.EXPIRED})
POINTS = (
    Point(at=At.FORM, call="views.open"),
    Point(at=At.FORM, call=capillary.IS_REDEEMABLE),
    Point(at=At.REVIEW, call=capillary.COUPON),
    Point(at=At.CONFIRM, call="users.info", ends=EXPIRED),
    Point(at=At.CONFIRM, call="usergroups.list", ends=EXPIRED),
    Point(at=At.CONFIRM, call=capillary.TOKEN, ends=EXPIRED),
    Point(at=At.CONFIRM, call=capillary.IS_REDEEMABLE, ends=EXPIRED),
    Point(at=At.CONFIRM, call=capillary.COUPON, ends=EXPIRED),
    Point(at=At.CONFIRM, call=capillary.HISTORY, code=SEVERAL_USES, ends=EXPIRED),
    Point(at=At.CONFIRM, call=capillary.REDEEM, done=False, ends=frozenset({State.NOT_REDEEMED})),
    Point(at=At.CONFIRM, call=capillary.REDEEM, done=True),
    # What runs beside the first post may have come any way by then; the update is of the outcome.
    Point(
        at=At.CONFIRM,
        call="chat.postMessage",
        ends=frozenset({State.REDEEMED, State.NOT_REDEEMED, State.EXPIRED}),
    ),
    Point(at=At.CONFIRM, call="chat.update"),
    Point(at=At.LOOK, call=capillary.COUPON),
    Point(at=At.LOOK, call=capillary.HISTORY, code=SEVERAL_USES),
    Point(at=At.LOOK, call="chat.update"),
)


@dataclass(slots=True)
class Street:
    """Engine and Slack on their side, desks as processes on the other."""

    engine: SandboxEngine
    slack: SandboxSlack
    world: World
    environ: dict[str, str]
    folder: Path
    tasks: TaskSet = field(default_factory=TaskSet)
    desks: list[Process] = field(default_factory=list)
    _started: int = 0

    @property
    def vikram(self) -> Person:
        """Vikram Shah, a senior agent."""
        return self.slack.person("U0SENIOR")

    async def starts(self) -> None:
        self._started += 1
        self.desks.append(await started(self.environ, self.folder / f"desk-{self._started}.log"))
        self._connect()

    def kills(self) -> None:
        """The one that Slack speaks to."""
        self.desks.pop(0).kill()

    async def goes_on(self) -> None:
        """The other desk takes over, or one that is started now."""
        if not self.desks:
            await self.starts()
        self._connect()

    def ends_all(self) -> None:
        for desk in self.desks:
            desk.kill()

    def _connect(self) -> None:
        self.slack.connect(self.desks[0].url + "/slack/events")

    # A person's steps.

    async def reviews(self, code: str) -> None:
        await self.opens(code)
        await self.has_it_reviewed()

    async def has_it_reviewed(self) -> None:
        await self.vikram.submits()
        await self.vikram.sees("This cannot be undone from here")

    async def confirms(self) -> None:
        await self.vikram.submits()
        await self.vikram.sees("The loyalty engine confirmed it")

    async def opens(self, code: str) -> None:
        await self.looks_up(code)
        await self.vikram.clicks("Redeem")
        await self.fills()

    async def looks_up(self, code: str) -> None:
        self.world.ledger.passes(A_WHILE_S)
        if self.vikram.modal is not None:
            await self.vikram.closes(everything=True)
        before = await looks_up(self.vikram, f"{ASHA} code:{code}", "Can be redeemed")
        await has_buttons(self.vikram, before)
        await self._look_up_is_written()

    async def _look_up_is_written(self) -> None:
        """A killed desk may lose the look-ups of its last half second; the stories here are about later ones."""
        button = self.vikram.in_view.button("Redeem", None)
        assert button is not None
        card, _ = lookup.pressed_row(button.element)
        async with asyncio.timeout(PATIENCE_S):
            # Another process writes it, which tells nobody here.
            while not self.world.ledger.keeps(card):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_S)

    async def fills(self) -> None:
        await self.vikram.sees("Bill amount")
        await fills(self.vikram)

    # Time.

    async def ends(self) -> None:
        """Time passes until nothing is due."""
        for _ in range(MOST_STEPS):
            due_in_s = await self.idle()
            if due_in_s is None:
                return
            self.world.ledger.passes(due_in_s + A_LITTLE_S)
        raise AssertionError("it never ends")

    async def idle(self) -> float | None:
        """Once the desks have done what is due: seconds until there is more, None when there is not."""
        async with asyncio.timeout(PATIENCE_S):
            # Another process does it, which tells nobody here.
            while (due_in_s := self.world.ledger.due_in_s()) is not None and due_in_s <= 0.0:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_S)
        return due_in_s


@asynccontextmanager
async def street(folder: Path, database_url: str) -> AsyncIterator[Street]:
    engine, slack = SandboxEngine(now=utc_now), SandboxSlack(limit_s=30.0)
    async with AsyncExitStack() as stack:
        for part in (engine, slack):
            await part.start()
            stack.push_async_callback(part.close)
        policy = folder / "killed.toml"
        policy.write_text(POLICY, encoding="utf-8")
        more = {
            "DATABASE_URL": database_url,
            "POLICY_FILE": str(policy),
            "RECONCILE_WINDOW_SECONDS": "12",
            "CAPILLARY_ATTRIBUTION_TILL": DESK.code,
        }
        world = World(Ledger.open(database_url), engine, slack, DISPLAY)
        watch(world)
        made = Street(engine, slack, world, environment(engine, slack, folder) | more, folder)
        stack.push_async_callback(made.tasks.close)
        stack.callback(world.ledger.close)
        stack.callback(made.ends_all)
        yield made


class Hung:
    """The next call of this name stays unanswered until it is released."""

    def __init__(self, here: Street, point: Point) -> None:
        self._slack, self._call = here.slack, point.call
        self._release = asyncio.Event()
        self._hang: Hang | None = None
        self._calls = here.slack.workspace.arrived[point.call]
        if point.call.startswith("/"):
            self._hang = Hang(self._release, after=bool(point.done))
            here.engine.faults.add(self._hang, path=point.call)
        else:
            here.slack.fail(point.call, hang=self._release, times=1)

    async def arrives(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            if self._hang is not None:
                await self._hang.arrived.wait()
            else:
                await self._slack.reached(self._call, self._calls + 1)

    def goes_on(self) -> None:
        self._release.set()


async def killed_at(here: Street, point: Point, step: Callable[[], Awaitable[object]]) -> None:
    """Killed when the call of this step has arrived; what is left of the step finds nobody any more."""
    if point.call == capillary.TOKEN:
        here.engine.revoke_tokens()
    hung = Hung(here, point)

    async def acts() -> None:
        await step()

    acting = here.tasks.spawn(acts())
    await hung.arrives()
    here.kills()
    if point.done is not False:
        hung.goes_on()
    await here.goes_on()
    await acting


async def plays(here: Street, point: Point) -> None:
    vikram = here.vikram
    match point.at:
        case At.FORM:
            await here.looks_up(point.code)
            await killed_at(here, point, lambda: vikram.clicks("Redeem"))
            if point.call == "views.open":
                # It was complete when it was sent: Slack opens it all the same, and the other desk goes on with it.
                await here.fills()
                await here.has_it_reviewed()
                await here.confirms()
        case At.REVIEW:
            await here.opens(point.code)
            await killed_at(here, point, vikram.submits)
        case At.CONFIRM if point.call == "chat.update":
            await here.reviews(point.code)
            slow = Hang(asyncio.Event())
            here.engine.faults.add(slow, path=capillary.REDEEM)
            await vikram.submits()
            await slow.arrived.wait()
            # A message whose outcome comes at once is posted with it, and never updated.
            await here.slack.until(lambda: bool(here.slack.messages(f"D{vikram.user.id[1:]}")))
            await here.idle()
            await killed_at(here, point, lambda: _set(slow.event))
        case At.CONFIRM:
            await here.reviews(point.code)
            await killed_at(here, point, vikram.submits)
        case At.LOOK:
            await here.reviews(point.code)
            here.engine.faults.add(DropAfter(), path=capillary.REDEEM)
            await vikram.submits()
            await vikram.sees("Outcome unknown")
            await here.idle()
            await killed_at(here, point, lambda: time_passes(here))
    if not here.world.ledger.requests():
        await here.reviews(point.code)
        await here.confirms()
    await here.ends()


async def time_passes(here: Street) -> None:
    here.world.ledger.passes(A_WHILE_S)


async def _set(event: asyncio.Event) -> None:
    event.set()


async def came_to_its_end(folder: Path, database_url: str, point: Point) -> None:
    async with street(folder, database_url) as here:
        for _ in range(1 if "sqlite" in database_url else 2):
            await here.starts()
        await plays(here, point)
        check(here.world)
        ended = [row.state for row in here.world.ledger.requests()]
        secrets = secrets_of(here.engine, here.slack, [point.code])
        told = _logs(folder)

    assert leaked(told, secrets) == []
    assert len(ended) == 1
    assert set(ended) <= point.ends


async def all_came_to_their_end(folder: Path, points: Sequence[Point], urls: Sequence[str]) -> None:
    """Side by side: mostly they wait."""
    ends = [
        came_to_its_end(_made(folder / str(number)), url, point)
        for number, (point, url) in enumerate(zip(points, urls, strict=True))
    ]
    came = await asyncio.gather(*ends, return_exceptions=True)
    failed = [f"{point.name}: {err!r}" for point, err in zip(points, came, strict=True) if err is not None]
    assert failed == []


def _logs(folder: Path) -> str:
    return "".join(log.read_text(encoding="utf-8") for log in folder.glob("desk-*.log"))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


GROUPS = [POINTS[first : first + SIDE_BY_SIDE] for first in range(0, len(POINTS), SIDE_BY_SIDE)]
BY_NAME = {point.name: point for point in POINTS}
#: Schedules kill no process. These show at every run that a killed one leaves nothing behind.
FEW = {
    "sqlite": [BY_NAME["Redeem now: redeem, worked on"], BY_NAME["the first look: get"]],
    "postgres": [BY_NAME["Redeem now: redeem, not worked on"], BY_NAME["Redeem now: chat.update"]],
}


@pytest.mark.parametrize("points", some([FEW["sqlite"], *GROUPS], 0), ids=lambda points: points[0].name)
async def test_sqlite_killed_there_and_started_again_it_comes_to_its_end(
    tmp_path: Path, ledger_file: Path, points: Sequence[Point]
) -> None:
    urls = [
        f"sqlite:///{shutil.copy(ledger_file, tmp_path / f'{number}.db')}" for number in range(len(points))
    ]

    await all_came_to_their_end(tmp_path, points, urls)


@pytest.mark.parametrize("points", some([FEW["postgres"], *GROUPS], 0), ids=lambda points: points[0].name)
async def test_postgres_killed_there_the_other_instance_brings_it_to_its_end(
    tmp_path: Path, postgres_server: str, postgres_ledger: str, points: Sequence[Point]
) -> None:
    with ExitStack() as stack:
        urls = [stack.enter_context(new_postgres(postgres_server, template=postgres_ledger)) for _ in points]
        await all_came_to_their_end(tmp_path, points, urls)


def test_there_are_sixteen_points() -> None:
    assert len({point.name for point in POINTS}) == 16
