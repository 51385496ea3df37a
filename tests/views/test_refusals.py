from __future__ import annotations

import re

import pytest

from bot.domain.redemption import Doubt, Stop, Trouble
from bot.domain.refusal import FINAL, Refusal
from bot.views.aloud import REFUSED, STOPPED
from bot.views.coupon import lately_used
from bot.views.refusals import DOUBTS, OF_OTHERS, REFUSALS, STOPS, TROUBLES, Words
from tests.tables import table
from tests.views.redeeming import DISPLAY, USE

EVERY = [*REFUSALS.values(), *STOPS.values(), *TROUBLES.values()]


def test_every_no_and_every_doubt_has_its_words() -> None:
    assert set(REFUSALS) == set(Refusal)
    assert set(STOPS) == set(Stop)
    assert set(DOUBTS) == set(Doubt)
    assert set(TROUBLES) == set(Trouble)


@table("words", EVERY)
def test_each_is_a_reason_and_a_next_step_in_whole_sentences(words: Words) -> None:
    for sentence in (words.why, words.next_step):
        assert re.fullmatch(r"[A-Z].+\.", sentence)


@table(
    "sentence",
    [
        *DOUBTS.values(),
        *OF_OTHERS.values(),
        *(part for words in EVERY for part in (words.why, words.next_step)),
    ],
)
def test_none_can_be_taken_for_a_redemption(sentence: str) -> None:
    assert "redeemed" not in sentence.lower()


@table(
    ("stop", "words"),
    [
        (Stop.NOT_ALLOWED, "not allowed"),
        (Stop.NOT_ALLOWED_APPROVER, "not allowed"),
        (Stop.NO_RULE, "not allowed"),
        (Stop.COULD_NOT_VERIFY, "could not verify"),
        (Stop.RECORDS_NOT_READ, "could not verify"),
        (Stop.SCOPE_MISSING, "could not verify"),
        (Stop.ENGINE_UNCLEAR, "could not verify"),
        (Stop.EARLIER_UNREADABLE, "could not verify"),
        (Stop.COUNT_LIMIT, "limit of redemptions"),
        (Stop.VALUE_LIMIT, "limit of value"),
    ],
)
def test_denials_failed_checks_and_limits_are_told_apart(stop: Stop, words: str) -> None:
    assert words in STOPS[stop].why


@table("stop", [one for one in Stop if "allowed" not in one and one is not Stop.NO_RULE])
def test_nobody_is_told_they_are_not_allowed_by_anything_else(stop: Stop) -> None:
    assert "not allowed" not in STOPS[stop].why


@table("stop", Stop)
def test_what_others_read_is_the_same_kind_of_no_and_never_theirs(stop: Stop) -> None:
    own, others = STOPS[stop].why, OF_OTHERS.get(stop, STOPS[stop].why)

    assert not re.search(r"\b[Yy]our?\b", others)
    for words in ("not allowed", "could not verify", "limit"):
        assert (words in own) == (words in others)


@pytest.mark.parametrize("words", TROUBLES.values())
def test_a_trouble_is_told_so_that_anybody_may_read_it(words: Words) -> None:
    assert not re.search(r"\b[Yy]our?\b", words.why)


def test_every_no_has_what_to_read_to_the_customer() -> None:
    assert set(REFUSED) == set(Refusal)
    assert set(STOPPED) == set(Stop)


@table("sentence", sorted({*REFUSED.values(), *STOPPED.values()}))
def test_it_is_one_sentence_that_claims_nothing_and_says_nothing_of_the_desk(sentence: str) -> None:
    assert re.fullmatch(r"(I|Our|Your) [^.]+[.?]", sentence)
    assert not re.search(r"redeemed|engine|desk|approve|policy", sentence)


@table("refusal", sorted(FINAL))
def test_after_a_final_no_no_customer_is_promised_another_try(refusal: Refusal) -> None:
    assert "look at it once more" not in REFUSED[refusal]


def test_a_use_for_the_same_bill_may_be_known_to_the_desk_alone() -> None:
    """What was redeemed from here counts before the engine's records show it: `domain.own_uses`."""
    for told in (STOPS[Stop.SAME_BILL].why, lately_used((USE,), "B-1", DISPLAY)[0]):
        assert "The loyalty engine, or Coupon Desk's own record, shows" in told


def test_whoever_may_not_redeem_any_more_reads_where_the_groups_are_named() -> None:
    """The request does not record them, `May.redeemers` on Home does; named in a channel they would be called."""
    for told in (STOPS[Stop.NOT_ALLOWED].why, OF_OTHERS[Stop.NOT_ALLOWED]):
        assert "Home tab" in told
        assert "names the groups." in told
        assert "<!subteam" not in told
