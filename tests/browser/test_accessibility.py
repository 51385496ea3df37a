"""axe-core on the page's states at both widths: nothing at all. `test_pictures` asks it of every picture of the papers, too."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.sandbox.engine.capillary import REDEEM
from bot.sandbox.engine.faults import Drop, Status
from tests.browser.axe import faults
from tests.browser.conftest import Opens
from tests.browser.desk import Desk, Screen
from tests.browser.test_approvals import asks, opens_approvals
from tests.browser.test_cases import asks_store_ops, opens_store_ops
from tests.browser.test_redeem import confirms
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

TOM = "919400488244"


@long
async def test_a_channel_with_completions(nisha: Screen) -> None:
    await nisha.composer.fill("/")
    await expect(nisha.page.get_by_role("option", name="/coupons")).to_be_visible()

    assert await faults(nisha.page) == []


async def test_cards_and_a_thread(nisha: Screen, desk: Desk) -> None:
    customers = desk.parts.engine.customers
    tom = customers.find("mobile", TOM)
    assert tom is not None
    customers.add_points(tom, 120, at=customers.now(), bill="MG-1003")
    await nisha.types(f"/redemptions {TOM}")
    await expect(nisha.newest.get_by_role("table")).to_be_visible()
    await nisha.types("/coupons 98450 12345")
    await expect(nisha.newest).to_contain_text("Asha Menon")
    await nisha.page.get_by_role("button", name="2 replies").click()

    assert await faults(nisha.page) == []


@long
async def test_a_form_with_an_error(nisha: Screen) -> None:
    await nisha.types("Nobody is named here")
    await nisha.chooses("Look up customer", nisha.message("Nobody is named"))
    await nisha.modal.get_by_role("button", name="Look up").click()
    await expect(nisha.modal.get_by_role("alert")).to_be_visible()

    assert await faults(nisha.page) == []


@long
async def test_the_apps_own_page_and_an_open_menu(nisha: Screen) -> None:
    await nisha.message("98450 12345").hover()
    await nisha.message("98450 12345").get_by_role("button", name="More actions").click()
    assert await faults(nisha.page) == []
    await nisha.page.keyboard.press("Escape")
    await nisha.page.get_by_role("button", name="Coupon Desk").click()
    assert await faults(nisha.page) == []
    await nisha.page.get_by_role("button", name="Home").click()
    await expect(nisha.page.get_by_role("region", name="Home")).to_contain_text("Your requests")

    assert await faults(nisha.page) == []


@long
async def test_a_failure_and_the_choice_of_a_customer(nisha: Screen, desk: Desk) -> None:
    desk.parts.engine.faults.add(Status(503), times=None)
    await nisha.types("/coupons 98450 12345")
    await expect(nisha.newest.get_by_role("button", name="Try again")).to_be_visible()
    assert await faults(nisha.page) == []
    await nisha.types(f"Is it 98450 12345 or {TOM}?")
    await nisha.chooses("Look up customer", nisha.message("Is it"))
    await expect(nisha.modal.get_by_label("Customer")).to_be_visible()

    assert await faults(nisha.page) == []


@long
async def test_forms_of_those_who_decide(opens: Opens, desk: Desk) -> None:
    nisha, vikram, arjun = await opens("U0AGENT"), await opens("U0SENIOR"), await opens("U0MANAGER2")
    await asks(nisha)
    await opens_approvals(arjun)
    await arjun.presses("Reject")
    await expect(arjun.modal.get_by_label("Reason")).to_be_visible()
    assert await faults(arjun.page) == []
    await arjun.page.keyboard.press("Escape")
    desk.parts.engine.faults.add(Drop(), path=REDEEM)
    await (await confirms(vikram)).click()
    await expect(vikram.modal).to_contain_text("Outcome unknown")
    await arjun.message("Outcome unknown").last.get_by_role("button", name="Settle").click()
    await expect(arjun.modal.get_by_label("Outcome")).to_be_visible()

    assert await faults(arjun.page) == []


@long
async def test_forms_and_home_of_store_ops(opens: Opens) -> None:
    vikram, farah = await opens("U0SENIOR"), await opens("U0STOREOPS")
    await asks_store_ops(vikram)
    await opens_store_ops(farah)
    await farah.presses("Answer")
    await expect(farah.modal.get_by_label("Reply")).to_be_visible()
    assert await faults(farah.page) == []
    await farah.page.keyboard.press("Escape")
    await farah.page.get_by_role("button", name="Coupon Desk").first.click()
    await farah.page.get_by_role("button", name="Home", exact=True).click()
    await expect(farah.page.get_by_role("button", name="Take it")).to_be_visible()

    assert await faults(farah.page) == []
