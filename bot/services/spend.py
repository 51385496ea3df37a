"""The only place that redeems: preflight, write `sending`, call once, write the outcome. Others tell people."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog
from structlog.contextvars import bind_contextvars

from bot.aio.frozen import part
from bot.domain.answer import Answer, NotSent, Unclear
from bot.domain.customer import CustomerId
from bot.domain.errors import EngineError, LedgerUnavailable, Outdated, VersionConflict
from bot.domain.facts import believed
from bot.domain.person import Actor, Admission
from bot.domain.redemption import Doubt, Outcome, Redemption, State, Stop, is_of_call
from bot.domain.request_errors import AnswerNotKept, Stopped
from bot.domain.transitions import UNSENT, Change
from bot.services.answers_owed import AnswersOwed
from bot.services.approval_request import RequestApproval
from bot.services.evidence import ReadEvidence
from bot.services.ports import RedeemEngine, Requests
from bot.services.preflight import Blocked, Cleared, Preflight
from bot.services.verdict import WriteVerdict, told_of

log = structlog.get_logger(__name__)

#: Seconds that `send_by` allows in addition to the call.
SLACK_S = 5.0
SETTLE_ATTEMPTS = 3
SETTLE_WAIT_S = 0.3


class Forget(Protocol):
    def __call__(self, customer: CustomerId) -> None:
        """Drop the cached look-ups of a customer."""
        ...


@part(kw_only=True)
class Spend:
    """
    Moves a request from `new` or `approved` to its outcome.

    Attributes:
        call_s: limit of one redeem call in seconds.
        wake: called when messages are due for an update.

    """

    requests: Requests
    write: WriteVerdict
    evidence: ReadEvidence
    owed: AnswersOwed
    preflight: Preflight
    request_approval: RequestApproval
    engine: RedeemEngine
    monotonic: Callable[[], float]
    call_s: float
    forget: Forget
    wake: Callable[[], None]

    async def __call__(
        self, row: Redemption, *, by: Actor | None = None, after: Admission | None = None
    ) -> Redemption:
        """
        Spend the request; returns it as it stands afterwards. `by` and `after` as in `Preflight`.

        Raises AnswerNotKept, and LedgerUnavailable otherwise only while nothing has been sent.
        """
        bind_contextvars(request=row.reference)
        try:
            return await self._spent(row, by, after)
        except VersionConflict:
            log.info("version_conflict", request=row.reference)
            return await self._as_it_is(row)
        except Stopped as err:
            return await self._stopped(await self._now(row), err)
        finally:
            self.wake()

    async def _stopped(self, row: Redemption, err: Stopped) -> Redemption:
        """Whoever runs the desk paused it just now: nothing was sent."""
        if row.state not in {State.NEW, State.APPROVED}:
            return row
        outcome = Outcome(stop=err.stop)
        try:
            return await self.requests.move(row, State.REFUSED, Change(outcome=outcome), why=told_of(outcome))
        except VersionConflict:
            return await self._now(row)

    async def _spent(self, row: Redemption, by: Actor | None, after: Admission | None) -> Redemption:
        if row.state is State.NEW and row.terms.approvals:
            checked = await self.preflight.check(row, by=by)
            if isinstance(checked, Blocked):
                return await self._blocked(row, checked)
            return await self.request_approval(row, row.terms, why=checked.why, recent=checked.recent.uses)
        cleared = await self.preflight(row, by=by, after=after)
        if isinstance(cleared, Blocked):
            return await self._blocked(row, cleared)
        if row.state is State.NEW:
            row = await self.requests.move(row, State.APPROVED, why=cleared.why)
        return await self._sent(row, cleared)

    async def _blocked(self, row: Redemption, blocked: Blocked) -> Redemption:
        """
        End the request as refused; if it was approved and has changed since, ask for approval again.

        A use with the number generated for this request, or for an earlier one, settles that request first.
        """
        for sent, fact in blocked.sent:
            settled = await self.write(sent, fact)
            if settled.row.id == row.id:
                self.forget(row.terms.customer)
                return settled.row
        outcome = blocked.outcome
        if row.state is State.APPROVED and row.terms.approvals and blocked.terms is not None:
            try:
                why = {**blocked.why, **told_of(outcome)}
                return await self.request_approval(row, blocked.terms, why=why, recent=blocked.recent)
            except Stopped as err:
                outcome = Outcome(stop=err.stop, at_limit=err.at_limit)
        why = {**blocked.why, **told_of(outcome)}
        change = Change(outcome=outcome, looks=1 if blocked.looked else None)
        return await self.requests.move(row, State.REFUSED, change, why=why)

    async def _sent(self, row: Redemption, cleared: Cleared) -> Redemption:
        began = self.monotonic()
        row = await self._journaled(row, cleared)
        left_s = SLACK_S - (self.monotonic() - began)
        if left_s <= 0:
            # The call might not end before `send_by`, when other instances may make the outcome unknown.
            return await self._settled(row, NotSent(stop=Stop.TOO_LATE))
        answer = await self._answer(cleared, begin_within_s=left_s)
        self.forget(row.terms.customer)
        return await self._settled(row, believed(answer, cleared.intent.before))

    async def _journaled(self, row: Redemption, cleared: Cleared) -> Redemption:
        journaled = Change(intent=cleared.intent, send_in_s=self.call_s + SLACK_S)
        try:
            return await self.requests.move(row, State.SENDING, journaled, why=cleared.why)
        except LedgerUnavailable:
            # The move may have been written although it failed here. Nothing is sent, and that will be its outcome.
            self.owed.hold(replace(row, intent=cleared.intent), NotSent(stop=Stop.TOO_LATE))
            raise

    async def _answer(self, cleared: Cleared, *, begin_within_s: float) -> Answer:
        try:
            return await self.engine.redeem(cleared.order, begin_within_s=begin_within_s)
        except Exception:
            # Whatever the error is, the call may have been sent.
            log.exception("redeem_broke")
            return Unclear(doubt=Doubt.INTERRUPTED)

    async def _settled(self, row: Redemption, answer: Answer) -> Redemption:
        try:
            row = await self._written(row, answer)
        except CancelledError:
            # The stop's deadline has come.
            self.owed.lose(row, answer)
            raise
        except (LedgerUnavailable, VersionConflict, Outdated):
            log.error("answer_not_kept", request=row.reference)  # noqa: TRY400 - there is no traceback to tell
            self.owed.hold(row, answer)
            doubt = Outcome(doubt=Doubt.NO_ANSWER_KEPT)
            raise AnswerNotKept(replace(row, state=State.UNKNOWN, outcome=doubt)) from None
        if row.state is State.REDEEMED and row.outcome.redemption_id is None:
            return await self._numbered(row)
        return row

    async def _written(self, row: Redemption, answer: Answer) -> Redemption:
        for attempt in range(1, SETTLE_ATTEMPTS + 1):
            try:
                now = (await self.write(row, answer, holds=lambda now: is_of_call(now, row))).row
                break
            except LedgerUnavailable:
                if attempt == SETTLE_ATTEMPTS:
                    raise
                await asyncio.sleep(SETTLE_WAIT_S * attempt)
        if not is_of_call(now, row) or now.state in UNSENT:
            self.owed.forgotten(row, answer)
        return now

    async def _numbered(self, row: Redemption) -> Redemption:
        """Read the redemption's id back if the answer left it out (docs: redeem-single-coupon)."""
        try:
            fact = await self.evidence(row)
            return (await self.write(row, fact)).row if fact is not None else row
        except (EngineError, LedgerUnavailable, VersionConflict) as err:
            # The sweeper looks for it again.
            log.warning("redemption_id_not_read", request=row.reference, error=type(err).__name__)
            return row

    async def _as_it_is(self, row: Redemption) -> Redemption:
        """Return the request; where a standby took over without its last moves, what people see of them is drawn anew."""
        now = await self._now(row)
        if now.version >= row.version:
            return now
        log.error("moves_lost", request=row.reference, moves=row.version - now.version)
        try:
            return await self.requests.move(
                now, now.state, Change(), why={"moves_lost": row.version - now.version}
            )
        except VersionConflict:
            return await self._now(row)

    async def _now(self, row: Redemption) -> Redemption:
        return await self.requests.get(row.id) or row
