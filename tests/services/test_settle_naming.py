"""A person names the use of a redemption that the engine confirmed without an id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.domain.alarm import Alarm
from bot.domain.claim import Claim, ClaimKind
from bot.domain.errors import Denial, EngineFault, NotAllowed
from bot.domain.handled import Handled
from bot.domain.person import Actor, Freshness
from bot.domain.redemption import Outcome, Redemption, RequestId, Settled, State
from bot.services.ports import AuditEvent
from bot.services.settle import SettleUnknown
from tests.services.redeeming import ARJUN, MANAGERS, OURS, TERMS, VIKRAM, Shop, freshness, row, within
from tests.services.shelf import ASHA, NOON

MANAGER = Actor(id=ARJUN, team="T0DESK")
#: Two uses since the day before, of which none proves to be this request's.
ONE, OTHER = replace(OURS, id="8", bill="B-8"), replace(OURS, id="9", bill="B-9")
NAMELESS = row(
    State.REDEEMED,
    terms=replace(TERMS, bill_number="B-77", generated=False),
    outcome=Outcome(settled=Settled.ANSWER, status=200, uses=(ONE, OTHER)),
    ended_at=NOON,
    due_at=None,
)


@dataclass
class Woken:
    times: int = 0

    def __call__(self) -> None:
        self.times += 1


@dataclass
class Desk:
    """A shop with a manager, and what settles there."""

    shop: Shop = field(default_factory=Shop)
    woken: Woken = field(default_factory=Woken)

    def __post_init__(self) -> None:
        self.shop.rights.puts(ARJUN, "S0MANAGERS")
        self.shop.engine.found = (ONE, OTHER)
        use_cases = self.shop.use_cases()
        look_now = replace(use_cases.look_again, forget=self.shop.forget).for_a_person
        self.settle: SettleUnknown = replace(
            use_cases.settle, forget=self.shop.forget, wake=self.woken, look_now=look_now
        )

    def held(self, **facts: Any) -> Redemption:
        return self.shop.ledger.holds(replace(NAMELESS, **facts))

    async def names(self, of: Redemption, use: str | None, **other: Any) -> Handled[Redemption]:
        said: dict[str, Any] = {"redeemed": True, "note": "On the roll", "by": MANAGER, **other}
        return await self.settle(of.id, of.outcome.found, use=use, **said)

    @property
    def events(self) -> list[AuditEvent]:
        return [one.what for one in self.shop.attempts.told]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    assert not desk.shop.engine.orders


async def test_the_use_that_they_name_is_claimed_by_their_word_and_the_state_stays(desk: Desk) -> None:
    handled = await desk.names(desk.held(), "9")

    after = handled.row
    assert (handled.ours, after.state, after.due_at) == (True, State.REDEEMED, None)
    assert after.outcome == Outcome(
        settled=Settled.ANSWER, status=200, redemption_id="9", uses=(OTHER,), by=ARJUN, note="On the roll"
    )
    [(_, to, change)] = desk.shop.ledger.moves
    assert (to, change.alarm) == (State.REDEEMED, None)
    assert change.claim == Claim(redemption_id="9", kind=ClaimKind.PERSON)
    assert (desk.shop.forgotten, desk.woken.times, desk.events) == ([ASHA.id], 1, [])
    assert (freshness(desk.shop), within(desk.shop)) == ([Freshness.LIVE], [MANAGERS])


async def test_the_event_has_who_the_note_the_groups_and_the_redemption(desk: Desk) -> None:
    await desk.names(desk.held(), "9", note="Seen ABC, 98450 12345")

    [(_, why)] = desk.shop.ledger.told
    assert desk.shop.ledger.by == [ARJUN]
    assert (why["redemption_id"], why["note"], why["groups"]) == ("9", "Seen •••, …2345", ["S0MANAGERS"])


@pytest.mark.parametrize("said", [{"redeemed": False}, {"use": "7"}, {"use": ""}, {"use": None}], ids=str)
async def test_nothing_but_a_use_that_was_found_is_an_answer(desk: Desk, said: dict[str, Any]) -> None:
    held = desk.held()
    handled = await desk.names(held, **{"use": "9", **said})

    assert (handled.ours, handled.row) == (False, held)
    assert (desk.shop.ledger.moves, desk.events) == ([], [AuditEvent.TOO_LATE])
    assert (desk.shop.forgotten, desk.woken.times) == ([], 0)


async def test_while_a_look_may_still_find_it_nobody_names_it(desk: Desk) -> None:
    handled = await desk.names(desk.held(due_at=NOON), "9")

    assert not handled.ours
    assert desk.shop.ledger.moves == []


async def test_a_second_press_reads_how_it_stands(desk: Desk) -> None:
    held = desk.held()
    first = await desk.names(held, "9")
    second = await desk.names(held, "8")

    assert (second.ours, second.row) == (False, first.row)
    assert desk.events == [AuditEvent.TOO_LATE]


async def test_who_was_not_shown_every_use_names_none(desk: Desk) -> None:
    held = desk.held()
    shown = replace(held, outcome=replace(held.outcome, uses=(OTHER,)))
    handled = await desk.names(shown, "9")

    assert (handled.ours, handled.row) == (False, held)


@pytest.mark.parametrize("kind", ClaimKind)
async def test_a_use_that_another_request_has_stays_that_ones_and_it_is_an_alarm(
    desk: Desk, kind: ClaimKind
) -> None:
    """No word of a person takes a redemption over; the request stays redeemed, and can be settled again."""
    desk.shop.ledger.claims["9"] = (RequestId("ANOTHER"), kind)
    held = desk.held()
    handled = await desk.names(held, "9")

    assert (handled.row.state, handled.row.outcome, handled.row.due_at) == (
        State.REDEEMED,
        held.outcome,
        None,
    )
    assert desk.shop.ledger.moves[-1][2].alarm is Alarm.CLAIM_LOST
    assert (await desk.names(handled.row, "8")).row.outcome.redemption_id == "8"


async def test_nobody_names_the_use_of_their_own_request(desk: Desk) -> None:
    desk.shop.rights.puts(VIKRAM.id, "S0MANAGERS")

    with pytest.raises(NotAllowed) as err:
        await desk.names(desk.held(), "9", by=VIKRAM)
    assert err.value.why is Denial.OWN_REQUEST
    assert desk.shop.ledger.moves == []


# Opening the form: one more look


async def test_whoever_opens_it_is_shown_what_the_engine_shows_by_now(desk: Desk) -> None:
    held = desk.held(outcome=replace(NAMELESS.outcome, uses=()))
    opened = await desk.settle.look(held.id, by=MANAGER)

    assert opened.outcome.uses == (ONE, OTHER)
    assert (opened.state, opened.due_at) == (State.REDEEMED, None)
    assert (desk.events, desk.woken.times) == ([AuditEvent.DETAILS_SHOWN], 1)
    assert desk.shop.ledger.told[-1][1]["uses"] == ["8", "9"]


async def test_what_another_request_has_by_now_is_not_offered_any_more(desk: Desk) -> None:
    desk.shop.engine.found = ()
    opened = await desk.settle.look(desk.held().id, by=MANAGER)

    assert (opened.state, opened.outcome.uses) == (State.REDEEMED, ())
    assert desk.shop.ledger.told[-1][1]["proof"] == "nothing new"


async def test_an_id_that_is_found_then_needs_nobody_to_name_it(desk: Desk) -> None:
    ours = replace(OURS, bill="B-77")
    desk.shop.engine.found = (ours,)
    held = desk.held()
    opened = await desk.settle.look(held.id, by=MANAGER)

    assert (opened.outcome.redemption_id, opened.due_at) == (ours.id, None)
    [(_, _, change)] = desk.shop.ledger.moves
    assert change.claim == Claim(redemption_id="2", kind=ClaimKind.EVIDENCE)
    assert desk.shop.ledger.told[-1][1]["proof"] == "other evidence"
    assert desk.shop.forgotten == [ASHA.id]


async def test_records_that_cannot_be_read_then_change_nothing_and_are_kept_as_a_look(desk: Desk) -> None:
    desk.shop.engine.found = EngineFault()
    held = desk.held()
    opened = await desk.settle.look(held.id, by=MANAGER)

    assert opened == replace(held, version=held.version + 1)
    assert desk.shop.ledger.told[-1][1] == {"error": "EngineFault"}
    assert not desk.shop.ledger.moves[-1][2].redraw


async def test_two_who_open_it_at_the_same_moment_read_the_same(desk: Desk) -> None:
    held = desk.held()
    looked = replace(held, version=held.version + 1)
    desk.shop.ledger.beside = lambda: desk.shop.ledger.rows.update({held.id: looked})

    assert await desk.settle.look(held.id, by=MANAGER) == looked


async def test_messages_are_drawn_again_only_where_something_else_was_found(desk: Desk) -> None:
    await desk.settle.look(desk.held().id, by=MANAGER)
    assert not desk.shop.ledger.moves[-1][2].redraw

    desk.shop.engine.found = (ONE,)
    await desk.settle.look(NAMELESS.id, by=MANAGER)
    assert desk.shop.ledger.moves[-1][2].redraw
