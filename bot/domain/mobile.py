"""Parses mobile numbers exactly as typed; what is unclear is refused."""

from __future__ import annotations

import re

import phonenumbers

from bot.aio.frozen import frozen
from bot.domain.errors import NotUnderstood
from bot.domain.typed import usual_digits

_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015\u2212]+")
#: Characters that may end a sentence or stand around a copied number.
_AROUND = "?!:;,…।。،؛؟۔<>[]{}\"'` "
_WRITTEN = re.compile(r"\+?[0-9]{6,17}")
#: The number at the start of a line of a list.
_LISTED = re.compile(r"[0-9]{1,3}(?:[.:]|\))\s")
_GROUP = re.compile(r"[0-9]+")
#: The most digits of a last group that may be a count; the fewest of a group that is usual inside a number.
_COUNT, _PART = 3, 3


@frozen
class Mobile:
    """
    One mobile number.

    Attributes:
        digits: country code first, no plus, as the engine stores it (docs: redeem-single-coupon).
        national: the digits without the country code, if it was typed without; else None.

    """

    digits: str
    national: str | None


def read_mobile(text: str, region: str) -> Mobile:
    """
    Parse a number in any usual spelling, in digits of any script.

    A number without a country code is one of `region` (ISO 3166). Raises NotUnderstood, also if it is not clear
    which digits belong to the number.
    """
    written = usual_digits(text).strip(_AROUND).rstrip(".")
    digits = _PUNCTUATION.sub("", written)
    if not _WRITTEN.fullmatch(digits):
        raise NotUnderstood(
            "That is neither a mobile number nor an e-mail address. "
            "Type one of them, or `id:` or `ext:` before the customer's number.",
        )
    number = parsed(digits, region)
    if number is None or not _fits(number):
        raise NotUnderstood(_not_whole(digits))
    if (
        _LISTED.match(written)
        or _begins_with_a_count(written, number)
        or _ends_with_a_count(written, number, region)
    ):
        raise NotUnderstood(
            "It is not clear which digits belong to the mobile number. "
            "Type the number without spaces, and no other digits beside it."
        )
    national = phonenumbers.national_significant_number(number)
    return Mobile(
        digits=f"{number.country_code}{national}", national=None if _names_country(number) else national
    )


def parsed(digits: str, region: str) -> phonenumbers.PhoneNumber | None:
    """Return the parsed number; None if no country has such numbers."""
    try:
        return phonenumbers.parse(digits, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _fits(number: phonenumbers.PhoneNumber) -> bool:
    """Whether its length is right for its country: no numbering plan is complete, so no more is checked."""
    return phonenumbers.is_valid_number(number) or phonenumbers.is_possible_number_for_type(
        number, phonenumbers.PhoneNumberType.MOBILE
    )


def _names_country(number: phonenumbers.PhoneNumber) -> bool:
    return number.country_code_source != phonenumbers.CountryCodeSource.FROM_DEFAULT_COUNTRY


def _not_whole(digits: str) -> str:
    told = "That is not a whole mobile number. Check the digits and the country code."
    if digits.startswith("+"):
        return told
    return f"{told} It has {len(digits)} digits; a number of another country needs `+` before its code."


def _begins_with_a_count(written: str, number: phonenumbers.PhoneNumber) -> bool:
    """
    Whether one or two digits stand apart before larger groups, as in 5 984501234: they may be of something else.

    With its country code a number is usually written so in some countries.
    """
    if _names_country(number):
        return False
    first, *rest = _sizes([group[0] for group in _GROUP.finditer(written)], number)
    return first < _PART and bool(rest) and min(rest) >= _PART


def _ends_with_a_count(written: str, number: phonenumbers.PhoneNumber, region: str) -> bool:
    """
    Whether the last group may be a count that does not belong to the number.

    True for 98450 1234 5, which is an unusual spelling, and for one more group after a complete number.
    """
    groups = list(_GROUP.finditer(written))
    last = groups[-1]
    if len(groups) == 1 or len(last[0]) > _COUNT or last[0] == _last_group(number):
        return False
    *before, size = _sizes([group[0] for group in groups], number)
    lone = size < _PART and min(before, default=_PART) >= _PART
    return lone or _is_whole(written[: groups[-2].end()], region)


def _sizes(groups: list[str], number: phonenumbers.PhoneNumber) -> list[int]:
    """Return how many digits of the national number each group has."""
    left = len(phonenumbers.national_significant_number(number))
    sizes: list[int] = []
    for group in reversed(groups):
        sizes.insert(0, min(len(group), left))
        left -= sizes[0]
    return [size for size in sizes if size]


def _last_group(number: phonenumbers.PhoneNumber) -> str:
    """Return the last group as the country's numbering plan formats it."""
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return [found[0] for found in _GROUP.finditer(written)][-1]


def _is_whole(written: str, region: str) -> bool:
    number = parsed(_PUNCTUATION.sub("", written), region)
    return number is not None and phonenumbers.is_valid_number(number)
