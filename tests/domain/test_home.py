from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain.home import Concern, Page, concern, may, nearest_page, page_of
from bot.domain.person import PersonId
from bot.domain.policy import Approvals, Escalations, Policy, Redeeming, Rule
from bot.domain.redemption import Outcome, Redemption, State
from tests.views.redeeming import APPROVED, ROW

SMALL = Rule(name="small", up_to=Decimal(500), groups=frozenset({"S0SENIORS"}))
REST = Rule(name="rest", approvals=1, approvers=frozenset({"S0MANAGERS"}))
POLICY = Policy(
    lookup_groups=frozenset({"S0AGENTS"}),
    redeem=Redeeming(groups=frozenset({"S0AGENTS"}), rules=(SMALL, REST)),
    approvals=Approvals(channel="C0APPROVALS"),
    escalations=Escalations(channel="C0STOREOPS", groups=frozenset({"S0STOREOPS"})),
)
CLOSERS = frozenset({"S0LEADS"})


class TestPages:
    @pytest.mark.parametrize(
        ("wanted", "total", "number"), [(0, 0, 0), (3, 0, 0), (0, 5, 0), (1, 5, 0), (1, 6, 1), (9, 11, 2)]
    )
    def test_a_page_after_the_end_is_the_last_page(self, wanted: int, total: int, number: int) -> None:
        assert nearest_page(wanted, total) == number

    def test_a_complete_list_is_cut_into_pages(self) -> None:
        assert page_of(range(12), 1) == Page(entries=(5, 6, 7, 8, 9), number=1, total=12)
        assert page_of(range(12), 2) == Page(entries=(10, 11), number=2, total=12)
        assert page_of([], 4) == Page()

    def test_each_page_knows_its_position(self) -> None:
        pages = [page_of(range(10), number) for number in (0, 1)]

        assert [(page.first, page.is_last) for page in pages] == [(1, False), (6, True)]
        assert page_of([], 0).is_last


class TestMay:
    def test_somebody_in_no_group_may_do_nothing(self) -> None:
        nobody = may(POLICY, frozenset({"S0ELSE"}))

        assert nobody.nothing
        assert (nobody.lookers, nobody.redeemers) == (POLICY.lookup_groups, POLICY.redeem.groups)

    def test_everybody_may_look_up_where_the_policy_says_everyone(self) -> None:
        assert may(Policy(lookup_groups=None), frozenset()).look_up

    def test_only_rules_that_can_decide_on_somebodys_redemption_are_theirs(self) -> None:
        assert may(POLICY, frozenset({"S0AGENTS"})).rules == (REST,)
        assert may(POLICY, frozenset({"S0AGENTS", "S0SENIORS"})).rules == (SMALL, REST)
        assert may(POLICY, frozenset({"S0SENIORS"})).rules == ()

    def test_approvers_decide_and_store_ops_answer(self) -> None:
        manager, store_ops = may(POLICY, frozenset({"S0MANAGERS"})), may(POLICY, frozenset({"S0STOREOPS"}))

        assert (manager.approve, manager.answer) == (True, False)
        assert (store_ops.approve, store_ops.answer) == (False, True)


class TestConcern:
    def of(self, state: State) -> Concern:
        row: Redemption = replace(ROW, state=state, unknown_at=ROW.made_at)
        return concern(row, None, CLOSERS)

    def test_requester_and_approver_are_always_concerned(self) -> None:
        for state in State:
            decided = replace(ROW, state=state, decided=APPROVED)

            assert concern(decided, None, CLOSERS).people == {PersonId("U0AGENT"), PersonId("U0MANAGER")}
            assert concern(ROW, None, CLOSERS).people == {PersonId("U0AGENT")}

    @pytest.mark.parametrize(
        "state", [State.WAITING, State.APPROVED, State.REJECTED, State.WITHDRAWN, State.EXPIRED]
    )
    def test_approvers_are_concerned_while_it_waits_and_when_it_is_decided(self, state: State) -> None:
        assert self.of(state).groups == {"S0MANAGERS"}

    @pytest.mark.parametrize("state", [State.UNKNOWN, State.REDEEMED, State.NOT_REDEEMED])
    def test_settlers_are_concerned_while_it_is_unknown_and_when_it_is_settled(self, state: State) -> None:
        assert self.of(state).groups == CLOSERS

    @pytest.mark.parametrize("state", [State.NEW, State.SENDING, State.REFUSED])
    def test_a_state_on_no_list_of_a_group_does_not_concern_it(self, state: State) -> None:
        assert self.of(state).groups == frozenset()

    def test_a_request_that_was_never_unknown_concerns_no_settler(self) -> None:
        found = replace(ROW, state=State.REDEEMED, outcome=Outcome(redemption_id="9"))
        looked_for = replace(ROW, state=State.REDEEMED, due_at=ROW.made_at)

        assert concern(found, None, CLOSERS).groups == frozenset()
        assert concern(looked_for, None, CLOSERS).groups == frozenset()

    def test_settlers_are_concerned_while_a_use_is_to_be_named_and_when_it_is(self) -> None:
        to_be_named = replace(ROW, state=State.REDEEMED, due_at=None)
        named = replace(to_be_named, outcome=Outcome(redemption_id="9", by=PersonId("U0MANAGER")))

        assert concern(to_be_named, None, CLOSERS).groups == CLOSERS
        assert concern(named, PersonId("U0MANAGER"), CLOSERS).groups == CLOSERS

    def test_the_person_who_pressed_is_kept_separately(self) -> None:
        manager = PersonId("U0MANAGER")

        assert concern(ROW, manager, CLOSERS).pressed == {manager}
        assert concern(ROW, None, CLOSERS).pressed == frozenset()

    def test_two_concerns_merge_into_one(self) -> None:
        one, other = self.of(State.WAITING), concern(replace(ROW, state=State.NEW), PersonId("U0X"), CLOSERS)

        assert one | other == replace(one, pressed=frozenset({PersonId("U0X")}))
