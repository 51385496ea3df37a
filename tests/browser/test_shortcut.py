"""Looking up from a message, where slash commands do not work."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.desk import Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

SHORTCUT = "Look up customer"


async def test_from_a_message_in_a_thread(nisha: Screen) -> None:
    await nisha.page.get_by_role("button", name="2 replies").click()
    thread = nisha.page.get_by_role("region", name="Thread")
    await nisha.chooses(SHORTCUT, thread.get_by_role("article").filter(has_text="919400488244"))
    await expect(nisha.modal).to_contain_text("Tom Sawyer")
    await nisha.modal.get_by_role("button", name="Next").click()

    await expect(nisha.modal).to_contain_text("Showing 11 to 20 of 23")


@long
async def test_a_command_in_a_thread_is_told_by_slack(nisha: Screen) -> None:
    await nisha.page.get_by_role("button", name="2 replies").click()
    reply = nisha.page.get_by_role("textbox", name="Reply in thread")
    await reply.fill("/coupons 98450 12345")
    await reply.press("Enter")

    await expect(nisha.page.get_by_role("region", name="Thread")).to_contain_text(
        "/coupons is not supported in threads. Sorry!"
    )


async def test_a_message_that_names_nobody_is_answered_with_a_form_and_errors_under_its_field(
    nisha: Screen,
) -> None:
    await nisha.types("Could somebody help this customer?")
    await nisha.chooses(SHORTCUT, nisha.message("Could somebody help"))
    await expect(nisha.modal).to_contain_text("The message names no mobile number")
    customer = nisha.modal.get_by_label("Customer")
    await nisha.modal.get_by_role("button", name="Look up").click()
    await expect(nisha.modal.get_by_role("alert")).to_have_text("Please complete this required field.")
    await customer.fill("nonsense")
    await nisha.modal.get_by_role("button", name="Look up").click()
    await expect(nisha.modal.get_by_role("alert")).not_to_have_text("Please complete this required field.")
    await expect(customer).to_have_value("nonsense")
    await expect(customer).to_have_attribute("aria-invalid", "true")
    await customer.fill("98450 12345")
    await customer.press("Enter")

    await expect(nisha.modal).to_contain_text("Asha Menon")


@long
async def test_a_message_that_names_two_asks_which(nisha: Screen) -> None:
    await nisha.types("Either 98450 12345 or 919400488244")
    await nisha.chooses(SHORTCUT, nisha.message("Either"))
    await nisha.modal.get_by_label("Customer").select_option(index=2)
    await nisha.modal.get_by_role("button", name="Look up").click()

    await expect(nisha.modal).to_contain_text("Tom Sawyer")
