"""The function that draws each kind of message; each kind of `KINDS` is in one of these tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from bot.domain.anchor import Anchor
from bot.domain.case import Case
from bot.domain.messages import MessageKind
from bot.domain.redemption import Redemption
from bot.views import approval, redemption
from bot.views import case as case_view
from bot.views.kit import Message, View
from bot.views.seal import seal_message
from bot.views.text import Display


class _DrawRequest(Protocol):
    def __call__(self, row: Redemption, *, display: Display) -> Message: ...


class _DrawWindow(Protocol):
    def __call__(self, row: Redemption, *, display: Display) -> View: ...


class _DrawCase(Protocol):
    def __call__(self, case: Case, *, display: Display) -> Message: ...


class _DrawSeal(Protocol):
    def __call__(self, anchor: Anchor, *, display: Display) -> Message: ...


def _timeless(draw: Callable[[Case], Message]) -> _DrawCase:
    """Adapt a function that needs no display: its message shows no time and no amount."""

    def drawn(case: Case, *, display: Display) -> Message:
        del display
        return draw(case)

    return drawn


def _deciders_window(row: Redemption, *, display: Display) -> View:
    """Return it for whoever decided in it: before the second round nobody else can have."""
    decided = row.decided
    reader = decided.by if decided is not None and decided.round == 1 else None
    return approval.decision(row, ours=True, display=display.to(reader))


OF_REQUESTS: Mapping[MessageKind, _DrawRequest] = {
    MessageKind.REQUESTER: redemption.requester_message,
    MessageKind.NEWS: redemption.news_message,
    MessageKind.ATTENTION: redemption.attention_message,
    MessageKind.APPROVAL: approval.approval_message,
    MessageKind.REMINDER: approval.reminder_message,
    MessageKind.AGAIN: approval.again_message,
}
WINDOWS: Mapping[MessageKind, _DrawWindow] = {
    MessageKind.WINDOW: redemption.outcome,
    MessageKind.DECIDER: _deciders_window,
}
OF_CASES: Mapping[MessageKind, _DrawCase] = {
    MessageKind.CASE: case_view.channel_message,
    MessageKind.CASE_THREAD: _timeless(case_view.thread_message),
    MessageKind.CASE_REMINDER: case_view.reminder_message,
    MessageKind.ASKER: case_view.asker_message,
    MessageKind.ASKER_NEWS: _timeless(case_view.asker_news),
}
OF_SEALS: Mapping[MessageKind, _DrawSeal] = {MessageKind.SEAL: seal_message}


def drawn_message(kind: MessageKind, about: Redemption | Case | Anchor, *, display: Display) -> Message:
    """Return the message to post or to update."""
    if isinstance(about, Anchor):
        return OF_SEALS[kind](about, display=display)
    if isinstance(about, Case):
        return OF_CASES[kind](about, display=display)
    return OF_REQUESTS[kind](about, display=display)


def drawn_window(kind: MessageKind, row: Redemption, *, display: Display) -> View:
    """Return the modal to update."""
    return WINDOWS[kind](row, display=display)
