"""A request's record, recomputed from its events: what differs was changed beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from typing import Any

from bot.aio.frozen import frozen
from bot.domain.audit_entry import AuditEntry
from bot.domain.kept_text import digest_in
from bot.domain.made_facts import changing_facts, lasting_facts, outcome_facts
from bot.domain.redemption import Redemption
from bot.domain.shown import shown_digest


@frozen
class Projection:
    """
    What the events of one request make of it.

    Attributes:
        redemption_ids: every redemption of the engine that they name as this request's, or as found.
        facts: the terms, as `made` told them and later moves changed them; older versions told none.
        outcome: as the last move that changed it told it; None where none did.
        shown: digest of what approvers were shown last.
        fault: what is wrong among the events themselves.

    """

    requester: str | None = None
    state: str | None = None
    version: int = 0
    decided_by: str | None = None
    redemption_ids: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=dict)
    outcome: Mapping[str, Any] | None = None
    shown: str | None = None
    fault: str | None = None

    def after(self, entry: AuditEntry) -> Projection:
        match entry.what:
            case "made":
                return self._made(entry)
            case "moved":
                return self._moved(entry)
            case "forgotten":
                return replace(self, version=self.version + 1)
            case _:
                return self

    def _made(self, entry: AuditEntry) -> Projection:
        return replace(
            self,
            requester=entry.by,
            state=entry.to_state,
            version=self.version + 1,
            facts=entry.why,
            outcome=entry.why.get("outcome"),
        )

    def _moved(self, entry: AuditEntry) -> Projection:
        named = {*entry.texts("uses"), entry.text("redemption_id")} - {""}
        decides = (
            entry.by is not None
            and entry.from_state == "waiting"
            and entry.to_state in {"approved", "rejected"}
        )
        shows = entry.why.get("shows")
        return replace(
            self,
            state=entry.to_state,
            version=self.version + 1,
            decided_by=entry.by if decides else self.decided_by,
            redemption_ids=self.redemption_ids | named,
            facts={**self.facts, **entry.why["terms"]} if "terms" in entry.why else self.facts,
            outcome=entry.why.get("outcome", self.outcome),
            shown=shown_digest(shows) if shows is not None else self.shown,
            fault=self.fault or self._wrong(entry),
        )

    def _wrong(self, entry: AuditEntry) -> str | None:
        if entry.from_state != self.state:
            return f"event {entry.id} moves it from {entry.from_state}, and it was {self.state}"
        if entry.to_state == "approved" and "shown" in entry.why and entry.why["shown"] != self.shown:
            return f"event {entry.id} approves what was not shown"
        return None


@frozen(kw_only=True)
class Beside:
    """
    What stands beside the events, to compare a record with.

    Attributes:
        code: the digest of a coupon's code.
        texts: by their digests; None where one is blanked.

    """

    code: Callable[[str], str]
    texts: Mapping[str, str | None]


def projected(entries: Iterable[AuditEntry]) -> Projection:
    """From the first to the last event of one request."""
    projection = Projection()
    for entry in entries:
        projection = projection.after(entry)
    return projection


def difference(row: Redemption, events: Projection, beside: Beside) -> str | None:
    """In what the record is not what its events say; None where it is."""
    if events.version == 0:
        return "no event says that it was made"
    for name, recorded, by_events in _compared(row, events, beside):
        if recorded != by_events:
            return f"its {name} is {recorded}, by its events {by_events}"
    redemption = row.outcome.redemption_id
    if redemption is not None and redemption not in events.redemption_ids:
        return f"its redemption id is {redemption}, which none of its events names"
    return events.fault


def _compared(row: Redemption, events: Projection, beside: Beside) -> Iterable[tuple[str, Any, Any]]:
    yield "state", row.state.value, events.state
    yield "version", row.version, events.version
    yield "requester", row.terms.requester, events.requester
    yield "decided by", row.decided.by if row.decided else None, events.decided_by
    facts = {**lasting_facts(row.terms, beside.code(row.terms.code)), **changing_facts(row.terms)}
    for name, fact in facts.items():
        if name in events.facts:
            yield name, fact or None, _told(events.facts[name], beside) or None
    if events.outcome is not None:
        recorded = outcome_facts(row.outcome)
        for name in sorted(recorded.keys() | events.outcome.keys()):
            yield name.replace("_", " "), recorded.get(name), events.outcome.get(name)


def _told(fact: Any, beside: Beside) -> Any:
    digest = digest_in(fact)
    return fact if digest is None else beside.texts.get(digest)


@frozen
class ClaimsByEvents:
    """Which request claims which redemption of the engine, by the events; those from before have none."""

    of: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Redemptions that any event names.
    named: set[str] = field(default_factory=set)

    def add(self, entry: AuditEntry) -> None:
        redemption, request = entry.text("redemption_id"), entry.request_id
        if entry.what == "claimed" and request is not None:
            self.named.add(redemption)
            self.of[redemption] = (request, entry.text("kind"))
        elif entry.what == "claim_released":
            self.named.add(redemption)
            self.of.pop(redemption, None)

    def differences(self, claims: Mapping[str, tuple[str, str]]) -> Iterable[str]:
        """What the table of claims says otherwise."""
        for redemption in sorted(self.named):
            recorded, by_events = claims.get(redemption), self.of.get(redemption)
            if recorded != by_events:
                yield (
                    f"claim on redemption {redemption} is {_words(recorded)}, by its events {_words(by_events)}"
                )


def _words(claim: tuple[str, str] | None) -> str:
    return "nobody's" if claim is None else f"request {claim[0][:8]}'s by {claim[1]}"
