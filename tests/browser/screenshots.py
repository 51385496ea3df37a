"""The README's pictures: `uv run python -m tests.browser.screenshots` writes them to docs/."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from playwright.async_api import Browser, expect

from tests.browser.desk import NO_BROWSER, Screen, chromium, desk, executable

DOCS = Path(__file__).parents[2] / "docs"


async def coupons(nisha: Screen) -> None:
    await _fold(nisha)
    await nisha.types("/coupons 98450 12345")
    await expect(nisha.newest).to_contain_text("Asha Menon")


async def details(nisha: Screen) -> None:
    await coupons(nisha)
    row = nisha.newest.get_by_role("button", name="Details")
    await row.nth(5).click()
    await expect(nisha.modal).to_contain_text("AIR-501")


async def help_(nisha: Screen) -> None:
    await _fold(nisha)
    await nisha.types("/coupons help")
    await expect(nisha.newest).to_contain_text("shows what a customer holds")
    await nisha.composer.fill("/")
    await expect(nisha.page.get_by_role("option").last).to_be_visible()


async def error(nisha: Screen) -> None:
    await nisha.page.get_by_label("Fault").select_option(label="Unavailable: HTTP 503")
    await nisha.types("/coupons 98450 12345")
    await expect(nisha.newest).to_contain_text("Nothing was changed.")
    await nisha.types("/coupons 98450")
    await expect(nisha.newest).not_to_contain_text("loyalty engine")


PICTURES: dict[str, Callable[[Screen], Awaitable[None]]] = {
    "coupons": coupons,
    "details": details,
    "help": help_,
    "error": error,
}


async def _fold(screen: Screen) -> None:
    await screen.page.get_by_role("button", name="Engine").click()


async def _taken(browser: Browser, name: str) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        async with desk(Path(folder)) as opened:
            nisha = await Screen.opened(browser, opened.window.url, "U0AGENT")
            await PICTURES[name](nisha)
            target = DOCS / f"{name}.png"
            await nisha.page.screenshot(path=target, animations="disabled", caret="hide")
            await nisha.page.context.close()
    return target


async def main() -> None:
    DOCS.mkdir(exist_ok=True)
    async with chromium() as browser:
        for name in PICTURES:
            target = await _taken(browser, name)
            sys.stdout.write(f"{target.relative_to(DOCS.parent)}  {target.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    if executable() is None:
        sys.exit(NO_BROWSER)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(main())
