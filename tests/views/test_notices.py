from __future__ import annotations

from decimal import Decimal

import pytest

from bot.adapters.ledger import faults
from bot.domain.errors import Denial, LedgerUnavailable, NotAllowed, RecordsNotRead
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.person import PersonId
from bot.domain.redemption import State, Stop
from bot.domain.refusal import Refusal
from bot.domain.request_errors import AlreadyHonoured, Stopped
from bot.views import notices
from bot.views.states import STATE_MARKS, STATE_WORDS
from tests.tables import table
from tests.views.asking import AGENT, FARAH
from tests.views.redeeming import CLAIM, DISPLAY, row


class TestStopped:
    def test_a_limit_is_told_with_its_figures_and_what_this_one_is_worth(self) -> None:
        reached = Stopped(
            stop=Stop.VALUE_LIMIT,
            at_limit=AtLimit(
                limits=Limits(count=20, value=Decimal(10000)),
                used=Usage(count=7, value=Decimal(9800)),
                worth=Decimal(500),
            ),
        )

        text = notices.stopped(reached, reader=AGENT, display=DISPLAY).text

        assert text.startswith("It would go past your limit of value for today.")
        assert "Used today: 7 of 20 redemptions, ₹9,800 of ₹10,000. This one is worth ₹500." in text
        assert "Nothing was sent." in text

    @pytest.mark.parametrize(
        ("limits", "figures"),
        [
            (Limits(count=20), "Used today: 20 of 20 redemptions. This one is worth ₹500. Nothing was sent."),
            (
                Limits(value=Decimal(10000)),
                "Used today: ₹250 of ₹10,000. This one is worth ₹500. Nothing was sent.",
            ),
        ],
    )
    def test_only_what_is_limited_has_figures(self, limits: Limits, figures: str) -> None:
        used = Usage(count=20, value=Decimal(250))
        at_limit = AtLimit(limits=limits, used=used, worth=Decimal(500))
        reached = Stopped(stop=Stop.COUNT_LIMIT, at_limit=at_limit)

        assert figures in notices.stopped(reached, reader=AGENT, display=DISPLAY).text

    @pytest.mark.parametrize(
        "error",
        [Stopped(stop=Stop.NO_RULE), Stopped(refusal=Refusal.REVOKED), Stopped(stop=Stop.COUNT_LIMIT)],
    )
    def test_without_figures_it_is_told_as_everywhere(self, error: Stopped) -> None:
        told = notices.stopped(error, reader=AGENT, display=DISPLAY)

        assert told == notices.problem(error)
        assert "Used today" not in told.text


class TestAlreadyHonoured:
    def test_the_request_that_was_asked_about_is_not_redeemed_twice_for_its_bill(self) -> None:
        error = AlreadyHonoured(row(State.REDEEMED), asked_about=True)
        text = notices.already_honoured(error, reader=AGENT, display=DISPLAY).text

        assert "for this bill already, by the request `ABCDEFGH` that your question is about." in text
        assert "Nothing was sent." in text
        assert "the store takes it off by hand, once" in text

    @pytest.mark.parametrize(("reader", "who"), [(AGENT, "you redeemed"), (FARAH, "<@U0AGENT> redeemed")])
    def test_one_since_the_answer_says_who_made_it_and_where_another_one_starts(
        self, reader: PersonId, who: str
    ) -> None:
        error = AlreadyHonoured(row(State.REDEEMED), asked_about=False)
        text = notices.already_honoured(error, reader=reader, display=DISPLAY).text

        assert text.startswith(f"This answer was carried out already: {who} the coupon <!date^")
        assert "look it up and start from its card" in text


class TestTooLateToWithdraw:
    @table("state", [one for one in State if one is not State.WAITING])
    def test_it_says_how_it_stands_and_that_the_press_did_nothing(self, state: State) -> None:
        text = notices.too_late_to_withdraw(row(state)).text

        assert text.startswith(f"{STATE_MARKS[state]} *{STATE_WORDS[state]}*\n")
        assert "This press has changed nothing" in text
        assert state is State.REDEEMED or CLAIM.search(text) is None

    def test_one_that_still_waits_can_be_withdrawn_by_another_press(self) -> None:
        """Something else, a reminder for one, was written down at the same moment."""
        text = notices.too_late_to_withdraw(row(State.WAITING)).text

        assert "too late" not in text
        assert "Press Withdraw again." in text


IN_NONE = {
    Denial.GROUP: ("look customers up: ", "Ask one of them, or your manager to add you."),
    Denial.REDEEM: (
        "redeem coupons: ",
        "Nothing was sent. Ask one of them to redeem it, or your manager to add you.",
    ),
    Denial.APPROVE: ("decide on this: ", "Nothing was changed. One of them has to decide."),
    Denial.CLOSE: ("settle this: ", "Nothing was changed. One of them has to."),
    Denial.CASES: ("take or answer cases: ", "Nothing was changed. One of them has to."),
}


class TestNotAllowed:
    @pytest.mark.parametrize("why", IN_NONE)
    def test_whose_members_may_is_told_with_the_next_step(self, why: Denial) -> None:
        what, then = IN_NONE[why]
        text = notices.problem(NotAllowed(why, needed=frozenset({"S0B", "S0A"}))).text

        named = "only members of <!subteam^S0A>, <!subteam^S0B> are."
        assert text == f"You are not allowed to {what}{named} {then}"

    def test_of_many_groups_five_are_named(self) -> None:
        needed = frozenset(f"S0{n}" for n in range(7))
        text = notices.problem(NotAllowed(Denial.APPROVE, needed=needed)).text

        assert text.count("<!subteam^") == 5
        assert "<!subteam^S04> and 2 more are." in text

    @pytest.mark.parametrize("why", IN_NONE)
    def test_where_nobody_may_nobody_is_told_to_ask_one_of_them(self, why: Denial) -> None:
        text = notices.problem(NotAllowed(why, needed=frozenset())).text

        assert f"{IN_NONE[why][0]}nobody is, as the policy names no group for it." in text
        assert text.endswith("Tell whoever runs Coupon Desk.")
        assert "one of them" not in text.lower()


RECORDS = {
    "disk_full": "their disk is full. ",
    "disk_failed": "their disk does not work. ",
    "read_only": "can only be read just now, not written. ",
    "busy": "are held by something else just now. ",
    "lost": "this request is no longer in them. ",
    "silent": "cannot be reached. ",
    "unknown": "cannot be reached. ",
}


@pytest.mark.parametrize(("kind", "cause"), RECORDS.items())
def test_what_is_wrong_with_the_desks_own_records_is_told_with_the_next_step(kind: str, cause: str) -> None:
    text = notices.problem(LedgerUnavailable(kind=kind)).text
    unverified = notices.problem(RecordsNotRead(kind)).text

    assert text.startswith("Coupon Desk's own records ")
    assert cause in text
    assert cause.replace(". ", ", so Coupon Desk could not verify that you are allowed. ") in unverified
    for told in (text, unverified):
        assert "Nothing was changed." in told
        assert ("Try again in a minute" in told) is (kind not in {"disk_full", "disk_failed", "lost"})
        assert "ell whoever runs Coupon Desk" in told


@pytest.mark.parametrize("kind", notices.RECORDS)
def test_each_kind_that_is_told_apart_is_one_of_the_databases(kind: str) -> None:
    assert kind in {fault.kind for fault in vars(faults).values() if isinstance(fault, faults.Fault)}
