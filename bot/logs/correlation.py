"""The correlation id that is on each line of the log."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.logs.redaction import protecting

_reference: ContextVar[str] = ContextVar("reference", default="-")


def new_reference() -> str:
    """Returns eight hex digits: short enough to be read out on the phone."""
    return secrets.token_hex(4)


def reference() -> str:
    """Returns what `correlated` bound; "-" outside it."""
    return _reference.get()


@contextmanager
def correlated(reference: str) -> Iterator[None]:
    """Bind the reference to every line of this block and of its tasks; `protect` calls inside end with the block."""
    written = _reference.set(reference)
    try:
        with protecting():
            yield
    finally:
        _reference.reset(written)
