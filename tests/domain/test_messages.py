"""The kinds of message: one row for each, and one thing that draws it."""

from __future__ import annotations

from bot.domain.messages import KINDS, MessageKind, Reader, Subject, Surface, Traits
from tests.tables import table

REQUEST, CASE = Subject.REQUEST, Subject.CASE
DIRECT, CHANNEL, WINDOW = Surface.DIRECT, Surface.CHANNEL, Surface.WINDOW

#: As stored: about what, for whom, where, in which thread, and what else is true of it.
ROWS = {
    "requester": (REQUEST, Reader.REQUESTER, DIRECT, None, {"redrawn"}),
    "news": (REQUEST, Reader.REQUESTER, DIRECT, "requester", set()),
    "window": (REQUEST, Reader.REQUESTER, WINDOW, None, {"redrawn"}),
    "approval": (REQUEST, Reader.APPROVERS, CHANNEL, None, {"redrawn", "one_per_channel", "asks"}),
    "reminder": (REQUEST, Reader.APPROVERS, CHANNEL, "approval", {"call"}),
    "again": (REQUEST, Reader.APPROVERS, CHANNEL, "approval", {"call"}),
    "decider": (REQUEST, Reader.DECIDER, WINDOW, None, {"redrawn", "one_per_channel"}),
    "attention": (REQUEST, Reader.SETTLERS, CHANNEL, None, {"redrawn"}),
    "case": (CASE, Reader.STORE_OPS, CHANNEL, None, {"redrawn", "asks"}),
    "case_thread": (CASE, Reader.STORE_OPS, CHANNEL, "case", set()),
    "case_reminder": (CASE, Reader.STORE_OPS, CHANNEL, "case", {"call"}),
    "asker": (CASE, Reader.ASKER, DIRECT, None, {"redrawn"}),
    "asker_news": (CASE, Reader.ASKER, DIRECT, None, set()),
    "seal": (Subject.SEAL, Reader.AUDITORS, CHANNEL, None, set()),
}
FLAGS = ("redrawn", "one_per_channel", "asks", "call")


def test_every_kind_has_a_row_and_keeps_its_stored_word() -> None:
    assert {kind.value for kind in MessageKind} == set(ROWS)
    assert set(KINDS) == set(MessageKind)


@table("stored", ROWS)
def test_each_row_says_what_is_true_of_its_messages(stored: str) -> None:
    kind = KINDS[MessageKind(stored)]

    flags = {flag for flag in FLAGS if getattr(kind, flag)}

    assert (kind.about, kind.reader, kind.surface, kind.thread_of, flags) == ROWS[stored]


@table("kind", KINDS.values())
def test_the_rows_agree_with_each_other(kind: Traits) -> None:
    if kind.thread_of is not None:
        top = KINDS[kind.thread_of]
        assert (top.about, top.surface, top.redrawn) == (kind.about, kind.surface, True)
        assert not top.in_thread
        assert not kind.redrawn
    if kind.asks:
        # A requester is told that a channel cannot be reached; a person can always be reached.
        assert kind.in_channel
    if kind.is_window:
        # Slack keeps an open modal; nothing else can be said in it.
        assert kind.redrawn
    if kind.call:
        assert kind.in_thread


def test_channels_read_what_stands_in_them() -> None:
    read = {kind.value for kind, row in KINDS.items() if row.in_channel}

    assert read == {
        *("approval", "reminder", "again", "attention", "case", "case_thread", "case_reminder", "seal"),
    }
