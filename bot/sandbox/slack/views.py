"""The modals and Home tabs that are open, in stacks of at most three (docs.slack.dev: surfaces/modals)."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.blockkit.inputs import Block, Values, carried_over, with_ids
from bot.sandbox.slack.people import APP, BOT, TEAM

MAX_STACK = 3


@dataclass(slots=True, kw_only=True, eq=False)
class SandboxView:
    id: str
    user: str
    #: What the bot sent.
    sent: dict[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None
    blocks: list[Block] = field(default_factory=list)
    values: Values = field(default_factory=dict)
    #: The error under each input, by block_id.
    errors: dict[str, str] = field(default_factory=dict)
    #: What Slack itself says in it when the bot's answer was of no use.
    trouble: str = ""
    order: int = 0

    @property
    def kind(self) -> str:
        return str(self.sent.get("type"))

    def words(self, part: str, default: str = "") -> str:
        """The title, submit or close text."""
        return str((self.sent.get(part) or {}).get("text") or default)

    def draw(self, sent: Mapping[str, Any]) -> None:
        self.sent = dict(sent)
        self.hash = f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"
        self.blocks = with_ids(sent.get("blocks") or [])
        self.values = carried_over(self.values, self.blocks)
        self.errors, self.trouble = {}, ""

    def payload(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "team_id": TEAM,
            "type": self.kind,
            "blocks": self.blocks,
            "private_metadata": self.sent.get("private_metadata") or "",
            "callback_id": self.sent.get("callback_id") or "",
            "external_id": self.sent.get("external_id") or "",
            "state": {"values": self.values},
            "hash": self.hash,
            "title": self.sent.get("title"),
            "submit": self.sent.get("submit"),
            "close": self.sent.get("close"),
            "clear_on_close": bool(self.sent.get("clear_on_close")),
            "notify_on_close": bool(self.sent.get("notify_on_close")),
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
            "app_id": APP,
            "app_installed_team_id": TEAM,
            "bot_id": BOT,
        }


class Views:
    def __init__(self, order: Callable[[], int]) -> None:
        self._order = order
        self.stacks: dict[str, list[SandboxView]] = {}
        self.homes: dict[str, SandboxView] = {}

    def open(self, user: str, sent: Mapping[str, Any]) -> SandboxView:
        self.stacks[user] = []
        return self.push(user, sent)

    def push(self, user: str, sent: Mapping[str, Any]) -> SandboxView:
        stack = self.stacks.setdefault(user, [])
        made = self._made(user, sent)
        if stack:
            made.root_id, made.previous_id = stack[0].id, stack[-1].id
        stack.append(made)
        return made

    def publish(self, user: str, sent: Mapping[str, Any]) -> SandboxView:
        home = self.homes.get(user)
        if home is None:
            home = self.homes[user] = self._made(user, sent)
        else:
            home.draw(sent)
        return home

    def close(self, view: SandboxView) -> None:
        stack = self.stacks.get(view.user, [])
        if view in stack:
            stack.remove(view)

    def close_all(self, user: str) -> None:
        self.stacks[user] = []

    def top(self, user: str) -> SandboxView | None:
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def depth(self, user: str) -> int:
        return len(self.stacks.get(user, []))

    def find(self, *, view_id: str | None = None, external_id: str | None = None) -> SandboxView | None:
        for view in self._open():
            if view_id and view.id == view_id:
                return view
            if external_id and view.sent.get("external_id") == external_id:
                return view
        return None

    def _open(self) -> list[SandboxView]:
        return [*(view for stack in self.stacks.values() for view in stack), *self.homes.values()]

    def _made(self, user: str, sent: Mapping[str, Any]) -> SandboxView:
        view_id = f"V{secrets.token_hex(5).upper()}"
        made = SandboxView(id=view_id, user=user, sent={}, hash="", root_id=view_id, order=self._order())
        made.draw(sent)
        return made
