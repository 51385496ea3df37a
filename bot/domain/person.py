"""The people who press and type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

#: A Slack user id, as Slack's verified payload names it.
PersonId = NewType("PersonId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """
    Who is acting, taken from a payload that Slack signed; never from text or a button's value.

    Attributes:
        team: the workspace the person belongs to; None when the payload names none.
        enterprise: the Enterprise organisation; None outside one.

    """

    id: PersonId
    team: str | None
    enterprise: str | None = None
