"""What came of a press, for everything that a press moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.domain.person import Admission

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled(Generic[Row]):
    """
    What came of a press.

    Attributes:
        row: the request or the case as it stands now.
        ours: whether this press moved it; else somebody, or time, was quicker, or it was for how it stood before.
        admission: the presser's, where they were let through anew; for what follows from the press.

    """

    row: Row
    ours: bool
    admission: Admission | None = None
