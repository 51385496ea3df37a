"""A support agent looks a customer up, by the words on the page."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.desk import Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

ASHA = "/coupons 98450 12345"
TOM = "/coupons 919400488244"


async def test_a_card_by_mobile_is_only_visible_to_its_reader(nisha: Screen) -> None:
    await nisha.types(ASHA)

    await expect(nisha.newest).to_contain_text("Only visible to you")
    await expect(nisha.newest).to_contain_text(
        re.compile(r"Asha Menon {2}· {2}mobile …2345 {2}· {2}9 coupons {2}· {2}as of \d\d:\d\d:\d\d")
    )
    await expect(nisha.newest.get_by_role("button", name="Redeem")).to_have_count(7)
    await expect(nisha.newest.get_by_role("button", name="Details")).to_have_count(2)
    await expect(nisha.composer).to_have_value("")
    await expect(nisha.composer).to_be_focused()


async def test_paging_redraws_the_card_and_keeps_the_keyboard_where_it_was(nisha: Screen) -> None:
    await nisha.types(TOM)
    await expect(nisha.newest).to_contain_text("Showing 1 to 10 of 23")
    await expect(nisha.newest.get_by_role("button", name="Previous")).to_have_count(0)
    await nisha.presses("Next")
    await expect(nisha.newest).to_contain_text("Showing 11 to 20 of 23")
    await expect(nisha.newest.get_by_role("button", name="Next")).to_be_focused()
    await nisha.presses("Next")
    await expect(nisha.newest).to_contain_text("Showing 21 to 23 of 23")
    await expect(nisha.newest.get_by_role("button", name="Next")).to_have_count(0)
    await nisha.presses("Previous")

    await expect(nisha.newest).to_contain_text("Showing 11 to 20 of 23")
    await expect(nisha.message("Tom Sawyer")).to_have_count(1)


@long
async def test_the_filter_on_the_card_shows_what_was_chosen(nisha: Screen) -> None:
    await nisha.types(ASHA)
    await nisha.newest.get_by_label("Filter").select_option("expired")

    await expect(nisha.newest).to_contain_text("1 expired coupon")
    await expect(nisha.newest).to_contain_text("MONSOON300")
    await expect(nisha.newest).not_to_contain_text("WELCOME250")
    await expect(nisha.newest.get_by_label("Filter")).to_have_value("expired")


@long
async def test_details_open_in_a_dialog_that_closes(nisha: Screen) -> None:
    await nisha.types(ASHA)
    await nisha.presses("Details")
    await expect(nisha.modal).to_contain_text("Issued")

    await expect(nisha.page.get_by_role("dialog", name="Coupon details")).to_contain_text("THANKS500")
    await nisha.modal.get_by_role("button", name="Close", exact=True).click()
    await expect(nisha.modal).to_have_count(0)


async def test_history_is_in_the_browsers_zone(nisha: Screen) -> None:
    await nisha.types("/redemptions 98450 12345")

    await expect(nisha.newest).to_contain_text("MG-1042")
    await expect(nisha.newest).to_contain_text("THANKS500")
    shown = [one.split()[0] for one in await nisha.newest.locator("time").all_text_contents()]
    utc = await nisha.page.evaluate("new Date(Date.now() - 3 * 86400000).toISOString().slice(8, 10)")
    assert {int(one) for one in shown if one.isdecimal()} & {int(utc), int(utc) % 31 + 1, 1}


async def test_completions_show_hints_tab_completes_and_enter_sends_what_is_typed(nisha: Screen) -> None:
    offered = nisha.page.get_by_role("listbox", name="Slash commands").get_by_role("option")
    await nisha.composer.fill("/")
    await expect(offered).to_have_count(3)
    await expect(offered.first).to_contain_text("<mobile or e-mail> [redeemable|active|redeemed|expired]")
    await expect(offered.first).to_contain_text("What a customer holds")
    await nisha.composer.press("ArrowDown")
    await nisha.composer.press("Tab")
    await expect(nisha.composer).to_have_value("/redemptions ")
    await expect(offered).to_have_count(0)

    await nisha.types("/coupons")

    await expect(nisha.newest).to_contain_text("/coupons shows what a customer holds.")


@long
async def test_a_command_that_does_not_exist_is_told_by_slack(nisha: Screen) -> None:
    await nisha.types("/coupon 98450 12345")

    await expect(nisha.newest).to_contain_text("Slackbot")
    await expect(nisha.newest).to_contain_text("/coupon is not a valid command.")
