"""Ports that nobody may use: tests give those that what they test may use (`dataclasses.replace`)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from bot.bootstrap import Ports


class Unused:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody asks for {name} here")

    def __call__(self, *_given: Any, **_named: Any) -> Any:
        raise AssertionError("nobody calls this here")


_UNUSED: dict[str, Any] = {field.name: Unused() for field in fields(Ports)}
NO_PORTS = Ports(**_UNUSED)
