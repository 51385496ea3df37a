"""
What is counted and timed while a desk runs. Names and labels are relied on by alerts: add, never rename.

Nothing is counted, and prometheus-client is not imported, before `start`: only METRICS_PORT shows what is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any


class _Counting:
    """The methods of prometheus-client that the desk uses; they do nothing before `start`."""

    __slots__ = ()

    def target(self) -> Any:
        """Return what counts; None before `start`."""
        raise NotImplementedError

    def time(self) -> AbstractContextManager[Any]:
        target = self.target()
        return nullcontext() if target is None else target.time()

    def inc(self) -> None:
        self._do("inc")

    def observe(self, seconds: float) -> None:
        self._do("observe", seconds)

    def set(self, value: float) -> None:
        self._do("set", value)

    def set_to_current_time(self) -> None:
        self._do("set_to_current_time")

    def clear(self) -> None:
        self._do("clear")

    def _do(self, method: str, *values: float) -> None:
        target = self.target()
        if target is not None:
            getattr(target, method)(*values)


@dataclass(slots=True)
class Meter(_Counting):
    """A counter, histogram or gauge of prometheus-client (`kind`)."""

    kind: str
    name: str
    told: str
    labelled: Sequence[str] = ()
    buckets: Sequence[float] = ()
    _real: Any = field(init=False, default=None)

    def start(self, kinds: Any) -> None:
        if self._real is None:
            more = {"buckets": self.buckets} if self.buckets else {}
            self._real = getattr(kinds, self.kind)(self.name, self.told, self.labelled, **more)

    def target(self) -> Any:
        return self._real

    def labels(self, *values: str) -> Labelled:
        return Labelled(self, values)


@dataclass(frozen=True, slots=True)
class Labelled(_Counting):
    """One of a meter's, by the values of its labels; it may be asked for before `start`."""

    of: Meter
    values: tuple[str, ...]

    def target(self) -> Any:
        whole = self.of.target()
        return None if whole is None else whole.labels(*self.values)


ACKNOWLEDGED = Meter(
    "Histogram",
    "desk_acknowledgement_seconds",
    "From a request of Slack's having come in to its answer; Slack gives up after three seconds.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
)
REFUSED = Meter("Counter", "desk_requests_refused", "Requests refused before they were read.", ["reason"])
ENGINE_CALLS = Meter(
    "Histogram",
    "desk_engine_call_seconds",
    "Calls to the loyalty engine, retries included.",
    ["call", "result"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
LOOK_UPS = Meter(
    "Counter",
    "desk_look_ups",
    "Look-ups by what was asked for, and by how they ended: ok, or the kind of what was raised.",
    ["card", "result"],
)
CACHED = Meter(
    "Counter",
    "desk_cache_reads",
    "Answers of the engine that were asked for: a hit was known or being asked for, a miss became a call.",
    ["cache", "result"],
)
BUDGET_LEFT = Meter(
    "Gauge",
    "desk_budget_left",
    "Calls that could be made at once when some were last leased, by method.",
    ["budget"],
)
BUDGET_WAITED = Meter(
    "Histogram",
    "desk_budget_waited_seconds",
    "How long calls waited for their budget, by method.",
    ["budget"],
    buckets=(0.01, 0.1, 0.5, 1.0, 2.5, 5.0),
)
BUDGET_SPENT = Meter(
    "Counter",
    "desk_budget_spent",
    "Calls that were not made because their budget was spent, by method.",
    ["budget"],
)
RATE_LIMITED = Meter("Counter", "desk_rate_limited", "Answers of Slack with HTTP 429, by method.", ["budget"])
DATABASE_WAITED = Meter(
    "Histogram",
    "desk_database_wait_seconds",
    "How long a transaction waited for a connection to the database.",
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.0, 5.0),
)
MOVES = Meter("Counter", "desk_moves", "Moves of requests, by the state that they led to.", ["to"])
ALARMS = Meter("Counter", "desk_alarms", "What somebody has to look into.", ["alarm"])
WORKED_AT = Meter(
    "Gauge",
    "desk_worker_last_success_timestamp_seconds",
    "When each periodic worker last got through.",
    ["worker"],
)
REACHED = Meter(
    "Gauge",
    "desk_neighbour_reached",
    "1 where the last call was answered, 0 where it was not.",
    ["neighbour"],
)
STANDING = Meter(
    "Gauge", "desk_standing", "How many there are that somebody or something is waited for.", ["what"]
)
OLDEST = Meter(
    "Gauge", "desk_standing_oldest_seconds", "How long the oldest of them has been waiting.", ["what"]
)
LEDGER_READ = Meter("Gauge", "desk_ledger_read", "1 where the figures of what stands could be read, else 0.")
QUARANTINED = Meter("Gauge", "desk_rows_quarantined", "Rows of the ledger that this version cannot read.")
PAUSED = Meter("Gauge", "desk_paused", "1 while whoever runs the desk has paused it.")

_ALL = (
    ACKNOWLEDGED,
    REFUSED,
    ENGINE_CALLS,
    LOOK_UPS,
    CACHED,
    BUDGET_LEFT,
    BUDGET_WAITED,
    BUDGET_SPENT,
    RATE_LIMITED,
    DATABASE_WAITED,
    MOVES,
    ALARMS,
    WORKED_AT,
    REACHED,
    STANDING,
    OLDEST,
    LEDGER_READ,
    QUARANTINED,
    PAUSED,
)


def start() -> None:
    """Count from now on; once a process."""
    import prometheus_client  # noqa: PLC0415 - only where somebody can see what is counted

    for meter in _ALL:
        meter.start(prometheus_client)
