"""A final no of the engine ends a request that waits: used up, expired, revoked, not theirs, no such coupon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field

import structlog

from bot.aio.frozen import part
from bot.aio.tasks import Spawn
from bot.domain.coupon import Coupon, Redeemability, Standing, same_code
from bot.domain.errors import EngineError, LedgerUnavailable, VersionConflict
from bot.domain.finding import CouponFinding
from bot.domain.lookup import AsOf
from bot.domain.redemption import Outcome, Redemption, RequestId, State
from bot.domain.refusal import Refusal, surely_final
from bot.domain.transitions import Change
from bot.services.ports import Engine, Requests

log = structlog.get_logger(__name__)


@part(kw_only=True)
class FinalNo:
    """
    Only an answer that began after the request was made ends it; a look-up's, which may be older, has it asked anew.

    Attributes:
        wake: called when messages are due for an update.

    """

    requests: Requests
    engine: Engine
    spawn: Spawn
    wake: Callable[[], None]
    _asked: set[RequestId] = field(init=False, default_factory=set)

    async def checked(self, row: Redemption) -> tuple[Redemption, Redeemability | None]:
        """
        Ask the engine, and end the request if it waits and the answer is final; returns it as it stands then.

        None for an engine that does not answer. Raises LedgerUnavailable.
        """
        check = await self.asked(row)
        return (row, None) if check is None else (await self.end(row, check.refusal), check)

    async def asked(self, row: Redemption) -> Redeemability | None:
        """Return the engine's check as of now, and end nothing; None for an engine that does not answer."""
        try:
            return await self.engine.redeemability(row.terms.customer, row.terms.code)
        except EngineError:
            return None

    async def end(self, row: Redemption, refusal: Refusal | None) -> Redemption:
        """End a waiting request by this answer, if it is final. Raises LedgerUnavailable."""
        if row.state is not State.WAITING or not surely_final(refusal):
            return row
        change = Change(outcome=Outcome(refusal=refusal))
        try:
            return await self.requests.move(row, State.REFUSED, change, why={"refusal": refusal})
        except VersionConflict:
            return await self.requests.get(row.id) or row
        finally:
            self.wake()

    def met_on_page(self, coupons: AsOf[tuple[Coupon, ...]], requests: Sequence[Redemption]) -> None:
        """A customer's list shows some as used or expired: what waits for these is checked behind the answer."""
        if not requests:
            return
        over = [one for one in coupons.facts if one.standing(coupons.at) is not Standing.OPEN]
        for row in requests:
            if any(same_code(one.code, row.terms.code) for one in over):
                self._check_behind(row)

    def met(self, finding: CouponFinding, requests: Iterable[Redemption]) -> None:
        """As `met_on_page`, for one coupon by its code."""
        if surely_final(finding.check.refusal):
            for row in requests:
                if same_code(row.terms.code, finding.code):
                    self._check_behind(row)

    def _check_behind(self, row: Redemption) -> None:
        if row.state is State.WAITING and row.id not in self._asked:
            self._asked.add(row.id)
            self.spawn(self._checked_behind(row))

    async def _checked_behind(self, row: Redemption) -> None:
        try:
            await self.checked(row)
        except LedgerUnavailable:
            # The next look-up, reminder or approval meets it again.
            log.warning("final_no_not_written", request=row.reference)
        finally:
            self._asked.discard(row.id)
