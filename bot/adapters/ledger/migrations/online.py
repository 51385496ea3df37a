"""Migration steps that do not block a ledger in use, whatever its size."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def create_index(
    name: str, table: str, columns: Sequence[str | sa.TextClause], *, where: str | None = None
) -> None:
    """
    Build an index while others write; on PostgreSQL outside of any transaction.

    It must be a migration's last step: what comes before it is committed first. An invalid index that an interrupted
    build has left is dropped and built again.
    """
    condition = None if where is None else sa.text(where)
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(name, table, list(columns), sqlite_where=condition)
        return
    with op.get_context().autocommit_block():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
        op.create_index(name, table, list(columns), postgresql_where=condition, postgresql_concurrently=True)
