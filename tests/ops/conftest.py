from __future__ import annotations

from tests.services.conftest import changes as changes
from tests.services.conftest import database as database
from tests.services.conftest import desk as desk
from tests.services.conftest import facts as facts
from tests.services.conftest import requests as requests
