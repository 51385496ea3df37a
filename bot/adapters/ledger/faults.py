"""Database faults in words for the person who runs the desk, without anything from the address."""

from __future__ import annotations

import re
import sqlite3
import sys

from sqlalchemy.exc import SQLAlchemyError

from bot.aio.frozen import frozen
from bot.domain.errors import LedgerUnavailable

#: read_only_sql_transaction
READ_ONLY = "25006"


@frozen
class Fault:
    """A kind of fault and what to do about it; `kind` is for log lines."""

    kind: str
    words: str


NO_HOST = Fault("no_such_host", "there is no such host; check its name")
REFUSED = Fault("refused", "nothing listens at that host and port; check both, and that PostgreSQL runs")
SILENT = Fault("silent", "it did not answer in time; check that it runs, and the network to it")
PASSWORD = Fault("password", "it does not accept that user and password; check both")
NOT_LET_IN = Fault("not_let_in", "its pg_hba.conf lets this user or host not in, or not without TLS")
NO_DATABASE = Fault("no_such_database", "it has no database of that name; create it, or check the name")
RIGHTS = Fault("rights", "the role lacks rights; grant them, or run migrate as the owner")
TLS = Fault("tls", "no TLS connection could be made; check sslmode and the certificates in the address")
#: libpq has authorities of its own: www.postgresql.org/docs/current/libpq-ssl.html.
UNTRUSTED = Fault(
    "tls",
    "its certificate is not trusted; name the file of the authority that signed it in the address (sslrootcert), "
    "as SSL_CERT_FILE does not count for the database",
)
FULL = Fault(
    "too_many_connections", "it takes no more connections; lower DATABASE_POOL or raise its max_connections"
)
NONE_FREE = Fault(
    "no_connection_free", "all connections of this instance were in use for too long; raise DATABASE_POOL"
)
POOLER = Fault("pooler", "the pooler in between refuses what the address asks for; leave out options in it")
ONLY_READ = Fault("read_only", "it can only be read; point the address at the primary, or the file to a disk")
DISK = Fault("disk_full", "its disk is full; make room")
DISK_FAILED = Fault(
    "disk_failed",
    "its disk takes nothing any more: it failed, was made read-only or a quota is used up; the machine's log says more",
)
BUSY = Fault("busy", "something held a lock, or a statement ran, for too long; look for who holds it")
STARTING = Fault("starting", "it is just starting or stopping; wait, then try again")
NO_TABLES = Fault("no_tables", "its tables are not there or are older than this version; run migrate")
NO_FILE = Fault("no_file", "the file cannot be opened; check that its folder is there and may be written to")
NO_LEDGER = Fault("no_ledger", "the file is damaged or no SQLite database; restore it from a copy")
GONE = Fault("connection_lost", "the connection was lost; check that it runs")
LOST = Fault("lost", "it was put back to an earlier state, and has lost what was written last")
UNKNOWN = Fault("unknown", "it failed in a way that is not known; its own log says more")

#: By SQLSTATE, or its class (www.postgresql.org/docs/current/errcodes-appendix.html).
_STATES: dict[str, Fault] = {
    "28P01": PASSWORD,
    "28000": NOT_LET_IN,
    "3D000": NO_DATABASE,
    "42501": RIGHTS,
    "53300": FULL,
    "53100": DISK,
    "58030": DISK_FAILED,
    "57P03": STARTING,
    "57P01": STARTING,
    "57P02": STARTING,
    "57014": BUSY,
    "55P03": BUSY,
    "40P01": BUSY,
    "25P03": SILENT,
    READ_ONLY: ONLY_READ,
    "42P01": NO_TABLES,
    "42703": NO_TABLES,
    "08": GONE,
    # Of the statement itself. Their words quote values, in which anything may stand.
    "22": UNKNOWN,
    "23": UNKNOWN,
    "25": UNKNOWN,
    "42": UNKNOWN,
}

#: If no connection was made, libpq gives only a text; the server's language may not be English.
_WORDS: tuple[tuple[str, Fault], ...] = (
    (r"resolve host|translate host name|Name or service not known", NO_HOST),
    (r"unsupported startup parameter", POOLER),
    (r"pg_hba\.conf", NOT_LET_IN),
    (r"password|role \S+ does not exist|authentication failed|SASL", PASSWORD),
    (r"database \S+ does not exist|no such database", NO_DATABASE),
    (r"too many (clients|connections)|connection slots|no more connections allowed", FULL),
    (r"starting up|shutting down|recovery mode", STARTING),
    (r"session is read-only|read-only", ONLY_READ),
    (r"certificate verify failed", UNTRUSTED),
    (r"SSL|certificate|TLS", TLS),
    (r"permission denied", RIGHTS),
    (r"timeout|no answer|not answer|timed out", SILENT),
    (r"[Rr]efused|No such file or directory", REFUSED),
    (r"closed|reset|broken|lost|abort|unreachable|terminat", GONE),
)

#: By SQLite's primary result code (www.sqlite.org/rescode.html).
_SQLITE: dict[int, Fault] = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_READONLY: ONLY_READ,
    sqlite3.SQLITE_FULL: DISK,
    sqlite3.SQLITE_CANTOPEN: NO_FILE,
    sqlite3.SQLITE_CORRUPT: NO_LEDGER,
    sqlite3.SQLITE_NOTADB: NO_LEDGER,
    sqlite3.SQLITE_IOERR: DISK_FAILED,
}


def raised() -> tuple[type[Exception], ...]:
    """Return what a database that cannot be used raises: psycopg's errors where it is imported, as for PostgreSQL only."""
    psycopg = sys.modules.get("psycopg")
    return (SQLAlchemyError, sqlite3.Error, OSError, *((psycopg.Error,) if psycopg is not None else ()))


def unavailable(err: BaseException) -> LedgerUnavailable:
    """Return our error for a driver's, keeping only its kind: its text may quote values or a password."""
    fault = fault_of(err)
    return LedgerUnavailable(fault.words, kind=fault.kind)


def fault_of(err: BaseException) -> Fault:
    cause = getattr(err, "orig", None) or err
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    state = getattr(cause, "sqlstate", None) or ""
    found = _STATES.get(state) or _STATES.get(state[:2])
    return found or _of_words(cause)


def _of_sqlite(err: sqlite3.Error) -> Fault:
    code = getattr(err, "sqlite_errorcode", 0) & 0xFF
    if "no such table" in str(err) or "no such column" in str(err):
        return NO_TABLES
    return _SQLITE.get(code) or (SILENT if "not answer" in str(err) else UNKNOWN)


def _of_words(err: BaseException) -> Fault:
    if isinstance(err, TimeoutError):
        return SILENT
    words = str(err)
    if "QueuePool limit" in words:
        return NONE_FREE
    return next((fault for pattern, fault in _WORDS if re.search(pattern, words)), UNKNOWN)
