"""The modal in which a person names the use of a redemption that the engine confirmed without an id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.look import Look
from bot.domain.redemption import Redemption, RequestId
from bot.domain.typed import can_be_seen
from bot.views.kit import Block, View, choice_input, inputs_of, section
from bot.views.redemption import subject, unsettled_blocks
from bot.views.settle import NOTE_MISSING, TITLE, Missed, looks_lines, note_input, uses_to_name
from bot.views.text import Display

FORM = "name_use.v1"
_USE = "name_use.use"
_NOTE = "name_use.note"


def form(
    row: Redemption, looks: Sequence[Look] = (), *, display: Display, missed: Missed | None = None
) -> View:
    """
    Return the form: the facts, which use it is, and every look with what it found; without inputs where none was found.

    `missed`: why what the person has submitted changed nothing; None if they have not submitted anything.
    """
    uses = uses_to_name(row, display)
    facts = (
        *([section(missed.value)] if missed else ()),
        *unsettled_blocks(row, display),
        section(f"*What to look for:* {subject(row.terms, display)}"),
    )
    if not uses:
        return View(TITLE, (*facts, section(_NONE), *looks_lines(looks, row, display)))
    return View(
        TITLE,
        (*facts, section(_HOW), _which_use(uses), note_input(_NOTE), *looks_lines(looks, row, display)),
        callback_id=FORM,
        submit="Settle",
        private_metadata=f"{row.id}.{row.outcome.found}",
        close="Cancel",
    )


_HOW = (
    "Name only the use that you know from the till or the bill to be this request's. It stays redeemed either way. "
    "If you do not know, ask the store first, and close this window."
)
_NONE = (
    "There is no use to name: Coupon Desk has found none with a number that may be this request's. "
    "Nothing was changed, and it stays redeemed. Look for it in the loyalty console; if it is there, press Settle again later."
)


def _which_use(uses: Mapping[str, str]) -> Block:
    hint = "The use that you know to be this request's; it then belongs to no other."
    return choice_input("Which use", block_id=_USE, action_id=_USE, options=uses, hint=hint, optional=False)


def submitted(view: Mapping[str, Any]) -> tuple[RequestId, str, str, str]:
    """Return the request's id, the digest of what was shown, the use's number (empty: not chosen) and the note."""
    entered = inputs_of(view)
    request_id, _, found = str(view.get("private_metadata", "")).partition(".")
    use, note = entered.get(_USE, ("", ""))[1], entered.get(_NOTE, ("", ""))[1]
    return RequestId(request_id), found, use, note.strip()


def faults(view: Mapping[str, Any]) -> dict[str, str]:
    """Return the errors for under the inputs; empty if there are none."""
    *_, use, note = submitted(view)
    wrong = {} if use else {_USE: "Choose which use it is."}
    return wrong if can_be_seen(note) else {**wrong, _NOTE: NOTE_MISSING}
