"""Customers, and the ways a person names one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

import phonenumbers

from bot.domain.errors import NotUnderstood

#: The engine's own number of a customer, as digits.
CustomerId = NewType("CustomerId", str)

MAX_EXTERNAL_ID = 100
_EMAIL = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,189}\.[^@\s<>,;.]{2,63}")
_PREFIXED = re.compile(r"(id|ext)\s*:\s*(.*)", re.IGNORECASE)
_PHONE_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015]+")


class IdentifierKind(StrEnum):
    """How a customer is named. The engine's spelling of each is the client's business."""

    MOBILE = "mobile"
    EMAIL = "email"
    ID = "id"
    EXTERNAL_ID = "external_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """
    One customer, named one way.

    A mobile is digits with the country code first and no plus, as the engine stores it
    (docs: redeem-single-coupon); `national` is the same number without the country code,
    for engines that know it only so. An id is `known` when the engine gave it, so that there is
    such a customer; one that somebody typed may be anything.
    """

    kind: IdentifierKind
    value: str
    national: str | None = None
    known: bool = field(default=False, compare=False)

    @property
    def customer_id(self) -> CustomerId | None:
        """The engine's own number; None where the customer is named otherwise, and only the engine can tell."""
        return CustomerId(self.value) if self.kind is IdentifierKind.ID else None

    @property
    def hint(self) -> str:
        """What may be said of it where others could read along: the last four characters at most."""
        if self.kind is IdentifierKind.EMAIL:
            return "…@" + self.value.rpartition("@")[2]
        return "…" + self.value[-4:] if len(self.value) > 4 else self.value  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """
    A customer as the engine tells of them.

    Attributes:
        name: first and last name; None when the engine names neither.
        mobile: digits, country code first; None when the engine gave none.

    """

    id: CustomerId
    name: str | None = None
    mobile: str | None = None
    email: str | None = None
    external_id: str | None = None

    @property
    def tail(self) -> str | None:
        """The last four digits of the mobile, never more of it; None when there is none."""
        return self.mobile[-4:] if self.mobile else None


def by_id(customer: CustomerId) -> Identifier:
    """A customer the engine has told of."""
    return Identifier(kind=IdentifierKind.ID, value=customer, known=True)


def names_somebody_first(words: Sequence[str], region: str) -> bool:
    """Whether the first of these words name a customer, and those after them no other one."""
    for count in range(1, len(words)):
        if any("@" in word for word in words[count:]):
            continue
        try:
            parse_identifier(" ".join(words[:count]), region=region)
        except NotUnderstood:
            continue
        return True
    return False


def parse_identifier(text: str, *, region: str) -> Identifier:
    """
    Read a mobile in any usual spelling, an e-mail, `id:123` or `ext:E-1`.

    `text` is plain text, already freed of Slack's own mark-up; `region` is the ISO 3166
    country whose numbers may be typed without their country code.

    Raises NotUnderstood with a sentence that says what to type.
    """
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed:
        return _prefixed(prefixed[1].lower(), prefixed[2].strip())
    if "@" in text:
        return _email(text)
    return _mobile(text, region)


def customers_named(text: str, *, region: str) -> tuple[str, ...]:
    """
    The mobiles and e-mails in a text, as they stand there, each customer once.

    `text` is plain text. Only numbers that exist count: a message is full of digits that are none.
    """
    mobiles = [
        match.raw_string for match in phonenumbers.PhoneNumberMatcher(_with_plus(text, region), region)
    ]
    named: dict[str, str] = {}
    for spelling in [*mobiles, *_EMAIL.findall(text)]:
        try:
            named.setdefault(parse_identifier(spelling, region=region).value.casefold(), spelling)
        except NotUnderstood:
            continue
    return tuple(named.values())


def _with_plus(text: str, region: str) -> str:
    """A bare number with the region's own country code is found only with its plus; other digits stay as they are."""
    country = phonenumbers.country_code_for_region(region)

    def spelt(found: re.Match[str]) -> str:
        return found[0] if _is_national(found[0], region) else f"+{found[0]}"

    return re.sub(rf"(?<![\w+]){country}[0-9]{{7,11}}(?!\w)", spelt, text)


def _is_national(digits: str, region: str) -> bool:
    """Numbers of the region may begin with the digits of its country code."""
    number = _read(digits, region)
    return (
        number is not None
        and phonenumbers.national_significant_number(number) == digits
        and phonenumbers.is_valid_number(number)
    )


def _prefixed(prefix: str, value: str) -> Identifier:
    if prefix == "ext":
        if not value or len(value) > MAX_EXTERNAL_ID:
            raise NotUnderstood("After `ext:` comes the customer's external id, for example `ext:E-1`.")
        return Identifier(kind=IdentifierKind.EXTERNAL_ID, value=value)
    if not re.fullmatch(r"[0-9]{1,19}", value):
        raise NotUnderstood("After `id:` comes the customer's number, for example `id:565039504`.")
    return Identifier(kind=IdentifierKind.ID, value=value.lstrip("0") or "0")


def _email(text: str) -> Identifier:
    if not _EMAIL.fullmatch(text):
        raise NotUnderstood("That does not look like one whole e-mail address.")
    return Identifier(kind=IdentifierKind.EMAIL, value=text)


def _mobile(text: str, region: str) -> Identifier:
    typed = _PHONE_PUNCTUATION.sub("", text)
    if not re.fullmatch(r"\+?[0-9]{6,17}", typed):
        raise NotUnderstood(
            "That is neither a mobile number nor an e-mail address. "
            "Type one of them, or `id:` or `ext:` before the customer's number.",
        )
    number = _parse_number(typed, region)
    if number is None:
        raise NotUnderstood("That is not a whole mobile number. Check the digits and the country code.")
    return Identifier(
        kind=IdentifierKind.MOBILE,
        value=f"{number.country_code}{phonenumbers.national_significant_number(number)}",
        national=phonenumbers.national_significant_number(number),
    )


def _parse_number(typed: str, region: str) -> phonenumbers.PhoneNumber | None:
    """Prefer a number that exists in the region, then one abroad typed without its plus, then one of the right length."""
    candidates = [
        number for spelling in (typed, "+" + typed.lstrip("+")) if (number := _read(spelling, region))
    ]
    for fits in (phonenumbers.is_valid_number, _possible_mobile):
        for number in candidates:
            if fits(number):
                return number
    return None


def _possible_mobile(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_for_type(number, phonenumbers.PhoneNumberType.MOBILE)


def _read(spelling: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(spelling, region)
    except phonenumbers.NumberParseException:
        return None
