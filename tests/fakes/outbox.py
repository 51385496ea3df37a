"""The outbox in memory; `FakeRequests` and `FakeCases` put their messages into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.anchor import Anchor
from bot.domain.case import Case, CaseId
from bot.domain.errors import LedgerUnavailable
from bot.domain.messages import KINDS, MessageKind, Subject
from bot.domain.redemption import Redemption, RequestId
from bot.services.ports import OutboxMessage

NOON = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Row:
    """
    A message as the ledger holds it.

    Attributes:
        drawn: the version that the posted message shows; 0 before it is posted.
        gone: never drawn again.
        under: `ts` of a message to thread it under that the outbox does not hold itself.

    """

    id: int
    about: str
    role: MessageKind
    channel: str
    next_at: datetime
    ts: str | None = None
    drawn: int = 0
    attempts: int = 0
    held_until: datetime | None = None
    gone: bool = False
    under: str | None = None


@dataclass
class FakeOutbox:
    """
    `services.ports.Outbox`. A message of a request in a passing state does not wait for its outcome here.

    Attributes:
        broken: whether writing what became of a message fails.
        sent: channel and `ts` of each delivery; `back` is when to try again, and why, of each that failed.

    """

    now: Callable[[], datetime] = lambda: NOON
    broken: bool = False
    rows: list[Row] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    back: list[tuple[float | None, str]] = field(default_factory=list)
    _about: dict[str, Redemption | Case | Anchor] = field(default_factory=dict)
    _made: int = 0

    def post(self, about: Redemption | Case | Anchor, role: MessageKind, channel: str) -> None:
        """As a move asks for it: a message that is updated instead is not added again."""
        self._about[about.id] = about
        traits = KINDS[role]
        same = [
            row
            for row in self._of(about.id)
            if row.role is role and not row.gone and (not traits.one_per_channel or row.channel == channel)
        ]
        if not (traits.redrawn and same):
            self.owes(about, role, channel)

    def owes(
        self,
        about: Redemption | Case | Anchor,
        role: MessageKind,
        channel: str,
        *,
        ts: str | None = None,
        attempts: int = 0,
        thread_ts: str | None = None,
    ) -> None:
        """A message as it may stand at some time, due now."""
        self._about[about.id] = about
        self.rows.append(
            Row(
                id=self._next(),
                about=about.id,
                role=role,
                channel=channel,
                next_at=self.now(),
                ts=ts,
                attempts=attempts,
                under=thread_ts,
            )
        )

    def redraw(self, after: Redemption | Case | Anchor) -> None:
        """As each move does it."""
        self._about[after.id] = after
        for row in self._of(after.id):
            if row.attempts == 0:
                row.next_at = self.now()

    def keep_drawn(self, before: Redemption, after: Redemption) -> None:
        """As a move does it that changes nothing that people read."""
        self._about[after.id] = after
        for row in self._of(after.id):
            if row.drawn == before.version:
                row.drawn = after.version

    def changed_unseen(self, after: Redemption | Case) -> None:
        """As a move that changes nothing of what is drawn: no message is due for it."""
        before = self._about.get(after.id)
        self._about[after.id] = after
        for row in self._of(after.id):
            if before is not None and row.drawn >= before.version:
                row.drawn = after.version

    # The port.

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[OutboxMessage]:
        free = [row for row in self.rows if self._free(row)]
        oldest = {row.channel: row for row in reversed(free)}
        taken = sorted(oldest.values(), key=lambda row: row.id)[:at_most]
        for row in taken:
            row.held_until = self.now() + timedelta(seconds=hold_s)
        return [self._message(row) for row in taken]

    async def delivered(self, outbox_message: OutboxMessage, *, channel: str, ts: str) -> None:
        self._reach()
        self.sent.append((channel, ts))
        gone = not outbox_message.traits.redrawn
        about = outbox_message.about
        if about.id not in self._about:
            return
        drawn = self._drawn_version(about.id, about.version)
        if outbox_message.ts is None:
            self.rows = [row for row in self.rows if not _is(row, outbox_message)]
            self._know(about.id, outbox_message.role, (channel, ts), drawn=drawn, gone=gone)
        for row in self.rows:
            if _is(row, outbox_message):
                row.drawn, row.attempts, row.held_until, row.gone = drawn, 0, None, gone

    async def put_back(self, outbox_message: OutboxMessage, *, again_in_s: float | None, why: str) -> None:
        self._reach()
        self.back.append((again_in_s, why))
        for row in self.rows:
            if _is(row, outbox_message):
                row.attempts, row.held_until, row.gone = row.attempts + 1, None, again_in_s is None
                row.next_at = self.now() + timedelta(seconds=again_in_s or 0.0)

    async def adopt(self, about: RequestId | CaseId, role: MessageKind, *, channel: str, ts: str) -> None:
        known = self._about.get(about)
        at = [row for row in self.rows if (row.channel, row.ts) == (channel, ts)]
        if known is not None and any(row.drawn == known.version and not row.gone for row in at):
            return
        if known is not None and isinstance(known, Case) == (KINDS[role].about is Subject.CASE):
            self._know(about, role, (channel, ts), drawn=0, gone=False)

    async def shown(self, about: RequestId, window: str, *, version: int) -> None:
        self._reach()
        for row in self._of(about):
            if row.channel == window and row.drawn < version:
                row.drawn, row.held_until = self._drawn_version(about, version), None

    # What it stands on.

    def _reach(self) -> None:
        if self.broken:
            raise LedgerUnavailable

    def _drawn_version(self, about: str, version: int) -> int:
        """0 for a version that the ledger has not."""
        return version if version <= self._about[about].version else 0

    def _next(self) -> int:
        self._made += 1
        return self._made

    def _of(self, about: str) -> list[Row]:
        return [row for row in self.rows if row.about == about]

    def _free(self, row: Row) -> bool:
        held = row.held_until is not None and row.held_until > self.now()
        due = row.drawn < self._about[row.about].version and row.next_at <= self.now()
        return due and not held and not row.gone

    def _know(self, about: str, role: MessageKind, at: tuple[str, str], *, drawn: int, gone: bool) -> None:
        """One row for each posted copy."""
        channel, ts = at
        self.rows = [row for row in self.rows if (row.channel, row.ts) != at]
        self.rows.append(
            Row(
                id=self._next(),
                about=about,
                role=role,
                channel=channel,
                next_at=self.now(),
                ts=ts,
                drawn=drawn,
                gone=gone,
            )
        )

    def _message(self, row: Row) -> OutboxMessage:
        return OutboxMessage(
            id=row.id,
            role=row.role,
            channel=row.channel,
            ts=row.ts,
            attempts=row.attempts,
            about=self._about[row.about],
            thread_ts=row.under or self._thread(row),
        )

    def _thread(self, row: Row) -> str | None:
        posted = [one for one in self._of(row.about) if one.ts is not None and not one.gone]
        return min((one.ts for one in posted if one.ts and _is_over(one, row)), default=None)


def _is(row: Row, outbox_message: OutboxMessage) -> bool:
    one = outbox_message
    mine = (one.id, one.about.id, one.role, one.channel, one.ts)
    return (row.id, row.about, row.role, row.channel, row.ts) == mine


#: Kinds of channel message that others are threaded under.
_TOPS = {kind.thread_of for kind in KINDS.values() if kind.in_channel and kind.thread_of}


def _is_over(top: Row, row: Row) -> bool:
    own = not KINDS[row.role].in_channel and KINDS[row.role].thread_of is top.role
    return own or (top.role in _TOPS and top.channel == row.channel)
