from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.domain.coupon import Discount, DiscountKind, Redeemability, UsesLeft
from bot.domain.customer import Customer, CustomerId
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, Settled, State, Stop, Trouble
from bot.domain.refusal import Refusal
from bot.domain.worth import Worth
from bot.sandbox.slack.blockkit.rules import message_advice, message_faults, view_faults
from bot.views import approval as view
from bot.views.kit import Message, View
from bot.views.redemption import pressed, requester_message
from bot.views.refusals import REFUSALS
from bot.views.states import STATE_MARKS
from tests.tables import table
from tests.views.redeeming import (
    APPROVED,
    CLAIM,
    DISPLAY,
    HOSTILE,
    INTENT,
    NOW,
    REJECTED,
    ROW,
    TERMS,
    USE,
    asked_again,
    buttons_of,
    every_row,
    filled,
    foreign_marks,
    hostile,
    hostile_rows,
    inputs_on,
    read,
    row,
    unknown,
    waiting,
)

ASHA = Customer(id=TERMS.customer, name="Asha Menon", mobile="919845012345", email="asha@example.com")
YES = Redeemability(
    redeemable=True, code=TERMS.code, discount=TERMS.discount, uses_left=UsesLeft(1), customer=ASHA
)
NO = replace(YES, redeemable=False, refusal=Refusal.ALREADY_USED)
MANAGERS = "<!subteam^S0MANAGERS>"


def posted(of: Redemption) -> Message:
    return view.approval_message(of, display=DISPLAY)


def approving(of: Redemption, check: Redeemability | None = YES) -> View:
    return view.approve_form(of, check, as_of=NOW, display=DISPLAY)


def rejecting(of: Redemption) -> View:
    return view.reject_form(of, display=DISPLAY)


def detailed(of: Redemption, check: Redeemability | None = YES) -> View:
    return view.details(of, check, as_of=NOW, display=DISPLAY)


def decided(state: State, **outcome: Any) -> Redemption:
    """It waited, was approved, and came to this."""
    ended = row(state, **outcome)
    return replace(waiting(), state=state, decided=APPROVED, outcome=ended.outcome, looks=ended.looks)


def at(moment: datetime) -> str:
    """How Slack is given a moment."""
    return f"<!date^{int(moment.timestamp())}^"


class TestMessage:
    @table(
        ("of", "head", "lines"),
        [
            (
                waiting(),
                "Waiting for approval",
                [f"One of {MANAGERS} has to decide by 1 Jun 2026, 18:03 IST; nothing has been sent to the"],
            ),
            (
                decided(State.APPROVED),
                "Redeeming…",
                ["Approved by <@U0MANAGER>, ", "checked once more before it"],
            ),
            (
                decided(State.SENDING),
                "Redeeming…",
                ["Approved by <@U0MANAGER>, ", "The loyalty engine is being asked"],
            ),
            (
                decided(State.REDEEMED, settled=Settled.ANSWER, redemption_id="501"),
                "Redeemed",
                ["Approved by <@U0MANAGER>, ", "The coupon is used for this bill.", "redemption `501`"],
            ),
            (
                decided(State.REFUSED, refusal=Refusal.ALREADY_USED),
                "Not redeemed",
                [
                    "Approved by <@U0MANAGER>, ",
                    "It was used already. Nothing was sent to the loyalty engine.",
                ],
            ),
            (
                decided(State.REFUSED, stop=Stop.VALUE_LIMIT),
                "Not redeemed",
                ["It would go past today's limit of value for whoever asked. Nothing was sent"],
            ),
            (
                replace(decided(State.NOT_SENT, stop=Stop.BUSY), intent=INTENT),
                "Not redeemed",
                ["The loyalty engine was too busy to take it. Nothing was changed."],
            ),
            (
                replace(unknown(), decided=APPROVED),
                "Outcome unknown",
                [
                    "The coupon may be used now, or not.",
                    "Nobody should try it again, here or at a till, or take ₹500 off by hand. The separate message *Outcome unknown* in the channel for approvals, and Home, say when to press Settle.",
                ],
            ),
            (decided(State.NOT_REDEEMED), "Not redeemed", ["shows no redemption by this request"]),
            (
                replace(row(State.REJECTED), decided=REJECTED),
                "Rejected",
                ["Rejected by <@U0MANAGER>, ", "IST\n*Their note:*\n“Not a till fault”\nNothing was sent"],
            ),
            (
                replace(waiting(), state=State.WITHDRAWN),
                "Withdrawn",
                ["<@U0AGENT> withdrew it."],
            ),
            (
                replace(waiting(), state=State.EXPIRED, looks=1),
                "Expired",
                ["The request ran out: nobody decided in time. Nothing was sent"],
            ),
            (
                decided(State.EXPIRED),
                "Expired",
                ["Approved by <@U0MANAGER>, ", "It was approved, but not carried out in time."],
            ),
            (
                replace(asked_again(), state=State.EXPIRED),
                "Expired",
                [
                    "is void: the coupon, or the rule for it, changed after it.\nThe request ran out: nobody decided in time."
                ],
            ),
        ],
    )
    def test_says_how_it_stands_and_what_came_of_it(
        self, of: Redemption, head: str, lines: list[str]
    ) -> None:
        message = posted(of)

        first = f"{STATE_MARKS[of.state]} *{head}*  ·  *₹500 off* a bill of ₹1,499\n"
        assert message.text.startswith(first)
        assert read(message).startswith(first)
        assert [line for line in lines if line not in message.text] == []

    def test_the_buttons_stand_before_what_is_longer_than_a_phones_screen(self) -> None:
        kinds = [block["type"] for block in posted(waiting()).blocks]

        assert kinds.index("actions") < len(kinds) - 2
        assert read(posted(waiting())).index("To weigh") > read(posted(waiting())).index("Approve")

    def test_with_nothing_to_decide_they_stand_last(self) -> None:
        for of in [one for one in every_row() if one.state is not State.WAITING]:
            *above, last = posted(of).blocks

            assert last["type"] == "actions"
            assert "actions" not in [block["type"] for block in above]

    def test_says_what_is_asked_by_whom_and_for_whom(self) -> None:
        text = posted(waiting()).text

        assert (
            "Asked for by <@U0AGENT>  ·  reason: Till offline  ·  Customer A. M., mobile …2345\n“Bill is at the till”\n"
            in text
        )
        assert "*Coupon:* ₹500 off  ·  worth ₹500 at most\n" in text
        assert "Reference `ABCDEFGH`  ·  bill number `B-1`" in text

    def test_what_a_small_bill_hides_is_a_figure_of_its_own(self) -> None:
        small = replace(waiting(), terms=replace(TERMS, bill=Decimal(40), takes_off=Decimal(40)))

        assert "*₹40 off* a bill of ₹40\n" in posted(small).text
        assert "worth ₹500 at most\n" in posted(small).text

    def test_says_what_helps_to_decide(self) -> None:
        of = waiting()
        text = read(posted(of))

        assert "*Rule:* “everything else”" in text
        assert f"the loyalty engine would accept it, checked {at(NOW)}{{time_secs}}|14:03:05>" in text
        last = at(NOW - timedelta(days=8))
        assert (
            f"*This customer, last 90 days:* 3 redemptions of any coupon, anywhere, the last one {last}"
            in text
        )
        assert (
            "*By <@U0AGENT> for this customer, last 90 days:* 2 redemptions from here, of any coupon\n"
            in text
        )
        assert "*This coupon for this customer, last 90 days:* no other request from here\n" in text
        assert (
            "*Approve redeems it for this bill, after one last check. That cannot be undone from here.*\n"
            in text
        )

    def test_who_must_approve_it_and_by_when_stands_before_the_facts(self) -> None:
        text = read(posted(waiting()))

        status = f"One of {MANAGERS} has to decide by {at(NOW + timedelta(hours=4))}"
        assert text.index(status) < text.index("Approve\n") < text.index("To weigh")

    @table(
        ("asking", "said"),
        [
            ({"uses": None, "last_use_at": None}, "last 90 days:* the loyalty engine did not say"),
            ({"uses": 0, "last_use_at": None}, "days:* no redemptions of any coupon, anywhere\n"),
            ({"uses": 1, "last_use_at": None}, "days:* 1 redemption of any coupon, anywhere\n"),
            (
                {"uses": 100, "more_uses": True},
                "days:* at least 100 redemptions of any coupon, anywhere, the last one",
            ),
            ({"earlier": 0}, "last 90 days:* no redemptions from here, of any coupon\n"),
            ({"earlier": 1}, "last 90 days:* 1 redemption from here, of any coupon\n"),
            ({"attempt": 3}, "last 90 days:* 2 other requests from here before this one\n"),
            (
                {"attempt": 2, "rejected": REJECTED},
                "last 90 days:* one other request from here before this one; rejected by <@U0MANAGER>, "
                "1 Jun 2026, 14:03 IST\n“Not a till fault”\n",
            ),
            (
                {"trouble": Trouble.NO_APPROVER},
                "there is nobody but whoever asked. Approve works again once somebody else is in one of them.\n",
            ),
            (
                {"trouble": Trouble.NO_APPROVER},
                f"Add somebody to {MANAGERS} by 1 Jun 2026, 18:03 IST, or it runs out; nothing has been sent to the",
            ),
            ({"trouble": Trouble.NO_APPROVER}, "*Attention:* Nobody can approve it"),
            ({"trouble": Trouble.GROUPS_UNREADABLE}, "*Attention:* Coupon Desk could not verify"),
        ],
    )
    def test_says_only_what_is_known(self, asking: dict[str, Any], said: str) -> None:
        assert said in posted(waiting(**asking)).text

    def test_where_nobody_can_approve_nobody_is_told_to_decide(self) -> None:
        of = waiting(trouble=Trouble.NO_APPROVER)
        reminder = (
            "When this was posted, nobody could approve it: add somebody to the groups that may. The request"
        )

        assert "has to decide" not in posted(of).text
        assert reminder in read(view.reminder_message(of, display=DISPLAY))
        assert "nobody could" not in read(view.reminder_message(waiting(), display=DISPLAY))

    def test_refused_while_it_waited_nothing_is_left_to_decide(self) -> None:
        ended = replace(
            waiting(), state=State.REFUSED, outcome=row(State.REFUSED, refusal=Refusal.ALREADY_USED).outcome
        )
        left = "That ended it while it waited. No decision is needed any more."

        assert left in posted(replace(ended, looks=1)).text
        assert left not in posted(replace(ended, decided=APPROVED)).text

    def test_one_whose_channel_is_read_after_all_does_not_say_that_it_is_not(self) -> None:
        assert "Attention" not in posted(waiting(trouble=Trouble.CHANNEL_UNREACHABLE)).text

    def test_those_who_approve_are_called_once_and_only_while_it_waits(self) -> None:
        for of in every_row():
            message = posted(of)
            expected = 1 if of.state is State.WAITING else 0

            assert message.text.count("<!subteam^") == expected
            assert read(message).count("<!subteam^") == expected

    def test_asked_again_it_says_what_changed_and_whose_approval_is_void(self) -> None:
        text = posted(asked_again()).text

        assert (
            "*Asked again:* <@U0MANAGER>'s approval is void: before anything was sent, the coupon's worth changed "
            "from ₹300 to ₹500 at most; its code came to name another coupon." in text
        )
        assert "Asked again" not in posted(waiting()).text

    @table(
        ("asking", "said", "unsaid"),
        [
            ({"other_coupon": False}, "the coupon's worth changed from ₹300", "another coupon"),
            ({"worth_before": None}, "its code came to name another coupon", "worth changed"),
            (
                {"worth_before": None, "other_coupon": False, "recent": (USE,)},
                "other uses of the coupon came to be known, or its rule changed",
                "somebody else's approval",
            ),
            (
                {"worth_before": None, "other_coupon": False},
                "it came to need somebody else's approval",
                "worth changed",
            ),
            (
                {"worth_before": Decimal(500), "other_coupon": False},
                "it came to need somebody else's approval",
                "worth changed",
            ),
        ],
    )
    def test_asked_again_it_says_only_what_changed(
        self, asking: dict[str, Any], said: str, unsaid: str
    ) -> None:
        text = posted(asked_again(**asking)).text

        assert said in text
        assert unsaid not in text

    def test_only_a_waiting_one_can_be_decided(self) -> None:
        for of in every_row():
            buttons = buttons_of(posted(of))
            expected = ["Approve", "Reject", "Details"] if of.state is State.WAITING else ["Details"]

            assert list(buttons) == expected
            assert {pressed(one) for one in buttons.values()} == {ROW.id}

    def test_its_buttons_are_told_apart_by_more_than_colour(self) -> None:
        buttons = buttons_of(posted(waiting()))

        assert [(one["action_id"], one.get("style")) for one in buttons.values()] == [
            (view.APPROVE, "primary"),
            (view.REJECT, "danger"),
            (view.DETAILS, None),
        ]
        assert len({one["accessibility_label"] for one in buttons.values()}) == 3

    def test_nothing_but_a_redemption_says_redeemed(self) -> None:
        for of in [one for one in every_row() if one.state is not State.REDEEMED]:
            assert [text for text in everywhere(of) if CLAIM.search(text)] == []

    def test_one_that_nobody_decided_never_sounds_like_a_rejection(self) -> None:
        for of in [one for one in every_row() if one.state is State.EXPIRED]:
            assert "reject" not in f"{posted(of).text}\n{posted(of).payload()}".lower()

    def test_neither_the_customer_nor_the_coupon_can_be_told_from_it(self) -> None:
        note = "For Asha  Menon, asha menon"
        noted: dict[str, Any] = {
            "terms": replace(TERMS, note=note, bill_number="X-welcome42", customer_tail="919845012345"),
            "decided": replace(APPROVED, note=note),
        }
        for of in [*every_row(), *(replace(one, **noted) for one in every_row())]:
            for message in (posted(of), reminder(of), again(of)):
                for text in (message.text, str(message.payload())):
                    found = re.findall(r"(?i)welcome|asha|menon|98450|@example", text)

                    assert found == []


def reminder(of: Redemption) -> Message:
    return view.reminder_message(of, display=DISPLAY)


def again(of: Redemption) -> Message:
    return view.again_message(of, display=DISPLAY)


def everywhere(of: Redemption) -> Iterator[str]:
    """All that anybody who approves reads of it."""
    for message in (posted(of), reminder(of), again(of)):
        yield from (message.text, read(message))
    for check in (YES, NO, None):
        yield from (read(approving(of, check)), read(detailed(of, check)))
    yield from (
        read(rejecting(of)),
        *(read(view.decision(of, ours=ours, display=DISPLAY)) for ours in (True, False)),
    )


class TestThread:
    def test_a_reminder_says_when_it_was_asked_and_until_when_and_whom_it_is_for(self) -> None:
        text = reminder(waiting()).text

        assert text.startswith(f"*Reminder* to {MANAGERS}, one of you: ")
        assert "*₹500 off* a bill of ₹1,499, asked for by <@U0AGENT> 1 Jun 2026, 14:03 IST, reference" in text
        assert "The request runs out 1 Jun 2026, 18:03 IST, unless somebody decides before." in text

    def test_a_reminder_stays_true_whatever_comes_after(self) -> None:
        assert not re.search(r"(?i)still|now|waiting", reminder(waiting()).text)

    def test_asked_again_the_thread_says_why_to_those_who_approve(self) -> None:
        text = again(asked_again()).text

        assert text.startswith(
            f"*Asked again* of {MANAGERS}, one of you: *₹500 off* a bill of ₹1,499, asked for by <@U0AGENT> 1 Jun 2026"
        )
        assert "worth changed from ₹300 to ₹500 at most" in text
        assert (
            "The new facts stand on the message above, and it has Approve and Reject while it waits." in text
        )

    def test_nothing_can_be_pressed_there(self) -> None:
        for message in (reminder(waiting()), again(asked_again())):
            assert buttons_of(message) == {}


class TestApproveForm:
    def test_shows_the_facts_of_this_moment_and_takes_a_note(self) -> None:
        form = approving(waiting())
        text = read(form)

        assert text.startswith(
            "⏳ *Waiting for approval*  ·  *₹500 off* a bill of ₹1,499\nAsked for by <@U0AGENT>  ·  "
        )
        assert f"*Now*, checked {at(NOW)}{{time_secs}}|14:03:05>: the loyalty engine would accept it" in text
        assert "1 use left" in text
        assert "*Worth now:* ₹500 at most, as it was asked for" in text
        assert "Customer A. M., mobile …2345" in text
        assert (form.title, form.submit, form.callback_id) == (
            "Approve redemption",
            "Approve",
            view.APPROVE_FORM,
        )
        assert list(inputs_on(form)) == ["Note"]
        assert inputs_on(form)["Note"]["optional"] is True

    def test_a_worth_that_has_changed_stands_out_with_what_an_approval_would_do(self) -> None:
        dearer = replace(YES, discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal(700)))

        text = read(approving(waiting(), dearer))

        assert "⚠️ *Worth now:* ₹700 at most; it was asked for as ₹500." in text
        assert "sends nothing: Coupon Desk asks again" in text

    def test_a_worth_that_is_not_said_is_not_made_up(self) -> None:
        text = read(approving(waiting(), replace(YES, discount=None)))

        assert "does not say; it was asked for as ₹500 at most" in text

    def test_while_the_engine_is_away_it_goes_on_waiting(self) -> None:
        """What is approved then ends as not redeemed, and would have to be asked for anew."""
        form = approving(waiting(), None)

        assert "the loyalty engine did not answer" in read(form)
        assert "Try again in a minute; the request goes on waiting." in read(form)
        assert pressed(buttons_of(form)["Try again"]) == ROW.id
        assert (form.submit, inputs_on(form)) == (None, {})

    def test_a_coupon_that_cannot_go_through_can_only_be_rejected(self) -> None:
        form = approving(waiting(), NO)

        assert REFUSALS[Refusal.ALREADY_USED].why in read(form)
        assert "press *Reject*" in read(form)
        assert (form.submit, inputs_on(form)) == (None, {})

    def test_what_is_submitted_names_the_round_that_was_shown(self) -> None:
        form = approving(asked_again())

        assert view.decided(filled(form, Note="Once only")) == (ROW.id, 2, "Once only")
        assert view.decided(filled(form)) == (ROW.id, 2, "")

    def test_drawn_anew_it_keeps_nothing_that_was_typed_for_other_facts(self) -> None:
        first, second = waiting(), replace(waiting(), version=waiting().version + 1)

        for form in (approving, rejecting):
            blocks = [next(iter(inputs_on(form(of)).values()))["block_id"] for of in (first, second)]
            assert blocks[0] != blocks[1]


REASONS = ("Wrong coupon", "Not entitled")


class TestRejectForm:
    def test_asks_why_by_the_policys_reasons_and_other(self) -> None:
        form = view.reject_form(waiting(), REASONS, display=DISPLAY)

        assert (form.title, form.submit, form.callback_id) == (
            "Reject redemption",
            "Reject",
            view.REJECT_FORM,
        )
        assert list(inputs_on(form)) == ["Reason", "Note"]
        assert "optional" not in inputs_on(form)["Reason"]
        options = inputs_on(form)["Reason"]["element"]["options"]
        assert [one["value"] for one in options] == [*REASONS, "Other"]
        assert "initial_option" not in inputs_on(form)["Reason"]["element"]

    def test_without_reasons_in_the_policy_other_is_chosen_already(self) -> None:
        element = inputs_on(rejecting(waiting()))["Reason"]["element"]

        assert element["initial_option"]["value"] == "Other"
        assert inputs_on(view.reject_form(waiting(), ("other",), display=DISPLAY)).keys() == {
            "Reason",
            "Note",
        }

    def test_what_was_chosen_and_typed_is_what_is_decided(self) -> None:
        form = view.reject_form(waiting(), REASONS, display=DISPLAY)
        chosen = filled(form, Reason="Wrong coupon", Note="It is Ravi's")

        assert view.decided(chosen) == (ROW.id, 1, "It is Ravi's")
        assert view.reason_chosen(chosen) == "Wrong coupon"
        assert view.reason_chosen(filled(form, Reason="Other", Note="x")) == ""
        assert view.rejection_faults(chosen, REASONS) == {}

    def test_what_is_missing_is_said_under_its_input(self) -> None:
        form = view.reject_form(waiting(), REASONS, display=DISPLAY)
        blocks = {label: block["block_id"] for label, block in inputs_on(form).items()}

        for nothing in (" ", "\u200b", "\u3164"):
            assert list(view.rejection_faults(filled(form, Reason="Other", Note=nothing), REASONS)) == [
                blocks["Note"]
            ]
        assert view.rejection_faults(filled(form, Reason="Other", Note="Odd"), REASONS) == {}
        assert list(view.rejection_faults(filled(form, Reason="Wrong coupon"), ("Not entitled",))) == [
            blocks["Reason"]
        ]

    @table(
        ("typed", "faults"),
        [("Not a till fault", []), (" ", ["reject.reason.3"]), ("\u200b", ["reject.reason.3"])],
    )
    def test_a_form_of_an_older_version_has_one_text(self, typed: str, faults: list[str]) -> None:
        values = {"reject.reason.3": {"reject.reason": {"type": "plain_text_input", "value": typed}}}
        old = {"private_metadata": f"{ROW.id}.1", "state": {"values": values}}

        assert list(view.rejection_faults(old, REASONS)) == faults
        assert view.decided(old) == (ROW.id, 1, typed)
        assert view.reason_chosen(old) == ""

    def test_the_chosen_reason_is_told_to_everybody(self) -> None:
        of = replace(row(State.REJECTED), decided=replace(REJECTED, reason="Wrong coupon"))

        assert (
            "Rejected by <@U0MANAGER>, 1 Jun 2026, 14:03 IST: Wrong coupon\n*Their note:*\n“Not a till"
            in posted(of).text
        )
        assert (
            "<@U0MANAGER> rejected it: Wrong coupon. Nothing was sent to the loyalty engine."
            in requester_message(of, display=DISPLAY).text
        )


@table("metadata", ["", "ABCDEFGH23456789", "ABCDEFGH23456789.", "ABCDEFGH23456789.x", ".1", "A.9999999999"])
def test_a_submission_that_names_no_round_decides_nothing(metadata: str) -> None:
    submitted = {**filled(rejecting(waiting()), Note="Because"), "private_metadata": metadata}

    assert view.decided(submitted) == ("", -1, "")
    assert view.decided({}) == ("", -1, "")


class TestDecision:
    def test_one_that_waits_no_more_shows_its_true_state_instead_of_a_form(self) -> None:
        for of in [one for one in every_row() if one.state is not State.WAITING]:
            expected = view.decision(of, ours=False, display=DISPLAY)

            assert approving(of) == rejecting(of) == expected
            assert expected.submit is None
            assert inputs_on(expected) == {}

    def test_a_press_that_came_late_hears_who_decided_and_when(self) -> None:
        text = read(
            view.decision(replace(row(State.REJECTED), decided=REJECTED), ours=False, display=DISPLAY)
        )

        assert text.startswith(
            "❌ *Rejected*  ·  *₹500 off* a bill of ₹1,499\nThis press has changed nothing.\n"
        )
        assert f"Rejected by <@U0MANAGER>, {at(NOW)}" in text
        assert "\nNot a till fault\n" in text

    def test_a_press_that_decided_hears_what_came_of_it(self) -> None:
        done = decided(State.REDEEMED, settled=Settled.ANSWER, redemption_id="501")

        text = read(view.decision(done, ours=True, display=DISPLAY))

        assert text.startswith("✅ *Redeemed*  ·  *₹500 off* a bill of ₹1,499\nApproved by <@U0MANAGER>")
        assert "changed nothing" not in text
        assert "redemption `501`" in text

    def test_what_was_approved_and_changed_says_where_to_decide_anew(self) -> None:
        text = read(view.decision(asked_again(), ours=True, display=DISPLAY))

        assert "<@U0MANAGER>'s approval is void: " in text
        assert (
            "*Next:* decide again, with *Approve* or *Reject* on the request's message in the channel for approvals, "
            "or on Coupon Desk's Home tab." in text
        )


class TestDetails:
    def test_whoever_asked_is_spoken_to_as_you(self) -> None:
        refused = row(State.REFUSED, stop=Stop.COUNT_LIMIT)
        own = read(view.details(refused, YES, as_of=NOW, display=DISPLAY, own=True))

        assert "Your limit of redemptions for today is reached." in own
        assert "*Mobile:* `919845012345`" in own
        assert "for whoever asked" in read(detailed(refused))

    def test_shows_all_of_it(self) -> None:
        of = decided(State.REDEEMED, settled=Settled.ANSWER, redemption_id="501", code=700, status=200)
        of = replace(of, reminded=1, terms=replace(TERMS, coupon_id="118", bill_number="9845012345"))

        text = read(detailed(of))

        for fact in (
            "*Customer:* Asha Menon, mobile …2345",
            "*Customer id:* `700000001`",
            "*Mobile:* `919845012345`",
            "*E-mail:* `asha@example.com`",
            "`WELCOME42`  ₹500 off",
            "coupon number `118`",
            "*Bill number:* `9845012345`",
            "\nBill is at the till\n",
            f"<@U0AGENT> asked for it {at(NOW)}",
            f"Approval asked for {at(NOW)}",
            "1 reminder",
            f"Approved by <@U0MANAGER>, {at(NOW)}",
            "settled by `answer`, engine code `700`, HTTP status `200`, redemption `501`",
        ):
            assert fact in text

    @table(
        ("check", "now"),
        [
            (NO, "It cannot be used again."),
            (replace(NO, refusal=Refusal.COUPON_EXPIRED), "It has expired."),
            (YES, "The loyalty engine would accept another use"),
        ],
    )
    def test_of_what_is_redeemed_they_say_that_it_is_used_by_this_request(
        self, check: Redeemability, now: str
    ) -> None:
        text = read(detailed(decided(State.REDEEMED, settled=Settled.ANSWER), check))

        assert f"*Now*, checked {at(NOW)}{{time_secs}}|14:03:05>: it is used, by this request. " in text
        assert now in text
        assert "would not accept it" not in text
        assert "It was used already" not in text
        likely = decided(State.REDEEMED, settled=Settled.EVIDENCE)
        assert ": it is used, counted for this request. " in read(detailed(likely, check))

    def test_a_no_is_told_by_its_names_too(self) -> None:
        refused = decided(State.REFUSED, refusal=Refusal.ALREADY_USED)

        assert "Outcome: reason `already_used`" in read(detailed(refused))

    def test_the_person_who_settled_it_is_named_with_the_note(self) -> None:
        closed = decided(
            State.NOT_REDEEMED, settled=Settled.PERSON, by=PersonId("U0MANAGER"), note="Seen on the roll"
        )

        assert "Settled by <@U0MANAGER>\nSeen on the roll\n" in read(detailed(closed))

    def test_redemptions_that_a_person_has_to_judge_are_listed(self) -> None:
        found = hostile(unknown()).outcome.uses[:1]
        of = unknown(uses=(replace(found[0], id="9", bill="B-1"),))

        assert "redemption `9`, " in read(detailed(of))

    def test_another_customers_number_is_never_shown_as_theirs(self) -> None:
        strange = replace(YES, customer=replace(ASHA, id=CustomerId("1")))

        assert "919845012345" not in read(detailed(waiting(), strange))
        assert "asha@" not in read(detailed(waiting(), strange))

    def test_details_show_the_code_when_the_engine_does_not_answer(self) -> None:
        text = read(detailed(waiting(), None))

        assert "the loyalty engine did not answer" in text
        assert "`WELCOME42`" in text


def test_no_outside_text_breaks_anything_or_mentions_anyone() -> None:
    hostile_check = replace(
        YES, customer=Customer(id=CustomerId(HOSTILE), name=HOSTILE, mobile=HOSTILE, email=HOSTILE)
    )
    for of in [*every_row(), *hostile_rows()]:
        strange = replace(of, terms=replace(of.terms, customer=CustomerId(HOSTILE), coupon_id=HOSTILE))
        for message in (posted(strange), reminder(strange), again(strange)):
            content = {"text": message.text, "blocks": list(message.blocks)}
            assert message_faults(content) + message_advice(content) == []
            assert foreign_marks(message) == []
            assert len(message.text) <= 4000
    for of in hostile_rows():
        strange = replace(of, terms=replace(of.terms, customer=CustomerId(HOSTILE), coupon_id=HOSTILE))
        modals = [view.decision(strange, ours=False, display=DISPLAY), rejecting(strange)]
        for check in (hostile_check, NO, None):
            modals += [approving(strange, check), detailed(strange, check)]
        for modal in modals:
            assert view_faults(modal.payload(), "modal") == []
            assert foreign_marks(modal) == []
            assert len(str(modal.payload())) < 250_000


def test_a_share_of_the_bill_says_that_it_has_no_cap() -> None:
    share = replace(waiting(), terms=replace(TERMS, worth=Worth(amount=Decimal(1499), from_bill=True)))

    assert "worth ₹1,499 at most, a share of the bill as typed: it has no cap" in posted(share).text


def test_each_modal_opens_under_its_own_name() -> None:
    for title in (view.APPROVE_TITLE, view.REJECT_TITLE, view.DETAILS_TITLE):
        assert view_faults(view.loading(title).payload(), "modal") == []
        assert view.loading(title).title == title
