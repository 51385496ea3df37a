"""A request's record, recomputed from its events: what differs was changed beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.audit_entry import AuditEntry
from bot.domain.made_facts import lasting_facts
from bot.domain.redemption import Redemption


@dataclass(frozen=True, slots=True)
class Projection:
    """
    What the events of one request make of it.

    Attributes:
        redemption_ids: every redemption of the engine that they name as this request's, or as found.

    """

    requester: str | None = None
    state: str | None = None
    version: int = 0
    decided_by: str | None = None
    redemption_ids: frozenset[str] = frozenset()
    #: As `made` told them; older versions told none.
    facts: Mapping[str, Any] = field(default_factory=dict)

    def after(self, entry: AuditEntry) -> Projection:
        match entry.what:
            case "made":
                return replace(self, requester=entry.by, state=entry.to_state, version=1, facts=entry.why)
            case "moved":
                return self._moved(entry)
            case _:
                return self

    def _moved(self, entry: AuditEntry) -> Projection:
        named = {*entry.texts("uses"), entry.text("redemption_id")} - {""}
        decides = (
            entry.by is not None
            and entry.from_state == "waiting"
            and entry.to_state in {"approved", "rejected"}
        )
        return replace(
            self,
            state=entry.to_state,
            version=self.version + 1,
            decided_by=entry.by if decides else self.decided_by,
            redemption_ids=self.redemption_ids | named,
        )


def projected(entries: Iterable[AuditEntry]) -> Projection:
    """From the first to the last event of one request."""
    projection = Projection()
    for entry in entries:
        projection = projection.after(entry)
    return projection


def difference(row: Redemption, events: Projection) -> str | None:
    """In what the record is not what its events say; None where it is."""
    if events.version == 0:
        return "no event says that it was made"
    redemption = row.outcome.redemption_id
    told: dict[str, tuple[Any, Any]] = {
        "state": (row.state.value, events.state),
        "version": (row.version, events.version),
        "requester": (row.terms.requester, events.requester),
        "decided by": (row.decided.by if row.decided else None, events.decided_by),
    }
    told |= {
        name: (fact, events.facts[name])
        for name, fact in lasting_facts(row.terms).items()
        if name in events.facts
    }
    for name, (recorded, by_events) in told.items():
        if recorded != by_events:
            return f"{name} is {recorded}, by its events {by_events}"
    if redemption is not None and redemption not in events.redemption_ids:
        return f"redemption id is {redemption}, which none of its events names"
    return None
