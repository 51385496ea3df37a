"""Cart promotions of the sandbox engine and their redemptions (docs: get-cart-promotion-redemptions)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from bot.sandbox.engine.coupons import AIRPORT, DESK, MG_ROAD
from bot.sandbox.engine.exchange import Asked, Json, SandboxAnswer
from bot.sandbox.engine.seed_data import HOSTILE_NAME, seed
from bot.sandbox.engine.wire import error, iso

MODES = frozenset({"DISCOUNT", "PAYMENT_VOUCHER"})


def failure(code: int, message: str) -> Json:
    return {"data": None, "errors": [error(code, message)]}


class SandboxPromotionUse(TypedDict, total=False):
    """Options of one use of a promotion."""

    #: DISCOUNT or PAYMENT_VOUCHER.
    mode: str
    at: datetime
    #: -1 is an anonymous customer.
    customer_id: int
    till_id: int
    receipt: str
    line_item: bool


class SandboxPromotions:
    """Redemptions by promotion code and mode. A code matches in upper case only."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._records: dict[tuple[str, str], list[Json]] = {}
        self._records["UQ38T", "DISCOUNT"] = seed("get-cart-promotion-redemptions")["data"]
        self._add_demo()

    def add(
        self, code: str, *, name: str, discount: int, amount: int, **use: Unpack[SandboxPromotionUse]
    ) -> None:
        """Record a use of a promotion: by default now, anonymous, on a whole cart."""
        when = use.get("at", self._now()).replace(microsecond=0)
        mode = use.get("mode", "DISCOUNT")
        record = {
            "promoCode": code,
            "customerId": use.get("customer_id", -1),
            "redemptionDate": int(when.timestamp() * 1000),
            "redemptionDateISO": iso(when),
            "transactionNumber": use.get("receipt", ""),
            "promotionName": name,
            "redemptionTill": use.get("till_id", MG_ROAD.id),
            "discount": f"{discount}.000000",
            "redemptionCount": 1,
            "amount": f"{amount}.000000",
        }
        records = self._records.setdefault((code.upper(), mode), [])
        kind = _kind(mode, line_item=use.get("line_item", False))
        records.append({**_keys(sum(len(kept) for kept in self._records.values())), **record, **kind})

    def redemptions(self, asked: Asked) -> SandboxAnswer:
        codes, mode = asked.query.get("codes", ()), asked.one("mode")
        if not any(codes) or mode not in MODES:
            return SandboxAnswer(failure(400, "Invalid request: codes and mode are required"), 400)
        records = [record for code in codes for record in self._records.get((code, mode), [])]
        if not records:
            return SandboxAnswer(failure(404, "Promotion or redemption not found"), 404)
        if asked.one("includeRedemptions") != "true":
            records = [_code_record(record, mode) for record in records if "promoCode" in record]
        return SandboxAnswer({"data": records, "errors": []})

    def _add_demo(self) -> None:
        now, day = self._now(), timedelta(days=1)
        cart: SandboxPromotionUse = {"at": now - day, "customer_id": 700000001, "receipt": "MG-3001"}
        self.add("FEST20", name="Festival 20", discount=400, amount=2000, **cart)
        line: SandboxPromotionUse = {
            "at": now - 2 * day,
            "till_id": AIRPORT.id,
            "receipt": "AIR-9001",
            "line_item": True,
        }
        self.add("FEST20", name="Festival 20", discount=90, amount=450, **line)
        gift: SandboxPromotionUse = {
            "at": now - 3 * day,
            "till_id": DESK.id,
            "receipt": "MG-3003",
            "mode": "PAYMENT_VOUCHER",
        }
        self.add("GIFT500", name="Gift voucher", discount=500, amount=1250, **gift)
        hostile: SandboxPromotionUse = {"at": now - day, "till_id": 999, "receipt": "<!channel>"}
        self.add("HOSTILE", name=HOSTILE_NAME, discount=1, amount=2, **hostile)


def _keys(number: int) -> Json:
    return {
        "id": f"{number + 1:024x}",
        "orgId": 100737,
        "promotionId": f"{number + 0xABC000:024x}",
        "transactionIdentifier": f"89340{number:04d}",
    }


def _kind(mode: str, *, line_item: bool) -> Json:
    if not line_item:
        kind = "PAYMENT_VOUCHER" if mode == "PAYMENT_VOUCHER" else "CART"
        return {"redemptionType": kind, "transactionEntityIdentifier": "REGULAR_b_893400001"}
    return {
        "redemptionType": "LINEITEM",
        "transactionEntityIdentifier": "REGULAR_l_4028300240",
        "discountAppliedQuantity": "1.000000",
        "promotionAppliedQuantity": "1.000000",
        "sku": "SKU-1",
        "productId": 501241334,
    }


def _code_record(record: Json, mode: str) -> dict[str, Any]:
    """Return the other published shape: the code, without what it was used for."""
    return {
        "id": record["id"],
        "orgId": record["orgId"],
        "promotionId": record["promotionId"],
        "promotionName": record["promotionName"],
        "code": record["promoCode"],
        "customerId": record["customerId"],
        "active": True,
        "mode": mode,
        "restrictions": {
            "Code": [{"kpi": "REDEMPTION", "maxLimit": "1.000000", "remainingRedemption": "0.000000"}]
        },
    }
