"""Requests by what people quote, in memory; `tests/contract/test_request_search.py` compares it with the real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.redemption import Redemption
from tests.fakes.requests import FakeRequests


@dataclass
class FakeRequestSearch:
    """
    `services.ports.RequestSearch`, of these requests.

    Attributes:
        asked: what was looked for, and how many at most.

    """

    requests: FakeRequests
    asked: list[tuple[str, int]] = field(default_factory=list)

    async def by_reference(self, reference: str, at_most: int) -> Sequence[Redemption]:
        self.asked.append((reference, at_most))
        return self._latest(
            [one for one in self.requests.rows.values() if one.id.startswith(reference)], at_most
        )

    async def by_bill_number(self, number: str, at_most: int) -> Sequence[Redemption]:
        self.asked.append((number, at_most))
        same = [one for one in self.requests.rows.values() if one.terms.bill_number.lower() == number.lower()]
        return self._latest(same, at_most)

    def _latest(self, found: list[Redemption], at_most: int) -> Sequence[Redemption]:
        return sorted(found, key=lambda one: (-one.made_at.timestamp(), one.id))[:at_most]
