"""
Everything that can go wrong, as one tree.

    DeskError
    ├── UserError            the person can do something about it
    │   ├── NotUnderstood    what was typed cannot be read
    │   ├── NotAllowed       checked, and the answer is no
    │   ├── CouldNotVerify   the check itself failed, so the answer is no for now
    │   │   └── RecordsNotRead   for want of the desk's own records
    │   ├── UnknownCustomer
    │   ├── SeveralCustomers
    │   ├── CardExpired      the card is older than the ledger remembers
    │   ├── Outdated         the button is of an older version of this app
    │   ├── TooLate          Slack no longer takes the answer to this press
    │   ├── Stopped          a redemption that policy or engine does not let through
    │   ├── Superseded       the confirmation is older than the form
    │   ├── VersionConflict  somebody else has moved the request meanwhile
    │   └── NobodyToAsk      a question to store ops would reach nobody
    ├── CannotStart          a command cannot start: a setting, Slack, a port
    │   └── LedgerNotOurs    a newer ledger, or a role that may not bring it up to date
    ├── LedgerUnavailable    the desk's own records cannot be reached
    │   └── AnswerNotKept    not even to write down what the engine said
    └── EngineError          the loyalty engine did not give a usable answer
        ├── EngineUnreachable    no connection was made
        ├── EngineInterrupted    sent, or maybe sent; no whole answer
        │   └── EngineTimedOut
        ├── EngineBusy           refused before it was worked on
        ├── EngineFault          the engine failed while working on it
        ├── EngineUnreadable     an answer that cannot be understood
        ├── EngineDenied         our credentials or their rights were not accepted
        └── EngineRefused        an ordinary no, with a documented code

Those that hold facts of a request are in `bot.domain.request_errors`: Stopped, NobodyToAsk, AnswerNotKept.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from bot.domain.refusal import Refusal


class Repeat(StrEnum):
    """Whether the same call may be sent again without harm, also when it was a write."""

    #: It surely had no effect, and may work the next time.
    SAFE = "safe"
    #: It may have had its effect: look first.
    CHECK_FIRST = "check_first"
    #: It surely had no effect, and the same call will fail again.
    USELESS = "useless"


class DeskError(Exception):
    """The desk could not do what was asked."""


class CannotStart(DeskError):
    """
    A command cannot start.

    Attributes:
        words: why, and what to do about it, for whoever runs the command; the arguments stand in for {0}, {1}.
        wrong_configuration: whether no retry mends it, only another setting.

    """

    words: ClassVar[str] = "{0}"
    wrong_configuration: ClassVar[bool] = False

    @property
    def sentence(self) -> str:
        return self.words.format(*self.args)


class LedgerNotOurs(CannotStart):
    """The desk's own records are there, but this version may not use them, or this role not change them."""

    words = "DATABASE_URL: {0}."
    wrong_configuration = True


class UserError(DeskError):
    """What was asked cannot be done as it was asked."""


class NotUnderstood(UserError):
    """That could not be read."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        #: Plain words: what could not be read and what to type instead.
        self.sentence = sentence


class Denial(StrEnum):
    """Why somebody is not allowed."""

    OUTSIDE = "outside"
    GUEST = "guest"
    DEACTIVATED = "deactivated"
    BOT = "bot"
    GROUP = "group"
    NOT_YOURS = "not_yours"
    #: In no group that may redeem.
    REDEEM = "redeem"
    #: In no group that may close an unknown outcome.
    CLOSE = "close"
    #: In no group that approves it.
    APPROVE = "approve"
    #: On their own request.
    OWN_REQUEST = "own_request"
    #: In no group that takes and answers cases.
    CASES = "cases"
    #: On their own question.
    OWN_CASE = "own_case"
    #: Not the one who asked.
    ASKER = "asker"


class NotAllowed(UserError):
    """You are not allowed to do this."""

    def __init__(
        self, why: Denial, *, groups: frozenset[str] | None = None, read_at: datetime | None = None
    ) -> None:
        super().__init__(why.value)
        self.why = why
        #: Every user group the person was in, and when that was read; None where it was not judged by groups.
        self.groups = groups
        self.read_at = read_at


class CouldNotVerify(UserError):
    """Whether you are allowed could not be verified."""


class RecordsNotRead(CouldNotVerify):
    """It could not, for want of the desk's own records: Slack was not even asked."""


class UnknownCustomer(UserError):
    """The loyalty engine knows no such customer."""

    def __init__(self, hint: str = "") -> None:
        super().__init__()
        #: What may be shown of what was asked for: `Identifier.hint`.
        self.hint = hint


class SeveralCustomers(UserError):
    """More than one customer answers to this."""


class CardExpired(UserError):
    """The card is more than a day old."""


class LedgerUnavailable(DeskError):
    """The desk's own records cannot be reached."""

    def __init__(self, words: str = "", *, kind: str = "unknown") -> None:
        super().__init__(words)
        #: One word for log lines: which fault it was.
        self.kind = kind


class Outdated(UserError):
    """The button belongs to an older version of this app."""


class TooLate(UserError):
    """Slack no longer takes an answer to this press."""


class Superseded(UserError):
    """The form was reviewed anew since this confirmation was shown."""


class VersionConflict(UserError):
    """The request has been moved meanwhile, or its time is over."""


class EngineError(DeskError):
    """The loyalty engine gave no usable answer."""

    repeat: Repeat = Repeat.CHECK_FIRST

    def __init__(self, detail: str = "", *, status: int | None = None, code: int | None = None) -> None:
        super().__init__(detail or type(self).__doc__)
        #: HTTP status of the answer; None when there was none.
        self.status = status
        #: The engine's own code in the body; None when there was none.
        self.code = code


class EngineUnreachable(EngineError):
    """No connection to the loyalty engine could be made."""

    repeat = Repeat.SAFE


class EngineInterrupted(EngineError):
    """The line to the loyalty engine dropped before its answer was whole."""


class EngineTimedOut(EngineInterrupted):
    """The loyalty engine did not answer in time."""


class EngineBusy(EngineError):
    """The loyalty engine asks to try later."""

    repeat = Repeat.SAFE

    def __init__(
        self,
        detail: str = "",
        *,
        status: int | None = None,
        code: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(detail, status=status, code=code)
        #: Seconds the engine asked to wait; None when it named none.
        self.retry_after_s = retry_after_s


class EngineFault(EngineError):
    """The loyalty engine failed while working on it."""


class EngineUnreadable(EngineError):
    """The loyalty engine's answer could not be understood."""


class EngineDenied(EngineError):
    """The loyalty engine did not accept the credentials of this app."""

    repeat = Repeat.USELESS


class EngineRefused(EngineError):
    """The loyalty engine says no."""

    repeat = Repeat.USELESS

    def __init__(self, refusal: Refusal, *, status: int | None = None, code: int | None = None) -> None:
        super().__init__(refusal.value, status=status, code=code)
        self.refusal = refusal
