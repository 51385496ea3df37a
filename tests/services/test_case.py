"""Cases: what each press does, what is masked, what an honoured coupon offers, and whom reminders call."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.case import Case, CaseAnswer, CaseId, CaseState, Facts, Question, Verb
from bot.domain.coupon import CouponCode, Use
from bot.domain.errors import CardExpired, Denial, EngineFault, NotAllowed, VersionConflict
from bot.domain.finding import Verdict
from bot.domain.handled import Handled
from bot.domain.lookup import LookUp, LookUpId
from bot.domain.messages import MessageKind
from bot.domain.person import Actor, PersonId
from bot.domain.policy import Escalations, Policy
from bot.domain.redemption import State, Trouble
from bot.domain.refusal import Refusal
from bot.domain.request_errors import NobodyToAsk
from bot.services.case import HandleCase, Reach
from bot.services.case_facts import PAGES, ReadCaseFacts
from bot.services.case_question import AskStoreOps, OpenQuestion
from bot.services.case_reminders import RemindOfCases
from bot.services.lookup import Caching, FindCoupon, LookUpCoupons
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import AuditEvent
from tests.fakes.audit import FakeAttempts
from tests.fakes.cases import FakeCases
from tests.fakes.coupons import FakeCoupon
from tests.fakes.engine import FakeEngine
from tests.fakes.kept import FakeLookUps, FakeQuestions
from tests.fakes.requests import FakeRequests
from tests.fakes.rights import FakeChannels, FakePermalinks, FakeRights
from tests.services.attempts import authorize
from tests.services.redeeming import TERMS, coupon, may, row
from tests.services.rounds import Rounds
from tests.services.shelf import ABC, ASHA, NOON, no

NISHA, FARAH, OMAR = (Actor(id=PersonId(one), team="T0DESK") for one in ("U0AGENT", "U0OPS", "U0OPS2"))
CARD = LookUpId("card")
CHANNEL, LOOKERS = "C0STOREOPS", frozenset({"S0LOOKERS"})
ESCALATIONS = Escalations(
    channel=CHANNEL,
    groups=frozenset({"S0STOREOPS"}),
    remind_after=(timedelta(minutes=15), timedelta(hours=1)),
)
FACTS = Facts(customer=ASHA.id, customer_name=ASHA.name, customer_tail="2345", code=ABC)
OPEN = Case(
    id=CaseId("ABCDEFGH23456789"),
    asker=NISHA.id,
    channel=CHANNEL,
    facts=FACTS,
    question="May she have it?",
    asked_at=NOON,
)
TAKEN = OPEN.taken(FARAH.id, NOON)


def engine(size: int = 3) -> FakeEngine:
    """Asha has so many coupons, beside the one that is asked about."""
    made = FakeEngine(check=may(), record=coupon())
    made.knows(ASHA)
    for number in reversed(range(size)):
        made.holds(FakeCoupon(CouponCode(f"SAVE-{number:03}"), Decimal(100), 1, ASHA))
    return made


@dataclass
class Desk:
    """The use cases of cases on an engine and a ledger in memory."""

    caching: Caching
    shelf: FakeEngine = field(default_factory=engine)
    cases: FakeCases = field(default_factory=FakeCases)
    attempts: FakeAttempts = field(default_factory=FakeAttempts)
    questions: FakeQuestions = field(default_factory=FakeQuestions)
    look_ups: FakeLookUps = field(default_factory=FakeLookUps)
    requests: FakeRequests = field(default_factory=FakeRequests)
    at: datetime = NOON
    engine: Any = None

    def __post_init__(self) -> None:
        self.rights = FakeRights(lets_in=True, groups={"S0STOREOPS": {FARAH.id, OMAR.id}})
        policy = Policy(lookup_groups=LOOKERS, escalations=ESCALATIONS)
        self.authorize = authorize(self.rights, policy, self.attempts)
        self.reach = Reach(escalations=ESCALATIONS, channels=FakeChannels(), rights=self.rights)
        asked = self.engine or self.shelf
        self.find = FindCoupon(asked, self.now, self.caching)
        self.look_up = LookUpCoupons(asked, self.now, self.caching)
        self.facts = ReadCaseFacts(find=self.find, look_up=self.look_up)

    def now(self) -> datetime:
        return self.at

    @property
    def handle(self) -> HandleCase:
        return HandleCase(
            authorize=self.authorize,
            audit=self.authorize.audit,
            reach=self.reach,
            cases=self.cases,
            requests=self.requests,
            facts=self.facts,
            region="IN",
            now=self.now,
            wake=lambda: None,
        )

    @property
    def ask(self) -> AskStoreOps:
        return AskStoreOps(
            authorize=self.authorize,
            requests=self.requests,
            reach=self.reach,
            questions=self.questions,
            cases=self.cases,
            facts=self.facts,
            region="IN",
            now=self.now,
            wake=lambda: None,
        )

    @property
    def opening(self) -> OpenQuestion:
        return OpenQuestion(
            authorize=self.authorize,
            cards=LookUpCards(self.authorize, self.look_ups),
            requests=self.requests,
            reach=self.reach,
            look_up=self.look_up,
            find=self.find,
            permalinks=FakePermalinks(),
            questions=self.questions,
            region="IN",
        )

    @property
    def remind(self) -> RemindOfCases:
        return RemindOfCases(escalations=ESCALATIONS, cases=self.cases, now=self.now, wake=lambda: None)

    @property
    def posted(self) -> list[MessageKind]:
        return [row.role for row in self.cases.outbox.rows]

    async def asks(self, words: str, facts: Facts = FACTS) -> Case:
        await self.questions.keep(Question(id=OPEN.id, asker=NISHA.id, facts=facts))
        return await self.ask(OPEN.id, words, by=NISHA)

    async def answers(self, case: Case, verb: Verb = Verb.HONOUR, reply: str = "Yes") -> CaseAnswer:
        handled = await self.handle.answer(case.id, case.stage, verb, reply, by=FARAH)
        assert handled.ours
        answer = handled.row.answer
        assert answer is not None
        return answer


def holds(desk: Desk, case: Case) -> None:
    """Somebody else's press has made it so."""
    desk.cases.holds(case)


@pytest.fixture
def desk(caching: Caching) -> Desk:
    return Desk(caching)


class TestAnswering:
    async def test_an_open_case_is_taken_and_answered_by_one_move(self, desk: Desk) -> None:
        await desk.answers(desk.cases.holds(OPEN))

        held = desk.cases.rows[OPEN.id]
        assert (held.state, held.owner, held.taken_at) == (CaseState.ANSWERED, FARAH.id, NOON)
        # One move is one update of each of its messages: in the channel and to the asker.
        assert [what for what, *_ in desk.cases.events] == [AuditEvent.CASE_ANSWERED]

    async def test_one_that_another_has_taken_is_not(self, desk: Desk) -> None:
        desk.cases.holds(TAKEN)
        handled = await desk.handle.answer(TAKEN.id, TAKEN.stage, Verb.OTHER, "Yes", by=OMAR)

        assert (handled.ours, handled.row) == (False, TAKEN)

    async def test_of_two_who_answer_at_once_the_second_changes_nothing(self, desk: Desk) -> None:
        desk.cases.holds(OPEN)
        await desk.answers(OPEN)
        handled = await desk.handle.answer(OPEN.id, OPEN.stage, Verb.REFUSE, "No", by=OMAR)

        assert not handled.ours
        assert handled.row.owner == FARAH.id

    @pytest.mark.parametrize("before", [OPEN, OPEN.taken(OMAR.id, NOON)], ids=["open", "taken from another"])
    @pytest.mark.parametrize("at_once", [False, True], ids=["before the answer", "at the same moment"])
    async def test_who_has_taken_it_since_the_form_was_drawn_answers_it(
        self, desk: Desk, before: Case, at_once: bool
    ) -> None:
        """Take it and at once Answer, on the same copy of the message."""
        taken = before.taken(FARAH.id, NOON + timedelta(minutes=1))
        desk.cases.holds(OPEN if at_once else taken)
        desk.cases.beside = lambda: holds(desk, taken)
        answer = await desk.answers(OPEN)

        held = desk.cases.rows[OPEN.id]
        assert (held.state, held.owner, held.answers) == (CaseState.ANSWERED, FARAH.id, (answer,))
        assert held.taken_at == NOON + timedelta(minutes=1)

    @pytest.mark.parametrize("at_once", [False, True], ids=["before the answer", "at the same moment"])
    async def test_an_answer_to_a_case_that_another_has_taken_since_changes_nothing(
        self, desk: Desk, at_once: bool
    ) -> None:
        theirs = OPEN.taken(OMAR.id, NOON)
        desk.cases.holds(OPEN if at_once else theirs)
        desk.cases.beside = lambda: holds(desk, theirs)
        handled = await desk.handle.answer(OPEN.id, OPEN.stage, Verb.OTHER, "Yes", by=FARAH)

        assert (handled.ours, handled.row) == (False, theirs)
        assert desk.cases.events == []
        assert [one.what for one in desk.attempts.told] == [AuditEvent.CASE_TOO_LATE]

    async def test_an_answer_to_what_was_asked_before_it_was_reopened_changes_nothing(
        self, desk: Desk
    ) -> None:
        """Though the same person has it again."""
        again = TAKEN.answered(CaseAnswer(verb=Verb.OTHER, reply="", by=OMAR.id, at=NOON)).open_again(NOON)
        desk.cases.holds(again.taken(FARAH.id, NOON))

        for stage in (OPEN.stage, TAKEN.stage):
            assert not (await desk.handle.answer(OPEN.id, stage, Verb.OTHER, "Yes", by=FARAH)).ours
        assert desk.cases.events == []

    async def test_a_second_press_on_take_it_at_the_same_moment_takes_it_once(self, desk: Desk) -> None:
        desk.cases.holds(OPEN)
        desk.cases.beside = lambda: holds(desk, TAKEN)

        assert await desk.handle.take(OPEN.id, OPEN.stage, by=FARAH) == Handled(row=TAKEN, ours=False)
        assert desk.cases.events == []

    async def test_a_reminder_written_meanwhile_does_not_stop_it(self, desk: Desk) -> None:
        desk.cases.holds(OPEN.attended(NOON + timedelta(hours=2), ESCALATIONS.remind_after))

        assert (await desk.answers(OPEN)).by == FARAH.id

    async def test_nobody_answers_their_own_question(self, desk: Desk) -> None:
        desk.cases.holds(OPEN)

        with pytest.raises(NotAllowed):
            await desk.handle.answer(OPEN.id, OPEN.stage, Verb.HONOUR, "Yes", by=NISHA)
        assert desk.cases.rows[OPEN.id] == OPEN

    async def test_the_form_is_for_who_may_answer_and_what_it_shows_is_recorded(self, desk: Desk) -> None:
        desk.cases.holds(OPEN)
        shown = await desk.handle.look(OPEN.id, by=FARAH)
        desk.cases.holds(TAKEN)
        kept_from = await desk.handle.look(OPEN.id, by=OMAR)

        assert shown.finding is not None
        assert kept_from.finding is None
        assert [(one.what, one.by, one.why["at"]) for one in desk.attempts.told] == [
            (AuditEvent.CASE_SHOWN, FARAH.id, "answer")
        ]


class TestHonour:
    @pytest.mark.parametrize(
        ("check", "verdict", "refusal"),
        [
            (may(), Verdict.REDEEMABLE, None),
            (no(Refusal.ALREADY_USED), Verdict.NOT_REDEEMABLE, Refusal.ALREADY_USED),
            (EngineFault(), None, None),
        ],
        ids=["may", "used", "no answer"],
    )
    async def test_the_coupon_is_checked_when_it_is_answered(
        self, desk: Desk, check: Any, verdict: Verdict | None, refusal: Refusal | None
    ) -> None:
        desk.shelf.check = check
        answer = await desk.answers(desk.cases.holds(TAKEN))

        assert (answer.verdict, answer.refusal) == (verdict, refusal)
        assert desk.cases.rows[OPEN.id].may_be_redeemed is (verdict is Verdict.REDEEMABLE)

    @pytest.mark.parametrize(
        ("state", "about", "in_the_way"),
        [
            (State.UNKNOWN, True, State.UNKNOWN),
            (State.UNKNOWN, False, State.UNKNOWN),
            (State.WAITING, False, State.WAITING),
            (State.REDEEMED, True, State.REDEEMED),
            # Made for another bill: the coupon may have a use left.
            (State.REDEEMED, False, None),
            (State.NOT_REDEEMED, True, None),
        ],
    )
    async def test_a_request_that_is_open_or_went_through_stands_in_the_way(
        self, desk: Desk, state: State, about: bool, in_the_way: State | None
    ) -> None:
        """The engine still lets a coupon with several uses through."""
        request = desk.requests.holds(row(state))
        facts = replace(FACTS, request=request.id if about else None)
        answer = await desk.answers(desk.cases.holds(replace(TAKEN, facts=facts)))

        assert (answer.verdict, answer.in_the_way) == (Verdict.REDEEMABLE, in_the_way)
        assert desk.cases.rows[OPEN.id].may_be_redeemed is (in_the_way is None)

    async def test_the_check_is_fresh(self, desk: Desk) -> None:
        await desk.handle.look(desk.cases.holds(TAKEN).id, by=FARAH)
        desk.shelf.check = no(Refusal.ALREADY_USED)

        assert (await desk.answers(TAKEN)).verdict is Verdict.NOT_REDEEMABLE

    async def test_another_answer_needs_no_check(self, desk: Desk) -> None:
        answer = await desk.answers(desk.cases.holds(TAKEN), Verb.REISSUE)

        assert answer.verdict is None
        assert [call for call in desk.shelf.calls if call.startswith("redeem")] == []

    async def test_the_form_tells_of_a_request_that_is_open_or_went_through_before_it_is_answered(
        self, desk: Desk
    ) -> None:
        desk.cases.holds(TAKEN)
        assert (await desk.handle.look(OPEN.id, by=FARAH)).in_the_way is None

        desk.requests.holds(row(State.UNKNOWN))
        assert (await desk.handle.look(OPEN.id, by=FARAH)).in_the_way is State.UNKNOWN

    async def test_it_waits_for_one_round_of_reads(self, caching: Caching) -> None:
        rounds = Rounds()
        slow = Desk(caching, engine=rounds.slow(engine()))
        await rounds.during(slow.answers(slow.cases.holds(TAKEN)))

        assert rounds.taken == [["coupon_record", "coupons", "redeemability"]]


class TestAsking:
    """Who may ask, at each way to the form and when it is sent."""

    @pytest.mark.parametrize("way", ["a card", "a request", "a message", "a form"])
    async def test_who_may_not_asks_nothing_and_is_in_the_audit_log(self, desk: Desk, way: str) -> None:
        asked = desk.requests.holds(row(State.REFUSED))
        desk.look_ups.holds(CARD, LookUp(customer=ASHA.id, asker=NISHA.id, code=ABC))
        await desk.questions.keep(Question(id=OPEN.id, asker=NISHA.id, facts=FACTS))
        ways = {
            "a card": desk.opening.from_card(CARD, -1, by=NISHA),
            "a request": desk.opening.from_request(asked.id, by=NISHA),
            "a message": desk.opening.from_message("C0FLOOR", "1.0", "98450 12345", by=NISHA),
            "a form": desk.ask(OPEN.id, "Why?", by=NISHA),
        }
        desk.rights.no = NotAllowed(Denial.GROUP)
        tried = ways.pop(way)
        for other in ways.values():
            other.close()

        with pytest.raises(NotAllowed):
            await tried

        assert [(one.what, one.why["at"]) for one in desk.attempts.told] == [(AuditEvent.CASE_DENIED, "ask")]
        assert (list(desk.questions.things), desk.cases.rows, desk.shelf.calls) == ([OPEN.id], {}, [])

    @pytest.mark.parametrize("own", [True, False])
    async def test_about_ones_own_request_every_member_asks_about_anothers_who_may_look_up(
        self, desk: Desk, own: bool
    ) -> None:
        requester = NISHA.id if own else OMAR.id
        asked = desk.requests.holds(row(State.REFUSED, replace(TERMS, requester=requester)))
        question = await desk.opening.from_request(asked.id, by=NISHA)
        await desk.ask(question.id, "Why?", by=NISHA)

        assert [one.groups for one in desk.rights.checks] == [None if own else LOOKERS] * 2

    async def test_where_nobody_else_may_answer_nothing_is_asked(self, desk: Desk) -> None:
        desk.rights.groups = {"S0STOREOPS": {NISHA.id}}

        with pytest.raises(NobodyToAsk) as told:
            await desk.asks("Why?")

        assert told.value.trouble is Trouble.NO_APPROVER
        assert desk.cases.rows == {}

    async def test_a_question_is_sent_by_whoever_opened_it(self, desk: Desk) -> None:
        await desk.questions.keep(Question(id=OPEN.id, asker=OMAR.id, facts=FACTS))

        with pytest.raises(NotAllowed) as denied:
            await desk.ask(OPEN.id, "Why?", by=NISHA)

        assert denied.value.why is Denial.ASKER
        assert desk.cases.rows == {}


class TestMasking:
    async def test_a_reply_shows_no_other_code_of_the_customer_no_mobile_and_no_e_mail(
        self, caching: Caching
    ) -> None:
        desk = Desk(caching, engine(25))
        reply = "Use save 024 instead of ABC; she is on 98450 12345, asha@example.com, bill MG-88"
        answer = await desk.answers(desk.cases.holds(TAKEN), Verb.OTHER, reply)

        assert answer.reply == "Use ••• instead of •••; she is on …2345, …@example.com, bill MG-88"

    async def test_nor_does_a_question(self, caching: Caching) -> None:
        desk = Desk(caching, engine(25))

        assert (await desk.asks("Or SAVE-024?")).question == "Or •••?"

    @pytest.mark.parametrize("size", [PAGES * 10 + 1, 1000])
    async def test_of_a_customer_with_more_coupons_than_are_read_whatever_may_be_a_code_is_masked(
        self, caching: Caching, size: int
    ) -> None:
        desk = Desk(caching, engine(size))
        answer = await desk.answers(desk.cases.holds(TAKEN), Verb.OTHER, "Use GOLD5000, bill MG-88")

        assert answer.reply == "Use •••, bill MG-88"
        assert len([call for call in desk.shelf.calls if call.startswith("coupons")]) == PAGES

    async def test_an_engine_that_does_not_answer_stops_neither_question_nor_answer(
        self, caching: Caching
    ) -> None:
        class Down(FakeEngine):
            async def coupons(self, customer: Any, query: Any) -> Any:
                del customer, query
                raise EngineFault

        desk = Desk(caching, Down(check=EngineFault(), record=None))
        asked = await desk.asks("Or SAVE-024? She called from 98450 12345.")

        assert asked.question == "Or •••? She called from …2345."
        assert (await desk.answers(asked, Verb.OTHER, "Take GOLD5000")).reply == "Take •••"

    async def test_without_a_customer_nothing_is_read(self, desk: Desk) -> None:
        asked = await desk.asks("Is GOLD5000 still sold? Call 98450 12345", Facts())

        assert asked.question == "Is GOLD5000 still sold? Call …2345"
        assert desk.shelf.calls == []


class TestDetails:
    async def test_they_are_read_anew_and_recorded(self, desk: Desk) -> None:
        shown = await desk.handle.unmasked(desk.cases.holds(TAKEN).id, by=OMAR)

        assert shown.finding is not None
        assert shown.finding.customer == ASHA
        [told] = desk.attempts.told
        assert (told.what, told.by, told.case_id, told.why["at"]) == (
            AuditEvent.CASE_SHOWN,
            OMAR.id,
            OPEN.id,
            "details",
        )

    async def test_whoever_asked_sees_their_own_and_nobody_elses(self, desk: Desk) -> None:
        held = desk.cases.holds(TAKEN)
        shown = await desk.handle.unmasked(held.id, by=NISHA, own=True)
        with pytest.raises(NotAllowed) as refused:
            await desk.handle.unmasked(held.id, by=OMAR, own=True)

        assert shown.case == held
        assert refused.value.why is Denial.ASKER
        assert [(one.what, one.by) for one in desk.attempts.told] == [
            (AuditEvent.CASE_SHOWN, NISHA.id),
            (AuditEvent.CASE_DENIED, OMAR.id),
        ]

    async def test_of_no_case_there_are_none(self, desk: Desk) -> None:
        with pytest.raises(CardExpired):
            await desk.handle.unmasked(CaseId("unknown"), by=OMAR)


class TestReminding:
    async def test_store_ops_are_reminded_at_each_time_until_somebody_takes_it(self, desk: Desk) -> None:
        await desk.asks("Why?")
        for minutes, posted in ((14, 0), (15, 1), (16, 1), (59, 1), (60, 2), (600, 2)):
            desk.at = NOON + timedelta(minutes=minutes)
            await desk.remind()
            assert desk.posted.count(MessageKind.CASE_REMINDER) == posted

        assert desk.cases.rows[OPEN.id].reminds == ("S0STOREOPS",)

    @pytest.mark.parametrize(
        "moved", [TAKEN, OPEN.answered(CaseAnswer(verb=Verb.OTHER, reply="", by=FARAH.id, at=NOON))]
    )
    async def test_not_of_one_that_somebody_has_taken_or_answered(self, desk: Desk, moved: Case) -> None:
        desk.cases.holds(replace(moved, attend_at=NOON))
        desk.at = NOON + timedelta(days=1)

        assert await desk.remind() == 0
        assert desk.posted == []

    async def test_of_one_that_was_reopened_they_are_reminded_anew(self, desk: Desk) -> None:
        answered = TAKEN.answered(CaseAnswer(verb=Verb.OTHER, reply="", by=FARAH.id, at=NOON))
        desk.at = NOON + timedelta(days=1)
        await desk.handle.reopen(desk.cases.holds(answered).id, by=NISHA)
        desk.at += timedelta(minutes=15)
        await desk.remind()

        assert desk.posted.count(MessageKind.CASE_REMINDER) == 1

    async def test_one_taken_at_that_moment_is_left_alone(self, desk: Desk) -> None:
        class Late(FakeCases):
            async def move(self, *_given: Any, **_named: Any) -> Case:
                raise VersionConflict

        desk.cases = Late()
        desk.cases.holds(replace(OPEN, attend_at=NOON))

        assert await desk.remind() == 1


class TestFacts:
    """What goes with a question."""

    USED = Use(id="1", at=NOON, bill="MG-88", by=ASHA.id)

    async def test_when_where_and_for_which_bill_the_coupon_was_used(self, desk: Desk) -> None:
        desk.look_ups.holds(CARD, LookUp(customer=ASHA.id, asker=NISHA.id, code=ABC))
        desk.shelf.check, desk.shelf.record = no(Refusal.ALREADY_USED), coupon(last=self.USED)
        question = await desk.opening.from_card(CARD, -1, by=NISHA)

        assert (question.facts.used, question.facts.refusal) == (self.USED, Refusal.ALREADY_USED)

    async def test_for_which_bill_a_request_was(self, desk: Desk) -> None:
        asked = desk.requests.holds(row(State.REFUSED))
        question = await desk.opening.from_request(asked.id, by=NISHA)

        assert (question.facts.bill, question.facts.request_state) == ("CD-ABCDEFGH", State.REFUSED)
