"""What lies behind the proxy: Slack and the engine by their own names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.aio.clock import Clock
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.server import SandboxSlack
from tests.behind.authority import authority
from tests.behind.proxy import Proxy, running_proxy

API, HOOKS, CLUSTER = "slack.com", "hooks.slack.com", "eu.api.capillarytech.com"


@dataclass(frozen=True, slots=True)
class Outside:
    """Attributes: authority: the PEM file of whoever signed their certificates."""

    slack: SandboxSlack
    engine: SandboxEngine
    proxy: Proxy
    authority: Path

    def environment(self) -> dict[str, str]:
        """What is set here as it would be for the real ones, but for the policy and the ledger."""
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "CAPILLARY_URL": f"https://{CLUSTER}",
            "CAPILLARY_CLIENT_KEY": self.engine.key,
            "CAPILLARY_CLIENT_SECRET": self.engine.secret,
            "CAPILLARY_ATTRIBUTION_TILL": self.engine.till,
            "CAPILLARY_TIMEZONE": "Asia/Kolkata",
            "HTTPS_PROXY": self.proxy.url,
            "SSL_CERT_FILE": str(self.authority),
        }


@asynccontextmanager
async def outside(folder: Path, now: Clock) -> AsyncIterator[Outside]:
    """`folder` is where certificates are written."""
    file, tls = authority(folder, (API, HOOKS, CLUSTER))
    engine, slack = SandboxEngine(now=now), SandboxSlack(limit_s=30.0)
    await engine.start(tls=tls)
    await slack.start(tls=tls)
    ports = {name: _port(url) for name, url in ((API, slack.workspace.base_url), (CLUSTER, engine.url))}
    # Response URLs and sockets are told by Slack's name for them.
    slack.workspace.base_url = f"https://{HOOKS}"
    hosts = {f"{API}:443": ports[API], f"{HOOKS}:443": ports[API], f"{CLUSTER}:443": ports[CLUSTER]}
    try:
        async with running_proxy(hosts) as proxy:
            yield Outside(slack, engine, proxy, file)
    finally:
        await slack.close()
        await engine.close()


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
