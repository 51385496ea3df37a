"""Looks at the engine's records after a request has ended: when the next one is, and what has been said until then."""

from __future__ import annotations

from bot.domain.redemption import Redemption, State

#: Seconds from the end of a request to the last look: by then the engine has committed a call, or never will.
DAY_S = 24 * 60 * 60.0
#: A look within so many seconds of the day's end is the last one.
_NEARLY_S = 60.0
#: Seconds between two tries of a look that fails, at most.
RETRY_S = 60 * 60.0
#: Seconds after the end at which looks that fail, or find no redemption id, are given up.
GIVE_UP_S = 2 * DAY_S

_ENDS_UNSENT = frozenset({State.REFUSED, State.EXPIRED, State.REJECTED, State.WITHDRAWN})


def ended_unsent(row: Redemption) -> bool:
    """Whether it has ended and the ledger holds no sending of it; the ledger may have lost one."""
    return row.state in _ENDS_UNSENT and row.intent is None


def surely_unsent(row: Redemption) -> bool:
    """Whether the engine's records were read, too, and show no use with its number."""
    return ended_unsent(row) and row.looks > 0


def has_no_id(row: Redemption) -> bool:
    """Whether it is redeemed and nobody knows yet which redemption of the engine it is."""
    return row.state is State.REDEEMED and row.outcome.redemption_id is None


def is_to_be_named(row: Redemption) -> bool:
    """Whether a person has to name its use: it has no id, and no look is due that may still find it."""
    return has_no_id(row) and row.due_at is None


def can_be_settled(row: Redemption) -> bool:
    """Whether a person may settle it: its outcome is unknown, or it is redeemed and its use is to be named."""
    return row.state is State.UNKNOWN or is_to_be_named(row)


def look_in_s(ended: Redemption) -> float | None:
    """
    Return the seconds from now to the next look at a request that has just ended; None if there is none.

    What ended without a sending is looked at at once, unless the check before its end has read the records. Every
    request is looked at once more a day later: a call may have been doubled on its way, or lost by the ledger and
    committed late. A coupon with a single use cannot be redeemed twice.
    """
    if ended_unsent(ended) and not ended.looks:
        return 0.0
    single = ended.intent is not None and ended.intent.single
    return None if single and ended.state is State.REDEEMED else DAY_S


def since_end_s(row: Redemption) -> float:
    """
    Return the seconds from the end of a request to when its look was due, by the database's clock.

    Requests that an older version ended have only their deadlines to count from.
    """
    ended = row.ended_at or row.send_by or row.begin_by
    return 0.0 if row.due_at is None or ended is None else (row.due_at - ended).total_seconds()


def retry_in_s(row: Redemption, after_s: float) -> float:
    """Return the seconds until a look that failed is tried again: as many as have passed, and at most an hour."""
    if surely_unsent(row) or not ended_unsent(row):
        return RETRY_S
    return min(max(after_s, since_end_s(row)), RETRY_S)


def next_look_in_s(row: Redemption) -> float | None:
    """Return the seconds from a look that succeeded to the last one, a day after the end; None if this was the last."""
    left_s = DAY_S - since_end_s(row)
    return left_s if left_s > _NEARLY_S and look_in_s(row) is not None else None
