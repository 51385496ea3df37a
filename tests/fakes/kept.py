"""Forms, questions and look-ups in memory; `tests/contract/test_kept.py` compares them with the real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from bot.domain.case import CaseId, Question
from bot.domain.customer import CustomerId
from bot.domain.draft import Draft
from bot.domain.errors import LedgerUnavailable
from bot.domain.home import RecentCustomer
from bot.domain.lookup import AnyLookUp, LookUpId, PromotionLookUp
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId

NOON = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)

Key = TypeVar("Key", bound=str)


class _Named(Protocol):
    @property
    def id(self) -> Any: ...


Thing = TypeVar("Thing", bound=_Named)


@dataclass
class FakeKept(Generic[Key, Thing]):
    """`services.ports.Kept`, of things that have an id of their own."""

    now: Callable[[], datetime] = lambda: NOON
    things: dict[Key, tuple[Thing, datetime]] = field(default_factory=dict)

    async def keep(self, thing: Thing, /) -> Key:
        key: Key = thing.id
        self.things[key] = (thing, self.now() + DAY)
        return key

    async def recall(self, key: Key, /) -> Thing | None:
        thing, expires_at = self.things.get(key, (None, self.now()))
        return thing if expires_at > self.now() else None


class FakeDrafts(FakeKept[RequestId, Draft]):
    """`services.ports.Drafts`."""


class FakeQuestions(FakeKept[CaseId, Question]):
    """`services.ports.Questions`."""


@dataclass
class FakeLookUps:
    """
    `services.ports.LookUps`.

    Attributes:
        broken: whether nothing can be written down.
        told: what the audit log says of each.

    """

    now: Callable[[], datetime] = lambda: NOON
    broken: bool = False
    kept: dict[LookUpId, tuple[AnyLookUp, datetime]] = field(default_factory=dict)
    told: list[Mapping[str, Any]] = field(default_factory=list)

    def holds(self, key: LookUpId, look_up: AnyLookUp) -> None:
        """Under an id that the test chooses."""
        self.kept[key] = (look_up, self.now() + DAY)

    def ready(self) -> None:
        if self.broken:
            raise LedgerUnavailable

    async def keep(self, look_up: AnyLookUp, /, *, why: Mapping[str, Any]) -> LookUpId:
        self.ready()
        key = LookUpId(f"look-up-{len(self.told)}")
        self.holds(key, look_up)
        self.told.append(why)
        return key

    async def recall(self, key: LookUpId, /) -> AnyLookUp | None:
        look_up, expires_at = self.kept.get(key, (None, self.now()))
        return look_up if expires_at > self.now() else None


@dataclass
class FakeRecentLookUps:
    """`services.ports.RecentLookUps`, of the look-ups that this one keeps."""

    look_ups: FakeLookUps

    async def of(self, person: PersonId, at_most: int) -> Sequence[RecentCustomer]:
        found: dict[CustomerId, RecentCustomer] = {}
        for key, (look_up, expires_at) in reversed(self.look_ups.kept.items()):
            if isinstance(look_up, PromotionLookUp) or look_up.asker != person:
                continue
            if expires_at > self.look_ups.now():
                seen = RecentCustomer(customer=look_up.customer, look_up=key, at=expires_at - DAY)
                found.setdefault(look_up.customer, seen)
        return list(found.values())[:at_most]
