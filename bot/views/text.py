"""Text for mrkdwn: what comes from outside is cut, then escaped; people, groups and moments are named as Slack shows them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.person import PersonId

#: Slack cuts a message's text beyond this, and refuses it in chat.update (docs.slack.dev: chat.update).
MAX_TEXT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """
    How figures are written for the people of this desk.

    Attributes:
        zone: only where Slack cannot show the reader's own time.

    """

    currency: str
    zone: ZoneInfo


_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters on one line; control and direction characters are dropped."""
    line = text if text.isprintable() else _visible(text)
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    return "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )


def quoted(text: str, limit: int = 150) -> str:
    """Text from outside, for mrkdwn: cut first, then escaped, so that no entity is cut in half."""
    return clipped(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str, limit: int = 100) -> str:
    """A code from outside, in mrkdwn, set so that nothing in it is read as formatting."""
    return f"`{quoted(text, limit).replace('`', 'ˋ') or '?'}`"


def mention(person: PersonId) -> str:
    """A person by name; it notifies them, where they can read it."""
    return f"<@{quoted(person, 30)}>"


def group(group_id: str) -> str:
    """A user group by name; in a modal and in a direct message it notifies nobody of it."""
    return f"<!subteam^{quoted(group_id, 30)}>"


def date(moment: datetime, display: Display, tokens: str = "{date_short_pretty} at {time}") -> str:
    """A moment in the reader's own zone; elsewhere in the desk's."""
    return f"<!date^{int(moment.timestamp())}^{tokens}|{day_and_time(moment, display)}>"


def clock_time(moment: datetime, display: Display) -> str:
    """The time of a day to the second, in the reader's own zone."""
    local = moment.astimezone(display.zone)
    return f"<!date^{int(moment.timestamp())}^{{time_secs}}|{local:%H:%M:%S}>"


def day_and_time(moment: datetime, display: Display) -> str:
    local = moment.astimezone(display.zone)
    return f"{local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def plain(lines: Sequence[str]) -> str:
    """The same facts as a message's text: dates as they stand for readers without a zone, cut at a line's end."""
    kept: list[str] = []
    for line in (_DATE.sub(r"\1", line) for line in lines):
        if sum(len(one) + 1 for one in kept) + len(line) > MAX_TEXT - 1:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)
