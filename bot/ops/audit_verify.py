"""Proof that an audit log is what was sealed: of the ledger itself, or of an export on a machine without it."""

from __future__ import annotations

import codecs
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.seals import LedgerSeals
from bot.adapters.ledger.signing import is_signed
from bot.domain.audit_entry import AuditEntry
from bot.domain.seal import BEGINNING, Seal, as_digest, canonical, event_json
from bot.domain.verification import Broken, verify_stretch
from bot.ops.audit_export import seal_from_json
from bot.ops.audit_records import ByEvents, verify_records
from bot.ops.sentences import counted

#: Exit codes.
FINE, FAILED = 0, 1
#: Letters or digits of an anchor that are enough to name one seal.
SHORTEST_ANCHOR = 12

Say = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Proof:
    """
    One verification, told as it goes.

    Attributes:
        keys: public keys, one of which every signature must be of; none takes those that the seals name.
        anchor: the digest of a seal that left the machine, as it was typed; the log must contain it.
        digest: of the chain so far.
        events, seals: how many were proved.
        unsealed: events that no seal here covers.

    """

    say: Say
    keys: tuple[str, ...] = ()
    anchor: str | None = None
    digest: str = BEGINNING
    events: int = 0
    seals: int = 0
    unsealed: int = 0
    unsigned: int = 0
    signed_by: set[str] = field(default_factory=set)
    anchored: bool = False

    def stretch(self, seal: Seal, events: Iterable[Mapping[str, Any]]) -> Broken | None:
        """Prove one more stretch."""
        verdict = verify_stretch(seal, self.digest, events, self._wrong_signature)
        if verdict.broken is None:
            self._count(seal)
        self.digest = verdict.digest
        return verdict.broken

    def broken(self, broken: Broken) -> int:
        where = f"event {broken.event}" if broken.event is not None else f"seal {broken.seal}"
        self.say(f"BROKEN at {where}, under seal {broken.seal}: {broken.what}.")
        self.say(f"Before it {self._proved}")
        return FAILED

    def whole(self, unsealed: int) -> int:
        """What was proved, and what could not be; `unsealed` are the events after the last seal."""
        unsealed += self.unsealed
        self.say(self._proved)
        if self.signed_by:
            self.say(f"Signed by {', '.join(sorted(self.signed_by))}.")
        if self.unsigned:
            self.say(
                f"{counted(self.unsigned, 'seal carries', 'seals carry')} no signature: whoever owns the ledger could "
                f"write {'it' if self.unsigned == 1 else 'them'} anew."
            )
        if unsealed:
            self.say(
                f"{counted(unsealed, 'event stands', 'events stand')} under no seal here; "
                f"{'it proves' if unsealed == 1 else 'they prove'} nothing yet."
            )
        if self.anchor is not None and not self.anchored:
            self.say("BROKEN: no seal here has that anchor; the log is not the one that it was taken from.")
            return FAILED
        if self.anchor is not None:
            self.say("The anchor is one of its seals.")
        return FINE

    @property
    def _proved(self) -> str:
        as_sealed = "is as it was sealed" if self.events == 1 else "are as they were sealed"
        return f"{counted(self.events, 'event', 'events')} under {counted(self.seals, 'seal', 'seals')} {as_sealed}."

    def _count(self, seal: Seal) -> None:
        self.events += seal.events
        self.seals += 1
        if seal.signed_by:
            self.signed_by.add(seal.signed_by)
        else:
            self.unsigned += 1
        typed = as_digest(self.anchor) if self.anchor is not None else ""
        self.anchored |= len(typed) >= SHORTEST_ANCHOR and seal.digest.startswith(typed)

    def _wrong_signature(self, seal: Seal) -> str | None:
        if seal.signature is None:
            return "it lost its signature: the seals before it have one" if self.signed_by else None
        if not is_signed(seal):
            return "its signature is not of the key that it names"
        if self.keys and seal.signed_by not in self.keys:
            return (
                f"it is signed by {seal.signed_by}, not by {' or '.join(self.keys)}. Where that was this desk's key "
                "before AUDIT_KEY was changed, name each public key with a --key of its own"
            )
        return None


async def verify_ledger(database: Database, proof: Proof) -> int:
    """Every seal in turn, then requests, claims and texts against their events. Raises LedgerUnavailable."""
    seals, last, by_events = LedgerSeals(database), 0, ByEvents()
    async for page in seals.pages():
        entries = await seals.events(last + 1, page[-1].last_event)
        by_events.add(entries)
        last = page[-1].last_event
        for seal, stretch in _by_seal(page, entries):
            broken = proof.stretch(seal, map(event_json, stretch))
            if broken is not None:
                return proof.broken(broken)
    unsealed = 0
    while entries := await seals.events(last + 1):
        by_events.add(entries)
        unsealed, last = unsealed + len(entries), entries[-1].id
    return max(proof.whole(unsealed), await verify_records(database, proof.say, by_events))


def _by_seal(
    seals: Sequence[Seal], entries: Sequence[AuditEntry]
) -> Iterator[tuple[Seal, Sequence[AuditEntry]]]:
    """Each seal with the events up to its end."""
    begin = 0
    for seal in seals:
        end = bisect_right(entries, seal.last_event, begin, key=lambda entry: entry.id)
        yield seal, entries[begin:end]
        begin = end


def verify_file(path: Path, proof: Proof) -> int:
    """An export in JSON lines; the part of it that is under whole stretches is proved."""
    with path.open("rb") as lines:
        code = _of_lines(lines, proof)
    if code == FINE and not proof.events and not proof.unsealed:
        proof.say(f"{path} holds no event, so nothing was proved.")
        return FAILED
    return code


def _of_lines(lines: Iterable[bytes], proof: Proof) -> int:
    waiting: list[Mapping[str, Any]] = []
    for number, line in enumerate(lines, 1):
        try:
            event, seal = _read(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            proof.say(f"BROKEN at line {number}: it is neither an event nor a seal.")
            return FAILED
        if seal is None:
            if waiting and event["id"] <= waiting[-1]["id"]:
                return proof.broken(Broken(proof.seals + 1, event["id"], "it was re-ordered or inserted"))
            waiting.append(event)
            continue
        broken = _sealed(proof, seal, waiting)
        if broken is not None:
            return proof.broken(broken)
        waiting = []
    proof.unsealed += len(waiting)
    return proof.whole(0)


def _read(line: bytes) -> tuple[Mapping[str, Any], Seal | None]:
    """An event, or a seal. Raises KeyError, TypeError, ValueError, OverflowError or RecursionError where it is neither."""
    told = json.loads(line.decode())
    if b"\\u" in line:
        # Half a character can be written so, and not be sealed.
        canonical(told)
    if "seal" in told:
        return {}, seal_from_json(told["seal"])
    return {**told, "id": int(told["id"])}, None


def _sealed(proof: Proof, seal: Seal, waiting: list[Mapping[str, Any]]) -> Broken | None:
    """The first seal of an export may stand in the middle of a chain, and what stands before it under none."""
    if proof.seals == 0 and seal.previous != BEGINNING:
        proof.digest = seal.previous
        proof.say("The export begins in the middle of the chain; what came before it is not proved here.")
        held = [one for one in waiting if one["id"] >= seal.first_event]
        proof.unsealed += len(waiting) - len(held)
        waiting = held
    return proof.stretch(seal, waiting)
