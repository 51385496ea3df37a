"""Migrations of a version that does not exist yet: this one's, and one that adds what migrations may add."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.adapters.ledger import upgrade

_NEXT = """
import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger.migrations.online import create_index

revision = "9000"
down_revision = "{newest}"
oldest = "{newest}"


def upgrade():
    op.create_table("of_the_next_version", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("redemptions", sa.Column("next", sa.String(20), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("next", sa.Integer))
    create_index("ix_redemptions_next", "redemptions", ["next"])
"""


def newer_migrations(folder: Path) -> Path:
    """Made in this folder; `upgrade.MIGRATIONS` names the folder of this version."""
    made = folder / "migrations"
    shutil.copytree(upgrade.MIGRATIONS, made, ignore=shutil.ignore_patterns("__pycache__"))
    (made / "versions" / "9000_next.py").write_text(_NEXT.format(newest=upgrade.newest_version()))
    return made
