"""A request to redeem a coupon: its terms and its state. Its moves are in `bot.domain.transitions`."""

from __future__ import annotations

import hashlib
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from bot.aio.frozen import frozen
from bot.domain.coupon import CouponCode, Discount, Use
from bot.domain.customer import CustomerId
from bot.domain.limits import AtLimit
from bot.domain.person import PersonId
from bot.domain.refusal import Refusal
from bot.domain.worth import Worth

#: Opaque; made when the form opens, so that every delivery, press and retry of that form is the same request.
RequestId = NewType("RequestId", str)


class State(StrEnum):
    """Values are stored: add, never rename."""

    NEW = "new"
    WAITING = "waiting"
    APPROVED = "approved"
    SENDING = "sending"
    REDEEMED = "redeemed"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    NOT_REDEEMED = "not_redeemed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Stop(StrEnum):
    """
    Why a request ended without a redeem call, other than a refusal of the engine.

    Values are stored and shown by name: add, never rename. The words are in `bot.views.refusals`.
    """

    NOT_ALLOWED = "not_allowed"
    NOT_ALLOWED_APPROVER = "not_allowed_approver"
    #: Slack did not say whether they may; the desk's own records did not; the app may not ask Slack.
    COULD_NOT_VERIFY = "could_not_verify"
    RECORDS_NOT_READ = "records_not_read"
    SCOPE_MISSING = "scope_missing"
    NO_RULE = "no_rule"
    NEEDS_APPROVAL = "needs_approval"
    COUNT_LIMIT = "count_limit"
    VALUE_LIMIT = "value_limit"
    ALREADY_OPEN = "already_open"
    CHANGED = "changed"
    #: The engine shows a use of the coupon for this bill already, and no approver was shown it.
    SAME_BILL = "same_bill"
    NO_VALUE = "no_value"
    ENGINE_UNCLEAR = "engine_unclear"
    EARLIER_UNREADABLE = "earlier_unreadable"
    NO_IDENTIFIER = "no_identifier"
    TOO_LATE = "too_late"
    NOT_CONNECTED = "not_connected"
    BUSY = "busy"
    NOT_ACCEPTED = "not_accepted"
    #: Whoever runs the desk has paused it.
    PAUSED = "paused"


class Doubt(StrEnum):
    """Why an outcome is unknown. Values are stored."""

    TIMED_OUT = "timed_out"
    INTERRUPTED = "interrupted"
    ENGINE_FAILED = "engine_failed"
    UNREADABLE = "unreadable"
    CONTRADICTING = "contradicting"
    ANOTHER_CUSTOMER = "another_customer"
    NO_ANSWER_KEPT = "no_answer_kept"
    #: The engine's redemption that speaks for it belongs to another request.
    CLAIMED_ELSEWHERE = "claimed_elsewhere"


class Settled(StrEnum):
    """What a verdict rests on. Values are stored."""

    ANSWER = "answer"
    #: A new use that carries the number generated for this request.
    OWN_NUMBER = "own_number"
    EVIDENCE = "evidence"
    PERSON = "person"


#: Nothing ranks above these, and a claim that is lost does not take them back.
SURE = frozenset({Settled.ANSWER, Settled.OWN_NUMBER})


@frozen(kw_only=True)
class Terms:
    """
    What was confirmed. They are replaced only if approval is asked for again with changed facts.

    Attributes:
        customer_name: None if the engine gave none.
        customer_tail: the last four digits of the mobile, never more; None if there is no mobile.
        coupon_id: the engine's id of the coupon, because a code can be issued again; None if it gave none.
        takes_off: what it takes off this bill, only to be shown.
        bill_number: as typed, or generated (`generated`).
        note: masked.
        rule: name of the policy rule that decided.
        approvers: groups whose members may approve this request.
        seen: ids of this customer's uses since the day before, as shown at the review; None for requests of older
            versions, which showed none.
        single: whether the review found one use left and none made, so that the coupon's record shows every use; None
            for requests of older versions.

    """

    requester: PersonId
    customer: CustomerId
    customer_name: str | None = None
    customer_tail: str | None = None
    code: CouponCode
    coupon_id: str | None = None
    discount: Discount
    expires_at: datetime | None = None
    worth: Worth
    bill: Decimal
    takes_off: Decimal
    bill_number: str
    generated: bool
    reason: str
    note: str = ""
    rule: str
    approvals: int
    approvers: tuple[str, ...] = ()
    seen: tuple[str, ...] | None = None
    single: bool | None = None


@frozen(kw_only=True)
class Intent:
    """
    What was written before the redeem call.

    Attributes:
        before: ids of the coupon's redemptions since the day `since`, read before the call.
        single: whether the coupon had one use left and was never used, so its record shows every use.
        till: code of the till that the redemption is booked on; None leaves it to the engine.
        attempt: opaque id of this journal entry: another process may have journaled the same request.

    """

    before: tuple[str, ...]
    since: date
    single: bool
    till: str | None
    attempt: str = ""


@frozen(kw_only=True)
class Outcome:
    """
    How the request ended, or why that is not known.

    Attributes:
        code, status: the engine's own code and the HTTP status, for support.
        at_limit: the figures, if one of the day's limits was reached.
        uses: redemptions found that a person has to judge.
        by, note: the person who settled an unknown outcome or named the redemption, and their note.

    """

    settled: Settled | None = None
    redemption_id: str | None = None
    refusal: Refusal | None = None
    stop: Stop | None = None
    doubt: Doubt | None = None
    code: int | None = None
    status: int | None = None
    at_limit: AtLimit | None = None
    uses: tuple[Use, ...] = ()
    by: PersonId | None = None
    note: str = ""

    @property
    def found(self) -> str:
        """Return a digest of `uses`, to notice that a person was shown another set."""
        told = "\n".join(f"{use.id} {use.bill} {use.at}" for use in self.uses)
        return hashlib.sha256(told.encode()).hexdigest()[:12]


@frozen(kw_only=True)
class Decision:
    """
    What an approver decided.

    Attributes:
        round: the round that the approver was shown.
        reason: of a rejection, as it was chosen from the policy's list; empty where only a note says why.

    """

    by: PersonId
    at: datetime
    round: int
    approved: bool
    note: str = ""
    reason: str = ""


class Trouble(StrEnum):
    """Why perhaps nobody can approve: it could not be posted, or nobody may. Values are stored."""

    NO_CHANNEL = "no_channel"
    CHANNEL_SHARED = "channel_shared"
    CHANNEL_UNREACHABLE = "channel_unreachable"
    NO_APPROVER = "no_approver"
    GROUPS_UNREADABLE = "groups_unreadable"


@frozen(kw_only=True)
class Asking:
    """
    What an approver is shown beside the terms.

    Attributes:
        checked_at: when the engine was last asked whether the coupon may be redeemed, by the desk's clock.
        uses: how many coupons the customer redeemed in the last 90 days; None if the engine did not say.
        more_uses: whether there may be more than `uses`.
        last_use_at: the latest of them.
        earlier: redemptions from this desk in these 90 days by the same requester for the same customer.
        attempt: which request for this customer and coupon it is, counted from 1.
        rejected: the latest rejection of the requests before it.
        worth_before: the worth that was approved, if it has changed since.
        other_coupon: whether the code now belongs to another coupon.
        trouble: why perhaps nobody can approve; None if nothing of the kind is known.
        recent: this coupon's uses since the day before the review, wherever they were made, as shown to approvers;
            None if they were not read.

    """

    checked_at: datetime
    uses: int | None = None
    more_uses: bool = False
    last_use_at: datetime | None = None
    earlier: int = 0
    attempt: int = 1
    rejected: Decision | None = None
    worth_before: Decimal | None = None
    other_coupon: bool = False
    trouble: Trouble | None = None
    recent: tuple[Use, ...] | None = None


@frozen(kw_only=True)
class Redemption:
    """
    One request, as the ledger holds it.

    Attributes:
        version: counts the writes; a move names the version that it starts from.
        made_at, decided: times by the desk's clock, as people see it.
        begin_by: after this a `new` or `approved` request is not spent any more; the database's clock.
        send_by: after this the outcome of a `sending` request counts as unknown; the database's clock.
        due_at: when the sweeper takes it up next; None if it need not.
        looks: how many looks succeeded since the outcome is unknown, or since it ended without a sending.
        unknown_at: since when the outcome is unknown; the database's clock.
        ended_at: when it came to the end that it stands at; None while it is open, and for requests that an older
            version ended; the database's clock.
        round: number of the set of facts that approvers are shown; one more each time approval is asked for again.
        asked_at, expires_at: when approval was asked for, and when it expires; the desk's clock.
        attend_at: when the sweeper takes up a waiting request next, to remind or to expire it; the desk's clock.
        reminded: how many reminders were posted.

    """

    id: RequestId
    version: int
    state: State
    terms: Terms
    made_at: datetime
    begin_by: datetime | None = None
    send_by: datetime | None = None
    due_at: datetime | None = None
    intent: Intent | None = None
    outcome: Outcome = field(default_factory=Outcome)
    looks: int = 0
    unknown_at: datetime | None = None
    ended_at: datetime | None = None
    round: int = 1
    decided: Decision | None = None
    asking: Asking | None = None
    asked_at: datetime | None = None
    expires_at: datetime | None = None
    attend_at: datetime | None = None
    reminded: int = 0

    @property
    def pressed_at(self) -> datetime:
        """When the press was made that it may be spent for: the approval, else the confirmation; the desk's clock."""
        return self.decided.at if self.decided is not None and self.decided.approved else self.made_at

    @property
    def reference(self) -> str:
        """The reference that people quote; short enough to be read out."""
        return self.id[:8]


def is_of_call(now: Redemption, row: Redemption) -> bool:
    """Whether the request as it stands has the journal entry of `row`'s call, or one of the two has none."""
    return now.intent is None or row.intent is None or now.intent.attempt == row.intent.attempt
