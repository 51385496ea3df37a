from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest
from pydantic import TypeAdapter

from bot.aio.frozen import frozen, part


@dataclass(frozen=True, slots=True)
class Before:
    name: str
    count: int = 1
    unseen: str = field(default="", repr=False, compare=False)


@frozen
class Thing:
    name: str
    count: int = 1
    unseen: str = field(default="", repr=False, compare=False)

    @property
    def double(self) -> int:
        return self.count * 2


@frozen(kw_only=True)
class Larger(Thing):
    more: tuple[Thing, ...] = ()


@part(kw_only=True)
class Door:
    thing: Thing


@pytest.mark.parametrize("name", ["name", "count", "double", "another"])
def test_a_field_is_set_once(name: str) -> None:
    thing = Larger("a")

    with pytest.raises(AttributeError):
        setattr(thing, name, 2)
    with pytest.raises(FrozenInstanceError):
        delattr(thing, name)
    assert thing == Larger("a")


def test_a_part_keeps_its_fields_and_equals_nothing_else() -> None:
    door, other = Door(thing=Thing("a")), Door(thing=Thing("a"))

    with pytest.raises(FrozenInstanceError):
        door.thing = Thing("b")  # type: ignore[misc]  # what is refused
    assert door != other
    assert len({door, other}) == 2


def test_it_is_equal_hashed_and_shown_as_a_frozen_dataclass() -> None:
    assert Thing("a", 2, "x") == Thing("a", 2, "y")
    assert Thing("a") != Thing("b")
    assert hash(Thing("a", 2, "x")) == hash(Before("a", 2, "y"))
    assert repr(Thing("a", 2, "x")) == repr(Before("a", 2, "x")).replace("Before", "Thing")
    assert (
        repr(Larger("a", more=(Thing("b"),))) == "Larger(name='a', count=1, more=(Thing(name='b', count=1),))"
    )


def test_it_is_copied_and_read_as_a_dataclass() -> None:
    thing = Thing("a", 2)

    assert replace(thing, count=3) == Thing("a", 3)
    assert copy(thing) == deepcopy(thing) == thing
    assert TypeAdapter(Thing).validate_python({"name": "a", "count": 2}) == thing
    assert TypeAdapter(Thing).dump_python(thing) == {"name": "a", "count": 2, "unseen": ""}
