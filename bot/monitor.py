"""METRICS_PORT: `/metrics` for Prometheus and `/status` for people, never on the port that Slack reaches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from bot import meters
from bot.aio.connections import why_not
from bot.domain.errors import CannotStart, LedgerUnavailable
from bot.services.health import Pulse
from bot.services.refused import RefusedRequests

log = structlog.get_logger(__name__)

#: Seconds that the ledger may take for its figures.
LEDGER_S = 2.0


class CannotListenForMetrics(CannotStart):
    """The address is taken, or not this machine's."""

    words = "METRICS_PORT: cannot listen there ({0}). Stop what does, or choose another one."


class StandingFigure(Protocol):
    """See `bot.adapters.ledger.figures.Backlog`."""

    @property
    def what(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def oldest_s(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """
    What is told.

    Attributes:
        standing, paused: read from the ledger at each scrape.
        workers: seconds since each worker's last success; None where it had none yet.
        quarantined: how many rows of each table this version could not read.
        sockets: the state of each Socket Mode connection; None without Socket Mode.

    """

    slack: Pulse
    engine: Pulse
    refused: RefusedRequests
    standing: Callable[[], Awaitable[Sequence[StandingFigure]]]
    paused: Callable[[], Awaitable[bool]]
    workers: Callable[[], Mapping[str, float | None]]
    quarantined: Callable[[], Mapping[str, int]]
    sockets: Callable[[], Awaitable[list[dict[str, Any]]]] | None = None


@dataclass(slots=True, kw_only=True)
class Monitor:
    """Serves until `stop`; `port` 0 takes any free one."""

    watched: Watched
    host: str
    port: int
    _runner: web.AppRunner | None = field(init=False, default=None)

    async def start(self) -> None:
        meters.start()
        app = web.Application()
        app.router.add_get("/metrics", self._on_metrics)
        app.router.add_get("/status", self._on_status)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError as err:
            raise CannotListenForMetrics(why_not(err)) from None
        self.port = self._runner.addresses[0][1]
        log.info("monitored", host=self.host, port=self.port)

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _on_metrics(self, _: web.Request) -> web.Response:
        await self._measured()
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _on_status(self, _: web.Request) -> web.Response:
        watched = self.watched
        told: dict[str, Any] = {
            "slack": watched.slack.report(),
            "engine": watched.engine.report(),
            "requests": {
                "accepted": watched.refused.accepted,
                "refused": {why.value: count for why, count in watched.refused.counts.items()},
            },
            "workers_last_success_s_ago": dict(watched.workers()),
            "rows_quarantined": dict(watched.quarantined()),
        }
        if watched.sockets is not None:
            told["sockets"] = await watched.sockets()
        return web.json_response(told)

    async def _measured(self) -> None:
        """Gauges are brought up to date; where the ledger does not answer, what stood last is told no more."""
        for name, pulse in (("slack", self.watched.slack), ("engine", self.watched.engine)):
            if pulse.answered is not None:
                meters.REACHED.labels(name).set(pulse.answered)
        meters.QUARANTINED.set(sum(self.watched.quarantined().values()))
        meters.STANDING.clear()
        meters.OLDEST.clear()
        try:
            async with asyncio.timeout(LEDGER_S):
                standing, paused = await self.watched.standing(), await self.watched.paused()
        except (LedgerUnavailable, TimeoutError):
            meters.LEDGER_READ.set(0)
            return
        meters.LEDGER_READ.set(1)
        meters.PAUSED.set(paused)
        for figure in standing:
            meters.STANDING.labels(figure.what).set(figure.count)
            meters.OLDEST.labels(figure.what).set(figure.oldest_s)
