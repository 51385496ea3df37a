"""Run the migrations on the connection that `bot.adapters.ledger.database.migrate` holds the lock on."""

from __future__ import annotations

from alembic import context

from bot.adapters.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
