"""
On SQLite nothing can be inserted beneath a seal.

On PostgreSQL the role that serves may not give an event's id (docs/run/install.md); a transaction that commits
late there is an alarm, and is not refused: it may be a redemption.
"""

from __future__ import annotations

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None
#: The oldest revision whose version may still serve with this one.
oldest = "0056"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER events_not_beneath_seal AFTER INSERT ON events "
            "WHEN NEW.id <= (SELECT last_event FROM seals ORDER BY id DESC LIMIT 1) "
            "BEGIN SELECT RAISE(ABORT, 'a seal covers this number'); END"
        )
