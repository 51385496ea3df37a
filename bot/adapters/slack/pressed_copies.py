"""Updates of messages that were pressed lately, through the response URL of the press (`services.ports.PressedCopies`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.slack.web import ResponseUrls
from bot.aio.frozen import frozen
from bot.services.ports import URL_LIFE_S

#: Messages that are remembered at most; the oldest goes first.
AT_MOST = 1000


@frozen
class _Press:
    """`url` is a secret: whoever has it can write there."""

    url: str = field(repr=False)
    at: float


@dataclass(slots=True, kw_only=True)
class SlackPressedCopies:
    """Response URLs are kept in this process's memory only, each for one update."""

    urls: ResponseUrls
    monotonic: Callable[[], float]
    _kept: dict[tuple[str, str], _Press] = field(init=False, default_factory=dict)

    def pressed(self, channel: str, ts: str, url: str) -> None:
        """See the port."""
        self._kept.pop((channel, ts), None)
        self._kept[channel, ts] = _Press(url, self.monotonic())
        while len(self._kept) > AT_MOST:
            del self._kept[next(iter(self._kept))]

    async def updated(self, channel: str, ts: str, message: Mapping[str, Any]) -> bool:
        """See the port. What Slack does not take at once is left to `chat.update`."""
        press = self._kept.pop((channel, ts), None)
        if press is None or self.monotonic() - press.at > URL_LIFE_S:
            return False
        return await self.urls.post(press.url, {**message, "replace_original": True}, attempts=1)
