from __future__ import annotations

import time
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.adapters.capillary.auth import Basic
from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.transport import Transport, pooled_client
from bot.sandbox.engine.capillary import SandboxEngine
from tests.adapters.capillary.wired import KOLKATA, NOW, QUICK


@pytest.fixture
async def engine() -> AsyncIterator[SandboxEngine]:
    """The sandbox engine, on the first of September 2025."""
    engine = SandboxEngine(now=lambda: NOW)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
async def http(engine: SandboxEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Connections to the sandbox engine, as `serve` opens them."""
    async with pooled_client(engine.url, QUICK) as http:
        yield http


@pytest.fixture
def transport(engine: SandboxEngine, http: httpx.AsyncClient) -> Transport:
    return Transport(http, Basic(engine.till, engine.till_password), time.monotonic, QUICK)


@pytest.fixture
def client(transport: Transport) -> CapillaryEngine:
    return CapillaryEngine(transport, KOLKATA)
