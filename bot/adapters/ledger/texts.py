"""Texts that stand beside the events they belong to (`bot.domain.kept_text`)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.dialects import database_now, later
from bot.adapters.ledger.tables import texts
from bot.domain.kept_text import SALT_BYTES, KeptText


def new_salt() -> str:
    return secrets.token_hex(SALT_BYTES)


async def keep(
    connection: AsyncConnection, kept: Sequence[KeptText], *, request_id: str | None, case_id: str | None
) -> None:
    """Insert them, in the transaction of their event."""
    if not kept:
        return
    rows = [
        {
            "at": database_now(connection),
            "digest": one.digest,
            "name": one.name,
            "salt": one.salt,
            "text": one.text,
            "request_id": request_id,
            "case_id": case_id,
        }
        for one in kept
    ]
    await later(connection, insert(texts).inline().values(rows))


async def of(connection: AsyncConnection, about: str) -> Mapping[str, str | None]:
    """Every text about a request or a case, by its digest; None where it is blanked."""
    wanted = select(texts.c.digest, texts.c.text).where(_about([about]))
    return {row.digest: row.text for row in await connection.execute(wanted)}


async def blank(connection: AsyncConnection, about: Iterable[str]) -> None:
    """Neither the texts about these requests and cases nor their salts are kept any longer."""
    await connection.execute(update(texts).where(_about(about)).values(text=None, salt=None))


def text_of(row: Row[Any]) -> KeptText:
    return KeptText(digest=row.digest, name=row.name, salt=row.salt, text=row.text)


def _about(ids: Iterable[str]) -> ColumnElement[bool]:
    ids = list(ids)
    return or_(texts.c.request_id.in_(ids), texts.c.case_id.in_(ids))
