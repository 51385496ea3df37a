"""Which request a redemption of the engine belongs to: to one at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ClaimKind(StrEnum):
    """What a claim rests on. Values are stored: add, never rename."""

    ANSWER = "answer"
    OWN_NUMBER = "own_number"
    EVIDENCE = "evidence"
    PERSON = "person"


#: The engine's answer and the generated number are as good as each other.
_STRENGTH: Mapping[ClaimKind, int] = {
    ClaimKind.ANSWER: 3,
    ClaimKind.OWN_NUMBER: 3,
    ClaimKind.EVIDENCE: 2,
    ClaimKind.PERSON: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """
    That a request rests on a redemption.

    Attributes:
        redemption_id: the engine's own.

    """

    redemption_id: str
    kind: ClaimKind


def takes_over(kind: ClaimKind, from_: ClaimKind) -> bool:
    """Whether a claim of this kind takes a redemption over from another request; at equal strength the first keeps it."""
    return _STRENGTH[kind] > _STRENGTH[from_]
