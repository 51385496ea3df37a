"""New databases on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit, urlunsplit

import psycopg

_numbers = count()


@contextmanager
def new_postgres(server: str, *, template: str = "template1") -> Iterator[str]:
    """
    The URL of a new database: a copy of the template, by default an empty one.

    It is gone afterwards: hundreds of them take the server half a minute to write down when it stops.
    """
    name = f"desk_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
