"""
Moves the texts of old events out of them, once, before they are sealed: the one thing that is not only added.

An older version would go on writing texts into events, and is refused from now on. Events that a seal covers stay as
they are: moving their texts would break the proof.
"""

from __future__ import annotations

from bot.adapters.ledger.migrations.move_texts import move_texts

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None
#: A version that does not know where the texts are may not serve any more.
oldest = "0056"


def upgrade() -> None:
    move_texts()
