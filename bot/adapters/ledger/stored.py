"""Values as they are stored in JSON columns."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Stored(Generic[T]):
    """
    One type, written and read by pydantic.

    What does so is made at the first use: for all types together that takes as long as importing a library.
    """

    def __init__(self, of: Any) -> None:
        self._of = of

    def dump(self, value: T) -> Any:
        return self._adapter.dump_python(value, mode="json")

    def load(self, stored: Any) -> T:
        """Raises pydantic's ValidationError."""
        return self._adapter.validate_python(stored)

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self._of)
