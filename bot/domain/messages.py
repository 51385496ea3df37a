"""The kinds of message that a request, a case or a seal has, and the traits of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum

from bot.aio.frozen import frozen


class MessageKind(StrEnum):
    """What a posted message is to its request, or its case. Values are stored: add, never rename."""

    #: The requester's own direct message.
    REQUESTER = "requester"
    #: In the thread of the requester's message, because Slack notifies nobody when a message is updated.
    NEWS = "news"
    #: The modal in which the request was confirmed; the person may close it at any time.
    WINDOW = "window"
    #: For the approvers, in their channel; the same message is updated until the request ends.
    APPROVAL = "approval"
    #: In the approval's thread: the request still waits.
    REMINDER = "reminder"
    #: In the approval's thread: facts have changed, and approval is asked for again.
    AGAIN = "again"
    #: The modal in which an approver decided.
    DECIDER = "decider"
    #: For those who may settle an unknown outcome.
    ATTENTION = "attention"
    #: For store ops, in their channel; the same message is updated with every move of the case.
    CASE = "case"
    #: In the case's thread, for each move that store ops have to hear of.
    CASE_THREAD = "case_thread"
    #: In the case's thread: nobody has taken or answered it.
    CASE_REMINDER = "case_reminder"
    #: The asker's own direct message.
    ASKER = "asker"
    #: To the asker for each answer, because Slack notifies nobody when a message is updated.
    ASKER_NEWS = "asker_news"
    #: In the approvals channel: the day's last seal of the audit log.
    SEAL = "seal"


class Subject(Enum):
    """What a message is about."""

    REQUEST = "request"
    CASE = "case"
    SEAL = "seal"


class Reader(Enum):
    """Whom a message is for."""

    REQUESTER = "requester"
    APPROVERS = "approvers"
    #: The approver who decided, in their own window.
    DECIDER = "decider"
    SETTLERS = "settlers"
    ASKER = "asker"
    STORE_OPS = "store ops"
    #: Whoever wants to prove the audit log later.
    AUDITORS = "auditors"


class Surface(Enum):
    """Where a message is shown. Its `channel` is the id of the person (until it is posted), the channel or the modal."""

    DIRECT = "direct"
    CHANNEL = "channel"
    WINDOW = "window"


@frozen(kw_only=True)
class Traits:
    """
    What holds for every message of one kind.

    Attributes:
        thread_of: the kind of message whose thread it is posted in; None if it is posted on its own.
        redrawn: whether it is updated after each move; else it is posted anew each time that it is owed.
        one_per_channel: whether each channel has its own copy; else there is one copy in all.
        asks: whether it asks people to decide or answer. It is owed while the request or case waits; if it cannot
            be posted, the requester or asker is told.
        call: whether it calls for a decision or somebody to take it; it is not posted if the request no longer waits
            or the case is no longer open.

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
        """Whether it is posted in a channel."""
        return self.surface is Surface.CHANNEL

    @property
    def in_thread(self) -> bool:
        return self.thread_of is not None

    @property
    def is_window(self) -> bool:
        return self.surface is Surface.WINDOW


#: `bot.views.messages` has the function that draws each kind.
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
        # The policy may have been changed to name another channel.
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
        # Each person who decides has their own window.
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
    MessageKind.CASE_REMINDER: Traits(
        about=Subject.CASE,
        reader=Reader.STORE_OPS,
        surface=Surface.CHANNEL,
        thread_of=MessageKind.CASE,
        redrawn=False,
        call=True,
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
    MessageKind.SEAL: Traits(
        about=Subject.SEAL,
        reader=Reader.AUDITORS,
        surface=Surface.CHANNEL,
        redrawn=False,
    ),
}
