"""A person who uses the page: acts on things by their ids, and only on what they see."""

import html
from collections.abc import Mapping

from bot.sandbox.slack.blockkit.inputs import STATELESS, controls
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.screen import Control, Surface
from bot.sandbox.slack.views import SandboxView
from bot.sandbox.slack.workspace import SandboxWorkspace

#: The inputs of a surface: by block_id and action_id, what was typed or the option's value.
Entered = Mapping[str, Mapping[str, str]]


class NotThere(Exception):
    """Raised if the person does not see such a thing."""


class PagePerson:
    def __init__(self, person: Person, workspace: SandboxWorkspace) -> None:
        self.person = person
        self._workspace = workspace
        # The page lists the direct message with the bot from the start.
        workspace.directory.direct(person.id)

    # What they see.

    def place(self, channel: str) -> str:
        if channel not in {one.id for one in self.person.in_view.channels()}:
            raise NotThere(channel)
        return channel

    def message(self, channel: str, ts: str) -> SandboxMessage:
        for one in self.person.in_view.messages():
            if (one.channel, one.ts) == (channel, ts):
                return one
        raise NotThere(ts)

    def view(self, view_id: str) -> SandboxView:
        for one in (self.person.in_view.modal(), self.person.in_view.home()):
            if one is not None and one.id == view_id:
                return one
        raise NotThere(view_id)

    # What they do.

    async def writes(self, channel: str, text: str, *, thread: str | None, commands: set[str]) -> None:
        """Send the text in the composer: a message, or a slash command where Slack accepts one."""
        name, _, rest = text.partition(" ")
        if not text.startswith("/"):
            # Slack stores typed text escaped (docs.slack.dev: messaging/formatting-message-text).
            await self.person.says(channel, html.escape(text, quote=False), thread)
        elif thread:
            await self._is_told(channel, f"{name} is not supported in threads. Sorry!", thread)
        elif name not in commands:
            await self._is_told(channel, f"{name} is not a valid command.", None)
        else:
            await self.person.command(name, rest.strip(), channel=channel)

    async def uses(
        self, surface: Surface, block_id: str, action_id: str, chosen: str, entered: Entered
    ) -> None:
        """Press a button or choose an option; the bot gets it together with the state of all inputs."""
        control = _control(surface, block_id, action_id)
        _keep(surface, entered)
        if control.element["type"] not in STATELESS:
            control.enter(chosen)
        await self.person.uses(control)

    async def hands_in(self, view: SandboxView, entered: Entered) -> None:
        _keep(view, entered)
        await self.person.submits()

    # Inside.

    async def _is_told(self, channel: str, text: str, thread: str | None) -> None:
        self._workspace.slackbot_says(self.person.id, channel, text, thread)
        await self._workspace.tell()


def _control(surface: Surface, block_id: str, action_id: str) -> Control:
    for block in surface.blocks:
        for element in controls(block):
            if (block["block_id"], element["action_id"]) == (block_id, action_id):
                return Control(surface, block, element)
    raise NotThere(action_id)


def _keep(surface: Surface, entered: Entered) -> None:
    for block in surface.blocks:
        for element in controls(block):
            given = entered.get(block["block_id"], {}).get(element["action_id"])
            if given is not None and element["type"] not in STATELESS:
                Control(surface, block, element).enter(str(given))
