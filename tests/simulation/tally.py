"""What was played: seeds, counts, and the worst case."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """What was played."""

    seeds: list[int] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    #: Calls of a redemption, of a look, and waits until nothing was due; each with its seed.
    most_calls: tuple[int, int] = (0, 0)
    most_look_calls: tuple[int, int] = (0, 0)
    most_steps: tuple[int, int] = (0, 0)

    def add(self, other: Tally) -> None:
        self.seeds += other.seeds
        self.counts += other.counts
        self.most_calls = max(self.most_calls, other.most_calls)
        self.most_look_calls = max(self.most_look_calls, other.most_look_calls)
        self.most_steps = max(self.most_steps, other.most_steps)

    def told(self) -> list[str]:
        """For the end of a run: seeds, counts, and the worst case."""
        if not self.seeds:
            return []
        worst = [
            f"most calls of one redemption: {self.most_calls[0]} (seed {self.most_calls[1]})",
            f"most calls of one look: {self.most_look_calls[0]} (seed {self.most_look_calls[1]})",
            f"most waits until nothing was due: {self.most_steps[0]} (seed {self.most_steps[1]})",
        ]
        counted = [f"{count:6}  {what}" for what, count in sorted(self.counts.items()) if count]
        return [
            f"{len(self.seeds)} schedules, seeds {min(self.seeds)} to {max(self.seeds)}",
            *worst,
            *counted,
        ]

    def as_text(self) -> str:
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def from_text(cls, text: str) -> Tally:
        told = json.loads(text)
        worst = {name: tuple(told[name]) for name in ("most_calls", "most_look_calls", "most_steps")}
        return cls(seeds=told["seeds"], counts=Counter(told["counts"]), **worst)
