"""The card of cart promotions' redemptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.cards import PromotionCard
from bot.domain.lookup import LookUpId, PromotionLookUp
from bot.domain.promotions import SHOWN, Mode, PromoCode, Promotions, PromotionUse, Scope
from bot.views.kit import Cell, Message, actions, button, context, section
from bot.views.kit import rows as few_or_table
from bot.views.money import money
from bot.views.text import Display, clipped, clock_time, code, day_and_time, plain, quoted

REFRESH = "promotions.refresh.v1"
_CONTROLS = "promotions."

HEAD = ("When", "Promotion", "Customer", "Receipt", "Till", "Discount", "Applied to")
SCOPES = {Scope.CART: "cart", Scope.LINE_ITEM: "line item", Scope.PAYMENT_VOUCHER: "payment voucher"}
MODES: dict[tuple[Mode, ...], str] = {
    (Mode.DISCOUNT,): "as a discount",
    (Mode.PAYMENT,): "as a payment voucher",
}


def pressed_card(action: Mapping[str, Any]) -> LookUpId:
    return LookUpId(str(action.get("block_id", "")).removeprefix(_CONTROLS))


def named(codes: Sequence[str]) -> str:
    """Return the codes, for the acknowledgement before the card."""
    return "this promotion" if len(codes) == 1 else "these promotions"


def by_code(codes: Sequence[str]) -> str:
    """Return them by their codes, for whoever typed them."""
    return f"promotion{'' if len(codes) == 1 else 's'} {', '.join(codes)}"


def promotion_card(card: PromotionCard, *, display: Display) -> Message:
    look_up, promotions = card.look_up, card.promotions
    shown = promotions.uses[:SHOWN]
    head = f"{_codes(look_up)}  ·  as of {clock_time(card.as_of, display)}"
    note = _note(look_up, promotions, len(shown))
    rows = [_row(use, promotions.tills, display) for use in shown]
    drawn = few_or_table(HEAD, rows, display, in_lines=_in_lines)
    refresh = button("Refresh", action_id=REFRESH, value=card.id, hint="Ask the loyalty engine again")
    blocks = (section(head), context(note), *drawn, actions(_CONTROLS + card.id, [refresh]))
    return Message(plain([head, note, *(_spoken(row, display) for row in rows)]), blocks)


def _codes(look_up: PromotionLookUp) -> str:
    codes = look_up.question.codes
    return f"Promotion{'' if len(codes) == 1 else 's'} " + ", ".join(code(one, 50) for one in codes)


def _note(look_up: PromotionLookUp, promotions: Promotions, shown: int) -> str:
    mode = MODES.get(look_up.question.modes, "as a discount or as a payment voucher")
    if not promotions.uses and promotions.known:
        return _no_use(look_up.question.codes, promotions, mode)
    if not promotions.uses:
        return f"Not redeemed {mode}, or there is no such code. Check the code letter by letter."
    total, none = len(promotions.uses), _none_of(look_up.question.codes, promotions)
    if shown < total:
        return f"The latest {shown} of {total} redemptions {mode}.{none}"
    return f"{total} redemption{'' if total == 1 else 's'} {mode}, newest first.{none}"


def _no_use(codes: Sequence[PromoCode], promotions: Promotions, mode: str) -> str:
    which = "this code" if len(codes) == 1 else _listed(one for one in codes if one in promotions.known)
    return (
        f"The loyalty engine knows {which}, but tells of no redemption {mode}. "
        f"If the customer says that it was used, ask store ops.{_nothing_of(codes, promotions)}"
    )


def _none_of(codes: Sequence[PromoCode], promotions: Promotions) -> str:
    """Return which of several codes have no redemption; empty if a redemption does not name its code."""
    told = {use.code.upper() if use.code else None for use in promotions.uses}
    without = [one for one in codes if one not in told and one in promotions.known]
    if len(codes) == 1 or None in told:
        return ""
    none = f" None of {_listed(without)}." if without else ""
    return f"{none}{_nothing_of(codes, promotions)}"


def _nothing_of(codes: Sequence[PromoCode], promotions: Promotions) -> str:
    """Return of which codes the engine tells nothing at all: it has no such code, or no redemption of it."""
    used = {use.code.upper() for use in promotions.uses if use.code}
    without = [one for one in codes if one not in promotions.known and one not in used]
    if not without:
        return ""
    return f" Nothing is told of {_listed(without)}: check {'it' if len(without) == 1 else 'them'} letter by letter."


def _listed(codes: Iterable[PromoCode]) -> str:
    return ", ".join(code(one, 50) for one in codes)


def _row(use: PromotionUse, tills: Mapping[str, str], display: Display) -> list[Cell]:
    return [
        use.at or "not stated",
        _promotion(use),
        f"customer {clipped(use.customer, 30)}" if use.customer else "anonymous",
        clipped(use.receipt, 50) if use.receipt else "no receipt number",
        _till(use, tills),
        _discount(use, display),
        _scope(use),
    ]


def _promotion(use: PromotionUse) -> str:
    name = clipped(use.promotion or "promotion without a name", 50)
    return f"{name} ({clipped(use.code, 40)})" if use.code else name


def _till(use: PromotionUse, tills: Mapping[str, str]) -> str:
    if use.till is None:
        return "not stated"
    name = tills.get(use.till)
    return clipped(name, 40) if name else f"till {clipped(use.till, 20)}"


def _discount(use: PromotionUse, display: Display) -> str:
    taken = (
        f"{money(use.discount, display.currency)} off" if use.discount is not None else "discount not stated"
    )
    return f"{taken} {money(use.amount, display.currency)}" if use.amount is not None else taken


def _scope(use: PromotionUse) -> str:
    scope = SCOPES[use.scope] if use.scope else "not stated"
    return f"{scope} {clipped(use.sku, 40)}" if use.sku else scope


def _in_lines(cells: Sequence[str]) -> str:
    """What people ask for goes first: discount, receipt and till."""
    when, promotion, customer, receipt, till, discount, scope = cells
    return f"{when}  ·  *{discount}*, {scope}\nreceipt {receipt}, at {till}\n{promotion}, {customer}"


def _spoken(row: list[Cell], display: Display) -> str:
    cells = [
        day_and_time(cell, display) if isinstance(cell, datetime) else quoted(cell or "", 120) for cell in row
    ]
    when, promotion, customer, receipt, till, discount, scope = cells
    return f"{when}: {promotion}, {discount}, {scope}, {customer}, receipt {receipt}, at {till}"
