"""Claims: one redemption at the engine belongs to one request at most."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.aio.frozen import frozen


class ClaimKind(StrEnum):
    """What a claim rests on. Values are stored: add, never rename."""

    ANSWER = "answer"
    OWN_NUMBER = "own_number"
    EVIDENCE = "evidence"
    PERSON = "person"


#: A stronger kind has a higher number. The engine's answer and the generated number are equally strong.
_STRENGTH: Mapping[ClaimKind, int] = {
    ClaimKind.ANSWER: 3,
    ClaimKind.OWN_NUMBER: 3,
    ClaimKind.EVIDENCE: 2,
    ClaimKind.PERSON: 1,
}


@frozen(kw_only=True)
class Claim:
    """
    States that a request is redeemed by one redemption at the engine.

    Attributes:
        redemption_id: the engine's id.

    """

    redemption_id: str
    kind: ClaimKind


def takes_over(kind: ClaimKind, from_: ClaimKind) -> bool:
    """Whether a claim of this kind takes a redemption over from another request; at equal strength the first keeps it."""
    return _STRENGTH[kind] > _STRENGTH[from_]


def is_likely(kind: ClaimKind) -> bool:
    """Whether a claim rests on evidence or a person's word only, so that the redemption may be another request's."""
    return takes_over(ClaimKind.ANSWER, kind)
