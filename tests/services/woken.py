"""Whoever is woken when there is something to do: counts how often."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Woken:
    times: int = 0

    def __call__(self) -> None:
        self.times += 1
