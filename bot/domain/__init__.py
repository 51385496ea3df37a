"""Rules and words; plain Python."""

from __future__ import annotations

from bot.aio.later import later

# The first mobile number asks for it; no start does.
later("phonenumbers")
