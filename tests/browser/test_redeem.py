"""A senior agent redeems by the words on the page, and sees what became of it; `test_tour` does so at every run."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Opens
from tests.browser.desk import Desk, Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

WELCOME = "WELCOME250"


async def confirms(screen: Screen, code: str = WELCOME, bill: str = "1,200") -> Locator:
    """To the last step before it counts."""
    await screen.types(f"/coupons 98450 12345 code:{code}")
    await screen.presses("Redeem")
    await screen.modal.get_by_label("Bill amount").fill(bill)
    await screen.modal.get_by_label("Reason").select_option(label="Till offline")
    await screen.modal.get_by_role("button", name="Review").click()
    return screen.modal.get_by_role("button", name="Redeem now")


@long
async def test_from_the_card_to_the_outcome_in_one_window(opens: Opens, desk: Desk) -> None:
    vikram = await opens("U0SENIOR")
    redeem_now = await confirms(vikram)
    await expect(vikram.modal).to_contain_text("Takes off this bill: ₹250, of ₹1,200")
    await expect(vikram.modal).to_contain_text("This cannot be undone from here.")

    await redeem_now.click()

    await expect(vikram.modal).to_contain_text("The loyalty engine confirmed it.")
    await expect(vikram.modal).to_contain_text("Read to the customer: “Your coupon is redeemed")
    await vikram.modal.get_by_role("button", name="Close").last.click()
    await vikram.page.get_by_role("button", name="Coupon Desk").click()
    await expect(vikram.newest).to_contain_text("The loyalty engine confirmed it.")
    coupon = desk.parts.engine.customers.coupon(WELCOME)
    assert coupon is not None
    assert len(coupon.redemptions) == 1


@long
async def test_back_keeps_what_was_typed(opens: Opens) -> None:
    vikram = await opens("U0SENIOR")
    await confirms(vikram, bill="0.9 9")
    await expect(vikram.modal).to_contain_text("This amount cannot be read.")
    await vikram.modal.get_by_label("Bill amount").fill("99.50")
    await vikram.modal.get_by_role("button", name="Review").click()
    await vikram.modal.get_by_role("button", name="Back").click()

    await expect(vikram.modal.get_by_label("Bill amount")).to_have_value("99.50")


@long
async def test_a_coupon_used_at_a_till_meanwhile_is_refused_in_plain_words(opens: Opens, desk: Desk) -> None:
    vikram = await opens("U0SENIOR")
    redeem_now = await confirms(vikram)
    await expect(redeem_now).to_be_visible()
    desk.parts.engine.customers.redeem_at_till(WELCOME, "MG-9001")

    await redeem_now.click()

    await expect(vikram.modal).to_contain_text("Not redeemed")
    await expect(vikram.modal).to_contain_text("It was used already.")
    await expect(vikram.modal).to_contain_text("Nothing was sent")


@long
async def test_somebody_in_no_group_has_no_button_to_press(opens: Opens) -> None:
    meera = await opens("U0MANAGER2")
    await meera.types(f"/coupons 98450 12345 code:{WELCOME}")

    await expect(meera.newest).to_contain_text("Can be redeemed")
    await expect(meera.newest.get_by_role("button", name="Redeem", exact=True)).to_have_count(0)


@long
async def test_an_unknown_outcome_turns_to_redeemed_while_one_watches(opens: Opens) -> None:
    vikram = await opens("U0SENIOR")
    await vikram.page.get_by_label("Which calls").select_option(label="Only the redeem call")
    await vikram.page.get_by_label("Fault").select_option(label="Dropped after commit")

    await (await confirms(vikram)).click()

    await expect(vikram.modal).to_contain_text("Outcome unknown")
    await expect(vikram.modal).to_contain_text("Nobody should try it again")
    await expect(vikram.modal).to_contain_text("records show it redeemed once for this bill")
