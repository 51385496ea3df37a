"""What is written down in several places says the same in all of them."""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.commands import COMMANDS
from bot.listeners.approval import ApprovalListeners
from bot.listeners.case import CaseListeners
from bot.listeners.history import HistoryListeners
from bot.listeners.home import HomeListeners
from bot.listeners.lookup import CouponListeners
from bot.listeners.promotions import PromotionListeners
from bot.listeners.redeem import RedeemListeners
from bot.listeners.routes import Listeners, Routes, routes
from bot.listeners.settle import SettleListeners
from bot.listeners.shortcut import ShortcutListeners
from bot.server import EVENTS_PATH
from bot.settings import OF_LIBRARIES, VARIABLES
from bot.views import help as help_view
from tests.manifest_model import Manifest

#: What each call needs (docs.slack.dev: reference/methods).
SCOPES = {
    "usergroups_list": "usergroups:read",
    "usergroups_users_list": "usergroups:read",
    "users_info": "users:read",
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "conversations_info": "channels:read",
}
#: conversations.info asks for the scope of the channel's own kind, and a policy may name a private one.
PRIVATE_CHANNELS = "groups:read"
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "run" / "settings.md").read_text(encoding="utf-8")


@pytest.fixture
def manifest() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture
def surface() -> Routes:
    """The routes; the listeners are empty, as only their methods' names matter."""
    listeners = Listeners(
        try_again=_unheard,
        coupons=object.__new__(CouponListeners),
        redemptions=object.__new__(HistoryListeners),
        promotion=object.__new__(PromotionListeners),
        message=object.__new__(ShortcutListeners),
        redeeming=object.__new__(RedeemListeners),
        settle=object.__new__(SettleListeners),
        deciding=object.__new__(ApprovalListeners),
        cases=object.__new__(CaseListeners),
        tab=object.__new__(HomeListeners),
        groups_changed=_unheard,
        account_changed=_unheard,
    )
    return routes(listeners)


async def _unheard(_: AsyncArgs) -> None:
    """A listener that is never called."""


def _with(manifest: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The manifest with one thing changed."""
    changed = copy.deepcopy(manifest)
    *parents, last = path.split(".")
    inner: Any = changed
    for name in parents:
        inner = inner[int(name)] if name.isdecimal() else inner[name]
    inner[last] = value
    return changed


def test_the_manifest_keeps_slacks_limits(manifest: dict[str, Any]) -> None:
    Manifest.model_validate(manifest)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("display_information.name", "x" * 36),
        ("display_information.colour", "#fff"),
        ("features.slash_commands.0.command", "coupons"),
        ("features.slash_commands.0.command", "/" + "x" * 32),
        ("features.slash_commands.0.description", ""),
        ("features.shortcuts.0.name", "x" * 25),
        ("features.shortcuts.0.type", "channel"),
        ("features.bot_user.display_name", "Coupon Desk"),
        ("settings.interactivity.is_enabled", "yes"),
        ("settings.socket_mode", True),
        ("oauth_config.scopes.bot", ["Commands!"]),
    ],
)
def test_a_manifest_that_slack_would_refuse_is_refused_here(
    manifest: dict[str, Any], path: str, value: object
) -> None:
    with pytest.raises(ValidationError):
        Manifest.model_validate(_with(manifest, path, value))


def test_the_manifest_asks_for_the_scopes_of_the_calls_that_are_made(manifest: dict[str, Any]) -> None:
    """A call that is not in the table is a change of the contract."""
    made = set(
        re.findall(r"\.((?:users|usergroups|views|auth|chat|conversations|apps)_[a-z_]+)\b", _sources())
    )
    # These need none.
    made -= {
        "views_update",
        "views_open",
        "views_push",
        "views_publish",
        "chat_getPermalink",
        "auth_test",
    }

    assert {SCOPES[call] for call in made} | {"commands", PRIVATE_CHANNELS} == set(
        manifest["oauth_config"]["scopes"]["bot"]
    )


def test_the_manifest_declares_the_shortcuts_that_are_answered(
    manifest: dict[str, Any], surface: Routes
) -> None:
    assert {one["callback_id"] for one in manifest["features"]["shortcuts"]} == set(surface.shortcuts)


def _sources() -> str:
    rooms = [ROOT / "bot" / "adapters" / "slack", ROOT / "bot" / "listeners"]
    files = [path for room in rooms for path in sorted(room.rglob("*.py"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_the_manifest_declares_the_commands_that_are_answered(
    manifest: dict[str, Any], surface: Routes
) -> None:
    declared = {one["command"] for one in manifest["features"]["slash_commands"]}

    assert declared == set(surface.commands)


def test_slack_is_pointed_at_the_one_path_that_is_served(manifest: dict[str, Any]) -> None:
    addresses = [one["url"] for one in manifest["features"]["slash_commands"]]
    addresses += [
        manifest["settings"][part]["request_url"] for part in ("interactivity", "event_subscriptions")
    ]

    assert {address.removeprefix("https://coupon-desk.example.com") for address in addresses} == {EVENTS_PATH}


def test_commands_are_escaped_by_slack_since_raw_mentions_cannot_be_told_apart(
    manifest: dict[str, Any],
) -> None:
    assert all(one["should_escape"] for one in manifest["features"]["slash_commands"])


def test_the_manifest_subscribes_to_the_events_that_are_heard(
    manifest: dict[str, Any], surface: Routes
) -> None:
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == set(surface.events)


def test_home_and_direct_messages_are_switched_on(manifest: dict[str, Any]) -> None:
    home = manifest["features"]["app_home"]

    assert home["home_tab_enabled"] is True
    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is True


def test_readme_and_help_name_every_command(surface: Routes) -> None:
    for command in surface.commands:
        assert f"`{command} " in README
        assert any(
            f"`{command} " in text
            for text in (help_view.COUPONS, help_view.REDEMPTIONS, help_view.PROMOTIONS)
        )


def test_the_page_of_settings_names_every_variable() -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+|HOST|PORT|CURRENCY|POLICY)`", SETTINGS))

    assert {*VARIABLES, *OF_LIBRARIES} == named


def test_every_command_of_the_readme_is_one_that_ci_or_a_test_runs() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    commands = {line.strip() for block in blocks for line in block.splitlines() if line.strip()}

    assert commands == {
        "git clone <this repository> coupon-desk && cd coupon-desk",
        "pip install uv && uv run coupon-desk demo",
        "pip install uv && uv run pytest",
        "python -m bot serve",
    }
    assert (ROOT / "Procfile").read_text(encoding="utf-8").splitlines() == [
        "release: python -m bot migrate",
        "web: python -m bot serve",
        "worker: python -m bot serve",
    ]
    assert "uv run pytest" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readme_names_the_command_line_as_it_is() -> None:
    for command in COMMANDS:
        assert f"coupon-desk {command.name}" in README or f"-m bot {command.name}" in README


def test_the_project_knows_its_own_date_of_resolution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert re.fullmatch(r"20\d\d-\d\d-\d\dT00:00:00Z", project["tool"]["uv"]["exclude-newer"])
