"""Holds answers of the engine while the ledger cannot be reached, and writes them as soon as it can."""

from __future__ import annotations

import asyncio
import itertools

import structlog

from bot.aio.tasks import Spawn
from bot.domain.answer import NotSent
from bot.domain.errors import LedgerUnavailable, Outdated, VersionConflict
from bot.domain.facts import Fact, answer_word
from bot.domain.redemption import Redemption, is_of_call
from bot.domain.transitions import UNSENT
from bot.services.ports import Requests
from bot.services.verdict import WriteVerdict

log = structlog.get_logger(__name__)

#: Seconds between attempts: the first wait, and the longest; each is twice the one before.
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0


class AnswersOwed:
    """An answer is lost only if the process ends first; then one CRITICAL line names it."""

    def __init__(self, *, write: WriteVerdict, requests: Requests, spawn: Spawn) -> None:
        self._write = write
        self._requests = requests
        self._spawn = spawn
        #: A request may be owed two: of a call that the ledger forgot, and of the one after it.
        self._owed: dict[int, tuple[Redemption, Fact]] = {}
        self._numbers = itertools.count()
        self._settled = asyncio.Event()
        self._settled.set()

    def hold(self, row: Redemption, fact: Fact) -> None:
        number = next(self._numbers)
        self._owed[number] = (row, fact)
        self._settled.clear()
        self._spawn(self._deliver(number, row, fact))

    def lose(self, row: Redemption, fact: Fact) -> None:
        """Log an answer that the ledger does not get."""
        told = answer_word(fact)
        log.critical(
            "answer_lost", request=row.reference, verdict=told.verdict, redemption_id=told.redemption_id
        )

    async def close(self, limit_s: float) -> None:
        """Wait up to `limit_s` seconds for the writes, then log every answer that is lost."""
        try:
            async with asyncio.timeout(limit_s):
                await self._settled.wait()
        except TimeoutError:
            for row, fact in self._owed.values():
                self.lose(row, fact)

    async def _deliver(self, number: int, row: Redemption, fact: Fact) -> None:
        wait_s = FIRST_WAIT_S
        while not await self._delivered(row, fact):
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        self._owed.pop(number, None)
        if not self._owed:
            self._settled.set()

    async def _delivered(self, row: Redemption, fact: Fact) -> bool:
        try:
            now = await self._requests.get(row.id)
            if now is None or not is_of_call(now, row):
                self.forgotten(row, fact)
                return True
            now = (await self._write(now, fact)).row
        except (LedgerUnavailable, VersionConflict, Outdated):
            return False
        if now.state in UNSENT:
            self.forgotten(row, fact)
        else:
            log.info("answer_written_late", request=row.reference)
        return True

    def forgotten(self, row: Redemption, fact: Fact) -> None:
        """Log it: the ledger has lost the request, or the call, and nobody else knows what the engine answered."""
        if not isinstance(fact, NotSent):
            self.lose(row, fact)
