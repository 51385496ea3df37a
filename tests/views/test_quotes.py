"""What a person typed is words of theirs on everybody's screen: never bold, code, a link, a mention or a label."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.case import Case, Question
from bot.domain.home import Page
from bot.domain.redemption import Redemption, Settled, State
from bot.views import approval, case, case_forms, home, redemption, settle
from bot.views.kit import Message, View
from bot.views.text import plain, quoted
from tests.views.asking import ANSWERED, OPEN
from tests.views.redeeming import APPROVED, DISPLAY, NOW, REJECTED, row, waiting
from tests.views.test_home import EMPTY, OTHERS

HARMLESS = "plain words"
FORGED = (
    "*Pre-check:* passed by finance *Approved by* Arjun ```x``` _i_ ~s~ :white_check_mark: <!channel> &gt;"
)
#: Letters, and the signs that Slack reads as mark-up.
TYPED = st.text(
    st.sampled_from("ab1 *_~`<>&|!@#:\n.•“”/") | st.characters(), min_size=1, max_size=3000
).filter(lambda words: words.isprintable() and words.strip())
_MARKS = re.compile(
    r"(?<![^\W_])\*(?!\s)[^*\n]+(?<!\s)\*(?![^\W_])"
    r"|(?<![^\W_])_(?!\s)[^_\n]+(?<!\s)_(?![^\W_])"
    r"|(?<![^\W_])~(?!\s)[^~\n]+(?<!\s)~(?![^\W_])"
    r"|`[^`\n]+`|```|<[^<>]+>|:[\w+-]*[a-z][\w+-]*:",
    re.IGNORECASE,
)


def with_words(of: Redemption, words: str) -> Redemption:
    """Whatever people typed about it, everywhere."""
    asking = of.asking and replace(of.asking, rejected=replace(REJECTED, note=words))
    return replace(
        of,
        terms=replace(of.terms, note=words),
        outcome=replace(of.outcome, note=words),
        decided=of.decided and replace(of.decided, note=words),
        asking=asking,
    )


def asked(of: Case, words: str) -> Case:
    return replace(of, question=words, answers=tuple(replace(one, reply=words) for one in of.answers))


ROWS = [
    waiting(),
    replace(row(State.REJECTED), decided=REJECTED),
    replace(row(State.REDEEMED, settled=Settled.PERSON), decided=replace(APPROVED, note="x")),
    row(State.NOT_REDEEMED, settled=Settled.PERSON),
]


def of_requests(words: str) -> Iterator[Message | View]:
    for one in ROWS:
        of = with_words(one, words)
        for message in (redemption.requester_message, redemption.news_message, redemption.attention_message):
            yield message(of, display=DISPLAY)
        for posted in (approval.approval_message, approval.reminder_message, approval.again_message):
            yield posted(of, display=DISPLAY)
        yield redemption.outcome(of, display=DISPLAY)
        yield settle.settle_form(of, display=DISPLAY)
        yield approval.approve_form(of, None, as_of=NOW, display=DISPLAY)
        yield approval.reject_form(of, display=DISPLAY)
        yield approval.decision(of, ours=False, display=DISPLAY)
        yield approval.details(of, None, as_of=NOW, display=DISPLAY)


def of_cases(words: str) -> Iterator[Message | View]:
    for one in (OPEN, ANSWERED):
        of = asked(one, words)
        yield case.channel_message(of, display=DISPLAY)
        yield case.asker_message(of, display=DISPLAY)
        yield case.thread_message(of)
        yield case.asker_news(of)
        yield case_forms.answer_form(of, display=DISPLAY)
        yield case_forms.state(of, display=DISPLAY)
        question = Question(id=of.id, asker=of.asker, facts=of.facts, words=words)
        yield case_forms.ask_form(question, display=DISPLAY)
    mine, others = (Page(entries=(asked(one, words),), total=1) for one in (OPEN, OTHERS))
    page = home.home(replace(EMPTY, to_take=others, cases=mine), display=DISPLAY)
    yield View("Home", tuple(page["blocks"]))


@pytest.mark.parametrize("drawn", [of_requests, of_cases])
@given(words=TYPED)
@example(words=FORGED)
@example(words="*Approved by* Arjun")
def test_whatever_is_typed_the_rest_of_the_screen_stays_as_it_is(
    drawn: Callable[[str], Iterator[Message | View]], words: str
) -> None:
    for forged, harmless in zip(drawn(words), drawn(HARMLESS), strict=True):
        assert [_told(one) for one in forged.blocks if not _typed(one)] == [
            _told(one) for one in harmless.blocks if not _typed(one)
        ]


@pytest.mark.parametrize("drawn", [of_requests, of_cases])
@given(words=TYPED)
@example(words=FORGED)
def test_what_is_typed_stands_in_quotes_without_any_style(
    drawn: Callable[[str], Iterator[Message | View]], words: str
) -> None:
    quotes = [one for message in drawn(words) for one in message.blocks if one["type"] == "rich_text"]

    assert quotes
    for block in quotes:
        (quote,) = block["elements"]
        (leaf,) = quote["elements"]
        assert (quote["type"], leaf.keys(), leaf["type"]) == ("rich_text_quote", {"type", "text"}, "text")


@pytest.mark.parametrize("drawn", [of_requests, of_cases])
@given(words=TYPED)
@example(words=FORGED)
def test_a_notification_has_no_mark_more_for_it(
    drawn: Callable[[str], Iterator[Message | View]], words: str
) -> None:
    for forged, harmless in zip(drawn(words), drawn(HARMLESS), strict=True):
        if isinstance(forged, Message) and isinstance(harmless, Message):
            marks, usual = _MARKS.findall(forged.text), _MARKS.findall(harmless.text)
            assert marks == usual


@given(words=TYPED)
@example(words=FORGED)
@example(words="snake_case and MG_88, 10:30:15")
def test_text_from_outside_is_no_mark_up_between_the_desks_own_words(words: str) -> None:
    assert _MARKS.findall(f"at {quoted(words, 3000)}, bill") == []


def test_signs_between_letters_and_digits_stay_as_they_were_typed() -> None:
    assert quoted("MG_88, 10:30:15, 2*3") == "MG_88, 10:30:15, 2*3"
    assert plain(["a", "b"]) == "a\nb"


def _typed(block: dict[str, Any]) -> bool:
    return block["type"] in {"rich_text", "input"}


def _told(block: dict[str, Any]) -> dict[str, Any]:
    """Without what a press carries."""
    return {name: part for name, part in block.items() if name != "block_id"}
