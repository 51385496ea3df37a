"""A busy workspace in real time: two instances on PostgreSQL, Slack's tiers enforced, one rolling restart."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.demo import environment
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.limits import TIERS
from bot.sandbox.slack.people import User
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.benchmarks import children
from tests.benchmarks.lookup import now
from tests.databases import new_postgres, running_postgres

PEOPLE, MANAGERS, STORE_OPS = 400, 20, 20
#: Stories begun in a minute.
LOOK_UPS, DIRECT, APPROVED, CASES = 120, 25, 10, 10
#: Worth of a coupon that needs an approval. Nobody reaches their own limit of the day with those of ten minutes.
APPROVED_VALUE = 600
#: Seconds that somebody waits for something before it counts as lost.
PATIENCE_S = 30.0
#: Seconds for the first exchange between the instances, and between two people of the warm-up.
SETTLED_S, APART_S = 3.0, 0.62
REDEEMED = "The loyalty engine confirmed it"


@dataclass(slots=True)
class Seen:
    """
    What people saw.

    Attributes:
        lost: stories that did not end, by kind.
        ended: seconds from the last press until everybody concerned saw the outcome, by kind.
        why: what somebody saw instead.

    """

    lost: Counter[str] = field(default_factory=Counter)
    ended: dict[str, list[float]] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    unverified: int = 0
    unacknowledged: int = 0

    def answered(self, status: int | None, screen: str) -> None:
        self.unacknowledged += status != 200
        self.unverified += "could not verify" in screen.lower()


@dataclass(slots=True)
class Floor:
    """The parts, and whose turn it is: an instance's, and of each kind of person."""

    slack: SandboxSlack
    engine: SandboxEngine
    agents: list[Person]
    managers: list[Person]
    store_ops: list[Person]
    urls: list[str] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    made: int = 0

    def customer(self, value: float) -> tuple[str, str]:
        """A new one's mobile and their coupon."""
        self.made += 1
        mobile, code = f"9190{self.made:08d}", f"W{self.made:07d}"
        customer = self.engine.customers.add_customer(mobile)
        self.engine.customers.add_coupon(customer, code, value=value)
        return mobile, code

    def balance(self) -> None:
        """The next press goes to the other instance."""
        self.urls.append(self.urls.pop(0))
        self.slack.connect(self.urls[0])

    async def looks_up(self, person: Person, mobile: str, code: str) -> None:
        ack = await person.command("/coupons", f"{mobile} code:{code}")
        # Older cards stand there as well.
        await person.sees(f"…{mobile[-4:]}  ·  one coupon", PATIENCE_S)
        self.seen.answered(ack.status, person.screen())

    async def asks(self, person: Person, value: float) -> tuple[str, str]:
        """Returns the bill number and the customer's last digits, as messages show them."""
        mobile, code = self.customer(value)
        number = f"B-{self.made}"
        await self.looks_up(person, mobile, code)
        await person.clicks("Redeem", near=code, timeout_s=PATIENCE_S)
        await person.types("Bill amount", "12000", timeout_s=PATIENCE_S)
        await person.types("Bill number", number)
        await person.chooses("Till offline", from_="Reason")
        await person.submits()
        await person.sees("cannot be undone", PATIENCE_S)
        ack = await person.submits()
        self.seen.answered(ack.status, person.screen())
        return number, f"…{mobile[-4:]}"

    def told(self, person: Person, words: str, number: str) -> bool:
        """Whether the person's own direct message says it of this bill."""
        own = (str(one.blocks) for one in self.slack.messages(f"D{person.id[1:]}"))
        return any(words in text and number in text for text in own)


async def look_up(floor: Floor, person: Person) -> float:
    mobile, code = floor.customer(100)
    began = time.perf_counter()
    await floor.looks_up(person, mobile, code)
    return time.perf_counter() - began


async def direct(floor: Floor, person: Person) -> float:
    number, _ = await floor.asks(person, 100)
    began = time.perf_counter()
    await floor.slack.until(lambda: floor.told(person, REDEEMED, number), PATIENCE_S)
    return time.perf_counter() - began


async def approved(floor: Floor, person: Person) -> float:
    number, tail = await floor.asks(person, APPROVED_VALUE)
    manager = floor.managers[floor.made % len(floor.managers)]
    await floor.slack.until(
        lambda: number in str([one.blocks for one in floor.slack.messages("C0APPROVALS")]), PATIENCE_S
    )
    await manager.clicks("Approve", near=tail, timeout_s=PATIENCE_S)
    await manager.sees("It cannot be undone from here", PATIENCE_S)
    ack = await manager.submits()
    floor.seen.answered(ack.status, manager.screen())
    began = time.perf_counter()
    await floor.slack.until(lambda: floor.told(person, REDEEMED, number), PATIENCE_S)
    passed = time.perf_counter() - began
    await manager.closes(everything=True)
    return passed


async def case(floor: Floor, person: Person) -> float:
    mobile, code = floor.customer(100)
    words = f"Is {floor.made} valid?"
    await floor.looks_up(person, mobile, code)
    await person.clicks("Ask store ops", near=code, timeout_s=PATIENCE_S)
    await person.types("Question", words, timeout_s=PATIENCE_S)
    await person.submits()
    began = time.perf_counter()
    await floor.slack.until(
        lambda: words in str([one.blocks for one in floor.slack.messages("C0STOREOPS")]), PATIENCE_S
    )
    return time.perf_counter() - began


STORIES: Mapping[str, tuple[Callable[[Floor, Person], Awaitable[float]], int]] = {
    "look-up": (look_up, LOOK_UPS),
    "direct": (direct, DIRECT),
    "approved": (approved, APPROVED),
    "case": (case, CASES),
}


@asynccontextmanager
async def _floor(ledger: str, folder: Path) -> AsyncIterator[tuple[Floor, Callable[[], Awaitable[None]]]]:
    """The floor with two instances, and what restarts them one after the other."""
    engine, slack = SandboxEngine(now=now), SandboxSlack()
    await engine.start()
    await slack.start()
    floor = _people(slack, engine)
    environ = {**environment(engine, slack, folder), "DATABASE_URL": ledger, "LOG_LEVEL": "ERROR"}
    async with AsyncExitStack() as stack:

        async def instance() -> tuple[AsyncExitStack, str]:
            one = await stack.enter_async_context(AsyncExitStack())
            child = await one.enter_async_context(children.desk(environ))
            floor.urls.append(child.url)
            return one, child.url

        running = [await instance(), await instance()]

        async def restart() -> None:
            for old, url in running:
                await instance()
                floor.urls.remove(url)
                floor.balance()
                await old.aclose()

        floor.balance()
        yield floor, restart
    await slack.close()
    await engine.close()


def _people(slack: SandboxSlack, engine: SandboxEngine) -> Floor:
    def some(kind: str, count: int, channel: str) -> list[Person]:
        names = (User(id=f"U1{kind}{number:03d}", name=f"{kind.title()} {number}") for number in range(count))
        return [slack.add_user(one, channels=("C0SUPPORT", channel)) for one in names]

    agents = some("AGENT", PEOPLE - MANAGERS - STORE_OPS, "C0SUPPORT")
    managers, store_ops = some("MANAGER", MANAGERS, "C0APPROVALS"), some("OPS", STORE_OPS, "C0STOREOPS")
    for group, members in (("S0SENIORS", agents), ("S0MANAGERS", managers), ("S0STOREOPS", store_ops)):
        slack.change_group(group, users=tuple(one.id for one in members))
    return Floor(slack, engine, agents, managers, store_ops)


async def played(minutes: float) -> tuple[Floor, Counter[str]]:
    """The floor after so many minutes of stories, and its calls to Slack by method, the warm-up's left out."""
    with (
        running_postgres() as server,
        new_postgres(server) as ledger,
        tempfile.TemporaryDirectory() as folder,
    ):
        async with _floor(ledger, Path(folder)) as (floor, restart):
            await _warm_up(floor)
            floor.slack.calls.clear()
            async with asyncio.TaskGroup() as stories:
                for name, (story, per_minute) in STORIES.items():
                    stories.create_task(_kind(floor, name, story, per_minute, minutes))
                await asyncio.sleep(minutes * 30)
                await restart()
            return floor, Counter(call.method for call in floor.slack.calls)


async def _warm_up(floor: Floor) -> None:
    """Everybody is seen once, no faster than Slack allows, and one `user_change` comes."""
    floor.slack.change_user(floor.agents[0].id, name="Agent Zero")
    for person in (*floor.agents, *floor.managers, *floor.store_ops):
        floor.balance()
        await person.command("/coupons", "98450 12345")
        await asyncio.sleep(APART_S)
    await asyncio.sleep(SETTLED_S)
    floor.seen = Seen()


async def _kind(
    floor: Floor,
    name: str,
    story: Callable[[Floor, Person], Awaitable[float]],
    per_minute: int,
    minutes: float,
) -> None:
    """Begin stories evenly, each by somebody who does nothing else at the time."""
    async with asyncio.TaskGroup() as running:
        for number in range(round(per_minute * minutes)):
            floor.balance()
            person = floor.agents.pop(0)
            running.create_task(_one(floor, name, story, person), name=f"{name} {number}")
            await asyncio.sleep(60 / per_minute)


async def _one(
    floor: Floor, name: str, story: Callable[[Floor, Person], Awaitable[float]], person: Person
) -> None:
    try:
        floor.seen.ended.setdefault(name, []).append(await story(floor, person))
    except AssertionError as err:
        floor.seen.lost[name] += 1
        floor.seen.why.append(f"{name}: {str(err)[-700:]}")
        floor.seen.answered(200, person.screen())
    finally:
        if person.modal is not None:
            await person.closes(everything=True)
        floor.agents.append(person)


def report(minutes: float) -> str:
    floor, calls = asyncio.run(played(minutes))
    seen = floor.seen
    lines = ["| story | ended | lost | median | slowest |", "|---|---|---|---|---|"]
    for name in STORIES:
        ordered = sorted(seen.ended.get(name) or [PATIENCE_S])
        middle, last = ordered[len(ordered) // 2], ordered[-1]
        lines.append(f"| {name} | {len(ordered)} | {seen.lost[name]} | {middle:.2f} s | {last:.2f} s |")
    lines += ["", f"could not verify: {seen.unverified}; unacknowledged: {seen.unacknowledged}", ""]
    lines += ["| method | calls a minute | its tier |", "|---|---|---|"]
    lines += [
        f"| {method} | {count / minutes:.1f} | {_tier(method)} |" for method, count in calls.most_common()
    ]
    return "\n".join(
        [
            *lines,
            "",
            *seen.why[:3],
            f"Rules of Slack broken: {len(floor.slack.faults)} {floor.slack.faults[:3]}",
        ]
    )


def _tier(method: str) -> str:
    if method == "response_url":
        return "none"
    where = ", for each channel" if method == "chat.postMessage" else ""
    return f"{TIERS[method][-1][0]}{where}"
