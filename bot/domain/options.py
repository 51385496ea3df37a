"""Splits a command's words into options and what names the customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypedWords:
    """
    A command's words, split.

    Attributes:
        options: the option words, lower-cased, as often as they were typed.
        names: each run of words between options; words on two sides of an option are never joined.

    """

    options: tuple[str, ...]
    names: tuple[str, ...]


def told_apart(pieces: Iterable[str], is_option: Callable[[str], bool]) -> TypedWords:
    """Split texts that are already separate; `is_option` gets each word lower-cased."""
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
