"""The messages that stand in the workspace's conversations, ephemeral ones included."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.blockkit.inputs import Values, carried_over, with_ids
from bot.sandbox.slack.people import APP, BOT, BOT_USER, TEAM


@dataclass(slots=True, kw_only=True, eq=False)
class SandboxMessage:
    channel: str
    ts: str
    #: The author.
    user: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    #: As they were posted; a forwarded message is one of them.
    attachments: list[dict[str, Any]] = field(default_factory=list)
    #: The only person who sees it; None for a message that everybody in the conversation sees.
    reader: str | None = None
    thread_ts: str | None = None
    values: Values = field(default_factory=dict)
    edited: bool = False
    #: Grows with every surface that appears; the newest has the highest.
    order: int = 0

    @property
    def ephemeral(self) -> bool:
        return self.reader is not None

    def payload(self) -> dict[str, Any]:
        told: dict[str, Any] = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        if self.user == BOT_USER:
            told |= {"bot_id": BOT, "app_id": APP, "team": TEAM}
        if self.user == BOT_USER or self.blocks:
            told["blocks"] = self.blocks
        if self.attachments:
            told["attachments"] = self.attachments
        if self.thread_ts:
            told["thread_ts"] = self.thread_ts
        return told


class Messages:
    """All messages in the order they were posted."""

    def __init__(self, now: Callable[[], float], order: Callable[[], int]) -> None:
        self._now = now
        self._order = order
        #: In microseconds.
        self._last_ts = 0
        self.all: list[SandboxMessage] = []

    def post(
        self,
        channel: str,
        content: Mapping[str, Any],
        *,
        user: str = BOT_USER,
        reader: str | None = None,
        thread_ts: str | None = None,
    ) -> SandboxMessage:
        made = SandboxMessage(
            channel=channel, ts=self._ts(), user=user, text="", reader=reader, thread_ts=thread_ts
        )
        made.order = self._order()
        self._fill(made, content)
        self.all.append(made)
        return made

    def redraw(self, message: SandboxMessage, content: Mapping[str, Any]) -> None:
        self._fill(message, content)
        message.edited = True

    def remove(self, message: SandboxMessage) -> None:
        self.all.remove(message)

    def find(self, channel: str, ts: str) -> SandboxMessage | None:
        return next((one for one in self.all if (one.channel, one.ts) == (channel, ts)), None)

    def seen_by(self, user: str, channels: Iterable[str]) -> list[SandboxMessage]:
        """All in these conversations, and whatever was said to this person alone."""
        open_to = frozenset(channels)
        return [one for one in self.all if one.reader == user or (not one.reader and one.channel in open_to)]

    def _fill(self, message: SandboxMessage, content: Mapping[str, Any]) -> None:
        message.text = str(content.get("text") or "")
        message.blocks = with_ids(content.get("blocks") or [])
        message.attachments = list(content.get("attachments") or [])
        message.values = carried_over(message.values, message.blocks)

    def _ts(self) -> str:
        """Return a unique timestamp that only grows, even if the clock does not move."""
        self._last_ts = max(int(self._now() * 1_000_000), self._last_ts + 1)
        seconds, micros = divmod(self._last_ts, 1_000_000)
        return f"{seconds}.{micros:06d}"
