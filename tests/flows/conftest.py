"""A running desk between stand-ins for Slack and the engine, its clock and its people."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Tuning
from bot.sandbox import capillary
from bot.sandbox.capillary import SandboxEngine
from bot.sandbox.demo import Sandbox, sandbox
from bot.sandbox.slack import SandboxSlack
from bot.sandbox.slack_person import Person
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


@dataclass(slots=True)
class Clock:
    """Stands still until it is moved: what people see, and how old what was kept is."""

    at: datetime = START
    passed_s: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic() + self.passed_s

    def moves(self, by: timedelta) -> None:
        self.at += by
        self.passed_s += by.total_seconds()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tuning(clock: Clock) -> Tuning:
    return Tuning(now=clock.now, monotonic=clock.monotonic, engine_per_second=50.0)


@pytest.fixture
def policy() -> str:
    """The policy file; a module about rights has one of its own. Without [lookup] every full member may look up."""
    return ""


@pytest.fixture
def overrides() -> dict[str, str]:
    """Environment variables that a module sets otherwise."""
    return {}


@pytest.fixture
async def parts(
    tmp_path: Path, tuning: Tuning, policy: str, overrides: dict[str, str]
) -> AsyncIterator[Sandbox]:
    """Desk, Slack and engine. Whatever a story does: no rule of Slack's is broken, and no call is new."""
    file = tmp_path / "stories.toml"
    file.write_text(policy, encoding="utf-8")
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(
            sandbox(tmp_path, tuning, {"POLICY_FILE": str(file), **overrides})
        )
        yield running
    assert running.slack.faults == []
    assert {call.method for call in running.slack.calls} <= SLACK_CALLS
    assert {(call.method, call.path) for call in running.engine.calls} <= ENGINE_CALLS


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
