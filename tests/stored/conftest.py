from __future__ import annotations

from tests.flows.conftest import _no_authorities as _no_authorities
from tests.flows.conftest import clock as clock
from tests.flows.conftest import tuning as tuning
from tests.test_surface import surface as surface
