"""The courier: posted messages are brought to say what the ledger holds, however long Slack is away."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiolimiter import AsyncLimiter
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.groups import SLACK_TROUBLE, slack_error
from bot.domain.errors import LedgerUnavailable
from bot.domain.redemption import State
from bot.services.ports import Letter, Outbox, Role
from bot.views import redemption as view
from bot.views.kit import Display

log = structlog.get_logger(__name__)

#: Letters taken at once, and seconds for which no other instance takes them.
AT_MOST = 10
HOLD_S = 60.0
#: Seconds until a letter that failed is tried again: doubling, at most the second.
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
#: Tries after which a letter is given up: about a day.
GIVE_UP_AFTER = 300
#: chat.update takes 50 a minute from one app (docs.slack.dev/apis/web-api/rate-limits, tier 3).
UPDATES, UPDATES_PER_S = 10, 15.0
#: What a window shows as *Working…*.
WORKING = frozenset({State.NEW, State.APPROVED, State.SENDING})
#: Slack's words for a message or view that is no more.
GONE = frozenset({"message_not_found", "not_found", "view_not_found", "cant_update_message"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """
    One round takes what is due and delivers it.

    A post that Slack did not answer may stand in the channel all the same. It is posted again: two
    copies are better than none, and one that is pressed is adopted.

    Raises LedgerUnavailable.
    """

    outbox: Outbox
    client: AsyncWebClient
    display: Display
    _updates: AsyncLimiter = field(default_factory=lambda: AsyncLimiter(UPDATES, UPDATES_PER_S))

    async def __call__(self) -> int:
        """How many letters were taken."""
        letters = await self.outbox.take(AT_MOST, hold_s=HOLD_S)
        await asyncio.gather(*(self._deliver(letter) for letter in letters))
        return len(letters)

    async def _deliver(self, letter: Letter) -> None:
        try:
            channel, ts = await self._sent(letter)
            await self.outbox.delivered(letter, channel=channel, ts=ts)
        except SLACK_TROUBLE as err:
            await self._put_back(letter, err)
        except LedgerUnavailable:
            # It is posted, but nobody knows; when the hold is over it is posted again.
            log.warning("delivery_not_kept", request=letter.about.reference, role=letter.role.value)

    async def _sent(self, letter: Letter) -> tuple[str, str]:
        if letter.role is Role.WINDOW:
            await self._redraw_window(letter)
            return letter.channel, letter.channel
        message = self._drawn(letter)
        if letter.ts is None:
            answer = await self.client.chat_postMessage(
                channel=letter.channel,
                text=message.text,
                blocks=list(message.blocks),
                unfurl_links=False,
                unfurl_media=False,
            )
            return str(answer["channel"]), str(answer["ts"])
        async with self._updates:
            await self.client.chat_update(
                channel=letter.channel, ts=letter.ts, text=message.text, blocks=list(message.blocks)
            )
        return letter.channel, letter.ts

    async def _redraw_window(self, letter: Letter) -> None:
        if letter.about.state in WORKING:
            # It says so already, and the answer that says it may still be on its way.
            return
        shown = view.outcome(letter.about, display=self.display)
        await self.client.views_update(view_id=letter.channel, view=shown.payload())

    def _drawn(self, letter: Letter) -> Any:
        match letter.role:
            case Role.ATTENTION:
                return view.attention_message(letter.about, display=self.display)
            case _:
                return view.requester_message(letter.about, display=self.display)

    async def _put_back(self, letter: Letter, err: Exception) -> None:
        again_in_s = _again_in_s(letter, err)
        told = slack_error(err)
        log.warning(
            "letter_put_back",
            request=letter.about.reference,
            role=letter.role.value,
            error=told,
            attempts=letter.attempts + 1,
        )
        try:
            await self.outbox.put_back(letter, again_in_s=again_in_s, why=told)
        except LedgerUnavailable:
            log.warning("letter_still_held", request=letter.about.reference)


def _again_in_s(letter: Letter, err: Exception) -> float | None:
    """None when it can never work."""
    if slack_error(err) in GONE or letter.attempts >= GIVE_UP_AFTER:
        return None
    if isinstance(err, SlackApiError):
        named = str(getattr(err.response, "headers", {}).get("Retry-After", ""))
        if named.isdecimal():
            return float(named)
    return float(min(FIRST_WAIT_S * 2 ** min(letter.attempts, 10), LONGEST_WAIT_S))
