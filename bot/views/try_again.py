"""The button Try again, beside a failure that may pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.views.kit import Block, Message, View, actions, button, section
from bot.views.text import capital, quoted

#: Versioned; it carries an opaque id of what was typed.
TRY_AGAIN = "try_again.v1"
#: `private_metadata` of a modal that tells of a failure: what is tried again from there is shown in its place.
FAILED = "failed"
_BLOCK = "try_again"
_HINT = "The same once more, as it was typed"


def button_for(key: str) -> Block:
    """Return the row with the button for what is kept under this id."""
    return actions(_BLOCK, [button("Try again", action_id=TRY_AGAIN, value=key, hint=_HINT)])


def same_button(pressed: Mapping[str, Any]) -> Block | None:
    """Return the row with the pressed button under another word; None for what is no button."""
    if pressed.get("type") != "button" or not pressed.get("value"):
        return None
    block_id, action_id = str(pressed.get("block_id") or _BLOCK), str(pressed["action_id"])
    return actions(
        block_id, [button("Try again", action_id=action_id, value=str(pressed["value"]), hint=_HINT)]
    )


def pressed(action: Mapping[str, Any]) -> str:
    return str(action.get("value", ""))


def beside(message: Message, again: Block | None, about: str = "") -> Message:
    """Return the message with the button below it, and what was looked up first: what is typed later stands between."""
    if again is None:
        return message
    if not about:
        return Message(message.text, (*message.blocks, again))
    told = f"{capital(quoted(about, 80))} could not be looked up. {message.text}"
    return Message(told, (section(told), again))


def failed(message: Message) -> View:
    """Return the modal that tells of a failure."""
    return View("Coupon Desk", message.blocks, private_metadata=FAILED)


def is_failed(view: Mapping[str, Any] | None) -> bool:
    return bool(view) and (view or {}).get("private_metadata") == FAILED
