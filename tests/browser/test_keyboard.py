"""All of it without a mouse."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Opens
from tests.browser.desk import Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def tabs_to(page: Page, what: str, key: str = "Shift+Tab") -> None:
    """Press the key until the keyboard is on the control with this text."""
    for _ in range(200):
        words = await page.evaluate("document.activeElement.textContent")
        if words == what:
            return
        await page.keyboard.press(key)
    raise AssertionError(f"the keyboard does not get to {what!r}")


async def test_a_look_up_with_its_details_by_keyboard_alone(nisha: Screen) -> None:
    keys = nisha.page.keyboard
    await expect(nisha.composer).to_be_focused()
    await keys.type("/cou")
    await keys.press("Tab")
    await keys.type("98450 12345")
    await keys.press("Enter")
    await expect(nisha.newest).to_contain_text("Asha Menon")
    await tabs_to(nisha.page, "Details")
    await keys.press("Enter")
    await expect(nisha.modal).to_contain_text("MONSOON300")
    await keys.press("Escape")
    await expect(nisha.modal).to_have_count(0)

    await expect(nisha.newest.get_by_role("button", name="Details").last).to_be_focused()


async def redeems(screen: Screen, code: str, bill: str, last: str) -> None:
    """From the empty message box to the outcome, with a reason that wants a note."""
    keys = screen.page.keyboard
    await expect(screen.composer).to_be_focused()
    await keys.type(f"/coupons 98450 12345 code:{code}")
    await keys.press("Enter")
    await expect(screen.newest).to_contain_text(code)
    await tabs_to(screen.page, "Redeem")
    await keys.press("Enter")
    await expect(screen.modal.get_by_label("Bill amount")).to_be_focused()
    await keys.type(bill)
    for _ in ("Bill number", "Reason"):
        await keys.press("Tab")
    await keys.type("Other")
    await keys.press("Tab")
    await keys.type("The store asks for it")
    await tabs_to(screen.page, "Review", "Tab")
    await keys.press("Enter")
    await expect(screen.modal.get_by_role("button", name=last)).to_be_visible()
    await tabs_to(screen.page, last, "Tab")
    await keys.press("Enter")


@long
async def test_redeeming_asking_and_approving_by_keyboard_alone(opens: Opens) -> None:
    vikram = await opens("U0SENIOR")
    await redeems(vikram, "WELCOME250", "1,200", "Redeem now")
    await expect(vikram.modal).to_contain_text("Read to the customer")
    await vikram.page.keyboard.press("Escape")
    await expect(vikram.modal).to_have_count(0)
    await vikram.composer.focus()
    await redeems(vikram, "GOLD5000", "8,000", "Request approval")
    await expect(vikram.modal).to_contain_text("Waiting for approval")

    arjun = await opens("U0MANAGER2")
    keys = arjun.page.keyboard
    await tabs_to(arjun.page, "#coupon-approvals")
    await keys.press("Enter")
    await expect(arjun.newest).to_contain_text("Waiting for approval")
    await tabs_to(arjun.page, "Approve", "Tab")
    await keys.press("Enter")
    await expect(arjun.modal).to_contain_text("It cannot be undone from here.")
    await tabs_to(arjun.page, "Approve", "Tab")
    await keys.press("Enter")

    await expect(arjun.modal).to_contain_text("Redeemed")


async def test_a_message_action_by_keyboard_alone(nisha: Screen) -> None:
    keys = nisha.page.keyboard
    await expect(nisha.composer).to_be_focused()
    await tabs_to(nisha.page, "⋯")
    await keys.press("Enter")
    await expect(nisha.page.get_by_role("menuitem", name="Look up customer")).to_be_focused()
    await keys.press("Escape")
    await expect(nisha.page.get_by_role("menu")).to_have_count(0)
    await keys.press("Enter")
    await keys.press("Enter")
    await expect(nisha.modal).to_contain_text("Asha Menon")
    await keys.press("Escape")

    await expect(nisha.message("98450 12345").get_by_role("button", name="More actions")).to_be_focused()


@long
async def test_a_thread_opens_and_closes_by_keyboard(nisha: Screen) -> None:
    keys = nisha.page.keyboard
    await expect(nisha.composer).to_be_focused()
    await tabs_to(nisha.page, "2 replies")
    await keys.press("Enter")
    await expect(nisha.page.get_by_role("textbox", name="Reply in thread")).to_be_focused()
    await keys.press("Escape")
    await expect(nisha.page.get_by_role("region", name="Thread")).to_have_count(0)

    await expect(nisha.composer).to_be_focused()


@long
async def test_the_panel_folds(nisha: Screen) -> None:
    switch = nisha.page.get_by_role("button", name="Engine")
    await expect(switch).to_have_attribute("aria-expanded", "true")
    await switch.press("Enter")

    await expect(switch).to_have_attribute("aria-expanded", "false")
    await expect(nisha.page.get_by_label("Fault")).to_be_hidden()
