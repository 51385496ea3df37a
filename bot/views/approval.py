"""What approvers see: the approval message, the messages in its thread, and the modals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.coupon import Redeemability
from bot.domain.redemption import Redemption, RequestId, State
from bot.views.approval_facts import (
    audit,
    checked,
    known,
    lets_through,
    standing,
    subject,
    unmasked,
    weighing,
)
from bot.views.coupon import lately_used
from bot.views.kit import (
    Block,
    Message,
    View,
    actions,
    button,
    context,
    inputs_of,
    section,
    sections,
    text_input,
)
from bot.views.redeem import confirmed
from bot.views.redemption import masked, references
from bot.views.states import LONGEST_DECISION, STATE_WORDS, changed
from bot.views.terms import approvers_words
from bot.views.text import Display, Line, date, mention, plain

APPROVE = "approval.approve.v1"
REJECT = "approval.reject.v1"
DETAILS = "approval.details.v1"
APPROVE_FORM = "approve_form.v1"
REJECT_FORM = "reject_form.v1"
APPROVE_TITLE = "Approve redemption"
REJECT_TITLE = "Reject redemption"
DETAILS_TITLE = "Redemption details"
_NOTE = "approve.note"
_REASON = "reject.reason"


# Messages.


def approval_message(row: Redemption, *, display: Display) -> Message:
    """Return the approvers' message for any state; it identifies neither customer nor coupon."""
    shown = masked(row)
    head = STATE_WORDS[row.state]
    lines: list[Line] = [*standing(shown, display), *subject(shown, display)]
    weighed = weighing(shown, display) if row.state is State.WAITING else []
    blocks = (
        *sections(head, lines),
        # Before what is longer than a phone's screen.
        actions(f"approval.{row.id}", _buttons(row)),
        *(sections("To weigh", weighed) if weighed else []),
        context(references(shown, display)),
    )
    return Message(plain([f"*{head}*", *lines, *weighed, references(shown, display)]), blocks)


def _buttons(row: Redemption) -> list[Block]:
    details = button(
        "Details", action_id=DETAILS, value=row.id, hint="Everything about this request, unmasked"
    )
    if row.state is not State.WAITING:
        return [details]
    return [
        button("Approve", action_id=APPROVE, value=row.id, hint="Approve this redemption", style="primary"),
        button("Reject", action_id=REJECT, value=row.id, hint="Reject this redemption", style="danger"),
        details,
    ]


def reminder_message(row: Redemption, *, display: Display) -> Message:
    """Return the reminder for the thread; it is never updated, so it says only what stays true."""
    until = (
        f" It expires {date(row.expires_at, display)}, unless somebody decides before."
        if row.expires_at
        else ""
    )
    return _in_thread(
        f"*Reminder* to {approvers_words(row.terms)}: {mention(row.terms.requester)} asked for this approval "
        f"{date(row.asked_at or row.made_at, display)}.{until} The message above shows how it stands."
    )


def again_message(row: Redemption, *, display: Display) -> Message:
    """Return the message for the thread when approval is asked for again: an update notifies nobody."""
    return _in_thread(
        f"*Asked again* of {approvers_words(row.terms)}, {date(row.asked_at or row.made_at, display)}. "
        f"{changed(row, display)} Please look at the message above again."
    )


def _in_thread(sentence: str) -> Message:
    return Message(plain([sentence]), (section(sentence),))


# Modals.


def loading(title: str) -> View:
    """Return the modal that is opened at once, because a trigger lives three seconds."""
    return View(title, (section("Checking your rights and how it stands…"),))


def approve_form(row: Redemption, check: Redeemability | None, *, as_of: datetime, display: Display) -> View:
    """
    Return the form with current facts; if the request no longer waits, its state.

    Without a positive check of the engine there is no submit: the approval would be of no use.
    """
    if row.state is not State.WAITING:
        return decision(row, ours=False, display=display)
    recent = row.asking.recent if row.asking else None
    used = lately_used(recent or (), row.terms.bill_number, display)
    fresh = [*used, *checked(row, check, as_of=as_of, display=display)]
    if check is None:
        wait = "What comes of an approval now could not be verified. Open this again in a minute; the request goes on waiting."
        return View(APPROVE_TITLE, (*_asked(row, [*fresh, wait], display),))
    if not lets_through(check):
        refuse = "It cannot be approved as it stands. Close this window and press *Reject*, or let it wait if that will pass."
        return View(APPROVE_TITLE, (*_asked(row, [*fresh, refuse], display),))
    sure = section(
        "Before anything is sent, the desk checks all of it once more. *It cannot be undone from here.*"
    )
    note = text_input(
        "Note",
        block_id=f"{_NOTE}.{row.version}",
        action_id=_NOTE,
        hint="Whoever asked reads it, and the channel. Mobile numbers and e-mail addresses are masked.",
        limit=LONGEST_DECISION,
        optional=True,
        multiline=True,
    )
    blocks = (*_asked(row, fresh, display), sure, note)
    return _form(APPROVE_TITLE, blocks, APPROVE_FORM, "Approve", row)


def reject_form(row: Redemption, *, display: Display) -> View:
    """Return the form with the reason; if the request no longer waits, its state."""
    if row.state is not State.WAITING:
        return decision(row, ours=False, display=display)
    reason = text_input(
        "Reason",
        block_id=f"{_REASON}.{row.version}",
        action_id=_REASON,
        hint="Whoever asked reads it, and the channel. Mobile numbers and e-mail addresses are masked.",
        limit=LONGEST_DECISION,
        multiline=True,
    )
    return _form(REJECT_TITLE, (*_asked(row, [], display), reason), REJECT_FORM, "Reject", row)


def _asked(row: Redemption, fresh: list[str], display: Display) -> list[Block]:
    shown = masked(row)
    return [
        *sections(STATE_WORDS[row.state], [*standing(shown, display), *fresh]),
        *sections("What is asked", subject(shown, display)),
        context(references(shown, display)),
    ]


def _form(title: str, blocks: tuple[Block, ...], callback_id: str, submit: str, row: Redemption) -> View:
    return View(
        title,
        blocks,
        callback_id=callback_id,
        submit=submit,
        private_metadata=f"{row.id}.{row.round}",
        close="Cancel",
    )


def decided(view: Mapping[str, Any]) -> tuple[RequestId, int, str]:
    """Return the request's id, the round that was shown (-1 if none), and the note or reason."""
    request_id, round_ = confirmed(view)
    if round_ < 0:
        return request_id, round_, ""
    entered = inputs_of(view)
    return request_id, round_, next((entered[one][1] for one in (_NOTE, _REASON) if one in entered), "")


def reason_missing(view: Mapping[str, Any]) -> dict[str, str]:
    """Return the error for under the input."""
    block_id, _ = inputs_of(view).get(_REASON, (_REASON, ""))
    return {block_id: "Say why; whoever asked has to tell the customer."}


def decision(row: Redemption, *, ours: bool, display: Display) -> View:
    """Return the result of this press, or of the one that came first."""
    shown = masked(row)
    lead = [] if ours else ["This press has changed nothing."]
    again = ["Press *Approve* on its message to see the new facts."] if row.state is State.WAITING else []
    theirs = REJECT_TITLE if row.state is State.REJECTED else APPROVE_TITLE
    return View(
        theirs if ours else DETAILS_TITLE,
        (
            *sections(STATE_WORDS[row.state], [*lead, *standing(shown, display), *again]),
            *sections("What was asked", subject(shown, display)),
            context(references(shown, display)),
        ),
    )


def details(row: Redemption, check: Redeemability | None, *, as_of: datetime, display: Display) -> View:
    """Return the details, unmasked, for approvers."""
    now = checked(row, check, as_of=as_of, display=display)
    return View(
        DETAILS_TITLE,
        (
            *sections(STATE_WORDS[row.state], [*standing(row, display), *now]),
            *sections("Customer and coupon", unmasked(row, check, display)),
            *sections("Trail", [*audit(row, display), *known(row, display)]),
            context(references(row, display)),
        ),
    )
