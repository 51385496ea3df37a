from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coupon import Discount, DiscountKind
from bot.views.kit import MAX_TEXT, Display, clipped, code, date, plain, quoted
from bot.views.money import discount, money

DISPLAY = Display(currency="INR", zone=ZoneInfo("Asia/Kolkata"))


@given(st.text(), st.integers(min_value=1, max_value=200))
def test_outside_text_can_neither_mention_nor_link_nor_overflow(text: str, limit: int) -> None:
    drawn = quoted(text, limit)

    assert "<" not in drawn
    assert ">" not in drawn
    assert re.fullmatch(r"(?:[^&]|&amp;|&lt;|&gt;)*", drawn, re.DOTALL)
    assert len(unescape(drawn)) <= limit


@given(st.text())
def test_outside_text_stays_on_one_line_without_marks_nobody_sees(text: str) -> None:
    drawn = clipped(text, 100)

    assert (
        drawn.isprintable() or not drawn.strip() or all(char == " " or char.isprintable() for char in drawn)
    )
    assert "\u202e" not in drawn


@given(st.text())
def test_a_code_is_always_closed(text: str) -> None:
    drawn = code(text)

    assert drawn.count("`") == 2
    assert len(drawn) > 2


def test_cutting_comes_before_escaping() -> None:
    assert quoted("&" * 200, 5) == "&amp;&amp;&amp;&amp;…"


def test_a_date_is_the_readers_own_with_a_fallback_in_the_desks_zone() -> None:
    moment = datetime(2026, 6, 11, 18, 29, 59, tzinfo=UTC)

    assert date(moment, DISPLAY) == (
        "<!date^1781202599^{date_short_pretty} at {time}|11 Jun 2026, 23:59 IST>"
    )


def test_the_plain_text_has_no_tokens_and_ends_at_a_whole_line() -> None:
    moment = datetime(2026, 6, 11, 18, 29, 59, tzinfo=UTC)
    lines = [f"{number} until {date(moment, DISPLAY)}" for number in range(300)]

    text = plain(lines)

    assert text.startswith("0 until 11 Jun 2026, 23:59 IST\n1 until")
    assert text.endswith("IST\n…")
    assert len(text) <= MAX_TEXT


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("500.0", "INR", "₹500"),
        ("5000", "INR", "₹5,000"),
        ("100000", "INR", "₹1,00,000"),
        ("99.5", "INR", "₹99.50"),
        ("0", "INR", "₹0"),
        ("1234.5", "EUR", "€1,234.50"),
        ("1500", "JPY", "¥1,500"),
        ("12", "SGD", "SGD\u00a012"),
    ],
)
def test_money_has_its_sign_its_grouping_and_no_empty_decimals(
    amount: str, currency: str, words: str
) -> None:
    assert money(Decimal(amount), currency) == words


@pytest.mark.parametrize(
    ("given_discount", "words"),
    [
        (Discount(kind=DiscountKind.AMOUNT, value=Decimal("500.0")), "₹500 off"),
        (
            Discount(kind=DiscountKind.PERCENT, value=Decimal("12.0"), cap=Decimal(12)),
            "12 % off, at most ₹12",
        ),
        (Discount(kind=DiscountKind.PERCENT, value=Decimal("7.50")), "7.5 % off"),
        (Discount(kind=DiscountKind.PERCENT, value=Decimal(100)), "100 % off"),
        (Discount(kind=DiscountKind.AMOUNT, value=None), "discount not stated"),
        (Discount(kind=None, value=Decimal(5)), "discount not stated"),
    ],
)
def test_a_discount_reads_as_people_say_it(given_discount: Discount, words: str) -> None:
    assert discount(given_discount, "INR") == words
