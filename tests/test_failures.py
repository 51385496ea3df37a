"""A command that fails in a way that nobody foresaw: a sentence, never a traceback, and nothing secret."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

#: Starts the command line with one more command, which does what stands in `does`.
BROKEN = """
import sys
from bot import __main__ as line, commands

def does(_):
    token = "xoxb-1-2-abcdef"
{does}

line.COMMANDS += (commands.Command(name="break", help="Break.", run=does),)
sys.exit(line.main(["break"]))
"""
RAISES = 'raise RuntimeError(f"no answer for +91 98450 12345 with {token}")'


def script(does: str) -> list[str]:
    return [
        sys.executable,
        "-c",
        BROKEN.replace("{does}", "\n".join(f"    {one}" for one in does.split("\n"))),
    ]


def run(does: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        script(does), cwd=folder, env={}, capture_output=True, text=True, check=False, timeout=60
    )


def shown(err: str) -> list[str]:
    """What is no line of the log."""
    return [line for line in err.splitlines() if not line.startswith("{")]


def logged(err: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in err.splitlines() if line.startswith("{")]


def test_what_nobody_foresaw_is_told_without_secrets_and_its_traceback_is_in_the_log(tmp_path: Path) -> None:
    ended = run(RAISES, tmp_path)
    [line] = logged(ended.stderr)
    [sentence] = shown(ended.stderr)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert sentence.startswith("This should not have happened: RuntimeError: no answer for ")
    assert sentence.endswith(f"Details are in the log, correlation id {line['correlation_id']}.")
    assert line["event"] == "command_failed"
    assert ", in does" in line["exception"]
    for secret in ("xoxb-1", "abcdef", "98450", "12345"):
        assert secret not in ended.stderr


def test_a_secret_of_the_settings_is_hidden_whatever_it_looks_like(tmp_path: Path) -> None:
    """This one looks like a word."""
    env = {
        "SLACK_BOT_TOKEN": "xoxb-1-2-abc",
        "SLACK_SIGNING_SECRET": "strawberry",
        "CAPILLARY_URL": "https://eu.api.capillarytech.com",
        "CAPILLARY_CLIENT_KEY": "key",
        "CAPILLARY_CLIENT_SECRET": "raspberry",
    }
    does = 'commands._settings()\nraise RuntimeError("neither strawberry nor Raspberry")'
    ended = subprocess.run(
        script(does), cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60
    )

    assert "RuntimeError: neither *** nor ***" in ended.stderr
    assert "berry" not in ended.stderr.lower()


@pytest.mark.parametrize(
    ("does", "named"),
    [
        ('raise ExceptionGroup("two", [ValueError("one"), KeyError("other")])', "ExceptionGroup"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("import asyncio\nraise asyncio.CancelledError", "CancelledError"),
        ("does(_)", "RecursionError"),
    ],
    ids=["group", "import", "cancelled", "recursion"],
)
def test_whatever_it_is(tmp_path: Path, does: str, named: str) -> None:
    ended = run(does, tmp_path)

    assert ended.returncode == 1
    assert [
        line for line in shown(ended.stderr) if not line.startswith("This should not have happened: ")
    ] == []
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_a_thread_or_a_finaliser_raises_shows_no_traceback(tmp_path: Path) -> None:
    does = """import threading
class Dying:
    def __del__(self):
        raise ValueError("at its end")
one = threading.Thread(target=lambda: 1 / 0)
one.start()
one.join()
Dying()
return 0"""
    ended = run(does, tmp_path)

    assert ended.returncode == 0
    assert [line["exception"].splitlines()[-1] for line in logged(ended.stderr)] == [
        "ZeroDivisionError: division by zero",
        "ValueError: at its end",
    ]
    assert "Traceback" not in ended.stderr


def test_a_person_who_interrupts_a_command_is_told_so(tmp_path: Path) -> None:
    ended = run("raise KeyboardInterrupt", tmp_path)

    assert (ended.returncode, ended.stderr) == (1, "Interrupted.\n")


def test_an_installation_too_broken_to_redact_names_only_what_broke(tmp_path: Path) -> None:
    does = f'sys.modules["structlog"] = None\n{RAISES}'
    ended = run(does, tmp_path)

    assert ended.returncode == 1
    assert ended.stderr.startswith(
        "coupon-desk failed (RuntimeError), and so did telling why (ModuleNotFound"
    )
    assert "xoxb" not in ended.stderr


def test_on_a_terminal_the_details_are_kept_in_a_file_of_ones_own(tmp_path: Path) -> None:
    """The log would be the terminal."""
    ours, theirs = pty.openpty()
    env = {"TMPDIR": str(tmp_path)}
    ended = subprocess.run(script(RAISES), cwd=tmp_path, env=env, stderr=theirs, check=False, timeout=60)
    os.close(theirs)
    sentence = os.read(ours, 10_000).decode()
    os.close(ours)
    [kept] = tmp_path.glob("coupon-desk-*.log")

    assert ended.returncode == 1
    assert re.fullmatch(rf"This should not have happened: .* Details are in {kept}\.\r\n", sentence)
    assert ", in does" in kept.read_text(encoding="utf-8")
    assert "xoxb-1" not in kept.read_text(encoding="utf-8") + sentence
    assert kept.stat().st_mode & 0o077 == 0
