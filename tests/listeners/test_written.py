"""Reading the text of a message."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.listeners.written import MAX_READ, message_text, written_text
from tests.tables import table


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


@table(("message", "seen"), MESSAGES.values())
def test_all_that_a_person_sees_of_a_message_is_read(message: dict[str, Any], seen: str) -> None:
    assert [line for line in message_text(message).splitlines() if line] == seen.splitlines()


def test_of_a_message_without_end_the_beginning_is_read() -> None:
    message = {
        "text": "98450 12345",
        "attachments": [{"text": f"{number} " + "x" * 999} for number in range(99)],
    }

    assert message_text(message).startswith("98450 12345\n0 xxx")
    assert 39_000 < len(message_text(message)) <= MAX_READ


def spent_s(size: int) -> float:
    """Processor time for a message of so many signs, the least of some: others may have been in the way."""

    def once() -> float:
        started = time.process_time()
        message_text({"text": "*" * size + " *a" * (size // 2) + " _`~" * (size // 4)})
        return time.process_time() - started

    return min(once() for _ in range(5))


def test_a_message_of_signs_takes_no_longer_than_its_length() -> None:
    # Sixteen times as much if what is read grew with its square, on a machine of any speed.
    assert spent_s(20_000) < 8 * spent_s(5_000)
