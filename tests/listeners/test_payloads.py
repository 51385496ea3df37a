"""What a payload says of the person and of what they typed."""

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import NotUnderstood
from bot.domain.person import Actor, PersonId
from bot.listeners.payloads import actor_of, typed_text, written_text

TYPED = {
    "nothing": ("", ""),
    "spaces": ("  a \t b\n", "a b"),
    "a linked number": ("<tel:+919400488244|+91 94004 88244>", "+919400488244"),
    "a linked number without label": ("<tel:9400488244>", "9400488244"),
    "a linked e-mail": ("<mailto:a@example.com|a@example.com> all", "a@example.com all"),
    "a linked word": ("<http://e-1.example|e-1.example>", "e-1.example"),
    "a bare link": ("<https://example.com>", "https://example.com"),
    "escapes": ("ext:A&amp;B&lt;1&gt;", "ext:A&B<1>"),
    "an escape that was typed": ("&amp;lt;", "&lt;"),
    "curly quotes": ("“94004 88244”", "94004 88244"),
    "single quotes": ("‘9400488244’", "9400488244"),
    "guillemets": ("«9400488244»", "9400488244"),
    "backticks": ("`94004 88244`", "94004 88244"),
    "an apostrophe inside": ("o’neil@example.com", "o'neil@example.com"),
    "full width": ("９４００ ＩＤ：１", "9400 ID:1"),
    "direction marks": ("\u202a+91 94\u202c \u2066a\u2069", "+91 94 a"),
    "zero width": ("94\u200b00\ufeff", "9400"),
    "no-break spaces": ("94\u00a000\u202f48", "94 00 48"),
}


@pytest.mark.parametrize(("raw", "plain"), TYPED.values(), ids=TYPED)
def test_what_slack_and_keyboards_add_is_taken_away(raw: str, plain: str) -> None:
    assert typed_text(raw) == plain


@pytest.mark.parametrize(
    "raw", ["<@U0AGENT>", "98450 <@U0AGENT|nisha> x", "<#C0|a>", "<!here>", "<!subteam^S0|@a>"]
)
def test_somebody_of_slack_is_no_customer(raw: str) -> None:
    with pytest.raises(NotUnderstood):
        typed_text(raw)


@given(st.text())
def test_whatever_is_typed_becomes_one_plain_line(typed: str) -> None:
    told = typed_text(html.escape(typed, quote=False))

    assert told == " ".join(told.split())
    assert not [char for char in told if unicodedata.category(char) == "Cf"]


def test_a_message_keeps_its_lines_and_loses_whom_it_mentions() -> None:
    raw = "<@U0AGENT> please call\n<tel:+919845012345|98450 12345>\r\n“2  coupons”"

    assert written_text(raw) == "please call\n+919845012345\n2 coupons"


def test_a_command_names_its_caller() -> None:
    body = {"user_id": "U0AGENT", "team_id": "T0DESK", "enterprise_id": "E0DESK"}

    assert actor_of(body) == Actor(id=PersonId("U0AGENT"), team="T0DESK", enterprise="E0DESK")


def test_a_press_names_the_workspace_of_the_person_not_of_the_app() -> None:
    """A member of another workspace presses in a shared channel."""
    body = {"user": {"id": "U0OUTSIDE", "team_id": "T0OTHER"}, "team": {"id": "T0DESK"}, "enterprise": None}

    assert actor_of(body) == Actor(id=PersonId("U0OUTSIDE"), team="T0OTHER")


def test_a_person_without_a_workspace_belongs_to_none() -> None:
    assert actor_of({"user": {"id": "U0AGENT"}, "team": {"id": "T0DESK"}}).team is None
