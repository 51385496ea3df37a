"""`coupon-desk pause` and `coupon-desk resume`: nothing new is sent or approved, on all instances."""

from __future__ import annotations

from collections.abc import Callable

from bot.adapters.ledger.pauses import LedgerPauses
from bot.domain.masking import masked
from bot.domain.pause import LONGEST_WHY
from bot.domain.typed import can_be_seen
from bot.ops.ledger import display_of, open_ledger, operator
from bot.ops.sentences import moment
from bot.settings import Settings

#: Exit codes.
FINE, FAILED, USAGE = 0, 1, 2

Say = Callable[[str], None]


async def pause(settings: Settings, why: str, say: Say) -> int:
    """Pause, if it is not paused yet. Returns the exit code. Raises LedgerUnavailable."""
    why = " ".join(why.split())
    if not can_be_seen(why) or len(why) > LONGEST_WHY:
        say(f"Say why, in 1 to {LONGEST_WHY} characters; it is recorded and shown.")
        return USAGE
    async with open_ledger(settings) as database:
        paused = LedgerPauses(database)
        if await paused.pause(masked(why, region=settings.default_region), by=operator()):
            say("Paused: from now on nothing new is sent or approved, on any instance. Look-ups go on.")
            say("What was being sent is finished. To go on: coupon-desk resume")
            return FINE
        held = await paused.current()
    since = f" since {moment(held.at, display_of(settings))}, by {held.by}: “{held.why}”" if held else ""
    say(f"It is paused already{since}.")
    return FAILED


async def resume(settings: Settings, say: Say) -> int:
    """Resume, if it is paused. Returns the exit code. Raises LedgerUnavailable."""
    async with open_ledger(settings) as database:
        if await LedgerPauses(database).resume(by=operator()):
            say("Resumed: requests are sent and approved again.")
            return FINE
    say("It is not paused.")
    return FAILED
