"""What the v2 APIs say: the engine's state as their JSON, and their ways of saying no."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.sandbox.engine.coupons import SandboxCoupon, SandboxPlace, SandboxRedemption, SandboxTill
from bot.sandbox.engine.customers import RefusedError, SandboxCustomer
from bot.sandbox.engine.exchange import Json, Quirks

SUCCESS = "Coupon processing successful"


def iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def cased(code: str, case: str | None) -> str:
    """Spell a code as asked; upper case unless asked (docs: get-customer-coupons-basic)."""
    match (case or "UPPER").upper():
        case "AS_IT_IS":
            return code
        case "LOWER":
            return code.lower()
        case _:
            return code.upper()


# Envelopes


def error(code: int, message: str) -> Json:
    return {"status": False, "code": code, "message": message}


def failure(code: int, message: str) -> Json:
    """Return the v2 envelope of a call that failed (docs: errors-and-warnings)."""
    return {"entity": None, "warnings": [], "errors": [error(code, message)], "success": False}


def success(entity: Any) -> Json:
    return {"entity": entity, "warnings": [], "errors": [], "success": True}


# GET /v2/customers/coupons


def coupons_page(
    customer: SandboxCustomer, coupons: Sequence[Json], *, limit: int, offset: int, total: int
) -> Json:
    """Return a page of coupons. Limit and offset are strings there, the total is not."""
    pagination = {"limit": str(limit), "offset": str(offset), "total": total}
    return success({"pagination": pagination, "customers": [{**_person(customer), "coupons": list(coupons)}]})


def no_customers(*, limit: int, offset: int) -> Json:
    pagination = {"limit": str(limit), "offset": str(offset), "total": 0}
    return success({"pagination": pagination, "customers": []})


def _person(customer: SandboxCustomer) -> Json:
    person: Json = {"firstname": customer.firstname, "lastname": customer.lastname}
    if customer.email is not None:
        person["email"] = customer.email
    person |= {"mobile": customer.mobile, "id": customer.id}
    if customer.external_id is not None:
        person["externalId"] = customer.external_id
    return person


def coupon(held: SandboxCoupon, *, case: str | None, reversals: bool, quirks: Quirks) -> Json:
    """Return one coupon of the list; `reversedRedemptions` is empty unless asked for."""
    record: Json = {
        "code": cased(held.code, case),
        "seriesId": held.series_id,
        "description": held.description,
        "validTill": iso(held.valid_until.replace(hour=0, minute=0, second=0)),
        "discountType": held.discount_type,
        "discountValue": float(held.value),
        "discountUpto": float(held.upto),
        "redemptionCount": held.count,
        "redemptionsLeft": held.left,
        "id": held.id,
        **_date("createdDate", held.created, quirks),
        "transactionNumber": held.transaction_number,
        "issuedAt": place(held.issued_at),
    }
    if held.custom_properties is not None:
        record["customProperty"] = [{"name": name, "value": value} for name, value in held.custom_properties]
    record["redemptions"] = [_redemption(each, quirks) for each in held.redemptions]
    if held.shows_reversals or held.reversed:
        record["reversedRedemptions"] = [_reversal(r, quirks) for r in held.reversed] if reversals else []
    if held.shows_end:
        record["validTillDateTime"] = iso(held.valid_until)
    return record


def place(where: SandboxPlace) -> Json:
    return {"code": where.code, "name": where.name}


def _date(name: str, at: datetime, quirks: Quirks) -> Json:
    return {name: iso(at), f"{name}ISO": iso(at)} if quirks.iso_fields else {name: iso(at)}


def _redemption(booked: SandboxRedemption, quirks: Quirks) -> Json:
    record: Json = {} if booked.id is None else {"id": booked.id}
    return {
        **record,
        **_date("date", booked.at, quirks),
        "transactionNumber": booked.bill,
        "redeemedAt": place(booked.store),
    }


def _reversal(booked: SandboxRedemption, quirks: Quirks) -> Json:
    reversed_on = iso(booked.reversed_at or booked.at)
    return {
        "id": booked.id,
        **_date("date", booked.at, quirks),
        "reversedOn": reversed_on,
        "redeemedAt": place(booked.till),
    }


# GET /v2/coupon/is_redeemable and POST /v2/coupon/redeem


def outcome(items: Sequence[Json], code: int, message: str, customer: SandboxCustomer | None) -> Json:
    """Return what both answer with: no `entity` here (docs: redeem-single-coupon)."""
    body: Json = {
        "redemption": list(items),
        "redemptionStatus": {"status": code == 700, "message": message, "code": code},
        "warnings": [],
    }
    return body if customer is None else {**body, "customer": _profile(customer)}


def check(asked: str, held: SandboxCoupon | None, refusal: RefusedError | None, *, details: bool) -> Json:
    """Return one item of is_redeemable; the facts only of a coupon that is the customer's own."""
    item = {**_item(asked, held), "isRedeemable": refusal is None}
    if refusal is not None:
        item["redemptionStatus"] = _item_status(refusal.code, refusal.message)
    if held is not None:
        item |= {
            "isAbsolute": held.discount_type == "ABS",
            "redemptionsLeft": held.left,
            "numberOfRedemptionsByUser": held.count,
            **_discount(held),
        }
        if details and refusal is None:
            item["couponseries"] = {"id": held.series_id, "description": held.description}
    return item


def redeemed(asked: str, held: SandboxCoupon, booked: SandboxRedemption, quirks: Quirks) -> Json:
    """Return one item of a redemption. `id` is the coupon's; the redemption has its own, a string."""
    item = {
        **_item(asked, held),
        "id": held.id,
        "discountCode": "NO_VALUE",
        "seriesCode": held.series_id,
        "isAbsolute": held.discount_type == "ABS",
        "couponValue": float(held.value),
        "redemptionStatus": _item_status(700, SUCCESS),
        **_discount(held),
    }
    return {**item, "redemptionId": str(booked.id)} if quirks.redemption_id else item


def refused(asked: str, refusal: RefusedError, quirks: Quirks) -> Json:
    item = {**_item(asked, None), "redemptionStatus": _item_status(refusal.code, refusal.message)}
    if quirks.redeem_no == "item":
        item["warnings"] = [error(refusal.code, refusal.message)]
    return item


def _item(asked: str, held: SandboxCoupon | None) -> Json:
    return {
        "currencyInput": False,
        "localToBaseCurrencyExchangeRate": 0,
        "warnings": [],
        "appendedErrorMessage": "",
        "code": cased(asked if held is None else held.code, None),
    }


def _discount(held: SandboxCoupon) -> Json:
    return {
        "discountType": held.discount_type,
        "discountValue": _number(held.value),
        "discountUpto": _number(held.upto),
    }


def _number(value: float) -> float | int:
    """Return 10 for 10.0: these two answers print whole numbers, the list does not."""
    return int(value) if float(value).is_integer() else value


def _item_status(code: int, message: str) -> Json:
    return {
        "statusCode": {"status": code == 700, "message": message, "code": code},
        "warnings": [],
        "warningsAsStatusCode": [],
        "message": message,
        "code": code,
        "success": code == 700,
    }


def _profile(customer: SandboxCustomer) -> Json:
    found = {"mobile": customer.mobile, "email": customer.email, "externalId": customer.external_id}
    identifiers = [{"type": kind, "value": value} for kind, value in found.items() if value is not None]
    profile = {
        "firstName": customer.firstname,
        "lastName": customer.lastname,
        "fields": {},
        "allFields": {},
        "identifiers": identifiers,
        "commChannels": [],
        "userId": customer.id,
        "accountId": "",
        "autoUpdateTime": "2025-01-01T00:00:00Z",
        "identifiersAll": identifiers,
    }
    return {"id": customer.id, "profiles": [profile]}


# A till by its id


def till(found: SandboxTill) -> Json:
    """Return a till. Its store is not in it (docs: get-till-id-details)."""
    return {
        "id": found.id,
        "code": found.code,
        "description": "",
        "name": found.name,
        "type": "TILL",
        "referenceId": found.id,
        "adminType": "GENERAL",
        "isActive": True,
        "isOuEnabled": False,
        "timeZoneId": 0,
        "currencyId": 0,
        "languageId": 0,
        "customField": [],
        "default": False,
        "warnings": [],
    }
