"""Structured log events on one stream: each line has a correlation id, and secrets are redacted."""

from bot.logs.correlation import correlated, new_reference, reference
from bot.logs.pipeline import configure
from bot.logs.redaction import protect, redacted
from bot.logs.values import described, traced

__all__ = [
    "configure",
    "correlated",
    "described",
    "new_reference",
    "protect",
    "redacted",
    "reference",
    "traced",
]
