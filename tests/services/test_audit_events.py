"""What each event of the audit log must carry, and how each denial is told there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import structlog

from bot.domain.case import CaseId
from bot.domain.errors import (
    CardExpired,
    CouldNotVerify,
    Denial,
    EngineFault,
    NotAllowed,
    Superseded,
    UserError,
)
from bot.domain.person import Actor, Admission, PersonId
from bot.domain.redemption import RequestId
from bot.services.audit import CARRIES, AuditLog, judged_by
from bot.services.authorize import RIGHTS, Action, Members, check_own, owner_of
from bot.services.ports import AuditEvent
from tests.fakes.audit import FakeAttempts, Told
from tests.fakes.rights import FakeRights
from tests.services.attempts import authorize
from tests.services.redeeming import LARGE, MANAGERS, POLICY, VIKRAM, row
from tests.services.shelf import NOON
from tests.services.test_authorize import CASE, NO_GROUPS_READ

RAVI = Actor(id=PersonId("U0AGENT2"), team="T0DESK")

#: Names are stored: add, never rename.
MUST_CARRY: Mapping[AuditEvent, set[str]] = {
    AuditEvent.DENIED: {"at", "denied"},
    AuditEvent.REFUSED: {"at", "stop", "refusal"},
    AuditEvent.TOO_LATE: {"at", "state", "round"},
    AuditEvent.DETAILS_SHOWN: {"at", "groups", "groups_read_at"},
    AuditEvent.CASE_DENIED: {"at", "denied"},
    AuditEvent.CASE_TOO_LATE: {"at", "state"},
    AuditEvent.CASE_SHOWN: {"at", "groups", "groups_read_at"},
    AuditEvent.REQUESTS_SHOWN: {"key", "requests"},
    AuditEvent.CODE_SHOWN: {"coupon", "customer"},
}


@pytest.fixture
def log(attempts: FakeAttempts) -> AuditLog:
    return AuditLog(attempts=attempts)


def test_no_event_is_left_out() -> None:
    assert MUST_CARRY.keys() == CARRIES.keys()


@pytest.mark.parametrize(("what", "name"), [(what, one) for what, all_ in MUST_CARRY.items() for one in all_])
async def test_an_event_without_one_of_its_facts_is_not_written(
    log: AuditLog, attempts: FakeAttempts, what: AuditEvent, name: str
) -> None:
    given: dict[str, Any] = dict.fromkeys(MUST_CARRY[what], "x")
    await log.tell(what, by=RAVI.id, request_id=RequestId("ONE"), **given)
    del given[name]
    with pytest.raises(ValueError, match=f"^{what} without {name}$"):
        await log.tell(what, by=RAVI.id, request_id=RequestId("ONE"), **given)

    assert [one.what for one in attempts.told] == [what]


async def test_an_event_has_all_that_it_is_given(log: AuditLog, attempts: FakeAttempts) -> None:
    given: dict[str, Any] = {"at": "open", "denied": "guest", "more": 1}
    await log.tell(
        AuditEvent.DENIED, by=RAVI.id, request_id=RequestId("ONE"), case_id=CaseId("CASE"), **given
    )

    assert attempts.told == [
        Told(
            what=AuditEvent.DENIED,
            by=RAVI.id,
            request_id=RequestId("ONE"),
            case_id=CaseId("CASE"),
            why=given,
        )
    ]


JUDGED = {"groups": ["S0A", "S0B"], "groups_read_at": NOON.isoformat()}
DENIALS: Mapping[str, tuple[UserError, dict[str, Any]]] = {
    "not allowed": (NotAllowed(Denial.GUEST), {"denied": "guest"}),
    "in no group": (
        NotAllowed(Denial.GROUP, groups=frozenset({"S0B", "S0A"}), read_at=NOON),
        {"denied": "group", **JUDGED},
    ),
    "not verified": (CouldNotVerify(), {"denied": "could_not_verify"}),
    "superseded": (Superseded(), {"denied": "superseded"}),
    "expired": (CardExpired(), {"denied": "expired"}),
}


@pytest.mark.parametrize(("err", "why"), DENIALS.values(), ids=DENIALS)
@pytest.mark.parametrize("of_case", [False, True])
async def test_a_denial_is_written_before_it_is_told(
    log: AuditLog, attempts: FakeAttempts, err: UserError, why: dict[str, Any], of_case: bool
) -> None:
    about: dict[str, Any] = (
        {"case_id": CaseId("CASE"), "what": AuditEvent.CASE_DENIED}
        if of_case
        else {"request_id": RequestId("ONE")}
    )
    with pytest.raises(type(err)):
        async with log.attempt("open", RAVI.id, **about):
            raise err

    assert attempts.told == [
        Told(
            what=AuditEvent.CASE_DENIED if of_case else AuditEvent.DENIED,
            by=RAVI.id,
            request_id=None if of_case else RequestId("ONE"),
            case_id=CaseId("CASE") if of_case else None,
            why={"at": "open", **why},
        )
    ]


async def test_what_is_no_denial_is_none(log: AuditLog, attempts: FakeAttempts) -> None:
    async with log.attempt("open", RAVI.id):
        pass
    with pytest.raises(EngineFault):
        async with log.attempt("open", RAVI.id):
            raise EngineFault

    assert attempts.told == []


@pytest.mark.parametrize("groups", [None, frozenset({"S0B", "S0A"})])
@pytest.mark.parametrize("read_at", [None, NOON])
def test_groups_are_told_with_the_time_of_their_reading_or_not_at_all(groups: Any, read_at: Any) -> None:
    denied = NotAllowed(Denial.GROUP, groups=groups, read_at=read_at)

    assert judged_by(denied) == (JUDGED if groups and read_at else {})


def test_an_admission_is_judged_by_its_groups() -> None:
    admission = Admission(person=RAVI.id, groups=frozenset({"S0A", "S0B"}), read_at=NOON)

    assert judged_by(admission) == JUDGED
    assert judged_by(Admission(person=RAVI.id, groups=frozenset(), read_at=NOON))["groups"] == []


# Rights

#: The attempt's name in the audit log; None where another event covers it, which is named after the action then.
NAMES: Mapping[Action, str | None] = {
    Action.LOOK_UP: None,
    Action.PRESS_CARD: None,
    Action.OPEN_FORM: "open",
    Action.REVIEW: "review",
    Action.OPEN_AGAIN: "open",
    Action.BACK: "back",
    Action.CONFIRM: "confirm",
    Action.SPEND: None,
    Action.SPEND_APPROVED: None,
    Action.OPEN_DECISION: "look",
    Action.SHOW_DETAILS: "details",
    Action.SHOW_OWN: "details",
    Action.APPROVE: "approve",
    Action.REJECT: "reject",
    Action.WITHDRAW: "withdraw",
    Action.OPEN_SETTLING: "close",
    Action.SETTLE: "close",
    Action.ASK: "ask",
    Action.ASK_ABOUT_OWN: "ask",
    Action.TAKE: "take",
    Action.SHOW_CASE: "details",
    Action.SHOW_OWN_CASE: "details",
    Action.OPEN_ANSWER: "answer",
    Action.ANSWER: "answer",
    Action.REOPEN: "reopen",
    Action.HONOUR: "honour",
}
OF_CASES = {
    *(Action.ASK, Action.ASK_ABOUT_OWN, Action.TAKE, Action.OPEN_ANSWER),
    *(Action.ANSWER, Action.REOPEN, Action.HONOUR, Action.SHOW_CASE, Action.SHOW_OWN_CASE),
}


@pytest.mark.parametrize("action", Action, ids=lambda action: action.name)
@pytest.mark.parametrize("about", ["ONE", None])
async def test_an_attempt_is_written_under_its_actions_name(
    attempts: FakeAttempts, action: Action, about: str | None
) -> None:
    with pytest.raises(CouldNotVerify):
        async with authorize(FakeRights(), POLICY, attempts).attempt(
            action, RAVI, None if about is None else RequestId(about)
        ):
            raise CouldNotVerify

    of_case = action in OF_CASES
    [told] = attempts.told
    assert told.what is (AuditEvent.CASE_DENIED if of_case else AuditEvent.DENIED)
    assert (told.case_id, told.request_id) == ((about, None) if of_case else (None, about))
    assert told.why["at"] == (NAMES[action] or action.name.lower())
    assert RIGHTS[action].of_case is of_case


@pytest.mark.parametrize(
    "action", [action for action in Action if RIGHTS[action].members is not None], ids=lambda one: one.name
)
async def test_a_button_is_drawn_by_the_groups_of_its_action(action: Action) -> None:
    """For nobody where the groups are everybody's or the request's own: those are not known before the press."""
    rights = FakeRights(lets_in=True)
    await authorize(rights, POLICY).seems(action, RAVI, admitted=NO_GROUPS_READ)
    await authorize(rights, POLICY).again(action, RAVI.id)

    expected = {
        Members.LOOKUP: POLICY.lookup_groups,
        Members.REDEEM: POLICY.redeem.groups,
        Members.SETTLERS: MANAGERS,
        Members.STORE_OPS: POLICY.escalations.groups,
    }
    members = RIGHTS[action].members
    assert members is not None
    assert [one.groups for one in rights.checks] == [expected.get(members, frozenset())] * 2


async def test_a_press_is_bound_to_its_request_for_log_lines() -> None:
    held = row(terms=LARGE)

    async def read() -> Any:
        return held

    async def read_case() -> Any:
        return CASE

    ops = authorize(FakeRights(lets_in=True), POLICY)
    with structlog.contextvars.bound_contextvars():
        await ops.on(Action.APPROVE, RAVI, held.id, read)
        assert structlog.contextvars.get_contextvars()["request"] == held.reference
        await ops.on(Action.TAKE, RAVI, CASE.id, read_case)
        assert structlog.contextvars.get_contextvars()["case"] == CASE.reference
        structlog.contextvars.unbind_contextvars("request", "case")


def test_a_request_is_its_requesters_and_a_case_its_askers() -> None:
    assert (owner_of(row()), owner_of(CASE)) == (VIKRAM.id, CASE.asker)
    check_own(Action.WITHDRAW, VIKRAM, row())
