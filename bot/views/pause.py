"""What people read while redeeming is paused."""

from __future__ import annotations

from bot.domain.pause import Pause
from bot.views.text import Display, date, quoted

#: Characters of the reason.
LONGEST_WHY = 200


def paused_lines(pause: Pause | None, display: Display) -> list[str]:
    """Return since when and why, and what that stops; nothing while there is no pause."""
    if pause is None:
        return []
    since = f"⏸️ *Redeeming is paused* since {date(pause.at, display)}: “{quoted(pause.why, LONGEST_WHY)}”."
    return [f"{since} Nothing is sent or approved until it is resumed; looking customers up goes on."]
