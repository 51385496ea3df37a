"""
Text for mrkdwn: people, groups and times in Slack's notation.

Text from outside is cut, then escaped, and its formatting characters are replaced by similar ones. Sentences that a
person typed are a `Quote`, which is drawn as rich text without any markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.aio.frozen import frozen
from bot.domain.person import PersonId

#: Characters; Slack cuts a longer text of a message, and refuses it in chat.update (docs.slack.dev: chat.update).
MAX_TEXT = 4000


@frozen(kw_only=True)
class Display:
    """
    How amounts and times are written.

    Attributes:
        zone: used where Slack cannot show the reader's own time.
        window: time after which an unknown outcome is settled, if the engine can be read (RECONCILE_WINDOW_SECONDS).
        reader: the one person who reads it, who is spoken to as you; None where several do, or it is not known who.

    """

    currency: str
    zone: ZoneInfo
    window: timedelta = timedelta(minutes=15)
    reader: PersonId | None = None

    def to(self, reader: PersonId | None) -> Display:
        """Return the same for what only this person reads."""
        return replace(self, reader=reader)


@frozen
class Quote:
    """Text that a person typed, and how many characters of it are shown; no markup works in it."""

    words: str
    limit: int = MAX_TEXT

    @property
    def shown(self) -> str:
        """The text as it is, for places where Slack reads no markup."""
        return clipped(self.words, self.limit)


#: A line of mrkdwn, or what a person typed.
Line = str | Quote

_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
#: Formatting characters. Between two letters or digits Slack does not format (MG_88).
_SIGNS = re.compile(r"`|(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])")
_LOOKS_LIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
#: Whatever is not surely a sign that is seen: most texts have little of it, and asking for each character takes long.
_UNSURE = re.compile(r"[^!-~]+")
#: The first colon of what Slack would draw as an emoji, be the second one the desk's own that follows.
_EMOJI = re.compile(r":(?=[\w'+-]*[a-z][\w'+-]*(?::|$))", re.IGNORECASE)


def clipped(text: str, limit: int) -> str:
    """Return at most `limit` characters on one line, without control and direction characters."""
    line = text if text.isprintable() else _visible(text)
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    return _UNSURE.sub(_seen, text)


def _seen(unsure: re.Match[str]) -> str:
    return "".join(
        " " if char.isspace() else char
        for char in unsure[0]
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )


def quoted(text: str, limit: int = 150) -> str:
    """Return a text from outside for mrkdwn, without mentions, links, formatting and emoji."""
    return _EMOJI.sub("∶", _SIGNS.sub(_look_alike, escaped(text, limit)))


def _look_alike(sign: re.Match[str]) -> str:
    return _LOOKS_LIKE[sign[0]]


def escaped(text: str, limit: int) -> str:
    """Return a text for an entity or a code: cut, then escaped, so that no escape is cut in half."""
    return clipped(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str, limit: int = 100) -> str:
    """Return a code from outside as mrkdwn code, so that nothing in it is formatting."""
    return f"`{escaped(text, limit).replace('`', 'ˋ') or '?'}`"


def mention(person: PersonId) -> str:
    """Return a mention of a person; it notifies them if they can read the message."""
    return f"<@{escaped(person, 30)}>"


def who(person: PersonId, display: Display) -> str:
    """Return `you` for the one reader, a mention of anybody else."""
    return "you" if person == display.reader else mention(person)


def capital(words: str) -> str:
    """Return the words as the beginning of a sentence."""
    return f"{words[:1].upper()}{words[1:]}"


def group(group_id: str) -> str:
    """Return a mention of a user group; in a modal or a direct message it notifies nobody."""
    return f"<!subteam^{escaped(group_id, 30)}>"


#: How Slack writes a time (docs.slack.dev: formatting dates): the day, alone or with the hour.
DAY = "{date_short_pretty}"
DAY_AND_HOUR = "{date_short_pretty} at {time}"


def date(moment: datetime, display: Display, tokens: str = DAY_AND_HOUR) -> str:
    """Return a time that Slack shows in the reader's zone, with a fallback in the desk's."""
    fallback = day(moment, display) if tokens == DAY else day_and_time(moment, display)
    return f"<!date^{int(moment.timestamp())}^{tokens}|{fallback}>"


def clock_time(moment: datetime, display: Display) -> str:
    """Return a time of day to the second, in the reader's zone."""
    local = moment.astimezone(display.zone)
    return f"<!date^{int(moment.timestamp())}^{{time_secs}}|{local:%H:%M:%S}>"


def day(moment: datetime, display: Display) -> str:
    """`2 Jun 2026`, by the desk's zone: for places where Slack reads no markup."""
    local = moment.astimezone(display.zone)
    return f"{local.day} {local:%b %Y}"


def day_and_time(moment: datetime, display: Display) -> str:
    local = moment.astimezone(display.zone)
    return f"{local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def plain(lines: Sequence[Line]) -> str:
    """Return lines as a message's text: dates by their fallback, cut after a whole line."""
    kept: list[str] = []
    for line in (_DATE.sub(r"\1", _spoken(line)) for line in lines):
        if sum(len(one) + 1 for one in kept) + len(line) > MAX_TEXT - 2:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)


def _spoken(line: Line) -> str:
    return line if isinstance(line, str) else f"“{quoted(line.words, line.limit)}”"
