"""The day's limits in words: what is left, what is used, and which figures are exceeded."""

from __future__ import annotations

from decimal import Decimal

from bot.domain.limits import AtLimit, Limits, Usage
from bot.views.money import money
from bot.views.text import Display


def left_today(limits: Limits, used: Usage, display: Display) -> str:
    """`3 of 20 redemptions, ₹500 of ₹10,000`; only what is limited, empty when nothing is."""
    parts = []
    if limits.count is not None:
        parts.append(f"{max(0, limits.count - used.count)} of {limits.count} redemptions")
    if limits.value is not None:
        left = money(max(limits.value - used.value, Decimal(0)), display.currency)
        parts.append(f"{left} of {money(limits.value, display.currency)}")
    return ", ".join(parts)


def used_today(limits: Limits, used: Usage, display: Display) -> str:
    """`20 of 20 redemptions, ₹9,800 of ₹10,000`; only what is limited, empty when nothing is."""
    parts = []
    if limits.count is not None:
        parts.append(f"{used.count} of {limits.count} redemptions")
    if limits.value is not None:
        value, most = money(used.value, display.currency), money(limits.value, display.currency)
        parts.append(f"{value} of {most}")
    return ", ".join(parts)


def at_limit(reached: AtLimit, display: Display) -> str:
    """`20 of 20 redemptions. This one is worth ₹500.`: by what figures it is too much."""
    used = used_today(reached.limits, reached.used, display)
    return f"{used}. This one is worth {money(reached.worth, display.currency)}."
