"""Bots in processes of their own, whose processor time and memory the kernel counts."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import app, logs
from bot.settings import load
from tests.benchmarks import bots


@dataclass(frozen=True, slots=True)
class Child:
    """A bot that serves."""

    process: int
    url: str

    def processor_s(self) -> float:
        """Seconds of processor time so far, its own and the kernel's for it (proc(5): stat, fields 14 and 15)."""
        stat = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def resident_kb(self) -> int:
        status = Path(f"/proc/{self.process}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0])


def desk(environ: Mapping[str, str]) -> AbstractAsyncContextManager[Child]:
    """The desk as `serve` runs it, but for the engine's rate."""
    return _child("desk", json.dumps(dict(environ)))


def bare() -> AbstractAsyncContextManager[Child]:
    """Bolt that only acknowledges."""
    return _child("bare")


@asynccontextmanager
async def _child(*arguments: str) -> AsyncIterator[Child]:
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield Child(process.pid, (await process.stdout.readline()).decode().strip())
    finally:
        process.terminate()
        await process.wait()


async def run_desk(environ: Mapping[str, str]) -> None:
    """What the child does: serve, say where, until told to stop."""
    logs.configure(level="WARNING", format="json")
    tuning = app.Tuning(engine_per_minute=600_000)
    async with app.desk(load(environ, env_file=None), tuning) as running:
        await _serve(f"{running.url}/slack/events")


async def run_bare() -> None:
    async with bots.served(bots.bare) as url:
        await _serve(url)


async def _serve(url: str) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    await stopping.wait()
