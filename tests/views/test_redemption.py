from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from bot.domain.coupon import CouponCode, Place, Use
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, Settled, State, Stop, Trouble
from bot.domain.refusal import FINAL, Refusal
from bot.sandbox.slack.blockkit.rules import message_advice, message_faults, view_faults
from bot.views import redemption as view
from bot.views.kit import Block, Message, View
from bot.views.refusals import TROUBLES
from bot.views.states import STATE_MARKS
from bot.views.text import clock_time, date
from tests.tables import table
from tests.views.redeeming import (
    APPROVED,
    CLAIM,
    DISPLAY,
    INTENT,
    NOW,
    REJECTED,
    ROW,
    TERMS,
    USE,
    asked_again,
    buttons_of,
    every_row,
    foreign_marks,
    hostile_rows,
    read,
    row,
    unknown,
    waiting,
    words_of,
)


def direct(of: Redemption) -> Message:
    return view.requester_message(of, display=DISPLAY)


def posted(of: Redemption) -> Message:
    return view.attention_message(of, display=DISPLAY)


def shown(of: Redemption) -> str:
    return read(view.outcome(of, display=DISPLAY))


def everywhere(of: Redemption) -> str:
    """All that anybody reads of it, in notifications too."""
    messages = [direct(of), posted(of)]
    return "\n".join([shown(of), *(read(one) for one in messages), *(one.text for one in messages)])


#: As they stand in the repr of a block.
WHOSE, WHOSE_LINE = "  ·  *Asha Menon*, mobile …2345", "\\n*Asha Menon*, mobile …2345"


def without_buttons(drawn: Message | View) -> list[Block]:
    return [block for block in drawn.blocks if block["type"] != "actions"]


def on_the_message(of_window: str) -> str:
    """The words of a window as its message has them, where Withdraw stands."""
    there = of_window.replace(" on your direct message from Coupon Desk", "")
    return there.replace("then Ask store ops there", "then Ask store ops")


class TestState:
    def test_its_words_stand_in_bold_at_the_head_of_everything(self) -> None:
        for of in every_row():
            head = f"{STATE_MARKS[of.state]} *{view.STATE_WORDS[of.state]}*  ·  "

            assert shown(of).startswith(head)
            for message in (direct(of), posted(of)):
                assert message.text.startswith(head)
                assert read(message).startswith(head)

    def test_nothing_but_a_redemption_says_redeemed(self) -> None:
        for of in [one for one in every_row() if one.state is not State.REDEEMED]:
            assert CLAIM.search(everywhere(of)) is None

    def test_every_state_has_its_words(self) -> None:
        assert set(view.STATE_WORDS) == set(State)
        assert sorted(set(view.STATE_WORDS.values())) == [
            "Expired",
            "Not redeemed",
            "Outcome unknown",
            "Redeemed",
            "Redeeming…",
            "Rejected",
            "Waiting for approval",
            "Withdrawn",
            "Working…",
        ]

    def test_every_outcome_has_what_to_quote_what_to_say_and_where_to_ask(self) -> None:
        for of in every_row():
            drawn = view.outcome(of, display=DISPLAY)

            assert (drawn.title, drawn.submit) == ("Redeem coupon", None)
            assert "Reference `ABCDEFGH`  ·  bill number `B-1`" in read(drawn)
            assert re.search(r"\*Read to the customer:\* “[^“”]+[.?]”", read(drawn))
            assert view.pressed(buttons_of(drawn)["Ask store ops"]) == ROW.id

    def test_the_message_says_what_the_window_says(self) -> None:
        for of in every_row():
            message, window = direct(of), view.outcome(of, display=DISPLAY)

            there = on_the_message(str(without_buttons(window)))
            assert str(without_buttons(message)) == there.replace(WHOSE_LINE, WHOSE, 1)

    def test_the_window_has_the_customer_on_a_line_of_its_own(self) -> None:
        for of in every_row():
            assert str(view.outcome(of, display=DISPLAY).blocks[0]).count(WHOSE_LINE) == 1


class TestRedeemed:
    def test_the_figure_and_the_number_of_the_redemption_are_there(self) -> None:
        text = shown(row(State.REDEEMED, settled=Settled.ANSWER, redemption_id="501"))

        assert "The loyalty engine confirmed it. The coupon is used for this bill." in text
        assert "“Your coupon is redeemed; the store takes ₹500 off your bill.”" in text
        assert "redemption `501`" in text

    @table("settled", [Settled.EVIDENCE, Settled.OWN_NUMBER, Settled.PERSON])
    def test_one_that_is_known_late_may_have_been_taken_off_already(self, settled: Settled) -> None:
        at_once, late = row(State.REDEEMED, settled=Settled.ANSWER), row(State.REDEEMED, settled=settled)

        for of in (late, replace(at_once, unknown_at=NOW)):
            assert (
                "Ask the store whether ₹500 is already off this bill; if not, they take it off by hand, once."
                in shown(of)
            )
            assert "the store checks that ₹500 is off your bill.”" in shown(of)
        assert (
            "*Next:* Tell the store to take ₹500 off this bill by hand, and not to scan the coupon."
            in shown(at_once)
        )
        assert "already" not in shown(at_once)

    def test_a_number_the_engine_left_out_is_not_made_up(self) -> None:
        assert "gave no redemption number" in shown(row(State.REDEEMED, settled=Settled.ANSWER))

    def test_evidence_proves_this_bill_and_only_a_generated_number_this_request(self) -> None:
        typed = row(State.REDEEMED, settled=Settled.EVIDENCE)
        generated = replace(typed, terms=replace(TERMS, generated=True))

        assert "redeemed once for this bill." in shown(typed)
        assert "by this request" not in everywhere(typed)
        assert "redeemed once for this bill, by this request." in shown(generated)

    def test_the_person_who_settled_it_is_named_with_the_note(self) -> None:
        by_hand = {"settled": Settled.PERSON, "by": PersonId("U0MANAGER"), "note": "Seen on the roll"}

        assert "\n*Their note:*\nSeen on the roll\n" in shown(row(State.REDEEMED, **by_hand))
        assert "<@U0MANAGER> settled it as not redeemed.\n*Their note:*\nSeen on the roll\n" in shown(
            row(State.NOT_REDEEMED, **by_hand)
        )

    def test_what_a_person_says_is_not_called_confirmed_by_the_engine(self) -> None:
        by_hand = row(State.REDEEMED, settled=Settled.PERSON, by=PersonId("U0MANAGER"), note="Seen")
        named = replace(by_hand, outcome=replace(by_hand.outcome, redemption_id="9"))

        assert "settled it as redeemed for this bill; the loyalty engine has not confirmed it." in shown(
            by_hand
        )
        assert "settled it as redeemed by redemption `9`." in shown(named)
        assert "The coupon is used" not in shown(by_hand) + shown(named)

    def test_who_approved_it_is_named(self) -> None:
        assert "approved by <@U0MANAGER>" in shown(replace(row(State.REDEEMED), decided=APPROVED))
        assert "approved by" not in shown(replace(row(State.REJECTED), decided=REJECTED))

    @table("settled", [Settled.ANSWER, Settled.OWN_NUMBER, Settled.EVIDENCE])
    def test_a_second_use_for_the_bill_is_told_with_both(self, settled: Settled) -> None:
        both = (USE, replace(USE, id="10", place=Place(name="Whitefield")))
        text = shown(row(State.REDEEMED, settled=settled, redemption_id="9", uses=both))

        assert "shows 2 uses of the coupon for this bill: " in text
        assert "at MG Road" in text
        assert "at Whitefield" in text
        assert "redemption `10`, " in text
        assert "Ask the store how often ₹500 is off this bill; they put it right by hand, to once." in text
        assert "The approvers are told about the second use; you need not ask." in text
        assert re.search(r"is off your bill, once|₹500 off your bill, once", text)
        ours = (
            "redemption `9` (counted for"
            if settled is Settled.EVIDENCE
            else "redemption `9` by this request, "
        )
        assert ours in text
        assert "redeemed once" not in text

    def test_another_use_beside_its_own_is_not(self) -> None:
        beside = (USE, replace(USE, id="10", bill="B-2"))

        assert "uses of the coupon" not in shown(row(State.REDEEMED, redemption_id="9", uses=beside))


class TestNotRedeemed:
    def test_a_no_before_the_call_says_that_nothing_was_sent(self) -> None:
        text = shown(row(State.REFUSED, refusal=Refusal.COUPON_EXPIRED))

        assert "It has expired. It ended " in text
        assert "Nothing was sent to the loyalty engine.\n" in text
        assert "*Next:* Ask store ops; they ask marketing whether it can be extended." in text

    def test_one_that_was_used_says_when_where_and_for_which_bill(self) -> None:
        use = Use(id="9", bill="MG-77", place=Place(name="MG Road"))

        text = shown(row(State.REFUSED, refusal=Refusal.ALREADY_USED, uses=(use,)))

        assert "Last use: time not stated, at MG Road, bill MG-77." in text
        assert "*Next:* Tell the customer when and where it was used." in text
        assert "“Our records show that this coupon was used already: at MG Road.”" in text

    def test_one_of_which_no_use_is_known_says_where_to_look_for_it(self) -> None:
        text = shown(row(State.REFUSED, refusal=Refusal.ALREADY_USED))

        assert (
            "*Next:* Type `/coupons id:700000001 code:WELCOME42` to see when and where. If the customer"
            in text
        )
        assert "“Our records show that this coupon was used already.”" in text

    @table("state", [State.REFUSED, State.EXPIRED, State.REJECTED, State.WITHDRAWN])
    def test_that_nothing_was_sent_is_said_only_after_the_engine_was_asked(self, state: State) -> None:
        """The ledger may have lost a sending."""
        ended = replace(row(state), looks=0)

        asked = "Our records show no sending; Coupon Desk is checking it with the loyalty engine."
        assert asked in shown(replace(ended, due_at=NOW))
        assert "Our records show no sending." in shown(ended)
        assert not re.search("nothing was", shown(ended).split("*Next:*")[0], re.IGNORECASE)
        assert "Nothing was sent" in shown(replace(ended, looks=1, due_at=NOW))

    @table("state", [State.REFUSED, State.NOT_SENT])
    def test_after_the_call_only_that_nothing_was_changed(self, state: State) -> None:
        text = shown(replace(row(state, refusal=Refusal.COUPON_EXPIRED), intent=INTENT))

        assert "Nothing was changed." in text
        assert "Nothing was sent" not in text

    def test_the_desks_own_no_goes_before_the_engines(self) -> None:
        text = shown(row(State.REFUSED, stop=Stop.COUNT_LIMIT, refusal=Refusal.OTHER))

        assert "Your limit of redemptions for today is reached." in text

    def test_a_limit_that_was_reached_meanwhile_has_its_figures(self) -> None:
        used = Usage(count=7, value=Decimal(9800))
        reached = AtLimit(limits=Limits(count=20, value=Decimal(10000)), used=used, worth=Decimal(500))
        text = shown(row(State.REFUSED, stop=Stop.VALUE_LIMIT, at_limit=reached))

        assert "Used by then: 7 of 20 redemptions, ₹9,800 of ₹10,000. This one is worth" in text

    @table(
        ("stop", "aloud"),
        [
            (Stop.BUSY, "“Your coupon could not be used just now; let me look at it once more.”"),
            (Stop.ALREADY_OPEN, "“Your coupon is being seen to already; you will hear from us.”"),
            (
                Stop.SAME_BILL,
                "“Your coupon is used for this bill already; the store checks that the discount is off.”",
            ),
            (Stop.NOT_ALLOWED, "“I cannot use your coupon myself; let me ask a colleague.”"),
        ],
    )
    def test_a_customer_hears_of_another_try_only_where_one_may_help(self, stop: Stop, aloud: str) -> None:
        assert aloud in shown(row(State.REFUSED, stop=stop))

    def test_found_uses_stay_after_a_person_settled_it_as_not_redeemed(self) -> None:
        """The coupon may well be used, if not by this request."""
        by_hand = row(
            State.NOT_REDEEMED, settled=Settled.PERSON, by=PersonId("U0MANAGER"), note="Not ours", uses=(USE,)
        )
        text = shown(by_hand)

        assert "*Not redeemed*" in text
        assert re.search(
            r"shows a use of this coupon since it was sent: .*, bill B-1\. <@U0MANAGER> settled it as not",
            text,
        )
        assert "\n*Their note:*\nNot ours\n" in text
        assert "at MG Road, bill B-1" in text
        told = (
            "Wait. Nobody should try it again, here or at a till, or take ₹500 off by hand, until an approver tells you "
            "that it is used for this bill"
        )
        assert f"{told}, or that you may press Redeem again." in text
        assert told in view.news_message(by_hand, display=DISPLAY).text
        by_looks = replace(by_hand, outcome=replace(by_hand.outcome, settled=Settled.EVIDENCE))
        assert "Nothing was changed" not in shown(by_looks)
        assert "bill B-1. It may be this request's; before, none was shown." in shown(by_looks)
        assert "It may be this request's" not in text
        late_no = replace(by_looks, outcome=replace(by_looks.outcome, settled=Settled.ANSWER))
        assert "It may be this request's. The loyalty engine's late answer is no:" in shown(late_no)
        final = replace(by_looks, outcome=replace(by_looks.outcome, refusal=Refusal.ALREADY_USED))
        assert "press Redeem again" not in shown(final)
        assert "how your coupon stands; please do not use it until you hear from us.”" in text

    def test_a_worth_above_the_days_limit_is_not_told_to_wait_until_tomorrow(self) -> None:
        reached = AtLimit(limits=Limits(value=Decimal(400)), used=Usage(), worth=Decimal(5000))
        text = shown(row(State.REFUSED, stop=Stop.VALUE_LIMIT, at_limit=reached))

        assert "It is worth more than one person may redeem from here in a day. Ask store ops." in text
        assert "tomorrow" not in text

    def test_an_absence_says_how_often_it_was_looked_for(self) -> None:
        absent = replace(row(State.NOT_REDEEMED, settled=Settled.EVIDENCE), looks=4)

        assert "asked 4 times, shows no redemption by this request. As far as it shows, nothing was" in shown(
            absent
        )
        assert f"by this request up to {date(NOW, DISPLAY)}. As far" in shown(replace(absent, ended_at=NOW))
        assert "within a day" not in shown(absent)
        assert "within a day after all, you are told." in shown(replace(absent, due_at=NOW))
        assert "after all, whoever asked is told." in posted(replace(absent, due_at=NOW)).text

    def test_a_rejection_names_who_and_why(self) -> None:
        text = shown(replace(row(State.REJECTED), decided=REJECTED))

        assert (
            "rejected it. Nothing was sent to the loyalty engine.\n*Their note:*\nNot a till fault\n" in text
        )

    def test_a_withdrawal_speaks_to_whoever_made_it_and_promises_only_what_is_known(self) -> None:
        of = row(State.WITHDRAWN)

        assert "You withdrew it. Nothing was sent to the loyalty engine." in shown(of)
        assert "<@U0AGENT> withdrew it. Nothing was sent to the loyalty engine." in posted(of).text
        assert "was stopped; nothing was done with it.”" in shown(of)
        assert "was stopped.”" in shown(replace(of, looks=0))

    @table(
        ("of", "why"),
        [
            (row(State.EXPIRED), "It was not carried out in time."),
            (replace(row(State.EXPIRED), expires_at=NOW), "The request ran out: nobody decided in time."),
            (
                replace(row(State.EXPIRED), expires_at=NOW, decided=APPROVED),
                "It was approved, but not carried out in time.",
            ),
            (
                replace(row(State.EXPIRED), expires_at=NOW, decided=APPROVED, round=2),
                "The request ran out: nobody decided in time.",
            ),
        ],
    )
    def test_one_that_expired_says_why_and_how_to_go_on(self, of: Redemption, why: str) -> None:
        told = "Nothing was sent to the loyalty engine.\n*Next:* If the customer still wants it and the bill is still"
        assert f"{why} {told} open, press Redeem again; it needs a new approval." in shown(of)

    def test_one_that_needed_no_approval_needs_none_later(self) -> None:
        of = replace(row(State.EXPIRED), terms=replace(TERMS, approvals=0))

        assert "the bill is still open, press Redeem again." in shown(of)


class TestWaiting:
    def test_it_says_who_must_approve_and_until_when(self) -> None:
        text = shown(replace(row(State.WAITING), expires_at=NOW))

        assert "One of <!subteam^S0MANAGERS> has to decide by <!date^" in text
        assert "nothing has been sent to the loyalty engine yet" in text

    def test_the_message_offers_to_ask_once_there_is_something_to_ask_about(self) -> None:
        for of in every_row():
            under_way = of.state in {State.NEW, State.WAITING, State.APPROVED, State.SENDING}

            assert ("Ask store ops" in buttons_of(direct(of))) is not under_way

    def test_the_message_has_details_in_every_state(self) -> None:
        for of in every_row():
            details = buttons_of(direct(of))["Details"]

            assert (details["action_id"], view.pressed(details)) == (view.DETAILS, ROW.id)
            assert "Details" not in buttons_of(view.outcome(of, display=DISPLAY))

    def test_only_a_waiting_one_can_be_withdrawn_and_only_by_a_second_press(self) -> None:
        for of in every_row():
            withdraw = buttons_of(direct(of)).get("Withdraw")

            assert (withdraw is not None) is (of.state is State.WAITING)
            if withdraw is not None:
                assert (withdraw["action_id"], view.pressed(withdraw)) == (view.WITHDRAW, ROW.id)
                assert withdraw["confirm"]["title"]["text"] == "Withdraw this request?"
            assert "Withdraw" not in buttons_of(view.outcome(of, display=DISPLAY))

    @table("trouble", Trouble)
    def test_one_that_may_stay_unanswered_says_so_and_what_to_do(self, trouble: Trouble) -> None:
        of = waiting(trouble=trouble)

        for text in (shown(of), direct(of).text):
            assert TROUBLES[trouble].why.replace("but whoever asked", "but you") in text
            assert "Nothing has been sent yet; without an approval the request runs out " in text
            there = on_the_message(text)
            assert f"*Next:* {TROUBLES[trouble].next_step}" in there
            assert "has to decide by" not in text
        assert "Withdraw" in TROUBLES[trouble].next_step
        if trouble not in {Trouble.NO_CHANNEL, Trouble.CHANNEL_SHARED}:
            assert TROUBLES[trouble].next_step.startswith("Do not start it again, here or at a till.")
            assert "then Ask store ops." in TROUBLES[trouble].next_step

    def test_one_that_is_asked_again_says_what_has_changed_since(self) -> None:
        text = shown(asked_again())

        assert (
            "<@U0MANAGER>'s approval is void: before anything was sent, the coupon's worth changed "
            "from ₹300 to ₹500 at most; its code came to name another coupon. "
            "One of <!subteam^S0MANAGERS> has to decide" in text
        )

    def test_whoever_approved_other_facts_has_not_approved_it(self) -> None:
        assert "approved by" not in shown(asked_again()).partition("approval is void")[2]
        assert "approved by" not in posted(asked_again()).text.partition("approval is void")[2]

    def test_a_rejection_is_told_with_its_reason_and_an_approval_with_its_note(self) -> None:
        noted = replace(waiting(), state=State.APPROVED, decided=replace(APPROVED, note="Once only"))
        rejected = replace(row(State.REJECTED), decided=REJECTED)

        assert "*Note of the approver:*\n“Once only”" in direct(noted).text
        assert "approved by <@U0MANAGER>" in direct(noted).text
        assert (
            "Nothing was sent to the loyalty engine.\n*Their note:*\n“Not a till fault”"
            in direct(rejected).text
        )
        assert "Note of the approver" not in direct(rejected).text


class TestUnknown:
    def test_it_says_that_nobody_should_try_again_and_who_looks_into_it(self) -> None:
        text = shown(unknown())

        assert "The loyalty engine did not answer in time. The coupon may be used now, or not." in text
        assert (
            "Nobody should try it again, here or at a till, or take ₹500 off by hand, until you are told"
            in text
        )
        assert f"Coupon Desk looks again at {clock_time(NOW, DISPLAY)}, and settles it by about " in text
        assert date(NOW + DISPLAY.window, DISPLAY) in text

    def test_what_the_desk_cannot_settle_by_itself_says_who_has_to(self) -> None:
        text = shown(replace(unknown(uses=(USE,)), due_at=None))

        assert (
            "Coupon Desk cannot settle it by itself; somebody who approves redemptions has to confirm" in text
        )
        assert "looks again" not in text

    def test_what_was_found_is_listed_for_a_person_to_judge(self) -> None:
        found = unknown(uses=(USE,) * 12)

        for text in (shown(found), direct(found).text, posted(found).text):
            assert "redemption `9`, " in text
            assert "at MG Road, bill B-1" in text
            assert "and 2 more" in text
        following = clock_time(NOW, DISPLAY)
        judge = f"has to confirm whether it is this request's. Coupon Desk looks again at {following}, too."
        assert f"Somebody who approves redemptions {judge}" in shown(found)
        assert "now shows a use for this bill, but it may not be this request's." in shown(found)
        other = unknown(uses=(replace(USE, bill="B-2"),))
        assert "The loyalty engine now shows a use that may be by this request." in shown(other)
        assert "redemption `9`, " in view.news_message(other, display=DISPLAY).text
        assert "settles it by" not in shown(found)
        judge = read(posted(found)).partition("Ask the store whether a till made the use for this bill, ")[2]
        assert judge.startswith(
            "then press Settle. If a till did, it is not this request's: choose Not redeemed"
        )
        assert f"name the use as this request's. Do not wait for the next look, at {following}." in judge
        assert "Somebody who approves" not in read(posted(found))
        for text in (shown(found), read(posted(found))):
            assert text.index("*New in the loyalty engine since it was sent:*") < text.index("*Next:*")

    def test_once_settled_what_was_found_is_history(self) -> None:
        settled = row(State.REDEEMED, settled=Settled.EVIDENCE, redemption_id="9", uses=(USE,))

        assert "MG Road" not in everywhere(settled)


class TestNews:
    def test_it_carries_the_next_step_whatever_the_request_came_to(self) -> None:
        def next_in(of: Redemption) -> str:
            return view.news_message(of, display=DISPLAY).text.partition("*Next:* ")[2]

        above = "on the message of your request, above"
        same_bill = next_in(row(State.REFUSED, stop=Stop.SAME_BILL, uses=(USE,)))
        assert same_bill.startswith(
            "Ask the store whether the discount is off this bill already; if it is not, press"
        )
        assert "Do not redeem it again for this bill." in same_bill
        for state in (State.REFUSED, State.NOT_SENT, State.NOT_REDEEMED, State.REJECTED, State.EXPIRED):
            assert above in next_in(row(state))
        assert next_in(row(State.NOT_SENT, stop=Stop.BUSY)).startswith(
            "Press Redeem again in a minute; it is safe to. The button stands on the message of your request, above."
        )
        assert f"Both buttons stand {above}" in same_bill
        rejected = next_in(row(State.REJECTED))
        assert f"Both buttons stand {above}" in rejected
        assert above not in next_in(unknown()) + next_in(row(State.REDEEMED))


class TestAttention:
    def test_while_the_desk_looks_it_says_to_wait_and_when_to_settle(self) -> None:
        text = posted(unknown()).text

        assert "Wait: Coupon Desk looks again at " in text
        assert (
            "can be read. Press Settle only if you know what happened, or if it is still open after that."
            in text
        )
        by_a_person = posted(replace(unknown(), due_at=None)).text
        assert (
            "Press Settle to see what was found; decide there only if you know what happened. Coupon Desk"
            in by_a_person
        )
        assert "Wait:" not in by_a_person

    def test_it_says_who_asked_what_it_is_worth_and_since_when(self) -> None:
        text = posted(unknown()).text

        assert text.startswith("⚠️ *Outcome unknown*  ·  *₹500 off* a bill of ₹1,499\n")
        assert "Asked for by <@U0AGENT>  ·  Customer A. M., mobile …2345  ·  worth ₹500 at most" in text
        assert "Unknown since 1 Jun 2026, 14:03 IST. The loyalty engine did not answer in time." in text
        assert "bill number `B-1`" in text

    def test_neither_the_customer_nor_the_coupon_can_be_told_from_it(self) -> None:
        for of in every_row():
            message = posted(of)

            for text in (message.text, str(message.payload())):
                for secret in ("WELCOME42", "Asha", "Menon", "Welcome", "Bill is at the till"):
                    assert secret not in text

    @table(
        "typed",
        [
            "welcome42",
            "X-WELCOME42-1",
            "WELC-OME 42",
            "919845012345",
            "98450 12345",
            "9845012345/1",
            "asha@example.com",
        ],
    )
    def test_a_bill_number_that_identifies_is_masked_in_the_channel(self, typed: str) -> None:
        of = unknown(uses=(replace(USE, bill=typed),))
        of = replace(of, terms=replace(TERMS, bill_number=typed))

        assert typed not in str(posted(of).payload())
        assert "bill number `not shown here`" in posted(of).text
        assert typed in shown(of)

    def test_of_a_customer_without_a_mobile_nothing_that_looks_like_one_is(self) -> None:
        of = unknown()
        of = replace(of, terms=replace(TERMS, customer_tail=None, bill_number="98450 12345"))

        assert "bill number `not shown here`" in posted(of).text

    @table(("coupon", "number"), [("42", "B-4200"), ("WELCOME42", "12345"), ("42", "")])
    def test_other_bill_numbers_are_shown_in_the_channel(self, coupon: str, number: str) -> None:
        of = unknown(uses=(replace(USE, bill=number),))
        of = replace(of, terms=replace(TERMS, code=CouponCode(coupon), bill_number="B-1"))

        assert (f"bill {number}" if number else "no bill number") in posted(of).text

    @table(
        ("name", "tail", "said"),
        [
            (None, None, "·  Customer  ·"),
            ("9845012345", "2345", "Customer, mobile …2345"),
            ("Asha 98450 Menon", "919845012345", "Customer A. M., mobile …2345"),
        ],
    )
    def test_a_name_is_shown_as_initials_in_the_channel(
        self, name: str | None, tail: str | None, said: str
    ) -> None:
        of = replace(unknown(), terms=replace(TERMS, customer_name=name, customer_tail=tail))

        assert said in posted(of).text
        assert "98450" not in str(posted(of).payload())

    @table("named", ["Asha Menon", "asha  menon"])
    def test_a_note_that_names_the_customer_is_read_with_initials_there(self, named: str) -> None:
        of = row(State.NOT_REDEEMED, settled=Settled.PERSON, by=PersonId("U0MANAGER"), note=f"{named} paid")

        assert "“A. M. paid”" in posted(of).text
        assert f"“{named.replace('  ', ' ')} paid”" in direct(of).text

    @table("stop", Stop)
    def test_nobody_there_is_told_of_a_limit_or_a_right_of_their_own(self, stop: Stop) -> None:
        text = posted(row(State.REFUSED, stop=stop)).text

        assert not re.search(r"\b[Yy]our?\b", text)
        assert "Nothing was sent to the loyalty engine." in text

    def test_what_is_settled_and_contradicted_says_what_is_left_to_do(self) -> None:
        uses = (USE, replace(USE, id="10"))
        twice = replace(row(State.REDEEMED, settled=Settled.OWN_NUMBER, uses=uses), due_at=NOW)
        found = row(State.NOT_REDEEMED, settled=Settled.EVIDENCE, uses=(USE,))

        assert (
            "*Next:* One of <!subteam^S0MANAGERS>: get the use that is too many reversed in the loyalty console; compare both"
            in posted(twice).text
        )
        kept = replace(twice, outcome=replace(twice.outcome, redemption_id="9"))
        assert (
            "get redemption `10` reversed in the loyalty console; keep redemption `9`." in posted(kept).text
        )
        nobody = replace(kept, terms=replace(TERMS, approvers=()))
        assert "*Next:* One of you: get redemption `10` reversed" in posted(nobody).text
        thrice = replace(
            kept, outcome=replace(kept.outcome, uses=(USE, replace(USE, id="10"), replace(USE, id="11")))
        )
        assert "get the use that is too many reversed in the loyalty console; keep" in posted(thrice).text
        compare = (
            "*Next:* One of <!subteam^S0MANAGERS>: compare the new use with this bill. If it is this bill's, tell "
            "<@U0AGENT> that it is used, and to ask the store whether ₹500 is already off; if not, it comes off by hand, once. "
            "If it is another bill's, tell <@U0AGENT> whether it may still be used"
        )
        assert compare in posted(found).text
        by_hand = replace(found, outcome=replace(found.outcome, settled=Settled.PERSON))
        assert "S0MANAGERS>: tell <@U0AGENT> whether it may still be used" in posted(by_hand).text
        assert "*Next:*" not in posted(row(State.NOT_REDEEMED, settled=Settled.EVIDENCE)).text

    def test_only_an_unknown_outcome_and_a_redemption_without_a_number_can_be_settled(self) -> None:
        for of in every_row():
            buttons = buttons_of(posted(of))

            settles = of.state is State.UNKNOWN or (of.state is State.REDEEMED and of.due_at is None)
            has_number = of.outcome.redemption_id is not None
            assert list(buttons) == (["Settle"] if settles and not has_number else [])
            assert all(view.pressed(one) == ROW.id for one in buttons.values())

    def test_a_redemption_without_a_number_says_that_its_use_is_to_be_named(self) -> None:
        nothing = row(State.REDEEMED, settled=Settled.ANSWER)
        found = row(State.REDEEMED, settled=Settled.ANSWER, uses=(USE, replace(USE, id="10")))

        for of in (nothing, found):
            text = posted(of).text
            assert text.startswith("✅ *Redeemed*")
            assert "Coupon Desk could not find out which redemption in the loyalty engine it is" in text
            assert "reversed" not in text
            assert "the loyalty engine gave no redemption number" in text
        assert "*Next:* Press Settle: Coupon Desk looks once more" in posted(nothing).text
        assert "*Next:* Compare what was found with the bill, then press Settle" in posted(found).text
        assert "redemption `10`, " in posted(found).text

    def test_whoever_asked_reads_nothing_of_uses_that_may_be_other_requests(self) -> None:
        found = row(State.REDEEMED, settled=Settled.ANSWER, uses=(USE, replace(USE, id="10")))

        for text in (shown(found), direct(found).text, view.news_message(found, display=DISPLAY).text):
            assert "MG Road" not in text
            assert "2 uses" not in text

    def test_named_by_a_person_it_says_who_which_and_how_they_know(self) -> None:
        named = row(
            State.REDEEMED,
            settled=Settled.ANSWER,
            redemption_id="9",
            uses=(USE,),
            by=PersonId("U0MANAGER"),
            note="On the roll",
        )

        for text in (posted(named).text, direct(named).text):
            assert "It gave no number; <@U0MANAGER> named redemption `9` as this request's." in text
            assert "*Their note:*\n“On the roll”" in text
        assert buttons_of(posted(named)) == {}
        assert "*Next:*" not in posted(named).text

    def test_settled_it_says_by_what(self) -> None:
        by_engine = row(State.REDEEMED, settled=Settled.EVIDENCE)
        by_hand = row(
            State.NOT_REDEEMED, settled=Settled.PERSON, by=PersonId("U0MANAGER"), note="On the roll"
        )

        assert "The loyalty engine's records show it redeemed once for this bill." in posted(by_engine).text
        assert (
            "<@U0MANAGER> settled it as not redeemed.\n*Their note:*\n“On the roll”" in posted(by_hand).text
        )


def test_no_outside_text_breaks_anything_or_mentions_anyone() -> None:
    for of in [*every_row(), *hostile_rows()]:
        window = view.outcome(of, display=DISPLAY)

        assert view_faults(window.payload(), "modal") == []
        assert foreign_marks(window) == []
        for message in (direct(of), posted(of)):
            content = {"text": message.text, "blocks": list(message.blocks)}
            assert message_faults(content) + message_advice(content) == []
            assert foreign_marks(message) == []
            assert len(message.text) <= 4000


def test_more_of_a_mobile_than_its_end_is_never_shown() -> None:
    of = replace(unknown(), terms=replace(TERMS, customer_tail="919845012345"))

    for text in (shown(of), direct(of).text, posted(of).text):
        assert "mobile …2345" in text
    assert "98450" not in everywhere(of)


def test_a_place_without_a_name_is_its_code() -> None:
    assert "at s1," in posted(unknown(uses=(replace(USE, place=Place(code="s1")),))).text


def test_a_button_without_a_value_stands_for_no_request() -> None:
    assert view.pressed({}) == ""


class TestRedeemAgain:
    ENDED = (
        State.REFUSED,
        State.NOT_SENT,
        State.NOT_REDEEMED,
        State.REJECTED,
        State.WITHDRAWN,
        State.EXPIRED,
    )

    def test_it_stands_where_it_ended_without_a_redemption_and_without_a_final_no(self) -> None:
        for of in every_row():
            offered = of.state in self.ENDED and of.outcome.refusal not in FINAL
            for drawn in (direct(of), view.outcome(of, display=DISPLAY)):
                assert ("Redeem again" in buttons_of(drawn)) == offered

    @table(("code", "offered"), [(711, False), (714, False), (696, True), (739, True)])
    def test_the_engines_own_code_tells_whether_a_no_is_final(self, code: int, offered: bool) -> None:
        of = row(State.REFUSED, refusal=Refusal.LIMIT_REACHED, code=code)

        assert ("Redeem again" in buttons_of(direct(of))) == offered

    def test_nothing_names_the_button_where_it_does_not_stand(self) -> None:
        for of in every_row():
            shown_to: list[Message | View] = [direct(of), view.outcome(of, display=DISPLAY), posted(of)]
            for drawn in [*shown_to, view.news_message(of, display=DISPLAY)]:
                there = "Redeem again" in buttons_of(drawn)
                told = "".join(words_of(drawn))
                # The news has no button, and says where it stands.
                assert there or "Redeem again" not in told or "on the message of your request, above" in told
                assert "Redeem again" not in told or "Redeem again" in buttons_of(direct(of))

    def test_nobody_is_promised_another_try_after_a_final_no(self) -> None:
        for of in [one for one in every_row() if one.outcome.refusal in FINAL]:
            assert not re.search(r"try it again for you|can still be used", everywhere(of))
