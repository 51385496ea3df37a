"""On a phone, with Slack's measures as the page estimates them: what people need is there without scrolling."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from bot.sandbox.engine.capillary import REDEEM
from bot.sandbox.engine.faults import Drop
from tests.browser.conftest import Opens, screens
from tests.browser.desk import PHONE, Desk, Screen
from tests.browser.test_redeem import confirms
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

GOLD = "GOLD5000"


@pytest_asyncio.fixture(name="opens", loop_scope="session")
async def _opens(desk: Desk, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Opens]:
    """As `tests.browser.conftest.opens`, on a phone."""
    async with screens(request) as all_of_them:

        async def opened(person: str) -> Screen:
            all_of_them.append(await Screen.opened(browser, desk.window.url, person, PHONE))
            return all_of_them[-1]

        yield opened


async def height(of: Locator) -> float:
    box = await of.bounding_box()
    assert box is not None
    return box["height"]


async def below_the_top(inner: Locator, outer: Locator) -> float:
    """How far the lower edge of one is below the upper edge of the other."""
    low, high = await inner.bounding_box(), await outer.bounding_box()
    assert low is not None
    assert high is not None
    return low["y"] + low["height"] - high["y"]


async def test_ten_coupons_take_at_most_a_screen_and_a_half(opens: Opens, desk: Desk) -> None:
    customers = desk.parts.engine.customers
    asha = customers.find("mobile", "919845012345")
    assert asha is not None
    customers.add_coupon(asha, "TENTH-OF-ALL", value=90, description="Ten, so that a page is full")
    vikram = await opens("U0SENIOR")
    await vikram.types("/coupons 98450 12345")
    await expect(vikram.newest).to_contain_text("10 coupons")
    await expect(vikram.newest.get_by_role("button", name="Redeem")).to_have_count(8)

    assert await height(vikram.newest) <= 1.5 * PHONE["height"]
    beside = vikram.newest.locator(".block.section:has(.accessory) .said").first
    box = await beside.bounding_box()
    assert box is not None
    assert box["width"] == 250


@long
async def test_approve_is_on_the_first_screen_of_its_message_and_its_modal(opens: Opens) -> None:
    vikram = await opens("U0SENIOR")
    await vikram.types(f"/coupons 98450 12345 code:{GOLD}")
    await vikram.presses("Redeem")
    await vikram.modal.get_by_label("Bill amount").fill("8,000")
    await vikram.modal.get_by_label("Reason").select_option(label="Other")
    await vikram.modal.get_by_label("Note").fill(
        "The till was offline all morning and she came back twice. " * 3
    )
    await vikram.modal.get_by_role("button", name="Review").click()
    await vikram.modal.get_by_role("button", name="Request approval").click()
    await expect(vikram.modal).to_contain_text("Waiting for approval")
    arjun = await opens("U0MANAGER2")
    await arjun.page.get_by_role("button", name="#coupon-approvals").click()
    await expect(arjun.newest).to_contain_text("Waiting for approval")
    approve = arjun.newest.get_by_role("button", name="Approve")

    # A third of the screen is Slack's own: the channel's name above, the message box and the keyboard's edge below.
    assert await below_the_top(approve, arjun.newest) <= PHONE["height"] * 2 / 3
    await approve.click()
    await expect(arjun.modal).to_contain_text("It cannot be undone from here.")
    await expect(arjun.modal.get_by_role("button", name="Approve")).to_be_in_viewport(ratio=1)
    await expect(arjun.modal).to_contain_text("₹5,000 off a bill of ₹8,000")
    await expect(arjun.modal.get_by_text("₹5,000 off").first).to_be_in_viewport()


@long
async def test_a_short_history_shows_receipt_till_and_discount_without_a_scroll(opens: Opens) -> None:
    nisha = await opens("U0AGENT")
    await nisha.types("/promo-redemptions UQ38T")
    await expect(nisha.newest).to_contain_text("receipt")
    await nisha.types("/redemptions 98450 12345")
    await expect(nisha.newest).to_contain_text("MG-1042")

    for block in await nisha.page.locator(".message.only .block").all():
        wide = await block.evaluate(
            "one => [...one.querySelectorAll('*')].some(e => e.scrollWidth > e.clientWidth + 1)"
        )
        assert not wide
    await expect(nisha.newest.get_by_role("table")).to_have_count(0)


async def test_the_message_box_ends_the_first_screen_and_a_thread_takes_its_whole_width(opens: Opens) -> None:
    nisha = await opens("U0AGENT")
    await expect(nisha.composer).to_be_in_viewport(ratio=1)
    await nisha.page.get_by_role("button", name="2 replies").click()
    box = await nisha.page.get_by_role("region", name="Thread").bounding_box()
    assert box is not None

    assert box["width"] == PHONE["width"]
    await expect(nisha.page.get_by_role("textbox", name="Reply in thread")).to_be_in_viewport(ratio=1)
    assert await nisha.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@long
async def test_what_to_settle_and_what_to_choose_are_on_the_first_screen(opens: Opens, desk: Desk) -> None:
    vikram, arjun = await opens("U0SENIOR"), await opens("U0MANAGER2")
    desk.parts.engine.faults.add(Drop(), path=REDEEM)
    await (await confirms(vikram)).click()
    await expect(vikram.modal).to_contain_text("Outcome unknown")
    await arjun.page.get_by_role("button", name="#coupon-approvals").click()
    await arjun.presses("Settle")

    await expect(arjun.modal.get_by_label("Outcome")).to_be_in_viewport(ratio=1)
    await arjun.modal.locator(".view").evaluate("view => view.scrollTo(0, 0)")
    await expect(arjun.modal.get_by_label("Outcome")).to_be_in_viewport(ratio=1)
    await arjun.modal.get_by_label("Outcome").select_option(label="Not redeemed")
    await arjun.modal.get_by_role("button", name="Settle").click()
    await expect(arjun.modal.get_by_role("alert")).to_be_in_viewport(ratio=1)


@long
async def test_a_choice_below_the_list_is_made_by_enter_and_not_by_moving(opens: Opens) -> None:
    nisha = await opens("U0AGENT")
    await nisha.types("/coupons 98450 12345")
    await expect(nisha.newest).to_contain_text("9 coupons")
    details = nisha.newest.get_by_label("Details of…")
    await details.focus()
    await details.press("ArrowDown")
    await details.press("ArrowDown")
    await expect(details).to_have_value("")
    await expect(nisha.modal).to_have_count(0)

    await details.select_option(value="1")

    await expect(nisha.modal).to_contain_text("WELCOME250")
