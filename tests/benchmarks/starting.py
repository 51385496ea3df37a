"""How long a desk takes to start, as its own process."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from aiohttp.test_utils import unused_port

from bot.sandbox.engine.capillary import SandboxEngine
from tests.benchmarks import deployed
from tests.benchmarks.lookup import environment, now
from tests.benchmarks.plain_slack import PlainSlack

TRIES = 5
SERVE = deployed.code("from bot.__main__ import main; sys.exit(main())")
PATIENCE_S = 30.0
LOOK_S = 0.005


async def ready_s() -> float:
    """Seconds from the start of `serve` to its first 200 at /readyz, on a ledger that is up to date; the best of some."""
    engine = SandboxEngine(now=now)
    await engine.start()
    with tempfile.TemporaryDirectory() as folder:
        async with PlainSlack() as slack:
            environ = environment(engine, slack, folder, LOG_LEVEL="ERROR")
            # The first start makes the ledger.
            seconds = [await _start(environ, folder) for _ in range(TRIES + 1)][1:]
    await engine.close()
    return min(seconds)


async def _start(environ: Mapping[str, str], folder: str) -> float:
    port = unused_port()
    given = {**environ, "PORT": str(port), "PYTHONPATH": str(Path.cwd())}
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVE, "serve"), env=given, cwd=folder, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(PATIENCE_S):
            while not await _is_ready(http, port):  # noqa: ASYNC110 - another process tells of nothing
                await asyncio.sleep(LOOK_S)
        return time.perf_counter() - began
    finally:
        process.terminate()
        await process.wait()


async def _is_ready(http: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False
