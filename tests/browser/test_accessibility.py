"""axe-core on the page's main states: nothing serious, nothing critical."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.browser.desk import Screen

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

GRAVE = {"serious", "critical"}


async def faults(screen: Screen) -> list[str]:
    found = (await Axe().run(screen.page)).response["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['html']} {node['failureSummary']}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


async def test_a_channel_with_completions(nisha: Screen) -> None:
    await nisha.composer.fill("/")
    await expect(nisha.page.get_by_role("option", name="/coupons")).to_be_visible()

    assert await faults(nisha) == []


async def test_cards_and_a_thread(nisha: Screen) -> None:
    await nisha.types("/redemptions 98450 12345")
    await expect(nisha.newest.get_by_role("table")).to_be_visible()
    await nisha.types("/coupons 98450 12345")
    await expect(nisha.newest).to_contain_text("Asha Menon")
    await nisha.page.get_by_role("button", name="2 replies").click()

    assert await faults(nisha) == []


async def test_a_modal(nisha: Screen) -> None:
    await nisha.types("/coupons 98450 12345")
    await nisha.presses("Details")
    await expect(nisha.modal).to_contain_text("Issued")

    assert await faults(nisha) == []


async def test_a_form_with_an_error(nisha: Screen) -> None:
    await nisha.types("Nobody is named here")
    await nisha.chooses("Look up customer", nisha.message("Nobody is named"))
    await nisha.modal.get_by_role("button", name="Look up").click()
    await expect(nisha.modal.get_by_role("alert")).to_be_visible()

    assert await faults(nisha) == []


async def test_the_apps_own_page_and_an_open_menu(nisha: Screen) -> None:
    await nisha.message("98450 12345").hover()
    await nisha.message("98450 12345").get_by_role("button", name="More actions").click()
    assert await faults(nisha) == []
    await nisha.page.keyboard.press("Escape")
    await nisha.page.get_by_role("button", name="Coupon Desk").click()
    await nisha.page.get_by_role("button", name="Home").click()
    await expect(nisha.page.get_by_role("region", name="Home")).to_contain_text("Your requests")

    assert await faults(nisha) == []
