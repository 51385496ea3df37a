from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cards import CaseNow
from bot.domain.case import Case, CaseState, Facts, Question, Verb
from bot.domain.coupon import (
    CouponCode,
    CouponRecord,
    Discount,
    DiscountKind,
    Place,
    Redeemability,
    Use,
    UsesLeft,
)
from bot.domain.customer import Customer, CustomerId
from bot.domain.finding import Verdict, judge
from bot.domain.redemption import RequestId, State
from bot.domain.refusal import Refusal
from bot.sandbox.slack.blockkit.rules import message_advice, message_faults, view_faults
from bot.views import case as view
from bot.views import case_forms as forms
from bot.views.kit import Message, View
from bot.views.states import STATE_MARKS
from tests.tables import table
from tests.views.asking import AGENT, ANSWERED, FACTS, FARAH, HONOUR, OMAR, OPEN, REOPENED, TAKEN, UNPOSTED
from tests.views.redeeming import (
    CLAIM,
    DISPLAY,
    HOSTILE,
    NOW,
    TERMS,
    buttons_of,
    filled,
    foreign_marks,
    inputs_on,
    read,
)

QUESTION = Question(id=OPEN.id, asker=AGENT, facts=FACTS, words="May …2345 have it?")
EMAIL = "asha.menon@example.com"
USED = Use(id="9", at=NOW, bill="MG-88")
#: What a channel must not show.
SECRETS = ("Asha", "asha", "Menon", "WELCOME42", "700000001")


def every_case() -> list[Case]:
    """
    Every state and every way there, every answer, everything that may be known or not.

    How much is known goes with every stage; which verdict, refusal or state of a request it is, with two of them.
    """
    known = [
        Facts(),
        replace(FACTS, code=None, request=None, link=None),
        replace(FACTS, discount=None, verdict=None, refusal=None),
        replace(FACTS, used=None, bill="MG-88"),
    ]
    which = [
        *(replace(FACTS, verdict=verdict) for verdict in Verdict),
        *(replace(FACTS, refusal=refusal) for refusal in Refusal),
        *(replace(FACTS, request_state=state) for state in State if state is not State.REDEEMED),
    ]
    stages = [OPEN, UNPOSTED, TAKEN, TAKEN.taken(OMAR, NOW), ANSWERED, REOPENED, REOPENED.taken(OMAR, NOW)]
    answers = [TAKEN.answered(replace(HONOUR, verb=verb)) for verb in Verb]
    return [
        *stages,
        *answers,
        *(replace(one, facts=about) for about in known for one in stages),
        *(replace(one, facts=about) for about in which for one in (OPEN, ANSWERED)),
    ]


def hostile(of: Case) -> Case:
    """The same case, with text from outside in every place that takes any."""
    facts = replace(
        of.facts,
        customer=CustomerId(HOSTILE),
        customer_name=HOSTILE,
        customer_tail=HOSTILE,
        code=CouponCode(HOSTILE),
        discount=Discount(kind=DiscountKind.PERCENT, value=TERMS.bill, cap=TERMS.bill),
        request=RequestId(HOSTILE),
        used=Use(id=HOSTILE, at=NOW, bill=HOSTILE, place=Place(code=HOSTILE, name=HOSTILE)),
        bill=HOSTILE,
        link=None,
    )
    answers = tuple(replace(one, reply=HOSTILE) for one in of.answers)
    return replace(of, facts=facts, question=HOSTILE, answers=answers)


def posted(of: Case) -> Message:
    return view.channel_message(of, display=DISPLAY)


def direct(of: Case) -> Message:
    return view.asker_message(of, display=DISPLAY)


def messages_of(of: Case) -> list[Message]:
    return [
        posted(of),
        direct(of),
        view.thread_message(of),
        view.asker_news(of),
        *(view.unmoved(of, reader) for reader in (AGENT, FARAH, OMAR)),
    ]


def views_of(of: Case) -> list[View]:
    question = Question(id=of.id, asker=of.asker, facts=of.facts, words=of.question)
    return [
        forms.collecting(),
        forms.sending(),
        forms.looking(),
        forms.sent(of),
        forms.ask_form(question, display=DISPLAY),
        forms.answer_form(CaseNow(case=of), display=DISPLAY),
        forms.answer_form(stands(of), display=DISPLAY),
        forms.looking_at_details(),
        forms.details(stands(of), display=DISPLAY),
        forms.state(of, display=DISPLAY, why=forms.why_not(of, AGENT), typed=of.question),
    ]


def stands(of: Case, refusal: Refusal | None = Refusal.ALREADY_USED) -> CaseNow:
    """The case with what the engine says of its coupon at this moment; without a refusal it may be redeemed."""
    customer = Customer(
        id=of.facts.customer or CustomerId("1"),
        name=of.facts.customer_name,
        mobile="919845012345",
        email=EMAIL,
    )
    check = Redeemability(
        redeemable=refusal is None, refusal=refusal, code=CouponCode("WELCOME42"), uses_left=UsesLeft(3)
    )
    record = CouponRecord(
        code=CouponCode("WELCOME42"), id="9", owner=customer, discount=TERMS.discount, last_use=FACTS.used
    )
    return CaseNow(case=of, finding=judge(customer.id, check.code, check, record), as_of=NOW)


class TestState:
    def test_its_word_stands_in_bold_at_the_head_of_every_message(self) -> None:
        assert view.STATE_WORDS == {"open": "Open", "taken": "Taken", "answered": "Answered"}
        for of in every_case():
            head = f"{view.STATE_MARKS[of.state]} *{view.STATE_WORDS[of.state]}*"
            for message in messages_of(of):
                assert message.text.startswith(head)
                assert read(message).startswith(head)

    def test_each_has_an_icon_of_its_own_that_no_state_of_a_request_has(self) -> None:
        marks = [*view.STATE_MARKS.values(), *set(STATE_MARKS.values())]

        assert view.STATE_MARKS.keys() == set(CaseState)
        assert len(set(marks)) == len(marks)

    def test_the_first_line_says_what_it_is_about(self) -> None:
        assert posted(OPEN).text.startswith(
            "❓ *Open*  ·  Customer A. M., mobile …2345  ·  coupon •••42, ₹500 off"
        )
        assert direct(OPEN).text.startswith("❓ *Open*  ·  *Asha Menon*, mobile …2345  ·  `WELCOME42`")
        assert direct(ANSWERED).text.startswith(
            "💬 *Answered*  ·  *Asha Menon*, mobile …2345  ·  `WELCOME42`\n*Honour*, by <@U0MANAGER>:\n“Asha Menon is"
        )
        of_nobody = replace(ANSWERED, facts=Facts())
        assert direct(of_nobody).text.startswith("💬 *Answered*\n*Honour*, by <@U0MANAGER>:")

    def test_a_message_says_in_its_text_what_its_blocks_say(self) -> None:
        for of in every_case():
            for message in (posted(of), direct(of)):
                for words in (of.question[-20:], of.reference, "asked 1 Jun 2026"):
                    assert words in message.text

    def test_nothing_says_redeemed(self) -> None:
        for of in every_case():
            for message in messages_of(of):
                assert CLAIM.search(read(message) + message.text) is None

    def test_one_that_was_reopened_says_how_often_and_what_was_answered(self) -> None:
        assert read(posted(REOPENED)).startswith("❓ *Open*  ·  reopened once  ·  Customer A. M.")
        for drawn in (posted(REOPENED), direct(REOPENED)):
            assert "\nEarlier answer: *Honour*, by <@U0MANAGER>:\n" in read(drawn)
        assert "Earlier answer" not in read(posted(ANSWERED)) + read(direct(ANSWERED))
        assert "reopened 2 times" in read(posted(replace(REOPENED, reopened=2)))


class TestChannel:
    def test_neither_customer_nor_coupon_can_be_told_from_it(self) -> None:
        for of in [one for one in every_case() if one.facts.customer_name]:
            for message in (posted(of), view.thread_message(of), view.unmoved(of, FARAH)):
                told = str(message.payload())
                assert not [secret for secret in SECRETS if secret in told]

    def test_the_facts_are_there_masked(self) -> None:
        text = read(posted(OPEN))

        assert (
            "Customer A. M., mobile …2345  ·  coupon •••42, ₹500 off  ·  when asked: it was used already\n"
            "*Last used:*" in text
        )
        assert "at MG Road, bill MG-88" in text
        assert "<@U0AGENT> asks:\nA. M. says it was never used. May she have it?\n" in text
        assert "request `REQUESTS`" in text
        assert "<https://coupon-desk.slack.com/archives/C0SUPPORT/p17|the message it is about>" in text

    def test_the_owner_is_named_and_so_is_the_lack_of_one(self) -> None:
        assert "*Owner:* nobody yet." in read(posted(OPEN))
        assert "*Owner:* <@U0MANAGER>" in read(posted(TAKEN))

    def test_the_state_has_its_buttons(self) -> None:
        assert list(buttons_of(posted(OPEN))) == ["Take it", "Answer", "Details"]
        assert list(buttons_of(posted(TAKEN))) == ["Take it", "Answer", "Details"]
        assert list(buttons_of(posted(ANSWERED))) == ["Details"]
        assert "Nothing more to do here unless it is reopened." in read(posted(ANSWERED))
        assert "Nothing more to do" not in read(posted(TAKEN)) + read(posted(REOPENED))
        assert "who answers. Anybody else presses Take it before Answer." in read(posted(TAKEN))

    def test_of_a_short_code_nothing_is_shown_and_a_bill_number_that_holds_one_is_hidden(self) -> None:
        short = replace(OPEN, facts=replace(FACTS, code=CouponCode("AB12")))
        held = replace(FACTS, used=replace(USED, bill="X-WELCOME42"), bill="919845012345")

        assert "coupon •••, ₹500 off" in read(posted(short))
        text = read(posted(replace(OPEN, facts=held)))
        assert "bill not shown here" in text
        assert "*Asked for bill:* `not shown here`" in text

    def test_a_press_names_the_case_as_it_was_seen(self) -> None:
        for word in ("Take it", "Answer"):
            button = buttons_of(posted(TAKEN))[word]
            assert view.pressed_as_seen(button["value"]) == (TAKEN.id, TAKEN.stage)

    @given(st.text() | st.from_regex(r".*\.-?[0-9²]+"))
    def test_an_odd_value_names_no_case(self, value: str) -> None:
        case, stage = view.pressed_as_seen(value)

        assert (case, stage) == ("", value) or value == f"{case}.{stage}"


class TestThread:
    def test_it_says_who_took_it_over_from_whom(self) -> None:
        assert "<@U0MANAGER2> has taken it over from <@U0MANAGER>." in read(
            view.thread_message(TAKEN.taken(OMAR, NOW))
        )

    def test_it_says_who_reopened_it_to_whoever_saw_to_it(self) -> None:
        assert (
            "<@U0AGENT> reopened it. <@U0MANAGER> answered before. Press Answer above now, or Take it if you need time."
            in read(view.thread_message(REOPENED))
        )

    def test_it_says_what_was_answered_without_the_name(self) -> None:
        assert "*Honour*, by <@U0MANAGER>:\nA. M. is right" in read(view.thread_message(ANSWERED))


class TestAsker:
    def test_it_says_what_was_asked_about_whom_and_who_sees_to_it(self) -> None:
        text = read(direct(TAKEN))

        assert "*Asha Menon*, mobile …2345  ·  `WELCOME42`" in text
        assert "*Your question:*\nasha menon says" in text
        assert "<@U0MANAGER> sees to it" in text

    def test_until_the_answer_comes_no_discount_is_given(self) -> None:
        used = replace(FACTS, request_state=State.REDEEMED)
        honoured = replace(HONOUR, verdict=Verdict.NOT_REDEEMABLE, refusal=Refusal.ALREADY_USED)

        for of in (OPEN, UNPOSTED, TAKEN):
            assert "Do not redeem it, or give a discount on it, until they answer." in read(direct(of))
            assert "Give no" not in read(direct(replace(of, facts=used)))
            assert "Give no" not in read(direct(replace(of, facts=Facts())))
        again = read(direct(TAKEN.answered(honoured).open_again(NOW)))
        assert (
            "yet. Do not redeem it, or give a discount on it, until the new answer comes. The answer comes here."
            in again
        )
        assert (
            "Do not redeem it again, or give a further discount on it, until the new answer comes."
            in read(direct(REOPENED))
        )
        by_request = TAKEN.answered(replace(HONOUR, in_the_way=State.REDEEMED)).open_again(NOW)
        assert "Give no" not in read(direct(by_request))

    def test_only_what_is_answered_can_be_reopened_and_only_what_is_honoured_redeemed(self) -> None:
        refused = TAKEN.answered(replace(HONOUR, verb=Verb.REFUSE))
        unknown = replace(ANSWERED, facts=replace(FACTS, code=None))

        assert [list(buttons_of(direct(one))) for one in (OPEN, TAKEN, REOPENED)] == [["Details"]] * 3
        assert list(buttons_of(direct(ANSWERED))) == ["Redeem", "Reopen", "Details"]
        assert list(buttons_of(direct(refused))) == list(buttons_of(direct(unknown))) == ["Reopen", "Details"]
        assert view.pressed(buttons_of(direct(ANSWERED))["Reopen"]) == ANSWERED.id

    def test_one_that_stands_in_no_channel_says_so(self) -> None:
        text = direct(UNPOSTED).text
        assert (
            "it seems that nobody was asked: Coupon Desk cannot, or may not, post in the channel of" in text
        )
        assert (
            "ask store ops another way. Do not redeem it, or give a discount on it, until they answer."
            in text
        )
        assert "store ops have it" in direct(UNPOSTED.found(unposted=False)).text
        assert "nobody was asked" not in direct(UNPOSTED.taken(FARAH, NOW)).text

    @table(
        ("of", "aloud"),
        [
            (OPEN, "I have asked our store team; you will hear from us."),
            (REOPENED, "I have asked our store team once more; you will hear from us."),
            (UNPOSTED, "I am still trying to reach our store team; you will hear from us."),
            (UNPOSTED.taken(FARAH, NOW), "I have asked our store team; you will hear from us."),
            (ANSWERED, "Our store team agrees; let me see whether your coupon can be used."),
            (
                TAKEN.answered(replace(HONOUR, verb=Verb.REISSUE)),
                "Our store team agrees to give you another coupon.",
            ),
            (
                TAKEN.answered(replace(HONOUR, verb=Verb.REFUSE)),
                "I am sorry, our store team has looked into it and has to say no.",
            ),
        ],
    )
    def test_it_says_what_to_read_to_the_customer(self, of: Case, aloud: str) -> None:
        assert f"*Read to the customer:* “{aloud}”" in read(direct(of))
        assert "Read to the customer" not in read(direct(replace(of, facts=Facts())))

    def test_an_answer_stands_above_what_was_asked(self) -> None:
        text = read(view.asker_message(ANSWERED, display=DISPLAY))
        reopened = read(view.asker_message(REOPENED, display=DISPLAY))

        assert text.index("*Honour*, by") < text.index("Press Redeem") < text.index("*Your question:*")
        assert text.index("*Your question:*") < text.index("₹500 off  ·  ")
        assert reopened.index("*Your question:*") < reopened.index("*Honour*, by")

    def test_the_news_carry_the_answer(self) -> None:
        text = view.asker_news(ANSWERED).text
        refused = TAKEN.answered(replace(HONOUR, verb=Verb.REFUSE))
        assert "Redeem and Reopen stand on the message of your question" in text
        assert "Reopen stands on the message" in view.asker_news(refused).text

        assert text.startswith(
            "💬 *Answered*: your question `ABCDEFGH`  ·  *Asha Menon*, mobile …2345  ·  `WELCOME42`\n"
            "*Honour*, by <@U0MANAGER>:\n“Asha Menon is"
        )


class TestHonour:
    """On a coupon that cannot be redeemed any more."""

    def test_the_form_warns_of_it_and_says_what_else_there_is(self) -> None:
        text = read(forms.answer_form(stands(TAKEN), display=DISPLAY))

        assert "*Now*, checked" in text
        assert "*Nobody can redeem this coupon any more.* It was used already." in text
        assert "choose *Reissue*" in text

    def test_a_no_that_may_pass_is_not_called_final(self) -> None:
        text = read(forms.answer_form(stands(TAKEN, Refusal.WRONG_TIME), display=DISPLAY))

        assert "*Nobody can redeem this coupon now.*" in text

    @table("now", [CaseNow(case=TAKEN), stands(TAKEN, None)])
    def test_without_such_a_no_nothing_is_warned_of(self, now: CaseNow) -> None:
        assert "Nobody can redeem" not in read(forms.answer_form(now, display=DISPLAY))

    @table(
        ("state", "said"),
        [
            (State.UNKNOWN, "⚠️ *A request for this coupon has not ended (Outcome unknown).*"),
            (State.WAITING, "⚠️ *A request for this coupon has not ended (Waiting for approval).*"),
            (State.REDEEMED, "⚠️ *It was used for this bill already, by the request that this is about.*"),
        ],
    )
    def test_the_form_tells_of_a_request_in_the_way_before_it_is_answered(
        self, state: State, said: str
    ) -> None:
        """The engine alone may say that the coupon can be used."""
        text = read(forms.answer_form(replace(stands(TAKEN, None), in_the_way=state), display=DISPLAY))

        assert f"{said} With *Honour* whoever asked gets no Redeem button" in text
        assert "choose *Reissue*" not in text

    def test_the_asker_gets_no_redeem_and_reads_why(self) -> None:
        used = replace(HONOUR, verdict=Verdict.NOT_REDEEMABLE, refusal=Refusal.ALREADY_USED)
        message = direct(TAKEN.answered(used))

        assert list(buttons_of(message)) == ["Reopen", "Details"]
        assert "*Next:* do not give the discount on this coupon: it was used already. If the reply" in read(
            message
        )
        assert (
            "if not, press Reopen: store ops then see that this coupon cannot be used, and answer again."
            in read(message)
        )
        news = view.asker_news(TAKEN.answered(used)).text
        assert "*Next:* do not give the discount on this coupon: it was used already. If the reply" in news
        assert "“Our store team agrees, but this coupon cannot be used; I am seeing to another way.”" in read(
            message
        )
        assert "ress Redeem" not in read(message)
        no = (
            "This answer cannot be carried out: the coupon was used already. "
            "If the reply names no other way, <@U0AGENT> reopens this."
        )
        told = read(posted(TAKEN.answered(used)))
        assert no in told
        assert "Nothing more to do" not in told
        assert no in view.thread_message(TAKEN.answered(used)).text
        assert "carried out" not in read(posted(ANSWERED)) + view.thread_message(ANSWERED).text

    @table(
        ("state", "said", "aloud", "to_store_ops"),
        [
            (
                State.UNKNOWN,
                "give no discount on it: when this was answered, a request for it had not ended (Outcome unknown). Wait",
                "I am checking",
                "When this was answered, a request for it had not ended (Outcome unknown). Until it has ended, this answer",
            ),
            (
                State.WAITING,
                "had not ended (Waiting for approval). Wait for its result, and do as it says. If it stays a no, press",
                "I am checking",
                "this answer cannot be carried out; if it stays a no, <@U0AGENT> reopens this.",
            ),
            (
                State.REDEEMED,
                "do not redeem it again for this bill: it was used for this bill already, by the request that this is "
                "about. Ask the store whether the discount is off the bill; if not, they take it off by hand, once.",
                "the store checks that the discount is off your bill.",
                "Nothing more can be used for this answer: the coupon was used for this bill already, by the request",
            ),
        ],
    )
    def test_beside_a_request_that_is_open_or_went_through_nobody_is_led_to_redeem(
        self, state: State, said: str, aloud: str, to_store_ops: str
    ) -> None:
        """The engine alone would allow it where the coupon has several uses."""
        of = TAKEN.answered(replace(HONOUR, in_the_way=state))
        message = direct(of)

        assert list(buttons_of(message)) == ["Reopen", "Details"]
        assert said in read(message)
        assert f"“Our store team agrees; {aloud}" in read(message)
        assert said in read(view.asker_news(of))
        for text in (read(posted(of)), read(view.thread_message(of))):
            assert to_store_ops in text
            assert "Nothing more to do" not in text

    def test_reopened_it_says_why_the_answer_could_not_be_carried_out(self) -> None:
        used = TAKEN.answered(replace(HONOUR, verdict=Verdict.NOT_REDEEMABLE, refusal=Refusal.ALREADY_USED))
        why = "The earlier answer could not be carried out: the coupon was used already."
        instead = " Choose Reissue, or say in the reply what to do instead."

        assert f"{why}{instead}\n*Owner:* nobody yet." in read(posted(used.open_again(NOW)))
        assert why in read(direct(used.open_again(NOW)))
        assert instead not in read(direct(used.open_again(NOW)))
        for of in (used, REOPENED, TAKEN.answered(replace(HONOUR, verdict=None)).open_again(NOW)):
            assert "could not be carried out" not in read(posted(of)) + read(direct(of))

    def test_what_could_not_be_checked_promises_nothing(self) -> None:
        message = direct(TAKEN.answered(replace(HONOUR, verdict=None)))

        assert list(buttons_of(message)) == ["Reopen", "Details"]
        assert (
            "when this was answered, nobody knew whether it can be redeemed. Type `/coupons id:700000001 code:WELCOME42`: if Redeem"
            in read(message)
        )
        told = read(posted(TAKEN.answered(replace(HONOUR, verdict=None))))
        assert (
            "Whether this answer can be carried out was not known when it was given. <@U0AGENT> looks" in told
        )
        assert "Nothing more to do" not in told


class TestReminder:
    REMINDED = replace(OPEN, reminds=("S0STOREOPS",), reminded=1)

    def test_it_calls_store_ops_and_says_who_asked_when_and_what_to_press(self) -> None:
        text = read(view.reminder_message(self.REMINDED, display=DISPLAY))

        assert text.startswith("*Reminder* to <!subteam^S0STOREOPS>: <@U0AGENT> asked this ")
        assert ", reference `ABCDEFGH`. If the message above" in text
        assert "names no owner yet, press Answer there now, or Take it if you need time." in text

    def test_one_that_was_reopened_says_so(self) -> None:
        text = read(view.reminder_message(replace(REOPENED, reminds=()), display=DISPLAY))

        assert text.startswith("*Reminder*: <@U0AGENT> reopened this ")

    def test_it_shows_nothing_of_customer_and_coupon(self) -> None:
        told = str(view.reminder_message(self.REMINDED, display=DISPLAY).payload())

        assert not [secret for secret in SECRETS if secret in told]


class TestDetails:
    def test_everything_is_there_unmasked(self) -> None:
        text = read(forms.details(stands(ANSWERED), display=DISPLAY))

        for told in ("*Asha Menon*", "`WELCOME42`", "`919845012345`", f"`{EMAIL}`", "`id:700000001`"):
            assert told in text
        assert "bill MG-88" in text
        assert "*Honour*, by <@U0MANAGER>:" in text

    def test_contacts_are_only_this_customers(self) -> None:
        other = replace(stands(TAKEN), case=replace(TAKEN, facts=replace(FACTS, customer=CustomerId("8"))))

        assert "919845012345" not in read(forms.details(other, display=DISPLAY))

    def test_without_an_answer_of_the_engine_it_shows_what_was_known(self) -> None:
        text = read(forms.details(CaseNow(case=TAKEN), display=DISPLAY))

        assert "When asked: it was used already\n" in text
        assert "*Now*" not in text


class TestPressThatCameTooLate:
    def test_each_reader_is_told_what_they_can_do(self) -> None:
        told = {
            (one.state, reader): read(view.unmoved(one, reader))
            for one in (OPEN, TAKEN, ANSWERED)
            for reader in (AGENT, FARAH, OMAR)
        }

        assert "Your question is with store ops" in told[CaseState.OPEN, AGENT]
        assert "<@U0MANAGER> sees to your question" in told[CaseState.TAKEN, AGENT]
        assert "press Reopen" in told[CaseState.ANSWERED, AGENT]
        assert "press Answer or Take it" in told[CaseState.OPEN, FARAH]
        assert "You have taken it. Press Answer" in told[CaseState.TAKEN, FARAH]
        assert "<@U0MANAGER> has taken it" in told[CaseState.TAKEN, OMAR]
        assert "<@U0AGENT> can reopen it" in told[CaseState.ANSWERED, OMAR]

    def test_a_reply_that_was_not_sent_is_not_lost(self) -> None:
        drawn = forms.state(ANSWERED, display=DISPLAY, why="Too late.", typed="*Tell* her so")

        assert "What you typed:*\n*Tell* her so" in read(drawn)


class TestForms:
    def test_the_question_is_filled_in_and_the_facts_stand_above_it(self) -> None:
        form = forms.ask_form(QUESTION, display=DISPLAY)

        assert (form.title, form.submit) == ("Ask store ops", "Send")
        assert "*Asha Menon*, mobile …2345\n`WELCOME42`  *₹500 off*\nNow: it was used already\n" in read(form)
        assert list(inputs_on(form)) == ["Question"]
        assert forms.asked(filled(form)) == (OPEN.id, "May …2345 have it?")
        assert forms.asked(filled(form, Question="  Why? ")) == (OPEN.id, "Why?")

    def test_an_answer_is_read_as_it_was_chosen(self) -> None:
        form = forms.answer_form(CaseNow(case=TAKEN), display=DISPLAY)

        assert (form.title, form.submit) == ("Answer case", "Send answer")
        words = [one["value"] for one in inputs_on(form)["Outcome"]["element"]["options"]]
        assert words == ["Honour", "Refuse", "Reissue", "Other"]
        for word, verb in zip(words, Verb, strict=True):
            submitted = filled(form, Outcome=word, Reply=" Yes ")
            assert forms.answered(submitted) == (TAKEN.id, TAKEN.stage, verb, "Yes")

    def test_its_owner_reads_the_facts_unmasked(self) -> None:
        text = read(forms.answer_form(CaseNow(case=TAKEN), display=DISPLAY))

        assert "*Asha Menon*" in text
        assert "`WELCOME42`" in text
        assert "Look the customer up by `id:700000001`" in text

    def test_what_is_missing_is_said_under_its_input(self) -> None:
        form = forms.answer_form(CaseNow(case=TAKEN), display=DISPLAY)
        blocks = [block["block_id"] for block in inputs_on(form).values()]

        assert list(forms.answer_faults(*forms.answered(filled(form))[2:])) == blocks
        assert forms.answer_faults(Verb.OTHER, "Yes") == {}
        asking = forms.ask_form(QUESTION, display=DISPLAY)
        for nothing in (" ", "\u200b\ufeff", "\u3164"):
            assert forms.answered(filled(form, Outcome="Other", Reply=nothing))[2:] == (Verb.OTHER, "")
            assert forms.asked(filled(asking, Question=nothing)) == (QUESTION.id, "")
        assert list(forms.question_missing()) == [inputs_on(asking)["Question"]["block_id"]]

    def test_whoever_has_no_form_reads_why_and_how_it_stands(self) -> None:
        reasons = {
            CaseState.OPEN: "Press Answer again",
            CaseState.TAKEN: "<@U0MANAGER> has taken",
            CaseState.ANSWERED: "already",
        }
        for of in (OPEN, TAKEN, ANSWERED):
            drawn = forms.state(of, display=DISPLAY, why=forms.why_not(of, AGENT))
            assert reasons[of.state] in read(drawn)
            assert f"*{view.STATE_WORDS[of.state]}*" in read(drawn)
            assert not [secret for secret in SECRETS if secret in read(drawn)]
            assert (drawn.submit, inputs_on(drawn), buttons_of(drawn)) == (None, {}, {})

    def test_its_owner_is_not_told_of_themselves_as_of_somebody_else(self) -> None:
        assert "you have it now" in forms.why_not(TAKEN, FARAH)
        assert "<@U0MANAGER> has taken" in forms.why_not(TAKEN, AGENT)

    @table("submitted", [{}, {"state": {}}])
    def test_nothing_submitted_says_nothing(self, submitted: dict[str, Any]) -> None:
        assert forms.asked(submitted) == ("", "")
        assert forms.answered(submitted) == ("", "", None, "")


def test_nothing_breaks_slacks_limits_or_mentions_anyone_else() -> None:
    for plain_one in every_case():
        for of, is_hostile in ((plain_one, False), (hostile(plain_one), True)):
            messages, modals = messages_of(of), views_of(of)
            for message in messages:
                content = message.payload()
                assert message_faults(content) + message_advice(content) == []
            for modal in modals:
                assert view_faults(modal.payload(), "modal") == []
            everything: list[Message | View] = [*messages, *modals] if is_hostile else []
            for drawn in everything:
                assert [mark for mark in foreign_marks(drawn) if "<@U0MANAGER2>" not in mark] == []


def test_a_hostile_link_stays_a_link() -> None:
    of = replace(OPEN, facts=replace(FACTS, link="https://x/|a>< <!channel>"))

    assert "<!channel>" not in read(posted(of))
