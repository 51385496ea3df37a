"""What the papers say of the repository is so: paths, words, commands, links and log events."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.commands import COMMANDS
from bot.settings import OF_LIBRARIES, VARIABLES
from tests.simulation.__main__ import parser as simulation_parser
from tests.test_names import LOG_EVENTS

ROOT = Path(__file__).parent.parent
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAPERS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + DECISIONS
#: Stand among the decisions without being one: the list, and what the model of the protocol assumes.
NO_DECISIONS = {"README.md", "model.md"}
#: Lines of a decision. What is held row by row against the code may be longer.
HALF_A_PAGE = 40
#: Of keepachangelog.com, and what whoever upgrades has to do first.
CHANGES = {"Before you upgrade", "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def _quoted(text: str) -> Iterator[str]:
    """What stands in backticks, in a line or in a block."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    yield from (line for block in blocks for line in block.splitlines())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def _section(text: str, title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


def _rows(section: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def _defined(module: Path) -> set[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_path_that_is_named_exists(paper: Path) -> None:
    words = (word for quoted in _quoted(paper.read_text(encoding="utf-8")) for word in quoted.split())
    paths = {word for word in words if re.match(r"(bot|tests|docs|\.ci)/", word)}

    assert [path for path in sorted(paths) if not list(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_link_leads_somewhere(paper: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", paper.read_text(encoding="utf-8"))
    inside = [link for link in links if not link.startswith("https://")]

    assert [link for link in inside if not (paper.parent / link).exists()] == []


def test_every_room_is_in_the_list_of_rooms() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = contracts["contracts"][0]["layers"]
    rooms = {room.strip() for layer in layers for room in layer.split("|")}
    described = " ".join(cells[0] for cells in _rows(_section(CONTRIBUTING, "The rooms")))

    assert {re.sub(r"\.py$|/$", "", one) for one in re.findall(r"`bot/([^`]+)`", described)} == rooms


def test_a_feature_is_found_in_every_room_by_its_name() -> None:
    command = next(line for line in _quoted(CONTRIBUTING) if line.startswith("ls "))
    found = {path.parent.name for path in ROOT.glob(command.split()[1])}

    assert {"listeners", "services", "views"} <= found


def test_every_word_of_the_glossary_is_where_it_says() -> None:
    rows = _rows(_section(CONTRIBUTING, "Glossary"))
    missing = []
    for word, meaning, where in rows:
        home = re.fullmatch(r"`([^`]+)`: `([^`]+)`", where)
        if not meaning or home is None or home[2] not in _defined(ROOT / home[1]):
            missing.append(word)

    assert rows
    assert missing == []


def test_every_word_of_the_glossary_stands_there_once() -> None:
    words = [cells[0] for cells in _rows(_section(CONTRIBUTING, "Glossary"))]

    assert len(words) == len(set(words))


COMMANDS_NAMED = sorted(
    {quoted for quoted in _quoted(CONTRIBUTING) if re.match(r"(uv|uvx|pip|coupon-desk|\.ci/)", quoted)}
)


@pytest.mark.parametrize("command", COMMANDS_NAMED)
def test_every_command_is_one_that_works(command: str) -> None:
    match shlex.split(command):
        case ["uv", "run", "pytest", *arguments]:
            _check_pytest(arguments)
        case ["uv", "run", "python", "-m", "tests.simulation", *arguments]:
            simulation_parser().parse_args(arguments)
        case ["uv", "run", "python", "-m", module, *_]:
            assert list(ROOT.glob(module.replace(".", "/") + "*"))
        case ["uv", "run", "coupon-desk", word] | ["coupon-desk", word]:
            assert word in {one.name for one in COMMANDS}
        case ["uv", "run", program, *_]:
            assert shutil.which(program)
        case ["uv", "export", *arguments]:
            assert arguments == _export_of_ci()
        case ["uvx", "pre-commit", "install"]:
            assert (ROOT / ".pre-commit-config.yaml").exists()
        case ["pip", "install", "uv"] | [".ci/run"] | ["uv", "run"]:
            pass
        case _:
            pytest.fail("nothing here knows this command")


def _check_pytest(arguments: list[str]) -> None:
    """That its file exists, and a test in it that `-k` chooses."""
    files = [one for one in arguments if one.startswith("tests/")]
    for file in files:
        assert (ROOT / file).exists()
    if "-k" in arguments:
        chosen = arguments[arguments.index("-k") + 1]
        assert any(chosen in name for file in files for name in _defined(ROOT / file))


def _export_of_ci() -> list[str]:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    run = next(line for line in lines if line.startswith("uv export"))
    return [word for word in shlex.split(run)[2:] if word != "--quiet"]


def test_the_changelog_begins_with_what_is_not_released() -> None:
    assert re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)[0] == "Unreleased"
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= CHANGES


def test_the_changelog_names_each_log_event_that_was_renamed() -> None:
    renamed = dict(re.findall(r"\| `([a-z_]+)` \| `([a-z_]+)` \|", CHANGELOG))

    assert renamed == LOG_EVENTS


def test_the_changelog_names_variables_as_they_are() -> None:
    named = {one for one in _quoted(CHANGELOG) if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", one)} - {"NULL", "ERROR"}

    assert named <= {*VARIABLES, *OF_LIBRARIES}


def test_every_decision_is_in_the_list() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")

    assert set(re.findall(r"\]\(([^)]+)\)", index)) == {path.name for path in DECISIONS} - {"README.md"}


@pytest.mark.parametrize(
    "paper", [path for path in DECISIONS if path.name not in NO_DECISIONS], ids=lambda paper: paper.name
)
def test_a_decision_says_what_and_why_on_half_a_page(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    prose = [line for line in text.splitlines() if not line.startswith("|")]

    assert text.startswith("# ")
    assert "**Decision.**" in text
    assert "**Why" in text
    assert len(prose) <= HALF_A_PAGE


@pytest.fixture
def hooks() -> list[dict[str, Any]]:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    return [hook for repo in config["repos"] for hook in repo["hooks"]]


def test_hooks_run_what_is_here(hooks: list[dict[str, Any]]) -> None:
    programs = [shlex.split(hook["entry"])[0] for hook in hooks if hook["language"] == "system"]

    assert set(programs) == {"uv"}


def test_the_hook_exports_requirements_as_ci_does(hooks: list[dict[str, Any]]) -> None:
    entry = next(hook["entry"] for hook in hooks if hook["id"] == "requirements")

    assert [word for word in shlex.split(entry)[2:] if word != "--quiet"] == _export_of_ci()


@pytest.mark.parametrize(
    ("hook", "refused", "accepted"),
    [
        ("end-of-file", ["no newline", "two newlines\n\n"], ["one\n", "a\n\nb\n", ""]),
        ("trailing-whitespace", ["a \n", "a\t\n"], [" a\n"]),
        ("conflict", ["<<<<<<< ours\n", ">>>>>>> theirs\n"], ["a <<<<<<< b\n"]),
    ],
)
def test_hooks_find_what_they_are_for(
    hooks: list[dict[str, Any]], hook: str, refused: list[str], accepted: list[str]
) -> None:
    pattern = next(one["entry"] for one in hooks if one["id"] == hook)

    # pre_commit/languages/pygrep.py: line by line, or all of it with --multiline; of bytes.
    assert all(re.search(pattern.encode(), text.encode(), re.MULTILINE) for text in refused)
    assert not any(re.search(pattern.encode(), text.encode(), re.MULTILINE) for text in accepted)
