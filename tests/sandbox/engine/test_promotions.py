import httpx
import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.seed_data import seed


async def test_the_printed_promotion_is_answered_as_printed(api: httpx.AsyncClient) -> None:
    query = {"codes": "UQ38T", "mode": "DISCOUNT", "includeRedemptions": "true"}
    answer = await api.get(capillary.PROMOTIONS, params=query)

    assert answer.json() == seed("get-cart-promotion-redemptions")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"codes": "UQ38T"}, 400),
        ({"mode": "DISCOUNT"}, 400),
        ({"codes": "UQ38T", "mode": "GIFT"}, 400),
        ({"codes": "uq38t", "mode": "DISCOUNT"}, 404),
        ({"codes": "UQ38T", "mode": "PAYMENT_VOUCHER"}, 404),
        ({"codes": "UQ38T,FEST20", "mode": "DISCOUNT"}, 404),
    ],
)
async def test_promotions_want_code_and_mode_as_they_are(
    api: httpx.AsyncClient, query: dict[str, str], status: int
) -> None:
    assert (await api.get(capillary.PROMOTIONS, params=query)).status_code == status


async def test_several_promotion_codes_are_repeated(api: httpx.AsyncClient) -> None:
    query = {"codes": ["UQ38T", "FEST20"], "mode": "DISCOUNT", "includeRedemptions": "true"}
    records = (await api.get(capillary.PROMOTIONS, params=query)).json()["data"]
    bare = (await api.get(capillary.PROMOTIONS, params={**query, "includeRedemptions": "false"})).json()

    assert [record["redemptionType"] for record in records] == ["CART", "LINEITEM", "CART", "LINEITEM"]
    assert not any("redemptionDate" in record for record in bare["data"])
