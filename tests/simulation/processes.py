"""Desks in processes of their own, to be killed for good."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from bot import app, logs, settings

#: The desk's modules are read once; every process is forked from there.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.simulation.processes"])

PATIENCE_S = 60.0
_LOOK_S = 0.02


def serve(environ: Mapping[str, str], log: str) -> None:
    """As `coupon-desk serve` does it, with these settings, and its log in a file; it ends with its parent."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with Path(log).open("w", encoding="utf-8") as stream:
        logs.configure(level="DEBUG", format="json", stream=stream)
        asyncio.run(app.serve(settings.load(environ, env_file=None)))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@dataclass(frozen=True, slots=True)
class Process:
    """A desk that serves."""

    process: BaseProcess
    log: Path
    url: str

    def kill(self) -> None:
        """SIGKILL; it is gone afterwards."""
        self.process.kill()
        self.process.join()


async def started(environ: Mapping[str, str], log: Path) -> Process:
    process = _FORKS.Process(target=serve, args=(dict(environ), str(log)), daemon=True)
    process.start()
    async with asyncio.timeout(PATIENCE_S):
        while (port := _port(log)) is None:
            assert process.is_alive(), "it has ended; stderr tells why"
            await asyncio.sleep(_LOOK_S)
    return Process(process, log, f"http://127.0.0.1:{port}")


def _port(log: Path) -> int | None:
    """Where it listens, once its log tells."""
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        with suppress(ValueError):
            told = json.loads(line)
            if told["event"] == "serving":
                return int(told["port"])
    return None
