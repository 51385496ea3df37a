"""What one person does in the window, on exactly the control that they point at."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.slack import payloads
from bot.sandbox.slack.blockkit.inputs import STATELESS, Block, Element, controls, for_reader, options
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.screen import Control, Surface
from bot.sandbox.slack.urls import Source
from bot.sandbox.slack.views import SandboxView
from bot.sandbox.slack.workspace import SandboxWorkspace
from bot.sandbox.web.view import SLACKBOT, VisibleParts

#: What stands in each input of a surface: block_id, action_id, then what was typed or the options' values.
Entered = Mapping[str, Mapping[str, Sequence[str]]]

MANY = frozenset({"checkboxes", "multi_static_select"})


class NotThere(Exception):
    """Nothing of this kind is in front of this person."""


class Hand(Person):
    def __init__(
        self, user_id: str, workspace: SandboxWorkspace, delivery: Delivery, recent_membership: VisibleParts
    ) -> None:
        super().__init__(user_id, workspace, delivery)
        self._visible = recent_membership

    # What is in front of them.

    def place(self, channel: str) -> str:
        if channel not in {one.id for one in self._visible.channels(self.id)}:
            raise NotThere(channel)
        return channel

    def message(self, channel: str, ts: str) -> SandboxMessage:
        for one in self._visible.messages(self.id):
            if (one.channel, one.ts) == (channel, ts):
                return one
        raise NotThere(ts)

    def view(self, view_id: str) -> SandboxView:
        for one in (self._visible.modal(self.id), self._visible.home(self.id)):
            if one is not None and one.id == view_id:
                return one
        raise NotThere(view_id)

    # What they do.

    async def writes(self, channel: str, text: str, *, thread: str | None, commands: set[str]) -> None:
        """Send what stands in the composer: a message, or a slash command where Slack takes one."""
        name, _, rest = text.partition(" ")
        if not text.startswith("/"):
            # As Slack keeps what people type (docs.slack.dev: messaging/formatting-message-text).
            await self.says(channel, html.escape(text, quote=False), thread)
        elif thread:
            await self._is_told(channel, f"{name} is not supported in threads. Sorry!", thread)
        elif name not in commands:
            await self._is_told(channel, f"{name} is not a valid command.", None)
        else:
            await self.command(name, rest.strip(), channel=channel)

    async def uses(
        self, surface: Surface, block_id: str, action_id: str, chosen: Sequence[str], entered: Entered
    ) -> None:
        """Press a button or choose options; the bot is told, with all that stands in the inputs."""
        block, element = self._control(surface, block_id, action_id)
        self._keep(surface, entered)
        state = _state(element, chosen)
        if element["type"] not in STATELESS:
            surface.values.setdefault(block_id, {})[action_id] = state
        at = f"{self._workspace.now():.6f}"
        told = payloads.action(Control(surface, block, element), at)
        await self._sends(surface, told if element["type"] == "button" else told | state)

    async def hands_in(self, view: SandboxView, entered: Entered) -> None:
        self._keep(view, entered)
        await self.submits()

    # Inside.

    def _control(self, surface: Surface, block_id: str, action_id: str) -> tuple[Block, Element]:
        for block in for_reader(surface.blocks, self.id):
            for element in controls(block):
                if (block["block_id"], element["action_id"]) == (block_id, action_id):
                    return block, element
        raise NotThere(action_id)

    def _keep(self, surface: Surface, entered: Entered) -> None:
        for block in surface.blocks:
            for element in controls(block):
                given = entered.get(block["block_id"], {}).get(element["action_id"])
                if given is not None and element["type"] not in STATELESS:
                    kept = surface.values.setdefault(block["block_id"], {})
                    kept[element["action_id"]] = _state(element, given)

    async def _sends(self, surface: Surface, action: Mapping[str, Any]) -> None:
        told, place = payloads.interaction("block_actions", self.user) | {"actions": [action]}, None
        if isinstance(surface, SandboxView):
            told |= payloads.from_view(surface)
            told["trigger_id"] = self._workspace.triggers.give(self.id, view_id=surface.id)
        else:
            place = surface.channel
            told |= payloads.from_message(surface, self._workspace.directory.channels[place])
            told["trigger_id"] = self._workspace.triggers.give(self.id)
            told["response_url"] = self._url(Source.MESSAGE, place, message_ts=surface.ts)
        await self._interacts(f"action {action['action_id']}", told, place)

    async def _is_told(self, channel: str, text: str, thread: str | None) -> None:
        said = {"text": text}
        self._workspace.messages.post(channel, said, user=SLACKBOT, reader=self.id, thread_ts=thread)
        await self._workspace.tell()


def _state(element: Element, given: Sequence[str]) -> dict[str, Any]:
    """What state.values holds for this element (docs.slack.dev: reference/interaction-payloads)."""
    kind, chosen = element["type"], [one for one in options(element) if one.get("value") in given]
    if kind in MANY:
        return {"type": kind, "selected_options": chosen}
    if "options" in element or "option_groups" in element:
        return {"type": kind, "selected_option": chosen[0] if chosen else None}
    text = given[0] if given else ""
    if kind == "datepicker":
        return {"type": kind, "selected_date": text or None}
    return {"type": kind, "value": text or None}
