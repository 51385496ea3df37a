"""
What people read of the coupons that the vendor's own pages print.

The expected cards are written by hand from the pages (docs: get-customer-coupons-basic, three ages
of it), read on 20 November 2025 at noon, UTC, in rupees.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.cards import PageCard
from bot.domain.customer import CustomerId
from bot.domain.lookup import PAGE_SIZE, LookUp, LookUpId
from bot.domain.person import PersonId
from bot.sandbox.engine.seed_data import SEEDS
from bot.views.kit import Message
from bot.views.lookup import page_card
from bot.views.text import DAY, Display
from tests.adapters.capillary.wired import ANYBODY, NEWEST, engine_of, saying_text
from tests.adapters.capillary.wired import UTC as ZONE

NOON = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)

NEWEST_PAGE = """\
⚪ `0211706970002385`  *₹500 off*  ·  doc_coupon01  ·  *Used* 19 Aug 2025, 16:52 UTC, at DocStore, bill 12121212

⚪ `0425942118660204`  *₹500 off*  ·  doc_coupon01  ·  *Used* 19 Aug 2025, 16:50 UTC, at DocStore, no bill number

⚪ `2028126844759923`  *₹5,000 off*  ·  doc_coupon01  ·  *Used* 18 Aug 2025, 19:37 UTC, at DocStore, no bill number

⚪ `3558615628138696`  *₹500 off*  ·  doc_coupon01  ·  *Used* 18 Aug 2025, 19:36 UTC, at DocStore, no bill number

⚪ `3908392058023755`  *₹500 off*  ·  doc_coupon01  ·  *Used* 18 Aug 2025, 19:34 UTC, at DocStore, no bill number

🟢 `8317751592007332`  *₹500 off*  ·  doc_coupon01  ·  *Valid* until 11 Jun 2026  ·  1 use left

⚪ `5894567822344805`  *₹500 off*  ·  doc_coupon01  ·  *Used* 14 Aug 2025, 14:26 UTC, at DocStore, no bill number

⚪ `12341234`  *₹200 off*  ·  doc-test 4  ·  *Used* 27 Jul 2025, 14:16 UTC, at DocStore, no bill number

🔴 `KNBK1NIM9U`  *₹1,000 off*  ·  Coupon Series for UAT Team JULY only for new Registration  ·  *Expired* 30 Jul 2025  ·  Redeemed once

⚪ `WWTX7NIPSDC34DFX`  *₹122 off*  ·  jooffers  ·  *Used* 16 Jul 2025, 17:46 UTC, at DocStore, bill numbr9435064964

⚪ `3ELN50QRLCKGW5S6`  *12 % off, at most ₹12*  ·  DOC_COUPON  ·  *Used* 16 Jul 2025, 17:46 UTC, at DocStore, bill numbr9435064964

🔴 `D1O6AR0BSQKK3XQR`  *100 % off*  ·  doc_test_coupon  ·  *Expired* 17 Jul 2025

🔴 `J5B1OG0BC6J1QLDX`  *100 % off*  ·  doc_test_coupon  ·  *Expired* 17 Jul 2025  ·  Redeemed 14 times

🔴 `KDHYDY1N0EYP1FWF`  *10 % off*  ·  doc_doc_coupon  ·  *Expired* 17 Jul 2025  ·  Redeemed 14 times

⚪ `9093147113389818`  *₹5,000 off*  ·  doc_coupon01  ·  *Used* 2 Jul 2025, 05:42 UTC, at DocStore, no bill number

🟢 `MP9H9T2EJ5`  *₹500 off*  ·  Vishu 10% OFF  ·  *Valid* until 9 May 2026  ·  5 uses left

🟢 `RXYEDPREM3BRTF7U`  *12 % off, at most ₹12*  ·  DOC_COUPON  ·  *Valid* until 16 Jun 2032  ·  1 use left

🟢 `2VNGQ9Y3DWVBHBE9`  *12 % off, at most ₹12*  ·  DOC_COUPON  ·  *Valid* until 16 Jun 2032  ·  1 use left

🟢 `1VV10SV891`  *₹500 off*  ·  Vishu 10% OFF  ·  *Valid* until 9 May 2026  ·  5 uses left

🟢 `GEV8LUGIDD`  *₹500 off*  ·  Vishu 10% OFF  ·  *Valid* until 9 May 2026  ·  5 uses left

🟢 `YTOWAEN5N0`  *₹500 off*  ·  Vishu 10% OFF  ·  *Valid* until 9 May 2026  ·  5 uses left

🟢 `ZLI0HZ0EGH`  *₹500 off*  ·  Vishu 10% OFF  ·  *Valid* until 9 May 2026  ·  5 uses left

🔴 `UHI3T4V98MRGP0G0`  *₹200 off*  ·  50% Off Holi Coupon  ·  *Expired* 11 Jun 2025  ·  Redeemed 6 times
"""

LOWER_PAGE = """\
🔴 `tt6wzp7xnw`  *₹10 off*  ·  test-lekhana-2  ·  *Expired* 31 Oct 2024

🔴 `ziwy7lzgw8`  *₹10 off*  ·  test-lekhana-2  ·  *Expired* 31 Oct 2024

🔴 `hu1dh75hny`  *₹10 off*  ·  test-lekhana-2  ·  *Expired* 31 Oct 2024

🔴 `vmqvzcvymt`  *₹10 off*  ·  test-lekhana-2  ·  *Expired* 31 Oct 2024

🔴 `x6wqg8kb01`  *₹10 off*  ·  test-lekhana-2  ·  *Expired* 31 Oct 2024

🔴 `oo8hf7divr`  *₹10 off*  ·  test-lekhana-2  ·  *Expired* 31 Oct 2024

🔴 `w2jjud9yrguaprdur52o`  *₹10 off*  ·  test-lekhana  ·  *Expired* 9 Oct 2024
"""

# The page prints a count of 0 beside the first coupon's one redemption: what is listed happened.
OLDER_PAGE = """\
🟢 `KNRYHMRW`  *₹1,000 off*  ·  NewCouponForAll  ·  *Valid* until 1 Sep 2029  ·  1 use left  ·  Redeemed once

🟢 `7TF6TBQB`  *₹1,000 off*  ·  NewCouponForAll  ·  *Valid* until 1 Sep 2029  ·  1 use left

🟢 `6JAFX7ZF`  *₹1,000 off*  ·  NewCouponForAll  ·  *Valid* until 1 Sep 2029  ·  1 use left

🔴 `KZWMCYTR`  *10 % off*  ·  Mobile Push offer 1  ·  *Expired* 20 Mar 2022
"""

AUTO = "*autofn_917003222195 autoln_917003222195*  ·  mobile …2195  ·  7 coupons"
PAGES = {
    "get-all-customer-coupons": (
        "*Tom Sawyer*  ·  mobile …8244  ·  23 coupons",
        "Showing 1 to 10 of 23",
        NEWEST_PAGE,
    ),
    "get-all-customer-coupons-lower": (AUTO, "Showing 1 to 7 of 7", LOWER_PAGE),
    "get-all-customer-coupons-older-email-masked": (AUTO, "Showing 1 to 7 of 7", LOWER_PAGE),
    "get-all-customer-coupons-older": (
        "*Tom Sawyer*  ·  mobile …0001  ·  4 coupons",
        "Showing 1 to 4 of 4",
        OLDER_PAGE,
    ),
}


async def cards(seed: str, now: datetime = NOON) -> list[Message]:
    """Every page; the vendor prints the whole list at once, which the client cuts into pages of ten."""
    printed = (SEEDS / f"{seed}.json").read_text(encoding="utf-8")
    engine = engine_of(saying_text(printed))
    first = await engine.coupons(ANYBODY, NEWEST)
    queries = [replace(NEWEST, offset=offset) for offset in range(0, first.total or 1, PAGE_SIZE)]
    look_up = LookUp(customer=CustomerId("1"), asker=PersonId("U0AGENT"))
    return [
        page_card(
            PageCard(
                id=LookUpId("card"),
                look_up=replace(look_up, offset=query.offset),
                page=await engine.coupons(ANYBODY, query),
                as_of=now,
            ),
            now=now,
            display=Display(currency="INR", zone=ZONE),
        )
        for query in queries
    ]


async def listed(seed: str, now: datetime = NOON) -> list[str]:
    """What the sections of all pages say of the coupons."""
    return [text for message in await cards(seed, now) for text in sections(message)[1:]]


def sections(message: Message) -> list[str]:
    """What stands in the sections, for a reader whose zone is UTC."""
    return [_read(block["text"]["text"]) for block in message.blocks if block["type"] == "section"]


def _read(mrkdwn: str) -> str:
    return re.sub(r"<!date\^(\d+)\^([^|]*)\|[^>]*>", _utc, mrkdwn)


def _utc(token: re.Match[str]) -> str:
    at = datetime.fromtimestamp(int(token[1]), UTC)
    if token[2] == "{time_secs}":
        return f"{at:%H:%M:%S}"
    return f"{at.day} {at:%b %Y}" if token[2] == DAY else f"{at.day} {at:%b %Y, %H:%M} UTC"


def written(page: str) -> list[str]:
    return page.strip("\n").split("\n\n")


@pytest.mark.parametrize("seed", PAGES)
async def test_the_card_says_what_the_vendors_page_prints(seed: str) -> None:
    customer, showing, page = PAGES[seed]
    message, *_ = await cards(seed)

    assert await listed(seed) == written(page)
    assert sections(message)[0] == f"{customer}  ·  as of 12:00:00"
    assert message.blocks[1]["elements"][0]["text"].startswith(showing)


@pytest.mark.parametrize("seed", PAGES)
async def test_readers_without_dates_of_their_own_are_told_the_same(seed: str) -> None:
    expected = "\n".join(written(PAGES[seed][2])).split("\n")
    told = [line for message in await cards(seed) for line in message.text.split("\n")[2:]]

    assert told == expected


@pytest.mark.parametrize(
    ("day", "code", "told"),
    [
        ("2025-05-24", "🟢 `UHI3T4V98MRGP0G0`", "*Valid* until 11 Jun 2025  ·  any number of uses"),
        ("2025-07-17", "🟢 `J5B1OG0BC6J1QLDX`", "*Valid* until 17 Jul 2025, 23:59 UTC  ·  5 uses left"),
        ("2025-07-17", "🟢 `D1O6AR0BSQKK3XQR`", "*Valid* until 17 Jul 2025, 23:59 UTC  ·  5 uses left"),
        ("2025-07-17", "⚪ `KDHYDY1N0EYP1FWF`", "*Used* 14 times, last "),
        ("2025-07-29", "⚪ `KNBK1NIM9U`", "*Used* 27 Jul 2025, 14:11 UTC, at DocStore, no bill number"),
        ("2026-05-10", "🔴 `MP9H9T2EJ5`", "*Expired* 9 May 2026, 23:59 UTC"),
    ],
)
async def test_on_another_day_the_same_coupon_stands_otherwise(day: str, code: str, told: str) -> None:
    told_then = await listed("get-all-customer-coupons", datetime.fromisoformat(f"{day}T18:00Z"))
    row = next(section for section in told_then if section.startswith(code))

    assert f"  ·  {told}" in row


async def test_validity_ends_with_its_last_second() -> None:
    last = datetime(2025, 6, 11, 23, 59, 59, tzinfo=UTC)
    before = (await listed("get-all-customer-coupons", last.replace(second=58)))[-1]
    after = (await listed("get-all-customer-coupons", last))[-1]

    assert "*Valid*" in before
    assert "*Expired*" in after
