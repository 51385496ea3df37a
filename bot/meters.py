"""What is counted and timed while a desk runs. Names and labels are relied on by alerts: add, never rename."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ACKNOWLEDGED = Histogram(
    "desk_acknowledgement_seconds",
    "From a request of Slack's having come in to its answer; Slack gives up after three seconds.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
)
REFUSED = Counter("desk_requests_refused", "Requests refused before they were read.", ["reason"])
ENGINE_CALLS = Histogram(
    "desk_engine_call_seconds",
    "Calls to the loyalty engine, retries included.",
    ["call", "result"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
LOOK_UPS = Counter(
    "desk_look_ups",
    "Look-ups by what was asked for, and by how they ended: ok, or the kind of what was raised.",
    ["card", "result"],
)
CACHED = Counter(
    "desk_cache_reads",
    "Answers of the engine that were asked for: a hit was known or being asked for, a miss became a call.",
    ["cache", "result"],
)
BUDGET_LEFT = Gauge(
    "desk_budget_left", "Calls that could be made at once when some were last leased, by method.", ["budget"]
)
BUDGET_WAITED = Histogram(
    "desk_budget_waited_seconds",
    "How long calls waited for their budget, by method.",
    ["budget"],
    buckets=(0.01, 0.1, 0.5, 1.0, 2.5, 5.0),
)
BUDGET_SPENT = Counter(
    "desk_budget_spent", "Calls that were not made because their budget was spent, by method.", ["budget"]
)
RATE_LIMITED = Counter("desk_rate_limited", "Answers of Slack with HTTP 429, by method.", ["budget"])
DATABASE_WAITED = Histogram(
    "desk_database_wait_seconds",
    "How long a transaction waited for a connection to the database.",
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.0, 5.0),
)
MOVES = Counter("desk_moves", "Moves of requests, by the state that they led to.", ["to"])
ALARMS = Counter("desk_alarms", "What somebody has to look into.", ["alarm"])
WORKED_AT = Gauge(
    "desk_worker_last_success_timestamp_seconds", "When each periodic worker last got through.", ["worker"]
)
REACHED = Gauge(
    "desk_neighbour_reached", "1 where the last call was answered, 0 where it was not.", ["neighbour"]
)
STANDING = Gauge("desk_standing", "How many there are that somebody or something is waited for.", ["what"])
OLDEST = Gauge("desk_standing_oldest_seconds", "How long the oldest of them has been waiting.", ["what"])
LEDGER_READ = Gauge("desk_ledger_read", "1 where the figures of what stands could be read, else 0.")
QUARANTINED = Gauge("desk_rows_quarantined", "Rows of the ledger that this version cannot read.")
PAUSED = Gauge("desk_paused", "1 while whoever runs the desk has paused it.")
