"""
What Slack refuses in a message or a view, as a list of faults.

docs.slack.dev: reference/block-kit/blocks, reference/views, reference/methods/chat.postMessage.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.sandbox.slack.blockkit.blocks import BLOCKS, HOME, MESSAGE, MODAL
from bot.sandbox.slack.blockkit.shapes import Rule, anything, plain, shape, string, truth, word

MAX_BLOCKS = {MESSAGE: 50, MODAL: 100, HOME: 100}
#: Characters of all tables together.
MAX_TABLE_CHARACTERS = 10_000

_VIEW: Mapping[str, Rule] = {
    "blocks": anything(),
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_VIEWS: Mapping[str, Rule] = {
    MODAL: shape(
        {"type": word(MODAL), "title": plain(24), "blocks": anything()},
        {
            **_VIEW,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": truth(),
            "notify_on_close": truth(),
            "submit_disabled": truth(),
        },
    ),
    HOME: shape({"type": word(HOME), "blocks": anything()}, _VIEW),
}


def message_faults(content: Mapping[str, Any]) -> list[str]:
    """Why Slack would refuse this message; empty if it would not."""
    return [*_message(content)]


def message_advice(content: Mapping[str, Any]) -> list[str]:
    """What Slack lets pass, but people pay for: notifications and screen readers have only the text."""
    if content.get("blocks") and not content.get("text"):
        return ["blocks without a top-level text"]
    return []


def view_faults(view: Any, kind: str) -> list[str]:
    """Why Slack would refuse this view as a "modal" or a "home"."""
    if not isinstance(view, Mapping):
        return ["view: must be an object"]
    return [*_VIEWS[kind](view, "view"), *_blocks(view.get("blocks"), kind), *_view_as_a_whole(view, kind)]


def block_faults(blocks: Any, surface: str) -> list[str]:
    """Why Slack would refuse these blocks on a "message", "modal" or "home"."""
    return [*_blocks(blocks, surface)]


def _message(content: Mapping[str, Any]) -> Iterator[str]:
    text, blocks = content.get("text"), content.get("blocks")
    if text is not None and not isinstance(text, str):
        yield "text: must be a string"
    if len(content.get("attachments") or []) > 100:
        yield "attachments: at most 100 (too_many_attachments)"
    if content.get("markdown_text") is not None and (text or blocks):
        yield "markdown_text_conflict"
    if blocks:
        yield from _blocks(blocks, MESSAGE)


def _blocks(blocks: Any, surface: str) -> Iterator[str]:
    if not isinstance(blocks, list):
        yield "blocks: must be a list"
        return
    most = MAX_BLOCKS[surface]
    if not 1 <= len(blocks) <= most:
        yield f"blocks: must be 1 to {most}, are {len(blocks)}"
    for place, block in enumerate(blocks):
        yield from _block(block, f"blocks/{place}", surface)
    sound = [block for block in blocks if isinstance(block, Mapping)]
    yield from _blocks_as_a_whole(sound)


def _block(block: Any, at: str, surface: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, Mapping) else None
    if kind not in BLOCKS:
        yield f"{at}: unsupported block type {kind!r}"
        return
    surfaces, rule = BLOCKS[kind]
    if surface not in surfaces:
        yield f"{at}: {kind} does not stand on a {surface}"
    yield from rule(block, at)
    if kind in {"actions", "section", "input"}:
        ids = [element.get("action_id") for element in _elements(block)]
        yield from (f"{at}: duplicate action_id {one!r}" for one in _twice(ids))


def _blocks_as_a_whole(blocks: list[Mapping[str, Any]]) -> Iterator[str]:
    yield from (f"duplicate block_id {one!r}" for one in _twice(block.get("block_id") for block in blocks))
    tables = [block for block in blocks if block.get("type") == "table"]
    if len(tables) > 1:
        yield "only_one_table_allowed"
    if sum(map(_characters, tables)) > MAX_TABLE_CHARACTERS:
        yield f"table: more than {MAX_TABLE_CHARACTERS} characters"


def _view_as_a_whole(view: Mapping[str, Any], kind: str) -> Iterator[str]:
    blocks = [block for block in view.get("blocks") or [] if isinstance(block, Mapping)]
    if kind == MODAL and "submit" not in view and any(block.get("type") == "input" for block in blocks):
        yield "view: submit is required with input blocks"
    focused = [one for block in blocks for one in _elements(block) if one.get("focus_on_load")]
    if len(focused) > 1:
        yield "view: more than one element with focus_on_load"


def _elements(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    elements = block.get("elements")
    every = [block.get("accessory"), block.get("element"), *(elements if isinstance(elements, list) else [])]
    return [one for one in every if isinstance(one, Mapping)]


def _twice(ids: Iterable[Any]) -> list[str]:
    return [one for one, count in Counter(filter(None, ids)).items() if count > 1]


def _characters(part: Any) -> int:
    """Characters in all texts of a block."""
    if isinstance(part, Mapping):
        own = len(part["text"]) if isinstance(part.get("text"), str) else 0
        return own + sum(map(_characters, part.values()))
    return sum(map(_characters, part)) if isinstance(part, list) else 0
