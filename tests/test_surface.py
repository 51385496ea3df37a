"""What is written down in several places says the same in all of them."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.__main__ import COMMANDS
from bot.listeners.coupons import CouponListeners
from bot.listeners.routes import Routes, routes
from bot.server import EVENTS_PATH
from bot.settings import VARIABLES
from bot.views import help as help_view

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def manifest() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture
def surface() -> Routes:
    """The routes name methods; what the methods need is of no matter here."""
    return routes(object.__new__(CouponListeners))


def test_the_manifest_declares_the_commands_that_are_answered(
    manifest: dict[str, Any], surface: Routes
) -> None:
    declared = {one["command"] for one in manifest["features"]["slash_commands"]}

    assert declared == set(surface.commands)


def test_slack_is_pointed_at_the_one_path_that_is_served(manifest: dict[str, Any]) -> None:
    addresses = [one["url"] for one in manifest["features"]["slash_commands"]]
    addresses.append(manifest["settings"]["interactivity"]["request_url"])

    assert {address.removeprefix("https://coupon-desk.example.com") for address in addresses} == {EVENTS_PATH}


def test_commands_are_escaped_by_slack_since_raw_mentions_cannot_be_told_apart(
    manifest: dict[str, Any],
) -> None:
    assert all(one["should_escape"] for one in manifest["features"]["slash_commands"])


def test_direct_messages_are_switched_on(manifest: dict[str, Any]) -> None:
    home = manifest["features"]["app_home"]

    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is True


def test_readme_and_help_name_every_command(surface: Routes) -> None:
    for command in surface.commands:
        assert f"`{command} " in README
        assert f"`{command} " in help_view.COUPONS


def test_readme_names_every_variable() -> None:
    assert set(VARIABLES) == set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+|HOST|PORT|CURRENCY)`", README))


def test_every_command_of_the_readme_is_one_that_ci_or_a_test_runs() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    commands = {line.strip() for block in blocks for line in block.splitlines() if line.strip()}

    assert commands == {
        "pip install uv && uv run coupon-desk demo",
        "pip install uv && uv run pytest",
        "python -m bot serve",
    }
    assert (ROOT / "Procfile").read_text(encoding="utf-8") == "web: python -m bot serve\n"
    assert "uv run pytest" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_export_command_of_the_readme_is_the_one_ci_runs() -> None:
    written = re.search(r"`uv (export [^`]*)`", README)
    assert written is not None

    run = next(
        line
        for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
        if "uv export" in line
    )
    assert [word for word in shlex.split(run)[1:] if word != "--quiet"] == shlex.split(written[1])


def test_the_readme_names_the_command_line_as_it_is() -> None:
    for command in COMMANDS:
        assert f"coupon-desk {command}" in README or f"-m bot {command}" in README


def test_the_project_knows_its_own_date_of_resolution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert re.fullmatch(r"20\d\d-\d\d-\d\dT00:00:00Z", project["tool"]["uv"]["exclude-newer"])
