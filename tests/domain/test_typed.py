"""What keyboards and programs add to what people type."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.typed import asks_for_help, can_be_seen, tidy, usual_digits, usual_widths
from tests.tables import table

TYPED = {
    "spaces": ("  a \t b\n", "a b"),
    "curly quotes": ("“94004 88244”", "94004 88244"),
    "single quotes": ("‘9400488244’", "9400488244"),
    "guillemets": ("«9400488244»", "9400488244"),
    "backticks": ("`94004 88244`", "94004 88244"),
    "an apostrophe inside": ("o’neil@example.com", "o'neil@example.com"),
    "full width": ("９４００ ＩＤ：１", "9400 ID:1"),
    "direction marks": ("\u202a+91 94\u202c \u2066a\u2069", "+91 94 a"),
    "zero width": ("94\u200b00\ufeff", "9400"),
    "half of a character": ("94\ud80000", "9400"),
    "raised digits and fractions stay": ("9400² ½OFF", "9400² ½OFF"),
}


@table(("typed", "plain"), TYPED.values())
def test_what_keyboards_add_is_taken_away(typed: str, plain: str) -> None:
    assert tidy(typed) == plain


@pytest.mark.parametrize(("curly", "straight"), [("“”„‟«»", '"'), ("‘’‚‛", "'")])
def test_every_curly_quote_inside_a_word_is_a_straight_one(curly: str, straight: str) -> None:
    assert [tidy(f"a{one}b{one}c") for one in curly] == [f"a{straight}b{straight}c"] * len(curly)


@given(st.text())
def test_whatever_is_typed_becomes_words_that_can_be_seen(typed: str) -> None:
    plain = tidy(typed)

    assert plain == " ".join(plain.split())
    assert not [char for char in plain if unicodedata.category(char) == "Cf"]


@given(st.text())
def test_normalising_keeps_positions(typed: str) -> None:
    assert len(usual_widths(typed)) == len(usual_digits(typed)) == len(typed)


@given(st.characters(categories=["Nd"]))
def test_a_digit_of_every_script_is_one_of_ours(digit: str) -> None:
    assert usual_digits(digit) == str(unicodedata.digit(digit))


@table("typed", ["a", "é", "न", "5", "²", ".", "-", "₹", "🎟️", " \u200bx "])
def test_a_sign_can_be_seen(typed: str) -> None:
    assert can_be_seen(typed)


@table(
    "typed",
    [
        "",
        " \n",
        "\u200b",
        "\u2060\ufeff",
        "\u00ad",
        "\u202e",
        "\u034f",
        "\ufe0f",
        "\u3164",
        "\u115f",
        "\u2800",
        "\x00",
    ],
)
def test_spaces_and_invisible_characters_alone_cannot(typed: str) -> None:
    assert not can_be_seen(typed)


@pytest.mark.parametrize("typed", ["", " ", "help", " HELP ", "“help”", "\u200ehelp", "ｈｅｌｐ"])
def test_help_is_asked_for_by_name_or_by_nothing(typed: str) -> None:
    assert asks_for_help(typed)
    assert not asks_for_help(f"{typed} 98450 12345")


def test_both_other_widths_are_usual_ones_afterwards() -> None:
    assert usual_widths("Ａ\uff71²") == "A\u30a2²"
