"""What each decision writes and keeps in the audit log, who may make it, and what a look at the engine changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.errors import CardExpired, CouldNotVerify, Denial, EngineFault, NotAllowed, VersionConflict
from bot.domain.handled import Handled
from bot.domain.messages import MessageKind
from bot.domain.person import Actor, Admission, Freshness
from bot.domain.redemption import Decision, Outcome, Redemption, State
from bot.domain.refusal import Refusal
from bot.domain.shown import shown_digest, shown_facts
from bot.domain.transitions import Change
from bot.services.approval import PICKED_UP_AFTER_S, SPEND_WITHIN_S, Decide
from bot.services.ports import AuditEvent
from tests.aio.conftest import Timer
from tests.fakes.audit import Told
from tests.services.redeeming import (
    ARJUN,
    LARGE,
    MANAGERS,
    VIKRAM,
    Shop,
    after_whom,
    freshness,
    may,
    row,
    saying,
    within,
)
from tests.services.shelf import NOON, no
from tests.services.woken import Woken

MANAGER = Actor(id=ARJUN, team="T0DESK")
JUDGED_BY = {"groups": ["S0MANAGERS"], "groups_read_at": NOON.isoformat()}
ADMISSION = Admission(person=ARJUN, groups=MANAGERS, read_at=NOON, lease=1)
NOTE, MASKED = "Call 98450 12345 about ABC", "Call …2345 about •••"


@dataclass
class Room:
    """A shop with a manager, and what they decide with."""

    shop: Shop = field(default_factory=lambda: Shop(seconds=Timer(), engine=saying()))
    woken: Woken = field(default_factory=Woken)

    def __post_init__(self) -> None:
        self.shop.rights.puts(ARJUN, "S0MANAGERS")
        decide = self.shop.use_cases().decide
        final_no = replace(decide.final_no, wake=self.woken)
        self.decide: Decide = replace(decide, wake=self.woken, final_no=final_no)

    def waits(self, **facts: Any) -> Redemption:
        """A request in its second round."""
        ends = NOON + timedelta(hours=4)
        return self.shop.ledger.holds(row(State.WAITING, LARGE, **{"round": 2, "expires_at": ends, **facts}))

    @property
    def told(self) -> list[Told]:
        return self.shop.attempts.told


@pytest.fixture
def room() -> Room:
    return Room()


def approve(room: Room, by: Actor = MANAGER, round_: int = 2) -> Awaitable[Handled[Redemption]]:
    return room.decide.approve(row().id, round_, NOTE, by=by, window="V0WINDOW")


def reject(room: Room, by: Actor = MANAGER, round_: int = 2) -> Awaitable[Handled[Redemption]]:
    return room.decide.reject(row().id, round_, NOTE, by=by)


def withdraw(room: Room, by: Actor = VIKRAM, round_: int | None = None) -> Awaitable[Handled[Redemption]]:
    del round_
    return room.decide.withdraw(row().id, by=by)


Press = Callable[..., Awaitable[Handled[Redemption]]]


def shown(held: Redemption) -> str:
    return shown_digest(shown_facts(held.terms, held.asking, held.round))


# What each writes


async def test_an_approval_is_written_with_the_time_to_spend_it(room: Room) -> None:
    held = room.waits()
    handled = await approve(room)

    decided = Decision(by=ARJUN, at=NOON, round=2, approved=True, note=MASKED)
    change = Change(
        decided=decided,
        begin_in_s=600.0,
        due_in_s=45.0,
        post=((MessageKind.DECIDER, "V0WINDOW"),),
    )
    assert room.shop.ledger.moves == [(State.WAITING, State.APPROVED, change)]
    assert room.shop.ledger.told == [
        (State.APPROVED, {"round": 2, "note": MASKED, **JUDGED_BY, "shown": shown(held)})
    ]
    assert room.shop.ledger.by == [ARJUN]
    assert (handled.ours, handled.row.decided) == (True, decided)
    assert handled.admission == ADMISSION
    assert (SPEND_WITHIN_S, PICKED_UP_AFTER_S) == (600.0, 45.0)
    assert room.woken.times == 1
    assert room.told == []


async def test_an_approval_outside_of_a_window_posts_none(room: Room) -> None:
    room.waits()
    await room.decide.approve(row().id, 2, "", by=MANAGER, window=None)

    assert room.shop.ledger.moves[0][2].post == ()


async def test_a_rejection_is_written_with_its_reason(room: Room) -> None:
    held = room.waits()
    handled = await reject(room)

    decided = Decision(by=ARJUN, at=NOON, round=2, approved=False, note=MASKED)
    assert room.shop.ledger.moves == [(State.WAITING, State.REJECTED, Change(decided=decided))]
    assert room.shop.ledger.told == [
        (State.REJECTED, {"round": 2, "note": MASKED, **JUDGED_BY, "shown": shown(held)})
    ]
    assert room.shop.ledger.by == [ARJUN]
    assert (handled.ours, handled.admission) == (True, ADMISSION)


async def test_a_reason_from_the_list_is_kept_as_it_was_chosen(room: Room) -> None:
    held = room.waits()
    handled = await room.decide.reject(held.id, 2, NOTE, by=MANAGER, reason="Not eligible")

    assert handled.row.decided is not None
    assert handled.row.decided.reason == "Not eligible"
    assert room.shop.ledger.told[0][1]["reason"] == "Not eligible"


def test_the_policys_reasons_are_offered(room: Room) -> None:
    approvals = replace(room.decide.configuration.policy.approvals, reject_reasons=("Wrong coupon",))
    policy = replace(room.decide.configuration.policy, approvals=approvals)
    decide = replace(room.decide, configuration=replace(room.decide.configuration, policy=policy))

    assert decide.reject_reasons == ("Wrong coupon",)


async def test_a_withdrawal_is_the_requesters(room: Room) -> None:
    room.waits()
    handled = await withdraw(room)

    assert room.shop.ledger.moves == [(State.WAITING, State.WITHDRAWN, Change())]
    assert room.shop.ledger.told == [(State.WITHDRAWN, {"round": 2, "note": ""})]
    assert room.shop.ledger.by == [VIKRAM.id]
    assert (handled.ours, handled.admission) == (True, None)
    assert room.woken.times == 1
    assert (freshness(room.shop), within(room.shop)) == ([Freshness.LIVE], [None])


async def test_what_was_approved_is_spent_after_that_press(room: Room) -> None:
    room.waits()
    room.shop.engine.check = may(LARGE.discount)
    after = await room.decide.spend_approved(await approve(room))

    assert after.state is State.REDEEMED
    assert after_whom(room.shop) == [None, ADMISSION, ADMISSION]


# Who may

PRESSES: Mapping[str, tuple[Press, Actor, frozenset[str] | None, Denial]] = {
    "approve": (approve, MANAGER, MANAGERS, Denial.APPROVE),
    "reject": (reject, MANAGER, MANAGERS, Denial.APPROVE),
    "withdraw": (withdraw, VIKRAM, None, Denial.GROUP),
}


@pytest.mark.parametrize(("press", "by", "groups", "_"), PRESSES.values(), ids=PRESSES)
async def test_rights_are_read_at_the_press(
    room: Room, press: Press, by: Actor, groups: frozenset[str] | None, _: Denial
) -> None:
    room.waits()
    await press(room, by)

    assert (freshness(room.shop), within(room.shop)) == ([Freshness.LIVE], [groups])


@pytest.mark.parametrize(("press", "by", "_", "denial"), PRESSES.values(), ids=PRESSES)
@pytest.mark.parametrize("verified", [True, False])
async def test_a_denial_moves_nothing_and_is_in_the_audit_log(
    room: Room, press: Press, by: Actor, _: Any, denial: Denial, verified: bool
) -> None:
    held = room.waits()
    says = NotAllowed(Denial.GROUP, groups=frozenset({"S0A"}), read_at=NOON)
    room.shop.rights.no = says if verified else CouldNotVerify()
    with pytest.raises(NotAllowed if verified else CouldNotVerify):
        await press(room, by)

    at = next(name for name, (one, *_) in PRESSES.items() if one is press)
    judged_by = {"groups": ["S0A"], "groups_read_at": NOON.isoformat()}
    why = {"denied": denial.value, **judged_by} if verified else {"denied": "could_not_verify"}
    assert room.told == [
        Told(what=AuditEvent.DENIED, by=by.id, request_id=held.id, case_id=None, why={"at": at, **why})
    ]
    assert room.shop.ledger.moves == []


@pytest.mark.parametrize(
    ("press", "by", "denied"),
    [(approve, VIKRAM, "own_request"), (reject, VIKRAM, "own_request"), (withdraw, MANAGER, "not_yours")],
)
async def test_nobody_decides_on_their_own_and_only_they_withdraw(
    room: Room, press: Press, by: Actor, denied: str
) -> None:
    room.waits()
    room.shop.rights.puts(VIKRAM.id, "S0MANAGERS")
    with pytest.raises(NotAllowed):
        await press(room, by)

    assert [one.why["denied"] for one in room.told] == [denied]
    assert room.shop.ledger.moves == []


@pytest.mark.parametrize("press", [approve, reject, withdraw])
async def test_a_request_that_is_not_there_has_expired(room: Room, press: Press) -> None:
    with pytest.raises(CardExpired):
        await press(room)

    assert [one.why["denied"] for one in room.told] == ["expired"]


# Too late


@pytest.mark.parametrize(("press", "by", "_", "_denial"), PRESSES.values(), ids=PRESSES)
@pytest.mark.parametrize("state", [one for one in State if one is not State.WAITING])
async def test_what_waits_no_more_is_not_decided(
    room: Room, press: Press, by: Actor, _: Any, _denial: Denial, state: State
) -> None:
    held = room.shop.ledger.holds(row(state, LARGE, round=2))
    handled = await press(room, by)

    at = next(name for name, (one, *_rest) in PRESSES.items() if one is press)
    why = {"at": at, "state": state, "round": 2, "shown_round": None if press is withdraw else 2}
    assert room.told == [Told(what=AuditEvent.TOO_LATE, by=by.id, request_id=held.id, case_id=None, why=why)]
    assert (handled.ours, handled.row, handled.admission) == (False, held, None)
    assert room.shop.ledger.moves == []


@pytest.mark.parametrize("round_", [1, 3])
@pytest.mark.parametrize("press", [approve, reject])
async def test_another_round_than_was_shown_is_not_decided(room: Room, press: Press, round_: int) -> None:
    held = room.waits()
    handled = await press(room, MANAGER, round_)

    assert [one.why["shown_round"] for one in room.told] == [round_]
    assert (handled.ours, handled.row) == (False, held)
    assert room.shop.ledger.moves == []


@pytest.mark.parametrize(("press", "by", "_", "_denial"), PRESSES.values(), ids=PRESSES)
async def test_who_loses_a_race_is_in_the_audit_log(
    room: Room, press: Press, by: Actor, _: Any, _denial: Denial
) -> None:
    held = room.waits()
    theirs = replace(held, version=2, state=State.EXPIRED)
    room.shop.ledger.beside = lambda: room.shop.ledger.rows.update({held.id: theirs})
    handled = await press(room, by)

    assert (handled.ours, handled.row) == (False, theirs)
    assert [(one.why["state"], one.why["shown_round"]) for one in room.told] == [(State.EXPIRED, 2)]
    assert room.woken.times == 1


@pytest.mark.parametrize(
    "change",
    [{"round": 3}, {"terms": replace(LARGE, note="changed")}, {"outcome": Outcome(note="changed")}],
    ids=["round", "terms", "outcome"],
)
async def test_a_decision_holds_for_what_was_shown_alone(room: Room, change: dict[str, Any]) -> None:
    held = room.waits()
    changed = replace(held, version=2, **change)
    room.shop.ledger.beside = lambda: room.shop.ledger.rows.update({held.id: changed})

    assert not (await approve(room)).ours
    assert room.shop.ledger.moves == []


async def test_a_decision_holds_although_somebody_was_reminded(room: Room) -> None:
    held = room.waits()
    reminded = replace(held, version=2, reminded=1)
    room.shop.ledger.beside = lambda: room.shop.ledger.rows.update({held.id: reminded})

    assert (await approve(room)).ours
    assert room.shop.ledger.by == [ARJUN]
    assert room.shop.ledger.told == [
        (State.APPROVED, {"round": 2, "note": MASKED, **JUDGED_BY, "shown": shown(held)})
    ]


# Its time


@pytest.mark.parametrize("press", [approve, reject])
@pytest.mark.parametrize("past", [True, False])
async def test_past_its_time_it_expires_instead(room: Room, press: Press, past: bool) -> None:
    room.waits(expires_at=NOON if past else NOON + timedelta(seconds=1))
    handled = await press(room)

    assert handled.ours is not past
    if past:
        assert room.shop.ledger.told == [(State.EXPIRED, {"past": "expires_at"})]
        assert [one.why["state"] for one in room.told] == [State.EXPIRED]
        assert room.woken.times == 1


async def test_without_a_time_it_does_not_expire(room: Room) -> None:
    room.waits(expires_at=None)

    assert (await approve(room)).ours


async def test_somebody_elses_move_at_its_end_comes_first(room: Room) -> None:
    held = room.waits(expires_at=NOON)
    theirs = replace(held, version=2, state=State.WITHDRAWN)
    room.shop.ledger.beside = lambda: room.shop.ledger.rows.update({held.id: theirs})

    assert (await approve(room)).row == theirs


@pytest.mark.parametrize("state", [one for one in State if one is not State.WAITING])
async def test_what_does_not_wait_does_not_expire_by_a_look(room: Room, state: State) -> None:
    held = room.shop.ledger.holds(row(state, LARGE, expires_at=NOON))

    assert await room.decide.look(held.id, by=MANAGER) == held
    assert room.shop.ledger.moves == []


# Looking at it


async def test_a_look_is_recent_and_moves_nothing(room: Room) -> None:
    held = room.waits()

    assert await room.decide.look(held.id, by=MANAGER) == held
    assert (freshness(room.shop), within(room.shop)) == ([Freshness.RECENT], [MANAGERS])
    assert room.told == []


async def test_details_are_recorded_with_the_groups_as_read(room: Room) -> None:
    held = room.waits()

    assert await room.decide.unmasked(held.id, by=MANAGER) == held
    assert room.told == [
        Told(
            what=AuditEvent.DETAILS_SHOWN,
            by=ARJUN,
            request_id=held.id,
            case_id=None,
            why={"at": "details", **JUDGED_BY},
        )
    ]


@pytest.mark.parametrize(("name", "at"), [("look", "look"), ("unmasked", "details")])
async def test_who_may_not_look_is_in_the_audit_log(room: Room, name: str, at: str) -> None:
    held = room.waits()
    with pytest.raises(NotAllowed):
        await getattr(room.decide, name)(held.id, by=VIKRAM)

    assert [(one.what, one.why) for one in room.told] == [
        (AuditEvent.DENIED, {"at": at, "denied": "own_request"})
    ]


async def test_the_engines_check_as_of_now(room: Room) -> None:
    held = room.waits()

    assert await room.decide.facts(held) == room.shop.engine.check
    assert room.shop.engine.calls == ["redeemability 5 ABC"]
    room.shop.engine.check = EngineFault()
    assert await room.decide.facts(held) is None


FINAL = (
    *(Refusal.ALREADY_USED, Refusal.NOT_TWICE, Refusal.COUPON_EXPIRED, Refusal.SERIES_EXPIRED),
    *(Refusal.REVOKED, Refusal.NO_SUCH_COUPON, Refusal.NOT_THEIRS),
)


@pytest.mark.parametrize("refusal", Refusal)
async def test_only_a_final_no_ends_what_waits(room: Room, refusal: Refusal) -> None:
    held = room.waits()
    room.shop.engine.check = no(refusal)
    after, check = await room.decide.checked(held)

    assert check == room.shop.engine.check
    if refusal in FINAL:
        assert (after.state, after.outcome) == (State.REFUSED, Outcome(refusal=refusal))
        assert room.shop.ledger.told == [(State.REFUSED, {"refusal": refusal})]
        assert room.woken.times == 1
    else:
        assert (after, room.shop.ledger.moves, room.woken.times) == (held, [], 0)


@pytest.mark.parametrize("state", [one for one in State if one is not State.WAITING])
async def test_a_final_no_ends_nothing_else(room: Room, state: State) -> None:
    held = room.shop.ledger.holds(row(state, LARGE))
    room.shop.engine.check = no(Refusal.REVOKED)

    assert await room.decide.checked(held) == (held, room.shop.engine.check)
    assert room.shop.ledger.moves == []


async def test_a_yes_and_no_answer_end_nothing(room: Room) -> None:
    held = room.waits()

    assert await room.decide.checked(held) == (held, room.shop.engine.check)
    room.shop.engine.check = EngineFault()
    assert await room.decide.checked(held) == (held, None)
    assert room.shop.ledger.moves == []


async def test_a_final_no_and_somebody_elses_move_at_the_same_moment(room: Room) -> None:
    held = room.waits()
    theirs = replace(held, version=2, state=State.WITHDRAWN)
    room.shop.ledger.beside = lambda: room.shop.ledger.rows.update({held.id: theirs})
    room.shop.engine.check = no(Refusal.REVOKED)

    assert await room.decide.checked(held) == (theirs, room.shop.engine.check)
    assert room.woken.times == 1


async def test_a_request_that_is_gone_meanwhile_has_expired(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = room.waits()

    async def gone(*_given: Any, **_named: Any) -> Redemption:
        room.shop.ledger.rows.pop(held.id, None)
        raise VersionConflict

    monkeypatch.setattr(room.shop.ledger, "move", gone)
    with pytest.raises(CardExpired):
        await approve(room)
    room.shop.engine.check = no(Refusal.REVOKED)
    assert await room.decide.checked(held) == (held, room.shop.engine.check)


async def test_a_note_is_masked_as_numbers_are_written_here(room: Room) -> None:
    room.waits()
    room.decide = replace(room.decide, configuration=replace(room.decide.configuration, region="AU"))
    await room.decide.reject(row().id, 2, "Call 0412 345 678", by=MANAGER)

    assert room.shop.ledger.told[0][1]["note"] == "Call …5678"
