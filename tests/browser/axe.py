"""What axe-core finds wrong with the page as it stands, as wide as a desk and as a phone."""

from __future__ import annotations

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.browser.desk import PHONE, SIZE


async def faults(page: Page) -> list[str]:
    """Everything that it finds, however small; the page is a desk's again afterwards."""
    found = []
    for size in (PHONE, SIZE):
        await page.set_viewport_size(size)
        found += [
            f"{size['width']} px, {one['impact']} {one['id']}: {node['html']} {node['failureSummary']}"
            for one in (await Axe().run(page)).response["violations"]
            for node in one["nodes"]
        ]
    return found
