"""Sentences for when something cannot be done: what happened, whether anything changed, what to do next."""

from __future__ import annotations

from bot.domain.errors import (
    CardExpired,
    CouldNotVerify,
    Denial,
    DeskError,
    EngineBusy,
    EngineDenied,
    EngineError,
    EngineFault,
    EngineInterrupted,
    EngineRefused,
    EngineTimedOut,
    EngineUnreachable,
    EngineUnreadable,
    LedgerUnavailable,
    NotAllowed,
    NotUnderstood,
    Outdated,
    SeveralCustomers,
    TooLate,
    UnknownCustomer,
    UserError,
)
from bot.views.kit import Message, quoted, section
from bot.views.refusals import REFUSALS

_UNCHANGED = "Nothing was changed."

DENIALS: dict[Denial, str] = {
    Denial.OUTSIDE: "You are not allowed to use this: it is only for members of this workspace.",
    Denial.GUEST: "You are not allowed to use this: guests cannot look customers up. Ask a full member to do it.",
    Denial.DEACTIVATED: "You are not allowed to use this: your account is deactivated.",
    Denial.BOT: "You are not allowed to use this: apps and bots cannot look customers up.",
    Denial.GROUP: "You are not allowed to look customers up: only the support groups are. "
    "Ask your manager to add you to one.",
    Denial.NOT_YOURS: "You are not allowed to use somebody else's card. Look the customer up yourself.",
}

#: The nearest class in an error's own ancestry decides.
SENTENCES: dict[type[DeskError], str] = {
    CouldNotVerify: "Slack did not answer when asked who you are and which groups you are in, so it "
    f"could not verify that you are allowed. {_UNCHANGED} Try again in a minute.",
    SeveralCustomers: "More than one customer answers to this. Look one of them up by `id:` or by e-mail.",
    CardExpired: f"This card is more than a day old. {_UNCHANGED} Run the command again for a new one.",
    Outdated: f"This button belongs to an older version of this app. {_UNCHANGED} Run the command again.",
    TooLate: f"That took too long for Slack. {_UNCHANGED} Press again.",
    LedgerUnavailable: f"The desk's own records cannot be reached. {_UNCHANGED} "
    "Try again in a minute; if it goes on, tell whoever runs this app.",
    EngineUnreachable: f"The loyalty engine cannot be reached. {_UNCHANGED} Try again in a minute.",
    EngineTimedOut: f"The loyalty engine did not answer in time. {_UNCHANGED} Try again in a minute.",
    EngineInterrupted: f"The line to the loyalty engine dropped. {_UNCHANGED} Try again.",
    EngineBusy: f"The loyalty engine is busy and asks to try later. {_UNCHANGED} Try again in a minute.",
    EngineFault: f"The loyalty engine failed. {_UNCHANGED} Try again in a minute; if it goes on, tell store ops.",
    EngineUnreadable: "The loyalty engine gave an answer that makes no sense, so nothing is shown. "
    f"{_UNCHANGED} Try again in a minute; if it goes on, tell whoever runs this app.",
    EngineDenied: "The loyalty engine does not accept this app's credentials. "
    f"{_UNCHANGED} Tell whoever runs this app: `CAPILLARY_…` in its settings is wrong or lacks rights.",
    EngineError: f"The loyalty engine gave no usable answer. {_UNCHANGED} Try again in a minute.",
    UserError: f"That cannot be done. {_UNCHANGED}",
    DeskError: f"Something went wrong. {_UNCHANGED} Try again in a minute.",
}


def problem(error: DeskError) -> Message:
    """The words for an error, never empty."""
    return notice(_sentence(error))


def _sentence(error: DeskError) -> str:
    match error:
        case NotUnderstood():
            return error.sentence
        case NotAllowed():
            return DENIALS[error.why]
        case UnknownCustomer():
            under = f" under {quoted(error.hint, 40)}" if error.hint else ""
            return f"No customer is known{under}. Check it with the customer, or try another number or their e-mail."
        case EngineRefused():
            words = REFUSALS[error.refusal]
            return f"{words.why} {_UNCHANGED} {words.next_step}"
        case _:
            return next(SENTENCES[kind] for kind in type(error).__mro__ if kind in SENTENCES)


def bug(reference: str) -> Message:
    """For what nobody foresaw; the reference is in the log."""
    return notice(
        f"Something went wrong on our side. Try again; if it goes on, give whoever runs this app the reference `{reference}`."
    )


def notice(sentence: str) -> Message:
    return Message(sentence, (section(sentence),))
