"""The state of the sandbox's workspace, and the condition that notifies of every change."""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.messages import Messages
from bot.sandbox.slack.people import SLACKBOT, Directory
from bot.sandbox.slack.urls import SandboxResponseUrls, Triggers
from bot.sandbox.slack.views import Views

#: Control sequences that notify somebody (docs.slack.dev: messaging/formatting-message-text).
MENTION = re.compile(r"<(?:@[UW]\w+|!(?:channel|here|everyone)|!subteam\^\w+)[^>]*>")
#: Objects whose text Slack shows without interpreting it.
LITERAL = frozenset({"plain_text", "raw_text", "text"})
#: Seconds that a busy machine may take until what is waited for is there.
PATIENCE_S = 30.0
LINKED_NAME = re.compile(r"@(?:channel|here|everyone)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One call that the bot made and how it was answered; response URLs count as method "response_url"."""

    method: str
    args: Mapping[str, Any]
    ok: bool
    error: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Mention:
    channel: str
    #: The control sequence, e.g. <@U0AGENT> or <!channel>.
    mention: str
    #: The text that contains it.
    text: str


class Calls(list[ApiCall]):
    def count(self, method: object = None) -> int:
        """How often the bot called this method; every call without one."""
        return sum(method in {None, call.method} for call in self)

    def of(self, method: str) -> list[ApiCall]:
        return [call for call in self if call.method == method]


class SandboxWorkspace:
    def __init__(self, now: Callable[[], float]) -> None:
        order = itertools.count(1)
        self.now = now
        self.order: Callable[[], int] = lambda: next(order)
        #: The sandbox's own address, known once it has started.
        self.base_url = ""
        #: callback_id of each shortcut by its name.
        self.shortcuts: dict[str, str] = {}
        self.directory = Directory()
        self.messages = Messages(now, self.order)
        self.views = Views(self.order)
        self.triggers = Triggers(now)
        self.urls = SandboxResponseUrls(now)
        self.calls = Calls()
        #: How many calls of each method have come in, answered or not.
        self.arrived: Counter[str] = Counter()
        self.faults: list[str] = []
        self.mentions: list[Mention] = []
        self.changed = asyncio.Condition()

    async def tell(self) -> None:
        """Wake everybody who waits for a change."""
        async with self.changed:
            self.changed.notify_all()

    async def until(self, holds: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
        """Wait for a change after which this holds; False if it does not in time."""
        try:
            async with asyncio.timeout(timeout_s), self.changed:
                await self.changed.wait_for(holds)
        except TimeoutError:
            return holds()
        return True

    def slackbot_says(self, user: str, channel: str, text: str, thread: str | None = None) -> None:
        """To this person alone."""
        self.messages.post(channel, {"text": text}, user=SLACKBOT, reader=user, thread_ts=thread)

    def note_mentions(self, channel: str, content: Mapping[str, Any]) -> None:
        for text in mrkdwn_texts(content):
            self.mentions += [Mention(channel, found, text) for found in MENTION.findall(text)]
        if content.get("parse") == "full" or content.get("link_names"):
            text = str(content.get("text") or "")
            self.mentions += [Mention(channel, found, text) for found in LINKED_NAME.findall(text)]


def mrkdwn_texts(content: Any) -> Iterator[str]:
    """Every text in which Slack reads control sequences, and the mentions that rich text spells as leaves."""
    if isinstance(content, list):
        for value in content:
            yield from mrkdwn_texts(value)
    if not isinstance(content, Mapping) or content.get("type") in LITERAL:
        return
    if content.get("type") in {"user", "usergroup"}:
        yield _leaf_mention(content)
    for key, value in content.items():
        if isinstance(value, str) and key in {"text", "markdown_text", "fallback", "pretext"}:
            yield value
        yield from mrkdwn_texts(value)


def _leaf_mention(leaf: Mapping[str, Any]) -> str:
    if leaf["type"] == "user":
        return f"<@{leaf.get('user_id')}>"
    return f"<!subteam^{leaf.get('usergroup_id')}>"
