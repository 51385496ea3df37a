"""Reading a mobile number: as it was typed, or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from bot.domain.errors import NotUnderstood
from bot.domain.typed import usual_digits

_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015\u2212]+")
#: What ends a sentence, or stands around a number that was copied.
_AROUND = "?!:;,…।<>[]{}\"'` "
_WRITTEN = re.compile(r"\+?[0-9]{6,17}")
#: The number of a line in a list, before what the line says.
_LISTED = re.compile(r"[0-9]{1,3}(?:[.:]|\))\s")
_GROUP = re.compile(r"[0-9]+")
#: Digits of a last group that may be a count instead, and digits of a group that is surely part of a number.
_COUNT, _PART = 3, 3


@dataclass(frozen=True, slots=True)
class Mobile:
    """
    One number.

    Attributes:
        digits: country code first, no plus, as the engine stores it (docs: redeem-single-coupon).
        national: without the country code, where it was typed so; else None.

    """

    digits: str
    national: str | None


def read_mobile(text: str, region: str) -> Mobile:
    """
    The number in any usual spelling, in digits of any script.

    With its country code it is that number. Without, it is one of `region` (ISO 3166), never of another country.
    Raises NotUnderstood, also where it is not clear which digits belong to the number.
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
    if _LISTED.match(written) or _ends_with_a_count(written, number, region):
        raise NotUnderstood(
            "It is not clear which digits belong to the mobile number. "
            "Type the number without spaces, and no other digits beside it."
        )
    national = phonenumbers.national_significant_number(number)
    return Mobile(
        digits=f"{number.country_code}{national}", national=None if _names_country(number) else national
    )


def parsed(digits: str, region: str) -> PhoneNumber | None:
    """None where no country has such numbers."""
    try:
        return phonenumbers.parse(digits, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _fits(number: PhoneNumber) -> bool:
    """No plan lists every number that exists: the right length is enough."""
    return phonenumbers.is_valid_number(number) or phonenumbers.is_possible_number_for_type(
        number, PhoneNumberType.MOBILE
    )


def _names_country(number: PhoneNumber) -> bool:
    return number.country_code_source != CountryCodeSource.FROM_DEFAULT_COUNTRY


def _not_whole(digits: str) -> str:
    told = "That is not a whole mobile number. Check the digits and the country code."
    if digits.startswith("+"):
        return told
    return f"{told} It has {len(digits)} digits; a number of another country needs `+` before its code."


def _ends_with_a_count(written: str, number: PhoneNumber, region: str) -> bool:
    """
    Whether the last digits stand apart, so that they may be no part of the number.

    They do where nobody writes such a number so: 98450 1234 5, or one more group after a whole number.
    """
    groups = list(_GROUP.finditer(written))
    last = groups[-1]
    if len(groups) == 1 or len(last[0]) > _COUNT or last[0] == _last_group(number):
        return False
    *before, size = _sizes([group[0] for group in groups], number)
    lone = size < _PART and min(before, default=_PART) >= _PART
    return lone or _is_whole(written[: groups[-2].end()], region)


def _sizes(groups: list[str], number: PhoneNumber) -> list[int]:
    """How many digits of the number itself, without its country code, each group has."""
    left = len(phonenumbers.national_significant_number(number))
    sizes: list[int] = []
    for group in reversed(groups):
        sizes.insert(0, min(len(group), left))
        left -= sizes[0]
    return [size for size in sizes if size]


def _last_group(number: PhoneNumber) -> str:
    """As the country's own plan writes it."""
    written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return [found[0] for found in _GROUP.finditer(written)][-1]


def _is_whole(written: str, region: str) -> bool:
    number = parsed(_PUNCTUATION.sub("", written), region)
    return number is not None and phonenumbers.is_valid_number(number)
