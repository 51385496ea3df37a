"""The modals from Redeem to Redeem now: the form and the confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.coupon import Redeemability
from bot.domain.draft import Draft, Field, Review, Typed
from bot.domain.pause import Pause
from bot.domain.redemption import Redemption, RequestId, State, Terms
from bot.views.coupon import lately_used, uses_left
from bot.views.kit import (
    Block,
    Message,
    View,
    actions,
    button,
    context,
    divider,
    inputs_of,
    paragraphs,
    section,
    select_input,
    text_input,
)
from bot.views.limits import left_today
from bot.views.money import discount
from bot.views.pause import paused_lines
from bot.views.states import STATE_MARKS, STATE_WORDS
from bot.views.terms import LONGEST_NOTE, approvers_words, customer_words, figures, grounds
from bot.views.text import Display, clipped, clock_time, code, date, quoted, who

OPEN = "redeem.open.v1"
FORM = "redeem_form.v1"
CONFIRM = "redeem_confirm.v1"
BACK = "redeem.back.v1"
REVIEW_AGAIN = "redeem.review_again.v1"
TITLE = "Redeem coupon"
CONFIRM_TITLE = "Confirm redemption"
_INPUT = "redeem."

#: Characters that can be typed.
LONGEST_AMOUNT = 20
LONGEST_BILL_NUMBER = 100


def loading() -> View:
    """Return the modal that is opened at once, because a trigger lives three seconds."""
    return View(TITLE, (section("Asking the loyalty engine about this coupon…"),))


def refused(message: Message) -> View:
    """Return the modal that says why there is no form."""
    return View(TITLE, message.blocks or (section(message.text),))


def stopped(draft_id: RequestId, message: Message, *, again: bool = False) -> View:
    """Return the modal that says why there is nothing to confirm; Back shows what was typed, Try again reviews it."""
    draft = f"{draft_id}.0"
    row = actions("redeem_stopped", [*([_once_more(draft)] if again else []), _back(draft)])
    return View(TITLE, (*message.blocks, row), private_metadata=draft)


def form(
    draft: Draft,
    check: Redeemability,
    *,
    name: str | None,
    reasons: Sequence[str],
    display: Display,
    as_of: datetime,
    pause: Pause | None = None,
) -> View:
    """Return the form, with inputs filled as they were; a pause is told before anything is typed."""
    paused = map(section, paused_lines(pause, display))
    return View(
        TITLE,
        (*paused, *_subject(draft, check, name, display, as_of), *_inputs(draft, reasons, display)),
        callback_id=FORM,
        submit="Review",
        private_metadata=draft.id,
    )


def _subject(
    draft: Draft,
    check: Redeemability,
    name: str | None,
    display: Display,
    as_of: datetime,
) -> list[Block]:
    worth = discount(check.discount, display.currency) if check.discount else "discount not stated"
    coupon = f"{code(draft.code)}  *{worth}*"
    whom = customer_words(name, check.customer.tail if check.customer else None)
    return [
        section(f"{coupon}\n{whom}{uses_left(check.uses_left)}"),
        context(f"As of {clock_time(as_of, display)}"),
    ]


def _inputs(draft: Draft, reasons: Sequence[str], display: Display) -> list[Block]:
    typed = draft.typed
    bill = text_input(
        "Bill amount",
        block_id=_block(draft, Field.BILL),
        action_id=_INPUT + Field.BILL,
        initial=typed.bill,
        hint=f"In {display.currency}, for example 1499.50",
        limit=LONGEST_AMOUNT,
    )
    bill_number = text_input(
        "Bill number",
        block_id=_block(draft, Field.BILL_NUMBER),
        action_id=_INPUT + Field.BILL_NUMBER,
        initial=typed.bill_number,
        hint="Empty: one is generated",
        limit=LONGEST_BILL_NUMBER,
        optional=True,
    )
    reason = select_input(
        "Reason",
        block_id=_block(draft, Field.REASON),
        action_id=_INPUT + Field.REASON,
        options=reasons or ("Other",),
        initial=typed.reason,
    )
    note = text_input(
        "Note",
        block_id=_block(draft, Field.NOTE),
        action_id=_INPUT + Field.NOTE,
        initial=typed.note,
        hint="Required when the reason is Other. Mobile numbers and e-mail addresses are masked.",
        limit=LONGEST_NOTE,
        optional=True,
        multiline=True,
    )
    return [bill, bill_number, reason, note]


def _block(draft: Draft, field: Field) -> str:
    """Return a block id that is new at each review: Slack keeps the text of a block with the same id."""
    return f"{_INPUT}{field}.{draft.review}"


def submitted_form(view: Mapping[str, Any]) -> tuple[RequestId, Typed]:
    """Return the submitted form's id and inputs."""
    entered = inputs_of(view)
    words = {field.value: entered[_INPUT + field][1] for field in Field if _INPUT + field in entered}
    return RequestId(str(view.get("private_metadata", ""))), Typed(**words)


def form_faults(view: Mapping[str, Any], faults: Mapping[Field, str]) -> dict[str, str]:
    """Return the errors for under the inputs."""
    entered = inputs_of(view)
    return {
        entered[_INPUT + field][0]: clipped(sentence, 200)
        for field, sentence in faults.items()
        if _INPUT + field in entered
    }


def working(*, recorded: bool = False) -> View:
    """Return *Working…*; `recorded` says whether the request is written, and that a message follows."""
    said, hint = _RECORDED if recorded else _CHECKING
    title = TITLE if recorded else CONFIRM_TITLE
    head = f"{STATE_MARKS[State.NEW]} *{STATE_WORDS[State.NEW]}*"
    return View(title, (section(f"{head}\n{said}"), context(hint)))


_CHECKING = (
    "Checking the coupon. Nothing is sent before you confirm it.",
    "Do not press again; this window shows what there is to confirm. If that takes more than a minute, close it and press Redeem again.",
)
_RECORDED = (
    "The request is recorded. Do not press again; this window shows the outcome.",
    "You may close it: a direct message shows the outcome too.",
)


_UNDOING = "*This cannot be undone from here.* You can withdraw it until somebody approves it; once approved, it is sent."


def confirm(review: Review, *, display: Display) -> View:
    """Return the confirmation, with everything to know before a press that cannot be undone."""
    terms = review.draft.terms
    if terms is None:
        raise ValueError("a review that said no is not confirmed")
    display = display.to(review.draft.requester)
    # What is sent at once is refused during a pause; what has to be approved waits until it is over.
    held = review.pause is not None and not terms.approvals
    draft = _metadata(review.draft)
    return View(
        CONFIRM_TITLE,
        (
            *_paused(review, terms, display),
            *_lately(review.lately, display),
            *_recent(review, terms, display),
            section(_what(terms, display)),
            section("\n".join([*figures(terms, display), *_booking(terms, review.till)])),
            *paragraphs(grounds(terms)),
            section("\n".join(_rule(review, terms, display))),
            divider(),
            *(
                []
                if held
                else [section(_UNDOING if terms.approvals else "*This cannot be undone from here.*")]
            ),
            context(f"As of {clock_time(review.as_of, display)}"),
            actions(
                f"redeem_confirm.{review.draft.review}",
                [*([_once_more(draft)] if held else []), _back(draft)],
            ),
        ),
        callback_id=CONFIRM,
        submit=None if held else "Request approval" if terms.approvals else "Redeem now",
        private_metadata=draft,
    )


def _paused(review: Review, terms: Terms, display: Display) -> list[Block]:
    """Return since when and why it is paused, and what can be done all the same; nothing while it is not."""
    if review.pause is None:
        return []
    then = (
        "You can ask for approval now; it is decided on when redeeming is resumed."
        if terms.approvals
        else "If the customer can wait, press *Try again* later; if not, close this window and press *Ask store ops*."
    )
    return [section("\n".join([*paused_lines(review.pause, display), then])), divider()]


def _metadata(draft: Draft) -> str:
    return f"{draft.id}.{draft.review}"


def _once_more(draft: str) -> Block:
    hint = "Review it once more, as it was typed"
    return button("Try again", action_id=REVIEW_AGAIN, value=draft, hint=hint, style="primary")


def _back(draft: str) -> Block:
    return button("Back", action_id=BACK, value=draft, hint="Back to the form, as it was filled")


def _lately(lately: Redemption | None, display: Display) -> list[Block]:
    """Return the earlier redemption, shown first: the likeliest mistake is to redeem twice."""
    if lately is None:
        return []
    used = "was used" if lately.state is State.REDEEMED else "may have been used"
    when, by = date(lately.pressed_at, display), who(lately.terms.requester, display)
    bill = code(lately.terms.bill_number)
    warning = f"⚠️ *This coupon {used} from here in the last 24 hours:* {when}, by {by}, for bill {bill}."
    return [section(f"{warning}\nGo on only if this is another purchase."), divider()]


def _recent(review: Review, terms: Terms, display: Display) -> list[Block]:
    lines = lately_used(review.recent, terms.bill_number, display)
    return [section("\n".join(lines)), divider()] if lines else []


def _what(terms: Terms, display: Display) -> str:
    coupon = f"{code(terms.code)}  *{discount(terms.discount, display.currency)}*"
    until = f"\nValid until {date(terms.expires_at, display)}" if terms.expires_at else ""
    return f"{customer_words(terms.customer_name, terms.customer_tail)}\n{coupon}{until}"


def _booking(terms: Terms, till: str | None) -> list[str]:
    generated = ", generated because none was typed" if terms.generated else ""
    return [
        f"*Bill number:* {code(terms.bill_number)}{generated}",
        f"*Booked on:* {f'till {code(till)}' if till else 'the loyalty engine’s default till'}",
    ]


def _rule(review: Review, terms: Terms, display: Display) -> list[str]:
    approval = f"{approvers_words(terms)} must approve" if terms.approvals else "no approval is needed"
    after = replace(review.used, count=review.used.count + 1, value=review.used.value + terms.worth.amount)
    left = left_today(review.limits, after, display)
    return [
        f"*Rule:* “{quoted(terms.rule, 80)}”; {approval}",
        *([f"*Left of your limits today after this one:* {left}"] if left else []),
    ]


def confirmed(view: Mapping[str, Any]) -> tuple[RequestId, int]:
    """Return the confirmed form's id and the number of its review; -1 if none."""
    draft, _, review = str(view.get("private_metadata", "")).rpartition(".")
    if not draft or not (review.isascii() and review.isdecimal()) or len(review) > 9:  # noqa: PLR2004
        return RequestId(""), -1
    return RequestId(draft), int(review)


def pressed_back(view: Mapping[str, Any]) -> tuple[RequestId, int]:
    """Return the form's id and review that Back returns to, from the view of the button."""
    return confirmed(view)
