"""The part of an App Home with the customers that its person looked up last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.home import HomePage, RecentCustomer
from bot.domain.lookup import LookUpId
from bot.views.kit import Block, button, header, section
from bot.views.text import Display, code, date

LOOK_UP = "home.look_up.v1"
TITLE = "Customers you looked up last"
_NOBODY = "Nobody in the last 24 hours."


def part(page: HomePage, display: Display) -> list[Block]:
    """Return the customers by their ids, because nothing else of them is kept; nothing for who may not look up."""
    if page.may is None or not page.may.look_up:
        return []
    rows = [_row(one, display) for one in page.recent]
    return [header(TITLE), *(rows or [section(_NOBODY)])]


def pressed(action: Mapping[str, Any]) -> LookUpId:
    """Return the stored look-up whose customer is looked up again."""
    return LookUpId(str(action.get("value", "")))


def _row(one: RecentCustomer, display: Display) -> Block:
    drawn = section(f"{code(f'id:{one.customer}', 60)}  ·  {date(one.at, display)}")
    hint = f"Look up customer {one.customer} again"[:75]
    return {**drawn, "accessory": button("Look up", action_id=LOOK_UP, value=one.look_up, hint=hint)}
