"""What the desk logs, for tests that read it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from bot import logs


@contextmanager
def logged(level: str) -> Iterator[io.StringIO]:
    """What is written meanwhile, as JSON lines; logging is as it was afterwards."""
    handlers, before = list(logging.root.handlers), logging.root.level
    stream = io.StringIO()
    logs.configure(level=level, format="json", stream=stream)
    try:
        yield stream
    finally:
        logging.captureWarnings(capture=False)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(before)
        logging.getLogger("bot").setLevel(logging.NOTSET)
        structlog.reset_defaults()
