"""The customers and coupons that the sandbox engine begins with."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.sandbox.engine.coupons import (
    AIRPORT,
    INDIRANAGAR,
    MG_ROAD,
    SandboxCoupon,
    SandboxPlace,
    SandboxRedemption,
)
from bot.sandbox.engine.customers import Customers, SandboxCustomer

SEEDS = Path(__file__).parent / "seeds"
#: Whose coupons the vendor's page prints, one file per sample (docs: get-customer-coupons-basic).
PRINTED = ("get-all-customer-coupons", "get-all-customer-coupons-lower", "get-all-customer-coupons-older")

HOSTILE_NAME = "<!channel> <@U0AGENT> & *_~ `code` ```block```\nnext line \u202eesrever"
HOSTILE_CODES = (
    "<https://evil.example|click>",
    "<!here>&amp;",
    "*_~`A-1`~_*",
    "ÆØÅ-ñ-Ж-码",
    "🎟️🎉SALE",
    "SP ACE/../%2e?x=1&y=2#z",
    '"quoted"\\back',
)


def seed(name: str) -> dict[str, Any]:
    """Return a sample from the vendor's pages as it is printed there."""
    printed: dict[str, Any] = json.loads((SEEDS / f"{name}.json").read_text(encoding="utf-8"))
    return printed


def populate(customers: Customers) -> None:
    for name in PRINTED:
        for printed in seed(name)["entity"]["customers"]:
            _add_printed(customers, printed)
    _add_asha(customers)
    customers.add_customer("919845000000", firstname="Ravi", lastname="Kumar", customer_id=700000002)
    _add_crowds(customers)
    _add_hostile(customers)


def _add_printed(customers: Customers, printed: dict[str, Any]) -> None:
    customer = customers.add_customer(
        printed["mobile"],
        firstname=printed["firstname"],
        lastname=printed["lastname"],
        customer_id=printed["id"],
        email=printed.get("email"),
        external_id=printed.get("externalId"),
    )
    for coupon in printed["coupons"]:
        customers.hold(customer, _coupon(coupon, customer.id), last=True)


def _coupon(printed: dict[str, Any], owner: int) -> SandboxCoupon:
    properties = printed.get("customProperty")
    return SandboxCoupon(
        id=printed["id"],
        code=printed["code"],
        owner=owner,
        description=printed["description"],
        discount_type=printed["discountType"],
        value=printed["discountValue"],
        upto=printed["discountUpto"],
        valid_until=_end(printed),
        created=datetime.fromisoformat(printed["createdDate"]),
        left=printed["redemptionsLeft"],
        count=printed["redemptionCount"],
        series_id=printed["seriesId"],
        transaction_number=printed["transactionNumber"],
        issued_at=SandboxPlace(**printed["issuedAt"]),
        redemptions=[_redemption(redemption) for redemption in printed["redemptions"]],
        custom_properties=properties and tuple((each["name"], each["value"]) for each in properties),
        shows_end="validTillDateTime" in printed,
        shows_reversals="reversedRedemptions" in printed,
    )


def _end(printed: dict[str, Any]) -> datetime:
    """`validTill` is the start of the last day (docs: update-coupon-code-expiry-date)."""
    if "validTillDateTime" in printed:
        return datetime.fromisoformat(printed["validTillDateTime"])
    return datetime.fromisoformat(printed["validTill"]).replace(hour=23, minute=59, second=59)


def _redemption(printed: dict[str, Any]) -> SandboxRedemption:
    place = SandboxPlace(**printed["redeemedAt"])
    return SandboxRedemption(
        id=printed.get("id"),
        at=datetime.fromisoformat(printed["date"]),
        bill=printed["transactionNumber"],
        store=place,
        till=place,
    )


def _add_asha(customers: Customers) -> None:
    """Add the customer of the demo: her dates are relative to the engine's start."""
    asha = customers.add_customer(
        "919845012345",
        firstname="Asha",
        lastname="Menon",
        customer_id=700000001,
        email="asha.menon@example.com",
        external_id="E-1001",
    )
    _add_open(customers, asha)
    _add_past(customers, asha)
    now = customers.now()
    customers.add_points(asha, 120, at=now - timedelta(days=40), bill="MG-1003")
    customers.add_points(asha, 300, at=now - timedelta(days=12), bill="MG-2001", reversed_points=300)
    customers.add_points(asha, 75, at=now - timedelta(days=2))


def _add_open(customers: Customers, asha: SandboxCustomer) -> None:
    now = customers.now()
    week = timedelta(days=7)
    customers.add_coupon(
        asha, "TONIGHT150", value=150, valid_for=timedelta(), created=now - week, description="Ends tonight"
    )
    customers.add_coupon(
        asha, "WELCOME250", value=250, created=now - 2 * week, description="Welcome, 250 off"
    )
    customers.add_coupon(
        asha, "GOLD5000", value=5000, created=now - 3 * week, description="Gold anniversary, 5000 off"
    )
    customers.add_coupon(
        asha,
        "Diwali10",
        value=10,
        discount_type="PERC",
        created=now - 4 * week,
        description="10 % off everything",
    )
    customers.add_coupon(
        asha,
        "FESTIVE12",
        value=12,
        discount_type="PERC",
        upto=300,
        created=now - 5 * week,
        description="12 % off, at most 300",
    )


def _add_past(customers: Customers, asha: SandboxCustomer) -> None:
    now = customers.now()
    day = timedelta(days=1)
    coffee = customers.add_coupon(
        asha, "COFFEE5", value=80, uses=5, created=now - 42 * day, description="Five coffees"
    )
    customers.book(coffee, bill="AIR-501", till=AIRPORT, at=now - 20 * day)
    customers.book(coffee, bill="IND-77", till=INDIRANAGAR, at=now - 5 * day)
    thanks = customers.add_coupon(
        asha, "THANKS500", value=500, created=now - 50 * day, description="Thank you, 500 off"
    )
    customers.book(thanks, bill="MG-1042", till=MG_ROAD, at=now - 3 * day)
    back = customers.add_coupon(
        asha, "RETURN400", value=400, created=now - 60 * day, description="400 off, bill was returned"
    )
    customers.book(back, bill="MG-1007", till=MG_ROAD, at=now - 15 * day)
    customers.reverse("RETURN400", at=now - 14 * day)
    customers.add_coupon(
        asha,
        "MONSOON300",
        value=300,
        created=now - 90 * day,
        valid_for=-10 * day,
        description="Monsoon, 300 off",
    )


def _add_crowds(customers: Customers) -> None:
    """Add one customer with a thousand coupons (TH000000 …) and one with 100 000 (LK000000 …)."""
    thousand = customers.add_customer(
        "919845001000", firstname="Meera", lastname="Thousand", customer_id=700001000
    )
    customers.fill(thousand, size=1_000, prefix="TH", first_id=1_500_000_000)
    lakh = customers.add_customer("919845100000", firstname="Laksh", lastname="Lakh", customer_id=700100000)
    customers.fill(lakh, size=100_000, prefix="LK", first_id=1_600_000_000)


def _add_hostile(customers: Customers) -> None:
    """Add a customer with hostile text in every field: markup, mentions, very long names."""
    hostile = customers.add_customer(
        "919845066666",
        firstname=HOSTILE_NAME,
        lastname="</b>\n\n> *bold* <https://evil.example|Bank>",
        customer_id=700066666,
        email="hostile@example.com",
        external_id="<!everyone>",
    )
    for days, code in enumerate(HOSTILE_CODES):
        customers.add_coupon(
            hostile,
            code,
            created=customers.now() - timedelta(days=days + 1),
            description=f"<!channel> {HOSTILE_NAME}" if days else "<!here> & " + "long " * 998,
        )
    used = customers.add_coupon(hostile, "🎟️<!subteam^S0AGENTS>", created=customers.now() - timedelta(days=30))
    customers.book(used, bill="<!channel>\n*bill*", till=MG_ROAD, at=customers.now() - timedelta(days=1))
