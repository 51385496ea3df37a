"""What approvers see: the approval message, the messages in its thread, and the modals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.coupon import Redeemability
from bot.domain.pause import Pause
from bot.domain.redemption import Redemption, RequestId, State, Trouble
from bot.domain.typed import can_be_seen
from bot.views.approval_facts import (
    asked,
    audit,
    checked,
    figures_of,
    known,
    lets_through,
    standing,
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
    paragraphs,
    section,
    sections,
    select_input,
    text_input,
)
from bot.views.pause import paused_lines
from bot.views.redeem import confirmed
from bot.views.redemption import masked, references
from bot.views.states import LONGEST_DECISION, changed, headed, must_approve, said, wrote
from bot.views.terms import approvers_called, off_bill
from bot.views.text import Display, code, date, mention, plain
from bot.views.try_again import FAILED

APPROVE = "approval.approve.v1"
REJECT = "approval.reject.v1"
DETAILS = "approval.details.v1"
APPROVE_FORM = "approve_form.v1"
REJECT_FORM = "reject_form.v1"
APPROVE_TITLE = "Approve redemption"
REJECT_TITLE = "Reject redemption"
DETAILS_TITLE = "Redemption details"
_NOTE = "approve.note"
#: Of older versions: one text.
_REASON = "reject.reason"
_CHOICE = "reject.choice"
_WHY = "reject.note"
OTHER = "Other"


# Messages.


def approval_message(row: Redemption, *, display: Display) -> Message:
    """Return the approvers' message for any state; it identifies neither customer nor coupon."""
    shown = masked(row)
    waits = row.state is State.WAITING
    status = [must_approve(row, display)] if waits else []
    lead = [*asked(shown, display), *standing(shown, display), *status]
    weighed = weighing(shown, display) if waits else figures_of(shown, display)
    buttons = actions(f"approval.{row.id}", _buttons(row))
    small = context(references(shown, display))
    if waits:
        # The buttons stand before what is longer than a phone's screen.
        blocks = [*paragraphs(lead), buttons, *sections("To weigh", weighed), small]
    else:
        blocks = [*paragraphs([*lead, *weighed]), small, buttons]
    return Message(plain([*lead, *weighed, references(shown, display)]), tuple(blocks))


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
        f" The request runs out {date(row.expires_at, display)}, unless somebody decides before."
        if row.expires_at
        else ""
    )
    return _in_thread(
        f"*Reminder* to {approvers_called(row.terms)}: {off_bill(row.terms, display)}, asked for by "
        f"{mention(row.terms.requester)} {date(row.asked_at or row.made_at, display)}, "
        f"reference {code(row.reference)}.{_nobody_then(row)}{until} "
        "The message above shows how it stands, and has Approve and Reject while it waits."
    )


def _nobody_then(row: Redemption) -> str:
    if row.asking is None or row.asking.trouble is not Trouble.NO_APPROVER:
        return ""
    return " When this was posted, nobody could approve it: add somebody to the groups that may."


def again_message(row: Redemption, *, display: Display) -> Message:
    """Return the message for the thread when approval is asked for again: an update notifies nobody."""
    return _in_thread(
        f"*Asked again* of {approvers_called(row.terms)}: {off_bill(row.terms, display)}, "
        f"asked for by {mention(row.terms.requester)} {date(row.asked_at or row.made_at, display)}, "
        f"reference {code(row.reference)}. {changed(row, display)} "
        "The new facts stand on the message above, and it has Approve and Reject while it waits."
    )


def _in_thread(sentence: str) -> Message:
    return Message(plain([sentence]), (section(sentence),))


# Modals.


def loading(title: str) -> View:
    """Return the modal that is opened at once, because a trigger lives three seconds."""
    return View(title, (section("Checking your rights and how it stands…"),))


def approve_form(
    row: Redemption,
    check: Redeemability | None,
    *,
    as_of: datetime,
    display: Display,
    pause: Pause | None = None,
) -> View:
    """
    Return the form with current facts; if the request no longer waits, its state.

    Without a positive check of the engine, and during a pause, there is no submit: the approval would be of no use.
    """
    if row.state is not State.WAITING:
        return decision(row, ours=False, display=display)
    recent = row.asking.recent if row.asking else None
    used = lately_used(recent or (), row.terms.bill_number, display)
    fresh = [*used, *checked(row, check, as_of=as_of, display=display)]
    if not lets_through(check):
        refuse = "It cannot be approved as it stands. Close this window and press *Reject*, or let it wait if that will pass."
        return View(APPROVE_TITLE, (*_asked(row, [*fresh, refuse], display),))
    if pause is not None:
        return _not_now(row, [*paused_lines(pause, display), *fresh, _PAUSED], display)
    if check is None:
        return _not_now(row, [*fresh, _UNVERIFIED], display)
    sure = section(
        "Before anything is sent, Coupon Desk checks all of it once more. *It cannot be undone from here.*"
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


_UNVERIFIED = (
    "What comes of an approval now could not be verified. Try again in a minute; the request goes on waiting."
)
_PAUSED = "It can be approved when redeeming is resumed; the request goes on waiting."


def _not_now(row: Redemption, told: list[str], display: Display) -> View:
    """Return the facts and **Try again** in place of the form, while nothing can be approved."""
    again = button("Try again", action_id=APPROVE, value=row.id, hint="See whether it can be approved now")
    blocks = (*_asked(row, told, display), actions(f"approve_again.{row.id}", [again]))
    return View(APPROVE_TITLE, blocks, private_metadata=FAILED)


def reject_form(row: Redemption, reasons: Sequence[str] = (), *, display: Display) -> View:
    """Return the form with the policy's reasons and "Other"; if the request no longer waits, its state."""
    if row.state is not State.WAITING:
        return decision(row, ours=False, display=display)
    offered = reasons_offered(reasons)
    reason = select_input(
        "Reason",
        block_id=f"{_CHOICE}.{row.version}",
        action_id=_CHOICE,
        options=offered,
        initial=OTHER if offered == (OTHER,) else "",
    )
    note = text_input(
        "Note",
        block_id=f"{_WHY}.{row.version}",
        action_id=_WHY,
        hint="Required when the reason is Other. Whoever asked reads it, and the channel. "
        "Mobile numbers and e-mail addresses are masked.",
        limit=LONGEST_DECISION,
        optional=True,
        multiline=True,
    )
    return _form(REJECT_TITLE, (*_asked(row, [], display), reason, note), REJECT_FORM, "Reject", row)


def reasons_offered(reasons: Sequence[str]) -> tuple[str, ...]:
    return (*(one for one in reasons if one.casefold() != OTHER.casefold()), OTHER)


def _asked(row: Redemption, fresh: list[str], display: Display) -> list[Block]:
    shown = masked(row)
    return [
        *paragraphs([*asked(shown, display), *standing(shown, display), *fresh]),
        *paragraphs(figures_of(shown, display)),
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
    """Return the request's id, the round that was shown (-1 if none), and the note."""
    request_id, round_ = confirmed(view)
    if round_ < 0:
        return request_id, round_, ""
    entered = inputs_of(view)
    return request_id, round_, next((entered[one][1] for one in (_NOTE, _WHY, _REASON) if one in entered), "")


def reason_chosen(view: Mapping[str, Any]) -> str:
    """Return the reason of a rejection; empty for "Other", which the note tells, and on forms of older versions."""
    chosen = inputs_of(view).get(_CHOICE, ("", ""))[1]
    return "" if chosen == OTHER else chosen


def rejection_faults(view: Mapping[str, Any], reasons: Sequence[str]) -> dict[str, str]:
    """Return the errors for under the inputs; empty if there are none. Older versions asked for one text."""
    entered = inputs_of(view)
    if _REASON in entered or _CHOICE not in entered:
        block_id, said = entered.get(_REASON, (_REASON, ""))
        return {} if can_be_seen(said) else {block_id: _SAY_WHY}
    block_id, chosen = entered[_CHOICE]
    if chosen not in reasons_offered(reasons):
        return {block_id: "Choose a reason from the list."}
    note_block, note = entered.get(_WHY, (_WHY, ""))
    return {note_block: _SAY_WHY} if chosen == OTHER and not can_be_seen(note) else {}


_SAY_WHY = "Say why; whoever asked has to tell the customer."


#: To whoever approved what has changed since.
_ANEW = (
    "*Next:* decide again, with *Approve* or *Reject* on the request's message in the channel for approvals, or on "
    "Coupon Desk's Home tab."
)


def decision(row: Redemption, *, ours: bool, display: Display) -> View:
    """Return the result of this press, or of the one that came first."""
    shown = masked(row)
    lead = [] if ours else ["This press has changed nothing."]
    again = [_ANEW] if row.state is State.WAITING else []
    theirs = REJECT_TITLE if row.state is State.REJECTED else APPROVE_TITLE
    return View(
        theirs if ours else DETAILS_TITLE,
        (
            *paragraphs(
                [
                    f"{headed(row)}  ·  {off_bill(row.terms, display)}",
                    *lead,
                    *standing(shown, display),
                    *again,
                ]
            ),
            *sections("What was asked", [*asked(shown, display)[1:], *figures_of(shown, display)]),
            context(references(shown, display)),
        ),
    )


def details(
    row: Redemption, check: Redeemability | None, *, as_of: datetime, display: Display, own: bool = False
) -> View:
    """Return the details, unmasked: for approvers, or for whoever made the request (`own`)."""
    now = checked(row, check, as_of=as_of, display=display)
    stands = [said(row, display).happened, *wrote(row, display)] if own else standing(row, display)
    return View(
        DETAILS_TITLE,
        (
            *paragraphs([f"{headed(row)}  ·  {off_bill(row.terms, display)}", *stands, *now]),
            *sections("Customer and coupon", unmasked(row, check, display)),
            *sections("Trail", [*audit(row, display), *known(row, display)]),
            context(references(row, display)),
        ),
    )
