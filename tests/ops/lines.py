"""What a command says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Lines:
    said: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        self.said.append(line)

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def one(self, check: str) -> str:
        """The line of one check."""
        [line] = [line for line in self.said if re.match(rf"\w+ +{re.escape(check)}", line)]
        return line
