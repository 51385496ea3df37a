"""Whether the engine's clock and zone agree with ours, by the last redemption that was made from here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import events, redemptions
from bot.domain.errors import EngineError, LedgerUnavailable
from bot.domain.redemption import Redemption, Settled, State
from bot.ops.finding import CheckResult, fail, ok, warn

CHECK = "engine clock"
#: Ends of requests among which the last one that the engine itself answered is looked for.
LATEST = 20
#: Seconds between the engine's booking and our verdict: a call may take ten.
WARN_S = 60.0
#: From here on it is a zone: all of them are quarters of an hour apart.
ZONE_S = 14 * 60.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineClockCheck:
    database: Database
    redeeming: CapillaryRedeeming
    zone: ZoneInfo

    async def __call__(self) -> AsyncIterator[CheckResult]:
        read_in = f"times without offset are read in {self.zone.key}"
        try:
            last = await self._last()
            engines = await self._engines(last) if last is not None else None
        except (EngineError, LedgerUnavailable) as err:
            yield warn(
                CHECK,
                f"the last redemption could not be read ({type(err).__name__}).",
                "Mend the other lines first.",
            )
            return
        if last is None or last.ended_at is None:
            yield ok(CHECK, f"nothing was redeemed from here yet that it could be judged by; {read_in}.")
        elif engines is None:
            yield warn(
                CHECK,
                f"the engine does not show the last redemption from here with a time; {read_in}.",
                f"See what it shows: coupon-desk why {last.id[:8]}",
            )
        else:
            yield _judged(engines, last.ended_at, read_in)

    async def _last(self) -> Redemption | None:
        """The newest one that the engine's own answer settled: its end is the moment of that answer."""
        ends = (
            select(events.c.request_id)
            .where(events.c.to_state == State.REDEEMED.value)
            .order_by(events.c.id.desc())
            .limit(LATEST)
        )
        for (request,) in await self.database.rows(ends):
            found = await self.database.rows(select(redemptions).where(redemptions.c.id == request))
            rows = [from_row(row) for row in found]
            if rows and rows[0].outcome.settled is Settled.ANSWER and rows[0].outcome.redemption_id:
                return rows[0]
        return None

    async def _engines(self, last: Redemption) -> datetime | None:
        """When the engine says that it was; None where it does not show it."""
        since = ((last.ended_at or last.made_at) - _DAY).astimezone(self.zone).date()
        uses = await self.redeeming.uses(last.terms.customer, last.terms.code, since=since, single=False)
        return next((use.at for use in uses if use.id == last.outcome.redemption_id), None)


def _judged(engines: datetime, ours: datetime, read_in: str) -> CheckResult:
    ahead_s = (engines - ours).total_seconds()
    off = abs(ahead_s)
    if off < WARN_S:
        return ok(CHECK, f"the last redemption has the time that we had, within {off:.0f} s; {read_in}.")
    way = "ahead of" if ahead_s > 0 else "behind"
    says = f"its time of the last redemption is {_said(off)} {way} ours; {read_in}."
    if off >= ZONE_S:
        step = "Set CAPILLARY_TIMEZONE to the zone that the cluster writes its times in; limits go by it too."
        return fail(CHECK, says, step)
    return warn(
        CHECK, says, "Check this machine's clock and the database's (timedatectl status); else ask Capillary."
    )


def _said(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
