"""Sentences of `why` that only rare stories have: each from one entry and one record, without a ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.stories import LedgerStories
from bot.adapters.ledger.tables import events
from bot.domain.alarm import Alarm
from bot.domain.audit_entry import AuditEntry
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.person import PersonId
from bot.domain.redemption import Decision, Doubt, Outcome, Redemption, RequestId, Settled, State, Stop
from bot.ops.now_sentences import headline
from bot.ops.request_story import story
from bot.ops.rivals import with_rivals
from bot.services.ports import AuditEvent
from bot.views.states import STATE_WORDS
from bot.views.text import Display
from tests.adapters.ledger.facts import TERMS, make
from tests.tables import table

DISPLAY = Display(currency="INR", zone=ZoneInfo("Asia/Kolkata"))
AT = datetime(2026, 6, 1, 6, 30, tzinfo=UTC)


def a_request(state: State, **given: Any) -> Redemption:
    return Redemption(
        id=RequestId("REQUEST012345678"), version=1, state=state, terms=TERMS, made_at=AT, **given
    )


def entry(what: AuditEvent = AuditEvent.MOVED, by: str | None = None, **why: Any) -> AuditEntry:
    return AuditEntry(id=1, at=AT, what=what.value, by=by, why=why)


def moved(from_: State, to: State, **why: Any) -> AuditEntry:
    return AuditEntry(id=1, at=AT, what="moved", from_state=from_.value, to_state=to.value, why=why)


def told(row: Redemption, *entries: AuditEntry, at: datetime = AT) -> list[str]:
    """The lines of the entries without their moments, then how it stands."""
    lines = story(row, entries, DISPLAY, at=at)
    return [line.partition("  ")[2] for line in lines[-2 - len(entries) : -2]] + [lines[-1]]


# Ends


@pytest.mark.parametrize("from_", [State.NOT_REDEEMED, State.REDEEMED, State.UNKNOWN])
def test_a_late_no_of_the_engine_is_not_told_as_never_sent(from_: State) -> None:
    [line, _] = told(a_request(State.REFUSED), moved(from_, State.REFUSED, refusal="wrong_store"))

    assert line == "The engine's answer was no: It is not valid at this store. Nothing was redeemed."


def test_a_limit_of_value_is_told_with_its_figures() -> None:
    used = Usage(count=5, value=Decimal(9000))
    reached = AtLimit(limits=Limits(value=Decimal(10000)), used=used, worth=Decimal(2000))
    row = a_request(State.REFUSED, outcome=Outcome(stop=Stop.VALUE_LIMIT, at_limit=reached))

    [line, _] = told(row, moved(State.APPROVED, State.REFUSED, stop="value_limit"))
    assert line.startswith(
        "Coupon Desk stopped it: It would have gone past the limit of value a day (₹10,000) of U0AGENT: "
        "5 made that day, worth ₹9,000 in all; this one is worth ₹2,000. It was never sent"
    )


def test_groups_are_the_approvers_where_the_approver_lost_the_right() -> None:
    decided = Decision(by=PersonId("U0SENIOR"), at=AT, round=1, approved=True)
    row = a_request(State.REFUSED, decided=decided, outcome=Outcome(stop=Stop.NOT_ALLOWED_APPROVER))
    read = "2026-05-31T18:00:00+00:00"

    [line, _] = told(
        row,
        moved(
            State.APPROVED, State.REFUSED, stop="not_allowed_approver", groups=["S0A"], groups_read_at=read
        ),
    )
    assert "U0SENIOR was not allowed to approve it any more. " in line
    assert "U0SENIOR was in S0A (read 2026-05-31 23:30:00)." in line


def test_the_first_line_says_whose_word_the_end_is() -> None:
    person = Outcome(settled=Settled.PERSON, by=PersonId("U0SENIOR"))
    assert headline(a_request(State.REDEEMED, outcome=person)) == "Redeemed (settled by U0SENIOR)"
    assert headline(a_request(State.NOT_REDEEMED)) == "Not redeemed (the engine's records show no redemption)"
    for stop in Stop:
        words = headline(a_request(State.REFUSED, outcome=Outcome(stop=stop)))
        assert words.startswith("Not redeemed (")
        assert "engine" not in words


# Claims and alarms


def test_one_that_cannot_be_open_again_stays_redeemed_when_its_claim_is_lost() -> None:
    lost = moved(State.REDEEMED, State.REDEEMED, claimed_by="OTHER012")
    alarm = entry(AuditEvent.ALARM, alarm=Alarm.CLAIM_LOST)

    [line, _, now] = told(a_request(State.REDEEMED), lost, alarm)
    assert line == (
        "The redemption it rested on turned out to belong to another request, OTHER012. It was taken from this one. "
        "It stays “Redeemed” here, without a redemption, as another request is open."
    )
    assert now.endswith(
        "Redeemed. To do: somebody who approves finds out which use is bill CD-1's and names it (Settle on its message)."
    )


def test_one_that_the_engine_said_yes_to_stays_redeemed_when_its_claim_is_lost() -> None:
    lost = moved(State.REDEEMED, State.REDEEMED, claimed_by="OTHER012")

    [line, _] = told(a_request(State.REDEEMED, outcome=Outcome(settled=Settled.ANSWER)), lost)
    assert line.endswith("It stays “Redeemed” here, without a redemption, as the engine itself said so.")


def test_a_use_that_a_person_named_is_told_with_their_note_and_settles_the_alarm() -> None:
    alarm = entry(AuditEvent.ALARM, alarm=Alarm.NO_REDEMPTION_ID)
    why = {"redemption_id": "9", "note": "On the roll", "groups": ["S0MANAGERS"]}
    named = replace(
        moved(State.REDEEMED, State.REDEEMED, **why, outcome={"redemption_id": "9"}), by=PersonId("U0ARJUN")
    )
    has_id = a_request(State.REDEEMED, outcome=Outcome(settled=Settled.ANSWER, redemption_id="9"))

    [_, line, now] = told(has_id, alarm, named)
    assert line.startswith("U0ARJUN named the engine's redemption 9 as this request's. Note: “On the roll”.")
    assert now.endswith("Closed. Nobody has to do anything.")


def test_a_use_that_a_person_named_and_another_request_has_leaves_it_to_do() -> None:
    why = {"redemption_id": "9", "note": "On the roll"}
    named = replace(moved(State.REDEEMED, State.REDEEMED, **why), by=PersonId("U0ARJUN"))

    [line, _, now] = told(a_request(State.REDEEMED), named, entry(AuditEvent.ALARM, alarm=Alarm.CLAIM_LOST))
    assert line.startswith(
        "U0ARJUN named the engine's redemption 9 as this request's. Another request has it, so nothing was changed."
    )
    assert "names it (Settle on its message)" in now


def test_an_id_that_a_look_found_settles_the_alarm() -> None:
    alarm = entry(AuditEvent.ALARM, alarm=Alarm.NO_REDEMPTION_ID)
    has_id = a_request(State.REDEEMED, outcome=Outcome(settled=Settled.ANSWER, redemption_id="9"))

    assert told(has_id, alarm)[-1].endswith("Closed. Nobody has to do anything.")
    another = entry(AuditEvent.ALARM, alarm=Alarm.CONTRADICTION)
    assert told(has_id, another)[-1].endswith("has to look into the alarm.")


@pytest.mark.parametrize("alarm", [one for one in Alarm if one is not Alarm.REQUEST_LOST])
def test_every_alarm_of_a_request_is_told_in_words(alarm: Alarm) -> None:
    [line, _] = told(a_request(State.REDEEMED), entry(AuditEvent.ALARM, alarm=alarm))

    assert alarm.value not in line


def test_an_alarm_before_the_last_move_is_dealt_with() -> None:
    alarm = entry(AuditEvent.ALARM, alarm=Alarm.CONTRADICTION)

    [*_, now] = told(a_request(State.REFUSED), alarm, moved(State.UNKNOWN, State.REFUSED))
    assert now.endswith("Closed. Nobody has to do anything.")


async def test_the_request_that_took_it_is_named_whole_also_where_others_begin_alike(
    database: Database, requests: LedgerRequests
) -> None:
    ours = await make(requests)
    for name in ("TAKERS01-AAAAAAA", "TAKERS01-BBBBBBB"):
        await make(requests, request_id=RequestId(name))
    claim = {"redemption_id": "R-1", "kind": "own_number", "from": ours.id}
    async with database.transaction() as connection:
        for taker, why in (("A", {**claim, "redemption_id": "R-2", "from": None}), ("B", claim)):
            taken = events.insert().values(request_id=f"TAKERS01-{taker * 7}", at=AT, what="claimed", why=why)
            await connection.execute(taken)

    lost = moved(State.REDEEMED, State.UNKNOWN, claimed_by="TAKERS01")
    settled = AuditEntry(id=1, at=AT, what="moved", by="U0SENIOR", to_state="redeemed", why={})
    entries = await with_rivals(LedgerStories(database), ours.id, [settled, lost])

    [_, line, _] = told(a_request(State.UNKNOWN), *entries)
    assert line == (
        "Redemption R-1 turned out to belong to another request, TAKERS01-BBBBBBB (its bill number is the one "
        "generated for that request). It was taken from this one. U0SENIOR's decision no longer stood. "
        "Whether this request was redeemed was unknown again."
    )


# How it stands


@table("state", State)
def test_every_state_says_whether_anybody_has_to_do_anything(state: State) -> None:
    for due_at in (None, AT + timedelta(hours=1)):
        [now] = told(a_request(state, due_at=due_at))

        assert now.startswith(f"Now, as of 2026-06-01 12:00:00: {STATE_WORDS[state]}")
        assert "Nobody has to do anything" in now or "To do: " in now


def test_an_unknown_one_whose_redemption_is_anothers_is_for_a_person_at_once() -> None:
    row = a_request(
        State.UNKNOWN,
        outcome=Outcome(doubt=Doubt.CLAIMED_ELSEWHERE),
        unknown_at=AT,
        due_at=AT + timedelta(seconds=5),
    )

    [now] = told(row)
    assert now.endswith(
        "To do: somebody who approves checks bill CD-1 and settles it (Settle on its message). "
        "Coupon Desk looks in the engine's records at 2026-06-01 12:00:05."
    )
