"""What the events of a request make of it, and what is wrong among the events themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.domain.audit_entry import AuditEntry
from bot.domain.projection import ClaimsByEvents, projected
from bot.domain.shown import shown_digest

SHOWS = {"round": 1, "worth": "100.00"}
_numbers = count(1)


def event(what: str, from_: str | None, to: str | None, *, by: str | None = None, **why: Any) -> AuditEntry:
    return AuditEntry(
        id=next(_numbers),
        at=datetime(2026, 6, 1, tzinfo=UTC),
        what=what,
        by=by,
        request_id="R-1",
        from_state=from_,
        to_state=to,
        why=why,
    )


def story(approved: dict[str, Any]) -> list[AuditEntry]:
    return [
        event("made", None, "new", by="U0AGENT"),
        event("moved", "new", "waiting", shows=SHOWS),
        event("moved", "waiting", "approved", by="U0MANAGER", **approved),
    ]


def test_an_approval_of_what_was_shown() -> None:
    seen = projected(story({"shown": shown_digest(SHOWS)}))

    assert (seen.state, seen.version, seen.requester, seen.decided_by) == (
        "approved",
        3,
        "U0AGENT",
        "U0MANAGER",
    )
    assert seen.fault is None


def test_an_approval_of_something_else_is_found() -> None:
    seen = projected(story({"shown": shown_digest(SHOWS | {"worth": "1.00"})}))

    assert seen.fault is not None
    assert seen.fault.endswith("approves what was not shown")


def test_an_approval_of_an_older_version_says_nothing_of_what_was_shown() -> None:
    assert projected(story({})).fault is None


def test_what_was_shown_last_counts() -> None:
    again = SHOWS | {"round": 2}
    events = [
        *story({"shown": shown_digest(SHOWS)}),
        event("moved", "approved", "waiting", shows=again, terms={"worth": "200.00"}),
    ]

    assert projected(events).facts["worth"] == "200.00"
    late = event("moved", "waiting", "approved", by="U0MANAGER", shown=shown_digest(SHOWS))
    assert projected([*events, late]).fault is not None


def test_a_move_from_a_state_that_it_was_not_in_is_found() -> None:
    seen = projected([event("made", None, "new"), event("moved", "approved", "sending")])

    assert seen.fault is not None
    assert "moves it from approved, and it was new" in seen.fault


def test_claims_follow_their_events() -> None:
    claims = ClaimsByEvents()
    claims.add(event("claimed", None, None, redemption_id="E-1", kind="person"))
    claims.add(event("claimed", None, None, redemption_id="E-2", kind="answer"))
    claims.add(event("claim_released", None, None, redemption_id="E-2"))

    assert list(claims.differences({"E-1": ("R-1", "person"), "E-0": ("R-0", "answer")})) == []
    assert len(list(claims.differences({"E-1": ("R-2", "person"), "E-2": ("R-1", "answer")}))) == 2
