"""The ledger as it stands, read beside the desk, and its clocks, which a test may move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Engine, Row, create_engine, func, make_url, select, update
from sqlalchemy.pool import StaticPool

from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import claims, events, kept, leases, messages, redemptions, usage
from bot.domain.redemption import Redemption, RequestId
from bot.sandbox.slack.server import REAL_TIME

#: Seconds by which time goes past what was waited for.
A_LITTLE_S = 0.05


def utc_now() -> datetime:
    """The one clock of a run: nothing in it waits for time to pass."""
    return datetime.fromtimestamp(REAL_TIME(), UTC)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is committed, whoever committed it."""

    engine: Engine

    @classmethod
    def open(cls, url: str) -> Ledger:
        """One connection, on which every statement stands alone, and none is lost."""
        spoken = make_url(url.replace("postgresql://", "postgresql+psycopg://"))
        if spoken.drivername == "postgresql+psycopg":
            spoken = spoken.update_query_dict({"options": "-c synchronous_commit=on"})
        return cls(create_engine(spoken, poolclass=StaticPool, isolation_level="AUTOCOMMIT"))

    def close(self) -> None:
        self.engine.dispose()

    def requests(self) -> list[Redemption]:
        return [from_row(row) for row in self._all(select(redemptions).order_by(redemptions.c.id))]

    def request(self, request_id: RequestId) -> Redemption | None:
        found = self._all(select(redemptions).where(redemptions.c.id == request_id))
        return from_row(found[0]) if found else None

    def stored(self) -> Sequence[Row[Any]]:
        """Requests with the columns that only the ledger knows."""
        return self._all(select(redemptions).order_by(redemptions.c.id))

    def moves(self, request_id: RequestId) -> list[tuple[str | None, str | None]]:
        """From which state to which, in the order of the audit log."""
        wanted = select(events.c.from_state, events.c.to_state)
        told = wanted.where(events.c.request_id == request_id, events.c.to_state.is_not(None))
        return [(row.from_state, row.to_state) for row in self._all(told.order_by(events.c.id))]

    def told_moves(self, request_id: RequestId) -> Sequence[Row[Any]]:
        """The events of a request that name a state, in the order of the audit log."""
        told = select(events).where(events.c.request_id == request_id, events.c.to_state.is_not(None))
        return self._all(told.order_by(events.c.id))

    def messages(self, request_id: RequestId) -> Sequence[Row[Any]]:
        return self._all(select(messages).where(messages.c.request_id == request_id))

    def usage(self) -> dict[tuple[str, Any], tuple[int, int]]:
        """Count and units by requester and day."""
        used = self._all(
            select(usage.c.requester, usage.c.day, usage.c.count.label("times"), usage.c.value_units)
        )
        return {(row.requester, row.day): (row.times, row.value_units) for row in used}

    def claims(self) -> dict[str, RequestId]:
        """Which request a redemption of the engine belongs to."""
        return {row.redemption_id: RequestId(row.request_id) for row in self._all(select(claims))}

    def alarms(self, request_id: RequestId) -> list[str]:
        told = select(events.c.why).where(events.c.request_id == request_id, events.c.what == "alarm")
        return [row.why["alarm"] for row in self._all(told.order_by(events.c.id))]

    # Time.

    def keeps(self, look_up_id: str) -> bool:
        """Whether a look-up was written, which is done behind its answer."""
        return bool(self._all(select(kept.c.id).where(kept.c.id == look_up_id)))

    def due_in_s(self) -> float | None:
        """Seconds until something is to be done, at most 0 when it is now; None when nothing is."""
        waited_for = [
            max(row.due_at, row.held_until or row.due_at) for row in self.stored() if row.due_at is not None
        ]
        joined = messages.join(redemptions, redemptions.c.id == messages.c.request_id)
        behind = select(messages.c.next_at, messages.c.held_until).select_from(joined)
        open_ones = behind.where(messages.c.drawn_version < redemptions.c.version, messages.c.gone.is_(False))
        waited_for += [max(row.next_at, row.held_until or row.next_at) for row in self._all(open_ones)]
        return (min(waited_for) - utc_now()).total_seconds() if waited_for else None

    def attended_in_s(self, now: datetime) -> float | None:
        """Seconds until somebody who waits for an approval is attended to, by the desk's clock."""
        waited_for = [row.attend_at for row in self.stored() if row.attend_at is not None]
        return (min(waited_for) - now).total_seconds() if waited_for else None

    def passes(self, seconds: float) -> None:
        """Every clock in the ledger is so much nearer to its end: to the desk, time has passed."""
        with self.engine.connect() as connection:
            for table, names in _CLOCKS:
                earlier = {name: self._earlier(table.c[name], seconds) for name in names}
                connection.execute(update(table).values(earlier))
            connection.execute(update(leases).values(free_at=leases.c.free_at - seconds))

    def _earlier(self, clock: Column[datetime], seconds: float) -> ColumnElement[Any]:
        if self.engine.dialect.name == "sqlite":
            # As `dialects.database_now` writes moments.
            return func.strftime("%Y-%m-%d %H:%M:%f000", clock, f"-{seconds:.3f} seconds")
        return clock - func.make_interval(0, 0, 0, 0, 0, 0, seconds)

    def _all(self, wanted: Any) -> Sequence[Row[Any]]:
        with self.engine.connect() as connection:
            return connection.execute(wanted).all()


_CLOCKS = (
    (redemptions, ("begin_by", "send_by", "due_at", "unknown_at", "ended_at", "held_until")),
    (messages, ("next_at", "held_until")),
)
