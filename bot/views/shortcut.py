"""The modal of the shortcut Look up customer: choosing the customer, then the card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.views.kit import MAX_OPTION, Block, Message, View, option, section
from bot.views.text import clipped

TITLE = "Look up customer"
FORM = "look_up_form.v1"
#: The shortcut's callback id in manifest.yml.
SHORTCUT = "look_up_customer"
_BLOCK = "look_up_form"
_TYPED = "customer_typed"
_CHOSEN = "customer_chosen"
#: Customers in the select at most.
OFFERED = 20


def loading() -> View:
    """Return the modal that is opened at once, because a trigger lives three seconds."""
    return View(TITLE, (section("Looking up the customer…"),))


def card(message: Message) -> View:
    """Return a card as a modal."""
    return View(TITLE, message.blocks)


def ask(named: Sequence[str]) -> View:
    """Return a modal to type a customer if none is named, or to choose one of several."""
    offered = [one for one in named if len(one) <= MAX_OPTION][:OFFERED]
    if not offered:
        note = "The message names no mobile number and no e-mail address."
        return View(TITLE, (section(note), _input(_typed())), callback_id=FORM, submit="Look up")
    note = "The message names more than one customer. Which one?"
    if len(offered) < len(named):
        note += (
            f" Only {len(offered)} of the {len(named)} can be chosen here; type the others after `/coupons`."
        )
    return View(TITLE, (section(note), _input(_chosen(offered))), callback_id=FORM, submit="Look up")


def answered(view: Mapping[str, Any]) -> str:
    """Return what was typed or chosen; empty if neither."""
    state = ((view.get("state") or {}).get("values") or {}).get(_BLOCK) or {}
    typed = (state.get(_TYPED) or {}).get("value")
    chosen = ((state.get(_CHOSEN) or {}).get("selected_option") or {}).get("value")
    return str(typed or chosen or "")


def faults(sentence: str) -> dict[str, str]:
    """Return the error for under the input."""
    return {_BLOCK: clipped(sentence, 200)}


def _input(element: Block) -> Block:
    label = {"type": "plain_text", "text": "Customer"}
    return {"type": "input", "block_id": _BLOCK, "label": label, "element": element}


def _typed() -> Block:
    hint = {"type": "plain_text", "text": "Mobile number or e-mail address"}
    return {"type": "plain_text_input", "action_id": _TYPED, "placeholder": hint, "max_length": 200}


def _chosen(offered: Sequence[str]) -> Block:
    options = [option(clipped(one, MAX_OPTION), one) for one in offered]
    hint = {"type": "plain_text", "text": "Choose a customer"}
    return {"type": "static_select", "action_id": _CHOSEN, "placeholder": hint, "options": options}
