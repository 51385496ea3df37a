"""Text made safe for mrkdwn, and moments as Slack shows them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.person import PersonId
from bot.views.text import MAX_TEXT, Display, clipped, code, date, mention, plain, quoted

DISPLAY = Display(currency="INR", zone=ZoneInfo("Asia/Kolkata"))
#: Any text, with signs that Slack reads more often than by chance.
TEXTS = st.text(st.sampled_from("<>&|@#!*_~`:\n\u202e a1") | st.characters())


@given(TEXTS, st.integers(min_value=1, max_value=200))
@example("<!here> <@U0AGENT> & <https://example.com|this>", 200)
def test_outside_text_can_neither_mention_nor_link_nor_overflow(text: str, limit: int) -> None:
    drawn = quoted(text, limit)

    assert "<" not in drawn
    assert ">" not in drawn
    assert re.fullmatch(r"(?:[^&]|&amp;|&lt;|&gt;)*", drawn, re.DOTALL)
    assert len(unescape(drawn)) <= limit


@given(TEXTS)
def test_outside_text_stays_on_one_line_without_marks_nobody_sees(text: str) -> None:
    drawn = clipped(text, 100)

    assert (
        drawn.isprintable() or not drawn.strip() or all(char == " " or char.isprintable() for char in drawn)
    )
    assert "\u202e" not in drawn


@given(TEXTS)
def test_a_code_is_always_closed(text: str) -> None:
    drawn = code(text)

    assert drawn.count("`") == 2
    assert len(drawn) > 2


def test_an_id_makes_one_mention_whatever_is_in_it() -> None:
    assert mention(PersonId("U0<!here>")) == "<@U0&lt;!here&gt;>"


def test_cutting_comes_before_escaping() -> None:
    assert quoted("&" * 200, 5) == "&amp;&amp;&amp;&amp;…"


def test_a_date_is_the_readers_own_with_a_fallback_in_the_desks_zone() -> None:
    moment = datetime(2026, 6, 11, 18, 29, 59, tzinfo=UTC)

    assert date(moment, DISPLAY) == (
        "<!date^1781202599^{date_short_pretty} at {time}|11 Jun 2026, 23:59 IST>"
    )


def test_the_plain_text_has_no_tokens_and_ends_at_a_whole_line() -> None:
    moment = datetime(2026, 6, 11, 18, 29, 59, tzinfo=UTC)
    lines = [f"{number} until {date(moment, DISPLAY)}" for number in range(300)]

    text = plain(lines)

    assert text.startswith("0 until 11 Jun 2026, 23:59 IST\n1 until")
    assert text.endswith("IST\n…")
    assert len(text) <= MAX_TEXT
