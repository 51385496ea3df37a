"""The messages that a request or a case has, and what is true of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class MessageKind(StrEnum):
    """What a posted message is to its request, or its case. Values are stored: add, never rename."""

    #: The requester's own direct message.
    REQUESTER = "requester"
    #: In the thread of the requester's message: a message that is redrawn notifies nobody.
    NEWS = "news"
    #: The modal that the request was confirmed in; it may be closed any time.
    WINDOW = "window"
    #: For those who approve; one message, whatever becomes of the request.
    APPROVAL = "approval"
    #: In its thread: it still waits.
    REMINDER = "reminder"
    #: In its thread: facts have changed, and it is asked for again.
    AGAIN = "again"
    #: The modal that a decision was made in.
    DECIDER = "decider"
    #: For those who may close an unknown outcome.
    ATTENTION = "attention"
    #: For those who answer; one message, whatever becomes of the case.
    CASE = "case"
    #: In its thread, for each move that somebody there has to hear of.
    CASE_THREAD = "case_thread"
    #: The asker's own direct message.
    ASKER = "asker"
    #: To the asker, for each answer: a message that is redrawn notifies nobody.
    ASKER_NEWS = "asker_news"


class Subject(Enum):
    """What a message is about."""

    REQUEST = "request"
    CASE = "case"


class Reader(Enum):
    """Whom a message is for."""

    REQUESTER = "requester"
    APPROVERS = "approvers"
    #: Whoever decided, in a window of their own.
    DECIDER = "decider"
    SETTLERS = "settlers"
    ASKER = "asker"
    STORE_OPS = "store ops"


class Surface(Enum):
    """Where a message stands, and so what its `channel` is: a person's id (until it is posted), a channel's, a modal's."""

    DIRECT = "direct"
    CHANNEL = "channel"
    WINDOW = "window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """
    What is true of every message of one kind.

    Attributes:
        thread_of: the message of the same request or case that it is posted in the thread of.
        redrawn: brought up to date with each move; else posted once, and once more each time it is asked for.
        one_per_channel: a redrawn one stands once in each channel it is wanted in; else once in all.
        asks: this is how those are asked who have to decide or answer. It is owed while the answer is waited
            for, and whoever asked is told where it cannot be posted.
        call: a call for a decision, which is not posted any more when the request does not wait.

    """

    about: Subject
    reader: Reader
    surface: Surface
    thread_of: MessageKind | None = None
    redrawn: bool = True
    one_per_channel: bool = False
    asks: bool = False
    call: bool = False

    @property
    def in_channel(self) -> bool:
        """Whether a whole channel reads it."""
        return self.surface is Surface.CHANNEL

    @property
    def in_thread(self) -> bool:
        return self.thread_of is not None

    @property
    def is_window(self) -> bool:
        return self.surface is Surface.WINDOW


#: What draws each of them stands in `bot.views.messages`.
KINDS: Mapping[MessageKind, Traits] = {
    MessageKind.REQUESTER: Traits(
        about=Subject.REQUEST,
        reader=Reader.REQUESTER,
        surface=Surface.DIRECT,
    ),
    MessageKind.NEWS: Traits(
        about=Subject.REQUEST,
        reader=Reader.REQUESTER,
        surface=Surface.DIRECT,
        thread_of=MessageKind.REQUESTER,
        redrawn=False,
    ),
    MessageKind.WINDOW: Traits(
        about=Subject.REQUEST,
        reader=Reader.REQUESTER,
        surface=Surface.WINDOW,
    ),
    MessageKind.APPROVAL: Traits(
        about=Subject.REQUEST,
        reader=Reader.APPROVERS,
        surface=Surface.CHANNEL,
        # The policy may name another channel by now.
        one_per_channel=True,
        asks=True,
    ),
    MessageKind.REMINDER: Traits(
        about=Subject.REQUEST,
        reader=Reader.APPROVERS,
        surface=Surface.CHANNEL,
        thread_of=MessageKind.APPROVAL,
        redrawn=False,
        call=True,
    ),
    MessageKind.AGAIN: Traits(
        about=Subject.REQUEST,
        reader=Reader.APPROVERS,
        surface=Surface.CHANNEL,
        thread_of=MessageKind.APPROVAL,
        redrawn=False,
        call=True,
    ),
    MessageKind.DECIDER: Traits(
        about=Subject.REQUEST,
        reader=Reader.DECIDER,
        surface=Surface.WINDOW,
        # Each who decides has a window of their own.
        one_per_channel=True,
    ),
    MessageKind.ATTENTION: Traits(
        about=Subject.REQUEST,
        reader=Reader.SETTLERS,
        surface=Surface.CHANNEL,
    ),
    MessageKind.CASE: Traits(
        about=Subject.CASE,
        reader=Reader.STORE_OPS,
        surface=Surface.CHANNEL,
        asks=True,
    ),
    MessageKind.CASE_THREAD: Traits(
        about=Subject.CASE,
        reader=Reader.STORE_OPS,
        surface=Surface.CHANNEL,
        thread_of=MessageKind.CASE,
        redrawn=False,
    ),
    MessageKind.ASKER: Traits(
        about=Subject.CASE,
        reader=Reader.ASKER,
        surface=Surface.DIRECT,
    ),
    MessageKind.ASKER_NEWS: Traits(
        about=Subject.CASE,
        reader=Reader.ASKER,
        surface=Surface.DIRECT,
        redrawn=False,
    ),
}
