"""What people read while the database is away, and that they are answered again; nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.conftest import Stage, came_through, pressed, staged, until_unready
from tests.faults.server import Server
from tests.tcp_proxy import TcpProxy, proxied

AWAY = "records cannot be reached"
ONLY_READ = "records can only be read just now"


class TestTheNetwork:
    @pytest.fixture
    async def proxy(self, url: str) -> AsyncIterator[TcpProxy]:
        async with proxied(url) as one:
            yield one

    @pytest.fixture
    async def stage(self, tmp_path: Path, proxy: TcpProxy) -> AsyncIterator[Stage]:
        async with staged(tmp_path, proxy.url) as stage:
            yield stage

    @pytest.mark.usefixtures("unhurried")
    async def test_connections_that_fall_silent_are_replaced_before_anybody_notices(
        self, stage: Stage, proxy: TcpProxy
    ) -> None:
        proxy.silence()

        answer = await pressed(stage)

        assert AWAY not in answer
        await came_through(stage)

    async def test_a_network_that_is_silent_is_told(self, stage: Stage, proxy: TcpProxy) -> None:
        proxy.silent = True
        proxy.silence()

        answer = await pressed(stage)

        assert AWAY in answer
        proxy.silent = False
        await came_through(stage)

    @pytest.mark.usefixtures("unhurried")
    async def test_connections_that_are_reset_are_replaced(self, stage: Stage, proxy: TcpProxy) -> None:
        proxy.reset()

        assert AWAY not in await stage.press()
        await came_through(stage)

    @pytest.mark.usefixtures("unhurried")
    async def test_a_network_of_50_ms_a_round_trip_is_only_slow(self, stage: Stage, proxy: TcpProxy) -> None:
        proxy.late_s = 0.05

        answer = await pressed(stage)

        assert AWAY not in answer
        await came_through(stage)


class TestTheServer:
    @pytest.fixture
    async def stage(self, tmp_path: Path, url: str) -> AsyncIterator[Stage]:
        async with staged(tmp_path, url) as stage:
            yield stage

    async def test_frozen_it_is_told_and_the_desk_is_unready_when_asked(
        self, stage: Stage, server: Server
    ) -> None:
        server.freeze()
        try:
            answer = await pressed(stage)
            await until_unready(stage)
        finally:
            server.thaw()

        assert AWAY in answer
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

        assert ONLY_READ in answer
        await came_through(stage)
