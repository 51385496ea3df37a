"""What a command prints when it fails: a sentence for the person who runs it, never a traceback."""

from __future__ import annotations

import os
import sys
import tempfile
import threading

#: A check failed, or what the command needs is not there at the moment.
FAILED = 1
#: sysexits.h EX_CONFIG.
WRONG_CONFIGURATION = 78


def told(err: BaseException) -> int:
    """Print on stderr what ended the command and what to do about it; returns the exit code."""
    if isinstance(err, KeyboardInterrupt):
        return _said(FAILED, "Interrupted.")
    try:
        return _foreseen(err) or _said(FAILED, _unforeseen(err))
    except BaseException as broken:  # noqa: BLE001 - an installation too broken to redact: names of types only
        return _said(
            FAILED,
            f"coupon-desk failed ({type(err).__name__}), and so did telling why ({type(broken).__name__}). "
            "Is it installed as its README says?",
        )


def tell_of_threads() -> None:
    """Report errors of threads and finalisers the same way: Python itself would print a traceback."""
    threading.excepthook = lambda raised: _beside(raised.exc_value)
    sys.unraisablehook = lambda raised: _beside(raised.exc_value)


def _beside(err: BaseException | None) -> None:
    """Report an error that does not end the command."""
    if err is not None and not isinstance(err, SystemExit):
        told(err)


def _foreseen(err: BaseException) -> int | None:
    from bot.domain.errors import CannotStart, LedgerUnavailable

    if isinstance(err, CannotStart):
        return _said(WRONG_CONFIGURATION if err.wrong_configuration else FAILED, err.sentence)
    if isinstance(err, LedgerUnavailable):
        return _said(FAILED, f"DATABASE_URL: the database cannot be used: {err}.")
    return None


def _unforeseen(err: BaseException) -> str:
    from bot import logs

    reference = logs.new_reference()
    words = logs.described(err).rstrip(".")
    return f"This should not have happened: {words}. {_kept(err, reference)}"


def _kept(err: BaseException, reference: str) -> str:
    """
    Write the traceback to the log; returns a sentence that says where it is.

    If the log goes to a terminal, the traceback goes to a file instead, so that it is not shown.
    """
    import structlog

    from bot import logs

    if sys.stderr.isatty():
        return _filed(logs.traced(err), reference)
    if not structlog.is_configured():
        logs.configure(level="INFO", format="json")
    with logs.correlated(reference):
        structlog.get_logger(__name__).critical("command_failed", exc_info=err)
    return f"Details are in the log, correlation id {reference}."


def _filed(traced: str, reference: str) -> str:
    try:
        number, path = tempfile.mkstemp(prefix=f"coupon-desk-{reference}-", suffix=".log")
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(traced + "\n")
    except OSError as err:
        return f"Its details could not be kept ({type(err).__name__})."
    return f"Details are in {path}."


def _said(code: int, sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return code
