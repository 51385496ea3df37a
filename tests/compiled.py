"""
Statements are compiled once in a process: each test opens engines of its own, and compiling takes a sixth of a flow's time.

SQLAlchemy keeps what it compiled by dialect (docs.sqlalchemy.org: Core, SQL Compilation Caching); here all dialects of one
class are the same one. Tests have one server, so that they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import create_async_engine

from bot.adapters.ledger import postgresql, sqlite

_DIALECTS = (PGDialectAsync_psycopg, SQLiteDialect_aiosqlite)


@contextmanager
def compiled_once() -> Iterator[None]:
    compiled: dict[Any, Any] = {}
    shared = partial(create_async_engine, execution_options={"compiled_cache": compiled})
    with pytest.MonkeyPatch.context() as patch:
        for dialect in _DIALECTS:
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)))
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
        for module in (postgresql, sqlite):
            patch.setattr(module, "create_async_engine", shared)
        yield
