"""What a payload says of the person and of what they typed."""

from __future__ import annotations

import html
import time
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import NotUnderstood
from bot.domain.history import parse_history_question
from bot.domain.lookup import parse_coupon_question
from bot.domain.person import Actor, PersonId
from bot.listeners.payloads import MOST_TYPED, actor_of, command_text, typed_text
from tests.tables import table

TYPED = {
    "nothing": ("", ""),
    "spaces": ("  a \t b\n", "a   b"),
    "a linked number, as it was typed": ("<tel:+919400488244|+91 94004-88244>", "+91 94004-88244"),
    "a linked number that a program completed": ("<tel:+919400488244|94004 88244>", "+919400488244"),
    "a linked number behind words": ("<tel:+919400488244|call me>", "+919400488244"),
    "a linked number in digits of another script": ("<tel:9400488244|९४००४ ८८२४४>", "९४००४ ८८२४४"),
    "a linked number with an extension": ("<tel:+91-94004-88244;ext=5|Asha>", "+91-94004-88244"),
    "a code that looks like a number": ("code:<tel:1234567890|123-456-7890>", "code: 123-456-7890"),
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


@table(("raw", "plain"), TYPED.values())
def test_what_slack_and_keyboards_add_is_taken_away(raw: str, plain: str) -> None:
    assert typed_text(raw) == plain


@table("raw", ["<@U0AGENT>", "98450 <@U0AGENT|nisha> x", "<#C0|a>", "<!here>", "<!subteam^S0|@a>"])
def test_somebody_of_slack_is_no_customer(raw: str) -> None:
    with pytest.raises(NotUnderstood):
        typed_text(raw)


@given(st.text())
def test_whatever_is_typed_becomes_one_plain_line(typed: str) -> None:
    told = typed_text(html.escape(typed, quote=False))

    assert told == told.strip()
    assert len(told.splitlines()) <= 1
    assert not [char for char in told if unicodedata.category(char) in {"Cc", "Cs"}]


def test_a_command_has_an_end() -> None:
    """Words without end would take seconds to read, in which nobody else is answered."""
    assert command_text({"text": "98450 12345 " + "x" * 1000}).endswith("x")
    assert command_text({"text": None}) == command_text({}) == ""
    with pytest.raises(NotUnderstood, match="too long for a command: 10000 characters"):
        command_text({"text": "+ " * 5000})


@table(
    "piece",
    ["+ ", "1 ", "98450 ", "98450 12345 ", "word ", "a@b ", "7 days ", "all ", "code:A ", "(", "<a>", "x "],
)
def test_the_longest_command_takes_no_time(piece: str) -> None:
    text = typed_text((piece * MOST_TYPED)[:MOST_TYPED])
    began = time.process_time()
    for read in (parse_coupon_question, parse_history_question):
        with suppress(NotUnderstood):
            read(text, region="IN")

    assert time.process_time() - began < 0.3


def test_a_command_names_its_caller() -> None:
    body = {"user_id": "U0AGENT", "team_id": "T0DESK", "enterprise_id": "E0DESK"}

    assert actor_of(body) == Actor(id=PersonId("U0AGENT"), team="T0DESK", enterprise="E0DESK")


def test_a_press_names_the_workspace_of_the_person_not_of_the_app() -> None:
    """A member of another workspace presses in a shared channel."""
    body = {"user": {"id": "U0OUTSIDE", "team_id": "T0OTHER"}, "team": {"id": "T0DESK"}, "enterprise": None}

    assert actor_of(body) == Actor(id=PersonId("U0OUTSIDE"), team="T0OTHER")


def test_nothing_else_in_a_press_names_the_person() -> None:
    body = {
        "user": {"id": "U0AGENT", "team_id": "T0DESK"},
        "user_id": "U0MANAGER1",
        "actions": [{"value": "U0MANAGER1", "selected_user": "U0MANAGER1"}],
        "message": {"user": "U0DESK"},
    }

    assert actor_of(body) == Actor(id=PersonId("U0AGENT"), team="T0DESK")


def test_a_person_without_a_workspace_belongs_to_none() -> None:
    assert actor_of({"user": {"id": "U0AGENT"}, "team": {"id": "T0DESK"}}).team is None
