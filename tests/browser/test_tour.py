"""A newcomer is led through the stories: each step prepares itself, and what it then says to press is there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.browser.conftest import screens
from tests.browser.desk import Desk, Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(desk: Desk, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Screen]:
    async with screens(request) as opened:
        opened.append(await Screen.opened(browser, desk.window.url, "U0SENIOR", tour=True))
        yield opened[0]


def tour(screen: Screen) -> Locator:
    return screen.page.get_by_role("region", name=" of ")


async def prepares(screen: Screen, button: str) -> None:
    """The step's own button."""
    await tour(screen).get_by_role("button", name=button).click()


async def sends(screen: Screen) -> None:
    """What the step has written, once the page shows what the person of this step sees."""
    await expect(screen.composer).to_be_focused()
    await screen.sends()


async def redeems(screen: Screen, code: str, bill: str, last: str) -> None:
    """What the step says to do, up to the last button."""
    await sends(screen)
    await screen.presses("Redeem")
    await expect(screen.modal).to_contain_text(code)
    await screen.modal.get_by_label("Bill amount").fill(bill)
    await screen.modal.get_by_label("Reason").select_option(label="Till offline")
    await screen.modal.get_by_role("button", name="Review").click()
    await screen.modal.get_by_role("button", name=last).click()


async def is_now(screen: Screen, person: str, place: str | None = None) -> None:
    """Whom one acts as is whom the step named, in the place that it named."""
    await expect(screen.page.locator("#who option:checked")).to_have_text(person)
    if place is not None:
        await expect(tour(screen)).to_contain_text(place)
        await expect(screen.page.get_by_role("heading", level=1)).to_have_text(place)


async def closes(screen: Screen) -> None:
    await screen.modal.get_by_role("button", name="Close").last.click()
    await tour(screen).get_by_role("button", name="Next").click()


async def test_all_of_it_as_its_words_say(newcomer: Screen) -> None:
    await expect(tour(newcomer)).to_contain_text("1 of 7: Look a customer up")
    await prepares(newcomer, "Write the command")
    await sends(newcomer)
    await expect(newcomer.newest).to_contain_text("Asha Menon")
    await tour(newcomer).get_by_role("button", name="Next").click()

    await prepares(newcomer, "Write the command")
    await redeems(newcomer, "WELCOME250", "1,200", "Redeem now")
    await expect(newcomer.modal).to_contain_text("Read to the customer")
    await closes(newcomer)

    await prepares(newcomer, "Become Nisha")
    await is_now(newcomer, "Nisha Rao · support agent")
    await redeems(newcomer, "GOLD5000", "8,000", "Request approval")
    await expect(newcomer.modal).to_contain_text("Waiting for approval")
    await closes(newcomer)

    await prepares(newcomer, "Become Arjun")
    await is_now(newcomer, "Arjun Das · manager", "#coupon-approvals")
    await newcomer.presses("Approve")
    await newcomer.modal.get_by_role("button", name="Approve").click()
    await expect(newcomer.modal).to_contain_text("Redeemed")
    await closes(newcomer)

    await prepares(newcomer, "Break the line")
    await redeems(newcomer, "TONIGHT150", "900", "Redeem now")
    await expect(newcomer.modal).to_contain_text("Outcome unknown")
    await closes(newcomer)

    await prepares(newcomer, "Mend the line")
    await sends(newcomer)
    await newcomer.presses("Ask store ops")
    await newcomer.modal.get_by_label("Question").fill("May she have it on top of the sale?")
    await newcomer.modal.get_by_role("button", name="Send").click()
    await expect(newcomer.modal).to_contain_text("Store ops have your question")
    await closes(newcomer)

    await prepares(newcomer, "Become Farah")
    await is_now(newcomer, "Farah Khan · store ops", "#store-ops")
    await newcomer.presses("Take it")
    await expect(newcomer.newest).to_contain_text("Taken")
    await expect(newcomer.newest.get_by_role("button", name="Answer")).to_be_visible()
    await tour(newcomer).get_by_role("button", name="Finish").click()
    await expect(tour(newcomer)).to_have_count(0)


async def test_it_stays_closed_and_can_be_opened_again(newcomer: Screen) -> None:
    await tour(newcomer).get_by_role("button", name="Close the tour").click()
    await newcomer.page.reload()
    await newcomer.page.get_by_role("log").first.wait_for()
    await expect(tour(newcomer)).to_have_count(0)

    await newcomer.page.get_by_role("button", name="Tour").click()
    await expect(tour(newcomer)).to_contain_text("Look a customer up")


@long
async def test_on_a_phone_its_buttons_and_the_message_box_are_reached_without_scrolling_sideways(
    newcomer: Screen,
) -> None:
    await newcomer.page.set_viewport_size({"width": 390, "height": 844})

    await expect(tour(newcomer).get_by_role("button", name="Next")).to_be_in_viewport()
    await expect(newcomer.composer).to_be_in_viewport(ratio=1)
    assert await newcomer.page.evaluate("document.documentElement.scrollWidth") <= 390


@long
async def test_an_address_that_names_nobody_says_so(browser: Browser, desk: Desk) -> None:
    screen = await Screen.opened(browser, desk.window.url, "U0NOBODYHERE")

    await expect(screen.page.get_by_role("status").first).to_contain_text("Nobody here is U0NOBODYHERE.")
    await expect(screen.page.get_by_label("You act as")).to_have_value("U0AGENT")
    await screen.page.context.close()
