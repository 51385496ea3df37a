"""The result of a press that moves a request or a case."""

from __future__ import annotations

from typing import Generic, TypeVar

from bot.aio.frozen import frozen
from bot.domain.person import Admission

Row = TypeVar("Row")


@frozen(kw_only=True)
class Handled(Generic[Row]):
    """
    The result of a press.

    Attributes:
        row: the request or the case as it stands now.
        ours: whether this press moved it; False if another press or a deadline came first, or if the press was for an
            earlier round.
        admission: of the person who pressed, for the spend that may follow; None if their rights were not read.

    """

    row: Row
    ours: bool
    admission: Admission | None = None
