"""Guards every listener: errors are logged and told to the person, and stopping waits for running listeners."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot import logs
from bot.aio.deadline import until_acknowledged
from bot.domain.errors import CardExpired, DeskError, UserError
from bot.listeners.replies import Replies
from bot.listeners.try_again import ABOUT, TryAgain
from bot.views import notices
from bot.views.kit import Message
from bot.views.try_again import beside

log = structlog.get_logger(__name__)

Listener = Callable[[AsyncArgs], Awaitable[None]]


#: Seconds that the ledger gets in all before an acknowledgement, for which Slack waits three.
LEDGER_S = 2.0


class Boundary:
    """
    Guards listeners.

    Bolt 1.30 loses an acknowledgement if the listener raises within 10 ms after it, and Slack then shows a
    failure. So this catches every error, logs it and tells the person, with the same reference in both. Bolt
    keeps no list of running listeners; this does, for `drain`.
    """

    def __init__(self, replies: Replies, try_again: TryAgain | None = None) -> None:
        self._replies = replies
        self._try_again = try_again
        self._running: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def guard(self, listener: Listener) -> Listener:
        async def guarded(args: AsyncArgs) -> None:
            reference = logs.new_reference()
            self._enter()
            try:
                with logs.correlated(reference), until_acknowledged(LEDGER_S, lambda: _acknowledged(args)):
                    await self._run(listener, args, reference)
            finally:
                self._leave()

        return guarded

    async def drain(self, limit_s: float) -> bool:
        """Wait for running listeners. Returns False if some still run after `limit_s` seconds."""
        try:
            async with asyncio.timeout(limit_s):
                await self._idle.wait()
        except TimeoutError:
            log.error("drain_incomplete", running=len(self._running))  # noqa: TRY400 - there is no traceback to tell
            return False
        return True

    async def _run(self, listener: Listener, args: AsyncArgs, reference: str) -> None:
        try:
            await listener(args)
        except UserError as err:
            log.info("listener_refused", error=type(err).__name__, reason=getattr(err, "why", None))
            await self._tell(args, self._told(listener, args, err))
        except DeskError as err:
            log.warning("listener_failed", error=type(err).__name__, reason=getattr(err, "kind", None))
            await self._tell(args, self._told(listener, args, err))
        except Exception:
            log.exception("listener_broke")
            await self._tell(args, notices.bug(reference))

    def _told(self, listener: Listener, args: AsyncArgs, err: DeskError) -> Message:
        """What happened and what to do, with **Try again** where that may help."""
        again = self._try_again.offered(listener, args, err) if self._try_again else None
        return beside(notices.problem(err), again, args.context.get(ABOUT, ""))

    async def on_try_again(self, args: AsyncArgs) -> None:
        """Do once more what was typed and failed."""
        if self._try_again is None:
            raise CardExpired
        listener, again = await self._try_again.pressed(args)
        await self.guard(listener)(again)

    async def _tell(self, args: AsyncArgs, message: Message) -> None:
        try:
            await self._replies.tell(args, message)
        except Exception:
            log.exception("reply_broke")

    def _enter(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            self._idle.clear()

    def _leave(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.discard(task)
        if not self._running:
            self._idle.set()


def _acknowledged(args: AsyncArgs) -> bool:
    return args.ack.response is not None
