"""The side panel: what the engine's stand-in is made to do shows on the card."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.async_api import expect

from tests.browser.desk import Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

ASHA = "/coupons 98450 12345"
FAULTS = {
    "Server error: HTTP 500": "The loyalty engine failed.",
    "Unavailable: HTTP 503": "The loyalty engine failed.",
    "Too many requests: HTTP 429": "The loyalty engine is busy and asks to try later.",
    "Dropped before commit": "The line to the loyalty engine dropped.",
    "Dropped after commit": "The line to the loyalty engine dropped.",
    "Unreadable answer": "The loyalty engine gave an answer that makes no sense",
}


@long
async def test_faults_are_told_in_clear_sentences_and_end_when_they_are_taken_back(nisha: Screen) -> None:
    told: Counter[str] = Counter()
    for fault, sentence in FAULTS.items():
        told[sentence] += 1
        await nisha.page.get_by_label("Fault").select_option(label=fault)
        await nisha.types(ASHA)
        await expect(nisha.message(sentence)).to_have_count(told[sentence])
    await nisha.page.get_by_label("Fault").select_option(label="None")
    await nisha.types(ASHA)

    await expect(nisha.newest).to_contain_text("Asha Menon")


@long
async def test_a_slow_engine_is_announced_and_the_card_follows(nisha: Screen) -> None:
    await nisha.page.get_by_label("Fault").select_option(label="Slow: 5 seconds")
    await nisha.types(ASHA)

    # It stays above the card, which may be there before anybody looks.
    await expect(nisha.message("Looking up …2345; the card follows.")).to_be_visible()
    await expect(nisha.newest).to_contain_text("Asha Menon")


@long
async def test_an_ordinary_no_with_a_failures_status_is_read_as_a_no(nisha: Screen) -> None:
    await nisha.page.get_by_label("Fault").select_option(label="An ordinary no as HTTP 500")
    await nisha.types("/coupons 98450 99999")

    await expect(nisha.newest).to_contain_text("No customer is known")


async def test_calls_are_listed_as_they_arrive(nisha: Screen) -> None:
    await nisha.types(ASHA)
    call = nisha.page.get_by_role("row", name="GET /v2/customers/coupons")

    await expect(call).to_contain_text("200")
    await expect(call).to_contain_text("ms")


async def test_what_a_till_redeems_shows_after_refresh(nisha: Screen) -> None:
    await nisha.types(f"{ASHA} redeemable")
    await expect(nisha.newest).to_contain_text("WELCOME250")
    await nisha.page.get_by_label("Coupon code").fill("WELCOME250")
    await nisha.page.get_by_label("Bill", exact=True).fill("MG-77")
    await nisha.page.get_by_role("button", name="Use it at the till").click()
    await expect(
        nisha.page.get_by_text("MG Road, till 1 redeemed WELCOME250 for bill MG-77.")
    ).to_be_visible()
    await nisha.presses("Refresh")
    await expect(nisha.newest).not_to_contain_text("WELCOME250")
    await nisha.newest.get_by_label("Filter").select_option("redeemed")

    await expect(nisha.newest).to_contain_text("bill MG-77")


@long
async def test_a_till_is_refused_what_is_used(nisha: Screen) -> None:
    await nisha.page.get_by_label("Coupon code").fill("THANKS500")
    await nisha.page.get_by_role("button", name="Use it at the till").click()

    await expect(
        nisha.page.get_by_text("The till was refused: Coupon is already used (711).")
    ).to_be_visible()


async def test_moving_the_clock_lets_a_coupon_expire(nisha: Screen) -> None:
    await nisha.types(f"{ASHA} redeemable")
    await expect(nisha.newest).to_contain_text("TONIGHT150")
    await nisha.page.get_by_role("button", name="+1 day").click()
    await expect(nisha.page.get_by_text("(1 d ahead)")).to_be_visible()
    await nisha.types(f"{ASHA} code:TONIGHT150")

    await expect(nisha.newest).to_contain_text("Cannot be redeemed.")
    await expect(nisha.newest).to_contain_text("yesterday at 23:59")
    await nisha.page.get_by_role("button", name="Reset").click()
    await expect(nisha.page.get_by_text("(1 d ahead)")).to_have_count(0)
