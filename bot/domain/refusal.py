"""The engine's reasons for a refusal, in the desk's terms."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """
    One reason for a refusal.

    Values are stored and shown by name: add, never rename. Which engine code means which is
    the table in `bot.adapters.capillary.codes`; the words for people are in `bot.views.refusals`.
    """

    ALREADY_USED = "already_used"
    NOT_TWICE = "not_twice"
    COUPON_EXPIRED = "coupon_expired"
    SERIES_EXPIRED = "series_expired"
    REVOKED = "revoked"
    NO_SUCH_COUPON = "no_such_coupon"
    NOT_THEIRS = "not_theirs"
    NO_SUCH_CUSTOMER = "no_such_customer"
    CUSTOMER_BLOCKED = "customer_blocked"
    LIMIT_REACHED = "limit_reached"
    TOO_SOON = "too_soon"
    WRONG_TIME = "wrong_time"
    WRONG_STORE = "wrong_store"
    WRONG_BILL = "wrong_bill"
    NEEDS_BILL_NUMBER = "needs_bill_number"
    NEEDS_VALIDATION_CODE = "needs_validation_code"
    NO_MISSED_CALL = "no_missed_call"
    TEST_COUPON = "test_coupon"
    BAD_IDENTIFIER = "bad_identifier"
    NOT_IN_PROGRAM = "not_in_program"
    CUSTOMER_HIDDEN = "customer_hidden"
    PROMOTIONS_OFF = "promotions_off"
    BAD_REQUEST = "bad_request"
    SET_UP = "set_up"
    OTHER = "other"


#: The coupon, for this customer, is past every other try: used up, expired, revoked, not theirs, no such coupon.
FINAL = frozenset(
    {
        Refusal.ALREADY_USED,
        Refusal.NOT_TWICE,
        Refusal.COUPON_EXPIRED,
        Refusal.SERIES_EXPIRED,
        Refusal.REVOKED,
        Refusal.NO_SUCH_COUPON,
        Refusal.NOT_THEIRS,
        Refusal.LIMIT_REACHED,
    }
)
#: The engine's own codes for the same (capillary-api: coupon errors); another code of the same kind may pass.
FINAL_CODES = frozenset({660, 702, 703, *range(710, 715), 716, 719, 723, 728, 736, 747})


#: Of these the kind alone does not tell: some limits pass.
_BY_CODE_ONLY = frozenset({Refusal.LIMIT_REACHED})


def surely_final(refusal: Refusal | None) -> bool:
    """Whether a no of the engine's own check, which names no code here, ends what waits for the coupon."""
    return refusal in FINAL - _BY_CODE_ONLY


def is_final(refusal: Refusal | None, code: int | None = None) -> bool:
    """Whether trying once more cannot help; by the engine's code where it gave one."""
    return code in FINAL_CODES if code is not None else refusal in FINAL
