"""Run the migrations on the connection that `bot.adapters.ledger.upgrade` gives; on PostgreSQL each in a transaction of its own."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bot.adapters.ledger.tables import whole


def _note(ctx: MigrationContext, step: Any, heads: Any, run_args: Any) -> None:  # noqa: ARG001 - named by alembic
    """Write down which versions may serve with this revision: those from `oldest` on, as the revision's file says."""
    scripts: ScriptDirectory = context.script
    module = scripts.get_revision(step.up_revision_id).module
    oldest = getattr(module, "oldest", None)
    if oldest is not None and ctx.connection is not None:
        ctx.connection.execute(
            text("INSERT INTO revisions (revision, oldest) VALUES (:revision, :oldest)"),
            {"revision": step.up_revision_id, "oldest": oldest},
        )


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=whole(),
    transaction_per_migration=connection.dialect.name == "postgresql",
    on_version_apply=_note,
)
with context.begin_transaction():
    context.run_migrations()
