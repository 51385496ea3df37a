"""A question to store ops, from the card to the answer, and what comes of an answer that honours it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opens
from tests.browser.desk import Desk, Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

WELCOME = "WELCOME250"
QUESTION = "The till was down yesterday. May she have it today?"


async def asks_store_ops(agent: Screen) -> None:
    await agent.types(f"/coupons 98450 12345 code:{WELCOME}")
    await agent.presses("Ask store ops")
    await agent.modal.get_by_label("Question").fill(QUESTION)
    await agent.modal.get_by_role("button", name="Send").click()
    await expect(agent.modal).to_contain_text("Store ops have your question")
    await agent.modal.get_by_role("button", name="Close").last.click()


async def opens_store_ops(answerer: Screen) -> None:
    await answerer.page.get_by_role("button", name="#store-ops").click()
    await expect(answerer.newest).to_contain_text(QUESTION)


async def answers(answerer: Screen, outcome: str = "Honour") -> None:
    await answerer.presses("Take it")
    # Answer on the message as it was before would take it, too.
    await expect(answerer.newest).to_contain_text("Taken")
    await answerer.presses("Answer")
    await answerer.modal.get_by_label("Outcome").select_option(label=outcome)
    await answerer.modal.get_by_label("Reply").fill("Yes, the till was down. Let her have it.")
    await answerer.modal.get_by_role("button", name="Send answer").click()
    await expect(answerer.newest).to_contain_text("Answered")


async def test_asked_taken_answered_honoured_redeemed(opens: Opens, desk: Desk) -> None:
    vikram, farah = await opens("U0SENIOR"), await opens("U0STOREOPS")
    await asks_store_ops(vikram)
    await opens_store_ops(farah)
    await expect(farah.newest).not_to_contain_text(WELCOME)
    await expect(farah.newest).not_to_contain_text("Menon")

    await answers(farah)

    await farah.modal.get_by_role("button", name="Close").last.click()
    await vikram.page.get_by_role("button", name="Coupon Desk").click()
    answered = vikram.message("Answered").first
    await expect(answered).to_contain_text("Let her have it.")
    await answered.get_by_role("button", name="Redeem", exact=True).click()
    await vikram.modal.get_by_label("Bill amount").fill("900")
    await vikram.modal.get_by_role("button", name="Review").click()
    await vikram.modal.get_by_role("button", name="Redeem now").click()
    await expect(vikram.modal).to_contain_text("The loyalty engine confirmed it.")
    coupon = desk.parts.engine.customers.coupon(WELCOME)
    assert coupon is not None
    assert len(coupon.redemptions) == 1


@long
async def test_app_home_shows_what_waits_for_whom(opens: Opens) -> None:
    vikram, farah = await opens("U0SENIOR"), await opens("U0STOREOPS")
    await asks_store_ops(vikram)
    await opens_store_ops(farah)

    await vikram.page.get_by_role("button", name="Coupon Desk").click()
    await vikram.page.get_by_role("button", name="Home", exact=True).click()

    home = vikram.page.get_by_role("main")
    await expect(home).to_contain_text("Your open cases")
    await expect(home).to_contain_text("The till was down yesterday")
    await expect(home).to_contain_text("20 of 20 redemptions")
