"""Customers, and how people name one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from enum import StrEnum
from typing import NewType
from urllib.parse import unquote

import phonenumbers

from bot.aio.frozen import frozen
from bot.domain.errors import NotUnderstood
from bot.domain.mobile import parsed, read_mobile
from bot.domain.typed import QUOTES, tidy, usual_digits, usual_widths

#: The engine's id of a customer: digits.
CustomerId = NewType("CustomerId", str)

MAX_EXTERNAL_ID = 100
#: Characters of an e-mail's local part without quotes, except those that end a sentence.
_LOCAL = r"[^\s@<>()\[\],;:\\\"“”„«»…•]"
_EMAIL = re.compile(rf"{_LOCAL}{{1,64}}@(?:[\w-]+\.)+[^\W\d_](?:[^\W_]|-){{1,62}}")
MAX_EMAIL = 254
_PREFIXED = re.compile(r"(id|ext)\s*:\s*(.*)", re.IGNORECASE)
#: Labels that people and programs write before a number or an address.
_LABELLED = re.compile(
    r"[(\[{<]*(mailto|e-?mail|mail|tel|phone|ph|mobile|mob|cell|whatsapp)\s*:\s*(.*)", re.IGNORECASE
)
#: A country code in front of the digits that were found; it belongs to them.
_COUNTRY_BEFORE = re.compile(r"\+[0-9][0-9\s().\-/\u2010-\u2015]{0,20}$")
_DATE = re.compile(
    r"(?<![0-9+])(?:(?:19|20)[0-9]{2}[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:0?[1-9]|[12][0-9]|3[01])[-./](?:0?[1-9]|1[0-2])[-./](?:19|20)[0-9]{2})(?![0-9])"
)
#: Name <address>, as mail programs write it. With digits in the name it is not read so: they may be another customer's number.
_ADDRESSED = re.compile(r"[^<>@0-9]*<([^<>]*)>")
#: Words that one customer is named by, at most: a number typed digit by digit, with its country code.
_MOST_WORDS = 16
#: Characters that may stand around an address or a number in a sentence.
_BEFORE, _AFTER = "([{<\"'`* ", ")]}>\"'`*.,;:!?…।。،؛؟۔ "


class IdentifierKind(StrEnum):
    """How a customer is named. How the engine spells each kind is known to `bot/adapters/capillary/`."""

    MOBILE = "mobile"
    EMAIL = "email"
    ID = "id"
    EXTERNAL_ID = "external_id"


@frozen(kw_only=True)
class Identifier:
    """
    One way to name one customer.

    A mobile is digits with the country code first and no plus, as the engine stores it
    (docs: redeem-single-coupon). `national` is the same number without the country code, if it was typed
    without: an engine may know only that. An id is `known` if the engine gave it, so the customer exists; a typed
    id may be wrong.
    """

    kind: IdentifierKind
    value: str
    national: str | None = None
    known: bool = field(default=False, compare=False)

    @property
    def customer_id(self) -> CustomerId | None:
        """The engine's id; None if the customer is named in another way."""
        return CustomerId(self.value) if self.kind is IdentifierKind.ID else None

    @property
    def hint(self) -> str:
        """The part that may be shown to others: at most the last four characters."""
        if self.kind is IdentifierKind.EMAIL:
            return "…@" + self.value.rpartition("@")[2]
        return "…" + self.value[-4:] if len(self.value) > 4 else self.value  # noqa: PLR2004

    def may_be(self, mobile: str | None) -> bool:
        """
        Whether a customer with this mobile, as the engine gives it, can be the one that was named.

        An engine may find a number by its last digits, or with another country's code in front. True if `mobile`
        is None.
        """
        told = _digits(mobile or "")
        if self.kind is not IdentifierKind.MOBILE or not told:
            return True
        return told in {_digits(self.value), _digits(self.national or "")}


@frozen(kw_only=True)
class Customer:
    """
    A customer, as the engine describes them.

    Attributes:
        name: first and last name; None if the engine gave neither.
        mobile: digits, country code first; None if the engine gave none.

    """

    id: CustomerId
    name: str | None = None
    mobile: str | None = None
    email: str | None = None
    external_id: str | None = None

    @property
    def tail(self) -> str | None:
        """The last four digits of the mobile, never more; None if there is no mobile."""
        return self.mobile[-4:] if self.mobile else None


def by_id(customer: CustomerId) -> Identifier:
    """Return the identifier of a customer whose id the engine gave."""
    return Identifier(kind=IdentifierKind.ID, value=customer, known=True)


def names_somebody_first(words: Sequence[str], region: str) -> bool:
    """Whether these words begin with one customer and name no other after it."""
    for count in range(1, min(len(words), _MOST_WORDS + 1)):
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
    named = _behind(labelled[1].lower(), labelled[2]) if labelled else plain
    return _email(named) if "@" in named else _mobile(named, region)


def _behind(label: str, link: str) -> str:
    """Return the address or number of a link: what follows is a subject or, in a tel link, a parameter (RFC 3966)."""
    address = link.partition("?")[0]
    return unquote(address.partition(";")[0] if label == "tel" else address)


def customers_named(text: str, *, region: str) -> tuple[str, ...]:
    """
    Return the mobiles and e-mails in a text, spelt as in the text, each customer once.

    `text` is plain text. Only valid numbers count: a message may hold many other digits.
    """
    # A date beside a number is no part of it, and would hide it.
    plain = _DATE.sub(_blank, usual_digits(usual_widths(text)))
    named: dict[str, str] = {}
    for spelling in [*_numbers_in(plain, region), *_EMAIL.findall(plain)]:
        try:
            named.setdefault(parse_identifier(spelling, region=region).value.casefold(), spelling)
        except NotUnderstood:
            continue
    return tuple(named.values())


def _blank(found: re.Match[str]) -> str:
    return "," * len(found[0])


def _numbers_in(text: str, region: str) -> Iterator[str]:
    spelt = _with_plus(text, region)
    for match in phonenumbers.PhoneNumberMatcher(spelt, region):
        # phonenumbers also tries the end of what it cannot read: +977 984-1234567 5 must not become a number of this region.
        if not _COUNTRY_BEFORE.search(spelt, max(0, match.start - 30), match.start):
            yield _without_extension(match.raw_string, match.number.extension)


def _without_extension(spelling: str, extension: str | None) -> str:
    """Return the number without its extension."""
    if not extension:
        return spelling
    return re.sub(r"[^0-9]+$", "", spelling.rstrip("# ").removesuffix(extension))


def _with_plus(text: str, region: str) -> str:
    """Put a plus before bare numbers with the region's country code: phonenumbers finds them only so."""
    country = phonenumbers.country_code_for_region(region)

    def spelt(found: re.Match[str]) -> str:
        return found[0] if _is_national(found[0], region) else f"+{found[0]}"

    return re.sub(rf"(?<![\w+]){country}[0-9]{{7,11}}(?!\w)", spelt, text)


def _is_national(digits: str, region: str) -> bool:
    """Whether the digits are a number of the region: such a number may begin with the digits of its country code."""
    number = parsed(digits, region)
    return (
        number is not None
        and phonenumbers.national_significant_number(number) == digits
        and phonenumbers.is_valid_number(number)
    )


def _prefixed(prefix: str, value: str) -> Identifier:
    if prefix == "ext":
        value = value.strip(QUOTES)
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
    """Return only the digits, without a trunk 0: an engine may write a plus or spaces."""
    return re.sub(r"[^0-9]", "", mobile).lstrip("0")
