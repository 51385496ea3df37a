import base64
import hashlib
import ssl
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest

from bot.sandbox.engine.capillary import SandboxEngine
from tests.sandbox.engine.calls import NOW


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def engine(clock: Clock) -> AsyncIterator[SandboxEngine]:
    engine = SandboxEngine(now=clock)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
async def anyone(engine: SandboxEngine) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=engine.url, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ) as client:
        yield client


@pytest.fixture
def api(engine: SandboxEngine, anyone: httpx.AsyncClient) -> httpx.AsyncClient:
    digest = hashlib.md5(engine.till_password.encode(), usedforsecurity=False).hexdigest()
    basic = base64.b64encode(f"{engine.till}:{digest}".encode()).decode()
    anyone.headers.update({"Authorization": f"Basic {basic}", "Accept": "application/json"})
    return anyone
