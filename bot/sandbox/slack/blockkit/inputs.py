"""What a person can press, choose and type in blocks, and the state.values that follow from it."""

import copy
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

#: The state of every input: block_id, then action_id, then what state.values holds for it.
Values = dict[str, dict[str, dict[str, Any]]]
Block = dict[str, Any]
Element = dict[str, Any]

#: The controls that the desk sends.
CONTROLS = frozenset({"button", "plain_text_input", "static_select"})
#: Those of them that never show up in state.values.
STATELESS = frozenset({"button"})


def with_ids(blocks: Iterable[Mapping[str, Any]]) -> list[Block]:
    """A copy in which every block and control has an id, as Slack gives one where the app gave none."""
    kept = [copy.deepcopy(dict(block)) for block in blocks]
    for block in kept:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in controls(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return kept


def controls(block: Block) -> Iterator[Element]:
    """The interactive elements of one block, left to right."""
    for element in (block.get("accessory"), block.get("element"), *(block.get("elements") or [])):
        if isinstance(element, dict) and element.get("type") in CONTROLS:
            yield element


def carried_over(values: Values, blocks: Iterable[Block]) -> Values:
    """
    The state after a redraw.

    An input that kept block_id and action_id keeps what was entered, a new one starts from its initial value
    (docs.slack.dev: reference/block-kit/blocks, block_id).
    """
    fresh: Values = {}
    for block in blocks:
        for element in controls(block):
            if element["type"] not in STATELESS:
                block_id, action_id = block["block_id"], element["action_id"]
                kept = values.get(block_id, {}).get(action_id)
                fresh.setdefault(block_id, {})[action_id] = kept or initial(element)
    return fresh


def initial(element: Element) -> dict[str, Any]:
    if element["type"] == "static_select":
        return {"type": "static_select", "selected_option": element.get("initial_option")}
    return state(element, element.get("initial_value", ""))


def state(element: Element, given: str) -> dict[str, Any]:
    """
    Return the element's entry in state.values for an input of `given` (docs.slack.dev: reference/interaction-payloads).

    `given` is what was typed, or the value of the option that was chosen; "" empties it.
    """
    kind = element["type"]
    if kind == "static_select":
        chosen = next((one for one in element["options"] if one["value"] == given), None)
        return {"type": kind, "selected_option": chosen}
    return {"type": kind, "value": given or None}


def entered(state: Mapping[str, Any]) -> str:
    """Return what was entered, as text."""
    chosen = state.get("selected_option")
    return str(chosen["text"]["text"]) if chosen else str(state.get("value") or "")


def client_faults(blocks: Iterable[Block], values: Values) -> dict[str, str]:
    """What Slack's own client says before it submits anything, by block_id."""
    found = {}
    for block in blocks:
        if block["type"] == "input" and (fault := _client_fault(block, values)):
            found[block["block_id"]] = fault
    return found


def _client_fault(block: Block, values: Values) -> str | None:
    element = block["element"]
    text = entered(values.get(block["block_id"], {}).get(element["action_id"], {}))
    if not text:
        return None if block.get("optional") else "Please complete this required field."
    if len(text) < int(element.get("min_length", 0)):
        return f"Must be at least {element['min_length']} characters."
    if element["type"] == "plain_text_input" and len(text) > int(element.get("max_length", 3000)):
        return f"Must be at most {element.get('max_length', 3000)} characters."
    return None
