"""The last seal of a day, told where the ledger's owner is not: nothing before it can be changed unnoticed."""

from __future__ import annotations

from datetime import date

from bot.aio.frozen import frozen
from bot.domain.seal import letters


@frozen(kw_only=True)
class Anchor:
    """
    One day's.

    Attributes:
        id: opaque; messages are about it.
        seal, last_event: ids of the seal, and of the last event that it covers.
        digest: of the chain there, in hex.

    """

    id: str
    version: int = 1
    day: date
    seal: int
    last_event: int
    digest: str
    signed_by: str | None = None

    @property
    def reference(self) -> str:
        return self.id

    @property
    def letters(self) -> str:
        """The digest in letters, as it is typed in."""
        return letters(self.digest)


def anchor_id(seal: int) -> str:
    """Its id (stored)."""
    return f"seal-{seal}"
