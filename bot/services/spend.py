"""The only place that redeems: prove, journal the intent, send once, settle; then others speak."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear, weigh
from bot.domain.answer import Evidence as Evidence
from bot.domain.customer import CustomerId
from bot.domain.errors import EngineError, LedgerUnavailable, VersionConflict
from bot.domain.person import Actor, Admission
from bot.domain.redemption import Doubt, Intent, Outcome, Redemption, Settled, State, Stop
from bot.domain.request_errors import AnswerNotKept, Stopped
from bot.domain.transitions import Change
from bot.services.approval_request import RequestApproval
from bot.services.ports import RedeemEngine, Requests
from bot.services.preflight import Blocked, Cleared, Preflight
from bot.services.retry import move_with_retry

log = structlog.get_logger(__name__)

#: Seconds that `send_by` allows beside the call itself.
SLACK_S = 5.0
SETTLE_ATTEMPTS = 3
SETTLE_WAIT_S = 0.3


class Forget(Protocol):
    def __call__(self, customer: CustomerId) -> None:
        """Drop what look-ups keep of a customer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """
    Takes a request from `new` or `approved` to where it ends, or to `unknown`.

    Attributes:
        call_s: the longest that one redeem call can take.
        look_after_s: seconds from an unclear answer to the first look for evidence.
        wake: called when messages are to be redrawn.

    """

    requests: Requests
    preflight: Preflight
    request_approval: RequestApproval
    engine: RedeemEngine
    monotonic: Callable[[], float]
    call_s: float
    look_after_s: float
    forget: Forget
    wake: Callable[[], None]

    async def __call__(
        self, row: Redemption, *, by: Actor | None = None, after: Admission | None = None
    ) -> Redemption:
        """
        The request as it stands afterwards. `by` and `after` as in `Preflight`.

        Raises AnswerNotKept, and LedgerUnavailable otherwise only while nothing has been sent.
        """
        try:
            return await self._spent(row, by, after)
        except VersionConflict:
            log.info("version_conflict", request=row.reference)
            return await self._now(row)
        finally:
            self.wake()

    async def _spent(self, row: Redemption, by: Actor | None, after: Admission | None) -> Redemption:
        if row.state is State.NEW and row.terms.approvals:
            checked = await self.preflight.check(row, by=by)
            if isinstance(checked, Blocked):
                return await self._blocked(row, checked)
            return await self.request_approval(row, row.terms, why=checked.why)
        proof = await self.preflight(row, by=by, after=after)
        if isinstance(proof, Blocked):
            return await self._blocked(row, proof)
        if row.state is State.NEW:
            row = await self.requests.move(row, State.APPROVED, why=proof.why)
        return await self._sent(row, proof)

    async def _blocked(self, row: Redemption, blocked: Blocked) -> Redemption:
        """Refused; but what was approved and has changed since is asked for again."""
        outcome = blocked.outcome
        if row.state is State.APPROVED and row.terms.approvals and blocked.terms is not None:
            try:
                return await self.request_approval(row, blocked.terms, why={**blocked.why, **_told(outcome)})
            except Stopped as err:
                outcome = Outcome(stop=err.stop, at_limit=err.at_limit)
        why = {**blocked.why, **_told(outcome)}
        return await self.requests.move(row, State.REFUSED, Change(outcome=outcome), why=why)

    async def _sent(self, row: Redemption, proof: Cleared) -> Redemption:
        began = self.monotonic()
        journaled = Change(intent=proof.intent, send_in_s=self.call_s + SLACK_S)
        row = await self.requests.move(row, State.SENDING, journaled, why=proof.why)
        if self.monotonic() - began > SLACK_S:
            # Less time than one call may take is left before others may call the outcome unknown.
            return await self._settled(row, NotSent(stop=Stop.TOO_LATE), proof.intent)
        answer = await self.engine.redeem(proof.order)
        self.forget(row.terms.customer)
        return await self._settled(row, answer, proof.intent)

    async def _settled(self, row: Redemption, answer: Answer, intent: Intent) -> Redemption:
        try:
            row = await self._written(row, answer)
        except LedgerUnavailable:
            log.error("answer_not_kept", request=row.reference)  # noqa: TRY400 - there is no traceback to tell
            doubt = Outcome(doubt=Doubt.NO_ANSWER_KEPT)
            raise AnswerNotKept(replace(row, state=State.UNKNOWN, outcome=doubt)) from None
        if row.state is State.REDEEMED and row.outcome.redemption_id is None:
            return await self._numbered(row, intent)
        return row

    async def _written(self, row: Redemption, answer: Answer) -> Redemption:
        for attempt in range(1, SETTLE_ATTEMPTS + 1):
            try:
                return await self._settle(row, answer)
            except LedgerUnavailable:
                if attempt == SETTLE_ATTEMPTS:
                    raise
                await asyncio.sleep(SETTLE_WAIT_S * attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _settle(self, row: Redemption, answer: Answer) -> Redemption:
        to, outcome = verdict(answer)
        change = Change(outcome=outcome, due_in_s=self.look_after_s if to is State.UNKNOWN else None)
        try:
            return await self.requests.move(row, to, change, why=_told(outcome))
        except VersionConflict:
            now = await self._now(row)
            if now.state is not State.UNKNOWN or to is State.UNKNOWN:
                return now
            # It was given up meanwhile; a clear answer still settles it, whatever looks come between.
            late = State.REDEEMED if to is State.REDEEMED else State.NOT_REDEEMED
            settled = Change(outcome=outcome, never_due=True)
            return await move_with_retry(
                self.requests, now, late, settled, holds=_still_unknown, why=_told(outcome)
            )

    async def _numbered(self, row: Redemption, intent: Intent) -> Redemption:
        """An answer may leave the redemption's id out (docs: redeem-single-coupon); then it is read back."""
        try:
            uses = await self.engine.uses(
                row.terms.customer, row.terms.code, since=intent.since, single=intent.single
            )
            found = weigh(uses, before=intent.before, bill_number=row.terms.bill_number, till=intent.till)
            if found.proof is not Evidence.REDEEMED:
                return row
            outcome = replace(row.outcome, redemption_id=found.uses[0].id)
            return await self.requests.move(row, row.state, Change(outcome=outcome), why=_told(outcome))
        except (EngineError, LedgerUnavailable, VersionConflict) as err:
            log.warning("redemption_id_not_read", request=row.reference, error=type(err).__name__)
            return row

    async def _now(self, row: Redemption) -> Redemption:
        return await self.requests.get(row.id) or row


def _still_unknown(row: Redemption) -> bool:
    return row.state is State.UNKNOWN


def verdict(answer: Answer) -> tuple[State, Outcome]:
    """What an answer makes of a request that was being sent."""
    match answer:
        case Redeemed(redemption_id=redemption_id, status=status):
            return State.REDEEMED, Outcome(settled=Settled.ANSWER, redemption_id=redemption_id, status=status)
        case Refused(refusal=refusal, code=code, status=status):
            return State.REFUSED, Outcome(settled=Settled.ANSWER, refusal=refusal, code=code, status=status)
        case NotSent(stop=stop, code=code, status=status):
            return State.NOT_SENT, Outcome(settled=Settled.ANSWER, stop=stop, code=code, status=status)
        case Unclear(doubt=doubt, code=code, status=status):
            return State.UNKNOWN, Outcome(doubt=doubt, code=code, status=status)


def _told(outcome: Outcome) -> Mapping[str, Any]:
    """For the audit log: what is known of the outcome."""
    facts = {
        "settled": outcome.settled,
        "refusal": outcome.refusal,
        "stop": outcome.stop,
        "doubt": outcome.doubt,
        "engine_status": outcome.code,
        "http_status": outcome.status,
        "redemption_id": outcome.redemption_id,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}
