"""What the page offers is what the manifest declares."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.sandbox.slack import manifest

TEXT = (Path(__file__).parents[2] / "manifest.yml").read_text(encoding="utf-8")


def test_commands_and_shortcuts_are_offered_with_their_words() -> None:
    told, offered = yaml.safe_load(TEXT)["features"], manifest.load()

    assert [(one.name, one.hint, one.description) for one in offered.commands] == [
        (one["command"], one["usage_hint"], one["description"]) for one in told["slash_commands"]
    ]
    assert [one.callback_id for one in offered.message_shortcuts] == [
        one["callback_id"] for one in told["shortcuts"] if one["type"] == "message"
    ]
