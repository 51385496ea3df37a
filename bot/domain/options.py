"""Splits a command's words into options and what names the customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.aio.frozen import frozen
from bot.domain.errors import NotUnderstood


@frozen
class TypedWords:
    """
    A command's words, split.

    Attributes:
        options: the option words, lower-cased, as often as they were typed.
        names: each run of words between options; words on two sides of an option are never joined.

    """

    options: tuple[str, ...]
    names: tuple[str, ...]


def oldest_first(options: Iterable[str]) -> bool:
    """Whether the oldest come first: of `newest`, which is usual, and `oldest`. Raises NotUnderstood for both."""
    orders = {"oldest", "newest"} & set(options)
    if len(orders) > 1:
        raise NotUnderstood("Use `oldest` or `newest`, not both.")
    return "oldest" in orders


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
