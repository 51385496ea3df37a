"""Amounts and discounts as people say them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.domain.coupon import Discount, DiscountKind
from bot.views.money import discount, money
from tests.tables import table


@table(
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
