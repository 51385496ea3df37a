"""
The papers' pictures: `uv run python -m tests.browser.screenshots` draws them in docs/, and writes their words beside them.

The words are held by a test, so that a picture whose page says something else by now is found.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.engine.capillary import REDEEM
from bot.sandbox.engine.faults import DropAfter
from tests.browser.desk import NO_BROWSER, Desk, Screen, chromium, desk, executable
from tests.browser.test_approvals import GOLD, approves, asks, opens_approvals
from tests.browser.test_cases import answers, asks_store_ops, opens_store_ops
from tests.browser.test_redeem import confirms

DOCS = Path(__file__).parents[2] / "docs"
WORDS = DOCS / "pictures.json"
#: What differs each time: moments, days, references and generated numbers.
CHANGING = re.compile(
    r"\b\d{1,2}:\d\d(?::\d\d)?\b|\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}\b"
    r"|\bCD-[A-Z0-9-]+\b|(?<=[Rr]eference )[A-Z2-7]{8}\b|\b(?=[A-Z0-9]*[A-Z])(?=[A-Z0-9]*[2-7])[A-Z2-7]{8}\b|\b\d+ (?:ms|s|min)\b"
    r"|\bredemption \d+|\bid \d+|\b\d{8,}\b|\b(?:today|tomorrow|yesterday)\b"
)


#: Words of the page itself, some of which come a moment later.
PAGES_OWN = re.compile(r"➤|×|APP$|Reply in thread|\d+ repl")


@dataclass(frozen=True, slots=True)
class Stage:
    browser: Browser
    desk: Desk

    async def enters(self, person: str, *, panel: bool = False) -> Screen:
        screen = await Screen.opened(self.browser, self.desk.window.url, person)
        if not panel:
            await screen.page.get_by_role("button", name="Engine").click()
        return screen


Picture = Page | Locator


async def coupons(stage: Stage) -> Picture:
    nisha = await stage.enters("U0AGENT")
    await nisha.types("/coupons 98450 12345")
    await expect(nisha.newest).to_contain_text("Asha Menon")
    return nisha.page


async def details(stage: Stage) -> Picture:
    nisha = await stage.enters("U0AGENT")
    await nisha.types("/coupons 98450 12345")
    await expect(nisha.newest).to_contain_text("Asha Menon")
    await nisha.newest.get_by_label("Details of…").select_option(value="5")
    await expect(nisha.modal).to_contain_text("AIR-501")
    return nisha.page


async def help_(stage: Stage) -> Picture:
    nisha = await stage.enters("U0AGENT")
    await nisha.types("/coupons help")
    await expect(nisha.newest).to_contain_text("shows what a customer holds")
    await nisha.composer.fill("/")
    await expect(nisha.page.get_by_role("option").last).to_be_visible()
    return nisha.page


async def error(stage: Stage) -> Picture:
    nisha = await stage.enters("U0AGENT", panel=True)
    await nisha.page.get_by_label("Fault").select_option(label="Unavailable: HTTP 503")
    await nisha.types("/coupons 98450 12345")
    await expect(nisha.newest).to_contain_text("Try again in a minute")
    await nisha.types("/coupons 98450")
    await expect(nisha.newest).not_to_contain_text("loyalty engine")
    return nisha.page


async def confirm(stage: Stage) -> Picture:
    vikram = await stage.enters("U0SENIOR")
    await expect(await confirms(vikram)).to_be_visible()
    return vikram.page


async def redeemed(stage: Stage) -> Picture:
    vikram = await stage.enters("U0SENIOR")
    await (await confirms(vikram)).click()
    await expect(vikram.modal).to_contain_text("Read to the customer")
    return vikram.page


async def refused(stage: Stage) -> Picture:
    vikram = await stage.enters("U0SENIOR")
    redeem_now = await confirms(vikram)
    await expect(redeem_now).to_be_visible()
    stage.desk.parts.engine.customers.redeem_at_till("WELCOME250", "MG-9001")
    await redeem_now.click()
    await expect(vikram.modal).to_contain_text("Not redeemed")
    return vikram.page


async def unknown(stage: Stage) -> Picture:
    vikram = await stage.enters("U0SENIOR", panel=True)
    await vikram.page.get_by_label("Which calls").select_option(label="Only the redeem call")
    await vikram.page.get_by_label("Fault").select_option(label="Dropped after commit")
    await vikram.page.get_by_role("button", name="Engine").click()
    await (await confirms(vikram)).click()
    await expect(vikram.modal).to_contain_text("Outcome unknown")
    return vikram.page


async def asked(stage: Stage) -> tuple[Screen, Screen]:
    """Whoever asked, and who looks at the message."""
    nisha, arjun = await stage.enters("U0AGENT"), await stage.enters("U0MANAGER2")
    await asks(nisha)
    await opens_approvals(arjun)
    return nisha, arjun


async def approval(stage: Stage) -> Picture:
    _, arjun = await asked(stage)
    return arjun.page


async def approval_again(stage: Stage) -> Picture:
    nisha, arjun = await asked(stage)
    coupon = stage.desk.parts.engine.customers.coupon(GOLD)
    assert coupon is not None
    coupon.value = 7000.0
    await approves(arjun)
    await expect(nisha.newest).to_contain_text("Waiting for approval")
    await expect(arjun.message("₹7,000").first).to_be_visible()
    await arjun.modal.get_by_role("button", name="Close").last.click()
    return arjun.message("₹7,000").first


async def approval_refused(stage: Stage) -> Picture:
    _, arjun = await asked(stage)
    await arjun.presses("Approve")
    await expect(arjun.modal).to_contain_text("It cannot be undone from here.")
    stage.desk.parts.engine.customers.redeem_at_till(GOLD, "MG-9001")
    await arjun.modal.get_by_role("button", name="Approve").click()
    await expect(arjun.modal).to_contain_text("Not redeemed")
    await arjun.modal.get_by_role("button", name="Close").last.click()
    await expect(arjun.newest).to_contain_text("Not redeemed")
    return arjun.newest


async def approval_unknown(stage: Stage) -> Picture:
    _, arjun = await asked(stage)
    stage.desk.parts.engine.faults.add(DropAfter(), path=REDEEM)
    await approves(arjun)
    await expect(arjun.modal).to_contain_text("Outcome unknown")
    await arjun.modal.get_by_role("button", name="Close").last.click()
    await expect(arjun.message("Outcome unknown").first).to_be_visible()
    return arjun.message("Outcome unknown").first


async def approval_redeemed(stage: Stage) -> Picture:
    _, arjun = await asked(stage)
    await approves(arjun)
    await expect(arjun.modal).to_contain_text("Redeemed")
    await arjun.modal.get_by_role("button", name="Close").last.click()
    await expect(arjun.newest).to_contain_text("Redeemed")
    return arjun.newest


async def approval_rejected(stage: Stage) -> Picture:
    _, arjun = await asked(stage)
    await arjun.presses("Reject")
    await arjun.modal.get_by_label("Reason").select_option(label="Bill not plausible")
    await arjun.modal.get_by_label("Note").fill("The bill is from another store.")
    await arjun.modal.get_by_role("button", name="Reject").click()
    await expect(arjun.newest).to_contain_text("Rejected")
    # Said once the engine was asked.
    await expect(arjun.newest).to_contain_text("Nothing was sent to the loyalty engine.")
    await arjun.modal.get_by_role("button", name="Close").last.click()
    return arjun.newest


async def approval_withdrawn(stage: Stage) -> Picture:
    nisha, arjun = await asked(stage)
    await nisha.presses("Withdraw")
    await nisha.modal.get_by_role("button", name="Withdraw").click()
    await expect(arjun.newest).to_contain_text("Withdrawn")
    # Said once the engine was asked.
    await expect(arjun.newest).to_contain_text("Nothing was sent to the loyalty engine.")
    return arjun.newest


async def approval_expired(stage: Stage) -> Picture:
    _, arjun = await asked(stage)
    stage.desk.clock.move(timedelta(hours=5))
    await expect(arjun.newest).to_contain_text("Expired")
    # Said once the engine was asked.
    await expect(arjun.newest).to_contain_text("Nothing was sent to the loyalty engine.")
    return arjun.newest


async def case(stage: Stage) -> Picture:
    vikram, farah = await stage.enters("U0SENIOR"), await stage.enters("U0STOREOPS")
    await asks_store_ops(vikram)
    await opens_store_ops(farah)
    await answers(farah)
    await farah.modal.get_by_role("button", name="Close").last.click()
    await expect(farah.modal).to_have_count(0)
    return farah.page


async def home(stage: Stage) -> Picture:
    nisha, arjun = await stage.enters("U0AGENT"), await stage.enters("U0MANAGER2")
    await asks(nisha)
    await arjun.page.get_by_role("button", name="Coupon Desk").click()
    await arjun.page.get_by_role("button", name="Home", exact=True).click()
    await expect(arjun.page.get_by_role("button", name="Approve").first).to_be_visible()
    return arjun.page


PICTURES: dict[str, Callable[[Stage], Awaitable[Picture]]] = {
    "coupons": coupons,
    "details": details,
    "help": help_,
    "error": error,
    "confirm": confirm,
    "redeemed": redeemed,
    "refused": refused,
    "unknown": unknown,
    "approval": approval,
    "approval-again": approval_again,
    "approval-redeemed": approval_redeemed,
    "approval-refused": approval_refused,
    "approval-unknown": approval_unknown,
    "approval-rejected": approval_rejected,
    "approval-withdrawn": approval_withdrawn,
    "approval-expired": approval_expired,
    "case": case,
    "home": home,
}


@asynccontextmanager
async def staged(browser: Browser) -> AsyncIterator[Stage]:
    with tempfile.TemporaryDirectory() as folder:
        async with desk(Path(folder)) as opened:
            yield Stage(browser, opened)
            for context in browser.contexts:
                await context.close()


async def words(picture: Picture) -> list[str]:
    """The lines that are read on it: of the window that is open, else of the conversation."""
    shown = picture
    if isinstance(picture, Page):
        dialog = picture.get_by_role("dialog")
        shown = dialog if await dialog.count() else picture.locator("#conversation")
    assert isinstance(shown, Locator)
    text = CHANGING.sub("…", await shown.inner_text())
    return [
        line
        for line in (" ".join(one.split()) for one in text.splitlines())
        if line and not PAGES_OWN.match(line)
    ]


async def _taken(browser: Browser, name: str) -> tuple[Path, list[str]]:
    async with staged(browser) as stage:
        picture = await PICTURES[name](stage)
        page = picture if isinstance(picture, Page) else picture.page
        await page.mouse.move(0, 0)
        target = DOCS / f"{name}.png"
        await picture.screenshot(path=target, animations="disabled", caret="hide")
        return target, await words(picture)


#: Of the moving picture: how long each frame stands, its width, and its colours.
FRAME_MS, WIDTH, COLOURS = 1400, 960, 96
MOVING = DOCS / "redeem.gif"


@dataclass(slots=True)
class Film:
    """Frames of one story, as whoever acts sees it."""

    frames: list[Image.Image] = field(default_factory=list)

    async def shows(self, screen: Screen) -> None:
        await screen.page.mouse.move(0, 0)
        drawn = Image.open(io.BytesIO(await screen.page.screenshot(animations="disabled", caret="hide")))
        small = drawn.resize((WIDTH, drawn.height * WIDTH // drawn.width), Image.Resampling.LANCZOS)
        self.frames.append(small.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE))

    def keep(self, target: Path) -> None:
        first, *rest = self.frames
        first.save(target, save_all=True, append_images=rest, duration=FRAME_MS, loop=0, optimize=True)


async def filmed(stage: Stage, film: Film) -> None:
    """Command, card, form, review, asked, the manager's facts, redeemed."""
    nisha, arjun = await stage.enters("U0AGENT"), await stage.enters("U0MANAGER2")
    await nisha.composer.fill(f"/coupons 98450 12345 code:{GOLD}")
    await film.shows(nisha)
    await nisha.sends()
    await expect(nisha.newest).to_contain_text("Asha Menon")
    await film.shows(nisha)
    await nisha.presses("Redeem")
    await nisha.modal.get_by_label("Bill amount").fill("8,000")
    await nisha.modal.get_by_label("Reason").select_option(label="Till offline")
    await film.shows(nisha)
    await nisha.modal.get_by_role("button", name="Review").click()
    await expect(nisha.modal.get_by_role("button", name="Request approval")).to_be_visible()
    await film.shows(nisha)
    await nisha.modal.get_by_role("button", name="Request approval").click()
    await expect(nisha.modal).to_contain_text("Waiting for approval")
    await film.shows(nisha)
    await opens_approvals(arjun)
    await film.shows(arjun)
    await arjun.presses("Approve")
    await expect(arjun.modal).to_contain_text("It cannot be undone from here.")
    await film.shows(arjun)
    await arjun.modal.get_by_role("button", name="Approve").click()
    await expect(arjun.modal).to_contain_text("Redeemed")
    await film.shows(arjun)
    await expect(nisha.modal).to_contain_text("Redeemed")
    await film.shows(nisha)


async def _moving(browser: Browser) -> Path:
    film = Film()
    async with staged(browser) as stage:
        await filmed(stage, film)
    film.keep(MOVING)
    return MOVING


def _told(target: Path) -> None:
    sys.stdout.write(f"{target.relative_to(DOCS.parent)}  {target.stat().st_size // 1024} kB\n")


async def main() -> None:
    DOCS.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or [*PICTURES, MOVING.stem]
    said = json.loads(WORDS.read_text(encoding="utf-8")) if WORDS.exists() else {}
    async with chromium() as browser:
        for name in wanted:
            if name == MOVING.stem:
                _told(await _moving(browser))
                continue
            target, said[name] = await _taken(browser, name)
            _told(target)
    WORDS.write_text(json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if executable() is None:
        sys.exit(NO_BROWSER)
    asyncio.run(main())
