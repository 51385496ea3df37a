"""
Classes whose fields are set once.

They are what `dataclass(frozen=True, slots=True)` makes, but that they share what refuses an assignment and what shows
them: Python 3.11 compiles these methods for each class, which took a sixth of the time that the desk needs to start.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, fields
from reprlib import recursive_repr
from typing import Any, NoReturn, dataclass_transform


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type | None = None, *, kw_only: bool = False) -> Any:
    """For what something is: two of them with equal fields are equal."""
    return _made(cls, dataclass(slots=True, repr=False, unsafe_hash=True, kw_only=kw_only))


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
def part(cls: type | None = None, *, kw_only: bool = False) -> Any:
    """For what does something, made once for a desk: use cases, ports, listeners. No two of them are equal."""
    return _made(cls, dataclass(slots=True, repr=False, eq=False, kw_only=kw_only))


def _made(cls: type | None, make: Any) -> Any:
    def made(of: type) -> Any:
        whole = make(of)
        whole.__setattr__, whole.__delattr__ = _set_once, _keep
        if "__repr__" not in vars(of):
            whole.__repr__ = _shown
        return whole

    return made if cls is None else made(cls)


def _set_once(self: object, name: str, to: Any) -> None:
    if hasattr(self, name):
        raise FrozenInstanceError(f"{type(self).__name__}.{name} is set already")
    object.__setattr__(self, name, to)


def _keep(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"{type(self).__name__}.{name} stays")


@recursive_repr()
def _shown(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"
