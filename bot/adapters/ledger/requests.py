"""The ledger of redemptions (`services.ports.Requests`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger import due, request_moves, usage
from bot.adapters.ledger.code_key import code_key
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.known import KnownRequests, concerning
from bot.adapters.ledger.move_log import log_move
from bot.adapters.ledger.outbox import add
from bot.adapters.ledger.pauses import refuse_while_paused
from bot.adapters.ledger.request_inserts import insert
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import IS_OPEN, claims, redemptions
from bot.aio.frozen import part
from bot.domain.bill_number import may_be_same_bill
from bot.domain.claim import ClaimKind, is_likely
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.handled import Handled
from bot.domain.limits import Limits, Usage
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, State, Terms
from bot.domain.transitions import (
    NOTHING_BESIDE,
    Change,
    may_have_redeemed,
    new_request,
    posted_when_made,
)
from bot.services.ports import Earlier, Others

#: Redemptions of one coupon among which the last one is looked for: some wait long for an approval.
LATEST = 50
#: Moves towards a redeem call: none of them while it is paused.
BEGINS = frozenset({State.APPROVED, State.SENDING})
#: Kinds of claims that leave a doubt. One that a newer version writes is not doubted.
_LIKELY = frozenset(kind.value for kind in ClaimKind if is_likely(kind))


def _nobody(_row: Redemption, _by: PersonId | None) -> None:
    """The default for `told`: does nothing."""


@part
class LedgerRequests:
    """
    Calls `told` with each request that was made or moved, and by whom, after the commit.

    `known`: what is known without reading, where this process is the only one that writes.
    """

    database: Database
    told: Callable[[Redemption, PersonId | None], None] = _nobody
    known: KnownRequests | None = None

    async def make(
        self,
        request_id: RequestId,
        terms: Terms,
        *,
        made_at: datetime,
        day: date,
        limits: Limits,
        begin_in_s: float,
        window: str | None = None,
    ) -> Handled[Redemption]:
        """See the port: `new`, `refused` by a limit or an open request, or as it stood already."""
        async with self._writing() as connection:
            now = await read_now(connection)
            made = new_request(request_id, terms, made_at=made_at, begin_in_s=begin_in_s, now=now)
            key = await code_key(connection, self.database)
            row = await insert(connection, made, day, limits, now, key)
            ours = row is not None
            if ours:
                for role, channel in posted_when_made(made, window):
                    await add(connection, made, role, channel)
            written = from_row(row or await request_moves.stored(connection, request_id))
        if ours:
            log_move(None, written, terms.requester)
        self._tell(written, terms.requester)
        return Handled(row=written, ours=ours)

    async def get(self, request_id: RequestId) -> Redemption | None:
        wanted = select(redemptions).where(redemptions.c.id == request_id)
        row = next(iter(await self.database.rows(wanted)), None)
        return None if row is None else self.database.quarantine.one(due.TABLE, row, from_row)

    async def move(
        self,
        row: Redemption,
        to: State,
        change: Change = NOTHING_BESIDE,
        *,
        by: PersonId | None = None,
        why: Mapping[str, Any] | None = None,
        overdue: bool = False,
    ) -> Redemption:
        """See the port. A request that loses its claim by it is moved in the same transaction."""
        async with self._writing() as connection:
            if to in BEGINS and to is not row.state:
                await refuse_while_paused(connection)
            told = await request_moves.move(connection, row, to, change, by=by, why=why, overdue=overdue)
        for before, one in zip((row.state, State.REDEEMED), told, strict=False):
            log_move(before, one, by)
            self._tell(one, by)
        return told[0]

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self.database.transaction() as connection:
                yield connection
        except BaseException:
            # Of one that is cancelled, too, nobody knows whether it was written.
            if self.known is not None:
                self.known.failed()
            raise

    def _tell(self, row: Redemption, by: PersonId | None) -> None:
        if self.known is not None:
            self.known.written(row)
        self.told(row, by)

    async def due(self, at_most: int) -> Sequence[Redemption]:
        async with self.database.transaction() as connection:
            return await due.lease(connection, self.database.quarantine, at_most)

    async def attendable(self, now: datetime, at_most: int) -> Sequence[Redemption]:
        quarantine = self.database.quarantine
        wanted = (
            select(redemptions)
            .where(redemptions.c.attend_at <= now, *quarantine.without(due.TABLE, redemptions.c.id))
            .order_by(redemptions.c.attend_at, redemptions.c.id)
            .limit(at_most)
        )
        async with self.database.transaction() as connection:
            return quarantine.readable(due.TABLE, await connection.execute(wanted), from_row)

    async def earlier(self, terms: Terms, *, since: datetime, but: RequestId) -> Earlier:
        of_customer = (
            redemptions.c.id != but,
            redemptions.c.made_at >= since,
            redemptions.c.customer_id == terms.customer,
        )
        of_coupon = (*of_customer, redemptions.c.code_key == terms.code.casefold())
        count = select(func.count()).select_from(redemptions)
        redeemed = count.where(
            *of_customer,
            redemptions.c.requester == terms.requester,
            redemptions.c.state == State.REDEEMED.value,
        )
        rejected = select(redemptions).where(*of_coupon, redemptions.c.state == State.REJECTED.value)
        async with self.database.transaction() as connection:
            rows = [from_row(row) for row in await connection.execute(rejected)]
            decisions = [row.decided for row in rows if row.decided]
            return Earlier(
                redeemed=(await connection.execute(redeemed)).scalar_one(),
                attempts=(await connection.execute(count.where(*of_coupon))).scalar_one(),
                rejected=max(decisions, key=lambda decided: decided.at, default=None),
            )

    async def usage(self, requester: PersonId, day: date) -> Usage:
        async with self.database.transaction() as connection:
            return await usage.used_on(connection, requester, day)

    async def others(self, row: Redemption, uses: Collection[str]) -> Others:
        """By their ids: a coupon that belongs to nobody in particular is redeemed for other customers, too."""
        claimed = (
            select(claims.c.redemption_id, claims.c.kind, redemptions.c.terms)
            .join(redemptions, redemptions.c.id == claims.c.request_id)
            .where(claims.c.redemption_id.in_(uses), claims.c.request_id != row.id)
        )
        async with self.database.transaction() as connection:
            rows = (await connection.execute(claimed)).all()
            others = await self._of_coupon(connection, row)
        number = row.terms.bill_number
        same_bill = (one for one in others if may_be_same_bill(one.terms.bill_number, number))
        return Others(
            claimed=frozenset(one.redemption_id for one in rows),
            likely={one.redemption_id: one.terms["bill_number"] for one in rows if one.kind in _LIKELY},
            rival=any(may_have_redeemed(one) for one in same_bill),
        )

    async def unclaimed_numbers(self, row: Redemption) -> Mapping[str, Redemption]:
        async with self.database.transaction() as connection:
            others = await self._of_coupon(connection, row)
        return {
            one.terms.bill_number: one
            for one in others
            if one.terms.generated and one.outcome.redemption_id is None
        }

    async def _of_coupon(self, connection: AsyncConnection, row: Redemption) -> Sequence[Redemption]:
        """The latest other requests for the same customer and coupon."""
        wanted = (
            select(redemptions)
            .where(*_of_coupon(row), redemptions.c.id != row.id)
            .order_by(redemptions.c.made_at.desc())
            .limit(LATEST)
        )
        return [from_row(one) for one in await connection.execute(wanted)]

    async def open_for(self, customer: CustomerId, code: CouponCode) -> Redemption | None:
        wanted = select(redemptions).where(
            redemptions.c.customer_id == customer, redemptions.c.code_key == code.casefold(), IS_OPEN
        )
        row = next(iter(await self.database.rows(wanted)), None)
        return None if row is None else from_row(row)

    async def concerning(self, customer: CustomerId) -> Sequence[Redemption]:
        """See the port."""
        read = partial(concerning, self.database)
        return await (read(customer) if self.known is None else self.known.get(customer, read))

    async def redeemed_lately(
        self, customer: CustomerId, code: CouponCode, since: datetime
    ) -> Redemption | None:
        """See the port."""
        return next(iter(await self._redeemed(code, since, redemptions.c.customer_id == customer)), None)

    async def redeemed_of(self, code: CouponCode, since: datetime) -> Sequence[Redemption]:
        """See the port."""
        return await self._redeemed(code, since)

    async def _redeemed(
        self, code: CouponCode, since: datetime, *further: ColumnElement[bool]
    ) -> Sequence[Redemption]:
        wanted = (
            select(redemptions)
            .where(
                *further,
                redemptions.c.code_key == code.casefold(),
                redemptions.c.state == State.REDEEMED.value,
            )
            .order_by(redemptions.c.made_at.desc())
            .limit(LATEST)
        )
        rows = [from_row(row) for row in await self.database.rows(wanted)]
        lately = (row for row in rows if row.pressed_at >= since)
        return sorted(lately, key=lambda row: row.pressed_at, reverse=True)


def _of_coupon(row: Redemption) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        redemptions.c.customer_id == row.terms.customer,
        redemptions.c.code_key == row.terms.code.casefold(),
    )
