"""Several people in turn: an agent asks, managers decide, each in a window of their own."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Opens
from tests.browser.desk import Desk, Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

GOLD = "GOLD5000"
PATIENCE_S = 60.0
FIVE_HOURS = timedelta(hours=5)


async def asks(agent: Screen, code: str = GOLD) -> None:
    await agent.types(f"/coupons 98450 12345 code:{code}")
    await agent.presses("Redeem")
    await agent.modal.get_by_label("Bill amount").fill("8,000")
    await agent.modal.get_by_label("Reason").select_option(label="Till offline")
    await agent.modal.get_by_role("button", name="Review").click()
    await agent.modal.get_by_role("button", name="Request approval").click()
    await expect(agent.modal).to_contain_text("Waiting for approval")
    await agent.modal.get_by_role("button", name="Close").last.click()
    await agent.page.get_by_role("button", name="Coupon Desk").click()
    await expect(agent.newest).to_contain_text("Waiting for approval")


async def opens_approvals(manager: Screen) -> Locator:
    await manager.page.get_by_role("button", name="#coupon-approvals").click()
    await expect(manager.newest).to_contain_text("Waiting for approval")
    return manager.newest


async def approves(manager: Screen) -> None:
    await manager.presses("Approve")
    await expect(manager.modal).to_contain_text("It cannot be undone from here.")
    await manager.modal.get_by_role("button", name="Approve").click()


async def test_asked_approved_redeemed_while_both_watch(opens: Opens, desk: Desk) -> None:
    nisha, arjun = await opens("U0AGENT"), await opens("U0MANAGER2")
    await asks(nisha)
    asked = await opens_approvals(arjun)
    await expect(asked).not_to_contain_text(GOLD)
    await expect(asked).not_to_contain_text("Menon")

    await approves(arjun)

    await expect(arjun.modal).to_contain_text("Redeemed")
    await expect(nisha.newest).to_contain_text("The loyalty engine confirmed it.")
    await expect(nisha.newest).to_contain_text("approved by @Arjun Das")
    coupon = desk.parts.engine.customers.coupon(GOLD)
    assert coupon is not None
    assert len(coupon.redemptions) == 1


@long
async def test_a_rejection_carries_its_reason(opens: Opens) -> None:
    nisha, arjun = await opens("U0AGENT"), await opens("U0MANAGER2")
    await asks(nisha)
    await opens_approvals(arjun)

    await arjun.presses("Reject")
    await arjun.modal.get_by_label("Reason").select_option(label="Wrong coupon")
    await arjun.modal.get_by_label("Note").fill("Not for this bill")
    await arjun.modal.get_by_role("button", name="Reject").click()

    await expect(nisha.newest).to_contain_text("Rejected")
    await expect(nisha.newest).to_contain_text("Not for this bill")


@long
async def test_of_two_managers_one_decides_and_the_other_sees_who(opens: Opens) -> None:
    nisha = await opens("U0AGENT")
    arjun, meera = await opens("U0MANAGER2"), await opens("U0MANAGER1")
    await asks(nisha)
    await opens_approvals(arjun)
    await opens_approvals(meera)
    await meera.presses("Approve")
    await expect(meera.modal).to_contain_text("It cannot be undone from here.")
    await approves(arjun)
    await expect(arjun.modal).to_contain_text("Redeemed")

    await meera.modal.get_by_role("button", name="Approve").click()

    await expect(meera.modal).to_contain_text("This press has changed nothing.")
    await expect(meera.modal).to_contain_text("Arjun Das")


@long
async def test_a_manager_cannot_approve_their_own_request(opens: Opens) -> None:
    meera = await opens("U0MANAGER1")
    await asks(meera)
    await opens_approvals(meera)

    await meera.presses("Approve")

    await expect(meera.modal).to_contain_text("You are not allowed to decide on your own request.")


@long
async def test_what_is_withdrawn_loses_its_buttons(opens: Opens) -> None:
    nisha, arjun = await opens("U0AGENT"), await opens("U0MANAGER2")
    await asks(nisha)
    await opens_approvals(arjun)

    await nisha.presses("Withdraw")
    await nisha.page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()

    await expect(nisha.newest).to_contain_text("Withdrawn")
    await expect(arjun.newest).to_contain_text("Withdrawn")
    await expect(arjun.newest.get_by_role("button", name="Approve")).to_have_count(0)


@long
async def test_a_request_expires_when_the_clock_is_moved(opens: Opens, desk: Desk) -> None:
    nisha = await opens("U0AGENT")
    await asks(nisha)

    desk.clock.move(FIVE_HOURS)

    await expect(nisha.newest).to_contain_text("nobody decided in time.")
    await expect(nisha.newest).not_to_contain_text("Rejected")


@long
async def test_an_approver_removed_meanwhile_is_not_allowed(opens: Opens, desk: Desk) -> None:
    nisha, arjun = await opens("U0AGENT"), await opens("U0MANAGER2")
    await asks(nisha)
    await opens_approvals(arjun)
    await arjun.presses("Approve")
    await expect(arjun.modal).to_contain_text("It cannot be undone from here.")
    desk.slack.change_group("S0MANAGERS", users=("U0MANAGER1",))

    await arjun.modal.get_by_role("button", name="Approve").click()

    await expect(arjun.modal).to_contain_text("You are not allowed to decide on this")


@long
async def test_an_approver_removed_between_press_and_spend_has_approved_nothing(
    opens: Opens, desk: Desk
) -> None:
    """Slack still listed them for the press; then it tells that the group has changed, and is asked anew."""
    nisha, arjun = await opens("U0AGENT"), await opens("U0MANAGER2")
    await asks(nisha)
    await opens_approvals(arjun)
    await arjun.presses("Approve")
    await expect(arjun.modal).to_contain_text("It cannot be undone from here.")
    before, let_go = desk.slack.workspace.arrived.copy(), asyncio.Event()
    desk.slack.fail("users.info", hang=let_go, times=1)
    await arjun.modal.get_by_role("button", name="Approve").click()
    for method in ("users.info", "usergroups.list"):
        await desk.slack.reached(method, before[method] + 1, PATIENCE_S)

    desk.slack.change_group("S0MANAGERS", users=("U0MANAGER1",))
    await desk.slack.happens({"type": "subteam_members_changed", "subteam_id": "S0MANAGERS"})
    let_go.set()

    for screen in (nisha.newest, arjun.modal):
        await expect(screen).to_contain_text("Not redeemed")
        await expect(screen).to_contain_text("Whoever approved it is not allowed to approve it any more.")
    coupon = desk.parts.engine.customers.coupon(GOLD)
    assert coupon is not None
    assert coupon.redemptions == []


@long
async def test_a_coupon_used_at_a_till_while_it_waited_is_not_sent(opens: Opens, desk: Desk) -> None:
    nisha, arjun = await opens("U0AGENT"), await opens("U0MANAGER2")
    await asks(nisha)
    await opens_approvals(arjun)
    await arjun.presses("Approve")
    await expect(arjun.modal).to_contain_text("It cannot be undone from here.")
    desk.parts.engine.customers.redeem_at_till(GOLD, "MG-77")

    await arjun.modal.get_by_role("button", name="Approve").click()

    await expect(nisha.newest).to_contain_text("It was used already.")


@long
async def test_a_changed_worth_is_asked_for_again(opens: Opens, desk: Desk) -> None:
    nisha, arjun = await opens("U0AGENT"), await opens("U0MANAGER2")
    await asks(nisha)
    await opens_approvals(arjun)
    await arjun.presses("Approve")
    await expect(arjun.modal).to_contain_text("It cannot be undone from here.")
    coupon = desk.parts.engine.customers.coupon(GOLD)
    assert coupon is not None
    coupon.value = 7000.0

    await arjun.modal.get_by_role("button", name="Approve").click()

    await expect(arjun.message("Waiting for approval").first).to_contain_text("₹7,000")
    await expect(nisha.newest).to_contain_text("Waiting for approval")
