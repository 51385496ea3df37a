"""What people read while the database is away, and how soon they are answered again; nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.conftest import AGAIN_S, PATIENCE_S, Stage, staged
from tests.faults.server import Server
from tests.tcp_proxy import TcpProxy, proxied

AWAY = "records cannot be reached"
#: Slack's own limit for an acknowledgement.
ACKNOWLEDGED_S = 3.0
#: `/readyz` waits for nothing; this is for a machine that does other work as well.
AT_ONCE_S = 1.0


async def timed(stage: Stage) -> tuple[str, float]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    return await stage.press(), loop.time() - began


async def until_unready(stage: Stage) -> None:
    """Each probe is answered at once."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with asyncio.timeout(AT_ONCE_S):
                status = await stage.ready()
            if status == 503:
                return
            await asyncio.sleep(0.2)


async def came_through(stage: Stage) -> None:
    assert await stage.answers_again() < AGAIN_S
    assert stage.redeemed() == (1, 1)
    async with asyncio.timeout(AGAIN_S):
        # Only a probe tells.
        while await stage.ready() != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


class TestTheNetwork:
    @pytest.fixture
    async def proxy(self, url: str) -> AsyncIterator[TcpProxy]:
        async with proxied(url) as one:
            yield one

    @pytest.fixture
    async def stage(self, tmp_path: Path, proxy: TcpProxy) -> AsyncIterator[Stage]:
        async with staged(tmp_path, proxy.url) as stage:
            yield stage

    async def test_connections_that_fall_silent_are_replaced_before_anybody_notices(
        self, stage: Stage, proxy: TcpProxy
    ) -> None:
        proxy.silence()

        answer, took_s = await timed(stage)

        assert AWAY not in answer
        assert took_s < ACKNOWLEDGED_S
        await came_through(stage)

    async def test_a_network_that_is_silent_is_told_within_slacks_time(
        self, stage: Stage, proxy: TcpProxy
    ) -> None:
        proxy.silent = True
        proxy.silence()

        answer, took_s = await timed(stage)

        assert AWAY in answer
        assert took_s < ACKNOWLEDGED_S
        proxy.silent = False
        await came_through(stage)

    async def test_connections_that_are_reset_are_replaced(self, stage: Stage, proxy: TcpProxy) -> None:
        proxy.reset()

        assert AWAY not in await stage.press()
        await came_through(stage)

    async def test_a_network_of_50_ms_a_round_trip_is_only_slow(self, stage: Stage, proxy: TcpProxy) -> None:
        proxy.late_s = 0.05

        answer, took_s = await timed(stage)

        assert AWAY not in answer
        assert took_s < ACKNOWLEDGED_S
        await came_through(stage)


class TestTheServer:
    @pytest.fixture
    async def stage(self, tmp_path: Path, url: str) -> AsyncIterator[Stage]:
        async with staged(tmp_path, url) as stage:
            yield stage

    async def test_frozen_it_is_told_and_the_desk_is_unready_at_once_when_asked(
        self, stage: Stage, server: Server
    ) -> None:
        server.freeze()
        try:
            answer, took_s = await timed(stage)
            await until_unready(stage)
        finally:
            server.thaw()

        assert AWAY in answer
        assert took_s < ACKNOWLEDGED_S
        await came_through(stage)

    async def test_killed_and_started_again(self, stage: Stage, server: Server) -> None:
        server.kill()
        answer = await stage.press()
        await server.start()

        assert AWAY in answer
        await came_through(stage)

    async def test_read_only_after_a_switch_over(self, stage: Stage, server: Server) -> None:
        server.read_only(yes=True)
        try:
            await until_unready(stage)
            answer = await stage.press()
        finally:
            server.read_only(yes=False)

        assert AWAY in answer
        await came_through(stage)
