"""Every kind of no in plain words, with the next step; what is said is true before anything was sent."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Words:
    """
    Attributes:
        why: one sentence, the reason.
        next_step: one sentence, what the agent can do.

    """  # noqa: D205 - the attributes are all there is to say

    why: str
    next_step: str


_STORE_OPS = "If the customer disputes it, ask store ops."

REFUSALS: dict[Refusal, Words] = {
    Refusal.ALREADY_USED: Words("It was used already.", f"Tell the customer when and where. {_STORE_OPS}"),
    Refusal.NOT_TWICE: Words(
        "The same coupon may not be used more than once.", f"Look for another coupon of theirs. {_STORE_OPS}"
    ),
    Refusal.COUPON_EXPIRED: Words("It has expired.", "Only marketing can extend a coupon; ask store ops."),
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
        "It is not valid on this day or at this hour.", "Tell the customer when it is valid."
    ),
    Refusal.WRONG_STORE: Words("It is not valid at this store.", "Ask store ops which store it is valid at."),
    Refusal.WRONG_BILL: Words(
        "The bill amount does not fit this coupon.", "Check the bill amount with the customer."
    ),
    Refusal.NEEDS_BILL_NUMBER: Words(
        "It needs a bill number.", "Ask the customer or the store for the bill number."
    ),
    Refusal.NEEDS_VALIDATION_CODE: Words(
        "It needs a validation code that is sent to the customer.", "It can only be redeemed at a till."
    ),
    Refusal.NO_MISSED_CALL: Words(
        "The customer has not made the missed call it asks for.", "Ask the customer to call the number first."
    ),
    Refusal.TEST_COUPON: Words("It is a test coupon.", "Ask store ops how the customer got it."),
    Refusal.BAD_REQUEST: Words(
        "The loyalty engine could not read the request.", "Check the code; else ask store ops."
    ),
    Refusal.SET_UP: Words(
        "The loyalty engine is not set up for this coupon.",
        "Ask store ops; only Capillary's set-up can change it.",
    ),
    Refusal.OTHER: Words(
        "The loyalty engine refused it without a known reason.", "Ask store ops to look into it."
    ),
}
