"""Redeeming as the tests wire it: an order, answers in the documented shape, and the sandbox engine."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx

from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.capillary.transport import Transport, fresh_clients
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId, Identifier, IdentifierKind
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.coupons import DESK
from bot.services.ports import Order
from tests.adapters.capillary.wired import KOLKATA, http_of

ASHA = CustomerId("700000001")
ASHA_MOBILE = Identifier(kind=IdentifierKind.MOBILE, value="919845012345")


def order(
    code: str = "WELCOME250",
    *,
    bill_number: str = "CD-1",
    named: Identifier = ASHA_MOBILE,
    customer: CustomerId = ASHA,
) -> Order:
    return Order(
        customer=customer, named=named, code=CouponCode(code), bill=Decimal(1000), bill_number=bill_number
    )


def redeeming_at(engine: SandboxEngine, transport: Transport) -> CapillaryRedeeming:
    connect = fresh_clients(engine.url, transport.limits)
    return CapillaryRedeeming(CapillaryEngine(transport, KOLKATA), connect, DESK.code)


def redeeming_of(transport: Transport, handler: Callable[[httpx.Request], Any]) -> CapillaryRedeeming:
    """Reads go to `transport`, the redeem call to `handler`."""
    return CapillaryRedeeming(CapillaryEngine(transport, KOLKATA), lambda: http_of(handler), None)


def said(code: Any = 700, *, good: Any = True, **more: Any) -> dict[str, Any]:
    return {"status": good, "code": code, "message": "so the engine says", **more}


def verdict(code: Any = 700, *, good: Any = True, **more: Any) -> dict[str, Any]:
    """An item's own verdict, as docs redeem-single-coupon prints it."""
    return {
        "statusCode": said(code, good=good),
        "warnings": [],
        "warningsAsStatusCode": [],
        "message": "so the engine says",
        "code": code,
        "success": good,
        **more,
    }


def item(**change: Any) -> dict[str, Any]:
    return {
        "redemptionId": "501",
        "id": 99,
        "warnings": [],
        "appendedErrorMessage": "",
        "code": "WELCOME250",
        "redemptionStatus": verdict(),
        **change,
    }


def answer(*items: Any, **change: Any) -> dict[str, Any]:
    """A success, with changes; a key changed to `...` is left out."""
    body = {
        "redemption": list(items) or [item()],
        "redemptionStatus": said(),
        "customer": {"id": int(ASHA), "profiles": []},
        "warnings": [],
        **change,
    }
    return {key: value for key, value in body.items() if value is not ...}
