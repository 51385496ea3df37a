"""
Trigger ids and response URLs, with their lifetimes and uses.

docs.slack.dev: interactivity/handling-user-interaction.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

#: Seconds for an acknowledgement, and for a trigger id to be used.
LIMIT_S = 3.0
URL_LIFE_S = 30 * 60.0
URL_USES = 5


class UrlRefused(Exception):
    """Slack refuses; the argument is its error code."""

    def __init__(self, error: str, *why: str) -> None:
        super().__init__(error)
        self.error = error
        self.why = why


@dataclass(slots=True, kw_only=True)
class Trigger:
    user: str
    given_at: float
    #: The modal it was pressed in, the only kind of trigger that views.push takes.
    view_id: str | None
    used: bool = False


class Triggers:
    """`life_s`: as long as each may be used."""

    def __init__(self, now: Callable[[], float], life_s: float = LIMIT_S) -> None:
        self._now = now
        self.life_s = life_s
        self._given: dict[str, Trigger] = {}

    def give(self, user: str, *, view_id: str | None = None) -> str:
        made = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._given[made] = Trigger(user=user, given_at=self._now(), view_id=view_id)
        return made

    def take(self, trigger_id: str) -> Trigger:
        """Use a trigger. Raises UrlRefused with the error code of views.open."""
        trigger = self._given.get(trigger_id)
        if trigger is None:
            raise UrlRefused("invalid_trigger_id")
        if trigger.used:
            raise UrlRefused("exchanged_trigger_id")
        if self._now() - trigger.given_at > self.life_s:
            raise UrlRefused("expired_trigger_id")
        trigger.used = True
        return trigger


class Source(StrEnum):
    """What a response URL came with; it decides what the URL can replace."""

    COMMAND = "commands"
    MESSAGE = "actions"
    SHORTCUT = "app"


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    source: Source
    channel: str
    user: str
    given_at: float
    #: The message whose button was pressed.
    message_ts: str | None = None
    uses: int = 0


class SandboxResponseUrls:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._given: dict[str, ResponseUrl] = {}

    def give(self, source: Source, channel: str, user: str, *, message_ts: str | None = None) -> str:
        """The path under the sandbox's own address."""
        token = secrets.token_urlsafe(18)
        self._given[token] = ResponseUrl(
            source=source, channel=channel, user=user, given_at=self._now(), message_ts=message_ts
        )
        return f"/{source}/T0DESK/{token}"

    def take(self, token: str) -> ResponseUrl:
        """Use the URL once. Raises UrlRefused with the text of the 404."""
        url = self._given.get(token)
        if url is None:
            raise UrlRefused("invalid_url")
        if self._now() - url.given_at > URL_LIFE_S:
            raise UrlRefused("expired_url")
        if url.uses >= URL_USES:
            raise UrlRefused("used_url")
        url.uses += 1
        return url
