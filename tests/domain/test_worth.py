from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coupon import Discount, DiscountKind
from bot.domain.worth import Worth, takes_off, worth
from tests.tables import table

AMOUNT, PERCENT = DiscountKind.AMOUNT, DiscountKind.PERCENT


def discount(kind: DiscountKind | None, value: str | None, cap: str | None = None) -> Discount:
    return Discount(
        kind=kind, value=None if value is None else Decimal(value), cap=None if cap is None else Decimal(cap)
    )


@table("bill", ["1", "800", "100000"])
@table(
    ("coupon", "amount"),
    [
        (discount(AMOUNT, "500"), "500"),
        (discount(PERCENT, "12", "300"), "300"),
        (discount(PERCENT, "100", "0"), "0"),
    ],
)
def test_the_bill_does_not_change_what_a_coupon_is_worth(coupon: Discount, amount: str, bill: str) -> None:
    assert worth(coupon, Decimal(bill)) == Worth(amount=Decimal(amount), from_bill=False)


def test_a_percentage_without_a_cap_is_worth_its_share_and_says_so() -> None:
    assert worth(discount(PERCENT, "12"), Decimal(850)) == Worth(amount=Decimal(102), from_bill=True)


UNSTATED = [
    discount(None, "500"),
    discount(AMOUNT, None),
    discount(PERCENT, None, "300"),
    discount(AMOUNT, "-1"),
    discount(PERCENT, "-1", "300"),
]


@pytest.mark.parametrize("coupon", UNSTATED)
def test_what_the_engine_does_not_state_is_not_guessed(coupon: Discount) -> None:
    assert worth(coupon, Decimal(850)) is None
    assert takes_off(coupon, Decimal(850), decimals=2) is None


@table(
    ("coupon", "bill", "off"),
    [
        (discount(AMOUNT, "500"), "850", "500"),
        (discount(AMOUNT, "500"), "499.99", "499.99"),
        (discount(PERCENT, "12"), "850", "102"),
        (discount(PERCENT, "12", "100"), "850", "100"),
        (discount(PERCENT, "12", "103"), "850", "102"),
        (discount(PERCENT, "100", "900"), "850", "850"),
        (discount(PERCENT, "7.5"), "99.99", "7.50"),
        (discount(PERCENT, "10"), "0.05", "0.01"),
    ],
)
def test_what_is_taken_off_this_bill(coupon: Discount, bill: str, off: str) -> None:
    assert takes_off(coupon, Decimal(bill), decimals=2) == Decimal(off)


@pytest.mark.parametrize(("decimals", "off"), [(0, "12"), (2, "12.35"), (3, "12.345")])
def test_it_is_rounded_to_the_currency_s_decimals(decimals: int, off: str) -> None:
    taken = takes_off(discount(PERCENT, "10"), Decimal("123.45"), decimals=decimals)

    assert str(taken) == off


MONEY = st.decimals("0.01", "999999999", places=2)


@given(
    kind=st.sampled_from(DiscountKind),
    value=st.decimals(0, 100, places=2),
    cap=st.none() | MONEY,
    bill=MONEY,
)
def test_no_bill_loses_more_than_the_coupon_is_worth_or_than_it_comes_to(
    kind: DiscountKind, value: Decimal, cap: Decimal | None, bill: Decimal
) -> None:
    coupon = Discount(kind=kind, value=value, cap=None if kind is AMOUNT else cap)
    off, most = takes_off(coupon, bill, decimals=2), worth(coupon, bill)
    rounding = Decimal("0.005")

    assert off is not None
    assert most is not None
    assert 0 <= off <= bill
    assert off <= most.amount + rounding
