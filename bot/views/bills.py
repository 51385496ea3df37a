"""A bill number, masked for a channel: people and tills type anything into it."""

from __future__ import annotations

import re

#: Characters of a code that is searched in bill numbers; a shorter one may be in them by chance.
_TELLING_CODE = 6
#: Digits that a bill number needs to be masked as this customer's mobile.
_MOBILE_DIGITS = 8
#: The same if the customer's mobile is not known.
_WHOLE_MOBILE = 10
HIDDEN = "not shown here"
#: Everything but letters and digits.
_SIGNS = re.compile(r"[\W_]+")


def masked_bill(number: str, coupon: str, tail: str | None) -> str:
    """
    Return the bill number; hidden if it looks like an e-mail or this customer's mobile, or holds the coupon's code.

    `tail`: the last digits of the mobile, if they are known.
    """
    spelt, code = _letters_and_digits(number), _letters_and_digits(coupon)
    held = code in spelt if len(code) >= _TELLING_CODE else bool(code) and code == spelt
    return HIDDEN if "@" in number or held or _holds_mobile(number, tail) else number


def _letters_and_digits(text: str) -> str:
    return _SIGNS.sub("", text.casefold())


def _holds_mobile(number: str, tail: str | None) -> bool:
    """Whether the number may be this customer's mobile, ignoring separators."""
    stretches = [*re.findall(r"\d(?:[\s().-]*\d)*", number), number]
    digits = ["".join(filter(str.isdecimal, one)) for one in stretches]
    if not tail:
        return any(len(one) >= _WHOLE_MOBILE for one in digits)
    return any(len(one) >= _MOBILE_DIGITS and one.endswith(tail) for one in digits)
