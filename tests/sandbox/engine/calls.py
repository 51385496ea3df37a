"""Calls to the sandbox engine as its clients make them."""

from datetime import UTC, datetime
from typing import Any

import httpx

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine

NOW = datetime(2025, 9, 1, 6, 30, tzinfo=UTC)
ASHA = "919845012345"
ASHA_ID = 700000001


async def coupons(api: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await api.get(
        capillary.COUPONS, params={"mobile": ASHA, "coupon_code_case": "AS_IT_IS", **query}
    )
    body: dict[str, Any] = answer.json()
    return body


async def codes(api: httpx.AsyncClient, **query: Any) -> list[str]:
    body = await coupons(api, **query)
    return [coupon["code"] for coupon in body["entity"]["customers"][0]["coupons"]]


async def listed(api: httpx.AsyncClient, code: str, **query: Any) -> dict[str, Any]:
    body = await coupons(api, **query)
    held: list[dict[str, Any]] = body["entity"]["customers"][0]["coupons"]
    return next(coupon for coupon in held if coupon["code"] == code)


async def check(api: httpx.AsyncClient, code: str, **query: Any) -> dict[str, Any]:
    who = {} if "mobile" in query else {"id": ASHA_ID}
    answer = await api.get(capillary.IS_REDEEMABLE, params={"code": code, **who, **query})
    body: dict[str, Any] = answer.json()
    return body


async def detail(api: httpx.AsyncClient, code: str, **query: Any) -> dict[str, Any]:
    answer = await api.get(capillary.COUPON, params={"code": code, **query})
    coupon: dict[str, Any] = answer.json()["response"]["coupons"]["coupon"]
    return coupon


async def history(api: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await api.get(capillary.HISTORY, params={"mobile": ASHA, **query})
    body: dict[str, Any] = answer.json()["response"]
    return body


def request(code: str, bill: str = "B-1", **user: Any) -> dict[str, Any]:
    return {
        "redemptionRequestList": [{"code": code}],
        "user": user or {"mobile": ASHA},
        "transactionNumber": bill,
        "billAmount": "1000",
    }


async def redeem(
    api: httpx.AsyncClient, code: str, bill: str = "B-1", headers: dict[str, str] | None = None, **user: Any
) -> dict[str, Any]:
    answer = await api.post(capillary.REDEEM, json=request(code, bill, **user), headers=headers)
    body: dict[str, Any] = answer.json()
    return body


async def token(engine: SandboxEngine, anyone: httpx.AsyncClient) -> str:
    answer = await anyone.post(capillary.TOKEN, json={"key": engine.key, "secret": engine.secret})
    return str(answer.json()["data"]["accessToken"])
