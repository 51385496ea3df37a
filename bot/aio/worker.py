"""A periodic worker: runs its work when it is woken, and every so often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

log = structlog.get_logger(__name__)


class PeriodicWorker:
    """
    Repeats `work`, which tells how much it found to do.

    It goes on at once while there is something, else when woken or after `pause_s` seconds, because
    another instance's clock or work may have made something due.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[int]],
        *,
        pause_s: float,
        woken: asyncio.Event | None = None,
        expected: type[Exception],
    ) -> None:
        """`expected`: the errors that `work` documents; others are logged with their traceback."""
        self._name = name
        self._work = work
        self._pause_s = pause_s
        self._expected = expected
        #: Set by whoever has made something due.
        self._woken = woken or asyncio.Event()
        self._stopping = False
        #: Set when `run` has ended.
        self.ended = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Run until `stop`; work that has begun is finished."""
        try:
            while not self._stopping:
                self._woken.clear()
                if not await self.once():
                    await self._rest()
        finally:
            self.ended.set()

    def stop(self) -> None:
        self._stopping = True
        self.wake()

    async def once(self) -> int:
        """Run the work once, whatever comes of it."""
        try:
            return await self._work()
        except self._expected as err:
            # Some errors of ours say by one word which fault it was.
            reason = getattr(err, "kind", None)
            log.warning("worker_failed", worker=self._name, error=type(err).__name__, reason=reason)
        except Exception:
            # A worker that ends for good would leave people with what is no longer true.
            log.exception("worker_broke", worker=self._name)
        return 0

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                await self._woken.wait()
