from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import NotUnderstood
from bot.domain.history import HistoryKind, HistoryQuery, HistoryQuestion, parse_history_question
from bot.domain.period import EVER, Period
from tests.tables import table


def ask(text: str) -> HistoryQuestion:
    return parse_history_question(text, region="IN")


def test_a_customer_alone_asks_for_everything_newest_first() -> None:
    question = ask("98450 12345")

    assert question.customer.value == "919845012345"
    assert question.query == HistoryQuery(kind=HistoryKind.BOTH, period=EVER, oldest_first=False)


@table("words", list(permutations(["98450 12345", "Points", "OLDEST", "30D"])))
def test_the_words_may_come_in_any_order_and_letter_case(words: tuple[str, ...]) -> None:
    question = ask(" ".join(words))

    assert question.customer.value == "919845012345"
    assert question.query == HistoryQuery(kind=HistoryKind.POINTS, period=Period("30d"), oldest_first=True)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("points", HistoryKind.POINTS),
        ("coupons", HistoryKind.COUPONS),
        ("both", HistoryKind.BOTH),
        ("points coupons", HistoryKind.BOTH),
        ("points points", HistoryKind.POINTS),
    ],
)
def test_both_kinds_named_are_both(words: str, kind: HistoryKind) -> None:
    assert ask(f"id:5 {words} newest").query == HistoryQuery(kind=kind)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("98450 12345 7 days", "7d"),
        ("98450 12345 last 7 days points", "7d"),
        ("yesterday 98450 12345", "yesterday"),
        ("98450 12345 2025-01-31", "2025-01-31..2025-01-31"),
        ("2025-01-01 to 2025-01-31 98450 12345", "2025-01-01..2025-01-31"),
    ],
)
def test_the_digits_of_a_period_are_no_digits_of_the_customer(typed: str, words: str) -> None:
    question = ask(typed)

    assert (question.customer.value, question.query.period) == ("919845012345", Period(words))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("98450 1234 5 days", "not a whole mobile number"),
        ("98 31-01-2025", "neither a mobile number"),
        ("98450 30d 12345", "not clear which words name the customer"),
        ("98450 points 12345", "not clear which words name the customer"),
        ("98450 12345 points 5", "not clear which words name the customer"),
        ("98450 1234 5", "not clear which digits"),
        ("98450 12345 31/01/2025", "That period could not be read."),
    ],
)
def test_digits_that_stand_apart_are_asked_about(typed: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        ask(typed)

    assert said in refused.value.sentence


@table(
    ("typed", "said"),
    [
        ("", "Whose redemptions?"),
        ("points 30d oldest", "Whose redemptions?"),
        ("98450 12345 7d 30d", "one period at a time"),
        ("98450 12345 newest points oldest", "Use `oldest` or `newest`, not both."),
        ("98450 12345 7d 7d", "one period at a time"),
        ("98450 12345 31-01-2025..", "That period could not be read."),
        ("somebody", "neither a mobile number nor an e-mail"),
        (
            "98450 12345 last week",
            "The word after the customer could not be read. Type `points` or `coupons`",
        ),
    ],
)
def test_what_cannot_be_read_is_named(typed: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        ask(typed)

    assert said in refused.value.sentence


@given(st.text(max_size=80))
def test_any_words_are_read_or_refused(typed: str) -> None:
    try:
        question = ask(typed)
    except NotUnderstood:
        return

    assert question.customer.value
