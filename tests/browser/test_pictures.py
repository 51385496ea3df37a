"""What stands in the papers' pictures is what the page says now, else they are drawn anew; and axe-core finds nothing."""

from __future__ import annotations

import json

import pytest
from PIL import Image
from playwright.async_api import Browser, Page

from tests.browser.axe import faults
from tests.browser.screenshots import DOCS, MOVING, PICTURES, WORDS, staged, words
from tests.long import some

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

SAID = json.loads(WORDS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", some(PICTURES, 4))
async def test_it_says_what_the_page_says_now(browser: Browser, name: str) -> None:
    async with staged(browser) as stage:
        picture = await PICTURES[name](stage)
        now = await words(picture)
        assert await faults(picture if isinstance(picture, Page) else picture.page) == []

    assert now == SAID[name], "draw them anew: uv run python -m tests.browser.screenshots"


async def test_every_picture_is_there_and_no_other() -> None:
    assert {path.stem for path in DOCS.glob("*.png")} == PICTURES.keys() == SAID.keys()


async def test_the_moving_one_is_short_and_small() -> None:
    with Image.open(MOVING) as moving:
        frames, duration = getattr(moving, "n_frames", 1), moving.info["duration"]

    assert isinstance(duration, int)
    assert frames * duration <= 15_000
    assert MOVING.stat().st_size <= 3_000_000
