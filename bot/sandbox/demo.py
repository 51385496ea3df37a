"""`coupon-desk demo`: the desk against stand-ins for Slack and the engine, on this machine."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import app, settings
from bot.sandbox.clock import MovableClock
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.talk import furnish
from bot.sandbox.web.window import window

#: What an agent types before the page opens.
SESSION = ("/coupons 98450 12345", "/coupons 919400488244")
#: What is typed after that with `--talk`.
TALK = (
    "/coupons 919400488244 redeemable",
    "/coupons 98450 12345 code:0211706970002385",
    "/redemptions 98450 12345",
    "/promo-redemptions UQ38T",
)
AGENT = "U0AGENT"
#: Agents ask for approval, seniors redeem small coupons at once, managers approve.
POLICY = """
[lookup]
groups = ["S0AGENTS", "S0SENIORS", "S0MANAGERS", "S0STOREOPS"]

[redeem]
groups = ["S0AGENTS", "S0SENIORS"]
reasons = ["Till offline", "Coupon would not scan", "Goodwill", "Other"]

[[redeem.rules]]
name = "small, by a senior"
up_to = 500
groups = ["S0SENIORS"]
approvals = 0

[[redeem.rules]]
name = "everything else"
approvals = 1
approvers = ["S0MANAGERS"]

[limits]
count = 20
value = 10000

[approvals]
channel = "C0APPROVALS"
expire_after = "4h"
remind_after = ["15m", "1h"]
reject_reasons = ["Wrong coupon", "Bill not plausible", "Not entitled"]

[escalations]
channel = "C0STOREOPS"
groups = ["S0STOREOPS"]
remind_after = ["15m", "1h"]
"""
#: Seconds that a card may take: Slack limits how often the groups can be read.
PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The three parts, running on loopback."""

    slack: SandboxSlack
    engine: SandboxEngine
    desk: app.Desk


@asynccontextmanager
async def sandbox(
    folder: Path, tuning: app.Tuning | None = None, overrides: Mapping[str, str] | None = None
) -> AsyncIterator[Sandbox]:
    """
    A desk that is set up as `serve` would be, with its ledger in `folder`.

    `overrides` are environment variables, which go before the sandbox's own.
    """
    tuning = tuning or app.Tuning()
    engine, slack = SandboxEngine(now=tuning.now), SandboxSlack()
    await engine.start()
    await slack.start()
    try:
        environ = {**environment(engine, slack, folder), **(overrides or {})}
        async with app.desk(settings.load(environ, env_file=None), tuning) as desk:
            slack.connect(desk.url + "/slack/events")
            yield Sandbox(slack, engine, desk)
    finally:
        await slack.close()
        await engine.close()


def environment(engine: SandboxEngine, slack: SandboxSlack, folder: Path) -> dict[str, str]:
    """What `serve` would read from the environment."""
    policy = folder / "policy.toml"
    policy.write_text(POLICY, encoding="utf-8")
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "CAPILLARY_URL": engine.url,
        "CAPILLARY_CLIENT_KEY": engine.key,
        "CAPILLARY_CLIENT_SECRET": engine.secret,
        "CAPILLARY_TIMEZONE": "Asia/Kolkata",
        "DATABASE_URL": f"sqlite:///{folder / 'coupon-desk.db'}",
        "POLICY_FILE": str(policy),
        "HOST": "127.0.0.1",
        "PORT": "0",
    }


async def run(*, talk: bool) -> None:
    """Play the session, with `talk` a longer one, print what is seen, say where the page is, stay up until stopped."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    clock = MovableClock()
    with tempfile.TemporaryDirectory(prefix="coupon-desk-") as folder:
        async with sandbox(Path(folder), app.Tuning(now=clock.now)) as parts:
            for line in (*SESSION, *(TALK if talk else ())):
                await _play(parts, line)
            _clear(parts)
            await furnish(parts.slack)
            async with window(parts.slack, parts.engine, clock) as page:
                _say(f"\nNow try it yourself, as anybody there, at {page.url}\nPress Ctrl-C to end it.")
                await stopping.wait()


async def _play(parts: Sandbox, line: str) -> None:
    command, _, text = line.partition(" ")
    agent = parts.slack.person(AGENT)
    before = agent.screen()
    await agent.command(command, text)
    await parts.slack.until(lambda: " as of " in _added(before, agent.screen()), PATIENCE_S)
    _say(f"\n{agent.user.name} types  {line}\n\n{_added(before, agent.screen())}")


def _clear(parts: Sandbox) -> None:
    """Remove ephemeral messages before the page opens, as Slack does when it is opened again."""
    parts.engine.calls.clear()
    messages = parts.slack.workspace.messages
    for message in [one for one in messages.all if one.ephemeral]:
        messages.remove(message)


def _added(before: str, after: str) -> str:
    """Return what is new on the screen."""
    return after.removeprefix(before).strip("\n")


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
