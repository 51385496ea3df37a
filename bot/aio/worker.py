"""A periodic worker: runs its work when it is woken, and every so often."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from bot import meters
from bot.aio.budget import Urgency, urgency

log = structlog.get_logger(__name__)


class PeriodicWorker:
    """
    Repeats `work`, which returns how many things it found to do.

    After a run that found something the next one begins at once. Otherwise it waits until it is woken, at most
    `pause_s` seconds, because time or another instance may have made something due.
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
        """`expected`: the errors that `work` documents; any other error is logged with its traceback."""
        self._name = name
        self._work = work
        self._pause_s = pause_s
        self._expected = expected
        #: Set by code that has made something due.
        self._woken = woken or asyncio.Event()
        self._stopping = False
        #: When the work last got through, by the monotonic clock; None before that.
        self.worked_at: float | None = None
        #: Set when `run` has ended.
        self.ended = asyncio.Event()

    @property
    def name(self) -> str:
        return self._name

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Run until `stop` is called; a run that has begun is finished."""
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
        """Run the work once and return its count; 0 if it failed. Errors are logged, never raised."""
        try:
            with urgency(Urgency.BACKGROUND):
                found = await self._work()
        except self._expected as err:
            # Some errors of ours say by one word which fault it was.
            reason = getattr(err, "kind", None)
            log.warning("worker_failed", worker=self._name, error=type(err).__name__, reason=reason)
        except Exception:
            # If the worker ended here, messages would never be brought up to date again.
            log.exception("worker_broke", worker=self._name)
        else:
            self.worked_at = time.monotonic()
            meters.WORKED_AT.labels(self._name).set_to_current_time()
            return found
        return 0

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                await self._woken.wait()
