"""Masks mobiles, e-mails and coupon codes in what people write, before it is stored or posted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

import phonenumbers

from bot.domain.typed import usual_digits, usual_widths

#: Replaces a code completely: a code is as good as money. No code has this character, so masking cannot form one.
HIDDEN_CODE = "•••"

#: Characters that come along unseen when a number or an address is copied: joiners, direction marks, the frame of a
#: digit that is drawn as an emoji.
_UNSEEN = r"\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\ufe00-\ufe0f\ufeff"
_AT = "[@＠﹫]"
#: Characters of an e-mail's local part, without our own marks, so that a masked e-mail is not found again.
_LOCAL = r"[^\s@＠﹫<>,;:()\[\]…•]"
#: With gaps around its sign only where a whole domain follows: two pieces @ 50 are none.
_EMAIL = re.compile(
    rf"(?<!{_LOCAL}){_LOCAL}+(?:{_AT}(?=[\w.\-]*[^\W\d_])"
    rf"|[\s{_UNSEEN}]{{0,4}}{_AT}[\s{_UNSEEN}]{{0,4}}(?=[\w\-]+(?:\.[\w\-]+)*\.[^\W\d_]{{2}}))"
)
_LETTER = re.compile(r"[^\W\d]|_")
_UNBROKEN = re.compile(r"\+?\d{10,}")
#: Ten digits or more, with the separators that people write between them.
_RUN = re.compile(
    rf"\d(?:[\s().\-/_·*~|'’‘`\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d{_UNSEEN}]{{0,8}}\d){{9,}}"
)
_DIGITS = re.compile(r"\d+")

#: What may be a coupon's code: letters and digits mixed, also in groups joined by hyphens.
_LIKELY_CODE = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[^\W\d_])[\w-]{6,}(?![\w-])")
#: Characters at the end of a long code that tell one of a customer's coupons from another.
_TELLING, _LONG = 2, 6

_Span = tuple[int, int]


def masked(text: str, *, code: str | None = None, region: str = "IN") -> str:
    """
    Return the text with mobiles as …2345, e-mails as …@example.com and the coupon's code as •••.

    In doubt it masks: ten digits in a row are masked even if they are no mobile. `region` is the ISO 3166 country
    whose numbers are written without their country code. Masking a masked text changes nothing.
    """
    before = None
    # Masking one thing may let another be found beside it. Each pass leaves fewer letters and digits, so this ends.
    while before != text:
        before = text
        text = _without_code(text, code or "")
        text = _EMAIL.sub("…@", text)
        text = _without_numbers(text, region)
    return text


def without_likely_codes(text: str) -> str:
    """Mask every word that may be a coupon's code, for a customer whose codes are not all known."""
    return _LIKELY_CODE.sub(HIDDEN_CODE, text)


def hinted_code(code: str) -> str:
    """Return a code as a channel may show it: `•••42`; of a short code nothing."""
    return HIDDEN_CODE + (code[-_TELLING:] if len(code) >= _LONG else "")


def _without_code(text: str, code: str) -> str:
    """Mask the code in any letter case and width, also with spaces or separators: ABCD-1234 for ABCD1234."""
    spelt = r"[\W_]*".join(re.escape(one) for one in _plain(code) if one.isalnum())
    if not spelt:
        return text
    for found in reversed(list(re.finditer(spelt, _plain(text), re.IGNORECASE))):
        text = text[: found.start()] + HIDDEN_CODE + text[found.end() :]
    return text


def _plain(text: str) -> str:
    """Return the text with usual widths and digits; positions stay the same."""
    return usual_digits(usual_widths(text))


def _without_numbers(text: str, region: str) -> str:
    read = _with_digits(text)
    for start, end in _joined(_numbers(read, region)):
        tail = "".join(
            one for one, digit in zip(text[start:end], read[start:end], strict=True) if digit.isdecimal()
        )
        text = f"{text[:start]}…{tail[-4:]}{text[end:]}"
    return text


def _with_digits(text: str) -> str:
    """Return the text with raised and circled digits as usual ones, too; positions stay the same."""
    return text if text.isascii() else "".join(map(_digit, text))


def _digit(char: str) -> str:
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)


def _joined(spans: Iterable[_Span]) -> list[_Span]:
    """Merge overlapping spans. The last span comes first, so that replacing it does not move the others."""
    joined: list[_Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined[::-1]


def _numbers(text: str, region: str) -> Iterator[_Span]:
    # phonenumbers 9.0 (`PhoneNumberMatcher`) skips a number that touches letters or stands beside other digits;
    # here both are masked.
    for match in phonenumbers.PhoneNumberMatcher(_LETTER.sub(",", text), region):
        yield match.start, match.end
    for found in _UNBROKEN.finditer(text):
        yield found.span()
    for run in _RUN.finditer(text):
        yield from _mobiles_among(list(_DIGITS.finditer(text, *run.span())), region)


def _mobiles_among(groups: list[re.Match[str]], region: str) -> Iterator[_Span]:
    """Yield every run of neighbouring groups of digits that form a mobile together."""
    lengths = _mobile_lengths(region)
    for number, first in enumerate(groups):
        digits = ""
        for last in groups[number:]:
            digits += last[0]
            if len(digits) > max(lengths, default=0):
                break
            if len(digits) in lengths and _is_mobile(digits, region):
                yield first.start(), last.end()


@lru_cache
def _mobile_lengths(region: str) -> frozenset[int]:
    """
    Return how many digits a mobile of the region has: alone, with a trunk 0 and with the country code.

    Parsing a number is slow, so only runs of these lengths are parsed.
    """
    known = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    national = known.mobile.possible_length if known and known.mobile else ()
    country = len(str(phonenumbers.country_code_for_region(region)))
    return frozenset(length + more for length in national for more in (0, 1, country))


def _is_mobile(digits: str, region: str) -> bool:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) in {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
