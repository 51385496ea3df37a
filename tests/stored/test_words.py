"""Words that stand in rows, on buttons and in windows: whatever was stored once is understood for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import pytest

from bot.adapters.ledger.kept_kinds import DRAFTS, LOOK_UPS, QUESTIONS
from bot.domain.alarm import Alarm
from bot.domain.case import CaseState, Verb
from bot.domain.claim import ClaimKind
from bot.domain.coupon import DiscountKind
from bot.domain.finding import Verdict
from bot.domain.history import HistoryKind
from bot.domain.home import Part
from bot.domain.lookup import Filter
from bot.domain.messages import MessageKind
from bot.domain.promotions import Mode
from bot.domain.redemption import Doubt, Settled, State, Stop, Trouble
from bot.domain.refusal import Refusal
from bot.listeners.routes import Routes
from tests.stored.old import EVERY_OLD, LEDGERS, WORDS, Old

READERS: Mapping[str, type[StrEnum]] = {
    "request state": State,
    "stop": Stop,
    "claim kind": ClaimKind,
    "alarm": Alarm,
    "doubt": Doubt,
    "settled": Settled,
    "refusal": Refusal,
    "trouble": Trouble,
    "message kind": MessageKind,
    "case state": CaseState,
    "case outcome": Verb,
    "verdict on a coupon": Verdict,
    "filter": Filter,
    "history kind": HistoryKind,
    "promotion mode": Mode,
    "discount kind": DiscountKind,
    "home part": Part,
}
#: Parts of the surface by the word for what they answer.
SURFACE = {
    "command": "commands",
    "action": "actions",
    "shortcut": "shortcuts",
    "window": "views",
    "event": "events",
}
#: Nothing reads these back yet: an event is shown as it was written, and a look-up's kind has a test of its own.
UNREAD = {"audit event", "look-up kind"}
#: Columns that hold a word.
COLUMNS = (
    ("events", "what", "audit event"),
    ("look_ups", "kind", "look-up kind"),
    ("messages", "role", "message kind"),
    ("redemptions", "state", "request state"),
    ("cases", "state", "case state"),
)
ADD = "a new word is stored from now on: add it to words.json"


def test_each_list_has_a_reader() -> None:
    assert WORDS.keys() == READERS.keys() | SURFACE.keys() | UNREAD | {"kept kind"}


@pytest.mark.parametrize("of", READERS)
def test_a_word_that_was_stored_is_readable(of: str) -> None:
    assert [READERS[of](word).value for word in WORDS[of]] == list(WORDS[of])


@pytest.mark.parametrize("of", READERS)
def test_a_word_that_is_stored_now_is_in_the_list(of: str) -> None:
    assert {word.value for word in READERS[of]} <= set(WORDS[of]), ADD


def test_what_is_kept_for_a_day_is_named_as_ever() -> None:
    assert {DRAFTS.name, LOOK_UPS.name, QUESTIONS.name} == set(WORDS["kept kind"])


@pytest.mark.parametrize("of", SURFACE)
def test_what_people_can_press_is_answered(of: str, surface: Routes) -> None:
    assert set(WORDS[of]) <= _answered(surface, of)


@pytest.mark.parametrize("of", SURFACE)
def test_what_people_can_press_now_is_in_the_list(of: str, surface: Routes) -> None:
    assert _answered(surface, of) <= set(WORDS[of]), ADD


def _answered(surface: Routes, of: str) -> set[str]:
    answered: Mapping[str, Any] = getattr(surface, SURFACE[of])
    return set(answered)


@pytest.mark.parametrize("old", EVERY_OLD, ids=[old.folder.name for old in EVERY_OLD])
class TestOfADay:
    """What its ledgers, messages and windows hold is in the lists: nothing of it is forgotten."""

    def test_what_was_posted_and_opened(self, old: Old) -> None:
        buttons = {element["action_id"] for element in _elements(old) if element["type"] == "button"}
        windows = {one["view"].get("callback_id") for one in old.windows} - {None}

        assert buttons
        assert buttons <= set(WORDS["action"])
        assert windows
        assert windows <= set(WORDS["window"])

    @pytest.mark.parametrize(("table", "column", "of"), COLUMNS)
    def test_what_was_written(self, old: Old, table: str, column: str, of: str) -> None:
        written = {str(row[column]) for name in LEDGERS for row in old.tables(name)[table]}

        assert written
        assert written <= set(WORDS[of])


def _elements(old: Old) -> Iterator[Mapping[str, Any]]:
    """Everything that can be pressed, chosen or filled in."""
    for blocks in (*(one["blocks"] for one in old.messages), *(one["view"]["blocks"] for one in old.windows)):
        for block in blocks:
            for element in (block.get("accessory"), block.get("element"), *(block.get("elements") or [])):
                if element and "action_id" in element:
                    yield element
