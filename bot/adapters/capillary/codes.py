"""
The engine's status codes, as tables: what each means for the desk.

Sources: docs coupon-apis, coupon-1 (v2 and v1.1 share the numbering), customer, customer-lookup,
status-codes-customer, errors-and-warnings, authorisation; rate-limits for 517 and 521. Numbers
repeat between families with other meanings, so a table is never used for another family.
"""

from __future__ import annotations

from enum import StrEnum

from bot.aio.frozen import frozen
from bot.domain.errors import EngineBusy, EngineDenied, EngineError, EngineFault, EngineRefused
from bot.domain.refusal import Refusal


class CodeClass(StrEnum):
    OK = "ok"
    #: The call succeeded, a side effect failed.
    WARN = "warn"
    #: Refused because of what was sent.
    INPUT = "input"
    #: Refused for this coupon or customer.
    FINAL = "final"
    #: Refused because of the engine's configuration.
    CONFIG = "config"
    #: It may have been done.
    CHECK = "check"
    #: It failed on the way; a later attempt may work.
    RETRY = "retry"
    #: Refused before it was processed; a later attempt may work.
    BUSY = "busy"
    #: The credentials were not accepted.
    DENIED = "denied"
    #: Says nothing by itself; other codes in the answer decide.
    UNCLEAR = "unclear"


@frozen
class Meaning:
    kind: CodeClass
    refusal: Refusal | None = None


Table = dict[int, Meaning]


def _rows(kind: CodeClass, refusal: Refusal | None, *codes: int) -> Table:
    return dict.fromkeys(codes, Meaning(kind, refusal))


#: Coupons, v1.1 and v2.
COUPON: Table = {
    **_rows(CodeClass.OK, None, 700, 731, 745),
    **_rows(CodeClass.WARN, None, 687, 704, 724),
    **_rows(CodeClass.UNCLEAR, None, 500, 744, 746, 749, 751, 752, 753, 754, 756),
    **_rows(CodeClass.CHECK, None, 683, 730, 748),
    **_rows(CodeClass.RETRY, None, 722, 786, 787, 789, 790, 791, 792, 793, 794, 796, 797, 798),
    # A configuration fault that the engine found while it processed the call: not a clear refusal.
    **_rows(CodeClass.CHECK, None, 788, 795, 799),
    **_rows(CodeClass.CONFIG, Refusal.SET_UP, 715, 777),
    **_rows(CodeClass.INPUT, Refusal.BAD_REQUEST, 510, 629, 661, 707, 726, 755, 781, 1000),
    **_rows(CodeClass.INPUT, Refusal.NO_SUCH_COUPON, 702, 705, 719, 780),
    **_rows(CodeClass.INPUT, Refusal.NO_SUCH_CUSTOMER, 701, 721),
    **_rows(CodeClass.INPUT, Refusal.NOT_THEIRS, 703, 723),
    **_rows(CodeClass.INPUT, Refusal.NEEDS_BILL_NUMBER, 718),
    **_rows(CodeClass.INPUT, Refusal.NEEDS_VALIDATION_CODE, 725),
    **_rows(CodeClass.INPUT, Refusal.WRONG_BILL, 733),
    **_rows(CodeClass.FINAL, Refusal.NOT_THEIRS, 710),
    **_rows(CodeClass.FINAL, Refusal.REVOKED, 660),
    **_rows(CodeClass.FINAL, Refusal.LIMIT_REACHED, 696, 714, 728, 736, 5002, 5004),
    **_rows(CodeClass.FINAL, Refusal.OTHER, 706, 709, 759),
    **_rows(CodeClass.FINAL, Refusal.ALREADY_USED, 711),
    **_rows(CodeClass.FINAL, Refusal.SERIES_EXPIRED, 712),
    **_rows(CodeClass.FINAL, Refusal.COUPON_EXPIRED, 713),
    **_rows(CodeClass.FINAL, Refusal.NOT_TWICE, 716, 747),
    **_rows(CodeClass.FINAL, Refusal.TEST_COUPON, 720),
    **_rows(CodeClass.FINAL, Refusal.WRONG_TIME, 729, 739),
    **_rows(CodeClass.FINAL, Refusal.NO_MISSED_CALL, 732),
    **_rows(CodeClass.FINAL, Refusal.WRONG_STORE, 735),
    **_rows(CodeClass.FINAL, Refusal.TOO_SOON, 738),
    **_rows(CodeClass.FINAL, Refusal.CUSTOMER_BLOCKED, 740, 742, 750),
}

#: Customers, v1.1 and v2. C15: all of these are "not found".
CUSTOMER: Table = {
    **_rows(CodeClass.OK, None, 200, 1000, 1052),
    **_rows(CodeClass.INPUT, Refusal.NO_SUCH_CUSTOMER, 701, 816, 1011, 1012, 8013, 8015, 8065),
    **_rows(CodeClass.INPUT, Refusal.BAD_REQUEST, 1060),
    **_rows(CodeClass.INPUT, Refusal.BAD_IDENTIFIER, 1015, 1042, 1104),
    **_rows(CodeClass.CONFIG, Refusal.SET_UP, 8011, 8045),
    **_rows(CodeClass.CONFIG, Refusal.CUSTOMER_HIDDEN, 1044),
    **_rows(CodeClass.FINAL, Refusal.NOT_IN_PROGRAM, 1013, 1020, 8089),
    **_rows(CodeClass.FINAL, Refusal.CUSTOMER_BLOCKED, 618),
}

#: Codes that any call may answer with.
TRANSPORT: Table = {
    **_rows(CodeClass.OK, None, 200),
    **_rows(CodeClass.UNCLEAR, None, 201, 400, 404, 500),
    **_rows(CodeClass.BUSY, None, 461, 517, 521, 4001),
    **_rows(CodeClass.DENIED, None, 401, 403, 4000),
    **_rows(CodeClass.CONFIG, Refusal.SET_UP, 402, 405, 406, 415, 1061, 1062, 1064),
}

_NO = frozenset({CodeClass.INPUT, CodeClass.FINAL, CodeClass.CONFIG})


def meaning_of(code: int, table: Table) -> Meaning | None:
    """Return a code's meaning, from `table` first, then from TRANSPORT; None if neither has it."""
    return table.get(code) or TRANSPORT.get(code)


def error_for(code: int, table: Table, *, status: int | None = None) -> EngineError | None:
    """
    Return the error for a code; None if the code is no failure.

    An unknown code is a failure that may have had an effect.
    """
    meaning = meaning_of(code, table)
    if meaning is None:
        return EngineFault(status=status, code=code)
    if meaning.kind in {CodeClass.OK, CodeClass.WARN}:
        return None
    if meaning.kind is CodeClass.BUSY:
        return EngineBusy(status=status, code=code)
    if meaning.kind is CodeClass.DENIED:
        return EngineDenied(status=status, code=code)
    if meaning.kind in _NO:
        return EngineRefused(meaning.refusal or Refusal.OTHER, status=status, code=code)
    return EngineFault(status=status, code=code)


def says_nothing(code: int, table: Table) -> bool:
    """Whether a code says nothing by itself, so that other codes decide."""
    meaning = meaning_of(code, table)
    return meaning is not None and meaning.kind is CodeClass.UNCLEAR


def try_later(code: int | None) -> bool:
    """Whether, by the engine, a later attempt may work after this status code of a coupon call."""
    meaning = COUPON.get(code) if code is not None else None
    return meaning is not None and meaning.kind is CodeClass.RETRY
