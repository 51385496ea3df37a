"""Steps that a ledger in use can bear, whatever it holds."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def create_index(name: str, table: str, columns: Sequence[str], *, where: str | None = None) -> None:
    """
    An index that is built while others write, on PostgreSQL outside of any transaction.

    It is the last thing that a migration does: what stands before it is committed first. One that a build left
    behind half-way, which PostgreSQL keeps as invalid, is dropped and built again.
    """
    condition = None if where is None else sa.text(where)
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(name, table, list(columns), sqlite_where=condition)
        return
    with op.get_context().autocommit_block():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
        op.create_index(name, table, list(columns), postgresql_where=condition, postgresql_concurrently=True)
