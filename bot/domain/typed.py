"""What people type, freed of what keyboards and programs make of it."""

from __future__ import annotations

import re
import unicodedata

_DOUBLE_QUOTES = re.compile('["“”„‟«»]')
_SINGLE_QUOTES = re.compile("[‘’‚‛]")
#: What people put around what they copied; no code and no number has it at its ends.
QUOTES = "\"'`“”„‟«»‘’‚‛"
#: Marks nobody sees (category Cf), and halves of characters that no request can carry (Cs).
_UNSEEN = frozenset({"Cf", "Cs"})
_WIDTHS = ("<wide>", "<narrow>")


def tidy(text: str) -> str:
    """One line of words with single spaces: usual widths, straight quotes and none around a word, no invisible marks."""
    quoted = _SINGLE_QUOTES.sub("'", _DOUBLE_QUOTES.sub('"', usual_widths(text)))
    seen = "".join(char for char in quoted if unicodedata.category(char) not in _UNSEEN)
    return " ".join(word.strip(QUOTES) for word in seen.split())


def usual_widths(text: str) -> str:
    """Full-width and half-width characters as the usual ones, each at the place where it stood."""
    return text if text.isascii() else "".join(map(_usual_width, text))


def _usual_width(char: str) -> str:
    kind, _, usual = unicodedata.decomposition(char).partition(" ")
    return chr(int(usual, 16)) if kind in _WIDTHS else char


def usual_digits(text: str) -> str:
    """Digits of every script as 0 to 9, each at the place where it stood. A raised ² is no digit of a number."""
    return text if text.isascii() else "".join(_usual_digit(char) for char in text)


def _usual_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def asks_for_help(text: str) -> bool:
    """Nothing was typed after the command, or `help`."""
    return tidy(text).lower() in {"", "help"}
