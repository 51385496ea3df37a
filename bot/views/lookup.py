"""The look-up card: a page of a customer's coupons, and reading presses on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.aio.frozen import frozen
from bot.domain.cards import PageCard
from bot.domain.coupon import Coupon, CouponPage, Standing
from bot.domain.customer import Customer
from bot.domain.lookup import PAGE_SIZE, Filter, LookUp, LookUpId
from bot.domain.transitions import is_open
from bot.views.case import ask_button
from bot.views.coupon import coupon_row
from bot.views.kit import (
    MAX_OPTION,
    Block,
    Message,
    actions,
    button,
    choice,
    context,
    section,
    select,
)
from bot.views.lookup_requests import ours
from bot.views.money import discount
from bot.views.pause import paused_lines
from bot.views.redeem import OPEN as REDEEM
from bot.views.text import Display, clipped, clock_time, day, plain, quoted

#: Versioned, because cards stay in the conversation after an upgrade.
NEXT = "look_up.next.v1"
PREVIOUS = "look_up.previous.v1"
REFRESH = "look_up.refresh.v1"
ALL = "look_up.all.v1"
FILTER = "look_up.filter.v1"
DETAILS = "look_up.details.v1"
#: The select below the list.
DETAILS_OF = "look_up.details_of.v1"
_CONTROLS = "look_up."
_DETAILS = "look_up_details."


def pressed_card(action: Mapping[str, Any]) -> LookUpId:
    """Return the pressed card's id: the ids of the blocks with its controls hold it."""
    return LookUpId(str(action.get("block_id", "")).removeprefix(_DETAILS).removeprefix(_CONTROLS))


def pressed_row(action: Mapping[str, Any]) -> tuple[LookUpId, int]:
    """Return the pressed card's id and the coupon's index on it; -1 on a card about one coupon."""
    card, _, place = str(action.get("value", "")).rpartition(".")
    return LookUpId(card), int(place) if place.isdecimal() and len(place) < 4 else -1  # noqa: PLR2004


def chosen_row(action: Mapping[str, Any]) -> int:
    """Return the index of the coupon that was chosen in *Details of…*; -1 for none that it offers."""
    value = str((action.get("selected_option") or {}).get("value", ""))
    return int(value) if value.isdecimal() and len(value) < 4 else -1  # noqa: PLR2004


def chosen_filter(action: Mapping[str, Any]) -> Filter:
    """Return the chosen filter; `all` if the card does not offer it."""
    value = (action.get("selected_option") or {}).get("value")
    return Filter(value) if value in set(Filter) else Filter.ALL


def looking_up(hint: str) -> Message:
    """Return the acknowledgement. It stays true, because a command's response URL cannot replace it."""
    return Message(f"Looking up {quoted(hint, 40)}; the card follows.")


def page_card(card: PageCard, *, now: datetime, display: Display) -> Message:
    """
    Return a page: customer, as-of time, at most ten coupons, and the controls.

    Redeem is shown if it applies and the reader seems to be allowed; the press checks that again.
    """
    look_up, page = card.look_up, card.page
    head = head_line(page.customer, _how_many(look_up.filter, page), card.as_of, display)
    note = _range(look_up, page)
    rows = [_Row.of(card, place, now, display) for place in range(len(page.coupons))]
    paused = paused_lines(card.pause, display)
    blocks = [
        section(head),
        *map(section, paused),
        context(note),
        *(row.block for row in rows),
        *_details_of(card.id, page, now, display),
        actions(_CONTROLS + card.id, _controls(card)),
    ]
    return Message(plain([head, *paused, note, *(line for row in rows for line in row.lines)]), tuple(blocks))


@frozen
class _Row:
    """
    One coupon of a page: one section with one accessory.

    Attributes:
        lines: two beside **Redeem**, else one, beside **Details**.

    """

    lines: tuple[str, ...]
    accessory: Block

    @classmethod
    def of(cls, card: PageCard, place: int, now: datetime, display: Display) -> _Row:
        """What the engine says, and what the desk's own records know beside it."""
        coupon, row = card.page.coupons[place], f"{card.id}.{place}"
        known = ours(card.requests_for(coupon.code), reader=card.look_up.asker, display=display)
        head, stands = coupon_row(coupon, now, display, known)
        if _may_redeem(card, coupon, now):
            # Unstyled: ten green buttons on a page would emphasise nothing.
            redeem = button("Redeem", action_id=REDEEM, value=row, hint="Redeem this coupon")
            return cls((head, stands), redeem)
        details = button("Details", action_id=DETAILS, value=row, hint="Everything about this coupon")
        return cls((f"{head}  ·  {stands}",), details)

    @property
    def block(self) -> Block:
        return {**section("\n".join(self.lines)), "accessory": self.accessory}


def _may_redeem(card: PageCard, coupon: Coupon, now: datetime) -> bool:
    opened = any(is_open(row) for row in card.requests_for(coupon.code))
    return card.may_redeem and not opened and coupon.standing(now) is Standing.OPEN


def head_line(customer: Customer | None, what: str, as_of: datetime, display: Display) -> str:
    """Return name, last four digits of the mobile, `what` the card lists, and the as-of time; without what is not known."""
    parts = [
        f"*{(customer and customer.name and quoted(customer.name, 80)) or 'Customer without a name'}*",
        f"mobile …{quoted(customer.tail, 4)}" if customer and customer.tail else None,
        what,
        f"as of {clock_time(as_of, display)}",
    ]
    return "  ·  ".join(part for part in parts if part)


def _how_many(chosen: Filter, page: CouponPage) -> str:
    """Return the number of coupons; without a number if the engine gave none."""
    if page.total is None:
        return "coupons"
    kind = "" if chosen is Filter.ALL else f"{chosen.value} "
    return f"{page.total} {kind}coupon{'' if page.total == 1 else 's'}"


def _range(look_up: LookUp, page: CouponPage) -> str:
    if not page.coupons and page.offset and page.total != 0:
        return "There are no more coupons. Press Previous for those before."
    if not page.coupons:
        return _nothing(look_up.filter)
    first, last = page.offset + 1, page.offset + len(page.coupons)
    order = "oldest first" if look_up.oldest_first else "newest first"
    of = f" of {page.total}" if page.total is not None else ""
    return f"Showing {first} to {last}{of}, {order}."


def _nothing(chosen: Filter) -> str:
    if chosen is Filter.ALL:
        return "This customer holds no coupons. If one was promised to them, ask store ops whether it was issued."
    return f"No coupon of this customer is *{chosen.value}*. Choose *all* below to see the others."


def _controls(card: PageCard) -> list[Block]:
    look_up_id, look_up, page = card.id, card.look_up, card.page
    return [
        select(
            action_id=FILTER,
            placeholder="Filter",
            options=[one.value for one in Filter],
            chosen=look_up.filter.value,
        ),
        *([_turn("Previous", PREVIOUS, look_up_id, "The previous ten coupons")] if page.offset > 0 else []),
        *([_turn("Next", NEXT, look_up_id, "The next ten coupons")] if _has_next(page) else []),
        _turn("Refresh", REFRESH, look_up_id, "Ask the loyalty engine again"),
        ask_button(f"{look_up_id}.-"),
    ]


def details_again(card: LookUpId, place: int) -> Block:
    """Return the row with **Try again** for a choice in *Details of…* that failed."""
    row = f"{card}.{place}"
    again = button("Try again", action_id=DETAILS, value=row, hint="Everything about this coupon")
    return actions(f"look_up_again.{row}", [again])


def _details_of(card: LookUpId, page: CouponPage, now: datetime, display: Display) -> list[Block]:
    """
    Return the select that reaches any row of the page; none for a page without rows.

    It never shows a choice, so that the same row can be chosen twice: the card's id, and with it the block's, is a
    new one each time that it is drawn.
    """
    words = {str(place): _in_words(coupon, now, display) for place, coupon in enumerate(page.coupons)}
    if not words:
        return []
    select_of = choice(action_id=DETAILS_OF, placeholder="Details of…", options=words)
    return [actions(_DETAILS + card, [select_of])]


def _in_words(coupon: Coupon, now: datetime, display: Display) -> str:
    """`WELCOME250 · ₹250 off · until 2 Jun`, for an option; a long code is cut, the rest is not."""
    until = {
        Standing.OPEN: f"until {day(coupon.expires_at, display)}" if coupon.expires_at else "no end date",
        Standing.USED: "used",
        Standing.EXPIRED: "expired",
    }[coupon.standing(now)]
    rest = f" · {discount(coupon.discount, display.currency)} · {until}"
    return clipped(clipped(coupon.code, max(MAX_OPTION - len(rest), 10)) + rest, MAX_OPTION)


def _has_next(page: CouponPage) -> bool:
    """Whether there is a next page; without a total, a full page counts as having one (C12)."""
    if page.total is None:
        return len(page.coupons) >= PAGE_SIZE
    return bool(page.coupons) and page.offset + len(page.coupons) < page.total


def _turn(text: str, action_id: str, look_up_id: LookUpId, hint: str) -> Block:
    return button(text, action_id=action_id, value=look_up_id, hint=hint)


def finding_controls(
    look_up_id: LookUpId, *, redeem: bool = False, details: bool = True, paused: bool = False
) -> Block:
    """
    Return the controls of a card about one coupon; without `details` where there is no such coupon of this customer.

    While redeeming is `paused`, Redeem is as plain as in a list: it only opens the form.
    """
    style = None if paused else "primary"
    press = button(
        "Redeem", action_id=REDEEM, value=f"{look_up_id}.-", hint="Redeem this coupon", style=style
    )
    more = button("Details", action_id=DETAILS, value=f"{look_up_id}.-", hint="Everything about this coupon")
    return actions(
        _CONTROLS + look_up_id,
        [
            *([press] if redeem else []),
            *([more] if details else []),
            _turn("Refresh", REFRESH, look_up_id, "Ask the loyalty engine again"),
            _turn("All coupons", ALL, look_up_id, "All coupons of this customer"),
            ask_button(f"{look_up_id}.-"),
        ],
    )
