"""The demo with its page, and a browser in front of it; without a browser its tests skip and say so."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.desk import NO_BROWSER, PATIENCE_MS, Desk, Screen, chromium, desk, executable

Opens = Callable[[str], Awaitable[Screen]]
FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`-rs` in pyproject.toml makes pytest's summary name them, and why."""
    if executable() is not None:
        return
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@asynccontextmanager
async def screens(test: pytest.FixtureRequest) -> AsyncIterator[list[Screen]]:
    """The windows of a test: none may have had anything to complain about. If it failed, what stands in each is printed."""
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        if test.node.stash.get(FAILED, False):
            sys.stdout.write(f"{await screen.stands()}\n====\n")
        await screen.page.context.close()
    assert [one for screen in opened for one in screen.wrong] == []


@pytest_asyncio.fixture(name="desk", loop_scope="session")
async def _desk(tmp_path: Path, ledger_file: Path) -> AsyncIterator[Desk]:
    shutil.copy(ledger_file, tmp_path / "coupon-desk.db")
    async with desk(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def opens(desk: Desk, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Opens]:
    """Opens a window as this person."""
    async with screens(request) as all_of_them:

        async def opened(person: str) -> Screen:
            all_of_them.append(await Screen.opened(browser, desk.window.url, person))
            return all_of_them[-1]

        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def nisha(opens: Opens) -> Screen:
    """A support agent's window."""
    return await opens("U0AGENT")
