"""Calls to somewhere, as the tests make them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable


class Call:
    """A call to somewhere, answered when the test says so; how often it was made."""

    def __init__(self) -> None:
        self.made = 0
        self.begun = asyncio.Event()
        self.answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> str:
        self.made += 1
        self.begun.set()
        return await self.answer


class Counted:
    """A call that answers at once, with its number."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self) -> int:
        self.made += 1
        return self.made


async def wait(answer: Awaitable[str]) -> str:
    return await answer
