"""Takes up requests that nobody works on: past their time, waiting, or of unknown outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from structlog.contextvars import bind_contextvars

from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.redemption import Doubt, Outcome, Redemption, State
from bot.domain.transitions import Change
from bot.services.approval_request import RequestApproval
from bot.services.ports import Requests
from bot.services.reconcile import Reconcile
from bot.services.spend import Spend

log = structlog.get_logger(__name__)

#: Requests taken up in one run.
AT_MOST = 20


@part(kw_only=True)
class Sweeper:
    """
    Takes up what is due by the database's clock; any instance may run it at any time.

    Attributes:
        stopping: whether this process is about to end.

    Raises LedgerUnavailable.

    """

    requests: Requests
    reconcile: Reconcile
    request_approval: RequestApproval
    spend: Spend
    now: Clock
    look_after_s: float
    stopping: Callable[[], bool]

    async def __call__(self) -> int:
        """Run once; returns how many requests were taken up."""
        waiting = await self.requests.attendable(self.now(), AT_MOST)
        rows = [*await self.requests.due(AT_MOST), *waiting]
        await asyncio.gather(*(self._tended(row) for row in rows))
        return len(rows)

    async def _tended(self, row: Redemption) -> None:
        # Each is a task of its own, so that no other one's lines carry it.
        bind_contextvars(request=row.reference)
        try:
            await self._tend(row)
        except VersionConflict:
            log.info("version_conflict", request=row.reference)
        except LedgerUnavailable:
            log.warning("not_kept", request=row.reference)

    async def _tend(self, row: Redemption) -> None:
        match row.state:
            case State.NEW:
                await self._expired(row)
            case State.APPROVED:
                await self._expired_or_spent(row)
            case State.SENDING:
                # The instance that sent it is late. If it still gets a clear answer, that settles the request.
                gone = Change(outcome=Outcome(doubt=Doubt.NO_ANSWER_KEPT), due_in_s=self.look_after_s)
                await self.requests.move(row, State.UNKNOWN, gone, why={"past": "send_by"}, overdue=True)
            case State.WAITING:
                await self.request_approval.attend(row)
            case _:
                await self.reconcile(row)
        self.reconcile.wake()

    async def _expired(self, row: Redemption) -> Redemption:
        return await self.requests.move(row, State.EXPIRED, why={"past": "begin_by"})

    async def _expired_or_spent(self, row: Redemption) -> None:
        """Expire an approved request if its time has passed; else spend it, as the process of the press has ended."""
        try:
            await self._expired(row)
        except VersionConflict:
            if row.decided is None:
                raise
            if not self.stopping():
                # Else the next instance spends it: no redeem call begins once a stop has begun.
                await self.spend(row)
