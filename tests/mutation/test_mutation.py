"""The runner kills a mutant that tests notice, reports one that they do not, and knows where each guard stands."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.mutation.__main__ import may_live
from tests.mutation.guards import Guard, guards
from tests.mutation.mutants import ROOT, drawn, mutants_of, parsed
from tests.mutation.operators import edits
from tests.mutation.table import TESTS
from tests.tables import table

#: In a process of its own: it forks, and must have loaded nothing of the desk.
PLAYS = """
import json, sys
from tests.mutation.mutants import mutants_of
from tests.mutation.play import play

file, test, *whats = sys.argv[1:]
wanted = [mutant for mutant in mutants_of(file) if mutant.what in whats]
told = []
play(wanted, {file: [test]}, told.append)
print(json.dumps({played.mutant.what: played.by for played in told}))
"""


def played(file: str, test: str, *whats: str) -> Mapping[str, str | None]:
    """What killed each of these mutants; None for one that survives."""
    command = [sys.executable, "-c", PLAYS, file, test, *whats]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    told: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_a_mutant_that_tests_notice_is_killed_and_another_one_survives() -> None:
    in_a_function, at_import, may_survive = "min becomes max", "100 becomes 101", "1 becomes 2"
    tests = "tests/domain/test_worth.py"
    told = played("bot/domain/worth.py", tests, in_a_function, at_import, may_survive)

    assert told.keys() == {in_a_function, at_import, may_survive}
    assert str(told[in_a_function]).startswith(f"{tests}::")
    assert str(told[at_import]).startswith(f"{tests}::")
    assert told[may_survive] is None


def kinds(source: str) -> list[tuple[str, str | None]]:
    return [(edit.what, edit.place.function) for edit in edits(ast.parse(source))]


@table(
    ("source", "whats"),
    [
        ("x = 1 < y", ["1 < y becomes 1 <= y", "1 < y becomes 1 >= y", "1 becomes 2", "1 becomes 0"]),
        ("x = f(a=b)", ["a=b is dropped"]),
        ("x = a and b", ["And becomes Or", "a is dropped", "b is dropped"]),
        ("x = {'k': v}", ["'k' is dropped", "'k' becomes another word"]),
        ("x = True", ["True becomes False"]),
        ('"""What it is."""', []),
        ("log = structlog.get_logger(__name__)", []),
        ('x = "a sentence"', []),
        ("raise AssertionError(1)", []),
    ],
)
def test_what_is_changed_and_what_is_not(source: str, whats: list[str]) -> None:
    assert [what for what, _ in kinds(source)] == whats


def test_only_the_body_of_a_function_can_be_swapped_in() -> None:
    source = "class A:\n    def b(self, c=1):\n        return 2\n"

    assert kinds(source) == [
        ("1 becomes 2", None),
        ("1 becomes 0", None),
        ("None is returned", "A.b"),
        ("2 becomes 3", "A.b"),
        ("2 becomes 1", "A.b"),
    ]


def test_a_seed_draws_the_same_mutants_again() -> None:
    files = ["bot/domain/claim.py", "bot/domain/evidence.py"]

    assert drawn(files, 7, 5) == drawn(files, 7, 5) != drawn(files, 8, 5)
    assert len(drawn(files, 7, 10**6)) == sum(len(mutants_of(file)) for file in files)


def test_a_mutant_leaves_the_source_as_it_was() -> None:
    tree, found = parsed("bot/domain/claim.py")
    before = ast.unparse(tree)
    for edit in found:
        edit.compiled(tree, "claim.py")
        assert edit.diff()

    assert ast.unparse(tree) == before


def test_each_module_has_tests_and_each_of_them_is_there() -> None:
    missing = [file for file in {*TESTS, *(one for tests in TESTS.values() for one in tests)} if not at(file)]

    assert missing == []


def at(file: str) -> bool:
    return Path(ROOT / file).is_file()


@table("file", sorted({file for file, _, _ in may_live()}))
def test_each_mutant_that_may_live_is_still_there(file: str) -> None:
    there = {(mutant.file, mutant.line, mutant.what) for mutant in mutants_of(file)}

    assert [key for key in may_live() if key[0] == file and key not in there] == []


@table("guard", guards())
def test_each_guard_stands_where_it_is_said_to_and_so_does_its_test(guard: Guard) -> None:
    """Whether its test misses it, `python -m tests.mutation guards` shows."""
    ast.parse(guard.source())
    file, *_, name = guard.test.split("::")
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
