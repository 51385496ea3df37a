"""New databases on a PostgreSQL server."""

from __future__ import annotations

from itertools import count
from urllib.parse import urlsplit, urlunsplit

import psycopg

_numbers = count()


def new_postgres(server: str, *, template: str = "template1") -> str:
    """The URL of a new database: a copy of the template, by default an empty one."""
    name = f"desk_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
