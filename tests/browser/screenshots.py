"""The README's pictures: `uv run python -m tests.browser.screenshots` writes them to docs/."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.engine.capillary import REDEEM
from bot.sandbox.engine.faults import DropAfter
from tests.browser.desk import NO_BROWSER, Desk, Screen, chromium, desk, executable
from tests.browser.test_approvals import GOLD, approves, asks, opens_approvals
from tests.browser.test_cases import answers, asks_store_ops, opens_store_ops
from tests.browser.test_redeem import confirms

DOCS = Path(__file__).parents[2] / "docs"


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
    await nisha.newest.get_by_role("button", name="Details").nth(5).click()
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
    await arjun.modal.get_by_label("Reason").fill("The bill is from another store.")
    await arjun.modal.get_by_role("button", name="Reject").click()
    await expect(arjun.newest).to_contain_text("Rejected")
    await arjun.modal.get_by_role("button", name="Close").last.click()
    return arjun.newest


async def approval_withdrawn(stage: Stage) -> Picture:
    nisha, arjun = await asked(stage)
    await nisha.presses("Withdraw")
    await nisha.modal.get_by_role("button", name="Withdraw").click()
    await expect(arjun.newest).to_contain_text("Withdrawn")
    return arjun.newest


async def approval_expired(stage: Stage) -> Picture:
    _, arjun = await asked(stage)
    stage.desk.clock.move(timedelta(hours=5))
    await expect(arjun.newest).to_contain_text("Expired")
    return arjun.newest


async def case(stage: Stage) -> Picture:
    vikram, farah = await stage.enters("U0SENIOR"), await stage.enters("U0STOREOPS")
    await asks_store_ops(vikram)
    await opens_store_ops(farah)
    await answers(farah)
    await farah.modal.get_by_role("button", name="Close").last.click()
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


async def _taken(browser: Browser, name: str) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        async with desk(Path(folder)) as opened:
            picture = await PICTURES[name](Stage(browser, opened))
            page = picture if isinstance(picture, Page) else picture.page
            await page.mouse.move(0, 0)
            target = DOCS / f"{name}.png"
            await picture.screenshot(path=target, animations="disabled", caret="hide")
            for context in browser.contexts:
                await context.close()
    return target


async def main() -> None:
    DOCS.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or PICTURES
    async with chromium() as browser:
        for name in wanted:
            target = await _taken(browser, name)
            sys.stdout.write(f"{target.relative_to(DOCS.parent)}  {target.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if executable() is None:
        sys.exit(NO_BROWSER)
    asyncio.run(main())
