"""What a spend writes and tells at each step: its moves, the audit log's facts, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.errors import EngineFault, LedgerUnavailable, VersionConflict
from bot.domain.facts import believed
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.person import Admission
from bot.domain.redemption import Asking, Decision, Doubt, Outcome, Redemption, RequestId, State, Stop
from bot.domain.refusal import Refusal
from bot.domain.request_errors import AnswerNotKept, Stopped
from bot.domain.shown import shown_facts
from bot.services.spend import SETTLE_ATTEMPTS, SETTLE_WAIT_S, SLACK_S, Spend
from tests.aio.conftest import Timer
from tests.services.redeeming import (
    ARJUN,
    CALL_S,
    LARGE,
    MANAGERS,
    OURS,
    TERMS,
    VIKRAM,
    Shop,
    after_whom,
    asked,
    may,
    row,
    saying,
)
from tests.services.shelf import ASHA, NOON, no
from tests.services.woken import Woken

APPROVED = Decision(by=ARJUN, at=NOON, round=1, approved=True)
READ = {
    "groups": ["S0AGENTS", "S0SENIORS"],
    "groups_read_at": NOON.isoformat(),
    "rule": TERMS.rule,
    "worth": "250",
    "uses_left": 1,
    "coupon_id": "9",
}
READ_LARGE = {**READ, "rule": LARGE.rule, "worth": "5000"}
CLEARED = {**READ, "before": [], "named_by": "mobile"}


@pytest.fixture
def shop(timer: Timer) -> Shop:
    return Shop(seconds=timer, engine=saying())


@pytest.fixture
def spend(shop: Shop, woken: Woken) -> Spend:
    return replace(shop.use_cases().spend, forget=shop.forget, wake=woken)


def put(of: Any, name: str, to: Any) -> bool:
    """As `setattr`, for a lambda that sets several."""
    setattr(of, name, to)
    return True


async def test_each_step_is_in_the_audit_log_with_what_it_was_judged_by(
    shop: Shop, spend: Spend, woken: Woken
) -> None:
    await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert shop.ledger.told == [
        (State.APPROVED, CLEARED),
        (State.SENDING, CLEARED),
        (State.REDEEMED, {"settled": "answer", "redemption_id": "2", "http_status": 200}),
    ]
    assert asked(shop) == [(VIKRAM.id, True)]
    assert woken.times == 1
    assert shop.forgotten == [ASHA.id]


async def test_a_refused_one_keeps_the_facts_and_the_outcome(shop: Shop, spend: Spend, woken: Woken) -> None:
    several = replace(may(left=3, used=1))
    till = replace(OURS, id="7", bill="T-9")
    shop.engine.check, shop.engine.found = several, (till,)
    after = await spend(shop.ledger.holds(row(terms=replace(TERMS, seen=()))), by=VIKRAM)

    assert shop.ledger.told == [
        (State.REFUSED, {**READ, "uses_left": 3, "new": ["7"], "stop": "changed"}),
    ]
    assert after.outcome == Outcome(stop=Stop.CHANGED, uses=(till,))
    assert woken.times == 1
    assert shop.forgotten == []


async def test_the_call_has_the_rest_of_the_slack_to_begin(shop: Shop, spend: Spend, timer: Timer) -> None:
    def slow() -> None:
        timer.seconds += 2.0

    # No clock begins at nought.
    timer.seconds = 7.0
    shop.ledger.beside = lambda: setattr(shop.ledger, "beside", slow)
    await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert shop.engine.begin_within == [SLACK_S - 2.0]
    assert SLACK_S == 5.0


@pytest.mark.parametrize(("took_s", "sent"), [(SLACK_S - 0.01, True), (SLACK_S, False), (SLACK_S + 1, False)])
async def test_nothing_is_sent_without_time_to_begin(
    shop: Shop, spend: Spend, timer: Timer, took_s: float, sent: bool
) -> None:
    def slow() -> None:
        timer.seconds += took_s

    shop.ledger.beside = slow
    after = await spend(shop.ledger.holds(row(State.APPROVED)))

    assert bool(shop.engine.orders) is sent
    assert after.state is (State.REDEEMED if sent else State.NOT_SENT)


async def test_send_by_allows_the_call_and_its_slack(shop: Shop, spend: Spend) -> None:
    await spend(shop.ledger.holds(row()), by=VIKRAM)

    [journaled] = [change for _, to, change in shop.ledger.moves if to is State.SENDING]
    assert journaled.send_in_s == CALL_S + 5.0
    assert journaled.intent is not None


# Paused meanwhile


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("stop", [Stop.PAUSED, Stop.VALUE_LIMIT])
async def test_a_pause_refuses_what_was_not_sent_yet(
    shop: Shop, spend: Spend, monkeypatch: pytest.MonkeyPatch, state: State, stop: Stop
) -> None:
    """What stands in another state by now stays as it is."""
    held = shop.ledger.holds(row())
    moves = shop.ledger.move

    async def paused(before: Redemption, to: State, *given: Any, **named: Any) -> Redemption:
        if to is State.APPROVED:
            shop.ledger.holds(replace(held, state=state))
            raise Stopped(stop=stop)
        return await moves(before, to, *given, **named)

    monkeypatch.setattr(shop.ledger, "move", paused)
    after = await spend(held, by=VIKRAM)

    assert shop.engine.orders == []
    if state in {State.NEW, State.APPROVED}:
        assert (after.state, after.outcome) == (State.REFUSED, Outcome(stop=stop))
        assert shop.ledger.told == [(State.REFUSED, {"stop": stop})]
    else:
        assert (after.state, shop.ledger.moves) == (state, [])


async def test_a_pause_and_somebody_elses_move_at_the_same_moment(
    shop: Shop, spend: Spend, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = shop.ledger.holds(row())
    theirs = replace(held, version=2, state=State.EXPIRED)

    async def paused(_before: Redemption, to: State, *_given: Any, **_named: Any) -> Redemption:
        if to is State.APPROVED:
            raise Stopped(stop=Stop.PAUSED)
        shop.ledger.holds(theirs)
        raise VersionConflict

    monkeypatch.setattr(shop.ledger, "move", paused)

    assert await spend(held, by=VIKRAM) == theirs


async def test_a_request_that_is_gone_is_returned_as_it_was(shop: Shop, spend: Spend) -> None:
    held = shop.ledger.holds(row())
    shop.ledger.beside = lambda: (_ for _ in ()).throw(VersionConflict())
    del shop.ledger.rows[held.id]

    assert await spend(held, by=VIKRAM) == held


# Asked for


async def test_who_is_asked_is_shown_the_uses_and_the_log_keeps_what_was_read(
    shop: Shop, spend: Spend
) -> None:
    use = replace(OURS, id="7", bill="T-9")
    shop.engine.check, shop.engine.found = may(LARGE.discount, left=3, used=1), (use,)
    after = await spend(shop.ledger.holds(row(terms=replace(LARGE, seen=("7",)))), by=VIKRAM)

    assert after.state is State.WAITING
    assert after.asking is not None
    assert after.asking.recent == (use,)
    shows = shown_facts(after.terms, after.asking, 1)
    assert shop.ledger.told == [(State.WAITING, {**READ_LARGE, "uses_left": 3, "shows": shows})]
    assert asked(shop) == [(VIKRAM.id, True)]


async def test_a_request_for_an_approval_that_is_blocked_is_refused(shop: Shop, spend: Spend) -> None:
    shop.engine.check = no(Refusal.COUPON_EXPIRED)
    after = await spend(shop.ledger.holds(row(terms=LARGE)), by=VIKRAM)

    assert (after.state, after.outcome) == (State.REFUSED, Outcome(refusal=Refusal.COUPON_EXPIRED))
    assert shop.ledger.told == [
        (State.REFUSED, {**READ_LARGE, "uses_left": None, "refusal": "coupon_expired"})
    ]


async def test_an_approved_request_that_changed_is_asked_for_again_with_what_changed(
    shop: Shop, spend: Spend
) -> None:
    use = replace(OURS, id="7", bill="T-9")
    terms = replace(LARGE, seen=())
    shop.engine.check, shop.engine.found = may(LARGE.discount, left=3, used=1), (use,)
    asking = Asking(checked_at=NOON, recent=())
    after = await spend(shop.ledger.holds(row(State.APPROVED, terms, decided=APPROVED, asking=asking)))

    assert (after.state, after.round) == (State.WAITING, 2)
    assert after.asking is not None
    assert after.asking.recent == (use,)
    shows = shown_facts(after.terms, after.asking, 2)
    why = {**READ_LARGE, "uses_left": 3, "new": ["7"], "stop": "changed", "shows": shows}
    assert shop.ledger.told == [(State.WAITING, why)]


#: An approved request that is blocked and does not wait again.
ENDS: Mapping[str, tuple[Callable[[Shop], Any], dict[str, Any], Outcome]] = {
    "a no": (
        lambda shop: setattr(shop.engine, "check", no(Refusal.REVOKED)),
        {},
        Outcome(refusal=Refusal.REVOKED),
    ),
    "changed too often": (
        lambda shop: (
            put(shop.engine, "check", may(LARGE.discount, left=3, used=1))
            and put(shop.engine, "found", (replace(OURS, id="7", bill="T-9"),))
        ),
        {
            "round": 3,
            "decided": replace(APPROVED, round=3),
            "asking": Asking(checked_at=NOON, recent=()),
        },
        Outcome(stop=Stop.CHANGED, uses=(replace(OURS, id="7", bill="T-9"),)),
    ),
}


@pytest.mark.parametrize(("change", "facts", "outcome"), ENDS.values(), ids=ENDS)
async def test_an_approved_request_ends_where_nobody_can_be_asked_again(
    shop: Shop, spend: Spend, change: Callable[[Shop], Any], facts: dict[str, Any], outcome: Outcome
) -> None:
    change(shop)
    of = row(State.APPROVED, replace(LARGE, seen=()), **{"decided": APPROVED, **facts})
    after = await spend(shop.ledger.holds(of))

    assert (after.state, after.outcome) == (State.REFUSED, outcome)
    assert shop.engine.orders == []


async def test_past_the_days_limit_it_ends_with_the_figures(
    shop: Shop, spend: Spend, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = AtLimit(limits=Limits(count=1), used=Usage(), worth=LARGE.worth.amount)
    moves = shop.ledger.move

    async def full(before: Redemption, to: State, *given: Any, **named: Any) -> Redemption:
        if to is State.WAITING:
            raise Stopped(stop=Stop.VALUE_LIMIT, at_limit=figures)
        return await moves(before, to, *given, **named)

    monkeypatch.setattr(shop.ledger, "move", full)
    shop.engine.check = may(replace(LARGE.discount, value=LARGE.worth.amount + 1))
    after = await spend(shop.ledger.holds(row(State.APPROVED, LARGE, decided=APPROVED)))

    assert (after.state, after.outcome) == (
        State.REFUSED,
        Outcome(stop=Stop.VALUE_LIMIT, at_limit=figures),
    )
    assert shop.ledger.told == [(State.REFUSED, {**READ_LARGE, "worth": "5001", "stop": "value_limit"})]


async def test_what_follows_from_an_approval_is_judged_by_what_was_read_for_it(
    shop: Shop, spend: Spend
) -> None:
    shop.engine.check = may(LARGE.discount)
    admission = Admission(person=ARJUN, groups=MANAGERS, read_at=NOON)
    await spend(shop.ledger.holds(row(State.APPROVED, LARGE, decided=APPROVED)), after=admission)

    assert after_whom(shop) == [admission, admission]


async def test_what_changed_since_the_review_is_not_asked_for(shop: Shop, spend: Spend) -> None:
    """Whoever confirmed it looks at it anew."""
    shop.engine.check = may(replace(LARGE.discount, value=LARGE.worth.amount + 1))
    after = await spend(shop.ledger.holds(row(terms=LARGE)), by=VIKRAM)

    assert (after.state, after.outcome) == (State.REFUSED, Outcome(stop=Stop.CHANGED))


# Evidence first


async def test_its_own_number_settles_it_and_look_ups_are_drawn_anew(shop: Shop, spend: Spend) -> None:
    shop.engine.check, shop.engine.found = may(left=3, used=1), (OURS,)
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.redemption_id) == (State.REDEEMED, "2")
    assert shop.forgotten == [ASHA.id]
    assert [to for to, _ in shop.ledger.told] == [State.REDEEMED]


async def test_an_earlier_requests_number_settles_that_one_and_this_ends(shop: Shop, spend: Spend) -> None:
    earlier = shop.ledger.holds(
        row(State.NOT_REDEEMED, replace(TERMS, bill_number="CD-EARLIER"), id=RequestId("EARLIER0"))
    )
    shop.engine.check, shop.engine.found = may(left=3, used=1), (replace(OURS, bill="CD-EARLIER"),)
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert [to for to, _ in shop.ledger.told] == [State.REDEEMED, State.REFUSED]
    assert shop.ledger.rows[earlier.id].outcome.redemption_id == "2"
    assert after.outcome == Outcome(stop=Stop.CHANGED)
    assert shop.ledger.told[1] == (State.REFUSED, {"stop": "changed"})


# The answer


async def test_a_yes_for_an_earlier_redemption_is_not_believed(shop: Shop, spend: Spend) -> None:
    before = replace(OURS, id="1", bill="B-0")
    shop.engine.check, shop.engine.found = may(left=3, used=1), (before,)
    shop.engine.answer = Redeemed(redemption_id="1", status=200)
    after = await spend(shop.ledger.holds(row(terms=replace(TERMS, seen=("1",)))), by=VIKRAM)

    doubted = believed(shop.engine.answer, ("1",))
    assert isinstance(doubted, Unclear)
    assert (after.state, after.outcome) == (
        State.UNKNOWN,
        Outcome(doubt=Doubt.CONTRADICTING, status=200),
    )


@dataclass
class Waits:
    seconds: list[float]

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits = Waits([])
    monkeypatch.setattr("bot.services.spend.asyncio", SimpleNamespace(sleep=waits))
    return waits.seconds


@pytest.mark.parametrize("failing", range(SETTLE_ATTEMPTS + 1))
async def test_an_answer_is_written_in_three_attempts_that_wait_longer_each(
    shop: Shop, spend: Spend, waits: list[float], failing: int
) -> None:
    shop.engine.beside = lambda: setattr(shop.ledger, "failing", failing)
    held = shop.ledger.holds(row())
    if failing < SETTLE_ATTEMPTS:
        assert (await spend(held, by=VIKRAM)).state is State.REDEEMED
    else:
        with structlog.testing.capture_logs() as lines, pytest.raises(AnswerNotKept) as told:
            await spend(held, by=VIKRAM)
        assert told.value.row.outcome == Outcome(doubt=Doubt.NO_ANSWER_KEPT)
        assert [(line["log_level"], line["event"]) for line in lines if line["log_level"] == "error"] == [
            ("error", "answer_not_kept")
        ]
    assert waits == [0.3, 0.6][:failing]
    assert (SETTLE_ATTEMPTS, SETTLE_WAIT_S) == (3, 0.3)
    await shop.tasks.close()


@pytest.mark.parametrize("read", [EngineFault(), LedgerUnavailable(), VersionConflict()])
async def test_a_redemption_whose_id_cannot_be_read_stays_redeemed(
    shop: Shop, spend: Spend, read: Exception
) -> None:
    shop.engine.answer, shop.engine.found = Redeemed(redemption_id=None, status=200), read
    with structlog.testing.capture_logs() as lines:
        after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.redemption_id) == (State.REDEEMED, None)
    assert after.due_at == NOON + timedelta(seconds=5)
    assert [(line["event"], line["error"]) for line in lines if line["event"] != "moved"] == [
        ("redemption_id_not_read", type(read).__name__)
    ]


#: Answers that name all, and those that leave the id out; the id is read only then.
READ_BACK: Mapping[str, tuple[Answer, bool]] = {
    "with an id": (Redeemed(redemption_id="2"), False),
    "without": (Redeemed(redemption_id=None), True),
    "no": (Refused(refusal=Refusal.WRONG_STORE, code=735), False),
    "not sent": (NotSent(stop=Stop.NOT_CONNECTED), False),
    "unclear": (Unclear(doubt=Doubt.TIMED_OUT), False),
}


@pytest.mark.parametrize(("answer", "read"), READ_BACK.values(), ids=READ_BACK)
async def test_only_a_yes_without_an_id_is_followed_by_a_read(
    shop: Shop, spend: Spend, answer: Answer, read: bool
) -> None:
    shop.engine.answer = answer
    await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert len(shop.engine.looks) == int(read)
    assert len(shop.engine.orders) == 1


async def test_what_breaks_after_the_call_began_is_logged_and_unknown(shop: Shop, spend: Spend) -> None:
    def breaks() -> None:
        raise RuntimeError("nobody foresaw this")

    shop.engine.beside = breaks
    with structlog.testing.capture_logs() as lines:
        after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert after.outcome == Outcome(doubt=Doubt.INTERRUPTED)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["redeem_broke"]


async def test_a_journal_that_failed_is_owed_the_word_that_nothing_was_sent(shop: Shop) -> None:
    """The move may have been written although it failed here; its own attempt is told apart from another's."""
    use_cases = shop.use_cases()
    held = shop.ledger.holds(row(State.APPROVED))
    shop.ledger.beside = lambda: setattr(shop.ledger, "failing", 1)
    with pytest.raises(LedgerUnavailable):
        await use_cases.spend(held)
    await use_cases.answers_owed.close(30.0)

    # It was not written: the row is as it was, and one that was never sent is not told to have been.
    assert shop.engine.orders == []
    assert shop.ledger.rows[held.id].state is State.APPROVED


async def test_each_line_until_the_answer_names_the_request(shop: Shop, spend: Spend) -> None:
    held, bound = shop.ledger.holds(row()), list[object]()
    shop.engine.beside = lambda: bound.append(structlog.contextvars.get_contextvars().get("request"))
    with structlog.contextvars.bound_contextvars(request="another"):
        await spend(held, by=VIKRAM)

    assert bound == [held.reference]


async def test_whoever_comes_second_leaves_a_line_and_sends_nothing(shop: Shop, spend: Spend) -> None:
    held = shop.ledger.holds(row())
    shop.ledger.beside = lambda: shop.ledger.rows.update({held.id: replace(held, version=2)})
    with structlog.testing.capture_logs() as lines:
        await spend(held, by=VIKRAM)

    assert [(line["event"], line["request"]) for line in lines] == [("version_conflict", held.reference)]
    assert shop.engine.orders == []


async def test_what_needed_no_approval_and_changed_is_refused_and_asked_of_nobody(
    shop: Shop, spend: Spend
) -> None:
    shop.engine.check = may(LARGE.discount)
    after = await spend(shop.ledger.holds(row(State.APPROVED)))

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.CHANGED)
    assert shop.engine.orders == []
