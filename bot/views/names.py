"""A customer, masked for a channel: initials and the last four digits of the mobile."""

from __future__ import annotations

import re

from bot.views.text import quoted


def initials(name: str | None) -> str:
    """Return the initials of the words that begin with a letter: a name may hold a number."""
    firsts = [word[0].upper() for word in (name or "").split() if word[0].isalpha()]
    return " ".join(f"{first}." for first in firsts[:3])


def and_mobile(tail: str | None) -> str:
    """Return `, mobile …2345` for after a name; empty if there is no mobile."""
    return f", mobile …{quoted(tail[-4:], 4)}" if tail else ""


def hinted(name: str | None, tail: str | None) -> str:
    """`Customer A. M., mobile …2345`."""
    named = f"Customer {initials(name)}".strip()
    return named + and_mobile(tail)


def unnamed(words: str, name: str | None) -> str:
    """Return a text with the customer's name replaced by initials."""
    parts = (name or "").split()
    if not parts:
        return words
    spelt = r"\s+".join(re.escape(part) for part in parts)
    shown = initials(name) or "the customer"
    return re.sub(rf"(?<!\w){spelt}(?!\w)", lambda _: shown, words, flags=re.IGNORECASE)
