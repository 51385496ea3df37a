"""Half of the usual examples, for tests whose examples take milliseconds each."""

from __future__ import annotations

from hypothesis import settings

HALF = settings(max_examples=settings().max_examples // 2)
