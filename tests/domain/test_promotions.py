from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import NotUnderstood
from bot.domain.promotions import MAX_CODES, Mode, parse_promotion_question
from tests.tables import table

EITHER = (Mode.DISCOUNT, Mode.PAYMENT)


@table(
    ("typed", "codes", "modes"),
    [
        ("uq38t", ("UQ38T",), EITHER),
        ("UQ38T discount", ("UQ38T",), (Mode.DISCOUNT,)),
        ("Payment uq38t", ("UQ38T",), (Mode.PAYMENT,)),
        ("payment UQ38T discount", ("UQ38T",), EITHER),
        ("b a B,a;c", ("B", "A", "C"), EITHER),
        (" , UQ38T ,, ", ("UQ38T",), EITHER),
        ("a-1/2_é", ("A-1/2_É",), EITHER),
        ("A" * 50, ("A" * 50,), EITHER),
    ],
)
def test_codes_are_asked_for_in_upper_case_and_once(
    typed: str, codes: tuple[str, ...], modes: tuple[Mode, ...]
) -> None:
    question = parse_promotion_question(typed)

    assert (question.codes, question.modes) == (codes, modes)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Which promotion?"),
        ("discount", "Which promotion?"),
        ("<!channel>", "Which promotion?"),
        ("A`B", "Which promotion?"),
        ("UQ38T \u3164", "Which promotion?"),
        ("A" * 51, "Which promotion?"),
        ("a b c d e f", "at most 5 codes"),
    ],
)
def test_what_cannot_be_read_is_named(typed: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        parse_promotion_question(typed)

    assert said in refused.value.sentence


@given(st.text(max_size=120))
def test_any_words_are_codes_or_are_refused(typed: str) -> None:
    try:
        question = parse_promotion_question(typed)
    except NotUnderstood:
        return

    assert 1 <= len(question.codes) <= MAX_CODES
    assert len(set(question.codes)) == len(question.codes)
    assert not any(set(code) & set(" <>|`") for code in question.codes)
    assert question.modes
