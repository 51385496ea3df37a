"""What a payload says of the person and of what they typed."""

from __future__ import annotations

import html
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import NotUnderstood
from bot.domain.person import Actor, PersonId
from bot.listeners.payloads import MAX_READ, actor_of, message_text, typed_text, written_text

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


def test_a_message_keeps_its_lines_and_loses_whom_it_mentions() -> None:
    raw = "<@U0AGENT> please call\n<tel:+919845012345|98450 12345>\r\n“2  coupons”"

    assert written_text(raw) == "please call\n+919845012345\n2 coupons"


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("*98450 12345*", "98450 12345"),
        ("_asha@example.com_", "asha@example.com"),
        ("call *98450* 12345", "call 98450 12345"),
        ("~98450 12345~ `94004 88244`", "98450 12345 94004 88244"),
        ("asha_menon@example.com, r_k@example.com", "asha_menon@example.com, r_k@example.com"),
        ("_asha@example.com", "_asha@example.com"),
        ("2 * 3 * 4", "2 * 3 * 4"),
    ],
)
def test_signs_that_make_words_bold_are_not_seen(raw: str, seen: str) -> None:
    assert written_text(raw) == seen


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    section = {"type": "rich_text_section", "elements": list(elements)}
    return [{"type": "rich_text", "block_id": "b1", "elements": [section]}]


def words(text: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": text, "style": style}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


MESSAGES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, ""),
    "its text": ({"text": "call\n98450 12345"}, "call\n98450 12345"),
    "a text that its blocks repeat": ({"text": "call", "blocks": rich(words("call"))}, "call"),
    "words of one line, however they look": (
        {"blocks": rich(words("98450 "), words("12345", bold=True))},
        "98450 12345",
    ),
    "people and emoji between": (
        {"blocks": rich(words("98450"), {"type": "user", "user_id": "U1"}, words("12345"))},
        "98450 12345",
    ),
    "links": (
        {
            "blocks": rich(
                {"type": "link", "url": "tel:+919845012345", "text": "98450 12345"},
                words(" or "),
                {"type": "link", "url": "mailto:asha@example.com?subject=x"},
                words(" in "),
                {"type": "link", "url": "https://crm.example/94004882440", "text": "the CRM"},
            )
        },
        "+919845012345 or asha@example.com in the CRM",
    ),
    "a list, a quote and code": (
        {
            "blocks": [
                {
                    "type": "rich_text",
                    "elements": [
                        {
                            "type": "rich_text_list",
                            "style": "bullet",
                            "elements": [
                                {"type": "rich_text_section", "elements": [words("98450")]},
                                {"type": "rich_text_section", "elements": [words("12345")]},
                            ],
                        },
                        {"type": "rich_text_quote", "elements": [words("quoted")]},
                        {"type": "rich_text_preformatted", "elements": [words("one\ntwo")]},
                    ],
                }
            ]
        },
        "98450\n12345\nquoted\none\ntwo",
    ),
    "sections, fields, headers, context, tables": (
        {
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "Ticket"}},
                {
                    "type": "section",
                    "text": mrkdwn("*Mobile:* 98450 12345"),
                    "fields": [mrkdwn("Bill"), mrkdwn("MG-88")],
                    "accessory": {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "Open"},
                        "value": "9400488244",
                        "url": "https://crm.example/9400488244",
                    },
                },
                {"type": "context", "elements": [mrkdwn("<mailto:asha@example.com|Asha>")]},
                {"type": "image", "alt_text": "x", "title": {"type": "plain_text", "text": "Receipt"}},
                {"type": "table", "rows": [[{"type": "raw_text", "text": "cell"}, rich(words("rich"))[0]]]},
            ]
        },
        "Ticket\nMobile: 98450 12345\nBill\nMG-88\nOpen\nasha@example.com\nReceipt\ncell\nrich",
    ),
    "attachments": (
        {
            "attachments": [
                {
                    "fallback": "[no preview]",
                    "pretext": "New ticket",
                    "title": "4711",
                    "title_link": "https://crm.example/9400488244",
                    "text": "<tel:+919845012345>",
                    "fields": [{"title": "E-mail", "value": "asha@example.com", "short": True}],
                    "blocks": [{"type": "section", "text": mrkdwn("below")}],
                    "footer": "CRM",
                }
            ]
        },
        "New ticket\n4711\n+919845012345\nCRM\nE-mail\nasha@example.com\nbelow",
    ),
    "a forwarded message": (
        {
            "text": "",
            "attachments": [
                {
                    "is_share": True,
                    "is_msg_unfurl": True,
                    "ts": "1688651267.097029",
                    "author_name": "Ravi",
                    "from_url": "https://example.slack.com/archives/C1/p1688651267097029",
                    "message_blocks": [
                        {
                            "team": "T1",
                            "channel": "C1",
                            "ts": "1688651267.097029",
                            "message": {"blocks": rich(words("call 98450 12345"))},
                        }
                    ],
                }
            ],
        },
        "Ravi\ncall 98450 12345",
    ),
    "a message forwarded twice": (
        {"attachments": [{"attachments": [{"text": "98450 12345"}]}]},
        "98450 12345",
    ),
    "shapes that nobody documents": (
        {"text": None, "blocks": {"a": 1}, "attachments": [None, "x", {"fields": 5, "message_blocks": [{}]}]},
        "",
    ),
}


@pytest.mark.parametrize(("message", "seen"), MESSAGES.values(), ids=MESSAGES)
def test_all_that_a_person_sees_of_a_message_is_read(message: dict[str, Any], seen: str) -> None:
    assert [line for line in message_text(message).splitlines() if line] == seen.splitlines()


def test_of_a_message_without_end_the_beginning_is_read() -> None:
    message = {
        "text": "98450 12345",
        "attachments": [{"text": f"{number} " + "x" * 999} for number in range(99)],
    }

    assert message_text(message).startswith("98450 12345\n0 xxx")
    assert 39_000 < len(message_text(message)) <= MAX_READ


def test_a_message_of_signs_takes_no_time() -> None:
    started = time.process_time()
    message_text({"text": "*" * 20_000 + " *a" * 10_000 + " _`~" * 5_000})

    assert time.process_time() - started < 2


def test_a_command_names_its_caller() -> None:
    body = {"user_id": "U0AGENT", "team_id": "T0DESK", "enterprise_id": "E0DESK"}

    assert actor_of(body) == Actor(id=PersonId("U0AGENT"), team="T0DESK", enterprise="E0DESK")


def test_a_press_names_the_workspace_of_the_person_not_of_the_app() -> None:
    """A member of another workspace presses in a shared channel."""
    body = {"user": {"id": "U0OUTSIDE", "team_id": "T0OTHER"}, "team": {"id": "T0DESK"}, "enterprise": None}

    assert actor_of(body) == Actor(id=PersonId("U0OUTSIDE"), team="T0OTHER")


def test_a_person_without_a_workspace_belongs_to_none() -> None:
    assert actor_of({"user": {"id": "U0AGENT"}, "team": {"id": "T0DESK"}}).team is None
