"""Bill numbers: the same one is spelt in many ways, by people and by tills."""

from __future__ import annotations

import re
import unicodedata

#: Every character that Unicode calls a dash, and the minus sign.
_DASHES = re.compile(
    "[\\u002d\\u058a\\u05be\\u1400\\u1806\\u2010-\\u2015\\u2212\\u2e17\\u2e1a\\u2e3a\\u2e3b\\u2e40\\u2e5d\\u301c\\u3030\\u30a0\\ufe31\\ufe32\\ufe58\\ufe63\\uff0d\\U00010ead]"
)
_SIGNS = re.compile(r"[\W_]+")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_LETTERS_FIRST = re.compile(r"[^\W\d_]+(?=[0-9])")


def as_read_back(number: str) -> str:
    """Return the number in one width, case and kind of dash, as the engine or a person may read it back."""
    return _DASHES.sub("-", unicodedata.normalize("NFKC", number)).upper()


def may_be_same_bill(one: str | None, other: str | None) -> bool:
    """
    Whether two spellings may name the same bill; case, signs, spaces, leading zeros and a prefix of letters are left aside.

    It is for what stops a second redemption or leaves it to a person. What proves one compares the numbers themselves.
    """
    if one is None or other is None:
        return False
    if one == other:
        return True
    left, right = _plain(one), _plain(other)
    return bool(left) and (left == right or _prefixed(left, right) or _prefixed(right, left))


def _plain(number: str) -> str:
    """Letters and digits only, without zeros before a number."""
    return _LEADING_ZEROS.sub("", _SIGNS.sub("", as_read_back(number)))


def _prefixed(longer: str, shorter: str) -> bool:
    """Whether the longer one is the shorter one with letters before it: *Bill 1001* for 1001."""
    before = _LETTERS_FIRST.match(longer)
    return before is not None and longer[before.end() :] == shorter
