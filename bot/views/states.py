"""What people read about each state of a request: what happened, the next step, what to tell the customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.aio.frozen import frozen
from bot.domain.bill_number import may_be_same_bill
from bot.domain.coupon import Use
from bot.domain.looks import has_no_id, surely_unsent
from bot.domain.person import PersonId
from bot.domain.redemption import SURE, Asking, Decision, Outcome, Redemption, Settled, State, Trouble
from bot.domain.refusal import Refusal, is_final
from bot.views.aloud import after_a_no
from bot.views.coupon import use_details
from bot.views.limits import at_limit
from bot.views.look_up_command import look_up_command
from bot.views.money import money
from bot.views.refusals import (
    DOUBTS,
    OF_OTHERS,
    REFUSALS,
    TROUBLES,
    Words,
    refusal_step,
    stop_words,
    without_again,
)
from bot.views.terms import approver_groups, approvers_words, note
from bot.views.text import Display, Line, capital, clock_time, code, date, mention, quoted, who

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
_DISPUTED = "If the customer disputes it, press Ask store ops."
_ONCE = "Do not start it again, here or at a till"
_WAIT = "please do not use it until you hear from us"
#: Characters of a decision's note that are shown.
LONGEST_DECISION = 300


@frozen(kw_only=True)
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
        return f"{capital(who(row.terms.requester, display))} withdrew it. {unsent(row)}"
    return said(row, display).happened.replace(_HEARS, "whoever asked is told")


#: Of the requester, who reads it.
_HEARS = "you are told"


def left_to_settlers(row: Redemption, display: Display) -> str:
    """Return what is left to do for those who settle, of what is settled; empty if nothing is."""
    if row.state is State.REDEEMED and _twice(row, display):
        kept = row.outcome.redemption_id
        which = f"keep redemption {code(kept, 40)}" if kept else "compare both with the bill first"
        return f"{_one_of(row)}: get {_too_many(row)} reversed in the loyalty console; {which}."
    if row.state is State.NOT_REDEEMED and row.outcome.uses:
        return f"{_one_of(row)}: {_to_tell(row, display)} Then reply in this thread. Nobody should try it before that."
    return ""


def _to_tell(row: Redemption, display: Display) -> str:
    """Return what the requester has to hear about a use that came after *Not redeemed*."""
    asker, taken = who(row.terms.requester, display), money(row.terms.takes_off, display.currency)
    free = f"tell {asker} whether it may still be used."
    if row.outcome.settled is Settled.PERSON:
        return free
    off = f"to ask the store whether {taken} is already off; if not, it comes off by hand, once"
    used = f"tell {asker} that it is used, and {off}"
    return (
        f"compare the new use with this bill. If it is this bill's, {used}. If it is another bill's, {free}"
    )


def _one_of(row: Redemption) -> str:
    return capital(approvers_words(row.terms) if row.terms.approvers else "one of you")


def _too_many(row: Redemption) -> str:
    """Return the other use for this bill by its number, where there is one other and both have one."""
    others = [use for use in _for_this_bill(row) if use.id != row.outcome.redemption_id]
    if row.outcome.redemption_id and len(others) == 1 and others[0].id:
        return f"redemption {code(others[0].id, 40)}"
    return "the use that is too many"


def in_window(next_step: str) -> str:
    """Return the step for the confirmation's window, which has no **Withdraw**."""
    there = next_step.replace("ress Withdraw", "ress Withdraw on your direct message from Coupon Desk")
    return there.replace(", then Ask store ops", ", then Ask store ops there")


def may_ask_again(row: Redemption) -> bool:
    """Whether it ended without a redemption and the engine has not said a final no."""
    ended = row.state in {*_NO, State.NOT_REDEEMED, State.REJECTED, State.WITHDRAWN, State.EXPIRED}
    return ended and not is_final(row.outcome.refusal, row.outcome.code)


def wrote(row: Redemption, display: Display) -> list[Line]:
    """Return the note of the person who settled or rejected it, or named its use."""
    if row.state is State.REJECTED and row.decided:
        return their_note(row.decided.note, row.decided.by, display)
    by_hand = row.outcome.settled is Settled.PERSON or row.outcome.by is not None
    return their_note(row.outcome.note, row.outcome.by, display) if by_hand else []


def their_note(words: str, by: PersonId | None, display: Display) -> list[Line]:
    """Return a note under a label, so that nobody takes it for a sentence of the desk; empty if there is none."""
    quote = note(words, LONGEST_DECISION)
    whose = "Your" if by is not None and by == display.reader else "Their"
    return [f"*{whose} note:*", *quote] if quote else []


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
        told.append(f"the coupon's worth changed from {before} to {money(worth, display.currency)} at most")
    if asking and asking.other_coupon:
        told.append("its code came to name another coupon")
    what = "; ".join(told) or _changed_beside(asking)
    return f"{_whose_approval(row.decided, display)} approval is void: before anything was sent, {what}."


def _whose_approval(decided: Decision | None, display: Display) -> str:
    if decided is None:
        return "The"
    return "Your" if decided.by == display.reader else f"{mention(decided.by)}'s"


def _changed_beside(asking: Asking | None) -> str:
    """Return what may have changed where the coupon is the same: a use that was not shown then, or the rule."""
    if asking and asking.recent:
        return "other uses of the coupon came to be known, or its rule changed"
    return "it came to need somebody else's approval"


def doubt(row: Redemption) -> str:
    """Return why the outcome is unknown."""
    why = row.outcome.doubt
    return DOUBTS[why] if why else "The loyalty engine's answer is not known."


def _new(_row: Redemption, _display: Display) -> Said:
    return Said(
        happened="The request is recorded and is being checked; nothing has been sent to the loyalty engine yet.",
        next_step=f"{_ONCE}; what comes of it is shown here.",
        aloud="One moment please, I am seeing to your coupon.",
    )


def _waiting(row: Redemption, display: Display) -> Said:
    words = _asked(row, display)
    again = changed(row, display)
    return Said(
        happened=f"{again} {words.why}".strip(),
        next_step=words.next_step,
        aloud=f"Your coupon needs an approval first; {_WAIT}.",
    )


def _asked(row: Redemption, display: Display) -> Words:
    until = date(row.expires_at, display) if row.expires_at else ""
    if row.asking and row.asking.trouble:
        trouble = TROUBLES[row.asking.trouble]
        why = trouble.why.replace("nobody but whoever asked", "nobody but you")
        ends = f"; without an approval the request runs out {until}" if until else ""
        return Words(f"{why} Nothing has been sent yet{ends}.", trouble.next_step)
    return Words(
        must_approve(row, display),
        f"{_ONCE}. What is decided comes as a direct message. To stop it, press Withdraw.",
    )


def must_approve(row: Redemption, display: Display) -> str:
    """Return who has to decide, and by when; where nobody can, who has to be added by then."""
    until = f" by {date(row.expires_at, display)}" if row.expires_at else ""
    if row.asking and row.asking.trouble is Trouble.NO_APPROVER:
        groups = approver_groups(row.terms) or "the groups"
        return f"Add somebody to {groups}{until}, or it runs out; nothing has been sent to the loyalty engine yet."
    return f"{capital(approvers_words(row.terms))} has to decide{until}; nothing has been sent to the loyalty engine yet."


def _approved(_row: Redemption, _display: Display) -> Said:
    return Said(
        happened="It is allowed, and is checked once more before it is sent.",
        next_step=f"{_ONCE}; what comes of it is shown here.",
        aloud="One moment please, I am seeing to your coupon.",
    )


def _sending(_row: Redemption, _display: Display) -> Said:
    return Said(
        happened="The loyalty engine is being asked to redeem it.",
        next_step=f"{_ONCE}; what comes of it is shown here.",
        aloud="One moment please, I am seeing to your coupon.",
    )


def _redeemed(row: Redemption, display: Display) -> Said:
    taken, twice = money(row.terms.takes_off, display.currency), _twice(row, display)
    said_by_hand = row.outcome.settled is Settled.PERSON
    used = twice or ("" if said_by_hand else "The coupon is used for this bill.")
    told = " The approvers are told about the second use; you need not ask." if twice else ""
    return Said(
        happened=" ".join(part for part in (_proof(row, display), _named_by(row, display), used) if part),
        next_step=f"{_put_right(taken) if twice else _by_hand(row, taken)}{told}",
        aloud=_aloud_redeemed(row, taken, once=bool(twice)),
    )


def _named_by(row: Redemption, display: Display) -> str:
    """Return who named the redemption of a request that the loyalty engine confirmed without one; else nothing."""
    of, named = row.outcome, row.outcome.redemption_id
    if named is None or of.by is None or of.settled is Settled.PERSON:
        return ""
    return f"It gave no number; {who(of.by, display)} named redemption {code(named, 40)} as this request's."


def _put_right(taken: str) -> str:
    """Return what the store does where two uses may have been taken off."""
    return f"Ask the store how often {taken} is off this bill; they put it right by hand, to once. Nobody scans the coupon."


def _by_hand(row: Redemption, taken: str) -> str:
    """Return what the store does; where it is known late, it may have been done already, or the bill may be closed."""
    if _is_late(row):
        return (
            f"Ask the store whether {taken} is already off this bill; if not, they take it off by hand, once. "
            "Nobody scans the coupon. If it is not off and the bill is closed, press Ask store ops."
        )
    waited = row.decided is not None and row.decided.approved
    closed = " If the bill is closed already, press Ask store ops." if waited else ""
    return f"Tell the store to take {taken} off this bill by hand, and not to scan the coupon.{closed}"


def _aloud_redeemed(row: Redemption, taken: str, *, once: bool) -> str:
    only = ", once" if once else ""
    if once or _is_late(row):
        return f"Your coupon is redeemed; the store checks that {taken} is off your bill{only}."
    return f"Your coupon is redeemed; the store takes {taken} off your bill{only}."


def _is_late(row: Redemption) -> bool:
    """Whether people may have acted on the bill before this was known: it was unknown, or told already."""
    named = row.outcome.by is not None
    return named or row.unknown_at is not None or row.outcome.settled not in {Settled.ANSWER, None}


def _twice(row: Redemption, display: Display) -> str:
    """Return every use for this bill, if the engine shows more than one; else nothing."""
    uses = _for_this_bill(row) if not _may_be_any(row) else []
    if len(uses) < 2:  # noqa: PLR2004 - one is what was asked for
        return ""
    told = "; ".join(f"{_named(use)}{_whose(use, row)}, {use_details(use, display)}" for use in uses[:3])
    return f"The loyalty engine shows {len(uses)} uses of the coupon for this bill: {told}."


def _may_be_any(row: Redemption) -> bool:
    """Whether one of the uses is this request's and nobody knows which; the others may be other requests'."""
    return has_no_id(row) and row.outcome.settled is not Settled.OWN_NUMBER


def _for_this_bill(row: Redemption) -> list[Use]:
    return [use for use in row.outcome.uses if may_be_same_bill(use.bill, row.terms.bill_number)]


def _named(use: Use) -> str:
    return f"redemption {code(use.id, 40)}" if use.id else "a redemption without a number"


def _whose(use: Use, row: Redemption) -> str:
    """Mark the use that the verdict rests on; that this request made it only the answer or its own number proves."""
    if use.id is None or use.id != row.outcome.redemption_id:
        return ""
    return f" {by_this(row)}" if _is_surely_ours(row) else " (counted for this request)"


def by_this(row: Redemption) -> str:
    """Return whose use a redemption is: made by this request, or counted for it on evidence or somebody's word."""
    return "by this request" if _is_surely_ours(row) else "counted for this request"


def _is_surely_ours(row: Redemption) -> bool:
    if row.terms.generated:
        return True
    # The answer gave no number, and a person has named it.
    return row.outcome.settled in SURE and row.outcome.by is None


def _proof(row: Redemption, display: Display) -> str:
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
        case Settled.PERSON if row.outcome.redemption_id:
            return _closed(
                f"redeemed by redemption {code(row.outcome.redemption_id, 40)}", row.outcome, display
            )
        case Settled.PERSON:
            return f"{_closed('redeemed for this bill', row.outcome, display)[:-1]}; the loyalty engine has not confirmed it."
        case None:
            return ""


def _times(row: Redemption) -> str:
    return "" if len(row.outcome.uses) > 1 else " once"


def _closed(as_what: str, outcome: Outcome, display: Display) -> str:
    by = who(outcome.by, display) if outcome.by else "somebody"
    return f"{capital(by)} settled it as {as_what}."


def _refused(row: Redemption, display: Display) -> Said:
    words = refusal_words(row.outcome)
    happened = " ".join([words.why, *_particulars(row, display), _unchanged(row)])
    step = words.next_step if may_ask_again(row) else without_again(words.next_step)
    outcome = row.outcome
    if outcome.stop is None and outcome.refusal is Refusal.ALREADY_USED and not outcome.uses:
        step = f"Type {look_up_command(row.terms.customer, row.terms.code)} to see when and where. {step}"
    return Said(happened=happened, next_step=step, aloud=after_a_no(outcome, display))


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
        return "Nothing was sent to the loyalty engine."
    asked = "; Coupon Desk is checking it with the loyalty engine" if row.due_at else ""
    return f"Our records show no sending{asked}."


def refusal_words(outcome: Outcome) -> Words:
    """Return the desk's reason, else the engine's."""
    if outcome.stop:
        return stop_words(outcome.stop, outcome.at_limit)
    refusal = outcome.refusal or Refusal.OTHER
    return Words(REFUSALS[refusal].why, refusal_step(refusal, use_shown=bool(outcome.uses)))


def _unknown(row: Redemption, display: Display) -> Said:
    return Said(
        happened=unknown_words(row),
        next_step=f"{nobody_again(row, display)}, until you are told how it ends. {_who_settles(row, display)}",
        aloud=f"I am checking whether your coupon went through; {_WAIT}.",
    )


def unknown_words(row: Redemption) -> str:
    """Return why the outcome is unknown, and what is known of the coupon."""
    if not row.outcome.uses:
        return f"{doubt(row)} The coupon may be used now, or not."
    for_bill = any(may_be_same_bill(use.bill, row.terms.bill_number) for use in row.outcome.uses)
    if for_bill:
        return f"{doubt(row)} The loyalty engine now shows a use for this bill, but it may not be this request's."
    return f"{doubt(row)} The loyalty engine now shows a use that may be by this request."


def nobody_again(row: Redemption, display: Display) -> str:
    """Return what nobody should do with an unknown outcome; the sentence goes on."""
    taken = money(row.terms.takes_off, display.currency)
    return f"Nobody should try it again, here or at a till, or take {taken} off by hand"


def _who_settles(row: Redemption, display: Display) -> str:
    """Return for the requester who settles an unknown outcome: the desk, and by when, or a person."""
    if not row.outcome.uses:
        alone = "Coupon Desk cannot settle it by itself; somebody who approves redemptions has to."
        return alone if row.due_at is None else looks(row, display, else_="; if it cannot, an approver does")
    confirm = "omebody who approves redemptions has to confirm whether it is this request's."
    if row.due_at is None:
        return f"Coupon Desk cannot settle it by itself; s{confirm}"
    return f"S{confirm} {looks(row, display)}"


def looks(row: Redemption, display: Display, *, else_: str = " if the loyalty engine can be read") -> str:
    """Return what the desk does about an unknown outcome, and by when; `else_` ends what it settles itself."""
    if row.due_at is None or row.unknown_at is None:
        return "Coupon Desk cannot settle it by itself."
    following = clock_time(row.due_at, display)
    if row.outcome.uses:
        return f"Coupon Desk looks again at {following}, too."
    end = date(max(row.due_at, row.unknown_at + display.window), display)
    return f"Coupon Desk looks again at {following}, and settles it by about {end}{else_}."


def _not_redeemed(row: Redemption, display: Display) -> Said:
    late = f" If the loyalty engine shows it within a day after all, {_HEARS}." if row.due_at else ""
    if row.outcome.uses:
        taken = money(row.terms.takes_off, display.currency)
        return Said(
            happened=f"{_appeared(row, display)}{late}",
            next_step=f"Wait. Nobody should try it again, here or at a till, or take {taken} off by hand, until an "
            f"approver tells you that it is used for this bill{_or_again(row)}.",
            aloud=f"I am checking how your coupon stands; {_WAIT}.",
        )
    return Said(
        happened=f"{_absence(row, display)}{late}",
        next_step=_once_more(row, "If the customer still wants it, press Redeem again."),
        aloud=_aloud_again(row, "Your coupon did not go through"),
    )


def _appeared(row: Redemption, display: Display) -> str:
    """Return the uses that were found, first; a person who settled it has judged whose they are."""
    found = "; ".join(use_details(use, display) for use in row.outcome.uses[:3])
    seen = f"The loyalty engine shows a use of this coupon since it was sent: {found}."
    match row.outcome.settled:
        case Settled.PERSON:
            return f"{seen} {_absence(row, display)}"
        case Settled.ANSWER:
            return f"{seen} It may be this request's. {_absence(row, display)}"
        case Settled.EVIDENCE | Settled.OWN_NUMBER | None:
            return f"{seen} It may be this request's; before, none was shown."


def _or_again(row: Redemption) -> str:
    return ", or that you may press Redeem again" if may_ask_again(row) else ""


def _absence(row: Redemption, display: Display) -> str:
    match row.outcome.settled:
        case Settled.PERSON:
            return _closed("not redeemed", row.outcome, display)
        case Settled.ANSWER:
            return f"The loyalty engine's late answer is no: {refusal_words(row.outcome).why}"
        case Settled.EVIDENCE | Settled.OWN_NUMBER | None:
            asked = f", asked {row.looks} times," if row.looks > 1 else ""
            until = f" up to {date(row.ended_at, display)}" if row.ended_at else ""
            return f"The loyalty engine{asked} shows no redemption by this request{until}. As far as it shows, nothing was changed."


def _rejected(row: Redemption, display: Display) -> Said:
    decided = row.decided
    by = (
        f"{capital(who(decided.by, display))} rejected it{because(decided)}."
        if decided
        else "It was rejected."
    )
    return Said(
        happened=f"{by} {unsent(row)}",
        next_step=_once_more(row, f"If you can put that right, press Redeem again. {_DISPUTED}"),
        aloud="I am sorry, your coupon was not approved for this bill.",
    )


def _withdrawn(row: Redemption, _display: Display) -> Said:
    unasked = row.asking is not None and row.asking.trouble is not None
    ops = "If the customer cannot wait for an approval, press Ask store ops. " if unasked else ""
    return Said(
        happened=f"You withdrew it. {unsent(row)}",
        next_step=_once_more(row, f"{ops}If it is wanted after all, press Redeem again."),
        aloud="The request for your coupon was stopped"
        f"{'; nothing was done with it' if surely_unsent(row) else ''}.",
    )


def _expired(row: Redemption, _display: Display) -> Said:
    approved = row.decided is not None and row.decided.approved
    done = "carried out" if approved else "decided"
    anew = "; it needs a new approval" if row.terms.approvals else ""
    return Said(
        happened=f"{_late(row)} {unsent(row)}",
        next_step=_once_more(
            row,
            f"If the customer still wants it and the bill is still open, press Redeem again{anew}. "
            "If the bill is closed, press Ask store ops.",
        ),
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
    if waited:
        return "The request ran out: nobody decided in time."
    approved = row.decided is not None and row.decided.approved
    return "It was approved, but not carried out in time." if approved else "It was not carried out in time."


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
