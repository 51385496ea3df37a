"""What people read about each state of a request: what happened, the next step, what to tell the customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.looks import surely_unsent
from bot.domain.redemption import Decision, Outcome, Redemption, Settled, State
from bot.domain.refusal import Refusal, is_final
from bot.views.aloud import after_a_no
from bot.views.coupon import use_details
from bot.views.limits import at_limit
from bot.views.money import money
from bot.views.refusals import (
    DOUBTS,
    OF_OTHERS,
    REFUSALS,
    TROUBLES,
    Words,
    refusal_step,
    stop_words,
    without_button,
)
from bot.views.terms import approvers_words, note
from bot.views.text import Display, Quote, clock_time, date, mention, quoted

#: The words at the head of every message and outcome; programs find messages by them.
STATE_WORDS: dict[State, str] = {
    State.NEW: "Working…",
    State.WAITING: "Waiting for approval",
    State.APPROVED: "Redeeming…",
    State.SENDING: "Redeeming…",
    State.REDEEMED: "Redeemed",
    State.REFUSED: "Not redeemed",
    State.NOT_SENT: "Not redeemed",
    State.UNKNOWN: "Outcome unknown",
    State.NOT_REDEEMED: "Not redeemed",
    State.REJECTED: "Rejected",
    State.WITHDRAWN: "Withdrawn",
    State.EXPIRED: "Expired",
}


#: One icon for each state; it stands before the word.
STATE_MARKS: dict[State, str] = {
    State.NEW: "⏳",
    State.WAITING: "⏳",
    State.APPROVED: "⏳",
    State.SENDING: "⏳",
    State.REDEEMED: "✅",
    State.REFUSED: "⛔",
    State.NOT_SENT: "⛔",
    State.UNKNOWN: "⚠️",
    State.NOT_REDEEMED: "⛔",
    State.REJECTED: "❌",
    State.WITHDRAWN: "↩️",
    State.EXPIRED: "⌛",
}


_NO = frozenset({State.REFUSED, State.NOT_SENT})
_DISPUTED = "If the customer disputes it, ask store ops."
#: Characters of a decision's note that are shown.
LONGEST_DECISION = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """
    What is said of a request; it is true as long as the request is in this state.

    Attributes:
        happened: what happened, and whether anything was changed; for the requester (`told_others` for others).
        next_step: for the requester, on their own message; empty if `happened` says it.
        aloud: one sentence to read to the customer.

    """

    happened: str
    next_step: str = ""
    aloud: str


def headed(row: Redemption) -> str:
    """Return the state's icon and word, for the head of a message: `✅ *Redeemed*`."""
    return f"{STATE_MARKS[row.state]} *{STATE_WORDS[row.state]}*"


def said(row: Redemption, display: Display) -> Said:
    return _SAID[row.state](row, display)


def told_others(row: Redemption, display: Display) -> str:
    """Return what happened, for readers other than the requester."""
    if row.state in _NO and row.outcome.stop in OF_OTHERS:
        return f"{OF_OTHERS[row.outcome.stop]} {_unchanged(row)}"
    if row.state is State.WITHDRAWN:
        return f"{mention(row.terms.requester)} withdrew it. {unsent(row)}"
    return said(row, display).happened


def left_to_settlers(row: Redemption, display: Display) -> str:
    """Return what is left to do for those who settle, of what is settled; empty if nothing is."""
    if row.state is State.REDEEMED and _twice(row, display):
        return "Compare both with the bill, and have the one that is too many reversed in the loyalty engine."
    if row.state is State.NOT_REDEEMED and row.outcome.uses:
        return "Compare what it shows with the bill. Nobody should try the coupon again before that."
    return ""


def in_window(next_step: str) -> str:
    """Return the step for the confirmation's window, which has no **Withdraw**."""
    return next_step.replace("ress Withdraw", "ress Withdraw on your direct message from Coupon Desk")


def may_ask_again(row: Redemption) -> bool:
    """Whether it ended without a redemption and the engine has not said a final no."""
    ended = row.state in {*_NO, State.NOT_REDEEMED, State.REJECTED, State.WITHDRAWN, State.EXPIRED}
    return ended and not is_final(row.outcome.refusal, row.outcome.code)


def wrote(row: Redemption) -> list[Quote]:
    """Return the note of the person who settled or rejected it."""
    if row.state is State.REJECTED and row.decided:
        return note(row.decided.note, LONGEST_DECISION)
    return note(row.outcome.note, LONGEST_DECISION) if row.outcome.settled is Settled.PERSON else []


def because(decided: Decision) -> str:
    """Return the chosen reason of a rejection, after a colon; empty if there is none."""
    return f": {quoted(decided.reason, 75)}" if decided.reason else ""


def changed(row: Redemption, display: Display) -> str:
    """Return why approval is asked for again; empty if it is asked for the first time."""
    if row.round == 1:
        return ""
    asking, worth, told = row.asking, row.terms.worth.amount, []
    if asking and asking.worth_before not in {None, worth}:
        before = money(asking.worth_before or worth, display.currency)
        told.append(f"it was worth {before} at most and is worth {money(worth, display.currency)} now")
    if asking and asking.other_coupon:
        told.append("its code names another coupon now")
    what = "; ".join(told) or "somebody else has to approve it by now"
    by = f" by {mention(row.decided.by)}" if row.decided else ""
    return f"It was approved{by}, but has changed before anything was sent: {what}. That approval is void."


def doubt(row: Redemption) -> str:
    """Return why the outcome is unknown."""
    why = row.outcome.doubt
    return DOUBTS[why] if why else "The loyalty engine's answer is not known."


def _new(_row: Redemption, _display: Display) -> Said:
    return Said(
        happened="The request is recorded and is being checked; nothing has been sent yet.",
        next_step="Do not redeem it a second time; what comes of it is shown here.",
        aloud="One moment please, I am seeing to your coupon.",
    )


def _waiting(row: Redemption, display: Display) -> Said:
    words = _asked(row, display)
    again = changed(row, display)
    return Said(
        happened=f"{again} {words.why}".strip(),
        next_step=words.next_step,
        aloud="Your coupon needs an approval first; you will hear from us.",
    )


def _asked(row: Redemption, display: Display) -> Words:
    until = date(row.expires_at, display) if row.expires_at else ""
    if row.asking and row.asking.trouble:
        trouble = TROUBLES[row.asking.trouble]
        ends = f"; without an approval it expires {until}" if until else ""
        return Words(f"{trouble.why} Nothing has been sent yet{ends}.", trouble.next_step)
    return Words(
        must_approve(row, display),
        "What is decided comes as a direct message; do not ask for it a second time. To stop it, press Withdraw.",
    )


def must_approve(row: Redemption, display: Display) -> str:
    """Return who must approve it, and by when."""
    who = approvers_words(row.terms)
    until = f" by {date(row.expires_at, display)}" if row.expires_at else ""
    return f"{who[0].upper()}{who[1:]} must approve it{until}; nothing has been sent yet."


def _approved(_row: Redemption, _display: Display) -> Said:
    return Said(
        happened="It is allowed, and is checked once more before it is sent.",
        next_step="Do not redeem it a second time; what comes of it is shown here.",
        aloud="One moment please, I am seeing to your coupon.",
    )


def _sending(_row: Redemption, _display: Display) -> Said:
    return Said(
        happened="The loyalty engine is being asked to redeem it.",
        next_step="Do not redeem it a second time, here or at a till; what comes of it is shown here.",
        aloud="One moment please, I am seeing to your coupon.",
    )


def _redeemed(row: Redemption, display: Display) -> Said:
    taken, twice = money(row.terms.takes_off, display.currency), _twice(row, display)
    used = twice or "The coupon is used for this bill."
    judge = " Ask store ops about the other use." if twice else ""
    late = _is_late(row)
    by_hand = f"by hand{', once' if twice else ''}{', unless it was taken off already' if late else ''}"
    return Said(
        happened=f"{_proof(row)} {used}".strip(),
        next_step=f"The store takes {taken} off the bill {by_hand}; nobody scans the coupon.{judge}",
        aloud=f"Your coupon is redeemed; the store takes {taken} off your bill"
        f"{', unless it has already' if late else ''}.",
    )


def _is_late(row: Redemption) -> bool:
    """Whether people may have acted on the bill before this was known: it was unknown, or had ended otherwise."""
    return row.unknown_at is not None or row.outcome.settled not in {Settled.ANSWER, None}


def _twice(row: Redemption, display: Display) -> str:
    """Return every use for this bill, if the engine shows more than one; else nothing."""
    uses = [use for use in row.outcome.uses if use.bill == row.terms.bill_number]
    if len(uses) < 2:  # noqa: PLR2004 - one is what was asked for
        return ""
    told = "; ".join(use_details(use, display) for use in uses[:3])
    return f"The loyalty engine shows {len(uses)} uses of the coupon for this bill: {told}."


def _proof(row: Redemption) -> str:
    match row.outcome.settled:
        case Settled.ANSWER:
            return "The loyalty engine confirmed it."
        case Settled.OWN_NUMBER:
            return (
                f"The loyalty engine's records show it redeemed{_times(row)} for this bill, by this request."
            )
        case Settled.EVIDENCE:
            # Older versions stored EVIDENCE for a generated number as well.
            by_us = ", by this request" if row.terms.generated else ""
            return f"The loyalty engine's records show it redeemed{_times(row)} for this bill{by_us}."
        case Settled.PERSON:
            return _closed("redeemed", row.outcome)
        case None:
            return ""


def _times(row: Redemption) -> str:
    return "" if len(row.outcome.uses) > 1 else " once"


def _closed(as_what: str, outcome: Outcome) -> str:
    who = mention(outcome.by) if outcome.by else "Somebody"
    return f"{who} settled it as {as_what}."


def _refused(row: Redemption, display: Display) -> Said:
    words = refusal_words(row.outcome)
    happened = " ".join([words.why, *_particulars(row, display), _unchanged(row)])
    again = words.next_step if may_ask_again(row) else without_button(words.next_step)
    return Said(happened=happened, next_step=again, aloud=after_a_no(row.outcome, display))


def _particulars(row: Redemption, display: Display) -> list[str]:
    """Return when and where it was used or expired, if the engine said so, and how far a limit is used."""
    if row.outcome.at_limit is not None:
        return [f"Used by then: {at_limit(row.outcome.at_limit, display)}"]
    if row.outcome.refusal is Refusal.COUPON_EXPIRED and row.terms.expires_at is not None:
        return [f"It ended {date(row.terms.expires_at, display)}."]
    return [f"Last use: {use_details(use, display)}." for use in row.outcome.uses[:1]]


def _unchanged(row: Redemption) -> str:
    tried = row.intent is not None or row.state is State.NOT_SENT
    return "Nothing was changed." if tried else unsent(row)


def unsent(row: Redemption) -> str:
    """Return whether anything was sent for a request that ended before; sure only if the engine was asked, too."""
    if surely_unsent(row):
        return "Nothing was sent."
    asked = "; the desk is checking it with the loyalty engine" if row.due_at else ""
    return f"Our records show no sending{asked}."


def refusal_words(outcome: Outcome) -> Words:
    """Return the desk's reason, else the engine's."""
    if outcome.stop:
        return stop_words(outcome.stop, outcome.at_limit)
    refusal, use_shown = outcome.refusal or Refusal.OTHER, bool(outcome.uses)
    step = refusal_step(refusal, use_shown=use_shown)
    if refusal is Refusal.ALREADY_USED and not use_shown:
        step = f"Look the coupon up to see when and where. {step}"
    return Words(REFUSALS[refusal].why, step)


def _unknown(row: Redemption, display: Display) -> Said:
    return Said(
        happened=f"{doubt(row)} The coupon may be used now, or not.",
        next_step=f"Nobody should try it again, here or at a till. {_who_settles(row, display)} You are told how it ends.",
        aloud="I am checking whether your coupon went through; please do not use it until you hear from us.",
    )


def _who_settles(row: Redemption, display: Display) -> str:
    """Return for the requester who settles an unknown outcome: the desk, and by when, or a person."""
    if row.due_at is None:
        return "The desk cannot settle it by itself; somebody who approves redemptions has to."
    judge = "Somebody who approves redemptions has to judge what was found. " if row.outcome.uses else ""
    return f"{judge}{looks(row, display)}"


def looks(row: Redemption, display: Display) -> str:
    """Return what the desk does about an unknown outcome, and by when."""
    if row.due_at is None or row.unknown_at is None:
        return "The desk cannot settle it by itself."
    following = clock_time(row.due_at, display)
    if row.outcome.uses:
        return f"The desk looks again at {following}, too."
    end = date(max(row.due_at, row.unknown_at + display.window), display)
    return f"The desk looks again at {following}, and settles it by about {end} if the loyalty engine can be read."


def _not_redeemed(row: Redemption, display: Display) -> Said:
    late = (
        " If the loyalty engine shows it within a day after all, whoever asked is told." if row.due_at else ""
    )
    if row.outcome.uses:
        found = "; ".join(use_details(use, display) for use in row.outcome.uses[:3])
        return Said(
            happened=f"{_absence(row)} What the loyalty engine shows since then: {found}.{late}",
            next_step="Look the coupon up before anybody tries it again: it may be used.",
            aloud="Your coupon was not used for this bill; I am checking how it stands.",
        )
    return Said(
        happened=f"{_absence(row)}{late}",
        next_step=_once_more(row, "If the customer still wants it, press Redeem again."),
        aloud=_aloud_again(row, "Your coupon was not used"),
    )


def _absence(row: Redemption) -> str:
    match row.outcome.settled:
        case Settled.PERSON:
            return _closed("not redeemed", row.outcome)
        case Settled.ANSWER:
            return f"The loyalty engine's late answer is no: {refusal_words(row.outcome).why}"
        case Settled.EVIDENCE | Settled.OWN_NUMBER | None:
            asked = f", asked {row.looks} times," if row.looks > 1 else ""
            unchanged = "" if row.outcome.uses else " Nothing was changed."
            return f"The loyalty engine{asked} shows no redemption by this request.{unchanged}"


def _rejected(row: Redemption, _display: Display) -> Said:
    decided = row.decided
    by = f"{mention(decided.by)} rejected it{because(decided)}." if decided else "It was rejected."
    return Said(
        happened=f"{by} {unsent(row)}",
        next_step=_once_more(row, f"If you can put that right, press Redeem again. {_DISPUTED}"),
        aloud="I am sorry, your coupon cannot be used for this bill.",
    )


def _withdrawn(row: Redemption, _display: Display) -> Said:
    return Said(
        happened=f"You withdrew it. {unsent(row)}",
        next_step=_once_more(row, "If it is wanted after all, press Redeem again."),
        aloud="The request for your coupon was stopped"
        f"{'; nothing was done with it' if surely_unsent(row) else ''}.",
    )


def _expired(row: Redemption, _display: Display) -> Said:
    approved = row.decided is not None and row.decided.approved
    done = "carried out" if approved else "decided"
    return Said(
        happened=f"{_late(row)} {unsent(row)}",
        next_step=_once_more(row, "Press Redeem again; it is checked anew."),
        aloud=_aloud_again(row, f"The request for your coupon ran out before it was {done}"),
    )


def _once_more(row: Redemption, words: str) -> str:
    """Return `words` if Redeem again is offered, else what to do instead."""
    return words if may_ask_again(row) else f"Trying it again does not help. {_DISPUTED}"


def _aloud_again(row: Redemption, words: str) -> str:
    """Return what to read aloud; it promises nothing, as the engine has not been asked again."""
    return f"{words}; let me see whether it can still be used." if may_ask_again(row) else f"{words}."


def _late(row: Redemption) -> str:
    """Return what is said of an expired request: it waited too long, or was never begun."""
    waited = row.expires_at is not None and (row.decided is None or row.decided.round < row.round)
    return "Nobody decided in time." if waited else "It was not begun in time."


_SAID: Mapping[State, Callable[[Redemption, Display], Said]] = {
    State.NEW: _new,
    State.WAITING: _waiting,
    State.APPROVED: _approved,
    State.SENDING: _sending,
    State.REDEEMED: _redeemed,
    State.REFUSED: _refused,
    State.NOT_SENT: _refused,
    State.UNKNOWN: _unknown,
    State.NOT_REDEEMED: _not_redeemed,
    State.REJECTED: _rejected,
    State.WITHDRAWN: _withdrawn,
    State.EXPIRED: _expired,
}
