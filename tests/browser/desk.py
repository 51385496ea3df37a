"""The sandbox's page in the system's Chromium, and what stands where on it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright, expect

from bot.app import Tuning
from bot.sandbox.clock import MovableClock
from bot.sandbox.demo import Sandbox, sandbox
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.talk import furnish
from bot.sandbox.web.window import Window, window

PATIENCE_MS = 60_000
#: The first draws the same pages and costs half of the processor time: it has no windows, profiles or extensions.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NO_BROWSER = f"no browser: none of {', '.join(NAMES)} is installed (apt-get install chromium-headless-shell)"
SIZE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
#: Who acts, the line of trouble, the dialog and the latest messages.
STANDS = """() => [
  document.title,
  document.getElementById("trouble").innerText || "no trouble",
  document.querySelector("dialog[open]")?.innerText ?? "no dialog",
  ...[...document.querySelectorAll("article")].slice(-3).map((one) => one.innerText),
].join("\\n--\\n")"""


def executable() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield started
        await started.close()


@dataclass(frozen=True, slots=True)
class Desk:
    parts: Sandbox
    window: Window
    clock: MovableClock

    @property
    def slack(self) -> SandboxSlack:
        return self.parts.slack


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    """The demo as it is when its address is printed."""
    clock = MovableClock()
    async with sandbox(folder, Tuning(now=clock.now, engine_per_minute=3000, groups_burst=18)) as parts:
        # A busy machine is no late bot.
        parts.slack.waits(30.0)
        await furnish(parts.slack)
        async with window(parts.slack, parts.engine, clock) as opened:
            yield Desk(parts, opened, clock)


@dataclass(slots=True)
class Screen:
    """The page as one person has it before them; `wrong` is what the browser complained about."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    @classmethod
    async def opened(
        cls, browser: Browser, url: str, person: str, size: ViewportSize = SIZE, *, tour: bool = False
    ) -> Screen:
        page = await browser.new_page(
            viewport=size, locale="en-GB", timezone_id="Asia/Kolkata", reduced_motion="reduce"
        )
        page.set_default_timeout(PATIENCE_MS)
        if not tour:
            await page.add_init_script("localStorage.setItem('tour', 'closed')")
        made = cls(page)
        home = urlsplit(url).netloc
        page.on("pageerror", lambda error: made.wrong.append(str(error)))
        page.on("console", lambda told: made.wrong.append(told.text) if told.type == "error" else None)
        page.on("request", lambda one: made.wrong.append(one.url) if home not in one.url[:30] else None)
        await page.goto(f"{url}/?as={person}")
        await page.get_by_role("log").first.wait_for()
        return made

    @property
    def composer(self) -> Locator:
        return self.page.get_by_role("textbox").last

    @property
    def messages(self) -> Locator:
        """Those of the channel, or of the thread that is open."""
        return self.page.get_by_role("log").last.get_by_role("article")

    @property
    def newest(self) -> Locator:
        """The newest message of the channel, as soon as it is drawn; `sends` waits for what it brings."""
        return self.messages.last

    @property
    def modal(self) -> Locator:
        return self.page.get_by_role("dialog")

    def message(self, words: str) -> Locator:
        return self.page.get_by_role("article").filter(has_text=words)

    async def types(self, line: str) -> None:
        await self.composer.fill(line)
        await self.sends()

    async def sends(self) -> None:
        """
        Send what stands in the message box, and wait for the message that comes of it.

        Until then the newest message is an older one, whose buttons would be pressed instead.
        """
        before = await self.messages.evaluate_all("all => all.at(-1)?.dataset.ts ?? ''")
        await self.composer.press("Enter")
        await expect(self.newest).not_to_have_attribute("data-ts", before)

    async def presses(self, button: str) -> None:
        await self.newest.get_by_role("button", name=button, exact=True).first.click()

    async def becomes(self, person: str) -> None:
        await self.page.get_by_label("You act as").select_option(label=person)

    async def stands(self) -> str:
        """What is on the page, in words: for whoever reads why a test failed."""
        told: str = await self.page.evaluate(STANDS)
        return told

    async def chooses(self, item: str, message: Locator) -> None:
        """A message action."""
        await message.hover()
        await message.get_by_role("button", name="More actions").click()
        await self.page.get_by_role("menuitem", name=item).click()
