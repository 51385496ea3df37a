"""Every refusal and stop in words, with the next step; each is true before anything was sent."""

from __future__ import annotations

from bot.aio.frozen import frozen
from bot.domain.limits import AtLimit
from bot.domain.redemption import Doubt, Stop, Trouble
from bot.domain.refusal import Refusal


@frozen
class Words:
    """
    Attributes:
        why: one sentence, the reason.
        next_step: one sentence, what the reader can do.

    """  # noqa: D205 - the attributes are all there is to say

    why: str
    next_step: str


_STORE_OPS = "If the customer disputes it, ask store ops."

REFUSALS: dict[Refusal, Words] = {
    Refusal.ALREADY_USED: Words("It was used already.", _STORE_OPS),
    Refusal.NOT_TWICE: Words(
        "The same coupon may not be used more than once.", f"Look for another coupon of theirs. {_STORE_OPS}"
    ),
    Refusal.COUPON_EXPIRED: Words(
        "It has expired.", "Ask store ops; they ask marketing whether it can be extended."
    ),
    Refusal.SERIES_EXPIRED: Words(
        "Its campaign has ended.", "Look for another coupon; ask store ops about exceptions."
    ),
    Refusal.REVOKED: Words("It was revoked.", "Ask store ops why, before you promise anything."),
    Refusal.NO_SUCH_COUPON: Words(
        "There is no such coupon.", "Check the code letter by letter; 0 and O, 1 and I look alike."
    ),
    Refusal.NOT_THEIRS: Words(
        "It is not this customer's coupon.",
        "Check the customer's mobile number; they may be registered under another one.",
    ),
    Refusal.NO_SUCH_CUSTOMER: Words(
        "The loyalty engine does not know this customer.", "Check the number, or try their e-mail."
    ),
    Refusal.CUSTOMER_BLOCKED: Words(
        "This customer is blocked.", "Do not discuss it with the customer; ask store ops."
    ),
    Refusal.LIMIT_REACHED: Words(
        "The number of redemptions allowed is reached.", f"Look for another coupon of theirs. {_STORE_OPS}"
    ),
    Refusal.TOO_SOON: Words(
        "Too little time has passed since its last redemption.", "Ask the customer to try again later."
    ),
    Refusal.WRONG_TIME: Words(
        "It is not valid on this day or at this hour.", "Ask store ops when it is valid."
    ),
    Refusal.WRONG_STORE: Words("It is not valid at this store.", "Ask store ops which store it is valid at."),
    Refusal.WRONG_BILL: Words(
        "The bill amount does not fit this coupon.", "Check the bill amount with the customer."
    ),
    Refusal.NEEDS_BILL_NUMBER: Words(
        "It needs a bill number.", "Ask the customer or the store for the bill number."
    ),
    Refusal.NEEDS_VALIDATION_CODE: Words(
        "It needs a validation code that is sent to the customer.", "Only a till can take it."
    ),
    Refusal.NO_MISSED_CALL: Words(
        "The customer has not made the missed call it asks for.", "Ask the customer to call the number first."
    ),
    Refusal.TEST_COUPON: Words("It is a test coupon.", "Ask store ops how the customer got it."),
    Refusal.BAD_IDENTIFIER: Words(
        "The loyalty engine cannot read this as a customer's number, e-mail or id.",
        "Check it with the customer, or try another one of theirs.",
    ),
    Refusal.NOT_IN_PROGRAM: Words(
        "This customer is not in the loyalty program.",
        "Check the number with the customer; they may be registered under another one.",
    ),
    Refusal.CUSTOMER_HIDDEN: Words(
        "The loyalty engine does not let Coupon Desk see this customer.",
        "Ask store ops; whoever runs Coupon Desk can have it permitted.",
    ),
    Refusal.PROMOTIONS_OFF: Words(
        "The loyalty engine does not let Coupon Desk see cart promotions: "
        "they are not enabled for it, or its credentials are not accepted there.",
        "Tell whoever runs Coupon Desk; ask store ops about this promotion.",
    ),
    Refusal.BAD_REQUEST: Words(
        "The loyalty engine could not read the request.", "Check the code; else ask store ops."
    ),
    Refusal.SET_UP: Words(
        "The loyalty engine is not set up for this.",
        "Ask store ops; only Capillary's set-up can change it.",
    ),
    Refusal.OTHER: Words(
        "The loyalty engine refused it without a known reason.", "Ask store ops to look into it."
    ),
}

#: Where nothing was written down there are no such buttons: `without_buttons`.
_AGAIN, _ASK = "ress Redeem again", "ress Ask store ops"
#: For the requester, beside that button; in none of these was anything changed.
STOPS: dict[Stop, Words] = {
    Stop.NOT_ALLOWED: Words(
        "You are not allowed to redeem: you are in no group that may. Coupon Desk's Home tab names the groups.",
        "Ask a colleague who is in one of them to redeem it, or your manager to add you.",
    ),
    Stop.NOT_ALLOWED_APPROVER: Words(
        "Whoever approved it is not allowed to approve it any more.",
        "Press Redeem again; somebody else must approve it.",
    ),
    Stop.COULD_NOT_VERIFY: Words(
        "Slack did not answer when asked who may do this, so Coupon Desk could not verify that it is allowed.",
        "Press Redeem again in a minute.",
    ),
    Stop.RECORDS_NOT_READ: Words(
        "Coupon Desk's own records did not answer, so Coupon Desk could not verify that it is allowed.",
        "Press Redeem again in a minute.",
    ),
    Stop.SCOPE_MISSING: Words(
        "Coupon Desk lacks a right at Slack, so it could not verify that it is allowed.",
        "Tell whoever runs Coupon Desk; until then ask store ops.",
    ),
    Stop.NO_RULE: Words(
        "You are not allowed to redeem a coupon of this worth: no rule of Coupon Desk's policy covers it for you.",
        "Ask a colleague with more rights, or store ops.",
    ),
    Stop.NEEDS_APPROVAL: Words(
        "It needs an approval, and it has none.", "Press Redeem again; the window says who must approve it."
    ),
    Stop.COUNT_LIMIT: Words(
        "Your limit of redemptions for today is reached.",
        "Ask a colleague to redeem it, or wait until tomorrow.",
    ),
    Stop.VALUE_LIMIT: Words(
        "It would go past your limit of value for today.",
        "Ask a colleague to redeem it, or wait until tomorrow.",
    ),
    Stop.ALREADY_OPEN: Words(
        "Another request for this coupon and this customer has not ended yet.",
        "Wait until it has ended; then look the coupon up again.",
    ),
    Stop.SAME_BILL: Words(
        "The loyalty engine, or Coupon Desk's own record, shows this coupon used for this bill already.",
        "Ask the store whether the discount is off this bill already; if it is not, press Ask store ops. "
        "Do not redeem it again for this bill. For another bill, press Redeem again with that bill's number.",
    ),
    Stop.CHANGED: Words(
        "The coupon, or the rule for it, is no longer as it was confirmed.",
        "Press Redeem again to see it as it is now.",
    ),
    Stop.NO_VALUE: Words(
        "The loyalty engine does not say what this coupon takes off, so no rule covers it.",
        "Ask store ops; they can look into how it is set up.",
    ),
    Stop.ENGINE_UNCLEAR: Words(
        "The loyalty engine gave no usable answer, so Coupon Desk could not verify that the coupon is still good.",
        "Press Redeem again in a minute; if it goes on, ask store ops.",
    ),
    Stop.EARLIER_UNREADABLE: Words(
        "Coupon Desk could not verify how this coupon was used before: the loyalty engine did not list it completely.",
        "Press Redeem again in a minute; if it goes on, ask store ops.",
    ),
    Stop.NO_IDENTIFIER: Words(
        "The loyalty engine names no mobile number, external id or e-mail of this customer, and asks for one.",
        "Ask store ops; only a till can take the coupon until the customer has one.",
    ),
    Stop.TOO_LATE: Words("There was not enough time left to do it safely.", "Press Redeem again."),
    Stop.NOT_CONNECTED: Words(
        "The loyalty engine could not be reached.", "Press Redeem again in a minute; it is safe to."
    ),
    Stop.BUSY: Words(
        "The loyalty engine was too busy to take it.", "Press Redeem again in a minute; it is safe to."
    ),
    Stop.NOT_ACCEPTED: Words(
        "The loyalty engine does not accept Coupon Desk's credentials for it.",
        "Tell whoever runs Coupon Desk; until they have seen to it, trying again does not help.",
    ),
    Stop.PAUSED: Words(
        "Whoever runs Coupon Desk has paused redeeming; looking customers up goes on.",
        "If the customer cannot wait, press Ask store ops, and then do only what they answer. "
        "Otherwise press Redeem again later.",
    ),
}

#: For other readers, where the reason is about the requester; the others are about the coupon or the desk.
OF_OTHERS: dict[Stop, str] = {
    Stop.NOT_ALLOWED: "Whoever asked is not allowed to redeem: they are in no group that may. "
    "Their Home tab of Coupon Desk names the groups.",
    Stop.NO_RULE: "Whoever asked is not allowed to redeem a coupon of this worth: "
    "no rule of Coupon Desk's policy covers it for them.",
    Stop.COUNT_LIMIT: "Today's limit of redemptions is reached for whoever asked.",
    Stop.VALUE_LIMIT: "It would go past today's limit of value for whoever asked.",
}

#: Why perhaps nobody can approve: the reason for any reader, the next step for the requester.
TROUBLES: dict[Trouble, Words] = {
    Trouble.NO_CHANNEL: Words(
        "Nobody can be asked: Coupon Desk's policy names no channel for approvals.",
        "Press Withdraw, and tell your manager and whoever runs Coupon Desk.",
    ),
    Trouble.CHANNEL_SHARED: Words(
        "Nobody can be asked: the channel for approvals is shared with another company, "
        "and customers' affairs are not told there.",
        "Press Withdraw, and tell your manager and whoever runs Coupon Desk.",
    ),
    Trouble.CHANNEL_UNREACHABLE: Words(
        "It seems that nobody was asked: Coupon Desk cannot post in the channel for approvals.",
        "Do not start it again, here or at a till. Tell your manager: an approver can decide on Coupon Desk's Home tab. "
        "If the customer cannot wait, first press Withdraw, then Ask store ops.",
    ),
    Trouble.NO_APPROVER: Words(
        "Nobody can approve it: in the groups that may there is nobody but whoever asked.",
        "Do not start it again, here or at a till. Tell your manager, who can have somebody added before the request "
        "runs out. If the customer cannot wait, first press Withdraw, then Ask store ops.",
    ),
    Trouble.GROUPS_UNREADABLE: Words(
        "Coupon Desk could not verify that anybody can approve it: it could not be read who is in the groups that may.",
        "Do not start it again, here or at a till. Tell your manager that it waits. "
        "If the customer cannot wait, first press Withdraw, then Ask store ops.",
    ),
}

#: What those who read of a trouble in the approvers' channel can do about it.
TROUBLE_STEPS: dict[Trouble, str] = {
    Trouble.NO_APPROVER: "Approve works again once somebody else is in one of them.",
    Trouble.GROUPS_UNREADABLE: "Whoever may approve it can press Approve all the same; that is checked anew.",
}

#: Why an outcome is unknown.
DOUBTS: dict[Doubt, str] = {
    Doubt.TIMED_OUT: "The loyalty engine did not answer in time.",
    Doubt.INTERRUPTED: "The line to the loyalty engine dropped before its answer was complete.",
    Doubt.ENGINE_FAILED: "The loyalty engine answered with a failure of its own.",
    Doubt.UNREADABLE: "The loyalty engine's answer could not be read.",
    Doubt.CONTRADICTING: "The loyalty engine's answer contradicts itself.",
    Doubt.ANOTHER_CUSTOMER: "The loyalty engine's answer names another customer.",
    Doubt.CLAIMED_ELSEWHERE: (
        "The only redemption that the loyalty engine shows for it belongs to another request."
    ),
    Doubt.NO_ANSWER_KEPT: "Coupon Desk was interrupted before it could keep the loyalty engine's answer.",
}


def refusal_step(refusal: Refusal, *, use_shown: bool) -> str:
    """Return the next step; `use_shown` is whether the reader sees when and where the coupon was used."""
    step = REFUSALS[refusal].next_step
    told = use_shown and refusal is Refusal.ALREADY_USED
    return f"Tell the customer when and where it was used. {step}" if told else step


def without_again(next_step: str) -> str:
    """The same step for a reader who has no button **Redeem again** before them."""
    card = "tart again from the coupon's card"
    return next_step.replace(f"P{_AGAIN}", f"S{card}").replace(f"p{_AGAIN}", f"s{card}")


def without_buttons(next_step: str) -> str:
    """The same step for a reader who has no message of a request, and so neither of its buttons, before them."""
    return without_again(next_step).replace(f"P{_ASK}", "Ask store ops").replace(f"p{_ASK}", "ask store ops")


def stop_words(stop: Stop, at_limit: AtLimit | None) -> Words:
    """Return the words; a worth above the whole day's limit is not told to wait until tomorrow."""
    words = STOPS[stop]
    most = at_limit.limits.value if at_limit else None
    if at_limit is None or most is None or at_limit.worth <= most:
        return words
    return Words(words.why, "It is worth more than one person may redeem from here in a day. Ask store ops.")
