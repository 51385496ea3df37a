"""What the app's manifest offers to people: its slash commands, its message shortcuts, its Home tab."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: A link to the one at the top of the project; a wheel carries its text.
MANIFEST = Path(__file__).parent / "manifest.yml"

Line = tuple[int, str]
_PAIR = re.compile(r"([^\s:]+):(?:\s+(.*))?$")
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person may type or choose: its name, what comes after it, what it does."""

    name: str
    hint: str
    description: str
    callback_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    app: str
    commands: tuple[Offer, ...]
    message_shortcuts: tuple[Offer, ...]
    home_tab: bool
    #: People cannot write to the bot in its direct messages.
    read_only: bool
    events: frozenset[str]


def load(path: Path = MANIFEST) -> Manifest:
    told = plain_yaml(path.read_text(encoding="utf-8"))
    features = told["features"]
    home = features.get("app_home") or {}
    subscribed = (told.get("settings") or {}).get("event_subscriptions") or {}
    shortcuts = [one for one in features.get("shortcuts") or [] if one["type"] == "message"]
    return Manifest(
        app=str(told["display_information"]["name"]),
        commands=tuple(_command(one) for one in features.get("slash_commands") or []),
        message_shortcuts=tuple(_shortcut(one) for one in shortcuts),
        home_tab=bool(home.get("home_tab_enabled")),
        read_only=bool(home.get("messages_tab_read_only_enabled")),
        events=frozenset(subscribed.get("bot_events") or []),
    )


def _command(told: Mapping[str, Any]) -> Offer:
    return Offer(told["command"], told.get("usage_hint", ""), told["description"])


def _shortcut(told: Mapping[str, Any]) -> Offer:
    return Offer(told["name"], "", told["description"], told["callback_id"])


def plain_yaml(text: str) -> Any:
    """Read the block YAML a manifest is written in: mappings, lists and scalars on one line, no more."""
    lines = [(len(line) - len(line.lstrip()), line.strip()) for line in text.splitlines()]
    kept = [(indent, line) for indent, line in lines if line and not line.startswith("#")]
    return _block(kept)


def _block(lines: list[Line]) -> Any:
    if lines[0][1].startswith("- "):
        return [_item(one) for one in _parts(lines)]
    return dict(_pair(one) for one in _parts(lines))


def _parts(lines: list[Line]) -> list[list[Line]]:
    """Split what stands at one depth, each entry with all that is deeper."""
    depth, parts = lines[0][0], list[list[Line]]()
    for line in lines:
        # A list may stand as deep as the key it belongs to.
        belongs = line[0] > depth or (line[1].startswith("- ") and not lines[0][1].startswith("- "))
        if belongs:
            parts[-1].append(line)
        else:
            parts.append([line])
    return parts


def _item(lines: list[Line]) -> Any:
    (depth, first), rest = lines[0], lines[1:]
    inner = first.removeprefix("- ").strip()
    if not inner.startswith('"') and _PAIR.match(inner):
        return _block([(depth + 2, inner), *rest])
    return _scalar(inner)


def _pair(lines: list[Line]) -> tuple[str, Any]:
    found = _PAIR.match(lines[0][1])
    if found is None:
        raise ValueError(f"not a key and its value: {lines[0][1]!r}")
    key, value = found.groups()
    return key, _scalar(value) if value else (_block(lines[1:]) if lines[1:] else None)


def _scalar(text: str) -> Any:
    if text.startswith('"'):
        return json.loads(text)
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if text.isdecimal() else text
