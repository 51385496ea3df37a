"""`coupon-desk doctor` against the sandbox: all well, and one line for each thing that is not."""

from __future__ import annotations

import json
import re
import resource
import shutil
import sqlite3
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import psycopg
import pytest
import yaml

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.faults import PASSWORD, UNTRUSTED, Fault
from bot.adapters.slack.web import reading_client, shared_session
from bot.app import Tuning, utc_now
from bot.domain.errors import LedgerUnavailable
from bot.ops import doctor
from bot.ops.doctor_clock import _judged
from bot.ops.doctor_database import DatabaseChecks, _first_step
from bot.ops.doctor_slack import SCOPES, SlackChecks
from bot.ops.finding import Grade, fail
from bot.ops.slack import _unreadable
from bot.sandbox import demo
from bot.sandbox.demo import Sandbox, sandbox
from bot.sandbox.engine import capillary
from bot.sandbox.engine.faults import Status
from bot.settings import EXAMPLES, Settings, load
from tests.flows.redeeming import hears, redeems
from tests.ops.lines import Lines

ROOT = Path(__file__).parents[2]
#: Managers approve what they do not ask for themselves.
POLICY = demo.POLICY


@pytest.fixture
async def parts(tmp_path: Path, ledger_file: Path) -> AsyncIterator[Sandbox]:
    shutil.copy(ledger_file, tmp_path / "coupon-desk.db")
    async with sandbox(tmp_path, Tuning(engine_per_minute=3000)) as running:
        yield running


@pytest.fixture
def environ(parts: Sandbox, tmp_path: Path) -> dict[str, str]:
    told = demo.environment(parts.engine, parts.slack, tmp_path)
    return told | {"PUBLIC_URL": parts.desk.url, "CAPILLARY_ATTRIBUTION_TILL": "coupon.desk"}


async def examined(environ: dict[str, str]) -> tuple[int, Lines]:
    say = Lines()

    def read() -> Settings:
        return load(environ, env_file=None)

    return await doctor.run(say, as_json=False, read=read), say


async def test_all_well_is_all_ok(environ: dict[str, str], parts: Sandbox) -> None:
    before = parts.engine.count(capillary.REDEEM)
    code, say = await examined(environ)

    assert [line for line in say.said if not line.startswith("ok ")] == []
    assert len(say.said) >= 20
    assert code == 0
    assert parts.engine.count(capillary.REDEEM) == before
    assert parts.slack.faults == []


async def test_nothing_secret_is_shown(environ: dict[str, str]) -> None:
    _, say = await examined(environ)
    told = "\n".join(say.said)

    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "CAPILLARY_CLIENT_SECRET",
        "CAPILLARY_CLIENT_KEY",
    ):
        assert environ[name] not in told


async def test_json_says_the_same(environ: dict[str, str]) -> None:
    say = Lines()
    code = await doctor.run(say, as_json=True, read=lambda: load(environ, env_file=None))

    told = json.loads("".join(say.said))
    assert {one["grade"] for one in told} == {"ok"}
    assert {"check", "says", "next", "grade"} == set(told[0])
    assert code == 0


def test_the_scopes_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))

    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES


async def test_groups_with_their_ids(environ: dict[str, str], parts: Sandbox) -> None:
    parts.slack.change_group("S0SENIORS", users=("U0MANAGER1",))
    say = Lines()

    assert await doctor.groups(load(environ, env_file=None), say) == 0
    assert any(re.match(r"S0MANAGERS  @\S+  .*  \d+ people$", line) for line in say.said)
    assert any(re.match(r"S0SENIORS  @\S+  .*  1 person$", line) for line in say.said)


# Settings


async def test_wrong_settings_are_a_line_each() -> None:
    code, say = await examined({"SLACK_BOT_TOKEN": "xoxp-1"})

    assert code == 1
    assert len(say.said) >= 3
    assert all(line.startswith("fail  settings: ") for line in say.said)


async def test_examples_of_settings_are_shown_and_what_was_set_is_not() -> None:
    _, say = await examined({"SLACK_BOT_TOKEN": "xoxp-1", "DATABASE_URL": "mysql://user:hunter2@host/db"})
    told = "\n".join(say.said)

    for name in ("SLACK_BOT_TOKEN", "CAPILLARY_CLIENT_KEY", "DATABASE_URL"):
        assert f"; example: {name}={EXAMPLES[name]} Next: " in told
    assert "xoxp-1" not in told
    assert "hunter2" not in told


def test_the_name_of_a_check_makes_no_secret_of_the_next_word_and_secrets_are_hidden() -> None:
    found = fail("slack token", "Slack does not accept xoxb-1-2-abcDEF.", "Copy it, as in X=xoxb-1-2-abc.")

    says, step = "Slack does not accept ***", "Copy it, as in X=***"
    assert found.line == f"fail  slack token: {says} Next: {step}"
    assert found.told == {"check": "slack token", "grade": "fail", "says": says, "next": step}


async def test_no_policy(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    del environ["POLICY_FILE"]
    (tmp_path / "policy.toml").unlink()

    code, say = await examined(environ)
    assert say.one("policy").startswith("warn")
    assert code == 0


async def test_few_open_files(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))

    _, say = await examined(environ)
    assert (
        say.one("open files")
        == "warn  open files: the limit is 256. Next: Raise it to 1024 or more (ulimit -n)."
    )


# Slack, the engine


def _unknown_token(environ: dict[str, str], _: Sandbox) -> None:
    environ["SLACK_BOT_TOKEN"] = "xoxb-other"


def _fewer_scopes(_: dict[str, str], parts: Sandbox) -> None:
    web_api = parts.slack._web_api
    tokens = web_api._tokens
    web_api._tokens = type(tokens)(
        bot=tokens.bot, app=tokens.app, scopes=tokens.scopes - {"users:read", "chat:write"}
    )


def _gone_group(_: dict[str, str], parts: Sandbox) -> None:
    parts.slack.workspace.directory.groups.pop("S0SENIORS")


def _disabled_group(_: dict[str, str], parts: Sandbox) -> None:
    parts.slack.change_group("S0SENIORS", date_delete=1700000000)


def _empty_group(_: dict[str, str], parts: Sandbox) -> None:
    parts.slack.change_group("S0SENIORS", users=())


def _alone(_: dict[str, str], parts: Sandbox) -> None:
    parts.slack.change_group("S0AGENTS", users=("U0MANAGER1",))
    parts.slack.change_group("S0SENIORS", users=())
    parts.slack.change_group("S0MANAGERS", users=("U0MANAGER1",))


def _not_in_channel(_: dict[str, str], parts: Sandbox) -> None:
    parts.slack.change_channel("C0APPROVALS", members=())


def _shared_channel(_: dict[str, str], parts: Sandbox) -> None:
    parts.slack.change_channel("C0APPROVALS", is_ext_shared=True)


def _archived_channel(_: dict[str, str], parts: Sandbox) -> None:
    parts.slack.change_channel("C0STOREOPS", is_archived=True)


def _unknown_channel(_: dict[str, str], parts: Sandbox) -> None:
    parts.slack.fail("conversations.info", error="channel_not_found")


def _no_public_url(environ: dict[str, str], _: Sandbox) -> None:
    del environ["PUBLIC_URL"]


def _nobody_there(environ: dict[str, str], _: Sandbox) -> None:
    environ["PUBLIC_URL"] = "http://127.0.0.1:1"


def _something_else_there(environ: dict[str, str], parts: Sandbox) -> None:
    environ["PUBLIC_URL"] = parts.slack.workspace.base_url


def _another_secret(environ: dict[str, str], _: Sandbox) -> None:
    environ["SLACK_SIGNING_SECRET"] = "0" * 32


def _groups_unreadable(_: dict[str, str], parts: Sandbox) -> None:
    parts.slack.fail("usergroups.list", error="missing_scope")


def _wrong_app_token(environ: dict[str, str], _: Sandbox) -> None:
    environ["SLACK_APP_TOKEN"] = "xapp-other"


def _engine_down(environ: dict[str, str], _: Sandbox) -> None:
    environ["CAPILLARY_URL"] = "http://127.0.0.1:1"


def _engine_secret(environ: dict[str, str], _: Sandbox) -> None:
    environ["CAPILLARY_CLIENT_SECRET"] = "another-one"


def _call_not_allowed(_: dict[str, str], parts: Sandbox) -> None:
    parts.engine.faults.add(Status(403), path=capillary.HISTORY, times=None)


def _call_broken(_: dict[str, str], parts: Sandbox) -> None:
    parts.engine.faults.add(Status(500), path=capillary.LOOKUP, times=None)


def _till_not_allowed(_: dict[str, str], parts: Sandbox) -> None:
    parts.engine.faults.add(Status(403), path=f"{capillary.TILL}1", times=None)


def _no_database(environ: dict[str, str], _: Sandbox) -> None:
    environ["DATABASE_URL"] = "sqlite:////nowhere/at/all/desk.db"


FAULTS = {
    "token": (_unknown_token, "slack token", "fail", "invalid_auth"),
    "scopes": (_fewer_scopes, "slack scopes", "fail", "missing: chat:write, users:read."),
    "group gone": (_gone_group, "group S0SENIORS", "fail", "there is no such group"),
    "group disabled": (_disabled_group, "group S0SENIORS", "fail", "is disabled"),
    "group empty": (_empty_group, "group S0SENIORS", "warn", "nobody in @"),
    "only approver": (_alone, "rule “everything else”", "warn", "nobody but U0MANAGER1 could approve"),
    "not in channel": (_not_in_channel, "approvals channel C0APPROVALS", "fail", "/invite @Coupon Desk"),
    "shared channel": (
        _shared_channel,
        "approvals channel C0APPROVALS",
        "fail",
        "shared with another company",
    ),
    "archived channel": (_archived_channel, "escalations channel C0STOREOPS", "fail", "it is archived"),
    "unknown channel": (_unknown_channel, "approvals channel C0APPROVALS", "fail", "channel_not_found"),
    "no address": (_no_public_url, "public address", "warn", "PUBLIC_URL is not set"),
    "nobody there": (_nobody_there, "public address", "fail", "cannot be reached"),
    "something else there": (_something_else_there, "public address", "fail", "is not the desk (404)"),
    "another secret": (_another_secret, "public address", "fail", "refused a signed request (401)"),
    "groups unreadable": (_groups_unreadable, "groups", "fail", "usergroups:read"),
    "app token": (_wrong_app_token, "socket mode", "fail", "Slack does not accept SLACK_APP_TOKEN"),
    "engine down": (_engine_down, "engine coupon/get", "fail", "cannot be reached"),
    "engine secret": (_engine_secret, "engine coupon/get", "fail", "credentials are not accepted"),
    "call not allowed": (_call_not_allowed, "engine customer/redemptions", "fail", "not accepted for it"),
    "call broken": (_call_broken, "engine customers/lookup", "warn", "no usable answer"),
    "till not allowed": (_till_not_allowed, "engine till", "fail", "not accepted for it"),
    "no database": (_no_database, "database", "fail", "it cannot be used"),
}


@pytest.mark.parametrize(("happens", "check", "grade", "says"), FAULTS.values(), ids=FAULTS)
async def test_each_fault_is_a_line_with_its_next_step(
    environ: dict[str, str],
    parts: Sandbox,
    happens: Callable[[dict[str, str], Sandbox], None],
    check: str,
    grade: str,
    says: str,
) -> None:
    happens(environ, parts)
    code, say = await examined(environ)

    line = say.one(check)
    assert line.startswith(grade)
    assert says in line
    assert " Next: " in line
    assert code == (1 if grade == "fail" else 0)


async def test_each_call_that_the_access_group_does_not_allow_is_a_line(
    environ: dict[str, str], parts: Sandbox
) -> None:
    calls = {
        "engine is_redeemable": capillary.IS_REDEEMABLE,
        "engine customers/coupons": capillary.COUPONS,
        "engine customers/lookup": capillary.LOOKUP,
        "engine customer/redemptions": capillary.HISTORY,
    }
    for path in (*calls.values(), capillary.PROMOTIONS):
        parts.engine.faults.add(Status(403), path=path, times=None)
    code, say = await examined(environ)

    assert [check for check in calls if not say.one(check).startswith("fail")] == []
    # The engine answers so where an organisation has no cart promotions, too.
    assert say.one("engine promotions/redemptions").startswith("warn")
    assert code == 1


@pytest.mark.parametrize(("off_s", "grade"), [(0, "ok"), (-60, "warn"), (400, "fail")])
async def test_slacks_clock(environ: dict[str, str], off_s: int, grade: str) -> None:
    settings, say = load(environ, env_file=None), Lines()
    async with shared_session(aiohttp.TraceConfig()) as session:
        checks = SlackChecks(
            settings=settings,
            client=reading_client(environ["SLACK_BOT_TOKEN"], settings.slack_api_url, session),
            session=session,
            now=lambda: utc_now() + timedelta(seconds=off_s),
        )
        async for result in checks():
            say(result.line)

    assert say.one("slack clock").startswith(grade)


# The database


async def checked(url: str, now: Callable[[], datetime] = utc_now, pool: int = 5) -> Lines:
    database, say = Database.open(url), Lines()
    async for result in DatabaseChecks(database=database, pool=pool, now=now)():
        say(result.line)
    await database.close()
    return say


@pytest.mark.parametrize(
    ("fault", "step"), [(UNTRUSTED, "sslrootcert in DATABASE_URL"), (PASSWORD, "password in")]
)
def test_a_database_whose_certificate_is_not_trusted_needs_no_other_password(fault: Fault, step: str) -> None:
    assert step in _first_step(LedgerUnavailable(fault.words, kind=fault.kind))


def test_a_command_that_asks_slack_names_the_certificate_by_the_kind_of_the_error() -> None:
    assert "SSL_CERT_FILE" in _unreadable(ssl.SSLCertVerificationError()).sentence
    assert "SLACK_BOT_TOKEN" in _unreadable(ssl.SSLError()).sentence


async def test_a_database_that_is_behind(tmp_path: Path) -> None:
    say = await checked(f"sqlite:///{tmp_path / 'new.db'}")

    assert say.one("database tables").startswith(
        "fail  database tables: they are at none, this version needs "
    )
    assert "coupon-desk migrate" in say.one("database tables")


async def test_a_database_that_is_newer(sqlite: str) -> None:
    with closing(sqlite3.connect(sqlite.removeprefix("sqlite:///"))) as ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9000'")
        ledger.commit()
    line = (await checked(sqlite)).one("database tables")

    assert line.startswith("warn  database tables: they are newer (9000) than this version")


async def test_a_database_that_is_not_durable_and_whose_log_its_role_owns(postgres: str) -> None:
    """The one of the tests has fsync off, and one role for everything."""
    say = await checked(postgres)

    assert say.one("database durability").startswith("fail  database durability: fsync is off")
    assert say.one("audit log").startswith("warn  audit log: this role owns it")


async def test_a_database_that_may_only_be_read(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())

    say = await checked(postgres)

    [line] = say.said
    assert line.startswith(
        "fail  database: it cannot be used (it can only be read; point the address at the primary"
    )


@pytest.mark.parametrize(("off", "grade"), [(0, "ok"), (20, "warn"), (120, "fail")])
async def test_a_clock_that_is_off(sqlite: str, off: int, grade: str) -> None:
    say = await checked(sqlite, lambda: utc_now() + timedelta(seconds=off))

    assert say.one("database clock").startswith(grade)


# Connections


@pytest.mark.parametrize(("pool", "grade"), [(5, "ok"), (60, "warn"), (200, "fail")])
async def test_more_connections_than_the_server_allows(postgres: str, pool: int, grade: str) -> None:
    """Ninety-seven of a hundred are for roles like this one."""
    line = (await checked(postgres, pool=pool)).one("database connections")

    assert line.startswith(f"{grade:<4}  database connections: 1 × DATABASE_POOL {pool} = {pool} of ")
    assert "the server (max_connections) allows" in line


async def test_instances_that_run_and_the_limit_of_the_database_count(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 14".encode())
        connection.execute(
            "INSERT INTO instances (id, seen_at) SELECT g, now() FROM generate_series(1, 3) AS g"
        )
        connection.execute("INSERT INTO instances (id, seen_at) VALUES ('gone', now() - interval '1 hour')")
        try:
            line = (await checked(postgres)).one("database connections")
        finally:
            connection.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1".encode())
            connection.execute("DELETE FROM instances")

    assert line.startswith("fail  database connections: 3 × DATABASE_POOL 5 = 15 of 14 that the database ")


async def test_no_pooler(postgres: str) -> None:
    assert (await checked(postgres)).one("database pooler") == "ok    database pooler: none is in between."


# The engine's clock and zone


async def test_the_engines_clock_is_judged_by_the_last_redemption(
    environ: dict[str, str], parts: Sandbox
) -> None:
    vikram = parts.slack.person("U0SENIOR")
    _, before = await examined(environ)
    await redeems(vikram)
    await hears(parts.slack, vikram, "The loyalty engine confirmed it")

    _, right = await examined(environ)
    code, wrong = await examined(environ | {"CAPILLARY_TIMEZONE": "UTC"})

    assert "nothing was redeemed from here yet" in before.one("engine clock")
    assert right.one("engine clock").startswith(
        "ok    engine clock: the last redemption has the time that we had"
    )
    assert "are read in Asia/Kolkata" in right.one("engine clock")
    assert wrong.one("engine clock").startswith(
        "fail  engine clock: its time of the last redemption is 5 h 30 min ahead of ours; "
        "times without offset are read in UTC. Next: Set CAPILLARY_TIMEZONE"
    )
    assert code == 1


@pytest.mark.parametrize(("off_s", "grade"), [(10, Grade.OK), (-90, Grade.WARN), (3600, Grade.FAIL)])
def test_an_engine_whose_clock_is_off(off_s: int, grade: Grade) -> None:
    ours = utc_now()

    assert _judged(ours + timedelta(seconds=off_s), ours, "read").grade is grade
