"""The people who press and type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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


class Freshness(StrEnum):
    """How old what somebody's rights are read from may be."""

    #: Read by a call that began after the press.
    LIVE = "live"
    #: Read lately: enough for what only shows.
    RECENT = "recent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """
    Evidence that somebody was let through.

    Attributes:
        groups: every user group the person was in; empty when no group was asked for.
        read_at: when Slack was asked, by the desk's clock.
        lease: number of the read of the groups, which only rises; None when no group was asked for.

    """

    person: PersonId
    groups: frozenset[str]
    read_at: datetime
    lease: int | None = None
