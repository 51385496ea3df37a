"""What a payload says of the person and of what they typed."""

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import NotUnderstood
from bot.domain.person import Actor, PersonId
from bot.listeners.payloads import actor_of, typed_text

TYPED = {
    "nothing": ("", ""),
    "spaces": ("  a \t b\n", "a   b"),
    "a linked number": ("<tel:+919400488244|+91 94004 88244>", "+919400488244"),
    "a linked number without label": ("<tel:9400488244>", "9400488244"),
    "a linked e-mail with a subject": ("<mailto:a@example.com?subject=hi|a@example.com>", "a@example.com"),
    "a linked e-mail": ("<mailto:a@example.com|a@example.com> all", "a@example.com  all"),
    "a linked word": ("<http://e-1.example|e-1.example>", "e-1.example"),
    "a bare link": ("<https://example.com>", "https://example.com"),
    "escapes": ("ext:A&amp;B&lt;1&gt;", "ext:A&B<1>"),
    "an escape that was typed": ("&amp;lt;", "&lt;"),
    "no-break spaces": ("94\u00a000\u202f48", "94 00 48"),
    "what no request can carry": ("94\x0000\ud800", "9400"),
    "a code as it was typed": ("code:½OFF  ﬁ “２”", "code:½OFF  ﬁ “２”"),
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

    assert told == told.strip()
    assert len(told.splitlines()) <= 1
    assert not [char for char in told if unicodedata.category(char) in {"Cc", "Cs"}]


def test_a_command_names_its_caller() -> None:
    body = {"user_id": "U0AGENT", "team_id": "T0DESK", "enterprise_id": "E0DESK"}

    assert actor_of(body) == Actor(id=PersonId("U0AGENT"), team="T0DESK", enterprise="E0DESK")


def test_a_press_names_the_workspace_of_the_person_not_of_the_app() -> None:
    """A member of another workspace presses in a shared channel."""
    body = {"user": {"id": "U0OUTSIDE", "team_id": "T0OTHER"}, "team": {"id": "T0DESK"}, "enterprise": None}

    assert actor_of(body) == Actor(id=PersonId("U0OUTSIDE"), team="T0OTHER")


def test_a_person_without_a_workspace_belongs_to_none() -> None:
    assert actor_of({"user": {"id": "U0AGENT"}, "team": {"id": "T0DESK"}}).team is None
