"""The demo with its page, and a browser in front of it; without a browser its tests skip and say so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.desk import NO_BROWSER, PATIENCE_MS, Desk, Screen, chromium, desk, executable

Opens = Callable[[str], Awaitable[Screen]]

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`-rs` in pyproject.toml makes pytest's summary name them, and why."""
    if executable() is not None:
        return
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest_asyncio.fixture(name="desk", loop_scope="session")
async def _desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def opens(desk: Desk, browser: Browser) -> AsyncIterator[Opens]:
    """Opens a window as this person; at the end no window may have had anything to complain about."""
    screens: list[Screen] = []

    async def opened(person: str) -> Screen:
        screens.append(await Screen.opened(browser, desk.window.url, person))
        return screens[-1]

    yield opened
    for screen in screens:
        await screen.page.context.close()
    assert [one for screen in screens for one in screen.wrong] == []


@pytest_asyncio.fixture(loop_scope="session")
async def nisha(opens: Opens) -> Screen:
    """A support agent's window."""
    return await opens("U0AGENT")
