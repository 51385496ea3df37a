"""What people see of a request: in the confirmation's window, in a direct message, in a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.bill_number import may_be_same_bill
from bot.domain.coupon import Use
from bot.domain.looks import can_be_settled, is_to_be_named
from bot.domain.redemption import Asking, Decision, Redemption, RequestId, State, Terms
from bot.views.bills import masked_bill
from bot.views.case import ask_button
from bot.views.coupon import use_details
from bot.views.kit import Block, Message, View, actions, button, context, paragraphs, section
from bot.views.money import discount, money
from bot.views.names import hinted, unnamed
from bot.views.redeem import TITLE
from bot.views.states import (
    LONGEST_DECISION,
    Said,
    headed,
    in_window,
    left_to_settlers,
    looks,
    may_ask_again,
    nobody_again,
    said,
    told_others,
    unknown_words,
    wrote,
)
from bot.views.states import STATE_WORDS as STATE_WORDS
from bot.views.terms import customer_words, note, off_bill
from bot.views.text import Display, Line, clock_time, code, date, plain, who

ASK = "redemption.ask.v1"
CLOSE = "redemption.close.v1"
WITHDRAW = "redemption.withdraw.v1"
DETAILS = "redemption.details.v1"
AGAIN = "redemption.again.v1"

#: States in which the outcome is still open, so Ask store ops is not offered yet.
_UNDER_WAY = frozenset({State.NEW, State.WAITING, State.APPROVED, State.SENDING})
_DOT, _NEXT_LINE = "  ·  ", "\n"
#: Found uses that are shown; more are only counted.
USES_SHOWN = 10
_SURELY: Block = {
    "title": {"type": "plain_text", "text": "Withdraw this request?"},
    "text": {"type": "plain_text", "text": "Nobody can approve it any more then. Nothing has been sent."},
    "confirm": {"type": "plain_text", "text": "Withdraw"},
    "deny": {"type": "plain_text", "text": "Keep it"},
}


def pressed(action: Mapping[str, Any]) -> RequestId:
    """Return the id of the request that a button is about."""
    return RequestId(str(action.get("value", "")))


def outcome(row: Redemption, *, display: Display) -> View:
    """Return what the confirmation's window shows after the request was written."""
    offered = [*_again(row), ask_button(row.id, action_id=ASK)]
    return View(TITLE, (*_blocks(row, display, window=True), _buttons(row, *offered)))


def requester_message(row: Redemption, *, display: Display) -> Message:
    """Return the requester's own direct message, which is kept up to date."""
    offered = [_withdraw(row)] if row.state is State.WAITING else []
    if row.state not in _UNDER_WAY:
        offered = [*_again(row), ask_button(row.id, action_id=ASK)]
    details = button(
        "Details", action_id=DETAILS, value=row.id, hint="Everything about this request, unmasked"
    )
    return Message(plain(_lines(row, display)), (*_blocks(row, display), _buttons(row, *offered, details)))


def news_message(row: Redemption, *, display: Display) -> Message:
    """Return a message for the thread of the requester's message, because an update notifies nobody."""
    words = said(row, display)
    # What must not be missed by somebody who reads only this, which has no button.
    todo = [f"*Next:* {_above(words.next_step)}"] if words.next_step else []
    lines: list[Line] = [
        f"{headed(row)}  ·  {subject(row.terms, display)}",
        words.happened,
        *wrote(row, display),
        *_doubted_uses(row, display),
        *todo,
        _aloud(words),
    ]
    return Message(plain(lines), tuple(paragraphs(lines)))


def _above(next_step: str) -> str:
    """Return the step for a message that has no button."""
    named = [one for one in ("Redeem again", "Ask store ops") if one.lower() in next_step.lower()]
    if not named:
        return next_step
    stand = "Both buttons stand" if len(named) > 1 else "The button stands"
    return f"{next_step} {stand} on the message of your request, above."


def attention_message(row: Redemption, *, display: Display) -> Message:
    """Return the channel message about what a person may settle; it identifies neither customer nor coupon."""
    unknown = row.state is State.UNKNOWN
    hint = "Settle this unknown outcome by hand" if unknown else "Name the use that is this request's"
    close = button("Settle", action_id=CLOSE, value=row.id, hint=hint)
    buttons = [_buttons(row, close)] if can_be_settled(row) else []
    return Message(plain(channel_text(row, display)), (*channel_blocks(row, display), *buttons))


def channel_blocks(row: Redemption, display: Display) -> list[Block]:
    """Return the facts, masked for a channel."""
    facts, references = _channel_lines(row, display)
    return [*paragraphs(facts), context(references)]


def channel_text(row: Redemption, display: Display) -> list[Line]:
    """Return the lines of `channel_blocks`, for a message's text."""
    facts, references = _channel_lines(row, display)
    return [*facts, references]


def channel_facts(row: Redemption, display: Display) -> list[Line]:
    """Return the same without the uses that were found, for a list of requests."""
    facts, references = _channel_lines(row, display, uses=False)
    return [*facts, references]


def unsettled_blocks(row: Redemption, display: Display) -> list[Block]:
    """Return the facts of an unknown outcome for the form that settles it, which says what to do itself."""
    facts, references = _channel_lines(row, display, step=False)
    return [*paragraphs(facts), context(references)]


def _channel_lines(
    row: Redemption, display: Display, *, uses: bool = True, step: bool = True
) -> tuple[list[Line], str]:
    """Return the facts, and apart the references: what happened, what was found, then the next step."""
    shown = masked(row)
    terms = shown.terms
    worth = money(terms.worth.amount, display.currency)
    whom = hinted(terms.customer_name, terms.customer_tail)
    told, todo = _judged(shown, display)
    facts: list[Line] = [
        f"{headed(shown)}  ·  {off_bill(terms, display)}",
        f"Asked for by {who(terms.requester, display)}  ·  {whom}  ·  worth {worth} at most",
        *told,
        *(_new_uses(shown, display) if uses else []),
        *([f"*Next:* {todo}"] if todo and step else []),
    ]
    return facts, references(shown, display, *_approved_by(shown, display))


def _judged(row: Redemption, display: Display) -> tuple[list[Line], str]:
    """Return what happened, and what is left to do for those who settle; empty if nothing is."""
    if is_to_be_named(row):
        return [f"{told_others(row, display)} {_NO_NUMBER}", *wrote(row, display)], _to_name(row)
    if row.state is not State.UNKNOWN:
        return [told_others(row, display), *wrote(row, display)], left_to_settlers(row, display)
    since = f"Unknown since {date(row.unknown_at, display)}. " if row.unknown_at else ""
    return [f"{since}{unknown_words(row)}"], f"{nobody_again(row, display)}. {_to_settle(row, display)}"


_NO_NUMBER = "Coupon Desk could not find out which redemption in the loyalty engine it is, and has stopped looking by itself."


def _to_name(row: Redemption) -> str:
    """Return what those who settle do about a redemption without a number."""
    if row.outcome.uses:
        return "Compare what was found with the bill, then press Settle to name the use. It stays redeemed."
    return (
        "Press Settle: Coupon Desk looks once more, and you name the use if it is there. It stays redeemed."
    )


def _to_settle(row: Redemption, display: Display) -> str:
    """Return what those who settle do now, or what the desk does without them."""
    if not row.outcome.uses:
        if row.due_at is None:
            judge = "Press Settle to see what was found; decide there only if you know what happened."
            return f"{judge} {looks(row, display)}"
        return f"Wait: {looks(row, display)} Press Settle only if you know what happened, or if it is still open after that."
    judge = _judge(row)
    if row.due_at is None:
        return f"{judge} {looks(row, display)}"
    return f"{judge} Do not wait for the next look, at {clock_time(row.due_at, display)}."


def _judge(row: Redemption) -> str:
    """Return how to find out whether a use is this request's; the bill tells nothing where it is the same."""
    if any(may_be_same_bill(use.bill, row.terms.bill_number) for use in row.outcome.uses):
        return (
            "Ask the store whether a till made the use for this bill, then press Settle. If a till did, it is not this "
            "request's: choose Not redeemed, and say in the note that the coupon is used. If none did, name the use as this request's."
        )
    return "Compare what was found with the bill, then press Settle."


def masked(row: Redemption) -> Redemption:
    """
    Return the request with what people typed, here and at tills, masked for a channel. Other fields are not masked.

    Mobiles, e-mails and the code are masked in notes before they are stored; the name only here.
    """
    terms, outcome, asking = row.terms, row.outcome, row.asking
    uses = _masked_uses(outcome.uses, terms)
    return replace(
        row,
        terms=replace(
            terms,
            bill_number=_masked_bill(terms.bill_number, terms),
            note=unnamed(terms.note, terms.customer_name),
        ),
        outcome=replace(outcome, uses=uses, note=unnamed(outcome.note, terms.customer_name)),
        asking=_masked_asking(asking, terms) if asking else None,
        decided=_judged_by(row.decided, terms),
    )


def _masked_asking(asking: Asking, terms: Terms) -> Asking:
    recent = _masked_uses(asking.recent, terms) if asking.recent else asking.recent
    return replace(asking, rejected=_judged_by(asking.rejected, terms), recent=recent)


def _masked_uses(uses: tuple[Use, ...], terms: Terms) -> tuple[Use, ...]:
    return tuple(replace(use, bill=_masked_bill(use.bill or "", terms)) for use in uses)


def _judged_by(decided: Decision | None, terms: Terms) -> Decision | None:
    return replace(decided, note=unnamed(decided.note, terms.customer_name)) if decided else None


def _masked_bill(number: str, terms: Terms) -> str:
    return masked_bill(number, terms.code, terms.customer_tail)


def _blocks(row: Redemption, display: Display, *, window: bool = False) -> list[Block]:
    words = said(row, display)
    if window:
        words = replace(words, next_step=in_window(words.next_step))
    # A window is too narrow for the whole line, which would break before the customer's last digits.
    coupon, whose = _subject(row.terms, display)
    return [
        section(f"{headed(row)}  ·  {coupon}{_NEXT_LINE if window else _DOT}{whose}"),
        *paragraphs(_told(row, words, display)),
        section(_aloud(words)),
        context(references(row, display, *_approved_by(row, display))),
    ]


def _lines(row: Redemption, display: Display) -> list[Line]:
    """Return the facts as lines for the message's text."""
    words = said(row, display)
    return [
        f"{headed(row)}  ·  {subject(row.terms, display)}",
        *_told(row, words, display),
        _aloud(words),
        references(row, display, *_approved_by(row, display)),
    ]


def subject(terms: Terms, display: Display) -> str:
    """Return coupon, customer and bill; unmasked, so never for a channel."""
    return _DOT.join(_subject(terms, display))


def _subject(terms: Terms, display: Display) -> tuple[str, str]:
    coupon = f"{code(terms.code)}  *{discount(terms.discount, display.currency)}*"
    whom = customer_words(terms.customer_name, terms.customer_tail)
    return coupon, f"{whom}  ·  bill of {money(terms.bill, display.currency)}"


def _told(row: Redemption, words: Said, display: Display) -> list[Line]:
    approval = _approval(row)
    added = note(approval.note, LONGEST_DECISION) if approval else []
    return [
        words.happened,
        *wrote(row, display),
        *(["*Note of the approver:*"] if added else []),
        *added,
        *_doubted_uses(row, display),
        *([f"*Next:* {words.next_step}"] if words.next_step else []),
    ]


def _aloud(words: Said) -> str:
    return f"*Read to the customer:* “{words.aloud}”"


def found(row: Redemption, display: Display) -> list[str]:
    """Return a title and the uses that a person has to judge."""
    if not can_be_settled(row) or not row.outcome.uses:
        return []
    shown = [f"• {_use(use, display)}" for use in row.outcome.uses[:USES_SHOWN]]
    more = len(row.outcome.uses) - len(shown)
    return ["New in the loyalty engine since it was sent:", *shown, *([f"and {more} more"] if more else [])]


def _use(use: Use, display: Display) -> str:
    number = f"redemption {code(use.id, 40)}" if use.id else "a redemption without a number"
    return f"{number}, {use_details(use, display)}"


def _new_uses(row: Redemption, display: Display) -> list[str]:
    """Return the same with the title in bold, for above the next step, which is about them."""
    title, *uses = found(row, display) or [""]
    return [f"*{title}*", *uses] if title else []


def _doubted_uses(row: Redemption, display: Display) -> list[str]:
    """Return the same for the requester, whom they concern only while the outcome is unknown."""
    return _new_uses(row, display) if row.state is State.UNKNOWN else []


def references(row: Redemption, display: Display, *more: str) -> str:
    """Return the references that people quote."""
    parts = [
        f"Reference {code(row.reference)}",
        f"bill number {code(row.terms.bill_number)}",
        _redemption_number(row),
        f"asked {date(row.made_at, display)}",
        *more,
    ]
    return "  ·  ".join(part for part in parts if part)


def _approved_by(row: Redemption, display: Display) -> list[str]:
    approval = _approval(row)
    return [f"approved by {who(approval.by, display)}"] if approval else []


def _approval(row: Redemption) -> Decision | None:
    """Return the approval; None if it was for an earlier round."""
    decided = row.decided
    return decided if decided and decided.approved and decided.round == row.round else None


def _redemption_number(row: Redemption) -> str | None:
    if row.outcome.redemption_id:
        return f"redemption {code(row.outcome.redemption_id, 40)}"
    return "the loyalty engine gave no redemption number" if row.state is State.REDEEMED else None


def _buttons(row: Redemption, *buttons: Block) -> Block:
    return actions(f"redemption.{row.id}", buttons)


def _again(row: Redemption) -> list[Block]:
    if not may_ask_again(row):
        return []
    hint = "The form again, as it was filled; the coupon is checked anew"
    return [button("Redeem again", action_id=AGAIN, value=row.id, hint=hint)]


def _withdraw(row: Redemption) -> Block:
    drawn = button("Withdraw", action_id=WITHDRAW, value=row.id, hint="Withdraw this request for approval")
    return {**drawn, "confirm": _SURELY}
