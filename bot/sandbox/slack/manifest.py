"""What the app's manifest offers to people: its slash commands, its message shortcuts, its Home tab."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

#: A link to the one at the top of the project; a wheel carries its text.
MANIFEST = Path(__file__).parent / "manifest.yml"


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
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
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
