"""What stands in the way of honouring a case's coupon, and the asker's form for one that store ops honour."""

from __future__ import annotations

from functools import partial

from bot.aio.frozen import part
from bot.domain.case import Case, CaseId
from bot.domain.coupon import same_code
from bot.domain.draft import Typed
from bot.domain.errors import VersionConflict
from bot.domain.person import Actor
from bot.domain.policy import Policy
from bot.domain.redemption import Redemption, State
from bot.domain.request_errors import AlreadyHonoured
from bot.services.audit import AuditLog
from bot.services.authorize import RIGHTS, Action, Authorize
from bot.services.ports import AuditEvent, Cases, Requests
from bot.services.redeem_form import Opened, OpenForm

#: The reason that is filled in for an honoured coupon, if the policy has it.
GOODWILL = "Goodwill"


async def in_the_way(requests: Requests, case: Case) -> Redemption | None:
    """Return a request after which nobody may redeem the coupon anew for what was asked about. Raises LedgerUnavailable."""
    customer, code, about = case.facts.customer, case.facts.code, case.facts.request
    if customer is None or code is None:
        return None
    asked = await requests.get(about) if about else None
    if asked is not None and asked.state is State.REDEEMED:
        return asked
    return await requests.open_for(customer, code)


@part(kw_only=True)
class OpenHonoured:
    """
    Opens the asker's form for a coupon that store ops honour.

    What stands in the way is read anew: an answer of before may not know of it, and more has happened since. Raises as
    `OpenForm` does, VersionConflict, and AlreadyHonoured; another request that is open comes back with the form.
    """

    authorize: Authorize
    audit: AuditLog
    cases: Cases
    requests: Requests
    open_form: OpenForm
    policy: Policy

    async def __call__(self, case_id: CaseId, *, by: Actor) -> Opened:
        read = partial(self.cases.get, case_id)
        case, _ = await self.authorize.on(Action.HONOUR, by, case_id, read)
        customer, code = case.facts.customer, case.facts.code
        if not case.honours or customer is None or code is None:
            raise VersionConflict
        await self._check(case, by)
        reason = GOODWILL if GOODWILL in self.policy.redeem.reasons else ""
        typed = Typed(reason=reason, note=f"Case {case.reference}: honour")
        return await self.open_form.filled(customer, code, typed, by=by)

    async def _check(self, case: Case, by: Actor) -> None:
        """Raises AlreadyHonoured where the coupon was redeemed for it from here, which is recorded."""
        made = await self._redeemed(case)
        if made is None:
            return
        at = RIGHTS[Action.HONOUR].at
        await self.audit.tell(
            AuditEvent.CASE_TOO_LATE, by=by.id, case_id=case.id, at=at, state=case.state, redeemed=made.id
        )
        raise AlreadyHonoured(made, asked_about=made.id == case.facts.request)

    async def _redeemed(self, case: Case) -> Redemption | None:
        """Return the request that the question is about, if it went through, else one of this coupon since the answer."""
        other = await in_the_way(self.requests, case)
        if other is not None and other.state is State.REDEEMED:
            return other
        customer, code, answer = case.facts.customer, case.facts.code, case.answer
        if customer is None or code is None or answer is None:
            return None
        known = await self.requests.concerning(customer)
        since = (row for row in known if row.state is State.REDEEMED and row.made_at >= answer.at)
        return next((row for row in since if same_code(row.terms.code, code)), None)
