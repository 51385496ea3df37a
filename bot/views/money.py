"""Money and discounts in plain words."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency

from bot.domain.coupon import Discount, DiscountKind

#: Indian rupees are grouped by lakh; English words stand around every figure.
_LOCALES = {"INR": Locale("en", "IN")}
_ENGLISH = Locale("en")
_LETTERS = re.compile(r"(?<=[A-Za-z])(?=[0-9])")


def money(amount: Decimal, currency: str) -> str:
    """`₹1,00,000`, `₹99.50`, `SGD 12`: no decimals on a whole amount, a space after letters."""
    locale = _LOCALES.get(currency, _ENGLISH)
    return _LETTERS.sub("\u00a0", _figure(amount, currency, locale))


@lru_cache(maxsize=4096)
def _figure(amount: Decimal, currency: str, locale: Locale) -> str:
    if amount == amount.to_integral_value():
        pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(amount, currency, pattern, locale=locale, currency_digits=False)
    return format_currency(amount, currency, locale=locale)


def number(value: Decimal) -> str:
    """`1200`, `7.5`: no empty decimals, no exponent."""
    return f"{value.normalize():f}"


def percent(value: Decimal) -> str:
    """`12 %`, `7.5 %`."""
    return f"{number(value)} %"


def discount(of: Discount, currency: str) -> str:
    """`₹500 off`, `12 % off, at most ₹12`."""
    if of.value is None or of.kind is None:
        return "discount not stated"
    if of.kind is DiscountKind.AMOUNT:
        return f"{money(of.value, currency)} off"
    most = f", at most {money(of.cap, currency)}" if of.cap is not None else ""
    return f"{percent(of.value)} off{most}"
