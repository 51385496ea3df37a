"""A standby takes over that has not got the last commits: nothing is redeemed twice, and what is lost is found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.faults.conftest import AGAIN_S, PATIENCE_S, Stage, staged
from tests.faults.server import Server
from tests.faults.standby import caught_up, cut_off, promoted, standby_of
from tests.flows.redeeming import ASHA, SEVERAL_USES, SMALL, redeems
from tests.tcp_proxy import TcpProxy, proxied


async def until(holds: Callable[[], bool], limit_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(limit_s):
        # Another process is waited for, which tells nobody.
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def take_over(standby: Server, proxy: TcpProxy) -> None:
    """At the same address, as a failover does it."""
    await asyncio.to_thread(promoted, standby)
    proxy.target = f"{standby.folder}/.s.PGSQL.5432"
    proxy.reset()


def alarms(standby: Server, database: str) -> dict[str, Any]:
    """What each alarm of its audit log is about."""
    with psycopg.connect(standby.url, dbname=database) as connection:
        rows = connection.execute("SELECT why->>'alarm', why FROM events WHERE what = 'alarm'").fetchall()
    return dict(rows)


async def test_what_the_standby_had_not_got_is_not_redeemed_again_and_is_found(
    server: Server, url: str, tmp_path: Path
) -> None:
    name = urlsplit(url).path[1:]
    with standby_of(server) as standby:
        async with proxied(url) as proxy, staged(tmp_path, proxy.url, bill="1200") as stage:
            await until(lambda: caught_up(server, standby))
            await asyncio.to_thread(cut_off, standby)
            await redeemed_of_both(stage)
            asked = stage.redeemed(), stage.redeemed(SEVERAL_USES)

            server.kill()
            try:
                await take_over(standby, proxy)
            finally:
                # For the tests that follow; nothing here reaches it any more.
                await server.start()

            # Its form is known there, and its request is not: the engine shows its number.
            assert await again(stage) < AGAIN_S
            await until(lambda: "redeemed_after_all" in alarms(standby, name))
            # Not even the form of the other one is known, only what the engine shows.
            await looked_up_until(stage, lambda: "request_lost" in alarms(standby, name))
            assert (stage.redeemed(), stage.redeemed(SEVERAL_USES)) == asked
            lost = alarms(standby, name)["request_lost"]
            assert lost["bill_number"].startswith("CD-")
            assert SMALL not in str(lost)


async def redeemed_of_both(stage: Stage) -> None:
    await stage.press()
    await until(stage.confirmed)
    await redeems(stage.vikram, SEVERAL_USES, bill="1200")
    await until(lambda: stage.confirmed(2))


async def looked_up_until(stage: Stage, holds: Callable[[], bool]) -> None:
    """Look the coupon up anew; while connections are replaced a person may be told to try again."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await stage.vikram.command("/coupons", f"{ASHA} code:{SEVERAL_USES}")
            await asyncio.sleep(0.3)
            if "[Refresh]" in stage.vikram.screen():
                await stage.vikram.clicks("Refresh")


async def again(stage: Stage) -> float:
    """Press the confirmation that is still on the screen until it is told; the seconds that took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(PATIENCE_S):
        while "Redeemed" not in await stage.press():  # noqa: ASYNC110 - as a person presses
            await asyncio.sleep(0.2)
    return loop.time() - began
