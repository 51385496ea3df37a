"""Parses the form of a redemption; every fault is a sentence that says what to type instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from babel.numbers import get_currency_symbol

from bot.domain.bill_number import as_read_back
from bot.domain.draft import Field, Filled, FormFaults, Typed
from bot.domain.errors import NotUnderstood
from bot.domain.typed import can_be_seen, without_unseen

#: A bill must be less, so that a mobile number in the wrong field is refused.
TOO_MUCH = Decimal(10) ** 9
MAX_BILL_NUMBER, MAX_NOTE = 50, 500
#: Generated bill numbers begin with this, and nobody may type such a number: they prove whose redemption it is.
GENERATED_PREFIX = "CD-"
#: What the engine writes for a redemption without a bill, so such a number could never be found again
#: (docs: get-customer-redemptions, get-coupon-detail).
NO_BILL = frozenset({"0", "-1", "NULL"})
#: The reason that requires a note.
OTHER = "other"

#: Signs that are used besides the currency's own; "500/-" is five hundred rupees.
_SIGNS = {"INR": ("Rs.", "Rs", "₨", "/-")}
_FULL_WIDTH = str.maketrans("．，￥＄", ".,¥$")
_PLAIN = re.compile(r"[0-9]+")
#: Grouped by thousands, or by lakh and crore: 1,234,567 or 12,34,567; the same separator throughout.
_GROUPED = re.compile(r"[0-9]{1,3}([, '’])[0-9]{3}(\1[0-9]{3})*|[0-9]{1,2}([, '’])([0-9]{2}\3)*[0-9]{3}")
_GROUPING = re.compile(r"[, '’]")


def read_form(typed: Typed, *, reasons: Sequence[str], currency: str, decimals: int) -> Filled:
    """Parse the inputs; `decimals` is how many the currency has. Raises FormFaults with all faults at once."""
    faults: dict[Field, str] = {}
    bill, bill_number = Decimal(0), None
    with _told(faults, Field.BILL):
        bill = read_amount(typed.bill, currency=currency, decimals=decimals)
    with _told(faults, Field.BILL_NUMBER):
        bill_number = _bill_number(typed.bill_number)
    with _told(faults, Field.REASON):
        _check_reason(typed.reason, reasons)
    with _told(faults, Field.NOTE):
        _check_note(typed)
    if faults:
        raise FormFaults(faults)
    return Filled(bill=bill, bill_number=bill_number, reason=typed.reason, note=typed.note.strip())


@contextmanager
def _told(faults: dict[Field, str], field: Field) -> Iterator[None]:
    try:
        yield
    except NotUnderstood as err:
        faults[field] = err.sentence


def read_amount(text: str, *, currency: str, decimals: int) -> Decimal:
    """Parse an amount: digits of any script, a decimal point, grouping, the currency's sign. Raises NotUnderstood."""
    if without_unseen(text) != text:
        # Taking them away could join what is not seen as one number.
        raise NotUnderstood("Type the amount anew: there are characters in it that cannot be seen.")
    example = "1200" if decimals == 0 else f"1200.{'5'.ljust(decimals, '0')}"
    typed = _without_sign(_plain(text), currency)
    if not typed:
        raise NotUnderstood(f"Type the bill amount in {currency}, for example {example}.")
    whole, point, part = typed.partition(".")
    _check_comma(whole, point + part, decimals)
    if not _is_whole(whole) or (point and not _PLAIN.fullmatch(part)):
        raise NotUnderstood(f"This amount cannot be read. Type it in {currency}, for example {example}.")
    if len(part) > decimals:
        raise NotUnderstood(_too_exact(currency, decimals, example))
    return _in_bounds(Decimal(_GROUPING.sub("", whole) + point + part))


def _plain(text: str) -> str:
    """Return the text with digits and spaces of every script as ASCII; superscripts and fractions stay."""
    spaced = " ".join(text.translate(_FULL_WIDTH).split())
    return "".join(str(unicodedata.decimal(one, one)) for one in spaced)


def _without_sign(text: str, currency: str) -> str:
    """Return the text without the currency's own sign. Another currency's sign stays and makes it unreadable."""
    signs = (get_currency_symbol(currency, locale="en"), currency, *_SIGNS.get(currency, ()))
    # Backwards, so that a sign stands before the one that it begins with.
    sign = "|".join(re.escape(one) for one in sorted(signs, reverse=True))
    return re.sub(rf"^(?:{sign}) ?|(?: ?(?:{sign}))+$", "", text, flags=re.IGNORECASE)


def _is_whole(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text) or _GROUPED.fullmatch(text))


def _check_comma(whole: str, rest: str, decimals: int) -> None:
    """Refuse an ambiguous comma: 12,50 may be twelve and a half, or a slip in 1,250."""
    before, comma, after = whole.partition(",")
    pair = _PLAIN.fullmatch(before) and _PLAIN.fullmatch(after)
    if comma and pair and not rest and len(after) == decimals:
        raise NotUnderstood(
            f"{whole} can be read in two ways. Type {before}.{after}, or {before}{after} without the comma."
        )


def _too_exact(currency: str, decimals: int, example: str) -> str:
    if decimals == 0:
        return f"{currency} has no decimals. Type a whole amount, for example {example}."
    return f"{currency} has at most {decimals} decimals. Type an amount like {example}."


def _in_bounds(amount: Decimal) -> Decimal:
    if amount <= 0:
        raise NotUnderstood("Type an amount above 0.")
    if amount >= TOO_MUCH:
        raise NotUnderstood("This is too much for one bill. Type the amount that stands on the bill.")
    return amount


def _bill_number(text: str) -> str | None:
    """Return the bill number as typed, with single spaces; None if blank."""
    number = " ".join(text.split())
    if len(number) > MAX_BILL_NUMBER:
        raise NotUnderstood(f"Type at most {MAX_BILL_NUMBER} characters, as they stand on the bill.")
    if not number.isprintable() or (number and not can_be_seen(number)):
        raise NotUnderstood("Type the bill number anew: there are characters in it that cannot be seen.")
    read = as_read_back(number)
    if read.startswith(GENERATED_PREFIX):
        raise NotUnderstood(
            f"Numbers with {GENERATED_PREFIX} are generated. Type the one on the bill, or leave this empty."
        )
    if read in NO_BILL:
        raise NotUnderstood(
            f"{number} means no bill to the loyalty engine. Type the number on the bill, or leave this empty."
        )
    return number or None


def _check_reason(reason: str, reasons: Sequence[str]) -> None:
    if reason not in reasons:
        raise NotUnderstood("Choose a reason from the list.")


def _check_note(typed: Typed) -> None:
    note = typed.note.strip()
    if not can_be_seen(note) and typed.reason.strip().casefold() == OTHER:
        raise NotUnderstood("With this reason, type in a few words why.")
    if len(note) > MAX_NOTE:
        raise NotUnderstood(f"Type at most {MAX_NOTE} characters; these are {len(note)}.")
