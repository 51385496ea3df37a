"""The line of a key or table in a policy, also of one that is not written."""

from __future__ import annotations

import pytest

from bot.domain.policy_lines import Lines, Path
from tests.tables import table

TEXT = """\
# The desk's.
lookup.everyone = true

  [[redeem.rules]]
  name = "small" # not "large"
  [redeem.rules.more]
  x = [
    "a", # "b"
    "b",
  ]
[[redeem.rules]]
approvals = 1
[limits]
"""


@table(
    ("path", "line"),
    [
        ((), 1),
        (("redeem",), 4),
        (("redeem", "rules"), 4),
        (("redeem", "rules", 0), 4),
        (("redeem", "rules", 0, "name"), 5),
        (("redeem", "rules", 0, "more"), 6),
        (("redeem", "rules", 0, "more", "x"), 7),
        (("redeem", "rules", 1), 11),
        (("redeem", "rules", 1, "approvals"), 12),
        (("limits",), 13),
        (("lookup", "everyone"), 2),
    ],
)
def test_what_is_written_has_its_line(path: Path, line: int) -> None:
    assert Lines(TEXT).of(*path) == line


@table(
    ("path", "line"),
    [
        (("approvals",), 1),
        (("approvals", "channel"), 1),
        (("limits", "count"), 13),
        (("lookup", "groups"), 2),
        (("redeem", "groups"), 4),
        (("redeem", "rules", 1, "name"), 11),
        (("redeem", "rules", 1, "more", "x", 0), 11),
        (("redeem", "rules", 2), 4),
    ],
)
def test_what_is_not_written_has_the_line_of_the_nearest_table_above_it(path: Path, line: int) -> None:
    assert Lines(TEXT).of(*path) == line


@pytest.mark.parametrize(
    ("path", "item", "line"),
    [
        (("redeem", "rules", 0, "more", "x"), "a", 8),
        (("redeem", "rules", 0, "more", "x"), "b", 9),
        (("redeem", "rules", 0, "more", "x"), "c", 7),
        (("redeem", "rules", 0, "name"), "small", 5),
        (("redeem", "rules", 0, "name"), "large", 5),
        (("redeem", "rules", 1, "approvals"), "1", 12),
    ],
)
def test_an_item_has_the_line_on_which_it_stands_outside_of_a_comment(
    path: Path, item: str, line: int
) -> None:
    assert Lines(TEXT).of(*path, item=item) == line
