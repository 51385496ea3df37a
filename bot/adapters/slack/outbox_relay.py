"""The outbox relay: posts messages and brings them up to date, with retries while Slack cannot be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from structlog.contextvars import bind_contextvars

from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error
from bot.aio.frozen import part
from bot.domain.anchor import Anchor
from bot.domain.case import Case, CaseState
from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.messages import Subject
from bot.domain.redemption import Redemption, State, Trouble
from bot.domain.transitions import PASSING, Change
from bot.services.ports import AuditEvent, Cases, Outbox, OutboxMessage, PressedCopies, Requests
from bot.views import notices
from bot.views.messages import drawn_message, drawn_window
from bot.views.text import Display

log = structlog.get_logger(__name__)

#: Outbox messages taken in one run, and seconds for which no other instance takes them.
AT_MOST = 10
HOLD_S = 60.0
#: Seconds until a message that failed is tried again: the first wait, and the longest; each is twice the one before.
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
#: Seconds between checks whether the message to thread under is posted, and how many; after that the usual wait.
NO_THREAD_WAIT_S = 5.0
NO_THREAD_WAITS = 12
#: Seconds between attempts to write down where a message was posted: the first wait, and the longest; each is twice the
#: one before. They end before another instance posts it again (`HOLD_S`).
FIRST_NOTE_S = 0.2
LONGEST_NOTE_S = 5.0
NOTE_S = 40.0
#: Attempts after which a message is given up: about a day.
GIVE_UP_AFTER = 300
#: What a log line names it by.
_SUBJECTS = {Subject.REQUEST: "request", Subject.CASE: "case", Subject.SEAL: "seal"}
#: Troubles that are over once something has been posted.
OF_THE_CHANNEL = frozenset({Trouble.CHANNEL_UNREACHABLE, Trouble.CHANNEL_SHARED})
#: Slack's error codes for a message or view that no longer exists.
GONE = frozenset({"message_not_found", "not_found", "view_not_found", "cant_update_message"})
#: Slack's error codes for a channel that this app cannot post in (docs.slack.dev: chat.postMessage).
UNREACHABLE = frozenset(
    {
        "channel_not_found",
        "ekm_access_denied",
        "is_archived",
        "no_permission",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "team_access_not_granted",
    }
)


class SharedChannel(Exception):
    """The channel is shared with another company."""


@part(kw_only=True)
class OutboxRelay:
    """
    Each run takes the messages that are due and delivers them.

    A post that Slack did not answer may still stand in the channel. It is posted again: two copies are better than
    none, and a copy that is pressed is adopted.

    A message that was pressed lately is updated through the response URL of the press, any other one by `chat.update`.

    `shared` tells whether a channel is shared with another company; it may raise SLACK_TROUBLE. `note_s` is how long
    writing down where a message was posted is tried while the ledger is away.

    Raises LedgerUnavailable.
    """

    outbox: Outbox
    requests: Requests
    cases: Cases
    client: AsyncWebClient
    pressed_copies: PressedCopies
    shared: Callable[[str], Awaitable[bool]]
    display: Display
    note_s: float = NOTE_S

    async def __call__(self) -> int:
        """Run once; returns how many messages were taken."""
        outbox_messages = await self.outbox.take(AT_MOST, hold_s=HOLD_S)
        await asyncio.gather(*(self._deliver(outbox_message) for outbox_message in outbox_messages))
        return len(outbox_messages)

    async def _deliver(self, outbox_message: OutboxMessage) -> None:
        about = outbox_message.about
        bind_contextvars(**{_SUBJECTS[outbox_message.traits.about]: about.reference})
        try:
            if outbox_message.traits.in_thread:
                await self._deliver_in_thread(outbox_message)
            else:
                await self._deliver_once_or_anew(outbox_message)
        except LedgerUnavailable:
            # The ledger does not know that it was posted, so it is posted again when the hold ends. A press on the copy
            # adopts it.
            log.warning(
                "delivery_not_kept", request=outbox_message.about.reference, role=outbox_message.role.value
            )

    async def _deliver_in_thread(self, outbox_message: OutboxMessage) -> None:
        if outbox_message.traits.call and not _waits(outbox_message.about):
            await self.outbox.put_back(outbox_message, again_in_s=None, why="waits_no_more")
        elif outbox_message.thread_ts is None:
            await self.outbox.put_back(
                outbox_message, again_in_s=_thread_in_s(outbox_message), why="no_thread_yet"
            )
        else:
            await self._deliver_once_or_anew(outbox_message)

    async def _deliver_once_or_anew(self, outbox_message: OutboxMessage) -> None:
        try:
            shared = outbox_message.traits.in_channel and await self.shared(outbox_message.channel)
            channel, ts = await self._sent(outbox_message, shared=shared)
        except SharedChannel:
            await self._withhold(outbox_message)
            return
        except SLACK_TROUBLE as err:
            await self._put_back(outbox_message, err)
            return
        await self._note(outbox_message, channel, ts)
        if outbox_message.traits.asks:
            await self._found(outbox_message.about, Trouble.CHANNEL_SHARED if shared else None)

    async def _note(self, outbox_message: OutboxMessage, channel: str, ts: str) -> None:
        """
        Write down where it stands, of a first post also while the ledger is away: nobody else knows that there is one.

        Raises LedgerUnavailable.
        """
        loop, wait_s = asyncio.get_running_loop(), FIRST_NOTE_S
        until = loop.time() + (self.note_s if outbox_message.ts is None else 0.0)
        while True:
            try:
                await self.outbox.delivered(outbox_message, channel=channel, ts=ts)
            except LedgerUnavailable:
                if loop.time() + wait_s > until:
                    raise
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, LONGEST_NOTE_S)
            else:
                return

    async def _sent(self, outbox_message: OutboxMessage, *, shared: bool) -> tuple[str, str]:
        if isinstance(outbox_message.about, Redemption) and outbox_message.traits.is_window:
            await self._redraw_window(outbox_message, outbox_message.about)
            return outbox_message.channel, outbox_message.channel
        if shared and outbox_message.ts is None:
            raise SharedChannel
        message = (
            notices.withheld()
            if shared
            else drawn_message(outbox_message.role, outbox_message.about, display=self.display)
        )
        if outbox_message.ts is None:
            answer = await self.client.chat_postMessage(
                channel=outbox_message.channel,
                text=message.text,
                blocks=list(message.blocks),
                thread_ts=outbox_message.thread_ts if outbox_message.traits.in_thread else None,
                unfurl_links=False,
                unfurl_media=False,
            )
            return str(answer["channel"]), str(answer["ts"])
        channel, ts = outbox_message.channel, outbox_message.ts
        text, blocks = message.text, list(message.blocks)
        if not await self.pressed_copies.updated(channel, ts, {"text": text, "blocks": blocks}):
            await self.client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
        return channel, ts

    async def _redraw_window(self, outbox_message: OutboxMessage, row: Redemption) -> None:
        if row.state in PASSING:
            # The window shows this already, or the acknowledgement that shows it is still on its way.
            return
        window = drawn_window(outbox_message.role, row, display=self.display)
        await self.client.views_update(view_id=outbox_message.channel, view=window.payload())

    async def _put_back(self, outbox_message: OutboxMessage, err: Exception) -> None:
        again_in_s = _again_in_s(outbox_message, err)
        told = slack_error(err)
        subject = {
            "request": outbox_message.about.reference,
            "role": outbox_message.role.value,
            "error": told,
        }
        if told in GONE and outbox_message.traits.is_window:
            # Whoever has read enough closes it.
            log.debug("window_closed", **subject)
        else:
            log.warning("message_put_back", **subject, attempts=outbox_message.attempts + 1)
        await self.outbox.put_back(outbox_message, again_in_s=again_in_s, why=told)
        if (
            outbox_message.traits.asks
            and outbox_message.ts is None
            and told in UNREACHABLE
            and outbox_message.attempts
        ):
            await self._found(outbox_message.about, Trouble.CHANNEL_UNREACHABLE)

    async def _withhold(self, outbox_message: OutboxMessage) -> None:
        log.warning(
            "message_withheld", request=outbox_message.about.reference, role=outbox_message.role.value
        )
        gives_up = outbox_message.attempts >= GIVE_UP_AFTER and not _owed(outbox_message)
        again_in_s = None if gives_up else LONGEST_WAIT_S
        await self.outbox.put_back(outbox_message, again_in_s=again_in_s, why="channel_shared")
        if outbox_message.traits.asks:
            await self._found(outbox_message.about, Trouble.CHANNEL_SHARED)

    async def _found(self, about: Redemption | Case | Anchor, trouble: Trouble | None) -> None:
        """Note whether the channel could be posted in, so that the requester or asker can read it."""
        try:
            if isinstance(about, Case):
                await self._found_of_case(about, unposted=trouble is not None)
            elif isinstance(about, Redemption):
                await self._found_of_request(about, trouble)
        except VersionConflict:
            # The move that came first updates the message, and then this is checked again.
            log.info("version_conflict", request=about.reference)

    async def _found_of_case(self, case: Case, *, unposted: bool) -> None:
        if case.unposted is not unposted:
            after = case.found(unposted=unposted)
            what = AuditEvent.CASE_UNPOSTED if unposted else AuditEvent.CASE_POSTED
            await self.cases.move(case, after, what, by=None, why={})

    async def _found_of_request(self, row: Redemption, trouble: Trouble | None) -> None:
        """Note a trouble of the channel, or that it is over; other troubles were found elsewhere and stay."""
        if row.state is not State.WAITING or row.asking is None:
            return
        before = row.asking.trouble
        if before in (OF_THE_CHANNEL if trouble is None else {None}):
            change = Change(asking=replace(row.asking, trouble=trouble))
            await self.requests.move(row, State.WAITING, change, why={"trouble": trouble})


def _again_in_s(outbox_message: OutboxMessage, err: Exception) -> float | None:
    """Return the seconds until the next attempt; None if no attempt can succeed."""
    if slack_error(err) in GONE or (outbox_message.attempts >= GIVE_UP_AFTER and not _owed(outbox_message)):
        return None
    if isinstance(err, SlackApiError):
        named = str(getattr(err.response, "headers", {}).get("Retry-After", ""))
        if named.isdecimal():
            return float(named)
    return float(min(FIRST_WAIT_S * 2 ** min(outbox_message.attempts, 10), LONGEST_WAIT_S))


def _waits(about: Redemption | Case | Anchor) -> bool:
    """Whether somebody still has to decide or to answer."""
    match about:
        case Case():
            return about.state is CaseState.OPEN
        case Redemption():
            return about.state is State.WAITING
        case _:
            return False


def _thread_in_s(outbox_message: OutboxMessage) -> float | None:
    if outbox_message.attempts >= GIVE_UP_AFTER:
        return None
    return NO_THREAD_WAIT_S if outbox_message.attempts < NO_THREAD_WAITS else LONGEST_WAIT_S


def _owed(outbox_message: OutboxMessage) -> bool:
    """Whether the message asks somebody and must be posted as long as its request or case is open."""
    about = outbox_message.about
    if isinstance(about, Anchor) or not outbox_message.traits.asks or outbox_message.ts is not None:
        return False
    return about.state is not CaseState.ANSWERED if isinstance(about, Case) else about.state is State.WAITING
