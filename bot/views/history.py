"""The card of a customer's redemptions: a table, with the same facts in the message's text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.domain.cards import HistoryCard
from bot.domain.history import CouponUse, History, HistoryKind, HistoryQuery, PointsUse
from bot.domain.lookup import HistoryLookUp, LookUpId
from bot.domain.period import EVERYTHING, OFFERED, TODAY, YESTERDAY, Period
from bot.views.kit import Block, Cell, Message, actions, button, context, section, select
from bot.views.kit import rows as few_or_table
from bot.views.lookup import head_line
from bot.views.money import discount, number
from bot.views.text import Display, clipped, day_and_time, plain, quoted

PERIOD = "history.period.v1"
KIND = "history.kind.v1"
ORDER = "history.order.v1"
REFRESH = "history.refresh.v1"
_CONTROLS = "history."

HEAD = ("When", "What", "Worth", "Bill", "Where")
NO_BILL_NUMBER = "no bill number"
#: Each kind in words.
KINDS = {HistoryKind.BOTH: "points and coupons", HistoryKind.POINTS: "points", HistoryKind.COUPONS: "coupons"}


def pressed_card(action: Mapping[str, Any]) -> LookUpId:
    return LookUpId(str(action.get("block_id", "")).removeprefix(_CONTROLS))


def chosen_period(action: Mapping[str, Any], shown: Period) -> Period:
    """Return the chosen period; everything if the card does not offer it. `shown` is the one on the card."""
    value = (action.get("selected_option") or {}).get("value")
    return Period(value) if value in {*OFFERED, shown.words} else Period()


def chosen_kind(action: Mapping[str, Any]) -> HistoryKind:
    value = (action.get("selected_option") or {}).get("value")
    return next((kind for kind, words in KINDS.items() if words == value), HistoryKind.BOTH)


def history_card(card: HistoryCard, *, display: Display) -> Message:
    look_up, history = card.look_up, card.history
    uses = _ordered(history, oldest_first=look_up.query.oldest_first)
    head = head_line(history.customer, "redemptions", card.as_of, display)
    note = _note(look_up, history)
    rows = [_row(use, display) for use in uses]
    drawn = few_or_table(HEAD, rows, display, in_lines=_in_lines)
    controls = actions(_CONTROLS + card.id, _controls(card.id, look_up))
    blocks = (section(head), context(note), *drawn, controls)
    return Message(plain([head, note, *(_spoken(row, display) for row in rows)]), blocks)


def _ordered(history: History, *, oldest_first: bool) -> list[CouponUse | PointsUse]:
    uses: list[CouponUse | PointsUse] = [*history.coupons, *history.points]
    return sorted(uses, key=lambda use: use.at.timestamp() if use.at else 0.0, reverse=not oldest_first)


def _note(look_up: HistoryLookUp, history: History) -> str:
    """Return the note about how many rows there are: the engine gives no total, so only listed rows are counted."""
    query = look_up.query
    during = "" if query.period.open else f" {_when(query.period)}"
    if not history.coupons and not history.points:
        return _nothing(query, cut=history.cut)
    order = "oldest" if query.oldest_first else "latest"
    more = _MORE[query.oldest_first] if history.cut else ""
    return f"The {_counted(order, query.kind, history)}{during}.{more}"


#: Hints that there may be more; every offered period ends today.
_MORE = {
    False: " There may be more: press Oldest first, or type a period after the command, "
    "for example `2025-01-01..2025-03-31`.",
    True: " There may be more; choose a shorter period to see them.",
}


def _nothing(query: HistoryQuery, *, cut: bool) -> str:
    of, when = KINDS[query.kind], _when(query.period)
    if cut:
        # The rows that the engine gives are shared by the kind that was asked for and the other one.
        return f"None of the redemptions that the engine gave is of {of} {when}. There may be more; choose another period."
    return f"No redemption of {of} {when}." + (
        "" if query.period.open else " Choose another period below to look further."
    )


def _counted(order: str, kind: HistoryKind, history: History) -> str:
    """Return the count; if there may be more rows, the latest of each kind are not the latest of both together."""
    coupons, points = len(history.coupons), len(history.points)
    if history.cut and coupons and points:
        return f"{order} {coupons} of coupons and the {order} {points} of points"
    total = coupons + points
    return f"{order} {total} redemption{'' if total == 1 else 's'} of {KINDS[kind]}"


def _when(period: Period) -> str:
    if period.open:
        return "at any time"
    if period.words in {TODAY, YESTERDAY}:
        return period.words
    if ".." in period.words:
        first, _, last = period.words.partition("..")
        return f"on {first}" if first == last else f"from {first} to {last}"
    return f"in the last {period.words.removesuffix('d')} days"


def _row(use: CouponUse | PointsUse, display: Display) -> list[Cell]:
    where = clipped(use.place.label, 60) if use.place and use.place.label else None
    bill = clipped(use.bill, 60) if use.bill else NO_BILL_NUMBER
    if isinstance(use, CouponUse):
        return [use.at or "not stated", _coupon(use), discount(use.discount, display.currency), bill, where]
    return [use.at or "not stated", "Points", _points(use, display), bill, where]


def _coupon(use: CouponUse) -> str:
    code = clipped(use.code or "code not stated", 60)
    return f"Coupon {code}" + (f", {clipped(use.description, 50)}" if use.description else "")


def _points(use: PointsUse, display: Display) -> str:
    total = _stated(use.points) if use.points is not None else "points not stated"
    undone = [
        f"{number(one.points) if one.points is not None else 'some'} reversed"
        + (f" {day_and_time(one.at, display)}" if one.at else "")
        for one in use.reversals
    ]
    return "; ".join([total, *undone])


def _stated(points: Decimal) -> str:
    return f"{number(points)} point{'' if points == 1 else 's'}"


def _spoken(row: list[Cell], display: Display) -> str:
    cells = [
        day_and_time(cell, display) if isinstance(cell, datetime) else quoted(cell or "", 120) for cell in row
    ]
    when, what, took, bill, where = cells
    return f"{when}: {what}, {took}, bill {bill}" + (f", at {where}" if where else "")


def _in_lines(cells: Sequence[str]) -> str:
    when, what, took, bill, where = cells
    named = bill if bill == NO_BILL_NUMBER else f"bill {bill}"
    return f"{when}  ·  *{took}*\n{what}  ·  {named}" + (f", at {where}" if where else "")


def _controls(look_up_id: LookUpId, look_up: HistoryLookUp) -> list[Block]:
    query = look_up.query
    # A typed period is offered as well, so that it stays chosen.
    offered = [*OFFERED, EVERYTHING]
    periods = offered if query.period.words in offered else [*offered, query.period.words]
    show_page = "Newest first" if query.oldest_first else "Oldest first"
    return [
        select(action_id=KIND, placeholder="What", options=list(KINDS.values()), chosen=KINDS[query.kind]),
        select(action_id=PERIOD, placeholder="Period", options=periods, chosen=query.period.words),
        button(show_page, action_id=ORDER, value=look_up_id, hint="Turn the order round"),
        button("Refresh", action_id=REFRESH, value=look_up_id, hint="Ask the loyalty engine again"),
    ]
