"""`coupon-desk demo` prints the page's address when it can be used."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp

from tests.long import long

PATIENCE_S = 60.0


async def printed(out: asyncio.StreamReader) -> str:
    async for line in out:
        if found := re.search(r"https?://\S+", line.decode()):
            return found[0]
    raise AssertionError("no address was printed")


@long
async def test_the_printed_address_is_the_page(tmp_path: Path) -> None:
    started = asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "demo", cwd=tmp_path, stdout=PIPE)
    process = await started
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as http:
        async with http.get(await printed(process.stdout)) as page:
            assert page.status == 200
            assert "<title>Coupon Desk, sandbox</title>" in await page.text()
        process.send_signal(signal.SIGTERM)
        await process.communicate()

    assert process.returncode == 0
