"""Lets only this machine's browser, from the page itself, use the page, and limits what the page may do."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
#: Only the page's own files may run: text that gets through as markup could do nothing.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{what} {source}" for what, source in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@web.middleware
async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse another host name (DNS rebinding) and another origin (another page in the same browser)."""
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        raise web.HTTPForbidden(text="This page answers to 127.0.0.1 and localhost only.")
    if request.method != "GET" and not _from_the_page(request):
        raise web.HTTPForbidden(text="Only the page itself may act here.")
    return await handler(request)


async def dress(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def _from_the_page(request: web.Request) -> bool:
    """Whether a POST is from the page: browsers send its origin, and no JSON across origins without a preflight request."""
    origin = request.headers.get("Origin")
    fetched = request.headers.get("Sec-Fetch-Site", "same-origin")
    same = origin is None or origin == f"http://{request.host}"
    return same and fetched == "same-origin" and request.content_type == "application/json"
