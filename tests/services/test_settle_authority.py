"""Who may settle an unknown outcome, what they are shown and may name, and what the audit log keeps of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

import pytest

from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import Use
from bot.domain.errors import CardExpired, CouldNotVerify, Denial, NotAllowed
from bot.domain.person import Actor, Freshness
from bot.domain.redemption import Doubt, Outcome, Redemption, RequestId, Settled, State
from bot.services.ports import AuditEvent
from bot.services.settle import SettleUnknown, named_use
from tests.fakes.audit import Told
from tests.services.redeeming import ARJUN, MANAGERS, OURS, VIKRAM, Shop, freshness, row, within
from tests.services.shelf import ASHA, NOON
from tests.services.woken import Woken

MANAGER = Actor(id=ARJUN, team="T0DESK")
OTHER = replace(OURS, id="3", bill="B-2")
#: What the audit log keeps of the groups as read.
JUDGED_BY = {"groups": ["S0MANAGERS"], "groups_read_at": NOON.isoformat()}


@dataclass
class Desk:
    """A shop with a manager, and what settles there."""

    shop: Shop = field(default_factory=Shop)
    woken: Woken = field(default_factory=Woken)

    def __post_init__(self) -> None:
        self.shop.rights.puts(ARJUN, "S0MANAGERS")
        use_cases = self.shop.use_cases()
        self.settle: SettleUnknown = replace(use_cases.settle, forget=self.shop.forget, wake=self.woken)

    @property
    def told(self) -> list[Told]:
        return self.shop.attempts.told


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    assert not desk.shop.engine.orders


def unknown(*found: Use) -> Redemption:
    return row(State.UNKNOWN, outcome=Outcome(doubt=Doubt.TIMED_OUT, uses=found), round=2)


# Opening the form


async def test_whoever_opens_the_form_is_shown_the_request_and_that_is_recorded(desk: Desk) -> None:
    held = desk.shop.ledger.holds(unknown())

    assert await desk.settle.look(held.id, by=MANAGER) == held
    assert desk.told == [
        Told(
            what=AuditEvent.DETAILS_SHOWN,
            by=ARJUN,
            request_id=held.id,
            case_id=None,
            why={"at": "close", **JUDGED_BY},
        )
    ]
    assert (freshness(desk.shop), within(desk.shop)) == ([Freshness.RECENT], [MANAGERS])


@pytest.mark.parametrize("state", [one for one in State if one is not State.UNKNOWN])
async def test_of_a_request_that_is_settled_nothing_is_shown(desk: Desk, state: State) -> None:
    held = desk.shop.ledger.holds(row(state, outcome=Outcome(redemption_id="2")))

    assert await desk.settle.look(held.id, by=MANAGER) == held
    assert desk.told == []


# Settling


async def settled(desk: Desk, held: Redemption, *, redeemed: bool, use: str | None = None) -> bool:
    handled = await desk.settle(
        held.id, held.outcome.found, redeemed=redeemed, note="Seen ABC, 98450 12345", by=MANAGER, use=use
    )
    return handled.ours


@pytest.mark.parametrize("redeemed", [True, False])
async def test_it_is_settled_by_the_person_with_their_note_masked(desk: Desk, redeemed: bool) -> None:
    held = desk.shop.ledger.holds(unknown(OURS))

    assert await settled(desk, held, redeemed=redeemed)
    after = desk.shop.ledger.rows[held.id]
    assert after.state is (State.REDEEMED if redeemed else State.NOT_REDEEMED)
    assert (after.outcome.settled, after.outcome.by, after.outcome.note) == (
        Settled.PERSON,
        ARJUN,
        "Seen •••, …2345",
    )
    assert after.outcome.redemption_id == ("2" if redeemed else None)
    assert desk.shop.forgotten == [ASHA.id]
    assert desk.woken.times == 1


async def test_the_event_has_the_note_the_groups_and_the_redemption(desk: Desk) -> None:
    held = desk.shop.ledger.holds(unknown(OURS))
    await settled(desk, held, redeemed=True)

    assert desk.shop.ledger.told == [
        (
            State.REDEEMED,
            {
                "note": "Seen •••, …2345",
                **JUDGED_BY,
                "settled": "person",
                "doubt": "timed_out",
                "redemption_id": "2",
            },
        )
    ]
    assert desk.shop.ledger.by == [ARJUN]
    [(_, _, change)] = desk.shop.ledger.moves
    assert change.claim == Claim(redemption_id="2", kind=ClaimKind.PERSON)
    assert desk.told == []


async def test_rights_are_read_at_the_press(desk: Desk) -> None:
    await settled(desk, desk.shop.ledger.holds(unknown()), redeemed=False)

    assert (freshness(desk.shop), within(desk.shop)) == ([Freshness.LIVE], [MANAGERS])


DENIED: dict[str, tuple[Exception, str, dict[str, object]]] = {
    "no settler": (
        NotAllowed(Denial.GROUP, groups=frozenset({"S0AGENTS"}), read_at=NOON),
        "close",
        {"groups": ["S0AGENTS"], "groups_read_at": NOON.isoformat()},
    ),
    "gone": (NotAllowed(Denial.DEACTIVATED), "deactivated", {}),
    "unread": (CouldNotVerify(), "could_not_verify", {}),
}


@pytest.mark.parametrize(("says", "denied", "judged_by"), DENIED.values(), ids=DENIED)
async def test_who_may_not_settles_nothing_and_is_in_the_audit_log(
    desk: Desk, says: Exception, denied: str, judged_by: dict[str, object]
) -> None:
    held = desk.shop.ledger.holds(unknown())
    desk.shop.rights.no = says

    for press in (settled(desk, held, redeemed=True), desk.settle.look(held.id, by=MANAGER)):
        with pytest.raises(type(says)):
            await press
    event = Told(
        what=AuditEvent.DENIED,
        by=ARJUN,
        request_id=held.id,
        case_id=None,
        why={"at": "close", "denied": denied, **judged_by},
    )
    assert desk.told == [event, event]
    assert desk.shop.ledger.moves == []


async def test_nobody_settles_their_own_request(desk: Desk) -> None:
    """Not even one who is a manager, too."""
    held = desk.shop.ledger.holds(unknown())
    desk.shop.rights.puts(VIKRAM.id, "S0MANAGERS")

    for press in (
        desk.settle(held.id, held.outcome.found, redeemed=True, note="", by=VIKRAM),
        desk.settle.look(held.id, by=VIKRAM),
    ):
        with pytest.raises(NotAllowed) as err:
            await press
        assert err.value.why is Denial.OWN_REQUEST
    assert [(one.what, one.by, one.why["denied"]) for one in desk.told] == [
        (AuditEvent.DENIED, VIKRAM.id, "own_request")
    ] * 2
    assert desk.shop.ledger.moves == []


async def test_a_request_that_is_not_there_is_in_the_audit_log(desk: Desk) -> None:
    with pytest.raises(CardExpired):
        await desk.settle(RequestId("NOBODYS"), "", redeemed=True, note="", by=MANAGER)

    assert [(one.what, one.why) for one in desk.told] == [
        (AuditEvent.DENIED, {"at": "close", "denied": "expired"})
    ]


# Too late


@pytest.mark.parametrize("redeemed", [True, False])
@pytest.mark.parametrize("state", [one for one in State if one is not State.UNKNOWN])
async def test_what_is_settled_stays_and_the_press_is_in_the_audit_log(
    desk: Desk, state: State, redeemed: bool
) -> None:
    held = desk.shop.ledger.holds(row(state, outcome=Outcome(settled=Settled.ANSWER), round=2))

    assert not await settled(desk, held, redeemed=redeemed)
    assert desk.shop.ledger.moves == []
    assert desk.told == [
        Told(
            what=AuditEvent.TOO_LATE,
            by=ARJUN,
            request_id=held.id,
            case_id=None,
            why={"at": "close", "state": state, "round": 2},
        )
    ]


async def test_who_was_shown_other_uses_settles_nothing(desk: Desk) -> None:
    held = desk.shop.ledger.holds(unknown(OURS))
    shown = Outcome(uses=(OTHER,)).found

    handled = await desk.settle(held.id, shown, redeemed=True, note="", by=MANAGER)

    assert (handled.ours, handled.row) == (False, held)
    assert [one.what for one in desk.told] == [AuditEvent.TOO_LATE]
    assert desk.shop.ledger.moves == []


async def test_a_look_at_the_same_moment_that_finds_another_use_comes_first(desk: Desk) -> None:
    """They have not been shown it."""
    held = desk.shop.ledger.holds(unknown(OURS))
    found = replace(held, version=held.version + 1, outcome=replace(held.outcome, uses=(OURS, OTHER)))
    desk.shop.ledger.beside = lambda: desk.shop.ledger.rows.update({held.id: found})

    assert not await settled(desk, held, redeemed=True)
    assert desk.shop.ledger.rows[held.id] == found
    assert [(one.what, one.why["state"]) for one in desk.told] == [(AuditEvent.TOO_LATE, State.UNKNOWN)]


@pytest.mark.parametrize(
    "change", [{"id": "3"}, {"bill": "B-2"}, {"at": NOON.replace(hour=13)}], ids=["id", "bill", "time"]
)
def test_uses_that_differ_are_another_set(change: dict[str, object]) -> None:
    other = Outcome(uses=(replace(OURS, **change),))  # type: ignore[arg-type]

    assert other.found != Outcome(uses=(OURS,)).found
    assert len(other.found) == 12
    assert Outcome(uses=(OURS, OTHER)).found != Outcome(uses=(OTHER, OURS)).found


# The use that they name


@pytest.mark.parametrize(
    ("found", "named", "redeemed"),
    [*product([(), (OURS,), (OURS, OTHER)], [None, "2", "3", "9"], [True, False])],
)
def test_they_name_one_of_the_uses_that_were_found(
    found: tuple[Use, ...], named: str | None, redeemed: bool
) -> None:
    """If one was found, it is that one unless they name another; with *not redeemed* it is none."""
    by_id = {use.id: use for use in found}
    only = found[0] if len(found) == 1 else None
    expected = (only if named is None else by_id.get(named)) if redeemed else None

    assert named_use(unknown(*found), named, redeemed=redeemed) is expected


@pytest.mark.parametrize("state", [one for one in State if one is not State.UNKNOWN])
async def test_what_is_settled_by_now_is_only_told_although_the_same_uses_are_known(
    desk: Desk, state: State
) -> None:
    held = desk.shop.ledger.holds(
        row(state, outcome=Outcome(settled=Settled.EVIDENCE, redemption_id="3", uses=(OURS,)))
    )

    assert not await settled(desk, held, redeemed=True)
    assert [one.what for one in desk.told] == [AuditEvent.TOO_LATE]
    assert (desk.shop.ledger.moves, desk.shop.forgotten, desk.woken.times) == ([], [], 0)


async def test_a_note_is_masked_as_numbers_are_written_here(desk: Desk) -> None:
    held = desk.shop.ledger.holds(unknown())
    configuration = replace(desk.settle.configuration, region="AU")
    settle = replace(desk.settle, configuration=configuration)
    handled = await settle(held.id, held.outcome.found, redeemed=False, note="Call 0412 345 678", by=MANAGER)

    assert handled.row.outcome.note == "Call …5678"
