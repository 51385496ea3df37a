"""SQLAlchemy's ORM is left out until somebody asks for it, and is whole then."""

from __future__ import annotations

import subprocess
import sys

ASKS = """
import sys
import bot.adapters.ledger.database
from sqlalchemy.ext.asyncio import AsyncConnection
assert "sqlalchemy.orm" not in sys.modules
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
import sqlalchemy.ext.asyncio as whole
assert "sqlalchemy.orm" in sys.modules
assert whole.AsyncConnection is AsyncConnection
assert whole.AsyncSession is AsyncSession
assert not hasattr(whole, "nothing")
"""


def test_it_is_imported_by_whoever_asks_for_it_and_what_is_there_stays_the_same() -> None:
    subprocess.run([sys.executable, "-c", ASKS], check=True)
