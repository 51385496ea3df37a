"""Answers of the engine that the ledger could not take yet: held, and written as soon as it can."""

from __future__ import annotations

import asyncio

import structlog

from bot.aio.tasks import Spawn
from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.facts import Fact, answer_word
from bot.domain.redemption import Redemption, RequestId
from bot.services.ports import Requests
from bot.services.verdict import WriteVerdict

log = structlog.get_logger(__name__)

#: Seconds between two tries: doubling, at most the second.
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0


class AnswersOwed:
    """What was answered is lost only with the process, and then one CRITICAL line tells of it."""

    def __init__(self, *, write: WriteVerdict, requests: Requests, spawn: Spawn) -> None:
        self._write = write
        self._requests = requests
        self._spawn = spawn
        self._owed: dict[RequestId, Fact] = {}
        self._settled = asyncio.Event()
        self._settled.set()

    def hold(self, row: Redemption, fact: Fact) -> None:
        self._owed[row.id] = fact
        self._settled.clear()
        self._spawn(self._deliver(row, fact))

    async def close(self, limit_s: float) -> None:
        """Wait so long for what is owed, then say what is lost."""
        try:
            async with asyncio.timeout(limit_s):
                await self._settled.wait()
        except TimeoutError:
            for request_id, fact in self._owed.items():
                told = answer_word(fact)
                log.critical(
                    "answer_lost",
                    request=request_id[:8],
                    verdict=told.verdict,
                    redemption_id=told.redemption_id,
                )

    async def _deliver(self, row: Redemption, fact: Fact) -> None:
        wait_s = FIRST_WAIT_S
        while not await self._delivered(row, fact):
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        self._owed.pop(row.id, None)
        if not self._owed:
            self._settled.set()

    async def _delivered(self, row: Redemption, fact: Fact) -> bool:
        try:
            now = await self._requests.get(row.id)
            if now is not None and _still_about(now, row):
                await self._write(now, fact)
        except (LedgerUnavailable, VersionConflict):
            return False
        log.info("answer_written_late", request=row.reference)
        return True


def _still_about(now: Redemption, row: Redemption) -> bool:
    """Another attempt's journal is not ours to answer: only the one that this answer is for."""
    return row.intent is None or now.intent is None or now.intent.attempt == row.intent.attempt
