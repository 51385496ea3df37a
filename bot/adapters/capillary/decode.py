"""Turns wire models into domain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import structlog

from bot.adapters.capillary import lenient, wire
from bot.domain.coupon import (
    Coupon,
    CouponCode,
    CouponRecord,
    Discount,
    DiscountKind,
    Place,
    Use,
    UsesLeft,
)
from bot.domain.customer import Customer, CustomerId
from bot.domain.redeem_form import NO_BILL

log = structlog.get_logger(__name__)

#: C20: one page's text says FLAT where every sample has ABS.
DISCOUNT_KINDS = {"ABS": DiscountKind.AMOUNT, "FLAT": DiscountKind.AMOUNT, "PERC": DiscountKind.PERCENT}
NO_LIMIT = -1
#: The engine's last moment of a day (docs: get-customer-coupons-basic, validTillDateTime).
LAST_SECOND = time(23, 59, 59)
#: The id that v1.1 gives for an unknown code (docs: get-coupon-detail).
NO_RECORD = "-1"


def coupon(of: wire.WireCoupon, zone: ZoneInfo) -> Coupon:
    return Coupon(
        code=CouponCode(of.code),
        id=of.id,
        series_id=of.series_id,
        description=of.description,
        discount=discount(of.discount_type, of.discount_value, of.discount_upto),
        expires_at=_expiry(of, zone),
        created_at=preferred(of.created_iso, of.created),
        uses_left=uses_left(of.redemptions_left),
        used=_count(of),
        uses=tuple(_use(use) for use in of.redemptions),
        reversed_uses=tuple(_use(use) for use in of.reversed_redemptions),
        issued_at=place(of.issued_at),
        properties=tuple((p.name, p.value) for p in of.custom_property if p.name and p.value),
    )


def customer(of: wire.WireCustomer) -> Customer:
    return Customer(
        id=CustomerId(of.id),
        name=_full_name(of.firstname, of.lastname),
        mobile=of.mobile,
        email=of.email,
        external_id=of.external_id,
    )


def profiled_customer(of: wire.ProfiledCustomer | None) -> Customer | None:
    if of is None or of.id is None:
        return None
    profile = next(iter(of.profiles), wire.Profile.model_validate({}))
    named = {one.type: one.value for one in profile.identifiers}
    return Customer(
        id=CustomerId(of.id),
        name=_full_name(profile.first_name, profile.last_name),
        mobile=named.get("mobile"),
        email=named.get("email"),
        external_id=named.get("externalId"),
    )


def record(of: wire.Record, zone: ZoneInfo) -> CouponRecord | None:
    """Return the record; None for an unknown code, for which the engine may give the id -1."""
    if of.id is None or of.id == NO_RECORD or of.code is None:
        return None
    owner = _owner(of.customer)
    last = _last_use(of.redemption_info, zone)
    return CouponRecord(
        code=CouponCode(of.code),
        id=of.id,
        owner=owner,
        expires_at=_end_of_day(of.valid_till, "%d-%m-%Y", zone),
        discount=_record_discount(of),
        # A coupon that was issued to nobody in particular may have been used by anybody.
        last_use=replace(last, by=owner.id) if last is not None and owner is not None else last,
        issued_at=place(of.issued_store),
    )


def discount(kind: str | None, value: Decimal | None, upto: Decimal | None) -> Discount:
    """Return the discount; a `discountUpto` of 0 is no cap (docs: get-customer-coupons-basic), and so is one below it."""
    cap = upto if upto is not None and upto > 0 else None
    return Discount(kind=DISCOUNT_KINDS.get((kind or "").upper()), value=value, cap=cap)


def uses_left(count: int | None) -> UsesLeft | None:
    """Return the uses left as the engine gives them (C21); -1 is unlimited."""
    if count is None:
        return None
    return UsesLeft(None if count == NO_LIMIT else count)


def place(of: wire.WirePlace | None) -> Place | None:
    if of is None or not (of.name or of.code):
        return None
    return Place(code=of.code, name=of.name)


def preferred(iso: datetime | None, legacy: datetime | None) -> datetime | None:
    """Return the ISO field's time, else the other; a difference between them is logged (C3)."""
    if iso is not None and legacy is not None and iso != legacy:
        log.warning("engine_times_differ", minutes=round((legacy - iso).total_seconds() / 60))
    return iso or legacy


def bill(number: str | None) -> str | None:
    return None if number in NO_BILL else number


def local_time(text: str | None, zone: ZoneInfo) -> datetime | None:
    """Parse a v1.1 time: without an offset, in the cluster's zone (docs: timezone-management)."""
    try:
        return lenient.within_reach(datetime.strptime(text or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone))
    except ValueError:
        return None


def _full_name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None


def _count(of: wire.WireCoupon) -> int | None:
    """Return the number of uses; a count of 0 beside listed redemptions is wrong (docs: get-customer-coupons-basic)."""
    return None if of.redemptions and not of.redemption_count else of.redemption_count


def _use(of: wire.WireCouponUse) -> Use:
    return Use(
        id=of.id,
        at=preferred(of.date_iso, of.date),
        bill=bill(of.transaction_number),
        place=place(of.redeemed_at),
        reversed_at=of.reversed_on,
    )


def _expiry(of: wire.WireCoupon, zone: ZoneInfo) -> datetime | None:
    """
    Return the end of validity: after `validTillDateTime`, which is the last second, else after the day of `validTill`.

    Of `validTill` only the date counts, as it is written (docs: update-coupon-code-expiry-date).
    """
    if of.valid_till_datetime is not None:
        return of.valid_till_datetime
    return _end_of_day((of.valid_till or "")[:10], "%Y-%m-%d", zone)


def _end_of_day(text: str | None, pattern: str, zone: ZoneInfo) -> datetime | None:
    try:
        day = datetime.strptime(text or "", pattern)  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None
    return lenient.within_reach(datetime.combine(day, LAST_SECOND, tzinfo=zone))


def _owner(of: wire.RecordOwner | None) -> Customer | None:
    if of is None or of.id is None or of.id == NO_RECORD:
        return None
    return Customer(
        id=CustomerId(of.id), name=of.name, mobile=of.mobile, email=of.email, external_id=of.external_id
    )


def _record_discount(of: wire.Record) -> Discount:
    kinds = {True: "ABS", False: "PERC", None: None}
    return discount(kinds[of.is_absolute], of.value, of.discount_upto)


def _last_use(told: list[wire.RecordUse], zone: ZoneInfo) -> Use | None:
    """Return the use in a coupon's record, the latest if there are several (docs: get-coupon-detail shows one)."""
    uses = [_record_use(one, zone) for one in told if _happened(one)]
    return max(uses, key=lambda use: use.at.timestamp() if use.at else 0.0, default=None)


def _happened(of: wire.RecordUse) -> bool:
    return of.redeemed is not False and bool(of.redeemed or of.id or of.redeemed_on)


def _record_use(of: wire.RecordUse, zone: ZoneInfo) -> Use:
    """`redeemed_at` is the till's code in every sample (docs: get-coupon-detail)."""
    where = place(of.store) or (Place(code=of.redeemed_at) if of.redeemed_at else None)
    number = of.transaction.bill_number if of.transaction else None
    return Use(
        id=of.id,
        at=local_time(of.redeemed_on, zone),
        bill=bill(number),
        place=where,
        till=of.redeemed_at,
    )


def codes_of(statuses: Iterable[wire.WireStatus | None]) -> list[int]:
    return [status.code for status in statuses if status is not None and status.code is not None]
