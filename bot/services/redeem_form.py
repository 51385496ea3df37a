"""The form of a redemption: opened from a card, opened filled, and found again as it was."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime

from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId, by_id
from bot.domain.draft import Draft, Typed
from bot.domain.errors import CardExpired, Denial, NotAllowed
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.lookup import LookUp, LookUpId
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId, Stop
from bot.services.audit import AuditLog
from bot.services.configuration import DeskConfiguration
from bot.services.gate import Gate
from bot.services.lookup import FindCoupon
from bot.services.ports import Drafts, Requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """
    The form and what it is about.

    Attributes:
        other: another request for this coupon, which has not ended yet; there is no form before it has.

    """

    draft: Draft
    finding: CouponFinding
    as_of: datetime
    other: Redemption | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """The form for a coupon on a card. Raises as `DrawCard` does."""

    configuration: DeskConfiguration
    audit: AuditLog
    gate: Gate
    find: FindCoupon
    drafts: Drafts
    requests: Requests

    async def __call__(self, pressed: LookUpId, place: int, *, by: Actor) -> Opened:
        """`place` on the card's page, counted from 0; below 0 on a card about one coupon."""
        async with self.audit.attempt("open", by.id):
            await self.audit.admit(by, self.configuration.policy)
            card = await self.gate.kept(pressed, LookUp, by=by)
            code = card.coupon_in(place)
            if code is None:
                raise CardExpired
        return await self._opened(by, card.customer, code, Typed())

    async def filled(self, customer: CustomerId, code: CouponCode, typed: Typed, *, by: Actor) -> Opened:
        """The form for a coupon that is named otherwise, with this in it already."""
        async with self.audit.attempt("open", by.id):
            await self.audit.admit(by, self.configuration.policy)
        return await self._opened(by, customer, code, typed)

    async def _opened(self, by: Actor, customer: CustomerId, code: CouponCode, typed: Typed) -> Opened:
        found = await self.find(by_id(customer), code, fresh=True)
        draft = Draft(
            id=_new_request_id(),
            requester=by.id,
            customer=customer,
            code=found.facts.code,
            generated_number=_new_bill_number(),
            typed=typed,
        )
        other = await self.requests.open_for(customer, draft.code)
        if found.facts.verdict is not Verdict.REDEEMABLE:
            await self.audit.refused("open", by.id, draft.id, refusal=found.facts.check.refusal)
        elif other is not None:
            await self.audit.refused("open", by.id, draft.id, stop=Stop.ALREADY_OPEN)
        else:
            await self.drafts.keep(draft)
        return Opened(draft=draft, finding=found.facts, as_of=found.at, other=other)

    async def again(self, draft_id: RequestId, *, by: Actor) -> Opened:
        """The form as it was filled."""
        async with self.audit.attempt("back", by.id, draft_id):
            await self.audit.admit(by, self.configuration.policy)
            draft = await own_draft(self.drafts, draft_id, by)
        found = await self.find(by_id(draft.customer), draft.code)
        return Opened(draft=draft, finding=found.facts, as_of=found.at)


async def own_draft(drafts: Drafts, draft_id: RequestId, by: Actor) -> Draft:
    """The form, if it is this person's. Raises CardExpired, NotAllowed."""
    draft = await drafts.recall(draft_id)
    if draft is None:
        raise CardExpired
    if draft.requester != by.id:
        raise NotAllowed(Denial.NOT_YOURS)
    return draft


def _new_request_id() -> RequestId:
    return RequestId(base64.b32encode(secrets.token_bytes(10)).decode())


def _new_bill_number() -> str:
    return "CD-" + base64.b32encode(secrets.token_bytes(5)).decode()
