"""Faults that can be set on calls to the sandbox engine."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Slow:
    """Do the work late. With `after`, do it at once and answer late."""

    seconds: float
    after: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Like Slow, but until the event is set; `arrived` tells that a call is waiting."""

    event: asyncio.Event
    after: bool = False
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Status:
    """Do no work; answer with this status, body and headers."""

    status: int
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Html:
    """Do no work; answer 200 with somebody's log-in page."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Do no work; close the connection without an answer."""


@dataclass(frozen=True, slots=True)
class DropAfter:
    """Do the work, then close the connection without an answer."""


@dataclass(frozen=True, slots=True)
class Twice:
    """Something between sends the call twice: do the work twice; answer as the second time."""


@dataclass(frozen=True, slots=True)
class WithoutId:
    """Do the work; the answer leaves out the id of the redemption, as older ones do."""


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """Do no work; 401 whatever the credentials."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """Do no work; 429, with a `Retry-After` if one is given."""

    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Do the work; answer 200 with half of the JSON."""


@dataclass(frozen=True, slots=True)
class Code:
    """Do no work; an ordinary "no" in the envelope of the called API."""

    code: int
    message: str
    status: int = 200


Fault = (
    Slow
    | Hang
    | Status
    | Html
    | Drop
    | DropAfter
    | Twice
    | WithoutId
    | Unauthorized
    | TooMany
    | Unreadable
    | Code
)


@dataclass(slots=True, eq=False)
class _Planned:
    fault: Fault
    path: str | None
    times: int | None


class Faults:
    """
    The faults to come, in the order in which they were added; a call meets one at most.

    Without a path a fault waits for any call but those for a token.
    """

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, fault: Fault, *, path: str | None = None, times: int | None = 1) -> None:
        """Plan a fault for so many calls; `times=None` lasts until `clear`."""
        self._planned.append(_Planned(fault, path, times))

    def clear(self) -> None:
        self._planned.clear()

    def take(self, path: str, *, token: bool) -> Fault | None:
        """Give the fault that this call meets, and use it up."""
        for planned in self._planned:
            if planned.path == path or (planned.path is None and not token):
                return self._used(planned)
        return None

    def _used(self, planned: _Planned) -> Fault:
        if planned.times is not None:
            planned.times -= 1
            if planned.times <= 0:
                self._planned.remove(planned)
        return planned.fault
