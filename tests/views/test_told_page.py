"""The page of what each reader is told is drawn from the code as it is."""

from __future__ import annotations

from bot.domain.case import CaseState
from bot.domain.messages import KINDS
from bot.domain.redemption import State
from tests.views.told_page import CASES, PAGE, REQUESTS, page, title


def test_it_says_what_the_messages_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "draw it anew: python -m tests.views.told_page"


def test_it_has_every_state_and_every_kind_of_message() -> None:
    text = page()

    assert {row.state for row in REQUESTS.values()} == set(State)
    assert {case.state for case in CASES.values()} == set(CaseState)
    assert [kind for kind in KINDS if f"**{title(kind)}**" not in text] == []
