"""What befalls the desks of one run: at which port call a process dies, stops, or loses its line to the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from bot.domain.policy import Policy
from bot.services.ports import Order

T = TypeVar("T")


class Died(BaseException):
    """The process was killed: nobody catches it, and nothing more runs of what it held."""


class When(StrEnum):
    BEFORE = "before"
    AFTER = "after"


class Phase(StrEnum):
    """Of a redemption; port calls are counted anew in each."""

    FORM = "form"
    CONFIRM = "confirm"
    DECIDE = "decide"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Blow:
    """
    What befalls a port call: the process dies of it or is told to stop, or the ledger's line is cut.

    Attributes:
        point: the call's name, e.g. `requests.move`.
        number: which of this phase's calls of that name on one desk, from 1.

    """

    phase: Phase
    point: str
    number: int
    when: When

    def __str__(self) -> str:
        return f"{self.when} {self.point} {self.number}, {self.phase}"


def _nothing(_what: Any, _of: Any) -> None:
    """What nobody wants to hear of."""


@dataclass(slots=True)
class Happenings:
    """
    What befalls the desks of one run, and what happens beside them.

    Attributes:
        stops: a desk is told to stop: it finishes what it has, and takes nothing more.
        cut_short: the same, and the time for that is over at once.
        breaks: done once, at this port call.
        heard: gets what each port call has returned.
        sends: gets each order that a desk is about to send, and the policy of that desk.

    """

    deaths: list[Blow] = field(default_factory=list)
    stops: list[Blow] = field(default_factory=list)
    cut_short: list[Blow] = field(default_factory=list)
    cuts: list[Blow] = field(default_factory=list)
    breaks: dict[Blow, Callable[[], None]] = field(default_factory=dict)
    #: Done once, just before or after a port call of this name.
    beside: dict[tuple[str, When], Callable[[], None]] = field(default_factory=dict)
    #: Where a desk died, as `requests.move after`.
    died_at: list[str] = field(default_factory=list)
    stopped_at: list[str] = field(default_factory=list)
    heard: Callable[[str, Any], None] = _nothing
    sends: Callable[[Policy, Order], None] = _nothing

    def now(self, blow: Blow) -> None:
        happens = self.beside.pop((blow.point, blow.when), None)
        if happens is not None:
            happens()
        breaks = self.breaks.pop(blow, None)
        if breaks is not None:
            breaks()


class CancelledAt:
    """Awaits work whose task is cancelled while it waits for the `number`-th time; `reached` tells if it came to that."""

    def __init__(self, work: Coroutine[Any, Any, T], number: int) -> None:
        self._work, self._number = work, number
        self.reached = False

    def __await__(self) -> Generator[Any, Any, Any]:
        steps, waits = self._work.__await__(), 0
        given: Any = None
        thrown: BaseException | None = None
        while True:
            try:
                waited_for = steps.send(given) if thrown is None else steps.throw(thrown)
            except StopIteration as end:
                return end.value
            waits += 1
            if waits == self._number:
                self._cancel()
            given, thrown = None, None
            try:
                given = yield waited_for
            except BaseException as err:  # noqa: BLE001 - handed on to the work
                thrown = err

    def _cancel(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.reached = True
        asyncio.get_running_loop().call_soon(task.cancel)
