"""Normalises what people type: quotes, widths, digits and invisible characters."""

from __future__ import annotations

import re
import unicodedata

_DOUBLE_QUOTES = re.compile('["“”„‟«»]')
_SINGLE_QUOTES = re.compile("[‘’‚‛]")
#: Quotes that may stand around a copied text; no code or number begins or ends with one.
QUOTES = "\"'`“”„‟«»‘’‚‛"
#: Unicode categories of invisible characters (Cf) and of lone surrogates (Cs), which no HTTP request can carry.
_UNSEEN = frozenset({"Cf", "Cs"})
_WIDTHS = ("<wide>", "<narrow>")
#: First letters of the categories of letters, numbers, punctuation and symbols; and those of them that are blank
#: (unicode.org: the Hangul fillers and the empty braille pattern).
_SHOWN, _BLANKS = frozenset("LNPS"), frozenset("\u115f\u1160\u3164\uffa0\u2800")


def tidy(text: str) -> str:
    """Return one line with single spaces, usual widths, straight quotes, none around a word, no invisible characters."""
    quoted = _SINGLE_QUOTES.sub("'", _DOUBLE_QUOTES.sub('"', usual_widths(text)))
    return " ".join(word.strip(QUOTES) for word in without_unseen(quoted).split())


def usual_widths(text: str) -> str:
    """Return the text with full-width and half-width characters replaced by usual ones; positions stay the same."""
    return text if text.isascii() else "".join(map(_usual_width, text))


def _usual_width(char: str) -> str:
    kind, _, usual = unicodedata.decomposition(char).partition(" ")
    return chr(int(usual, 16)) if kind in _WIDTHS else char


def usual_digits(text: str) -> str:
    """Return the text with digits of every script as 0 to 9; positions stay the same. A superscript ² is no digit."""
    return text if text.isascii() else "".join(_usual_digit(char) for char in text)


def _usual_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def can_be_seen(text: str) -> bool:
    """Whether anything of it shows on a screen: a letter, a digit, a sign. Spaces and invisible characters alone do not."""
    return any(unicodedata.category(char)[0] in _SHOWN and char not in _BLANKS for char in text)


def without_unseen(text: str) -> str:
    """Return the text without invisible characters, as they come along when something is copied."""
    return text if text.isascii() else "".join(c for c in text if unicodedata.category(c) not in _UNSEEN)


def asks_for_help(text: str) -> bool:
    """Whether nothing, or only `help`, was typed after the command."""
    return tidy(text).lower() in {"", "help"}
