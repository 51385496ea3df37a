"""Requests that were refused before anybody looked at what they say: counted by reason, and told now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from bot import meters

log = structlog.get_logger(__name__)

#: Seconds between two lines about the same reason.
TOLD_EVERY_S = 60.0


class RefusedFor(StrEnum):
    """Why; `/status`, metrics and log lines name it so."""

    NO_SIGNATURE = "no_signature"
    WRONG_SIGNATURE = "wrong_signature"
    CLOCK_OFF = "clock_off"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    MALFORMED = "malformed"
    NO_HTTP = "no_http"


WHAT_TO_DO: Mapping[RefusedFor, str] = {
    RefusedFor.NO_SIGNATURE: "Something else than Slack calls this address, or a proxy drops X-Slack- headers.",
    RefusedFor.WRONG_SIGNATURE: "SLACK_SIGNING_SECRET is not this app's: copy it again from Basic Information.",
    RefusedFor.CLOCK_OFF: "Have this machine's clock set by NTP; Slack's signatures hold five minutes.",
    RefusedFor.TOO_LARGE: "Slack sends nothing as large; somebody else calls this address.",
    RefusedFor.TOO_SLOW: "Look at the proxy before the desk; somebody may be holding connections on purpose.",
    RefusedFor.TOO_MANY_CONNECTIONS: "Look at the proxy before the desk, and at the open-file limit (ulimit -n).",
    RefusedFor.NO_HTTP: "Something else than Slack calls this address; a proxy before the desk keeps it away.",
    RefusedFor.MALFORMED: "It was signed, and is none of Slack's requests: is the secret known to somebody else?",
}


@dataclass(slots=True, kw_only=True)
class RefusedRequests:
    """
    Counts them; one WARNING a minute and reason tells what to do.

    Attributes:
        counts: since the start.

    """

    monotonic: Callable[[], float]
    counts: Counter[RefusedFor] = field(default_factory=Counter)
    accepted: int = 0
    _told_at: dict[RefusedFor, float] = field(default_factory=dict)
    _untold: Counter[RefusedFor] = field(default_factory=Counter)

    def refuse(self, why: RefusedFor, **facts: int | str) -> None:
        """`facts` go into the line: `off_s`, by how many seconds the request's time differs; `error`, what it broke."""
        self.counts[why] += 1
        meters.REFUSED.labels(why.value).inc()
        self._untold[why] += 1
        now = self.monotonic()
        if now - self._told_at.get(why, float("-inf")) < TOLD_EVERY_S:
            return
        self._told_at[why] = now
        log.warning(
            "request_refused",
            reason=why.value,
            requests=self._untold.pop(why),
            to_do=WHAT_TO_DO[why],
            **facts,
        )
