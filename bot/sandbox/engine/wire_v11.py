"""What the v1.1 APIs say: numbers and booleans as strings, lists of one as the one, naive times."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from bot.sandbox.engine.coupons import SandboxCoupon, SandboxRedemption
from bot.sandbox.engine.customers import PointsRedemption, SandboxCustomer, SandboxReversal
from bot.sandbox.engine.exchange import Json, Quirks
from bot.sandbox.engine.wire import cased, place


def failure(code: int, message: str) -> Json:
    return {"response": {"status": {"success": "false", "code": code, "message": message}}}


def naive(at: datetime, zone: tzinfo) -> str:
    """Return local time without its offset (docs: timezone-management)."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def figure(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def collapsed(items: Sequence[Json], quirks: Quirks) -> Any:
    if not items:
        return None
    return items[0] if len(items) == 1 and quirks.single_as_object else list(items)


# GET /v1.1/coupon/get


def coupons(items: Sequence[Json], quirks: Quirks) -> Json:
    """Return the envelope: it failed only if every coupon did."""
    good = any(item["item_status"]["success"] == "true" for item in items)
    status = {
        "success": str(good).lower(),
        "code": "200" if good else "500",
        "message": "Success" if good else "All requests have failed due to errors",
    }
    return {"response": {"status": status, "coupons": {"coupon": collapsed(items, quirks)}}}


def unknown_coupon(code: str) -> Json:
    return {"id": "-1", "code": code, "item_status": _item_status(705, "Invalid coupon code")}


def coupon(held: SandboxCoupon, owner: SandboxCustomer | None, *, case: str | None, zone: tzinfo) -> Json:
    """
    Return one coupon (docs: get-coupon-detail).

    `redemption_info` is missing until it is redeemed, `customer` where it was issued to nobody in particular.
    """
    record = {
        "id": str(held.id),
        "code": cased(held.code, case),
        "valid_till": held.valid_until.strftime("%d-%m-%Y"),
        "issued_on": naive(held.created, zone),
        "valid_from": naive(held.created, zone),
        "series_id": str(held.series_id),
        "is_absolute": str(held.discount_type == "ABS").lower(),
        "value": figure(held.value),
        "discount_upto": figure(held.upto),
        "issued_store": place(held.issued_at),
        "custom_properties": {
            "custom_property": [{"name": n, "value": v} for n, v in held.custom_properties or ()]
        },
        "pincode": "NULL",
    }
    if owner is not None:
        record["customer"] = _owner(owner)
    last = held.last_redemption
    if last is not None:
        record["redemption_info"] = _redemption_info(last, zone)
    return {**record, "item_status": _item_status(700, "Coupon details fetched successfully")}


def _owner(owner: SandboxCustomer) -> Json:
    return {
        "id": str(owner.id),
        "name": f"{owner.firstname} {owner.lastname}",
        "mobile": owner.mobile,
        "email": owner.email,
        "external_id": owner.external_id,
    }


def _redemption_info(booked: SandboxRedemption, zone: tzinfo) -> Json:
    return {
        "redeemed": "true",
        "id": "" if booked.id is None else str(booked.id),
        "redeemed_on": naive(booked.at, zone),
        "redeemed_at": booked.till.code,
        "redeemed_by": place(booked.till),
        "store": place(booked.store),
        "transaction": {"id": _bill_id(booked.bill, "-1"), "bill_number": booked.bill},
    }


def _item_status(code: int, message: str) -> Json:
    good = str(code == 700).lower()
    return {"success": good, "status": good, "code": str(code), "message": message}


def _bill_id(bill: str, missing: str) -> str:
    return str(1_000_000 + sum(bill.encode()) * 7) if bill else missing


# GET /v1.1/customer/redemptions


def history(
    customer: SandboxCustomer,
    coupon_rows: Sequence[Json] | None,
    points_rows: Sequence[Json] | None,
    quirks: Quirks,
) -> Json:
    """Return the history; a kind that was not asked for (None) has no keys at all."""
    redemptions: Json = {}
    counts: Json = {"rows": len(coupon_rows or ()) + len(points_rows or ())}
    if coupon_rows is not None:
        counts["coupons_count"] = str(len(coupon_rows)) if coupon_rows else None
        counts["coupons_start_id"] = coupon_rows[-1]["id"] if coupon_rows else None
        redemptions["coupons"] = {"coupon": collapsed(coupon_rows, quirks)}
    if points_rows is not None:
        counts["points_count"] = len(points_rows)
        counts["points_start_id"] = points_rows[-1]["id"] if points_rows else None
        redemptions["points"] = {"point": collapsed(points_rows, quirks)}
    person = {**_person(customer), **counts, "redemptions": redemptions}
    status = {"success": True, "code": 200, "message": "Success"}
    return {"response": {"status": status, "customer": person}}


def _person(customer: SandboxCustomer) -> Json:
    return {
        "mobile": customer.mobile,
        "email": customer.email,
        "external_id": customer.external_id,
        "firstname": customer.firstname,
        "lastname": customer.lastname,
        "user_groups2": [],
    }


def coupon_row(held: SandboxCoupon, booked: SandboxRedemption, zone: tzinfo) -> Json:
    return {
        "id": "" if booked.id is None else str(booked.id),
        "code": held.code.upper(),
        "series_id": str(held.series_id),
        "description": held.description,
        "discount_code": "NO_VALUE",
        "discount_type": held.discount_type,
        "discount_value": figure(held.value),
        "transaction_number": booked.bill,
        "bill_id": _bill_id(booked.bill, "0"),
        "redeemed_time": naive(booked.at, zone),
        "redeemed_at": booked.till.code,
        "redeemed_store": {"name": booked.store.name, "code": booked.store.code},
        "redeemed_till": {"name": booked.till.name, "code": booked.till.code},
        "custom_fields": {"field": []},
    }


def points_row(number: int, booked: PointsRedemption, zone: tzinfo) -> Json:
    """Return points redeemed: `id` is the row's number, the redemption's own is `redemption_id`."""
    till = {"code": booked.till.code, "name": booked.till.name}
    return {
        "id": number,
        "program_id": 973,
        "points_redeemed": booked.points,
        "transaction_number": booked.bill,
        "bill_id": _bill_id(booked.bill, "-1"),
        "validation_code": "",
        "redeemed_time": naive(booked.at, zone),
        "redeemed_at": booked.till.code,
        "redemption_purpose": "",
        "notes": "",
        "external_reference_number": "",
        "redemption_id": booked.id,
        "redeemed_store": place(booked.till.store),
        "redeemed_till": till,
        "custom_fields": {"field": []},
        "reversals": [_reversal(reversal, zone) for reversal in booked.reversals],
        "redemption_breakup_by_program": [],
    }


def _reversal(reversal: SandboxReversal, zone: tzinfo) -> Json:
    points = {"program_id": 973, "points_reversed": reversal.points, "program_name": "Default program"}
    return {
        "reversal_id": reversal.id,
        "points_reversed": reversal.points,
        "reversal_time": naive(reversal.at, zone),
        "reversed_on_till_id": reversal.till_id,
        "reversal_breakup_by_program": [points],
    }
