from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.case import Case, CaseId
from bot.domain.customer import CustomerId
from bot.domain.errors import Denial, NotAllowed
from bot.domain.home import PAGE_SIZE, HomePage, May, Page, Part, RecentCustomer
from bot.domain.limits import Limits, Usage
from bot.domain.lookup import LookUpId
from bot.domain.pause import Pause
from bot.domain.person import PersonId
from bot.domain.policy import Rule
from bot.domain.redemption import Redemption, RequestId, Settled, State, Trouble
from bot.sandbox.slack.blockkit.rules import view_faults
from bot.views import approval, home_recent, notices, redemption
from bot.views import case as case_view
from bot.views import home as view
from bot.views.kit import View
from tests.views.asking import OPEN
from tests.views.redeeming import (
    CLAIM,
    DISPLAY,
    HOSTILE,
    NOW,
    ROW,
    USE,
    asked_again,
    every_row,
    foreign_marks,
    hostile,
    hostile_rows,
    read,
    row,
    unknown,
)

SMALL = Rule(name="small, by a senior", up_to=Decimal(500))
REST = Rule(name="everything else", approvals=1, approvers=frozenset({"S0MANAGERS"}))
ALL = May(look_up=True, redeem=True, rules=(SMALL, REST), approve=True, answer=True)
NOTHING = May(
    look_up=False,
    redeem=False,
    lookers=frozenset({"S0AGENTS"}),
    redeemers=frozenset(f"S0{n}" for n in range(1, 8)),
)
#: Asked by the agent who reads it, and by somebody else.
CASE, OTHERS = OPEN, replace(OPEN, asker=PersonId("U0MANAGER"))
HOSTILE_CASE = replace(
    OTHERS,
    question=HOSTILE,
    facts=replace(OPEN.facts, customer_name=HOSTILE[:30]),
)
EMPTY = HomePage(
    person=OPEN.asker,
    groups=frozenset({"S0AGENTS"}),
    may=ALL,
    waiting=Page(),
    to_take=Page(),
    requests=Page(),
    attention=Page(),
    cases=Page(),
    limits=Limits(count=20, value=Decimal(10000)),
    used=Usage(count=3, value=Decimal(2000)),
    as_of=NOW,
)


def drawn(page: HomePage) -> View:
    """As tests of modals read them."""
    payload = view.home(page, display=DISPLAY)
    assert payload["type"] == "home"
    assert view_faults(payload, "home") == []
    return View("", tuple(payload["blocks"]))


def text(page: HomePage) -> str:
    return read(drawn(page))


def listed(*rows: Redemption, number: int = 0, total: int | None = None) -> Page[Redemption]:
    return Page(entries=rows, number=number, total=len(rows) if total is None else total)


def buttons(page: HomePage) -> list[tuple[str, str, str]]:
    """Word, action id and value of each, from top to bottom."""
    rows = [block["elements"] for block in drawn(page).blocks if block["type"] == "actions"]
    return [(one["text"]["text"], one["action_id"], one["value"]) for row_ in rows for one in row_]


def cases_(*cases: Case) -> Page[Case]:
    return Page(entries=cases, total=len(cases))


def many_cases(of: Case, number: int) -> Page[Case]:
    """A page in the middle of a long list."""
    cases = tuple(replace(of, id=CaseId(f"{number}{place:0>39}")) for place in range(PAGE_SIZE))
    return Page(entries=cases, number=1, total=10**6)


def many(of: Redemption, number: int) -> Page[Redemption]:
    """A page in the middle of a long list."""
    rows = [replace(of, id=RequestId(f"{number}{place:0>39}")) for place in range(PAGE_SIZE)]
    return listed(*rows, number=1, total=10**6)


class TestLayout:
    def test_the_parts_come_in_their_order(self) -> None:
        heads = [one["text"]["text"] for one in drawn(EMPTY).blocks if one["type"] == "header"]

        assert heads == [
            "Waiting for you",
            "Cases to take",
            "Your requests",
            "Needs attention",
            "Your open cases",
            "Customers you looked up last",
            "What you may do",
            "Help",
        ]

    def test_an_empty_part_says_so_in_words(self) -> None:
        for sentence in view.EMPTY.values():
            assert sentence in text(EMPTY)

    def test_the_help_names_every_command_with_examples(self) -> None:
        for command in ("/coupons", "/redemptions", "/promo-redemptions"):
            assert f"*{command}*" in text(EMPTY)
            assert f"`{command} " in text(EMPTY)

    def test_however_much_there_is_slack_takes_it(self) -> None:
        worst = replace(
            EMPTY,
            may=replace(
                ALL, rules=(replace(REST, name=HOSTILE, approvers=frozenset(map(str, range(99)))),) * 99
            ),
            waiting=many(hostile(asked_again(trouble=Trouble.NO_APPROVER)), 1),
            requests=many(hostile(replace(row(State.WAITING), expires_at=NOW)), 2),
            attention=many(hostile(unknown()), 3),
            to_take=many_cases(HOSTILE_CASE, 4),
            recent=tuple(
                RecentCustomer(customer=CustomerId(HOSTILE), look_up=LookUpId(str(n)), at=NOW)
                for n in range(5)
            ),
            cases=many_cases(HOSTILE_CASE.taken(PersonId("U0AGENT"), NOW), 5),
            limits=Limits(count=10**12, value=Decimal(10) ** 20),
            used=Usage(count=1, value=Decimal(10) ** 19),
            pause=Pause(why=HOSTILE, by="console:x", at=NOW),
        )

        assert len(drawn(worst).blocks) <= 100


class TestOutsideText:
    def test_nothing_in_a_request_is_read_as_mark_up(self) -> None:
        for of in hostile_rows():
            page = listed(of)

            assert foreign_marks(drawn(replace(EMPTY, waiting=page))) == []
            assert foreign_marks(drawn(replace(EMPTY, requests=page, attention=page))) == []

    def test_nothing_in_a_case_or_a_rule_is_read_as_mark_up(self) -> None:
        rules = replace(ALL, rules=(replace(SMALL, name=HOSTILE),))
        ours = replace(HOSTILE_CASE, asker=CASE.asker)
        page = replace(
            EMPTY,
            may=rules,
            to_take=cases_(HOSTILE_CASE),
            cases=cases_(HOSTILE_CASE.taken(CASE.asker, NOW), ours),
        )

        assert foreign_marks(drawn(page)) == []


class TestWaiting:
    PAGE = replace(EMPTY, waiting=listed(row(State.WAITING)))

    def test_it_is_decided_on_by_the_buttons_of_its_message(self) -> None:
        assert buttons(self.PAGE) == [
            ("Approve", approval.APPROVE, ROW.id),
            ("Reject", approval.REJECT, ROW.id),
            ("Details", approval.DETAILS, ROW.id),
        ]

    def test_neither_customer_nor_coupon_can_be_told_from_it(self) -> None:
        assert "·  Customer A. M., mobile …2345\n" in text(self.PAGE)
        assert "*Coupon:* ₹500 off  ·  worth ₹500 at most" in text(self.PAGE)
        assert "Asha" not in text(self.PAGE)
        assert ROW.terms.code not in text(self.PAGE)

    def test_reason_note_and_what_changed_stand_there_as_on_the_message(self) -> None:
        manager = replace(EMPTY, person=PersonId("U0MANAGER"), waiting=listed(asked_again()))
        page, others = text(manager), text(replace(manager, person=PersonId("U0OTHER")))

        asked = "Asked for by <@U0AGENT>  ·  reason: Till offline  ·  Customer A. M., mobile …2345\nBill is at the till\n"
        assert asked in page
        assert "*Asked again:* Your approval is void" in page
        assert "*Asked again:* <@U0MANAGER>'s approval is void" in others
        assert "has to decide by <!date^" in page
        assert "Reference `ABCDEFGH`" in page

    def test_what_was_typed_stands_in_a_quote(self) -> None:
        [quoted] = [block for block in drawn(self.PAGE).blocks if block["type"] == "rich_text"]

        assert "Bill is at the till" in str(quoted)


class TestRequests:
    def test_state_coupon_customer_time_and_reference_stand_there(self) -> None:
        of = text(replace(EMPTY, requests=listed(row(State.REFUSED))))

        assert "⛔ *Not redeemed*  ·  <!date^" in of
        assert "reference `ABCDEFGH`" in of
        assert "`WELCOME42`  *₹500 off*  ·  *Asha Menon*, mobile …2345  ·  bill of ₹1,499" in of

    def test_it_is_withdrawn_while_it_waits_and_not_later(self) -> None:
        for state in State:
            shown = buttons(replace(EMPTY, requests=listed(row(state))))

            withdraw = [("Withdraw", redemption.WITHDRAW, ROW.id)] if state is State.WAITING else []
            assert shown == withdraw

    def test_nothing_but_a_redemption_says_redeemed(self) -> None:
        told = {sentence.casefold() for sentence in text(EMPTY).splitlines()}
        for of in [one for one in every_row() if one.state is not State.REDEEMED]:
            lines = text(replace(EMPTY, requests=listed(of))).splitlines()

            assert [line for line in lines if line.casefold() not in told and CLAIM.search(line)] == []


class TestAttention:
    def test_an_unknown_outcome_is_masked_and_has_its_button(self) -> None:
        page = replace(EMPTY, attention=listed(unknown()))

        assert buttons(page) == [("Settle", redemption.CLOSE, ROW.id)]
        assert "*Outcome unknown*" in text(page)
        assert ROW.terms.code not in text(page)

    def test_a_redemption_whose_use_is_to_be_named_has_it_too(self) -> None:
        page = replace(EMPTY, attention=listed(row(State.REDEEMED, settled=Settled.ANSWER, uses=(USE,))))

        assert buttons(page) == [("Settle", redemption.CLOSE, ROW.id)]
        assert "Needs attention\n✅ *Redeemed*  ·  " in text(page)
        assert "press Settle to name the use" in text(page)


class TestCustomersLookedUpLast:
    ONE = RecentCustomer(customer=CustomerId("565039504"), look_up=LookUpId("look-up"), at=NOW)

    def test_each_stands_there_by_its_id_with_a_button_that_looks_it_up(self) -> None:
        page = drawn(replace(EMPTY, recent=(self.ONE,)))
        [row] = [block for block in page.blocks if "565039504" in str(block.get("text"))]

        assert row["text"]["text"].startswith("`id:565039504`  ·  <!date^")
        assert row["accessory"]["text"]["text"] == "Look up"
        assert home_recent.pressed(row["accessory"]) == "look-up"

    def test_without_any_it_says_so_and_who_may_not_look_up_sees_none(self) -> None:
        assert "Nobody in the last 24 hours." in text(EMPTY)
        page = replace(EMPTY, may=replace(ALL, look_up=False), recent=(self.ONE,))
        assert "looked up last" not in text(page)


class TestCases:
    def test_state_time_reference_and_question_stand_there(self) -> None:
        of = text(replace(EMPTY, cases=cases_(CASE)))

        assert "❓ *Open*  ·  asked less than a minute ago  ·  nobody has it  ·  case" in of
        assert f"case `{CASE.reference}`\n*Asha Menon*, mobile …2345  ·  `WELCOME42`" in of
        assert "asha menon says it was never used. May she have it?" in of
        assert buttons(replace(EMPTY, cases=cases_(CASE))) == []

    def test_those_of_others_are_taken_by_their_button(self) -> None:
        page = replace(EMPTY, to_take=cases_(OTHERS))

        seen = case_view.as_seen(OTHERS)
        assert buttons(page) == [
            ("Take it", case_view.TAKE, seen),
            ("Answer", case_view.ANSWER, seen),
            ("Details", case_view.DETAILS, OTHERS.id),
        ]
        assert "<@U0MANAGER> asks:\nA. M. says it was never used. May she have it?" in text(page)

    def test_those_that_one_took_are_answered_by_theirs(self) -> None:
        taken = OTHERS.taken(EMPTY.person, NOW)

        assert buttons(replace(EMPTY, cases=cases_(taken))) == [
            ("Answer", case_view.ANSWER, case_view.as_seen(taken)),
            ("Details", case_view.DETAILS, taken.id),
        ]
        assert "you have it" in text(replace(EMPTY, cases=cases_(taken)))

    def test_how_long_each_has_waited_and_whose_it_is_stands_at_its_head(self) -> None:
        taken = replace(OTHERS.taken(PersonId("U0OTHEROPS"), NOW), asked_at=NOW - timedelta(minutes=200))

        assert "asked 3 h 20 min ago  ·  <@U0OTHEROPS> has it" in text(replace(EMPTY, to_take=cases_(taken)))

    def test_nothing_waits_is_said_only_if_no_case_waits_either(self) -> None:
        old = replace(OTHERS, asked_at=NOW - timedelta(hours=2))
        page = text(replace(EMPTY, to_take=cases_(old, replace(old, id=CaseId("B")))))

        assert "Nothing waits for you" not in page
        assert "Waiting for you\n*Cases to take:* 2 cases; the first was asked 2 h ago." in page
        assert "Nothing waits for you" in text(EMPTY)

    def test_nor_if_an_unknown_outcome_or_a_case_that_one_has_taken_waits_below(self) -> None:
        one = text(replace(EMPTY, attention=listed(unknown())))
        many_ = text(replace(EMPTY, attention=listed(unknown(), total=7)))
        taken = text(replace(EMPTY, cases=cases_(OTHERS.taken(EMPTY.person, NOW))))

        for page in (one, many_, taken):
            assert "Nothing waits for you" not in page
        assert "Waiting for you\n*Needs attention:* One request to settle, below.\n" in one
        assert "*Needs attention:* 7 requests to settle, below." in many_
        assert "*Your open cases:* at least one that you have taken waits for your answer, below." in taken
        both = text(replace(EMPTY, attention=listed(unknown()), to_take=cases_(OTHERS)))
        assert "to settle, below.\n*Cases to take:* One case; the first was asked" in both
        assert "Nothing waits for you" in text(replace(EMPTY, cases=cases_(CASE)))

    def test_who_may_not_answer_sees_no_cases_to_take(self) -> None:
        page = replace(EMPTY, may=replace(ALL, answer=False), to_take=cases_(OTHERS))

        assert "Cases to take" not in text(page)

    def test_the_customer_is_not_named_to_store_ops(self) -> None:
        named = replace(OTHERS, question="May Asha Menon have it?")

        assert "Asha" not in text(replace(EMPTY, to_take=cases_(named)))

    def test_nobody_else_reads_of_cases_to_take(self) -> None:
        page = replace(EMPTY, may=replace(ALL, answer=False), to_take=Page())

        assert "to take" not in text(page)


class TestPages:
    @pytest.mark.parametrize(
        ("number", "total", "words"),
        [(0, 6, ["Next"]), (1, 11, ["Previous", "Next"]), (1, 10, ["Previous"])],
    )
    def test_there_are_buttons_to_pages_that_there_are(
        self, number: int, total: int, words: list[str]
    ) -> None:
        shown = replace(EMPTY, cases=Page(entries=(CASE,) * PAGE_SIZE, number=number, total=total))

        assert [word for word, _, _ in buttons(shown)] == words
        assert f"{number * 5 + 1} to {number * 5 + 5} of {total}" in text(shown)

    def test_a_list_of_one_page_has_none(self) -> None:
        assert buttons(replace(EMPTY, cases=Page(entries=(CASE,) * PAGE_SIZE, total=PAGE_SIZE))) == []

    def test_paging_buttons_page_their_own_list(self) -> None:
        shown = buttons(replace(EMPTY, cases=Page(entries=(CASE,) * PAGE_SIZE, number=1, total=99)))

        assert [view.wanted_page({"value": value}) for _, _, value in shown] == [
            (Part.CASES, 0),
            (Part.CASES, 2),
        ]

    @pytest.mark.parametrize(
        "value", ["", "cases", "cases.", "else.1", "cases.-1", "cases.²", "cases.99999999"]
    )
    def test_an_invalid_value_changes_no_page(self, value: str) -> None:
        assert view.wanted_page({"value": value}) == (Part.WAITING, 0)


class TestWhatYouMay:
    def test_rules_are_told_with_who_approves_and_what_is_left_today(self) -> None:
        of = text(EMPTY)

        assert "You may look customers up." in of
        assert "• worth up to ₹500: at once (“small, by a senior”)" in of
        assert "• any worth: after an approval by one of <!subteam^S0MANAGERS> (“everything else”)" in of
        assert "*Your limits:* 17 of 20 redemptions, ₹8,000 of ₹10,000 left today." in of
        assert "decide on what others ask for" in of
        assert "take and answer the cases" in of

    def test_what_somebody_may_not_is_told_without_figures(self) -> None:
        of = text(replace(EMPTY, may=replace(NOTHING, look_up=True)))

        assert "You are not allowed to redeem coupons: only members of <!subteam^S01>, " in of
        assert "left today" not in of
        assert "decide on what others ask for" not in of

    def test_without_limits_none_are_told(self) -> None:
        assert "*Your limits:* none are set." in text(replace(EMPTY, limits=Limits()))

    def test_groups_that_were_not_read_are_not_taken_for_none(self) -> None:
        of = text(replace(EMPTY, groups=None, may=None, waiting=None, to_take=None, attention=None))

        assert of.count("could not verify") == 3
        assert "not allowed" not in of
        assert view.EMPTY[Part.WAITING] not in of


class TestNothing:
    def test_somebody_who_may_do_nothing_reads_only_that(self) -> None:
        of = text(replace(EMPTY, may=NOTHING))

        assert "You are not allowed to look customers up: only members of <!subteam^S0AGENTS> are." in of
        redeemers = ", ".join(f"<!subteam^S0{n}>" for n in range(1, 6))
        assert f"You are not allowed to redeem coupons: only members of {redeemers} and 2 more are." in of
        assert "Ask your manager to add you to one of them." in of
        assert "Help" not in of

    def test_where_the_policy_names_no_group_nobody_is_told_to_have_themselves_added(self) -> None:
        of = text(replace(EMPTY, may=May(look_up=False, redeem=False)))

        assert "not allowed to redeem coupons: nobody is, as the policy names no group for it." in of
        assert "Tell whoever runs Coupon Desk." in of
        assert "add you" not in of

    def test_what_somebody_asked_for_when_they_could_stays(self) -> None:
        assert "`WELCOME42`" in text(replace(EMPTY, may=NOTHING, requests=listed(ROW)))

    def test_a_denial_stands_instead_of_everything(self) -> None:
        told: dict[str, Any] = view.told(notices.problem(NotAllowed(Denial.GUEST)))

        assert view_faults(told, "home") == []
        assert "guests cannot" in read(View("", tuple(told["blocks"])))


def test_a_list_that_goes_on_after_its_last_page_is_not_counted_to_the_end() -> None:
    page = replace(listed(*[ROW] * PAGE_SIZE, total=100), more=True)

    assert f"1 to {PAGE_SIZE} of more than 100" in text(replace(EMPTY, requests=page))
