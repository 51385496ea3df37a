"""Redemptions of cart promotions, and parsing `/promo-redemptions`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from bot.aio.frozen import frozen
from bot.domain.customer import CustomerId
from bot.domain.errors import NotUnderstood
from bot.domain.typed import QUOTES, can_be_seen, tidy

#: In upper case, as the engine requires (docs: get-cart-promotion-redemptions).
PromoCode = NewType("PromoCode", str)

#: Codes in one command; more would not be readable on a phone.
MAX_CODES = 5
MAX_CODE = 50
#: Redemptions on one card: so many always fit into a table's 10,000 characters (docs.slack.dev: table block).
SHOWN = 25
_CODE = re.compile(r"[^\s,;<>|`]{1,50}")


class Mode(StrEnum):
    """How a promotion takes money off."""

    DISCOUNT = "discount"
    PAYMENT = "payment"


class Scope(StrEnum):
    """What a promotion was applied to."""

    CART = "cart"
    LINE_ITEM = "line_item"
    PAYMENT_VOUCHER = "payment_voucher"


@frozen(kw_only=True)
class PromotionUse:
    """
    One redemption of a cart promotion.

    Attributes:
        code: None if the engine gives none, as for earned promotions.
        customer: None if anonymous (the engine writes -1).
        receipt: the number on the customer's receipt.
        till: the till's id; its name is looked up separately.
        discount: taken off, in the desk's currency; the record names no currency.
        amount: of the cart or, for a line item, of the line.

    """

    id: str | None
    promotion: str | None
    code: str | None
    at: datetime | None
    customer: CustomerId | None
    receipt: str | None
    till: str | None
    discount: Decimal | None
    amount: Decimal | None
    scope: Scope | None
    sku: str | None = None


@frozen(kw_only=True)
class PromotionRecords:
    """
    What the engine returned for some codes in one mode.

    Attributes:
        known: the codes that it tells anything of, with or without redemptions; where it does not name which of
            several it tells of, all of them.

    """

    uses: tuple[PromotionUse, ...] = ()
    known: frozenset[PromoCode] = frozenset()


@frozen(kw_only=True)
class PromotionQuestion:
    """A parsed `/promo-redemptions` command."""

    codes: tuple[PromoCode, ...]
    #: Both modes if none was typed.
    modes: tuple[Mode, ...] = (Mode.DISCOUNT, Mode.PAYMENT)

    def respelt(self) -> PromotionQuestion | None:
        """Return the question with signs removed that keyboards add to codes; None if that changes nothing."""
        codes = tuple(PromoCode(unicodedata.normalize("NFKC", tidy(code)).upper()) for code in self.codes)
        if codes == self.codes or not all(map(_CODE.fullmatch, codes)):
            return None
        return replace(self, codes=tuple(dict.fromkeys(codes)))


@frozen(kw_only=True)
class Promotions:
    """
    The redemptions of some codes, newest first.

    Attributes:
        tills: names by the till's id; a till whose name is not known is missing.
        known: as of `PromotionRecords`, in either mode.

    """

    uses: tuple[PromotionUse, ...]
    tills: Mapping[str, str]
    known: frozenset[PromoCode] = frozenset()


def parse_promotion_question(text: str) -> PromotionQuestion:
    """
    Parse `<code> [code…] [discount|payment]` in any order.

    `text` is plain text. A code is kept as it was typed, in upper case. Raises NotUnderstood.
    """
    words = [word.strip(QUOTES) for word in re.split(r"[\s,;，；、]+", text)]
    modes = {word.lower() for word in map(tidy, words) if word.lower() in set(Mode)}
    codes = list(dict.fromkeys(word.upper() for word in words if tidy(word).lower() not in {"", *Mode}))
    if not codes or not all(_CODE.fullmatch(code) and can_be_seen(code) for code in codes):
        raise NotUnderstood("Which promotion? Type its code after the command, for example `UQ38T`.")
    if len(codes) > MAX_CODES:
        raise NotUnderstood(f"Ask for at most {MAX_CODES} codes at once.")
    chosen = tuple(Mode(word) for word in sorted(modes)) or tuple(Mode)
    return PromotionQuestion(codes=tuple(PromoCode(code) for code in codes), modes=chosen)
