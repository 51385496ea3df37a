"""The commands of the README, started as an operator starts them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bot.__main__ import main
from bot.sandbox.demo import environment
from bot.sandbox.engine.capillary import COUPONS, SandboxEngine
from bot.sandbox.engine.faults import Hang
from bot.sandbox.slack.server import SandboxSlack
from tests.logged import logged as logging_as_before
from tests.long import long, some

PATIENCE_S = 60.0

Environ = dict[str, str]
Here = Callable[..., tuple[int, str, str]]


def now() -> datetime:
    return datetime(2025, 9, 1, 6, 30, tzinfo=UTC)


@asynccontextmanager
async def started(folder: Path, *arguments: str, environ: Environ | None = None) -> AsyncIterator[Process]:
    """A process with nothing in its environment but this; ended at the latest with the context."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=folder, env=environ or {}, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def ended(folder: Path, *arguments: str, environ: Environ | None = None) -> tuple[int | None, str, str]:
    """Exit code, stdout and stderr of a command that ends by itself."""
    async with started(folder, *arguments, environ=environ) as process:
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Here]:
    """As `ended`, in this process, which is quick: for a command that ends before it serves."""
    monkeypatch.chdir(tmp_path)
    # What the command sets is as it was afterwards.
    monkeypatch.setattr("threading.excepthook", threading.excepthook)
    monkeypatch.setattr("sys.unraisablehook", sys.unraisablehook)

    def run(*arguments: str, environ: Environ | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr("os.environ", dict(environ or {}))
        code = main(arguments)
        return code, *capsys.readouterr()

    with logging_as_before("CRITICAL"):
        yield run


async def logged(process: Process, event: str) -> dict[str, str]:
    """Read the log until this event."""
    assert process.stderr is not None
    read = []
    async for line in process.stderr:
        read.append(line.decode())
        with contextlib.suppress(ValueError):
            told: dict[str, str] = json.loads(line)
            if told["event"] == event:
                return told
    raise AssertionError(f"no {event!r} in the log:\n" + "".join(read))


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    slack = SandboxSlack(limit_s=30.0)
    await slack.start()
    yield slack
    await slack.close()


@pytest.fixture
async def engine() -> AsyncIterator[SandboxEngine]:
    engine = SandboxEngine(now=now)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
def environ(slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path, ledger_file: Path) -> Environ:
    """On a ledger that is up to date."""
    shutil.copy(ledger_file, tmp_path / "coupon-desk.db")
    return environment(engine, slack, tmp_path)


async def test_serve_gets_ready_and_on_sigterm_delivers_the_card_that_it_owes(
    tmp_path: Path, slack: SandboxSlack, engine: SandboxEngine, environ: Environ
) -> None:
    slow, nisha = Hang(asyncio.Event()), slack.person("U0AGENT")
    engine.faults.add(slow, path=COUPONS)
    async with started(tmp_path, "serve", environ=environ) as process:
        url = f"http://127.0.0.1:{(await logged(process, 'serving'))['port']}"
        async with aiohttp.ClientSession() as http, http.get(url + "/readyz") as ready:
            assert ready.status == 200
        slack.connect(url + "/slack/events")
        await nisha.command("/coupons", "919400488244")
        await nisha.sees("Looking up …8244; the card follows.")
        process.send_signal(signal.SIGTERM)
        await logged(process, "stopping")
        nisha.sees_not("Tom Sawyer")
        slow.event.set()
        await nisha.sees("Tom Sawyer  ·  mobile …8244  ·  23 coupons", PATIENCE_S)
        stopped = await logged(process, "stopped")
        code = await process.wait()

    assert code == 0
    assert stopped["finished"] is True  # type: ignore[comparison-overlap]  # a field that is no text
    assert slack.faults == []


async def test_serve_with_an_app_token_answers_over_sockets_and_needs_no_signing_secret(
    tmp_path: Path, slack: SandboxSlack, environ: Environ
) -> None:
    nisha = slack.person("U0AGENT")
    del environ["SLACK_SIGNING_SECRET"]
    async with started(tmp_path, "serve", environ=environ | {"SLACK_APP_TOKEN": slack.app_token}) as process:
        url = f"http://127.0.0.1:{(await logged(process, 'serving'))['port']}"
        await slack.until(lambda: slack.sockets.count == 1, PATIENCE_S)
        async with aiohttp.ClientSession() as http, http.get(url + "/readyz") as ready:
            assert ready.status == 200
        await nisha.command("/coupons", "919400488244")
        await nisha.sees("Tom Sawyer  ·  mobile …8244  ·  23 coupons", PATIENCE_S)
        process.send_signal(signal.SIGTERM)
        code = await process.wait()

    assert code == 0
    assert slack.sockets.count == 0
    assert slack.faults == []


@pytest.mark.parametrize("number", some([signal.SIGTERM, signal.SIGHUP], 0))
async def test_it_serves_on_for_a_while_after_it_was_told_to_stop_and_says_that_it_is_not_ready(
    tmp_path: Path, slack: SandboxSlack, environ: Environ, number: signal.Signals
) -> None:
    nisha = slack.person("U0AGENT")
    async with started(tmp_path, "serve", environ=environ | {"STOP_DELAY_SECONDS": "5"}) as process:
        url = f"http://127.0.0.1:{(await logged(process, 'serving'))['port']}"
        process.send_signal(number)
        await logged(process, "stopping")
        async with aiohttp.ClientSession() as http, http.get(url + "/readyz") as ready:
            assert ready.status == 503
        slack.connect(url + "/slack/events")
        await nisha.command("/coupons", "919400488244")
        await nisha.sees("Tom Sawyer  ·  mobile …8244  ·  23 coupons", PATIENCE_S)
        assert await process.wait() == 0


async def test_metrics_are_on_a_port_of_their_own_and_an_idle_desk_ends_at_once(
    tmp_path: Path, environ: Environ
) -> None:
    async with started(tmp_path, "serve", environ=environ | {"METRICS_PORT": "0"}) as process:
        told = await logged(process, "monitored")
        url = f"http://127.0.0.1:{(await logged(process, 'serving'))['port']}"
        assert told["host"] == "127.0.0.1"
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://127.0.0.1:{told['port']}/metrics") as metrics:
                assert "desk_ledger_read 1.0" in await metrics.text()
            async with http.get(f"http://127.0.0.1:{told['port']}/status") as status:
                assert "heartbeat" in (await status.json())["workers_last_success_s_ago"]
            async with http.get(url + "/metrics") as elsewhere:
                assert elsewhere.status == 404
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0


WRONG: Environ = {
    "SLACK_BOT_TOKEN": "xoxp-secret",
    "CAPILLARY_URL": "http://eu.api.capillarytech.com",
    "CAPILLARY_CLIENT_KEY": "key",
    "PORT": "many",
    "CURRENCY": "rupees",
    "POLICY_FILE": "nowhere.toml",
}


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_wrong_settings_are_all_told_by_name_without_a_traceback(here: Here, command: str) -> None:
    code, out, err = here(command, environ=WRONG)
    faults = [line for line in err.splitlines() if line.startswith("  ")]

    assert code == 78
    assert out == ""
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "CAPILLARY_URL",
        "CAPILLARY_CLIENT_SECRET",
        "PORT",
        "CURRENCY",
        "POLICY_FILE",
    ):
        assert [line for line in faults if line.startswith(f"  {name}: ")]
    assert "Traceback" not in err
    assert "xoxp-secret" not in err


def test_nothing_set_names_what_is_needed_with_examples(here: Here) -> None:
    code, _, err = here("serve")

    assert code == 78
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "CAPILLARY_URL", "CAPILLARY_CLIENT_KEY"):
        assert re.search(rf"^  {name}: .*example: {name}=\S", err, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "value"),
    [("SLACK_BOT_TOKEN", "xoxb-wrong"), pytest.param("SLACK_APP_TOKEN", "xapp-wrong", marks=long)],
)
async def test_a_token_that_slack_does_not_know_is_a_wrong_setting(
    tmp_path: Path, environ: Environ, name: str, value: str
) -> None:
    code, out, err = await ended(tmp_path, "serve", environ=environ | {name: value})

    assert code == 78
    assert f"{name}: Slack does not accept it (invalid_auth)" in err
    assert "Traceback" not in err
    assert value not in out + err


def break_slack(slack: SandboxSlack) -> None:
    slack.fail("auth.test", status=500)


def mute_slack(slack: SandboxSlack) -> None:
    slack.fail("auth.test", error="fatal_error")


@pytest.mark.parametrize("happens", some([break_slack, mute_slack], 1), ids=["500", "an error"])
async def test_a_slack_that_cannot_be_reached_is_told_and_no_wrong_setting(
    tmp_path: Path, slack: SandboxSlack, environ: Environ, happens: Callable[[SandboxSlack], None]
) -> None:
    happens(slack)
    code, _, err = await ended(tmp_path, "serve", environ=environ)

    assert code == 1
    assert "Slack cannot be reached" in err
    assert "Traceback" not in err


async def test_a_database_that_cannot_be_used_is_told(tmp_path: Path, environ: Environ, here: Here) -> None:
    nowhere = {"DATABASE_URL": f"sqlite:///{tmp_path}/no/such/folder/desk.db"}
    code, _, err = await asyncio.to_thread(here, "migrate", environ=environ | nowhere)

    assert code == 1
    assert "DATABASE_URL: the database cannot be used" in err
    assert "Traceback" not in err


async def test_a_ledger_that_only_newer_versions_may_use_is_a_wrong_setting(
    tmp_path: Path, environ: Environ, ledger_file: Path, here: Here
) -> None:
    newer = shutil.copy(ledger_file, tmp_path / "newer.db")
    with closing(sqlite3.connect(newer)) as ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9000'")
        ledger.execute("INSERT INTO revisions VALUES ('9000', '9000')")
        ledger.commit()
    code, _, err = await asyncio.to_thread(
        here, "migrate", environ=environ | {"DATABASE_URL": f"sqlite:///{newer}"}
    )

    assert code == 78
    assert "DATABASE_URL: the ledger is at 9000" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [[], ["sell"], ["serve", "--port", "1"], ["migrate", "now"]])
def test_wrong_usage_is_told(here: Here, arguments: list[str]) -> None:
    code, out, err = here(*arguments)

    assert code == 2
    assert out == ""
    assert err.startswith("usage: coupon-desk")


@pytest.mark.parametrize("command", ["why", "pause", "forget"])
def test_bytes_that_are_no_text_are_wrong_usage(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """So they reach a command from a shell whose text is not UTF-8."""
    assert main([command, "caf\udce9"]) == 2
    assert capsys.readouterr().err == "'caf\\udce9' is no text in UTF-8: type it anew.\n"


def test_help_names_every_command(here: Here) -> None:
    code, out, _ = here("--help")

    assert code == 0
    for command in ("serve", "demo", "migrate"):
        assert re.search(rf"^ +{command} ", out, re.MULTILINE)


#: A command is started in a process of its own, which then says how it ended and which modules it has.
TOLD = """
import json, sys
from bot.__main__ import main
code = main(sys.argv[1:])
print(json.dumps([code, list(sys.modules)]))
"""


async def imported(
    folder: Path, *arguments: str, environ: Environ | None = None
) -> tuple[int, set[str], str]:
    """Of a command that ends by itself: exit code, the packages and modules of ours that it imported, stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TOLD, *arguments, cwd=folder, env=environ or {}, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    code, modules = json.loads(out.splitlines()[-1])
    return code, set(modules), err.decode()


@pytest.mark.parametrize(
    ("arguments", "ends"),
    [(["--help"], 0), (["nonsense"], 2), ([], 2), (["migrate", "--help"], 0), (["serve", "--port"], 2)],
    ids=["help", "nonsense", "nothing", "a command's help", "an unknown option"],
)
async def test_parsing_imports_nothing_that_a_command_needs(
    tmp_path: Path, arguments: list[str], ends: int
) -> None:
    code, modules, _ = await imported(tmp_path, *arguments)

    assert code == ends
    assert "argparse" in modules
    assert (
        modules & {"aiohttp", "alembic", "asyncio", "httpx", "pydantic", "slack_bolt", "sqlalchemy"} == set()
    )
    assert {name for name in modules if name.startswith("bot.")} == {"bot.__main__", "bot.commands"}


async def test_migrate_imports_neither_slack_nor_the_sandbox_and_alembic_only_for_a_change(
    tmp_path: Path, environ: Environ
) -> None:
    """It brings a new database up to date, and may be repeated."""
    environ |= {"DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"}
    first, at_first, _ = await imported(tmp_path, "migrate", environ=environ)
    with closing(sqlite3.connect(tmp_path / "new.db")) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    again, then, err = await imported(tmp_path, "migrate", environ=environ)

    assert (first, again) == (0, 0)
    assert "look_ups" in tables
    assert "alembic" in at_first
    assert "alembic" not in then
    assert {"aiohttp", "slack_bolt", "bot.app", "bot.sandbox"} & (at_first | then) == set()
    assert "Traceback" not in err


#: What `serve` needs at the first call to the engine or for the first mobile number, on PostgreSQL, with METRICS_PORT,
#: AUDIT_KEY, a .env file or Socket Mode, for a migration, or never. Packages are named by a module that they import first.
NOT_IMPORTED = {
    "alembic",
    "bot.adapters.capillary",
    "bot.adapters.ledger.figures",
    "bot.adapters.ledger.postgresql",
    "bot.adapters.ledger.signing",
    "bot.bootstrap.engine",
    "bot.monitor",
    "bot.ops",
    "bot.sandbox",
    "bot.sockets",
    "cryptography",
    "dotenv",
    "httpcore",
    "httpx",
    "phonenumbers.phonenumberutil",
    "prometheus_client",
    "psycopg",
    "slack_bolt.adapter.socket_mode",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "stamina",
    "tenacity",
    "trio",
    "yaml",
}


async def test_serve_tells_of_a_port_that_is_taken_and_imports_only_what_this_start_needs(
    tmp_path: Path, environ: Environ
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = {"PORT": str(taken.getsockname()[1])}
        code, modules, err = await imported(tmp_path, "serve", environ=environ | port)

    assert code == 1
    assert "PORT" in err
    assert "Traceback" not in err
    assert "bot.app" in modules
    assert NOT_IMPORTED & modules == set()


async def test_help_whose_reader_has_gone_complains_of_nothing(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", f"{sys.executable} -m bot --help | true"),
        cwd=tmp_path,
        env={},
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()

    assert (out, err) == (b"", b"")


async def test_a_command_whose_reader_has_gone_ends_quietly(tmp_path: Path, environ: Environ) -> None:
    """Without a buffer, as in the image, the write itself fails, deep in the command."""
    read, write = os.pipe()
    os.close(read)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "doctor"),
        cwd=tmp_path,
        env=environ | {"PYTHONUNBUFFERED": "1"},
        stdout=write,
        stderr=PIPE,
    )
    os.close(write)
    _, err = await process.communicate()

    assert (process.returncode, err) == (1, b"")


@pytest.mark.parametrize(
    "option", some([[], ["--talk"]], 0), ids=lambda option: "".join(option) or "two cards"
)
async def test_demo_shows_a_session_and_one_address_and_ends_on_sigterm(
    tmp_path: Path, option: list[str]
) -> None:
    shown = []
    async with started(tmp_path, "demo", *option) as process:
        assert process.stdout is not None
        async for line in process.stdout:
            shown.append(line.decode())
            if "http://" in shown[-1]:
                break
        process.send_signal(signal.SIGTERM)
        rest, _ = await process.communicate()
        code = process.returncode
    said = "".join(shown) + rest.decode()

    assert code == 0
    assert len(re.findall(r"https?://", said)) == 1
    assert "Asha Menon  ·  mobile …2345  ·  9 coupons" in said
    assert ("/promo-redemptions" in said) is bool(option)
    for one in (
        "0211706970002385",
        "0425942118660204",
        "2028126844759923",
        "3558615628138696",
        "3908392058023755",
        "8317751592007332",
        "5894567822344805",
        "12341234",
        "KNBK1NIM9U",
        "WWTX7NIPSDC34DFX",
    ):
        assert one in said
