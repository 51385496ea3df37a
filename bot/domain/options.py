"""A command's words: what names the customer, told apart from what else was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypedWords:
    """
    What a command was given.

    Attributes:
        options: words that mean something of their own, in small letters, as often as they were typed.
        names: what stands between them, each run of words for itself: words that an option parts belong to
            nobody together.

    """

    options: tuple[str, ...]
    names: tuple[str, ...]


def told_apart(pieces: Iterable[str], is_option: Callable[[str], bool]) -> TypedWords:
    """`pieces` are stretches of text that something else parts already; `is_option` gets words in small letters."""
    options: list[str] = []
    names: list[str] = []
    for piece in pieces:
        run: list[str] = []
        for word in piece.split():
            if is_option(word.lower()):
                options.append(word.lower())
                names.append(" ".join(run))
                run = []
            else:
                run.append(word)
        names.append(" ".join(run))
    return TypedWords(tuple(options), tuple(name for name in names if name))
