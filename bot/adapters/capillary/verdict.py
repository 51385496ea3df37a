"""
What the engine's answer to a redeem call means; pure. In doubt it is unclear.

- Refused: a coupon code that is a clear refusal, whatever the HTTP status.
- Not sent: HTTP 401, 403 or 429, 503 with 4001, or code 517 or 521: refused before it was processed.
- Redeemed: HTTP 200, and every sign that is present is positive, the customer's id included.
- Unclear: everything else, and the first two if there is also a sign of success.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.adapters.capillary import wire
from bot.adapters.capillary.codes import COUPON, CodeClass, meaning_of
from bot.adapters.capillary.faults import HTTP_SERVER_FAULT
from bot.adapters.capillary.wire_redeem import RedeemAnswer, RedeemedItem, WireRedeemed, WireVerdict
from bot.aio.frozen import frozen
from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.coupon import same_code
from bot.domain.errors import EngineUnreadable
from bot.domain.redemption import Doubt, Stop
from bot.domain.refusal import Refusal
from bot.services.ports import Order

HTTP_OK = 200
SUCCESS = 700
CLEAR_NO = frozenset({CodeClass.INPUT, CodeClass.FINAL, CodeClass.CONFIG})
NO_FAILURE = frozenset({CodeClass.OK, CodeClass.WARN})
#: With such a code it may have been redeemed, whatever else the answer says.
MAY_BE_DONE = frozenset({CodeClass.CHECK, CodeClass.RETRY})
#: Refused before processing: by HTTP status, by code, by both (docs: authorisation, rate-limits, errors-and-warnings).
BY_STATUS = {401: Stop.NOT_ACCEPTED, 403: Stop.NOT_ACCEPTED, 429: Stop.BUSY}
BY_CODE = {517: Stop.BUSY, 521: Stop.BUSY}
BY_BOTH = {(503, 4001): Stop.BUSY, (403, 4000): Stop.NOT_ACCEPTED}
#: What a dry run answers with in place of a redemption's id: nothing was redeemed (docs: redeem-bulk-coupons).
DRY_RUN = frozenset({"-1", "0"})
#: Not ids of redemptions.
NO_REDEMPTION = DRY_RUN | {"NULL"}


def meaning(status: int, body: Any, order: Order) -> Answer:
    """Return what the answer means; `body` is None if it was not JSON. Never raises."""
    try:
        told = wire.parse(RedeemAnswer, body if isinstance(body, dict | list) else {}, status=status)
    except EngineUnreadable:
        return Unclear(doubt=_unread(status), status=status)
    signs = _signs(told, order)
    no = _refused(signs.codes, status) or _not_sent(told, signs.codes, status)
    if no is not None:
        return Unclear(doubt=Doubt.CONTRADICTING, code=no.code, status=status) if signs.maybe else no
    if not _positive(told, signs, status):
        return _unclear(signs, status)
    if told.customer is None or told.customer.id != order.customer:
        return Unclear(doubt=Doubt.ANOTHER_CUSTOMER, status=status)
    return Redeemed(redemption_id=_redemption_id(told.redemption[0]), status=status)


@frozen(kw_only=True)
class _Signs:
    """
    The signs in an answer.

    Attributes:
        codes: the coupon's own first: they say most.
        yes: whether there is a sign of success.
        no: whether there is a sign against it.

    """

    codes: tuple[int, ...]
    yes: bool
    no: bool

    @property
    def maybe(self) -> bool:
        return self.yes or any(_kind(code) in MAY_BE_DONE for code in self.codes)

    @property
    def trouble(self) -> int | None:
        """The first code that is a failure; None if there is none, or if it could not be read."""
        return next((code for code in self.codes if code and _kind(code) not in NO_FAILURE), None)


def _kind(code: int) -> CodeClass | None:
    known = meaning_of(code, COUPON)
    return known.kind if known else None


def _signs(told: RedeemAnswer, order: Order) -> _Signs:
    verdicts, warnings = list(_verdicts(told)), list(_warnings(told))
    flags = [sign for said in verdicts for sign in said.signs]
    flags += [sign for sign in (told.success, told.status) if sign is not None]
    # A warning's failure does not speak against the redemption (docs: errors-and-warnings).
    beside = [sign for said in warnings if _of(said) is not CodeClass.WARN for sign in said.signs]
    given = [*(said.code for said in [*verdicts, *warnings]), told.error_code, told.code]
    codes = tuple(code for code in given if code is not None)
    kinds = {_kind(code) for code in codes}
    ids = [_redemption_id(item) for item in told.redemption]
    return _Signs(
        codes=codes,
        yes=any(flags) or any(beside) or any(ids) or any(_says_success(code) for code in codes),
        no=not all([*flags, *beside]) or not kinds <= NO_FAILURE or _objected(told, order),
    )


def _verdicts(told: RedeemAnswer) -> Iterator[WireRedeemed]:
    for item in told.redemption:
        yield from _inside(item.redemption_status)
        yield from item.errors
    yield from told.errors
    yield from _inside(told.redemption_status)


def _inside(verdict: WireVerdict | None) -> Iterator[WireRedeemed]:
    if verdict is not None:
        yield verdict
        if verdict.status_code is not None:
            yield verdict.status_code


def _warnings(told: RedeemAnswer) -> Iterator[WireRedeemed]:
    for item in told.redemption:
        yield from item.warnings
    for verdict in [*(item.redemption_status for item in told.redemption), told.redemption_status]:
        if verdict is not None:
            yield from verdict.warnings
            yield from verdict.warnings_as_status_code
    yield from told.warnings


def _of(said: WireRedeemed) -> CodeClass | None:
    return None if said.code is None else _kind(said.code)


def _says_success(code: int) -> bool:
    known = COUPON.get(code)
    return known is not None and known.kind is CodeClass.OK


def _objected(told: RedeemAnswer, order: Order) -> bool:
    """Whether something other than flags and codes speaks against success; one coupon was sent (C8)."""
    if told.errors or any(item.errors or item.appended_error for item in told.redemption):
        return True
    if any(item.redemption_id in DRY_RUN for item in told.redemption):
        return True
    if told.http_status not in {None, HTTP_OK}:
        return True
    named = [item.code for item in told.redemption if item.code is not None]
    return len(told.redemption) > 1 or not all(same_code(code, order.code) for code in named)


def _refused(codes: tuple[int, ...], status: int) -> Refused | None:
    for code in codes:
        known = COUPON.get(code)
        if known is not None and known.kind in CLEAR_NO:
            return Refused(refusal=known.refusal or Refusal.OTHER, code=code, status=status)
    return None


def _not_sent(told: RedeemAnswer, codes: tuple[int, ...], status: int) -> NotSent | None:
    for code in codes:
        # The gateway repeats the HTTP status in its body (docs: authorisation).
        both = BY_BOTH.get((status, code)) or BY_BOTH.get((told.http_status or status, code))
        # HTTP 521 is a server that is down, whose gateway repeats the number in its body.
        by_code = BY_CODE.get(code) if code != status else None
        stop = by_code or both
        if stop is not None:
            return NotSent(stop=stop, code=code, status=status)
    if status in BY_STATUS:
        return NotSent(stop=BY_STATUS[status], code=next(filter(None, codes), None), status=status)
    return None


def _positive(told: RedeemAnswer, signs: _Signs, status: int) -> bool:
    """Whether the answer says that our coupon was redeemed; one that lists no coupon does not."""
    top = told.redemption_status
    if top is None or top.status is not True or top.code != SUCCESS:
        return False
    return status == HTTP_OK and not signs.no and len(told.redemption) == 1


def _unclear(signs: _Signs, status: int) -> Unclear:
    if signs.yes:
        doubt = Doubt.CONTRADICTING if signs.no or status != HTTP_OK else Doubt.UNREADABLE
    elif signs.no:
        doubt = Doubt.ENGINE_FAILED
    else:
        doubt = _unread(status)
    return Unclear(doubt=doubt, code=signs.trouble, status=status)


def _unread(status: int) -> Doubt:
    return Doubt.ENGINE_FAILED if status >= HTTP_SERVER_FAULT else Doubt.UNREADABLE


def _redemption_id(item: RedeemedItem) -> str | None:
    return None if item.redemption_id in NO_REDEMPTION else item.redemption_id
