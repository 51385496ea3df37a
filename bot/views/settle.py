"""The modal in which a person settles an outcome that the engine's evidence does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import groupby
from typing import Any

from bot.domain.coupon import Use
from bot.domain.look import Look
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.typed import can_be_seen
from bot.views.coupon import use_details
from bot.views.kit import (
    MAX_OPTION,
    Block,
    View,
    choice_input,
    inputs_of,
    section,
    sections,
    select_input,
    text_input,
)
from bot.views.redemption import USES_SHOWN, channel_blocks, masked, subject, unsettled_blocks
from bot.views.states import looks as looks_again
from bot.views.text import Display, clock_time, code, day_and_time

TITLE = "Settle unknown"
FORM = "close_unknown.v1"
_OUTCOME = "close_unknown.outcome"
_NOTE = "close_unknown.note"
_USE = "close_unknown.use"
#: Of the uses that were found none is this request's.
NONE_OF_THESE = "-"

REDEEMED = "Redeemed"
NOT_REDEEMED = "Not redeemed"
NOTE_MISSING = "Say how you know; the note stays with the record."
#: Characters that can be typed.
LONGEST_NOTE = 300
#: Lines of looks that are listed, the latest.
LOOKS_SHOWN = 20


class Missed(Enum):
    """Why what a person has submitted changed nothing."""

    FOUND_MORE = (
        "*Coupon Desk has found something else meanwhile.* Nothing was settled; look at it, and choose again."
    )
    CLAIMED = (
        "*That use belongs to another request.* Nothing was settled; compare the bills, and choose again."
    )


def why_missed(row: Redemption, shown: str) -> Missed:
    """
    Return why a request can still be settled after a person has submitted the form.

    `shown` is the digest of the uses that they were shown. Where they saw all that was found, the use that they named
    is another request's.
    """
    return Missed.CLAIMED if row.outcome.found == shown else Missed.FOUND_MORE


def loading() -> View:
    """Return the modal that is opened at once, because a trigger lives three seconds."""
    return View(TITLE, (section("Checking your rights and how it stands…"),))


def settle_form(
    row: Redemption, looks: Sequence[Look] = (), *, display: Display, missed: Missed | None = None
) -> View:
    """
    Return the form: the facts, what to choose, every look and what it found; if it is settled already, the state without inputs.

    The looks may be many, so they stand below the inputs.
    `missed`: why what the person has submitted changed nothing; None if they have not submitted anything.
    """
    if row.state is not State.UNKNOWN:
        return closed(row, display)
    warning = section(
        "Choose only what you know from the till or the bill. *Not redeemed* lets people try the coupon again. "
        f"{_if_not_known(row, display)}"
    )
    outcome = select_input(
        "Outcome",
        block_id=_OUTCOME,
        action_id=_OUTCOME,
        options=(REDEEMED, NOT_REDEEMED),
    )
    return View(
        TITLE,
        (
            *([section(missed.value)] if missed else ()),
            *unsettled_blocks(row, display),
            section(f"*What to look for:* {subject(row.terms, display)}"),
            warning,
            outcome,
            *_which_use(row, display),
            note_input(_NOTE),
            *looks_lines(looks, row, display),
        ),
        callback_id=FORM,
        submit="Settle",
        private_metadata=f"{row.id}.{row.outcome.found}",
        close="Cancel",
    )


def note_input(block_id: str) -> Block:
    """Return the input for how they know; `block_id` is the action's id, too."""
    return text_input(
        "Note",
        block_id=block_id,
        action_id=block_id,
        hint="How you know; whoever asked for it reads it too. Mobile numbers and e-mail addresses are masked.",
        limit=LONGEST_NOTE,
        multiline=True,
    )


def _if_not_known(row: Redemption, display: Display) -> str:
    """Return what becomes of it if this person chooses nothing."""
    if row.due_at is None:
        return "If you do not know, ask the store first: Coupon Desk cannot settle it by itself."
    if row.outcome.uses:
        following = clock_time(row.due_at, display)
        return f"If you do not know, ask the store: Coupon Desk looks again at {following}, but somebody has to say whose use it is."
    return f"If you do not know, close this window. {looks_again(row, display)}"


def looks_lines(looks: Sequence[Look], row: Redemption, display: Display) -> list[Block]:
    """Every look at the loyalty engine, and what it found: one line for those in turn that found the same."""
    if not looks:
        return []
    uses = {use.id: use for use in masked(row).outcome.uses if use.id}
    alike = [list(group) for _, group in groupby(looks, key=lambda one: (one.read, one.uses))]
    left_out = sum(map(len, alike[:-LOOKS_SHOWN]))
    earlier = [f"• {left_out} earlier ones"] if left_out else []
    shown = [
        f"• {_when(group, display)}: {_found(group[-1], uses, display)}" for group in alike[-LOOKS_SHOWN:]
    ]
    return sections("Looks at the loyalty engine", [*earlier, *shown])


def _when(alike: Sequence[Look], display: Display) -> str:
    last = clock_time(alike[-1].at, display)
    return last if len(alike) == 1 else f"{clock_time(alike[0].at, display)} to {last}, {len(alike)} looks"


def _found(look: Look, uses: Mapping[str, Use], display: Display) -> str:
    if not look.read:
        return "it could not be read"
    if not look.uses:
        return "nothing new"
    return "; ".join(_named(use, uses.get(use), display) for use in look.uses[:USES_SHOWN])


def _named(number: str, use: Use | None, display: Display) -> str:
    """The use with when, where and which bill where it is still what was found last."""
    what = f"redemption {code(number, 40)}"
    return f"{what}, {use_details(use, display)}" if use else what


def _which_use(row: Redemption, display: Display) -> list[Block]:
    """Each new use that the engine names by a number: bill, when, where."""
    named = uses_to_name(row, display)
    if not named:
        return []
    return [
        choice_input(
            "Which use",
            block_id=_USE,
            action_id=_USE,
            options={**named, NONE_OF_THESE: "None of these"},
            hint="Needed where it went through: the use that you know to be this request's.",
        )
    ]


def uses_to_name(row: Redemption, display: Display) -> dict[str, str]:
    """Return the words of each use that was found, by its number at the engine; those without a number are left out."""
    return {
        use.id: use_in_words(use, display)
        for use in masked(row).outcome.uses[:USES_SHOWN]
        if use.id and len(use.id) <= MAX_OPTION
    }


def use_named(view: Mapping[str, Any]) -> str | None:
    """The number of the use that was chosen; empty for none of these, None where nothing was chosen."""
    chosen = inputs_of(view).get(_USE, ("", ""))[1]
    return "" if chosen == NONE_OF_THESE else chosen or None


def submitted(view: Mapping[str, Any]) -> tuple[RequestId, str, bool | None, str]:
    """Return the request's id, the digest of what was shown, the outcome (None: not chosen) and the note."""
    entered = inputs_of(view)
    chosen = {REDEEMED: True, NOT_REDEEMED: False}.get(entered.get(_OUTCOME, ("", ""))[1])
    note = entered.get(_NOTE, ("", ""))[1].strip()
    request_id, _, found = str(view.get("private_metadata", "")).partition(".")
    return RequestId(request_id), found, chosen, note


def faults(view: Mapping[str, Any]) -> dict[str, str]:
    """Return the errors for under the inputs; empty if there are none."""
    *_, redeemed, note = submitted(view)
    wrong = {}
    if redeemed and _asks_for_use(view) and use_named(view) is None:
        wrong[_USE] = "Choose which use it is, or None of these."
    if redeemed is None:
        wrong[_OUTCOME] = "Choose what became of it."
    if not can_be_seen(note):
        wrong[_NOTE] = NOTE_MISSING
    return wrong


def _asks_for_use(view: Mapping[str, Any]) -> bool:
    return _USE in inputs_of(view)


def closed(row: Redemption, display: Display) -> View:
    """Return the current state, whatever settled it."""
    return View(TITLE, tuple(channel_blocks(row, display)))


def use_in_words(use: Use, display: Display) -> str:
    """For an option: no mark-up, the bill first."""
    place = use.place.label if use.place else None
    parts = [
        f"bill {use.bill}" if use.bill else "no bill number",
        day_and_time(use.at, display) if use.at else "time not stated",
        *([place] if place else []),
    ]
    return " · ".join(parts)
