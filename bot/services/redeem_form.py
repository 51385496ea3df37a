"""The form of a redemption: opened from a card, opened prefilled, and shown again after Back."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from functools import partial

from bot.aio.frozen import frozen, part
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId, by_id
from bot.domain.draft import Draft, Typed
from bot.domain.errors import CardExpired
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.lookup import LookUp, LookUpId
from bot.domain.pause import Pause
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId, Stop
from bot.domain.refusal import Refusal
from bot.services.audit import AuditLog
from bot.services.authorize import Action, Authorize, check_own
from bot.services.final_no import FinalNo
from bot.services.lookup import FindCoupon
from bot.services.lookup_cards import LookUpCards
from bot.services.pause import ReadPause
from bot.services.ports import AuditEvent, Drafts, LastReason, Requests


@frozen(kw_only=True)
class Opened:
    """
    The form and what it is about.

    Attributes:
        other: another request for this coupon that is still open; no form is shown before it has ended.
        pause: of everything that sends or approves; None if there is none.

    """

    draft: Draft
    finding: CouponFinding
    as_of: datetime
    other: Redemption | None = None
    pause: Pause | None = None


@part(kw_only=True)
class OpenForm:
    """Opens the form for a coupon. Raises as `DrawCard` does."""

    authorize: Authorize
    audit: AuditLog
    cards: LookUpCards
    find: FindCoupon
    drafts: Drafts
    requests: Requests
    final_no: FinalNo
    last_reason: LastReason
    pause: ReadPause

    async def __call__(self, pressed: LookUpId, place: int, *, by: Actor) -> Opened:
        """Open it from a card; `place` is the coupon's index on the page, negative on a card about one coupon."""
        async with self.authorize.attempt(Action.OPEN_FORM, by):
            card = await self.cards.recall(pressed, LookUp, by=by, action=Action.OPEN_FORM)
            code = card.coupon_in(place)
            if code is None:
                raise CardExpired
        # What somebody redeems for is mostly what they redeemed for before.
        typed = Typed(reason=await self.last_reason(by.id) or "")
        return await self._opened(by, card.customer, code, typed)

    async def filled(self, customer: CustomerId, code: CouponCode, typed: Typed, *, by: Actor) -> Opened:
        """Open a prefilled form for a customer's coupon that is not on a card."""
        async with self.authorize.attempt(Action.OPEN_FORM, by):
            await self.authorize(Action.OPEN_FORM, by)
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
        if other is not None:
            self.final_no.met(found.facts, [other])
        if found.facts.verdict is not Verdict.REDEEMABLE:
            await self._refused(by, draft, refusal=found.facts.check.refusal)
        elif other is not None:
            await self._refused(by, draft, stop=Stop.ALREADY_OPEN)
        else:
            await self.drafts.keep(draft)
        return Opened(draft=draft, finding=found.facts, as_of=found.at, other=other, pause=await self.pause())

    async def _refused(
        self, by: Actor, draft: Draft, *, stop: Stop | None = None, refusal: Refusal | None = None
    ) -> None:
        """Record in the audit log that the coupon, not the person's rights, prevents it."""
        await self.audit.tell(
            AuditEvent.REFUSED, by=by.id, request_id=draft.id, at="open", stop=stop, refusal=refusal
        )

    async def again(self, draft_id: RequestId, *, by: Actor) -> Opened:
        """Return the form as it was filled in."""
        async with self.authorize.attempt(Action.BACK, by, draft_id):
            await self.authorize(Action.BACK, by)
            draft = await own_draft(self.drafts, draft_id, Action.BACK, by)
        found = await self.find(by_id(draft.customer), draft.code)
        return Opened(draft=draft, finding=found.facts, as_of=found.at, pause=await self.pause())


@part(kw_only=True)
class OpenAgain:
    """The form of a request that ended, for its requester, filled with all but a generated number. Raises as `OpenForm` does."""

    authorize: Authorize
    requests: Requests
    open_form: OpenForm

    async def __call__(self, request_id: RequestId, *, by: Actor) -> Opened:
        read = partial(self.requests.get, request_id)
        row, _ = await self.authorize.on(Action.OPEN_AGAIN, by, request_id, read)
        terms = row.terms
        typed = Typed(
            bill=f"{terms.bill:f}",
            bill_number="" if terms.generated else terms.bill_number,
            reason=terms.reason,
            note=terms.note,
        )
        return await self.open_form.filled(terms.customer, terms.code, typed, by=by)


async def own_draft(drafts: Drafts, draft_id: RequestId, action: Action, by: Actor) -> Draft:
    """Return the stored form, if it is this person's. Raises CardExpired, NotAllowed."""
    draft = await drafts.recall(draft_id)
    if draft is None:
        raise CardExpired
    check_own(action, by, draft)
    return draft


def _new_request_id() -> RequestId:
    return RequestId(base64.b32encode(secrets.token_bytes(10)).decode())


def _new_bill_number() -> str:
    return "CD-" + base64.b32encode(secrets.token_bytes(5)).decode()
