"""Claims on the engine's redemptions, taken in the transaction that says *Redeemed*."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.dialects import insert_into, read_now
from bot.adapters.ledger.tables import claims
from bot.aio.frozen import frozen
from bot.domain.claim import Claim, ClaimKind, takes_over
from bot.domain.redemption import RequestId


@frozen(kw_only=True)
class Taken:
    """
    The result of claiming a redemption.

    Attributes:
        ours: whether the request has it now.
        changed: whether the claim is new or has changed its kind.
        before: the other request that had it before; None if there was none.

    """

    ours: bool
    changed: bool
    before: RequestId | None = None


async def take(connection: AsyncConnection, request_id: RequestId, claim: Claim) -> Taken:
    """Claim a redemption; a stronger claim takes it over, else the request that has it keeps it."""
    await _lock(connection, request_id, claim)
    wanted = select(claims).where(claims.c.redemption_id == claim.redemption_id).with_for_update()
    while not await _first(connection, request_id, claim):
        row = (await connection.execute(wanted)).one_or_none()
        if row is not None:
            return await _contested(connection, request_id, claim, row)
        # Whoever had it has just given it up.
    return Taken(ours=True, changed=True)


async def _lock(connection: AsyncConnection, request_id: RequestId, claim: Claim) -> None:
    """Everything that taking and giving up may touch, in one order: two that waited crosswise would both fail."""
    touched = or_(claims.c.request_id == request_id, claims.c.redemption_id == claim.redemption_id)
    wanted = select(claims.c.redemption_id).where(touched).order_by(claims.c.redemption_id)
    await connection.execute(wanted.with_for_update())


async def _contested(
    connection: AsyncConnection, request_id: RequestId, claim: Claim, row: Row[Any]
) -> Taken:
    held, holder = ClaimKind(row.kind), RequestId(row.request_id)
    stronger = takes_over(claim.kind, held)
    if stronger:
        await _hand_over(connection, request_id, claim)
    other = None if holder == request_id else holder
    return Taken(ours=stronger or other is None, changed=stronger, before=other)


async def release(connection: AsyncConnection, request_id: RequestId, *, but: str | None) -> Sequence[str]:
    """Give up what a request has claimed, `but` for what it rests on; the ids of the redemptions given up."""
    gone = delete(claims).where(claims.c.request_id == request_id)
    if but is not None:
        gone = gone.where(claims.c.redemption_id != but)
    return (await connection.execute(gone.returning(claims.c.redemption_id))).scalars().all()


async def _first(connection: AsyncConnection, request_id: RequestId, claim: Claim) -> bool:
    """Insert the claim; returns False if there is one already. Waits for a concurrent insert."""
    row = insert_into(connection, claims).values(
        redemption_id=claim.redemption_id,
        request_id=request_id,
        kind=claim.kind.value,
        at=await read_now(connection),
    )
    written = await connection.execute(row.on_conflict_do_nothing().returning(claims.c.redemption_id))
    return written.one_or_none() is not None


async def _hand_over(connection: AsyncConnection, request_id: RequestId, claim: Claim) -> None:
    await connection.execute(
        update(claims)
        .where(claims.c.redemption_id == claim.redemption_id)
        .values(request_id=request_id, kind=claim.kind.value, at=await read_now(connection))
    )
