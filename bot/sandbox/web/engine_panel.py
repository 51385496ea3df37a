"""The window's side panel: the engine's faults, the calls that arrive, a till, and the clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, SupportsIndex

from bot.app import utc_now
from bot.sandbox.clock import MovableClock
from bot.sandbox.engine import faults
from bot.sandbox.engine.capillary import REDEEM, Call, SandboxEngine
from bot.sandbox.engine.coupons import MG_ROAD
from bot.sandbox.engine.customers import RefusedError

#: Calls that the panel shows at most.
SHOWN = 40
#: Seconds: longer than Slack's three, shorter than the desk waits.
SLOW_S = 5.0


@dataclass(frozen=True, slots=True)
class Choice:
    words: str
    fault: faults.Fault | None = None


#: The choices of the panel, in order. The last one is no fault of a call: it changes the status of every refusal.
CHOICES: Mapping[str, Choice] = {
    "none": Choice("None"),
    "slow": Choice(f"Slow: {SLOW_S:.0f} seconds", faults.Slow(SLOW_S)),
    "broken": Choice("Server error: HTTP 500", faults.Status(500, "internal error")),
    "away": Choice("Unavailable: HTTP 503", faults.Status(503, "unavailable")),
    "busy": Choice("Too many requests: HTTP 429", faults.TooMany("1")),
    "dropped": Choice("Dropped before commit", faults.Drop()),
    "dropped-after": Choice("Dropped after commit", faults.DropAfter()),
    "unreadable": Choice("Unreadable answer", faults.Unreadable()),
    "ordinary-no": Choice("An ordinary no as HTTP 500"),
}
#: Which calls get the fault, and their path.
SCOPES: Mapping[str, tuple[str, str | None]] = {
    "every": ("Every call", None),
    "redeem": ("Only the redeem call", REDEEM),
}


class Arrivals(list[Call]):
    """The engine's calls, with the time of each and how long it took."""

    def __init__(self, calls: list[Call], told: Callable[[], None]) -> None:
        super().__init__(calls)
        self._told = told
        self.came: list[datetime] = [utc_now() for _ in calls]
        self.took: dict[int, timedelta] = {}

    def append(self, call: Call) -> None:
        super().append(call)
        self.came.append(utc_now())
        self._told()

    def __setitem__(self, place: Any, call: Any) -> None:
        super().__setitem__(place, call)
        if isinstance(place, SupportsIndex):
            self.took[int(place)] = utc_now() - self.came[place]
        self._told()


class EnginePanel:
    def __init__(self, engine: SandboxEngine, clock: MovableClock, told: Callable[[], None]) -> None:
        self._engine = engine
        self._clock = clock
        self._told = told
        self._fault, self._scope = "none", "every"
        self._arrivals = engine.calls = Arrivals(engine.calls, told)

    def state(self) -> dict[str, Any]:
        return {
            "faults": [{"value": key, "words": choice.words} for key, choice in CHOICES.items()],
            "scopes": [{"value": key, "words": words} for key, (words, _) in SCOPES.items()],
            "fault": self._fault,
            "scope": self._scope,
            "ahead": self._clock.ahead.total_seconds(),
            "calls": self._calls(),
        }

    def choose(self, fault: str, scope: str) -> None:
        """Set the fault until another is chosen; raises KeyError for one that is not offered."""
        choice, (_, path) = CHOICES[fault], SCOPES[scope]
        self._fault, self._scope = fault, scope
        self._engine.faults.clear()
        if choice.fault is not None:
            self._engine.faults.add(choice.fault, path=path, times=None)
        status = 500 if fault == "ordinary-no" else 200
        self._engine.quirks.no_status = self._engine.quirks.v11_no_status = status
        self._told()

    def redeem_at_till(self, code: str, bill: str) -> str:
        """Return what happened, in words."""
        try:
            self._engine.customers.redeem_at_till(code, bill)
        except RefusedError as no:
            return f"The till was refused: {no.message} ({no.code})."
        return f"{MG_ROAD.name} redeemed {code} for bill {bill or 'without a number'}."

    def move_clock(self, hours: float) -> None:
        self._clock.move(timedelta(hours=hours))
        self._told()

    def reset_clock(self) -> None:
        self._clock.reset()
        self._told()

    def _calls(self) -> list[dict[str, Any]]:
        first = max(0, len(self._arrivals) - SHOWN)
        return [self._call(place) for place in range(first, len(self._arrivals))]

    def _call(self, place: int) -> dict[str, Any]:
        call, took = self._arrivals[place], self._arrivals.took.get(place)
        asked = "&".join(f"{name}={value}" for name, value in call.query.items())
        return {
            "number": place,
            "method": call.method,
            "path": call.path,
            "query": asked,
            "status": call.status,
            "at": self._arrivals.came[place].timestamp(),
            "ms": None if took is None else round(took.total_seconds() * 1000),
        }
