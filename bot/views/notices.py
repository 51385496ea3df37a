"""Sentences for errors: what happened, whether anything changed, what to do next."""

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
    RecordsNotRead,
    SeveralCustomers,
    Superseded,
    TooLate,
    UnknownCustomer,
    Unverified,
    UserError,
    VersionConflict,
)
from bot.domain.person import PersonId
from bot.domain.policy import NOBODY
from bot.domain.redemption import Redemption, State, Trouble
from bot.domain.refusal import Refusal
from bot.domain.request_errors import AlreadyHonoured, AnswerNotKept, NobodyToAsk, Stopped
from bot.views.coupon import use_details
from bot.views.groups import who_is
from bot.views.kit import Message, section
from bot.views.limits import at_limit
from bot.views.refusals import REFUSALS, stop_words, without_buttons
from bot.views.states import STATE_WORDS, headed
from bot.views.text import Display, code, date, mention, quoted

_UNCHANGED = "Nothing was changed."

#: {who} says whose members are allowed: `who_is`; `_INSTEAD` is the next step then.
DENIALS: dict[Denial, str] = {
    Denial.OUTSIDE: "You are not allowed to use this: it is only for members of this workspace.",
    Denial.GUEST: "You are not allowed to use this: guests cannot. Ask a full member to do it.",
    Denial.DEACTIVATED: "You are not allowed to use this: your account is deactivated.",
    Denial.BOT: "You are not allowed to use this: apps and bots cannot.",
    Denial.GROUP: "You are not allowed to look customers up: {who}.",
    Denial.NOT_YOURS: "You are not allowed to use somebody else's card. Look the customer up yourself.",
    Denial.REDEEM: "You are not allowed to redeem coupons: {who}. Nothing was sent.",
    Denial.APPROVE: "You are not allowed to decide on this: {who}. Nothing was changed.",
    Denial.CLOSE: "You are not allowed to settle this: {who}. Nothing was changed.",
    Denial.OWN_REQUEST: "You are not allowed to decide on your own request. Nothing was changed. "
    "Somebody else who approves redemptions has to; what it is about stands in your direct message.",
    Denial.CASES: "You are not allowed to take or answer cases: {who}. Nothing was changed.",
    Denial.OWN_CASE: "You are not allowed to answer your own question. Nothing was changed. "
    "Somebody else in store ops has to.",
    Denial.ASKER: "You are not allowed to do this: only whoever asked the question is. Nothing was changed.",
}

#: What somebody in none of the groups can do.
_INSTEAD: dict[Denial, str] = {
    Denial.GROUP: "Ask one of them, or your manager to add you.",
    Denial.REDEEM: "Ask one of them to redeem it, or your manager to add you.",
    Denial.APPROVE: "One of them has to decide.",
    Denial.CLOSE: "One of them has to.",
    Denial.CASES: "One of them has to.",
}
_NOBODY_MAY = "Tell whoever runs Coupon Desk."

_DIRECTLY = "Nothing was sent. Ask store ops yourself, and tell whoever runs Coupon Desk."
#: Why a question would reach nobody.
NOBODY_TO_ASK: dict[Trouble, str] = {
    Trouble.NO_CHANNEL: f"Nobody is set up to be asked from here: the policy names no channel for it. {_DIRECTLY}",
    Trouble.CHANNEL_SHARED: "Nobody can be asked from here: store ops' channel is shared with another company, "
    f"so nothing about customers may be posted there. {_DIRECTLY}",
    Trouble.CHANNEL_UNREACHABLE: "Nobody can be asked from here: store ops' channel is gone or archived, or Coupon Desk "
    f"is not in it. {_DIRECTLY}",
    Trouble.NO_APPROVER: "Nobody can be asked from here: the groups that may answer have nobody else in them. "
    f"{_DIRECTLY}",
    Trouble.GROUPS_UNREADABLE: "It could not be read who may answer, so Coupon Desk could not verify that anybody can. "
    "Nothing was sent. Try again in a minute.",
}

#: Why nobody can tell whether somebody is allowed.
UNVERIFIED: dict[Unverified, str] = {
    Unverified.SLACK: "Slack did not answer when asked who you are and which groups you are in, so Coupon Desk "
    f"could not verify that you are allowed. {_UNCHANGED} Try again in a minute.",
    Unverified.SCOPE: "Coupon Desk lacks a right at Slack (`users:read` or `usergroups:read`), so it could not "
    f"verify that you are allowed. {_UNCHANGED} Tell whoever runs Coupon Desk: it has to be installed anew.",
}

#: What is wrong with the desk's own records, by the kind of fault; of any other kind they cannot be reached.
RECORDS: dict[str, str] = {
    "disk_full": "Coupon Desk's own records cannot be written: their disk is full",
    "disk_failed": "Coupon Desk's own records cannot be written: their disk does not work",
    "read_only": "Coupon Desk's own records can only be read just now, not written",
    "busy": "Coupon Desk's own records are held by something else just now",
    "lost": "Coupon Desk's own records were put back to an earlier state, and this request is no longer in them",
}
#: Faults that do not pass by themselves.
_TO_BE_MENDED = frozenset({"disk_full", "disk_failed"})

#: The nearest base class of an error decides.
SENTENCES: dict[type[DeskError], str] = {
    SeveralCustomers: "More than one customer answers to this. Look one of them up by `id:` or by e-mail.",
    CardExpired: "This is more than a day old. Nothing was changed. Run the command again for a new one.",
    Outdated: "This button is from another version of the desk. Press again in a minute.",
    AlreadyHonoured: "What store ops honour here was redeemed already. Nothing was sent. If something is not settled, press Reopen.",
    Superseded: "The form was changed since this confirmation was shown, so nothing was sent. "
    "Close this window and press Redeem on the coupon's card.",
    VersionConflict: f"Somebody else was quicker, or its time was over. {_UNCHANGED} Look at its message for how it stands.",
    TooLate: f"That took too long for Slack. {_UNCHANGED} Press again.",
    AnswerNotKept: "Outcome unknown: the loyalty engine was asked, and its answer could not be written down. "
    "Nobody should try the coupon again; what comes of it is told in a direct message.",
    EngineUnreachable: "The loyalty engine cannot be reached. Try again in a minute.",
    EngineTimedOut: "The loyalty engine did not answer in time. Try again in a minute.",
    EngineInterrupted: "The line to the loyalty engine dropped. Try again.",
    EngineBusy: "The loyalty engine is busy and asks to try later. Try again in a minute.",
    EngineFault: "The loyalty engine failed. Try again in a minute; if it goes on, tell store ops.",
    EngineUnreadable: "The loyalty engine gave an answer that makes no sense, so nothing is shown. "
    "Try again in a minute; if it goes on, tell whoever runs Coupon Desk.",
    EngineDenied: "The loyalty engine does not accept Coupon Desk's credentials. "
    "Tell whoever runs Coupon Desk: `CAPILLARY_…` in its settings is wrong or lacks rights.",
    EngineError: "The loyalty engine gave no usable answer. Try again in a minute.",
    UserError: f"That cannot be done. {_UNCHANGED}",
    DeskError: f"Something went wrong. {_UNCHANGED} Try again in a minute.",
}


def problem(error: DeskError) -> Message:
    """Return the message for an error; never empty."""
    if isinstance(error, LedgerUnavailable) and not isinstance(error, AnswerNotKept):
        return notice(f"{_records(error)}. {_UNCHANGED} {_mended(error)}")
    return notice(_sentence(error))


def _sentence(error: DeskError) -> str:
    match error:
        case NotUnderstood():
            return error.sentence
        case NotAllowed() | NobodyToAsk() | CouldNotVerify():
            return _may_not(error)
        case UnknownCustomer():
            under = f" under {quoted(error.hint, 40)}" if error.hint else ""
            return f"No customer is known{under}. Check it with the customer, or try another number or their e-mail."
        case EngineRefused():
            words = REFUSALS[error.refusal]
            return f"{words.why} {words.next_step}"
        case Stopped():
            return _stopped(error)
        case _:
            return next(SENTENCES[kind] for kind in type(error).__mro__ if kind in SENTENCES)


def _may_not(error: NotAllowed | NobodyToAsk | CouldNotVerify) -> str:
    match error:
        case NotAllowed():
            return _denied(error)
        case NobodyToAsk():
            return NOBODY_TO_ASK[error.trouble]
        case RecordsNotRead():
            return (
                f"{_records(error)}, so Coupon Desk could not verify that you are allowed. "
                f"{_UNCHANGED} {_mended(error)}"
            )
        case CouldNotVerify():
            return UNVERIFIED[error.cause]


def _denied(error: NotAllowed) -> str:
    denial = DENIALS[error.why].format(who=who_is(error.needed))
    if error.why not in _INSTEAD:
        return denial
    return f"{denial} {_NOBODY_MAY if error.needed == NOBODY else _INSTEAD[error.why]}"


def _records(error: LedgerUnavailable | RecordsNotRead) -> str:
    """Return what is wrong with them, without a full stop."""
    return RECORDS.get(error.kind, "Coupon Desk's own records cannot be reached")


def _mended(error: LedgerUnavailable | RecordsNotRead) -> str:
    if error.kind in _TO_BE_MENDED:
        return "Tell whoever runs Coupon Desk; it goes on by itself once that is mended."
    if error.kind == "lost":
        return "Look the coupon up again to see how it stands, and tell whoever runs Coupon Desk."
    return "Try again in a minute; if it goes on, tell whoever runs Coupon Desk."


def stopped(error: Stopped, *, reader: PersonId, display: Display) -> Message:
    """Return the message, with a reached limit's figures, another open request's requester, and a use in the way."""
    facts = _limits(error, display) + _other(error, reader, display) + _use(error, display)
    return notice(_stopped(error, facts))


def _stopped(error: Stopped, facts: str = "") -> str:
    """Return why it was stopped before a request was made, and that nothing was sent."""
    words = (
        stop_words(error.stop, error.at_limit)
        if error.stop is not None
        else REFUSALS[error.refusal or Refusal.OTHER]
    )
    return f"{words.why} {facts}Nothing was sent. {without_buttons(words.next_step)}"


def _limits(error: Stopped, display: Display) -> str:
    return f"Used today: {at_limit(error.at_limit, display)} " if error.at_limit else ""


def _use(error: Stopped, display: Display) -> str:
    """Return when and where it was used, of a use that stands in the way."""
    return f"It was used {use_details(error.uses[0], display)}. " if error.uses else ""


def _other(error: Stopped, reader: PersonId, display: Display) -> str:
    other = error.other
    if other is None:
        return ""
    who = "You" if other.terms.requester == reader else mention(other.terms.requester)
    made = f"{who} made it {date(other.made_at, display)}"
    return f"{made}; it stands at *{STATE_WORDS[other.state]}*. "


def already_honoured(error: AlreadyHonoured, *, reader: PersonId, display: Display) -> Message:
    """Return what the asker reads who presses Redeem on an answer that was carried out already."""
    made, what = error.made, f"the request {code(error.made.reference)}"
    if error.asked_about:
        return notice(
            f"It was used for this bill already, by {what} that your question is about. Nothing was sent. "
            "Do not redeem it again for this bill: if the discount is not off the bill yet, the store takes it off by hand, once. "
            "If that is not settled, press Reopen."
        )
    who = "you" if made.terms.requester == reader else mention(made.terms.requester)
    return notice(
        f"This answer was carried out already: {who} redeemed the coupon {date(made.pressed_at, display)}, by {what}. "
        "Nothing was sent. If it is to be redeemed once more, look it up and start from its card; "
        "if something is not settled, press Reopen."
    )


def too_late_to_withdraw(row: Redemption) -> Message:
    """Return the current state, for a press that changed nothing."""
    head = f"{headed(row)}\n"
    if row.state is State.WAITING:
        return notice(f"{head}Something else was just being written down. {_UNCHANGED} Press Withdraw again.")
    return notice(f"{head}It is too late to withdraw it. This press has changed nothing.")


def left_to_expire(row: Redemption) -> Message:
    """Return what is said if the ledger could not be reached after a request was written: it expires unsent."""
    return notice(
        f"{headed(row)}\nThe desk's own records cannot be reached just now, so that it goes no further. "
        "Nothing was sent. It ends by itself in a minute; your direct message then has Redeem again."
    )


def withheld() -> Message:
    """Return what replaces a message in a channel that is now shared with another company."""
    return notice(
        "This channel is shared with another company by now, so that what stood here is not shown any more. "
        "Look at Coupon Desk's Home tab."
    )


def bug(reference: str) -> Message:
    """Return the message for an unexpected error; the reference is in the log."""
    return notice(
        f"Something went wrong on our side. Try again; if it goes on, give whoever runs Coupon Desk the reference `{reference}`."
    )


def notice(sentence: str) -> Message:
    return Message(sentence, (section(sentence),))
