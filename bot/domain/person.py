"""People who press and type: who they are, and the proof that they were let through."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.aio.frozen import frozen

#: A Slack user id, as Slack's verified payload names it.
PersonId = NewType("PersonId", str)


@frozen(kw_only=True)
class Actor:
    """
    The person who acts, from a payload that Slack signed; never from a text or a button's value.

    Attributes:
        team: the workspace the person belongs to; None when the payload names none.
        enterprise: the Enterprise organisation; None if there is none.

    """

    id: PersonId
    team: str | None
    enterprise: str | None = None


class Freshness(StrEnum):
    """How old the groups and the account may be that rights are judged by."""

    #: Read by a call that began after the press.
    LIVE = "live"
    #: Read a short while ago: enough where something is only shown.
    RECENT = "recent"


@frozen(kw_only=True)
class Admission:
    """
    Proof that a person was let through.

    Attributes:
        groups: every user group that the person was in; empty if groups were not read.
        read_at: when Slack was asked, by the desk's clock.
        lease: number of the reading of the groups; later readings have higher numbers. None if groups were not read.
        pressed: when the check began, by this process's monotonic clock: accounts read since then are as fresh
            as the check itself. None where nothing live was read.

    """

    person: PersonId
    groups: frozenset[str]
    read_at: datetime
    lease: int | None = None
    pressed: float | None = field(default=None, compare=False)
