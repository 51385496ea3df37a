"""
The composition root: ports go in, real ones or fakes of a test; every use case comes out.

`ports.py` makes the real ports of what `bot/app.py` has opened, `use_cases.py` makes each use case of any ports,
`workers.py` and `surface.py` hand them to the workers and to the listeners. Nothing is wired anywhere else.
"""

from __future__ import annotations

from bot.bootstrap.ports import OpenParts, Ports, real_ports
from bot.bootstrap.surface import listeners
from bot.bootstrap.timing import Timing, configuration_of, timing_of
from bot.bootstrap.use_cases import UseCases, bootstrap
from bot.bootstrap.workers import Workers

__all__ = [
    "OpenParts",
    "Ports",
    "Timing",
    "UseCases",
    "Workers",
    "bootstrap",
    "configuration_of",
    "listeners",
    "real_ports",
    "timing_of",
]
