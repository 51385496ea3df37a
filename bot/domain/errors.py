"""
Everything that can go wrong, as one tree.

    DeskError
    ├── UserError            the person can do something about it
    │   ├── NotUnderstood    what was typed cannot be parsed
    │   ├── NotAllowed       checked, and the answer is no
    │   ├── CouldNotVerify   the check itself failed, so the answer is no for now
    │   │   └── RecordsNotRead   for want of the desk's own records
    │   ├── UnknownCustomer
    │   ├── SeveralCustomers
    │   ├── CardExpired      the ledger no longer has what the card showed
    │   ├── Outdated         the button is from an older version of the desk
    │   ├── TooLate          Slack no longer takes the answer to this press
    │   ├── Stopped          a redemption that policy or engine does not let through
    │   ├── Superseded       the form was reviewed again after this confirmation was shown
    │   ├── VersionConflict  the request was changed, or its time has passed
    │   └── NobodyToAsk      a question to store ops would reach nobody
    ├── CannotStart          a command cannot start: a wrong setting, Slack unreachable, an address in use
    │   └── LedgerNotOurs    a newer ledger, or a role that may not bring it up to date
    ├── LedgerUnavailable    the desk's own records cannot be reached
    │   └── AnswerNotKept    the engine's answer could not be written
    └── EngineError          the loyalty engine did not give a usable answer
        ├── EngineUnreachable    no connection was made
        ├── EngineInterrupted    may have been sent; no complete answer
        │   └── EngineTimedOut
        ├── EngineBusy           refused before it was worked on
        ├── EngineFault          the engine failed while working on it
        ├── EngineUnreadable     an answer that cannot be understood
        ├── EngineDenied         our credentials or their rights were not accepted
        └── EngineRefused        a refusal with a documented code

Errors that hold a request's facts are in `bot.domain.request_errors`: Stopped, NobodyToAsk, AnswerNotKept.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from bot.domain.refusal import Refusal


class Repeat(StrEnum):
    """Whether the same call may be sent again; for a write as well."""

    #: It had no effect and may succeed the next time.
    SAFE = "safe"
    #: It may have had an effect: look first.
    CHECK_FIRST = "check_first"
    #: It had no effect, and the same call will fail again.
    USELESS = "useless"


class DeskError(Exception):
    """The desk could not do what was asked."""


class CannotStart(DeskError):
    """
    A command cannot start.

    Attributes:
        words: why, and what to do about it; {0}, {1} are the error's arguments.
        wrong_configuration: whether only another setting helps (exit code 78).

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
        #: Shown to the person: what could not be read and what to type instead.
        self.sentence = sentence


class Denial(StrEnum):
    """Why a person is not allowed."""

    OUTSIDE = "outside"
    GUEST = "guest"
    DEACTIVATED = "deactivated"
    BOT = "bot"
    GROUP = "group"
    NOT_YOURS = "not_yours"
    #: In no group that may redeem.
    REDEEM = "redeem"
    #: In no group that may settle an unknown outcome.
    CLOSE = "close"
    #: In no group that may approve this request.
    APPROVE = "approve"
    #: On their own request.
    OWN_REQUEST = "own_request"
    #: In no group that may take and answer cases.
    CASES = "cases"
    #: On their own question.
    OWN_CASE = "own_case"
    #: Not the one who asked.
    ASKER = "asker"


class NotAllowed(UserError):
    """You are not allowed to do this."""

    def __init__(
        self,
        why: Denial,
        *,
        groups: frozenset[str] | None = None,
        read_at: datetime | None = None,
        needed: frozenset[str] | None = None,
    ) -> None:
        super().__init__(why.value)
        self.why = why
        #: The user groups that the person was in; None if groups were not checked. `read_at` is when they were read.
        self.groups = groups
        self.read_at = read_at
        #: The user groups whose members may, empty if nobody may; None where it is not about groups.
        self.needed = needed


class Unverified(StrEnum):
    """What stood in the way of a check."""

    #: Slack did not answer, or not in time.
    SLACK = "slack"
    #: The app lacks a right at Slack; no retry mends that.
    SCOPE = "scope"


class CouldNotVerify(UserError):
    """Whether you are allowed could not be verified."""

    def __init__(self, cause: Unverified = Unverified.SLACK) -> None:
        super().__init__(cause.value)
        self.cause = cause


class RecordsNotRead(CouldNotVerify):
    """It could not, for want of the desk's own records: Slack was not even asked."""

    def __init__(self, kind: str = "unknown") -> None:
        super().__init__()
        #: As of `LedgerUnavailable`.
        self.kind = kind


class UnknownCustomer(UserError):
    """The loyalty engine knows no such customer."""

    def __init__(self, hint: str = "") -> None:
        super().__init__()
        #: `Identifier.hint` of the customer that was asked for.
        self.hint = hint


class SeveralCustomers(UserError):
    """More than one customer answers to this."""


class CardExpired(UserError):
    """The card is more than a day old."""


class LedgerUnavailable(DeskError):
    """The desk's own records cannot be reached."""

    def __init__(self, words: str = "", *, kind: str = "unknown") -> None:
        super().__init__(words)
        #: One word for which fault it was: for log lines, and for the sentence that people read.
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
        #: Seconds that the engine asked to wait; None if it named none.
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
