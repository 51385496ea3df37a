"""What is read to a customer after a no: one sentence, which invites to another try only where one may help."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.coupon import Use
from bot.domain.redemption import Outcome, Stop
from bot.domain.refusal import Refusal
from bot.views.text import Display, date, quoted

_USED = "Our records show that this coupon was used already"
_ENDED = "Our records show that this coupon has ended."
_WHO = "I cannot find you under this; is there another number of yours, or an e-mail address?"
_STORE_TEAM = "I cannot use your coupon from here; let me ask our store team."
_COLLEAGUE = "I cannot use your coupon myself; let me ask a colleague."
_ONCE_MORE = "Your coupon could not be used just now; let me look at it once more."

REFUSED: Mapping[Refusal, str] = {
    Refusal.ALREADY_USED: f"{_USED}.",
    Refusal.NOT_TWICE: f"{_USED}.",
    Refusal.COUPON_EXPIRED: _ENDED,
    Refusal.SERIES_EXPIRED: _ENDED,
    Refusal.REVOKED: "Your coupon is not valid any more; let me ask our store team why.",
    Refusal.NO_SUCH_COUPON: "I cannot find this code; please read it to me once more, letter by letter.",
    Refusal.NOT_THEIRS: "I cannot find this coupon under your number; are you registered with another one?",
    Refusal.NO_SUCH_CUSTOMER: _WHO,
    Refusal.CUSTOMER_BLOCKED: _STORE_TEAM,
    Refusal.LIMIT_REACHED: "Your coupon was used as often as it may be.",
    Refusal.TOO_SOON: "Your coupon cannot be used again so soon; please try again later.",
    Refusal.WRONG_TIME: "Your coupon is not valid on this day or at this hour.",
    Refusal.WRONG_STORE: "Your coupon is not valid at this store; let me ask which one it is for.",
    Refusal.WRONG_BILL: "Your coupon does not fit the amount of this bill; please tell me the amount once more.",
    Refusal.NEEDS_BILL_NUMBER: "I need the number of your bill for this coupon.",
    Refusal.NEEDS_VALIDATION_CODE: "Your coupon can only be used at a till, with the code that you are sent.",
    Refusal.NO_MISSED_CALL: "Your coupon asks you for a missed call first.",
    Refusal.TEST_COUPON: _STORE_TEAM,
    Refusal.BAD_IDENTIFIER: _WHO,
    Refusal.NOT_IN_PROGRAM: _WHO,
    Refusal.CUSTOMER_HIDDEN: _STORE_TEAM,
    Refusal.PROMOTIONS_OFF: _STORE_TEAM,
    Refusal.BAD_REQUEST: _STORE_TEAM,
    Refusal.SET_UP: _STORE_TEAM,
    Refusal.OTHER: _STORE_TEAM,
}
STOPPED: Mapping[Stop, str] = {
    Stop.NOT_ALLOWED: _COLLEAGUE,
    Stop.NOT_ALLOWED_APPROVER: _ONCE_MORE,
    Stop.COULD_NOT_VERIFY: _ONCE_MORE,
    Stop.RECORDS_NOT_READ: _ONCE_MORE,
    Stop.SCOPE_MISSING: _STORE_TEAM,
    Stop.NO_RULE: _COLLEAGUE,
    Stop.NEEDS_APPROVAL: _ONCE_MORE,
    Stop.COUNT_LIMIT: _COLLEAGUE,
    Stop.VALUE_LIMIT: _COLLEAGUE,
    Stop.ALREADY_OPEN: "Your coupon is being seen to already; you will hear from us.",
    Stop.CHANGED: _ONCE_MORE,
    Stop.SAME_BILL: "Your coupon is used for this bill already; the store checks that the discount is off.",
    Stop.NO_VALUE: _STORE_TEAM,
    Stop.ENGINE_UNCLEAR: _ONCE_MORE,
    Stop.EARLIER_UNREADABLE: _ONCE_MORE,
    Stop.NO_IDENTIFIER: _STORE_TEAM,
    Stop.TOO_LATE: _ONCE_MORE,
    Stop.NOT_CONNECTED: _ONCE_MORE,
    Stop.BUSY: _ONCE_MORE,
    Stop.NOT_ACCEPTED: _STORE_TEAM,
    Stop.PAUSED: "I cannot use your coupon just now; can you wait, or shall I ask our store team?",
}
#: After these a use says when and where.
_BY_A_USE = frozenset({Refusal.ALREADY_USED, Refusal.NOT_TWICE})


def after_a_no(outcome: Outcome, display: Display) -> str:
    """Return the sentence; the desk's own no goes before the engine's."""
    if outcome.stop is not None:
        return STOPPED[outcome.stop]
    refusal = outcome.refusal or Refusal.OTHER
    known = _when_and_where(outcome.uses[0], display) if outcome.uses and refusal in _BY_A_USE else ""
    return f"{_USED}: {known}." if known else REFUSED[refusal]


def _when_and_where(use: Use, display: Display) -> str:
    when = [date(use.at, display)] if use.at else []
    where = [f"at {quoted(use.place.label, 80)}"] if use.place and use.place.label else []
    return ", ".join([*when, *where])
