"""Reads that lag behind what was redeemed through the API, as a replica's do."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from bot.sandbox.engine.capillary import SandboxEngine
from tests.sandbox.engine.calls import ASHA, check, detail, history, listed, redeem

Read = Callable[[httpx.AsyncClient], Awaitable[int]]


async def by_record(api: httpx.AsyncClient) -> int:
    return int("redemption_info" in await detail(api, "WELCOME250"))


async def by_history(api: httpx.AsyncClient) -> int:
    body = await history(api, coupons_limit=100)
    rows: list[dict[str, Any]] = body["customer"]["redemptions"]["coupons"]["coupon"]
    return sum(row["code"] == "WELCOME250" for row in rows)


async def by_list(api: httpx.AsyncClient) -> int:
    coupon = await listed(api, "WELCOME250")
    assert coupon["redemptionCount"] == len(coupon["redemptions"]) == 1 - coupon["redemptionsLeft"]
    return len(coupon["redemptions"])


async def by_check(api: httpx.AsyncClient) -> int:
    return int(not (await check(api, "WELCOME250"))["redemption"][0]["isRedeemable"])


@pytest.mark.parametrize("read", [by_record, by_history, by_list, by_check])
async def test_so_many_reads_come_before_a_redemption_shows(
    engine: SandboxEngine, api: httpx.AsyncClient, read: Read
) -> None:
    engine.quirks.hide_new_uses = 2
    await redeem(api, "WELCOME250")

    assert [await read(api) for _ in range(4)] == [0, 0, 1, 1]


async def test_without_the_quirk_a_redemption_shows_at_once(api: httpx.AsyncClient) -> None:
    await redeem(api, "WELCOME250")

    assert await by_record(api) == 1


async def test_redeeming_itself_never_lags(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    engine.quirks.hide_new_uses = 5
    await redeem(api, "WELCOME250")
    read = await check(api, "WELCOME250")
    again = await redeem(api, "WELCOME250")

    assert read["redemption"][0]["isRedeemable"] is True
    assert again["redemptionStatus"]["code"] == 711


async def test_two_redemptions_of_one_coupon_show_one_after_the_other(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    """Five coffees, two of them drunk before."""
    engine.quirks.hide_new_uses = 2
    await redeem(api, "COFFEE5", "CD-1")
    first = await listed(api, "COFFEE5")
    await redeem(api, "COFFEE5", "CD-2")
    seen = [first, *[await listed(api, "COFFEE5") for _ in range(3)]]

    assert [[use["transactionNumber"] for use in coupon["redemptions"]][2:] for coupon in seen] == [
        [],
        [],
        ["CD-1"],
        ["CD-1", "CD-2"],
    ]
    assert [coupon["redemptionsLeft"] for coupon in seen] == [3, 3, 2, 1]
    assert [coupon["redemptionCount"] for coupon in seen] == [2, 2, 3, 4]


async def test_what_a_till_does_shows_at_once(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    engine.quirks.hide_new_uses = 2
    await redeem(api, "COFFEE5", "CD-1")
    engine.customers.redeem_at_till("COFFEE5", "MG-1")
    bills = [use["transactionNumber"] for use in (await listed(api, "COFFEE5"))["redemptions"]]

    assert bills == ["AIR-501", "IND-77", "MG-1"]


async def test_a_redemption_that_is_undone_meanwhile_is_gone(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    engine.quirks.hide_new_uses = 2
    await redeem(api, "WELCOME250")
    engine.customers.reverse("WELCOME250")

    assert [await by_list(api) for _ in range(4)] == [0, 0, 0, 0]


async def test_a_read_of_one_of_many_coupons_lags_too(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    engine.quirks.hide_new_uses = 1
    await redeem(api, "LK000001", mobile="919845100000")
    before, after = await detail(api, "LK000001"), await detail(api, "LK000001")

    assert ("redemption_info" in before, "redemption_info" in after) == (False, True)
    assert ASHA not in str(after)
