"""What the desk's own records know of a coupon on a card: a request that is open, and uses made from here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State
from bot.domain.transitions import is_open
from bot.views.coupon import Ours
from bot.views.states import STATE_MARKS, STATE_WORDS
from bot.views.text import Display, code, date, mention

#: Uses made from here that are named; the engine's own list has all of them.
USES_NAMED = 2


def ours(requests: Sequence[Redemption], *, reader: PersonId | None, display: Display) -> Ours:
    opened = [row for row in requests if is_open(row)]
    redeemed = [row for row in requests if row.state is State.REDEEMED]
    return Ours(
        opened=tuple(_open(row, reader, display) for row in opened),
        mark=STATE_MARKS[opened[0].state] if opened else "",
        uses=tuple(_redeemed(row, reader, display) for row in redeemed[:USES_NAMED]),
    )


def _open(row: Redemption, reader: PersonId | None, display: Display) -> str:
    told = f"*{STATE_WORDS[row.state]}*, asked for by {_who(row, reader)} {date(row.made_at, display)}"
    if row.state is State.UNKNOWN:
        return f"{told}. Nobody should use it anywhere before that is settled."
    return told


def _redeemed(row: Redemption, reader: PersonId | None, display: Display) -> str:
    when = date(row.pressed_at, display)
    return f"Used from here by {_who(row, reader)} {when}, reference {code(row.reference)}"


def _who(row: Redemption, reader: PersonId | None) -> str:
    return "you" if row.terms.requester == reader else mention(row.terms.requester)
