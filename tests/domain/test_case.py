from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bot.domain.case import (
    MOVES,
    NEVER,
    Case,
    CaseAnswer,
    CaseId,
    CaseState,
    Facts,
    KnownCodes,
    Verb,
    may_move,
)
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.finding import Verdict
from bot.domain.person import PersonId
from tests.tables import table

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FARAH, OMAR = PersonId("U0STOREOPS"), PersonId("U0OTHEROPS")
FACTS = Facts(customer=CustomerId("700000001"), customer_name="Asha Menon", code=CouponCode("WELCOME250"))
OPEN = Case(
    id=CaseId("ABCDEFGH23456789"),
    asker=PersonId("U0AGENT"),
    channel="C0STOREOPS",
    facts=FACTS,
    question="May she have it?",
    asked_at=NOON,
)
TAKEN = OPEN.taken(FARAH, NOON)
HONOUR = CaseAnswer(verb=Verb.HONOUR, reply="Let her have it", by=FARAH, at=NOON)


def test_a_case_is_taken_answered_and_reopened() -> None:
    answered = TAKEN.answered(HONOUR)
    again = answered.open_again(NOON)

    assert [one.state for one in (OPEN, TAKEN, answered, again)] == ["open", "taken", "answered", "open"]
    assert [one.version for one in (OPEN, TAKEN, answered, again)] == [1, 2, 3, 4]


def test_no_other_move_is_made() -> None:
    allowed = {(from_, to) for from_, to in product(CaseState, CaseState) if may_move(from_, to)}

    assert allowed == {
        ("open", "taken"),
        ("open", "answered"),
        ("taken", "taken"),
        ("taken", "answered"),
        ("answered", "open"),
    }
    assert set(MOVES) == set(CaseState)


def test_a_move_that_the_state_does_not_allow_is_an_error() -> None:
    answered = TAKEN.answered(HONOUR)
    for case in (OPEN, TAKEN):
        with pytest.raises(ValueError, match="does not become open"):
            case.open_again(NOON)
    with pytest.raises(ValueError, match="does not become answered"):
        answered.answered(HONOUR)
    with pytest.raises(ValueError, match="does not become taken"):
        answered.taken(OMAR, NOON)


def test_whoever_takes_it_over_is_its_owner_and_the_one_before_is_remembered() -> None:
    later = NOON + timedelta(minutes=5)

    over = TAKEN.taken(OMAR, later)

    assert (TAKEN.owner, TAKEN.before) == (FARAH, None)
    assert (over.owner, over.before, over.taken_at) == (OMAR, FARAH, later)


def test_one_that_is_reopened_has_no_owner_and_keeps_its_answers() -> None:
    again = TAKEN.answered(HONOUR).open_again(NOON)

    assert (again.owner, again.before, again.taken_at) == (None, FARAH, None)
    assert (again.answers, again.answer, again.reopened) == ((HONOUR,), None, 1)
    assert again.taken(OMAR, NOON).before == FARAH


def test_the_last_answer_counts() -> None:
    refused = replace(HONOUR, verb=Verb.REFUSE)

    twice = TAKEN.answered(HONOUR).open_again(NOON).taken(OMAR, NOON).answered(refused)

    assert twice.answer == refused
    assert twice.answers == (HONOUR, refused)


def test_it_is_to_be_honoured_only_while_that_is_its_answer_and_the_coupon_is_known() -> None:
    answered = TAKEN.answered(HONOUR)

    assert answered.honours
    assert not TAKEN.honours
    assert not answered.open_again(NOON).honours
    assert not TAKEN.answered(replace(HONOUR, verb=Verb.REISSUE)).honours
    assert not replace(answered, facts=replace(FACTS, code=None)).honours
    assert not replace(answered, facts=replace(FACTS, customer=None)).honours


AGAIN = TAKEN.answered(HONOUR).open_again(NOON)
STAGES = {
    "open": OPEN,
    "taken": TAKEN,
    "taken by another": OPEN.taken(OMAR, NOON),
    "answered": TAKEN.answered(HONOUR),
    "reopened": AGAIN,
    "reopened and taken": AGAIN.taken(FARAH, NOON),
}
#: Beside the stage itself: what may have been seen before Farah took it.
TAKEN_SINCE = {("open", "taken"), ("reopened", "reopened and taken")}


@table("seen", STAGES)
@table("now", STAGES)
def test_whoever_has_taken_it_sees_it_as_it_was_before(seen: str, now: str) -> None:
    as_seen = seen == now or (seen, now) in TAKEN_SINCE

    assert STAGES[now].is_as_seen(STAGES[seen].stage, FARAH) is as_seen
    assert STAGES[now].is_as_seen(STAGES[seen].stage, PersonId("U0ELSE")) is (seen == now)


def test_its_stage_changes_with_what_people_do_and_not_with_what_is_found_of_its_message() -> None:
    taken = OPEN.taken(FARAH, NOON)
    answered = taken.answered(HONOUR)
    stages = [OPEN, taken, OPEN.taken(OMAR, NOON), answered, answered.open_again(NOON)]

    assert len({one.stage for one in stages}) == len(stages)
    for one in stages:
        assert one.found(unposted=True).stage == one.stage


def test_words_about_it_show_no_mobile_no_e_mail_and_no_code_of_the_card() -> None:
    facts = replace(FACTS, others=(CouponCode("GOLD"), CouponCode("GOLD5000")))

    masked = facts.masked("9845012345 asha@example.com welcome-250 gold5000 GOLD", region="IN")

    assert masked == "…2345 …@example.com ••• ••• •••"
    assert Facts().masked("call 98450 12345", region="IN") == "call …2345"


def test_words_about_it_show_no_other_code_of_the_customer() -> None:
    codes = KnownCodes(known=(CouponCode("DIWALI99"), CouponCode("NEW")))

    masked = FACTS.masked("use diwali-99 or NEW, bill MG-88, not WELCOME250", region="IN", codes=codes)

    assert masked == "use ••• or •••, bill MG-88, not •••"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("use GOLD5000 instead", "use ••• instead"),
        ("use gold-5000 instead", "use ••• instead"),
        ("bill MG-88 of 1200 rupees, till 12", "bill MG-88 of 1200 rupees, till 12"),
        ("she was not served", "she was not served"),
    ],
)
def test_where_not_all_codes_are_known_whatever_may_be_one_is_masked(typed: str, shown: str) -> None:
    unread = KnownCodes(all_of_them=False)

    assert FACTS.masked(typed, region="IN", codes=unread) == shown
    assert FACTS.masked(shown, region="IN", codes=unread) == shown
    assert FACTS.masked(typed, region="IN") == typed


def test_whoever_answers_an_open_case_has_taken_it_by_that() -> None:
    at_once = OPEN.answered(HONOUR)

    assert (at_once.state, at_once.owner, at_once.taken_at) == ("answered", FARAH, NOON)
    assert TAKEN.answered(replace(HONOUR, by=OMAR)).owner == FARAH


@pytest.mark.parametrize("verdict", [None, *Verdict])
def test_redeem_is_offered_only_if_the_engine_allowed_it_when_it_was_honoured(
    verdict: Verdict | None,
) -> None:
    answered = TAKEN.answered(replace(HONOUR, verdict=verdict))

    assert answered.honours
    assert answered.may_be_redeemed is (verdict is Verdict.REDEEMABLE)
    assert not TAKEN.answered(replace(HONOUR, verb=Verb.REFUSE, verdict=verdict)).may_be_redeemed


class TestReminders:
    AFTER = (timedelta(minutes=15), timedelta(hours=1))

    def test_the_first_is_due_after_it_was_asked_and_the_next_after_that(self) -> None:
        asked = OPEN.expecting(NOON, self.AFTER)
        first = asked.attended(NOON + timedelta(minutes=15), self.AFTER)
        second = first.attended(NOON + timedelta(hours=1), self.AFTER)

        assert (asked.reminded, asked.attend_at) == (0, NOON + timedelta(minutes=15))
        assert (first.reminded, first.attend_at) == (1, NOON + timedelta(hours=1))
        assert (second.reminded, second.attend_at) == (2, NEVER)
        assert [one.version for one in (asked, first, second)] == [1, 2, 3]

    def test_after_a_pause_of_the_desk_one_is_posted_for_all_that_were_due(self) -> None:
        assert OPEN.attended(NOON + timedelta(days=1), self.AFTER).reminded == 2

    def test_they_count_anew_from_when_it_was_reopened(self) -> None:
        later = NOON + timedelta(days=1)
        again = replace(OPEN, reminded=2).taken(FARAH, NOON).answered(HONOUR).open_again(later, self.AFTER)

        assert (again.since, again.reminded, again.attend_at) == (later, 0, later + timedelta(minutes=15))

    def test_a_press_made_before_one_is_still_a_press_on_the_same_case(self) -> None:
        assert OPEN.attended(NOON + timedelta(hours=2), self.AFTER).stage == OPEN.stage

    def test_without_any_in_the_policy_none_is_due(self) -> None:
        assert OPEN.expecting(NOON, ()).attend_at == NEVER
