"""One table says who may do what; this one says it in other words, from the design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.case import Case, CaseId, Facts
from bot.domain.errors import CardExpired, CouldNotVerify, Denial, NotAllowed
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.policy import Escalations, Policy
from bot.domain.redemption import Redemption, RequestId
from bot.services.audit import AuditLog
from bot.services.authorize import RIGHTS, Action, Authorize, check_own
from bot.services.ports import AuditEvent
from tests.fakes.audit import FakeAttempts
from tests.fakes.reads import Read
from tests.fakes.rights import FakeRights
from tests.services.redeeming import LARGE, POLICY, VIKRAM, row
from tests.services.shelf import NOON
from tests.tables import table

RAVI = Actor(id=PersonId("U0AGENT2"), team="T0DESK")
NO_GROUPS_READ = Admission(person=RAVI.id, groups=frozenset(), read_at=NOON)
LOOKERS, OPS = frozenset({"S0LOOKERS"}), frozenset({"S0STOREOPS"})
WIDE: Policy = replace(
    POLICY, lookup_groups=LOOKERS, escalations=Escalations(channel="C0STOREOPS", groups=OPS)
)
REDEEM, MANAGERS = frozenset({"S0AGENTS"}), frozenset({"S0MANAGERS"})
#: Of the request alone: the policy's own rules name other groups by now.
APPROVERS = frozenset({"S0EARLIER"})
REQUEST = row(terms=replace(LARGE, approvers=tuple(APPROVERS)))
CASE = Case(
    id=CaseId("CASE"), asker=VIKRAM.id, channel="C0STOREOPS", facts=Facts(), question="Why?", asked_at=NOON
)
EVERYBODY = None
LIVE, RECENT = Freshness.LIVE, Freshness.RECENT

#: Whose members may, and how fresh that must be read (design: "Rights").
WHO: Mapping[Action, tuple[frozenset[str] | None, Freshness]] = {
    Action.LOOK_UP: (LOOKERS, RECENT),
    Action.PRESS_CARD: (LOOKERS, RECENT),
    Action.OPEN_FORM: (REDEEM, RECENT),
    Action.OPEN_AGAIN: (REDEEM, RECENT),
    Action.REVIEW: (REDEEM, RECENT),
    Action.BACK: (REDEEM, RECENT),
    Action.SPEND: (REDEEM, LIVE),
    Action.SPEND_APPROVED: (APPROVERS, LIVE),
    Action.OPEN_DECISION: (APPROVERS, RECENT),
    Action.SHOW_DETAILS: (APPROVERS, RECENT),
    Action.APPROVE: (APPROVERS, LIVE),
    Action.REJECT: (APPROVERS, LIVE),
    Action.SHOW_OWN: (LOOKERS, RECENT),
    Action.WITHDRAW: (EVERYBODY, LIVE),
    Action.OPEN_SETTLING: (MANAGERS, RECENT),
    Action.SETTLE: (MANAGERS, LIVE),
    Action.ASK: (LOOKERS, RECENT),
    Action.ASK_ABOUT_OWN: (EVERYBODY, RECENT),
    Action.TAKE: (OPS, LIVE),
    Action.OPEN_ANSWER: (OPS, RECENT),
    Action.ANSWER: (OPS, LIVE),
    Action.SHOW_CASE: (OPS, RECENT),
    Action.SHOW_OWN_CASE: (LOOKERS, RECENT),
    Action.REOPEN: (LOOKERS, LIVE),
    Action.HONOUR: (EVERYBODY, RECENT),
}
#: What is said to whoever made it, and to everybody else, by what it is done to; None: they may.
OWN: Mapping[Action, tuple[Denial | None, Denial | None]] = {
    Action.OPEN_DECISION: (Denial.OWN_REQUEST, None),
    Action.SHOW_DETAILS: (Denial.OWN_REQUEST, None),
    Action.APPROVE: (Denial.OWN_REQUEST, None),
    Action.REJECT: (Denial.OWN_REQUEST, None),
    Action.OPEN_SETTLING: (Denial.OWN_REQUEST, None),
    Action.SETTLE: (Denial.OWN_REQUEST, None),
    Action.OPEN_AGAIN: (None, Denial.NOT_YOURS),
    Action.SHOW_OWN: (None, Denial.NOT_YOURS),
    Action.WITHDRAW: (None, Denial.NOT_YOURS),
    Action.TAKE: (Denial.OWN_CASE, None),
    Action.OPEN_ANSWER: (Denial.OWN_CASE, None),
    Action.ANSWER: (Denial.OWN_CASE, None),
    Action.SHOW_OWN_CASE: (None, Denial.ASKER),
    Action.REOPEN: (None, Denial.ASKER),
    Action.HONOUR: (None, Denial.ASKER),
}
#: What is said to full members who are in none of the groups.
IN_NONE = {
    Action.OPEN_FORM: Denial.REDEEM,
    Action.OPEN_AGAIN: Denial.REDEEM,
    Action.REVIEW: Denial.REDEEM,
    Action.BACK: Denial.REDEEM,
    Action.OPEN_DECISION: Denial.APPROVE,
    Action.SHOW_DETAILS: Denial.APPROVE,
    Action.APPROVE: Denial.APPROVE,
    Action.REJECT: Denial.APPROVE,
    Action.OPEN_SETTLING: Denial.CLOSE,
    Action.SETTLE: Denial.CLOSE,
    Action.TAKE: Denial.CASES,
    Action.OPEN_ANSWER: Denial.CASES,
    Action.ANSWER: Denial.CASES,
    Action.SHOW_CASE: Denial.CASES,
}


@pytest.fixture
def slack() -> FakeRights:
    return FakeRights(lets_in=True)


def asked(slack: FakeRights) -> list[tuple[frozenset[str] | None, Freshness]]:
    return [(one.groups, one.freshness) for one in slack.checks]


@pytest.fixture
def authorize(slack: FakeRights, attempts: FakeAttempts) -> Authorize:
    return Authorize(rights=slack, policy=WIDE, audit=AuditLog(attempts=attempts))


def about(action: Action) -> Redemption | Case:
    return CASE if RIGHTS[action].of_case else REQUEST


async def acts(authorize: Authorize, action: Action, by: Actor, *, gone: bool = False) -> None:
    async def read() -> Any:
        return None if gone else about(action)

    await authorize.on(action, by, about(action).id, read)


def test_no_action_is_left_out() -> None:
    assert set(RIGHTS) == set(Action)
    assert set(WHO) == set(Action) - {Action.CONFIRM}


@pytest.mark.parametrize("action", WHO, ids=lambda action: action.name)
async def test_whose_members_may_and_how_fresh_that_is_read(
    authorize: Authorize, slack: FakeRights, action: Action
) -> None:
    await authorize(action, RAVI, REQUEST)

    assert asked(slack) == [WHO[action]]


@pytest.mark.parametrize("action", WHO, ids=lambda action: action.name)
async def test_who_is_in_no_such_group_is_told_what_they_may_not_do(
    authorize: Authorize, slack: FakeRights, action: Action
) -> None:
    slack.no = NotAllowed(Denial.GROUP, groups=frozenset({"S0OTHERS"}), read_at=NOON)

    with pytest.raises(NotAllowed) as denied:
        await authorize(action, RAVI, REQUEST)

    assert denied.value.why is IN_NONE.get(action, Denial.GROUP)
    assert (denied.value.groups, denied.value.read_at) == (frozenset({"S0OTHERS"}), NOON)
    assert denied.value.needed == WHO[action][0]


async def test_of_what_follows_from_a_press_too_the_groups_that_may_are_told(
    authorize: Authorize, slack: FakeRights
) -> None:
    slack.no = NotAllowed(Denial.GROUP, groups=frozenset({"S0OTHERS"}), read_at=NOON)

    with pytest.raises(NotAllowed) as denied:
        await authorize.again(Action.SPEND_APPROVED, RAVI.id, REQUEST)

    assert denied.value.needed == APPROVERS


async def test_a_guest_is_told_so_whatever_they_try(authorize: Authorize, slack: FakeRights) -> None:
    slack.no = NotAllowed(Denial.GUEST)

    for action in WHO:
        with pytest.raises(NotAllowed) as denied:
            await authorize(action, RAVI, REQUEST)
        assert denied.value.why is Denial.GUEST


@pytest.mark.parametrize("action", OWN, ids=lambda action: action.name)
@pytest.mark.parametrize("by", [VIKRAM, RAVI], ids=["theirs", "another's"])
async def test_what_is_ones_own_and_what_is_not(
    authorize: Authorize, attempts: FakeAttempts, action: Action, by: Actor
) -> None:
    no = OWN[action][by is RAVI]
    if no is None:
        await acts(authorize, action, by)
        assert attempts.told == []
        return

    with pytest.raises(NotAllowed) as denied:
        await acts(authorize, action, by)

    assert denied.value.why is no
    assert [one.why["denied"] for one in attempts.told] == [no.value]


@table("action", Action)
def test_what_is_pressed_must_be_ones_own_or_may_be_anybodys(action: Action) -> None:
    """Of cards, forms and questions, too."""
    of_forms = dict.fromkeys(
        [Action.PRESS_CARD, Action.REVIEW, Action.BACK, Action.CONFIRM], Denial.NOT_YOURS
    )
    of_questions = dict.fromkeys([Action.ASK, Action.ASK_ABOUT_OWN], Denial.ASKER)
    theirs, anothers = OWN.get(action, (None, (of_forms | of_questions).get(action)))

    for by, no in ((VIKRAM, theirs), (RAVI, anothers)):
        if no is None:
            check_own(action, by, about(action))
            continue
        with pytest.raises(NotAllowed) as denied:
            check_own(action, by, about(action))
        assert denied.value.why is no


@pytest.mark.parametrize("action", OWN, ids=lambda action: action.name)
async def test_whoever_is_denied_is_in_the_audit_log_with_the_groups_as_read(
    authorize: Authorize, slack: FakeRights, attempts: FakeAttempts, action: Action
) -> None:
    slack.no = NotAllowed(Denial.GROUP, groups=frozenset({"S0B", "S0A"}), read_at=NOON)
    by = VIKRAM if OWN[action][0] is None else RAVI

    with pytest.raises(NotAllowed):
        await acts(authorize, action, by)

    (told,) = attempts.told
    of_case = RIGHTS[action].of_case
    assert told.what is (AuditEvent.CASE_DENIED if of_case else AuditEvent.DENIED)
    assert (told.by, told.case_id if of_case else told.request_id) == (by.id, about(action).id)
    assert told.why == {
        "at": RIGHTS[action].at,
        "denied": IN_NONE.get(action, Denial.GROUP).value,
        "groups": ["S0A", "S0B"],
        "groups_read_at": NOON.isoformat(),
    }


@pytest.mark.parametrize("action", OWN, ids=lambda action: action.name)
@pytest.mark.parametrize("no", [CouldNotVerify(), CardExpired()], ids=["could_not_verify", "expired"])
async def test_what_cannot_be_verified_or_found_is_in_the_audit_log_too(
    authorize: Authorize, slack: FakeRights, attempts: FakeAttempts, action: Action, no: Exception
) -> None:
    gone = isinstance(no, CardExpired)
    slack.no = None if gone else no

    with pytest.raises(type(no)):
        await acts(authorize, action, VIKRAM if OWN[action][0] is None else RAVI, gone=gone)

    assert [one.why["denied"] for one in attempts.told] == ["expired" if gone else "could_not_verify"]


async def test_nobody_approves_a_request_that_is_not_named(authorize: Authorize, slack: FakeRights) -> None:
    await authorize(Action.APPROVE, RAVI)

    assert asked(slack) == [(frozenset(), LIVE)]


async def test_what_follows_from_a_press_is_judged_by_what_was_read_for_it(
    authorize: Authorize, slack: FakeRights
) -> None:
    admission = await authorize(Action.APPROVE, RAVI, REQUEST)
    await authorize.again(Action.SPEND_APPROVED, RAVI.id, REQUEST, after=admission)

    assert [one.after for one in slack.checks] == [None, admission]
    assert asked(slack) == [(APPROVERS, LIVE), (APPROVERS, LIVE)]


async def test_a_button_is_drawn_by_the_groups_that_its_press_asks_for(
    authorize: Authorize, slack: FakeRights
) -> None:
    slack.puts(RAVI.id, *REDEEM)
    assert await authorize.seems(Action.OPEN_FORM, RAVI, admitted=NO_GROUPS_READ)

    assert asked(slack) == [(REDEEM, RECENT)]


@pytest.mark.parametrize(("groups", "may"), [(REDEEM, True), (frozenset(), False)], ids=["theirs", "none"])
async def test_whoever_was_let_in_by_their_groups_is_drawn_the_button_by_them(
    authorize: Authorize, slack: FakeRights, groups: frozenset[str], may: bool
) -> None:
    """A second reading might come too late for the card, which would be without its button then."""
    slack.unreadable.add(Read.GROUPS)
    admitted = replace(NO_GROUPS_READ, groups=groups, lease=1)

    assert await authorize.seems(Action.OPEN_FORM, RAVI, admitted=admitted) is may
    assert asked(slack) == []


async def test_an_attempt_without_what_it_was_judged_by_is_not_written(attempts: FakeAttempts) -> None:
    with pytest.raises(ValueError, match="without groups, groups_read_at"):
        await AuditLog(attempts=attempts).tell(
            AuditEvent.DETAILS_SHOWN, by=RAVI.id, request_id=RequestId("ONE"), at="details"
        )

    assert attempts.told == []
