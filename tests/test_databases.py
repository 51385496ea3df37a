"""The tests' own PostgreSQL ends with the tests, however they end."""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path
from subprocess import DEVNULL, Popen
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.databases import running_postgres
from tests.long import long

ROOT = Path(__file__).parents[1]
PATIENCE_S = 120.0
#: A test that never ends; it tells which server it was given. A shell's background job would ignore Ctrl-C.
STUCK = """
import pathlib, signal

signal.signal(signal.SIGINT, signal.default_int_handler)

def test_is_stuck(postgres_server):
    pathlib.Path(__file__).with_name("told").write_text(postgres_server)
    signal.pause()
"""


@pytest.mark.parametrize(
    ("sent", "workers"),
    [
        (signal.SIGTERM, "0"),
        pytest.param(signal.SIGINT, "0", marks=long),
        pytest.param(signal.SIGKILL, "0", marks=long),
        pytest.param(signal.SIGTERM, "1", marks=long),
    ],
)
def test_no_server_outlives_a_pytest_that_is_ended(
    tmp_path: Path, sent: signal.Signals, workers: str
) -> None:
    stuck, told = tmp_path / "test_stuck.py", tmp_path / "told"
    stuck.write_text(STUCK, encoding="utf-8")
    os.mkfifo(told)
    options = ["-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest", "-n", workers]
    command = [sys.executable, "-m", "pytest", *options, str(stuck)]
    with Popen(command, cwd=ROOT, stdout=DEVNULL, stderr=DEVNULL) as pytest_:
        folder = _folder_of(_read(told))
        server = os.pidfd_open(int((folder / "data" / "postmaster.pid").read_text().split()[0]))
        pytest_.send_signal(sent)

    # Readable: it has ended.
    assert select.select([server], [], [], PATIENCE_S)[0] == [server]
    os.close(server)


def test_a_server_that_nobody_needs_any_more_leaves_nothing() -> None:
    with running_postgres() as url:
        folder = _folder_of(url)
        assert (folder / "data" / "postmaster.pid").exists()

    assert not folder.exists()


def _read(fifo: Path) -> str:
    """Return what is written there, once it is; a writer that never comes fails the test."""
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(reader, encoding="utf-8") as there:
        assert select.select([there], [], [], PATIENCE_S)[0] == [there]
        os.set_blocking(reader, True)
        return there.read()


def _folder_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])
