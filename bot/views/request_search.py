"""The requests that were found by a reference or a bill number, masked as in a channel."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.redemption import Redemption
from bot.domain.request_query import SHOWN, RequestKey, RequestQuery
from bot.views.kit import Block, Message, context, divider, section
from bot.views.redemption import channel_blocks, channel_text
from bot.views.text import Display, code, plain

_WHAT = {RequestKey.REFERENCE: "reference", RequestKey.BILL: "bill number"}
_NOTHING = {
    RequestKey.REFERENCE: "Check it letter by letter: O and 0, I and 1 look alike, and neither 0 nor 1 is in one. "
    "The reference of a question to store ops is not found here; its own message shows it.",
    RequestKey.BILL: "A till's own redemptions are not found here: look the customer up with `/redemptions` and their number.",
}


def looking_for() -> Message:
    """Return the acknowledgement, which stays true."""
    return Message("Looking among the requests of this desk; what is found follows.")


def named(query: RequestQuery) -> str:
    """Return what is looked for, in words."""
    return f"the {_WHAT[query.key]} {query.value}"


def found_requests(query: RequestQuery, rows: Sequence[Redemption], *, display: Display) -> Message:
    shown = rows[:SHOWN]
    head = _head(query, len(rows))
    if not shown:
        nothing = [head, f"*Next:* {_NOTHING[query.key]}"]
        return Message(plain(nothing), (section("\n".join(nothing)),))
    blocks: list[Block] = [section(head)]
    for row in shown:
        blocks += [divider(), *channel_blocks(row, display)]
    more = [context(f"Only the latest {SHOWN} are shown.")] if len(rows) > SHOWN else []
    return Message(
        plain([head, *(line for row in shown for line in channel_text(row, display))]), (*blocks, *more)
    )


def _head(query: RequestQuery, count: int) -> str:
    what = f"with the {_WHAT[query.key]} {code(query.value, 100)}"
    if not count:
        return f"Nothing was redeemed or asked for from here {what}."
    many = (
        "One request"
        if count == 1
        else f"More than {SHOWN} requests"
        if count > SHOWN
        else f"{count} requests"
    )
    return f"*{many}* from here {what}"
