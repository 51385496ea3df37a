"""The random key of the digests of coupon codes; migration 0055 makes it, and it never changes."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.tables import digest_keys

#: Its name in the table (stored).
CODES = "codes"


async def code_key(connection: AsyncConnection, database: Database) -> str:
    """The key in hex; read once for each process."""
    if CODES not in database.keys:
        wanted = select(digest_keys.c.key).where(digest_keys.c.name == CODES)
        database.keys[CODES] = (await connection.execute(wanted)).scalar_one()
    return database.keys[CODES]
