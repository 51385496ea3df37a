"""What the desk's own records know of a coupon on a card: a request that is open, and uses made from here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State
from bot.domain.transitions import is_open
from bot.views.coupon import Ours, OurUse
from bot.views.states import STATE_MARKS, STATE_WORDS
from bot.views.text import Display, date, mention

_SENT = frozenset({State.SENDING, State.UNKNOWN})


def ours(requests: Sequence[Redemption], *, reader: PersonId | None, display: Display) -> Ours:
    """Return it in words for this reader, to whom their own requests are `you`; None names everybody."""
    opened = [row for row in requests if is_open(row)]
    redeemed = [row for row in requests if row.state is State.REDEEMED]
    return Ours(
        opened=tuple(_open(row, reader, display) for row in opened),
        mark=STATE_MARKS[opened[0].state] if opened else "",
        uses=tuple(_use(row, reader, display) for row in redeemed),
        next_step=_next(opened[0], reader) if opened else "",
        sent=any(row.state in _SENT for row in opened),
    )


def _open(row: Redemption, reader: PersonId | None, display: Display) -> str:
    told = f"*{STATE_WORDS[row.state]}*, asked for by {_who(row, reader)} {date(row.made_at, display)}"
    if row.state is State.UNKNOWN:
        return f"{told}. Nobody should use it anywhere before that is settled."
    return told


def _next(row: Redemption, reader: PersonId | None) -> str:
    """Return what a reader with the customer on the line does while a request for the coupon is open."""
    hears = "You are" if row.terms.requester == reader else f"{mention(row.terms.requester)} is"
    match row.state:
        case State.UNKNOWN:
            return f"Ask the customer not to use it until that is settled. {hears} told how it ends."
        case State.WAITING:
            return f"Ask the customer not to use it until that is decided. {hears} told how it ends."
        case _:
            return "Wait a moment, then look it up again."


def _use(row: Redemption, reader: PersonId | None, display: Display) -> OurUse:
    return OurUse(
        number=row.outcome.redemption_id,
        bill=row.terms.bill_number,
        who=_who(row, reader),
        when=date(row.pressed_at, display),
        reference=row.reference,
    )


def _who(row: Redemption, reader: PersonId | None) -> str:
    return "you" if row.terms.requester == reader else mention(row.terms.requester)
