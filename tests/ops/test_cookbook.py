"""Each recipe of docs/run/policy.md can be used, and does what stands below it."""

from __future__ import annotations

import re
import shlex
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.__main__ import _parser
from bot.ops import policy
from bot.sandbox.slack.people import Group
from bot.sandbox.slack.server import SandboxSlack
from tests.ops.lines import Lines
from tests.ops.test_policy import explained

PAPER = Path(__file__).parents[2] / "docs" / "run" / "policy.md"
#: What the recipes say of these groups.
GROUPS = {"S0STORE12": ("U0AGENT",), "S0STORE12MANAGERS": ("U0MANAGER2",), "S0PILOT": ("U0AGENT",)}


@dataclass(frozen=True, slots=True)
class Told:
    """One command below a recipe, and what it answers."""

    recipe: str
    command: str
    answer: list[str]


def _recipes() -> Iterator[Told]:
    text = PAPER.read_text(encoding="utf-8")
    recipe = ""
    for kind, block in re.findall(r"```(toml|console)\n(.*?)```", text, re.DOTALL):
        if kind == "toml":
            recipe = block
        else:
            first, *answer = block.splitlines()
            yield Told(recipe, first.removeprefix("$ coupon-desk "), answer)


RECIPES = list(_recipes())


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    slack = SandboxSlack()
    await slack.start()
    yield slack
    await slack.close()


def test_every_recipe_is_explained() -> None:
    text = PAPER.read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)

    assert set(blocks) == {told.recipe for told in RECIPES}
    assert len(blocks) >= 8


@pytest.mark.parametrize("told", RECIPES, ids=lambda told: told.command)
async def test_it_does_what_the_paper_says(told: Told, slack: SandboxSlack, tmp_path: Path) -> None:
    say, chosen = Lines(), _parser().parse_args(shlex.split(told.command))
    (tmp_path / "policy.toml").write_text(told.recipe, encoding="utf-8")
    for name, users in GROUPS.items():
        if f'"{name}"' in told.recipe:
            slack.workspace.directory.groups[name] = Group(id=name, handle=name.lower(), users=users)
    if chosen.what == "check":
        policy.check(tmp_path / "policy.toml", say)
    else:
        await explained(slack, tmp_path, say, chosen.worth, chosen.person, told.recipe)

    assert say.said == told.answer
