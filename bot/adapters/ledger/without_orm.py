"""
SQLAlchemy's asyncio part without its ORM, which the desk does not use.

`sqlalchemy.ext.asyncio` imports its sessions and with them the ORM (SQLAlchemy 2.1), a third of what SQLAlchemy takes to
import. Here the package is given its engine alone. Whoever asks it for anything else gets it: its own code runs then.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from bot.aio.later import later

PACKAGE = "sqlalchemy.ext.asyncio"
#: What the desk uses of it.
USED = ("AsyncConnection", "AsyncEngine", "create_async_engine")


def leave_out() -> None:
    """Do so for this process, unless the package is imported already."""
    later(PACKAGE, _engine)


def _engine() -> Mapping[str, Any]:
    engine = import_module(f"{PACKAGE}.engine")
    return {name: getattr(engine, name) for name in USED}
