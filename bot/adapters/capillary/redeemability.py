"""What the engine's check says of a coupon (docs: check-if-coupon-is-redeemable)."""

from __future__ import annotations

from bot.adapters.capillary import decode, wire
from bot.adapters.capillary.codes import COUPON, error_for, says_nothing
from bot.adapters.capillary.faults import HTTP_FAILED
from bot.adapters.capillary.transport import HttpAnswer
from bot.domain.coupon import CouponCode, Discount, Redeemability, same_code
from bot.domain.errors import EngineRefused, EngineUnreadable
from bot.domain.refusal import Refusal


def redeemability_of(answer: HttpAnswer, code: CouponCode) -> Redeemability:
    """Redeemable only if every sign is positive; else the refusal is of the first code that says why (C7)."""
    body = wire.parse(wire.CheckAnswer, answer.body, status=answer.status)
    check = next((one for one in body.redemption if one.code is None or same_code(one.code, code)), None)
    statuses = _statuses(body, check)
    item_says_no = check is not None and check.is_redeemable is False
    # The call's code 500 means: see the items (docs: errors-and-warnings).
    codes = [one for one in decode.codes_of(statuses) if not (item_says_no and says_nothing(one, COUPON))]
    errors = [error for one in codes if (error := error_for(one, COUPON, status=answer.status))]
    refused = next((error for error in errors if isinstance(error, EngineRefused)), None)
    if errors and refused is None:
        raise errors[0]
    says_no = refused is not None or item_says_no
    said = check is not None and check.is_redeemable and answer.status < HTTP_FAILED
    if not says_no and (not said or _negative(body, statuses)):
        raise EngineUnreadable("neither yes nor no", status=answer.status)
    return Redeemability(
        redeemable=not says_no,
        refusal=(refused.refusal if refused else Refusal.OTHER) if says_no else None,
        code=CouponCode(check.code) if check and check.code else code,
        discount=_discount(check),
        uses_left=decode.uses_left(check.redemptions_left) if check else None,
        used_by_customer=check.used_by_customer if check else None,
        customer=decode.profiled_customer(body.customer),
        description=check.series.description if check and check.series else None,
    )


def _statuses(body: wire.CheckAnswer, check: wire.Check | None) -> list[wire.WireStatus]:
    """Return the statuses, the item's own first: it says most."""
    own = [check.redemption_status, *check.warnings] if check else []
    return [status for status in [*own, *body.errors, body.redemption_status] if status is not None]


def _negative(body: wire.CheckAnswer, statuses: list[wire.WireStatus]) -> bool:
    failed = bool(body.errors) or body.success is False
    return failed or any(status.positive is False for status in statuses)


def _discount(check: wire.Check | None) -> Discount | None:
    if check is None or check.discount_type is None:
        return None
    return decode.discount(check.discount_type, check.discount_value, check.discount_upto)
