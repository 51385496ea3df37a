"""Rows that cannot be read are set aside by table and id, and logged once each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import column
from structlog.testing import capture_logs

from bot.adapters.ledger.quarantine import LEFT_OUT, Quarantine
from bot.domain.errors import Outdated


def row(key: Any) -> Any:
    return SimpleNamespace(_mapping={"id": key, "name": f"n{key}"})


def reads(row: Any) -> Any:
    if row._mapping["id"] in {1, 2}:
        raise ValueError("a newer word")
    return row._mapping["id"]


def test_each_is_logged_once_and_the_others_are_read_in_order() -> None:
    quarantine = Quarantine()
    with capture_logs() as lines:
        found = [quarantine.readable("requests", [row(3), row(1), row(0)], reads) for _ in range(2)]
        quarantine.readable("messages", [row(1)], reads)

    assert found == [[3, 0], [3, 0]]
    assert lines == [
        {"event": "row_quarantined", "log_level": "error", "table": of, "row": "1", "error": "ValueError"}
        for of in ("requests", "messages")
    ]
    assert quarantine.ids("requests") == [1]


def test_a_row_may_be_named_by_another_column() -> None:
    quarantine = Quarantine()
    quarantine.readable("requests", [row(2)], reads, id_="name")

    assert quarantine.ids("requests") == ["n2"]


def test_whoever_asks_for_one_by_name_is_told() -> None:
    assert Quarantine().one("requests", row(3), reads) == 3
    with pytest.raises(Outdated):
        Quarantine().one("requests", row(1), reads)


def test_a_query_leaves_out_those_of_its_table_and_not_too_many() -> None:
    quarantine = Quarantine({("requests", 2), ("requests", 1), ("messages", 9)})

    assert Quarantine().without("requests", column("id")) == []  # type: ignore[arg-type]
    [condition] = quarantine.without("requests", column("id"))  # type: ignore[arg-type]
    assert condition.compile(compile_kwargs={"literal_binds": True}).string == "(id NOT IN (1, 2))"
    many = Quarantine({("requests", number) for number in range(LEFT_OUT + 1)})
    assert many.ids("requests") == list(range(500))


@pytest.mark.parametrize("err", [ValueError, KeyError, IndexError, TypeError, AttributeError])
def test_whatever_a_row_of_another_shape_raises_sets_it_aside(err: type[Exception]) -> None:
    """A word, a key or an entry that is not there, or a value of another type."""

    def breaks(_: object) -> None:
        raise err

    quarantine = Quarantine()

    assert quarantine.readable("requests", [row(1)], breaks) == []
    assert quarantine.counts() == {"requests": 1}
