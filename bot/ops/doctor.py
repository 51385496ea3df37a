"""`coupon-desk doctor`: settings, Slack, the engine and the database, one line each, with what to do."""

from __future__ import annotations

import json
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import aiohttp

from bot import logs
from bot.adapters.ledger.database import Database
from bot.adapters.slack.web import reading_client, shared_session
from bot.app import Tuning
from bot.bootstrap.engine import engine_ports, engine_transport
from bot.ops.doctor_clock import EngineClockCheck
from bot.ops.doctor_database import DatabaseChecks
from bot.ops.doctor_engine import EngineChecks
from bot.ops.doctor_slack import PublicUrlCheck, SlackChecks
from bot.ops.finding import Check, CheckResult, Grade, fail, ok, warn
from bot.ops.policy import size_of
from bot.ops.sentences import counted
from bot.ops.slack import open_slack, read_directory
from bot.services.health import Pulse
from bot.settings import Settings, SettingsFault, load

#: Exit codes.
FINE, FAILED = 0, 1
#: Connections that a desk may hold at once, with files and a margin.
FEWEST_FILES = 1024

Say = Callable[[str], None]


async def run(say: Say, *, as_json: bool, read: Callable[[], Settings] = load) -> int:
    """Returns the exit code: 1 when anything fails."""
    try:
        settings = read()
    except SettingsFault as err:
        results = [fail("settings", fault, "Set it in the environment or in .env.") for fault in err.faults]
        return _told(results, say, as_json=as_json)
    logs.protect(*settings.secrets())
    results = []
    async for result in _results(settings):
        results.append(result)
        if not as_json:
            say(result.line)
    if as_json:
        return _told(results, say, as_json=True)
    return _code(results)


async def groups(settings: Settings, say: Say) -> int:
    """The workspace's user groups with their ids. Returns the exit code. Raises SlackUnreadable."""
    async with open_slack(settings) as client:
        directory = await read_directory(client)
    for group in sorted(directory.groups.values(), key=lambda one: one.handle):
        state = counted(len(group.people), "person", "people") if group.enabled else "disabled"
        say(f"{group.id}  @{group.handle}  {group.name}  {state}")
    return FINE


async def _results(settings: Settings) -> AsyncIterator[CheckResult]:
    yield ok("settings", "they can be used.")
    yield _policy(settings)
    yield _files()
    async with AsyncExitStack() as stack:
        for check in await _checks(settings, stack):
            async for result in check():
                yield result


async def _checks(settings: Settings, stack: AsyncExitStack) -> list[Check]:
    tuning = Tuning()
    session = await stack.enter_async_context(shared_session(aiohttp.TraceConfig()))
    token = settings.slack_bot_token.get_secret_value()
    transport = engine_transport(settings, tuning.monotonic, Pulse(tuning.now).beat, stack)
    engine = engine_ports(transport, settings)
    database = Database.open(settings.database_url.get_secret_value())
    stack.push_async_callback(database.close)
    return [
        SlackChecks(
            settings=settings,
            client=reading_client(token, settings.slack_api_url, session),
            session=session,
            now=tuning.now,
        ),
        PublicUrlCheck(settings=settings, session=session, now=tuning.now),
        EngineChecks(
            engine=engine.engine,
            redeeming=engine.redeeming,
            history=engine.history,
            now=tuning.now,
        ),
        DatabaseChecks(database=database, pool=settings.database_pool, now=tuning.now),
        EngineClockCheck(database=database, redeeming=engine.redeeming, zone=settings.capillary_timezone),
    ]


def _policy(settings: Settings) -> CheckResult:
    if settings.policy_text is None:
        step = "Write one (see policy.example.toml) and set POLICY_FILE."
        return warn("policy", "there is none: nobody may do anything.", step)
    return ok("policy", f"{size_of(settings.policy)}.")


def _files() -> CheckResult:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FEWEST_FILES:
        return warn("open files", f"the limit is {soft}.", f"Raise it to {FEWEST_FILES} or more (ulimit -n).")
    return ok("open files", f"the limit is {soft}.")


def _told(results: list[CheckResult], say: Say, *, as_json: bool) -> int:
    if as_json:
        say(json.dumps([one.told for one in results], ensure_ascii=False))
    else:
        for one in results:
            say(one.line)
    return _code(results)


def _code(results: list[CheckResult]) -> int:
    return FAILED if any(one.grade is Grade.FAIL for one in results) else FINE
