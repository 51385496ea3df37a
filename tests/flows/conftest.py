"""A running desk between stand-ins for Slack and the engine, its clock and its people."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from bot.app import Tuning
from bot.sandbox.demo import Sandbox, sandbox
from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import APP_TOKEN, SandboxSlack
from bot.sockets import CONNECTIONS
from tests.flows.facts import START

ENGINE_CALLS = {
    ("POST", capillary.TOKEN),
    ("GET", capillary.COUPONS),
    ("GET", capillary.HISTORY),
    ("GET", capillary.PROMOTIONS),
    ("GET", capillary.IS_REDEEMABLE),
    ("GET", capillary.COUPON),
    ("GET", capillary.LOOKUP),
    ("GET", capillary.TILL),
    ("POST", capillary.REDEEM),
}
SLACK_CALLS = {
    "auth.test",
    "chat.postMessage",
    "chat.update",
    "chat.getPermalink",
    "views.open",
    "views.push",
    "views.update",
    "views.publish",
    "usergroups.list",
    "usergroups.users.list",
    "users.info",
    "conversations.info",
    "conversations.open",
    "apps.connections.open",
    "response_url",
}
Intake = Literal["http", "socket"]
WAYS: tuple[Intake, ...] = ("http", "socket")
#: More than a story reads the user groups, and less than Slack allows in a minute.
GROUPS_BURST = 18
#: Seconds between the first Socket Mode connection and the second.
STAGGER_S = 0.01


@dataclass(slots=True)
class Clock:
    """The clock of the desk and the sandbox; it stands still until a test moves it."""

    at: datetime = START
    passed_s: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic() + self.passed_s

    def moves(self, by: timedelta) -> None:
        self.at += by
        self.passed_s += by.total_seconds()


@pytest.fixture(autouse=True)
def _no_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip loading the CA certificates: no flow uses TLS, and loading takes most of a desk's start."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture(params=WAYS)
def intake(request: pytest.FixtureRequest) -> Intake:
    """
    How Slack's requests arrive. A flow plays over HTTP and over Socket Mode; of parametrized ones each row plays over one of
    them.

    Most modules choose one: `pytest.mark.parametrize("intake", ["http"])`. `test_redeem`, `test_cards`, `test_words` and
    `test_shortcut` show that both behave the same.
    """
    chosen: Intake = request.param
    return chosen


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = _in_turn(items)


def _in_turn(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Of a parametrized flow, keep every other row for HTTP and the rest for sockets."""
    rows: dict[str, dict[frozenset[tuple[str, int]], int]] = {}
    for item in items:
        ways = getattr(item, "callspec", None)
        if ways is None or "intake" not in ways.params or len(ways.params) == 1 or _chooses_intake(item):
            yield item
            continue
        # By its objects, which both ways share, not by its name: a row may speak of HTTP itself.
        row = frozenset((name, id(value)) for name, value in ways.params.items() if name != "intake")
        story = item.nodeid.partition("[")[0]
        number = rows.setdefault(story, {}).setdefault(row, len(rows[story]))
        if ways.params["intake"] == WAYS[number % len(WAYS)]:
            yield item


def _chooses_intake(item: pytest.Item) -> bool:
    return any("intake" in str(mark.args[0]) for mark in item.iter_markers("parametrize"))


@pytest.fixture
def intake_environ(intake: Intake) -> dict[str, str]:
    """Variables that choose the intake, for a flow that starts its own desk."""
    return {"SLACK_APP_TOKEN": APP_TOKEN} if intake == "socket" else {}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tuning(clock: Clock) -> Tuning:
    return Tuning(
        now=clock.now,
        monotonic=clock.monotonic,
        engine_per_minute=3000,
        groups_burst=GROUPS_BURST,
        socket_stagger_s=STAGGER_S,
    )


@pytest.fixture
def policy() -> str:
    """The policy file; a module about rights has one of its own."""
    return "[lookup]\neveryone = true\n"


@pytest.fixture
def overrides() -> dict[str, str]:
    """Environment variables that a module overrides."""
    return {}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a desk has around it, for a flow that starts its own desk."""

    engine: SandboxEngine
    slack: SandboxSlack


@pytest.fixture
async def neighbours(tuning: Tuning) -> AsyncIterator[Neighbours]:
    """Running. After each flow: no rule of Slack was broken."""
    engine, slack = SandboxEngine(now=tuning.now), SandboxSlack(limit_s=30.0)
    async with AsyncExitStack() as stack:
        for part in (engine, slack):
            await part.start()
            stack.push_async_callback(part.close)
        yield Neighbours(engine, slack)
    assert slack.faults == []


@pytest.fixture
async def parts(
    tmp_path: Path,
    ledger_file: Path,
    tuning: Tuning,
    policy: str,
    overrides: dict[str, str],
    intake_environ: dict[str, str],
) -> AsyncIterator[Sandbox]:
    """Desk, Slack and engine. After each flow: no rule of Slack was broken, and only known calls were made."""
    file = tmp_path / "stories.toml"
    file.write_text(policy, encoding="utf-8")
    shutil.copy(ledger_file, tmp_path / "coupon-desk.db")
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(
            sandbox(tmp_path, tuning, {"POLICY_FILE": str(file), **intake_environ, **overrides})
        )
        # A slow machine must not count as a late desk. What must not wait is tested with an engine that hangs.
        running.slack.waits(30.0)
        if intake_environ:
            await running.slack.until(lambda: running.slack.sockets.count == CONNECTIONS)
        yield running
    assert running.slack.faults == []
    assert {call.method for call in running.slack.calls} <= SLACK_CALLS
    makes_known_calls(running)


def makes_known_calls(parts: Sandbox) -> None:
    assert {(call.method, _known(call.path)) for call in parts.engine.calls} <= ENGINE_CALLS


def _known(path: str) -> str:
    """Return the path with a till's id replaced."""
    return capillary.TILL if path.startswith(capillary.TILL) else path


@pytest.fixture
def slack(parts: Sandbox) -> SandboxSlack:
    return parts.slack


@pytest.fixture
def engine(parts: Sandbox) -> SandboxEngine:
    return parts.engine


@pytest.fixture
def nisha(slack: SandboxSlack) -> Person:
    """Nisha Rao, a support agent."""
    return slack.person("U0AGENT")


@pytest.fixture
def vikram(slack: SandboxSlack) -> Person:
    """Vikram Shah, a senior agent."""
    return slack.person("U0SENIOR")


@pytest.fixture
def meera(slack: SandboxSlack) -> Person:
    """Meera Iyer, a manager who is also an agent."""
    return slack.person("U0MANAGER1")


@pytest.fixture
def arjun(slack: SandboxSlack) -> Person:
    """Arjun Das, a manager and nothing else."""
    return slack.person("U0MANAGER2")


@pytest.fixture
def farah(slack: SandboxSlack) -> Person:
    """Farah Khan of store ops."""
    return slack.person("U0STOREOPS")
