"""Customers, and the ways a person names one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType
from urllib.parse import unquote

import phonenumbers

from bot.domain.errors import NotUnderstood
from bot.domain.mobile import parsed, read_mobile
from bot.domain.typed import tidy, usual_digits, usual_widths

#: The engine's own number of a customer, as digits.
CustomerId = NewType("CustomerId", str)

MAX_EXTERNAL_ID = 100
#: The signs that an address may hold without quotes around its first half; those that end sentences are none.
_LOCAL = r"[^\s@<>()\[\],;:\\\"“”„«»…•]"
_EMAIL = re.compile(rf"{_LOCAL}{{1,64}}@(?:[\w-]+\.)+[^\W\d_](?:[^\W_]|-){{1,62}}")
MAX_EMAIL = 254
_PREFIXED = re.compile(r"(id|ext)\s*:\s*(.*)", re.IGNORECASE)
#: What people and programs write before a number or an address.
_LABELLED = re.compile(r"[(\[{<]*(?:mailto|e-?mail|mail|tel|phone|mobile|mob)\s*:\s*(.*)", re.IGNORECASE)
#: A country code that belongs to the digits behind it.
_COUNTRY_BEFORE = re.compile(r"\+[0-9][0-9\s().\-/\u2010-\u2015]{0,20}$")
#: As mail programs write it. Digits before it may be another customer's number.
_ADDRESSED = re.compile(r"[^<>@0-9]*<([^<>]*)>")
#: What stands around an address or a number in a sentence.
_BEFORE, _AFTER = "([{<\"'`* ", ")]}>\"'`*.,;:!?…। "


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
    (docs: redeem-single-coupon); `national` is the same number without the country code, where it
    was typed so: an engine may know it only so. An id is `known` when the engine gave it, so that
    there is such a customer; one that somebody typed may be anything.
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

    def may_be(self, mobile: str | None) -> bool:
        """
        Whether a customer whom the engine gives this mobile is the one that was named.

        Engines find a number by its end, or put their own country's code before it. One that is not told
        contradicts nothing.
        """
        told = _digits(mobile or "")
        if self.kind is not IdentifierKind.MOBILE or not told:
            return True
        return told in {_digits(self.value), _digits(self.national or "")}


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
    plain = tidy(text)
    prefixed = _PREFIXED.fullmatch(plain)
    if prefixed:
        return _prefixed(prefixed[1].lower(), prefixed[2].strip())
    labelled = _LABELLED.fullmatch(plain)
    # What follows a question mark in a link is a subject or a text.
    named = unquote(labelled[1].partition("?")[0]) if labelled else plain
    return _email(named) if "@" in named else _mobile(named, region)


def customers_named(text: str, *, region: str) -> tuple[str, ...]:
    """
    The mobiles and e-mails in a text, as they stand there, each customer once.

    `text` is plain text. Only numbers that exist count: a message is full of digits that are none.
    """
    plain = usual_digits(usual_widths(text))
    named: dict[str, str] = {}
    for spelling in [*_numbers_in(plain, region), *_EMAIL.findall(plain)]:
        try:
            named.setdefault(parse_identifier(spelling, region=region).value.casefold(), spelling)
        except NotUnderstood:
            continue
    return tuple(named.values())


def _numbers_in(text: str, region: str) -> Iterator[str]:
    spelt = _with_plus(text, region)
    for match in phonenumbers.PhoneNumberMatcher(spelt, region):
        # The matcher tries the end of what it cannot read: +977 984-1234567 5 is nobody's number of another country.
        if not _COUNTRY_BEFORE.search(spelt, max(0, match.start - 30), match.start):
            yield _without_extension(match.raw_string, match.number.extension)


def _without_extension(spelling: str, extension: str | None) -> str:
    """An extension is no part of the customer's number."""
    if not extension:
        return spelling
    return re.sub(r"[^0-9]+$", "", spelling.rstrip("# ").removesuffix(extension))


def _with_plus(text: str, region: str) -> str:
    """A bare number with the region's own country code is found only with its plus; other digits stay as they are."""
    country = phonenumbers.country_code_for_region(region)

    def spelt(found: re.Match[str]) -> str:
        return found[0] if _is_national(found[0], region) else f"+{found[0]}"

    return re.sub(rf"(?<![\w+]){country}[0-9]{{7,11}}(?!\w)", spelt, text)


def _is_national(digits: str, region: str) -> bool:
    """Numbers of the region may begin with the digits of its country code."""
    number = parsed(digits, region)
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
    digits = usual_digits(value).rstrip(_AFTER)
    if not re.fullmatch(r"[0-9]{1,19}", digits):
        raise NotUnderstood("After `id:` comes the customer's number, for example `id:565039504`.")
    return Identifier(kind=IdentifierKind.ID, value=digits.lstrip("0") or "0")


def _email(text: str) -> Identifier:
    addressed = _ADDRESSED.fullmatch(text)
    address = (addressed[1] if addressed else text).lstrip(_BEFORE).rstrip(_AFTER)
    if len(address) > MAX_EMAIL or not _EMAIL.fullmatch(address):
        raise NotUnderstood("That does not look like one whole e-mail address.")
    return Identifier(kind=IdentifierKind.EMAIL, value=address)


def _mobile(text: str, region: str) -> Identifier:
    number = read_mobile(text, region)
    return Identifier(kind=IdentifierKind.MOBILE, value=number.digits, national=number.national)


def _digits(mobile: str) -> str:
    """An engine may write a plus, spaces or a trunk 0."""
    return re.sub(r"[^0-9]", "", mobile).lstrip("0")
