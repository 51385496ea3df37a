"""
What five stories ask of people: `uv run python -m tests.browser.stories` plays them on the page and prints a table.

They are played in turn on one desk whose engine takes 300 ms for each call, so that what the desk remembers counts.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from playwright.async_api import Browser, Locator, expect

from bot.sandbox.engine.capillary import REDEEM
from bot.sandbox.engine.faults import Drop, Slow
from tests.browser.desk import NO_BROWSER, PATIENCE_MS, Desk, Screen, chromium, desk, executable

ENGINE_S = 0.3
ASHA = "/coupons 98450 12345"
AGENT, SENIOR, MANAGER, STORE_OPS = "U0AGENT", "U0SENIOR", "U0MANAGER2", "U0STOREOPS"
#: Counts the windows that open.
COUNTS = """() => {
  const opens = HTMLDialogElement.prototype.showModal;
  HTMLDialogElement.prototype.showModal = function () { window.opened = (window.opened ?? 0) + 1; return opens.call(this); };
}"""


@dataclass(slots=True)
class Effort:
    """Of everybody in a story: clicks and moves to a field, characters, windows, and seconds of waiting for the desk."""

    clicks: int = 0
    typed: int = 0
    windows: int = 0
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody at the page; what is not there yet is waited for."""

    screen: Screen
    effort: Effort

    async def presses(self, button: Locator) -> None:
        await self._reaches(button)
        await button.click()
        self.effort.clicks += 1

    async def types(self, text: str, into: Locator) -> None:
        """A field that has the keyboard already costs no move."""
        await self._reaches(into)
        if not await into.evaluate("field => field === document.activeElement"):
            self.effort.clicks += 1
        await into.fill(text)
        self.effort.typed += len(text)

    async def commands(self, line: str) -> None:
        await self.types(line, self.screen.composer)
        await self.screen.composer.press("Enter")
        self.effort.typed += 1

    async def chooses(self, label: str, of: Locator) -> None:
        """Two clicks, unless it is chosen already."""
        await self._reaches(of)
        if await of.evaluate("one => one.selectedOptions[0]?.textContent") == label:
            return
        await of.select_option(label=label)
        self.effort.clicks += 2

    async def reads(self, words: str, on: Locator) -> None:
        began = time.perf_counter()
        await expect(on).to_contain_text(words)
        self.effort.waited += time.perf_counter() - began

    async def on_card(self, button: str) -> None:
        await self.presses(self.screen.newest.get_by_role("button", name=button, exact=True).first)

    async def in_window(self, button: str) -> None:
        await self.presses(self.screen.modal.get_by_role("button", name=button, exact=True).last)

    async def goes_to(self, place: str) -> None:
        await self.presses(self.screen.page.get_by_role("button", name=place).first)

    async def _reaches(self, what: Locator) -> None:
        began = time.perf_counter()
        await what.wait_for()
        self.effort.waited += time.perf_counter() - began


Enters = Callable[[str], Awaitable[Hand]]


async def _looks_up(hand: Hand, code: str) -> None:
    await hand.commands(f"{ASHA} code:{code}")
    await hand.reads(code, hand.screen.newest)


async def _fills(hand: Hand, bill: str, last: str, *, reason: bool = True) -> None:
    modal = hand.screen.modal
    await hand.types(bill, modal.get_by_label("Bill amount"))
    if reason:
        await hand.chooses("Till offline", modal.get_by_label("Reason"))
    await hand.in_window("Review")
    await hand.in_window(last)


async def direct(enters: Enters, _: Desk) -> None:
    vikram = await enters(SENIOR)
    await _looks_up(vikram, "WELCOME250")
    await vikram.on_card("Redeem")
    await _fills(vikram, "1200", "Redeem now")
    await vikram.reads("Read to the customer", vikram.screen.modal)


async def approved(enters: Enters, _: Desk) -> None:
    nisha, arjun = await enters(AGENT), await enters(MANAGER)
    await _looks_up(nisha, "GOLD5000")
    await nisha.on_card("Redeem")
    await _fills(nisha, "8000", "Request approval")
    await nisha.reads("Waiting for approval", nisha.screen.modal)
    await arjun.goes_to("#coupon-approvals")
    await arjun.on_card("Approve")
    await arjun.in_window("Approve")
    await arjun.reads("Redeemed", arjun.screen.modal)
    await nisha.reads("The loyalty engine confirmed it", nisha.screen.modal)


async def promotion(enters: Enters, _: Desk) -> None:
    nisha = await enters(AGENT)
    await nisha.commands("/promo-redemptions UQ38T")
    await nisha.reads("September", nisha.screen.newest)


async def settled(enters: Enters, at: Desk) -> None:
    vikram, arjun = await enters(SENIOR), await enters(MANAGER)
    at.parts.engine.faults.clear()
    at.parts.engine.faults.add(Drop(), path=REDEEM)
    at.parts.engine.faults.add(Slow(ENGINE_S), times=None)
    await _looks_up(vikram, "TONIGHT150")
    await vikram.on_card("Redeem")
    await _fills(vikram, "900", "Redeem now")
    await vikram.reads("Outcome unknown", vikram.screen.modal)
    await arjun.goes_to("#coupon-approvals")
    await arjun.on_card("Settle")
    modal = arjun.screen.modal
    await arjun.chooses("Not redeemed", modal.get_by_label("Outcome"))
    await arjun.types("Not on the till roll", modal.get_by_label("Note"))
    await arjun.in_window("Settle")
    await arjun.reads("settled it as not redeemed", modal)
    await vikram.reads("settled it as not redeemed", vikram.screen.modal)


async def case(enters: Enters, _: Desk) -> None:
    vikram, farah = await enters(SENIOR), await enters(STORE_OPS)
    await _looks_up(vikram, "FESTIVE12")
    await vikram.on_card("Ask store ops")
    await vikram.types("May she have it on top of the sale?", vikram.screen.modal.get_by_label("Question"))
    await vikram.in_window("Send")
    await farah.goes_to("#store-ops")
    await farah.on_card("Answer")
    modal = farah.screen.modal
    await farah.chooses("Honour", modal.get_by_label("Outcome"))
    await farah.types("Yes, once.", modal.get_by_label("Reply"))
    await farah.in_window("Send answer")
    await farah.reads("Answered", farah.screen.newest)
    await vikram.in_window("Close")
    await vikram.goes_to("Coupon Desk")
    answered = vikram.screen.message("Honour").first
    await vikram.presses(answered.get_by_role("button", name="Redeem", exact=True))
    await _fills(vikram, "900", "Redeem now", reason=False)
    await vikram.reads("Read to the customer", vikram.screen.modal)


STORIES = {
    "look up, redeem": direct,
    "redeem with approval": approved,
    "redemptions of a promotion": promotion,
    "unknown, settled by a person": settled,
    "case asked, answered, redeemed": case,
}


async def played(browser: Browser, at: Desk, story: Callable[[Enters, Desk], Awaitable[None]]) -> Effort:
    effort, screens = Effort(), list[Screen]()

    async def enters(who: str) -> Hand:
        screens.append(await Screen.opened(browser, at.window.url, who))
        await screens[-1].page.evaluate(COUNTS)
        return Hand(screens[-1], effort)

    await story(enters, at)
    for screen in screens:
        # A window that stays open would be before the same person in the next story.
        await screen.page.keyboard.press("Escape")
        await expect(screen.modal).to_have_count(0)
        effort.windows += await screen.page.evaluate("window.opened ?? 0")
        await screen.page.context.close()
    return effort


async def main() -> None:
    expect.set_options(timeout=PATIENCE_MS)
    sys.stdout.write(
        "| story | clicks | characters | windows | seconds of waiting |\n|---|---|---|---|---|\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        async with chromium() as browser, desk(Path(folder)) as at:
            at.parts.engine.faults.add(Slow(ENGINE_S), times=None)
            for name, story in STORIES.items():
                of = await played(browser, at, story)
                sys.stdout.write(f"| {name} | {of.clicks} | {of.typed} | {of.windows} | {of.waited:.1f} |\n")
                sys.stdout.flush()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if executable() is None:
        sys.exit(NO_BROWSER)
    asyncio.run(main())
