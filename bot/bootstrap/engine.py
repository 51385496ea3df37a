"""
The real ports of the engine.

`late_engine.py` imports this module at the first call: no start needs httpx, the certificates and the models of the
engine's JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

from bot.adapters.capillary.auth import Basic, Credentials, OAuth
from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.history import CapillaryHistory
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.capillary.transport import (
    CallLimits,
    Transport,
    fresh_clients,
    pooled_client,
)
from bot.adapters.capillary.transport import load_certificates as load_certificates
from bot.aio.budget import Budget
from bot.aio.frozen import part
from bot.bootstrap.ports import till_of
from bot.settings import Settings


@part
class EnginePorts:
    engine: CapillaryEngine
    redeeming: CapillaryRedeeming
    history: CapillaryHistory


def engine_ports(transport: Transport, settings: Settings) -> EnginePorts:
    """Make the ports; reads go through the transport, each redeem call over a connection of its own."""
    zone = settings.capillary_timezone
    engine = CapillaryEngine(transport, zone)
    redeeming = CapillaryRedeeming(
        engine=engine,
        connect=fresh_clients(settings.capillary_url, transport.limits),
        till=till_of(settings),
    )
    return EnginePorts(engine, redeeming, CapillaryHistory(transport, zone))


def engine_transport(
    settings: Settings,
    monotonic: Callable[[], float],
    heard: Callable[[bool], None],
    stack: AsyncExitStack,
    budget: Budget | None = None,
) -> Transport:
    """The line to the engine, open while the stack lasts; `heard` is told how it is. Commands need no budget."""
    limits = CallLimits(call_s=settings.capillary_timeout_seconds)
    http = pooled_client(settings.capillary_url, limits)
    stack.push_async_callback(http.aclose)
    transport = Transport(http, _credentials(settings, monotonic), monotonic, limits, heard)
    if budget is not None:
        transport.take = budget.take
    return transport


def _credentials(settings: Settings, monotonic: Callable[[], float]) -> Credentials:
    if settings.capillary_client_key is not None and settings.capillary_client_secret is not None:
        return OAuth(
            settings.capillary_client_key,
            settings.capillary_client_secret.get_secret_value(),
            monotonic=monotonic,
            attribution_till=settings.capillary_attribution_till,
        )
    if settings.capillary_till is None or settings.capillary_till_password is None:
        raise AssertionError("settings without credentials are refused when they are read")
    return Basic(settings.capillary_till, settings.capillary_till_password.get_secret_value())
