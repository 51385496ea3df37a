"""The modal in which a person closes an outcome that the engine's evidence does not settle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.redemption import Redemption, RequestId, State
from bot.views.kit import View, inputs_of, section, select_input, text_input
from bot.views.redemption import channel_blocks, subject
from bot.views.text import Display

TITLE = "Close unknown"
FORM = "close_unknown.v1"
_OUTCOME = "close_unknown.outcome"
_NOTE = "close_unknown.note"

REDEEMED = "Redeemed"
NOT_REDEEMED = "Not redeemed"
#: Characters that can be typed.
LONGEST_NOTE = 300


def loading() -> View:
    """Opened at once: the press's trigger lives three seconds."""
    return View(TITLE, (section("Checking your rights and how it stands…"),))


def settle_form(row: Redemption, *, display: Display, again: bool = False) -> View:
    """
    The facts and what was found; the true state, and nothing to choose, where it is settled already.

    `again`: something else was found since somebody opened it.
    """
    if row.state is not State.UNKNOWN:
        return closed(row, display)
    news = [
        section(
            "*The desk has found something else meanwhile.* Nothing was closed; look at it, and choose again."
        )
    ]
    warning = section(
        "Choose only what you know from the till or the bill. *Not redeemed* lets people try the coupon again."
    )
    outcome = select_input(
        "Outcome",
        block_id=_OUTCOME,
        action_id=_OUTCOME,
        options=(REDEEMED, NOT_REDEEMED),
    )
    note = text_input(
        "Note",
        block_id=_NOTE,
        action_id=_NOTE,
        hint="How you know; whoever asked for it reads it too. Mobile numbers and e-mail addresses are masked.",
        limit=LONGEST_NOTE,
        multiline=True,
    )
    return View(
        TITLE,
        (
            *(news if again else ()),
            *channel_blocks(row, display),
            section(f"*What to look for:* {subject(row.terms, display)}"),
            warning,
            outcome,
            note,
        ),
        callback_id=FORM,
        submit="Close",
        private_metadata=f"{row.id}.{row.outcome.found}",
        close="Cancel",
    )


def submitted(view: Mapping[str, Any]) -> tuple[RequestId, str, bool | None, str]:
    """Which request, what was found when it was shown, whether it was redeemed (None: not chosen), and the note."""
    entered = inputs_of(view)
    chosen = {REDEEMED: True, NOT_REDEEMED: False}.get(entered.get(_OUTCOME, ("", ""))[1])
    note = entered.get(_NOTE, ("", ""))[1].strip()
    request_id, _, found = str(view.get("private_metadata", "")).partition(".")
    return RequestId(request_id), found, chosen, note


def faults(redeemed: bool | None, note: str) -> dict[str, str]:  # noqa: FBT001 - as `submitted` reads it
    """What stands under the inputs; empty when what was submitted can be used."""
    wrong = {}
    if redeemed is None:
        wrong[_OUTCOME] = "Choose what became of it."
    if not note:
        wrong[_NOTE] = "Say how you know; the note stays with the record."
    return wrong


def closed(row: Redemption, display: Display) -> View:
    """How it stands now, by whatever settled it."""
    return View(TITLE, tuple(channel_blocks(row, display)))
