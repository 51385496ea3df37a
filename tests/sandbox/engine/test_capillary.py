import asyncio
from typing import Any

import httpx
import pytest

from bot.sandbox.engine import capillary, faults
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.workspace import PATIENCE_S
from tests.sandbox.engine.calls import (
    ASHA,
    detail,
    listed,
    redeem,
    request,
    token,
)

# Who may


async def test_a_token_opens_the_api_until_it_is_revoked(
    engine: SandboxEngine, anyone: httpx.AsyncClient
) -> None:
    headers = {"X-CAP-API-OAUTH-TOKEN": await token(engine, anyone)}
    first = await anyone.get(capillary.COUPONS, params={"mobile": ASHA}, headers=headers)
    engine.revoke_tokens()
    second = await anyone.get(capillary.COUPONS, params={"mobile": ASHA}, headers=headers)

    assert first.status_code == 200
    assert second.status_code == 401
    assert second.json()["errors"][0]["code"] == 401


async def test_each_token_is_new_and_tells_its_lifetime(
    engine: SandboxEngine, anyone: httpx.AsyncClient
) -> None:
    credentials = {"key": engine.key, "secret": engine.secret}
    one = await anyone.post(capillary.TOKEN, json=credentials)

    assert one.json()["data"]["ttlSeconds"] == 300
    assert one.json()["errors"] is None
    assert one.json()["data"]["accessToken"] != await token(engine, anyone)


async def test_a_token_past_its_lifetime_opens_nothing(
    engine: SandboxEngine, anyone: httpx.AsyncClient
) -> None:
    engine.token_lifetime_s = 0
    headers = {"X-CAP-API-OAUTH-TOKEN": await token(engine, anyone)}
    answer = await anyone.get(capillary.COUPONS, headers=headers)

    assert answer.status_code == 401


async def test_a_wrong_secret_gets_no_token(engine: SandboxEngine, anyone: httpx.AsyncClient) -> None:
    answer = await anyone.post(capillary.TOKEN, json={"key": engine.key, "secret": "other"})

    assert answer.status_code == 401
    assert answer.json()["data"] is None


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-CAP-API-OAUTH-TOKEN": "made-up"}, {"Authorization": "Basic Y291cG9uOmRlc2s="}],
)
async def test_nobody_else_gets_in(anyone: httpx.AsyncClient, headers: dict[str, str]) -> None:
    v2 = await anyone.get(capillary.COUPONS, headers=headers)
    v11 = await anyone.get(capillary.COUPON, headers=headers)

    assert (v2.status_code, v11.status_code) == (401, 401)
    assert v11.json()["response"]["status"]["code"] == 401


# Calls and faults


async def test_calls_are_kept_in_order_with_what_came_and_went(
    engine: SandboxEngine, anyone: httpx.AsyncClient
) -> None:
    headers = {"X-CAP-API-OAUTH-TOKEN": await token(engine, anyone)}
    await anyone.get(capillary.PROMOTIONS, params={"codes": ["A", "B"], "mode": "DISCOUNT"}, headers=headers)

    assert [(call.method, call.path, call.status) for call in engine.calls] == [
        ("POST", capillary.TOKEN, 200),
        ("GET", capillary.PROMOTIONS, 404),
    ]
    assert engine.calls[0].body == {"key": engine.key, "secret": engine.secret}
    assert engine.calls[1].query == {"codes": "A,B", "mode": "DISCOUNT"}
    assert (engine.count(), engine.count(capillary.TOKEN)) == (1, 1)


async def test_no_other_call_exists(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v2/coupon/reactivate")).status_code == 404
    assert (await api.get(capillary.REDEEM)).status_code == 405


async def test_a_drop_loses_the_call_and_a_late_drop_only_the_answer(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    engine.faults.add(faults.Drop())
    engine.faults.add(faults.DropAfter())
    with pytest.raises(httpx.TransportError):
        await redeem(api, "COFFEE5")
    with pytest.raises(httpx.TransportError):
        await redeem(api, "COFFEE5", bill="LOST-1")

    assert (await listed(api, "COFFEE5"))["redemptions"][-1]["transactionNumber"] == "LOST-1"
    assert [call.status for call in engine.calls if call.path == capillary.REDEEM] == [None, None]
    assert (await listed(api, "COFFEE5"))["redemptionCount"] == 3


async def test_a_hanging_call_is_answered_when_let_go(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    hang = faults.Hang(asyncio.Event())
    engine.faults.add(hang, path=capillary.REDEEM)
    async with asyncio.TaskGroup() as tasks:
        call = tasks.create_task(redeem(api, "WELCOME250"))
        await hang.arrived.wait()
        meanwhile = await listed(api, "WELCOME250")
        hang.event.set()

    assert meanwhile["redemptionCount"] == 0
    assert call.result()["redemptionStatus"]["code"] == 700


async def test_a_call_can_hang_after_its_work(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    hang = faults.Hang(asyncio.Event(), after=True)
    engine.faults.add(hang, path=capillary.REDEEM)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(redeem(api, "WELCOME250"))
        await hang.arrived.wait()
        meanwhile = await listed(api, "WELCOME250")
        hang.event.set()

    assert meanwhile["redemptionCount"] == 1


async def test_work_is_done_though_nobody_waits_any_more(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    hang = faults.Hang(asyncio.Event())
    engine.faults.add(hang, path=capillary.REDEEM)
    async with asyncio.TaskGroup() as tasks:
        call = tasks.create_task(redeem(api, "WELCOME250"))
        await hang.arrived.wait()
        call.cancel()
    hang.event.set()

    assert (await listed(api, "WELCOME250"))["redemptionCount"] == 1


async def test_a_hanging_call_does_not_keep_the_engine_open(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    hang = faults.Hang(asyncio.Event())
    engine.faults.add(hang, path=capillary.COUPON)
    async with asyncio.TaskGroup() as tasks:
        call = tasks.create_task(detail(api, "WELCOME250"))
        await hang.arrived.wait()
        call.cancel()

    async with asyncio.timeout(PATIENCE_S):
        await engine.close()


async def test_faults_that_answer_do_no_work(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    for fault in (
        faults.Status(502, "<bad gateway>", {"Via": "proxy"}),
        faults.Html(),
        faults.Unauthorized(),
        faults.TooMany("7"),
        faults.Code(748, "Coupon service timed out", status=500),
        faults.Code(4001, "Authorization status unavailable", status=503),
    ):
        engine.faults.add(fault)
    answers = [await api.post(capillary.REDEEM, json=request("WELCOME250")) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [502, 200, 401, 429, 500, 503]
    assert (answers[0].text, answers[0].headers["Via"]) == ("<bad gateway>", "proxy")
    assert answers[1].headers["Content-Type"].startswith("text/html")
    assert answers[3].headers["Retry-After"] == "7"
    assert answers[4].json()["redemptionStatus"]["code"] == 748
    assert answers[5].json()["errorCode"] == 4001
    assert (await listed(api, "WELCOME250"))["redemptionCount"] == 0


async def test_an_unreadable_answer_hides_work_that_was_done(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    engine.faults.add(faults.Unreadable())
    answer = await api.post(capillary.REDEEM, json=request("WELCOME250"))

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert (await listed(api, "WELCOME250"))["redemptionCount"] == 1


async def test_faults_wait_for_their_path_and_last_as_told(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    engine.faults.add(faults.Unauthorized(), path=capillary.LOOKUP)
    engine.faults.add(faults.Slow(0), path=capillary.COUPONS)
    assert (await api.get(capillary.COUPONS, params={"mobile": ASHA})).status_code == 200
    assert await token(engine, api)
    engine.faults.add(faults.Unauthorized(), times=None)
    again = [(await api.get(capillary.LOOKUP)).status_code for _ in range(3)]
    engine.faults.clear()
    cleared = await api.get(capillary.LOOKUP)

    assert again == [401, 401, 401]
    assert cleared.status_code == 200


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (capillary.COUPONS, lambda body: body["errors"][0]["code"]),
        (capillary.IS_REDEEMABLE, lambda body: body["redemptionStatus"]["code"]),
        (capillary.HISTORY, lambda body: body["response"]["status"]["code"]),
        (capillary.PROMOTIONS, lambda body: body["errors"][0]["code"]),
    ],
)
async def test_a_code_comes_in_the_envelope_of_its_family(
    engine: SandboxEngine, api: httpx.AsyncClient, path: str, found: Any
) -> None:
    engine.faults.add(faults.Code(521, "Concurrent action"))

    assert found((await api.get(path)).json()) == 521


async def test_an_answer_may_leave_out_the_redemption_id_once(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    engine.faults.add(faults.WithoutId(), path=capillary.REDEEM)
    coupon = engine.customers.coupon("WELCOME250")
    assert coupon is not None
    coupon.left = 2

    assert "redemptionId" not in (await redeem(api, "WELCOME250"))["redemption"][0]
    assert "redemptionId" in (await redeem(api, "WELCOME250"))["redemption"][0]
    assert len(coupon.redemptions) == 2
