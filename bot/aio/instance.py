"""Which process this is, among those that share the work."""

from __future__ import annotations

import secrets

#: Made anew at each start.
INSTANCE = secrets.token_hex(4)
