"""Through which proxy a call to Slack goes: as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say, every call alike."""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType
from yarl import URL

_LIKE = {"wss": "https", "ws": "http"}


def proxy_for(url: URL) -> URL | None:
    """Return the proxy, with its user and password where it has any; None where the call goes straight."""
    if url.host is None or proxy_bypass(url.host):
        return None
    found = getproxies().get(_LIKE.get(url.scheme, url.scheme))
    return URL(found) if found else None


async def through_its_proxy(
    request: aiohttp.ClientRequest, handler: ClientHandlerType
) -> aiohttp.ClientResponse:
    """
    A middleware of aiohttp.

    By itself a session takes no proxy, and slack-sdk 3.47 takes HTTPS_PROXY for every address and knows no NO_PROXY.
    """
    request.update_proxy(proxy_for(request.url), None, None)
    return await handler(request)
