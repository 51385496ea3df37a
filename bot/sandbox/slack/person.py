"""A person of the workspace, who acts and reads by words."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox.slack import payloads
from bot.sandbox.slack.answers import Answers
from bot.sandbox.slack.blockkit.inputs import client_faults
from bot.sandbox.slack.delivery import Ack, Delivery, Kind
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.people import User
from bot.sandbox.slack.screen import Control, Screen
from bot.sandbox.slack.urls import Source
from bot.sandbox.slack.views import SandboxView
from bot.sandbox.slack.workspace import PATIENCE_S, SandboxWorkspace


class Person:
    def __init__(self, user_id: str, workspace: SandboxWorkspace, delivery: Delivery) -> None:
        self.id = user_id
        self._workspace = workspace
        self._delivery = delivery
        self._answers = Answers(workspace)
        #: What this person sees.
        self.in_view = Screen(workspace, user_id)

    @property
    def user(self) -> User:
        return self._workspace.directory.users[self.id]

    @property
    def modal(self) -> SandboxView | None:
        """The modal on top, if one is open."""
        return self.in_view.modal()

    # Reading.

    def screen(self, after: int = 0) -> str:
        """All that this person sees now, but for the first so many messages."""
        return self.in_view.text(after)

    async def sees(self, words: str, timeout_s: float = PATIENCE_S, *, after: int = 0) -> None:
        """Wait until these words stand somewhere on the screen, after so many messages."""
        if not await self._workspace.until(lambda: words in self.screen(after), timeout_s):
            raise AssertionError(f"{self.user.name} does not see {words!r}:\n\n{self.screen()}")

    def sees_not(self, words: str) -> None:
        if words in self.screen():
            raise AssertionError(f"{self.user.name} sees {words!r}:\n\n{self.screen()}")

    # Acting.

    async def command(self, name: str, text: str = "", *, channel: str | None = None) -> Ack:
        """Type a slash command, in #support unless said otherwise or not a member there."""
        channel = channel or self._usual_channel()
        place = self._workspace.directory.channels[channel]
        payload = payloads.command(self.user, place, name, text) | {
            "response_url": self._url(Source.COMMAND, channel),
            "trigger_id": self._workspace.triggers.give(self.id),
        }
        ack = await self._delivery.send(Kind.COMMAND, payload)
        self._answers.command(self.id, channel, name, ack)
        await self._workspace.tell()
        return ack

    async def clicks(self, text: str, *, near: str | None = None, timeout_s: float = PATIENCE_S) -> Ack:
        """Press the newest button with this text; `near` asks for the row at or after the block with these words."""
        found = await self._found(f"button [{text}]", lambda: self.in_view.button(text, near), timeout_s)
        return await self.uses(found)

    async def chooses(
        self, words: str, *, from_: str | None = None, near: str | None = None, timeout_s: float = PATIENCE_S
    ) -> Ack | None:
        """Choose an option. Outside of input blocks the bot is told at once; inside, only on submit."""
        found = await self._found(
            f"option {words!r}", lambda: self.in_view.choice(words, from_, near), timeout_s
        )
        found.enter(found.option)
        await self._workspace.tell()
        if found.block["type"] == "input" and not found.block.get("dispatch_action"):
            return None
        return await self.uses(found)

    async def types(self, label: str, text: str, *, timeout_s: float = PATIENCE_S) -> None:
        found = await self._found(f"input {label!r}", lambda: self.in_view.field(label), timeout_s)
        found.enter(text)
        await self._workspace.tell()

    async def submits(self, *, timeout_s: float = PATIENCE_S) -> Ack:
        """
        Press the modal's submit button.

        If Slack's own client refuses (a required field is empty), the error is shown under the field, the bot gets
        nothing, and the returned error is "input".
        """
        view = await self._open_modal(timeout_s)
        view.errors, view.trouble = client_faults(view.blocks, view.values), ""
        if view.errors:
            await self._workspace.tell()
            return Ack(status=None, body="", seconds=0.0, error="input")
        told = payloads.interaction("view_submission", self.user) | payloads.submission(view)
        told["trigger_id"] = self._workspace.triggers.give(self.id, view_id=view.id)
        ack = await self._delivery.send(Kind.INTERACTIVE, told)
        self._answers.submission(view, ack)
        await self._workspace.tell()
        return ack

    async def closes(self, *, everything: bool = False) -> Ack | None:
        """Close the top modal, or the whole stack; the bot is told if it asked for that."""
        view = self.modal
        if view is None:
            raise AssertionError(f"{self.user.name} has no modal open:\n\n{self.screen()}")
        if everything or view.sent.get("clear_on_close"):
            self._workspace.views.close_all(self.id)
        else:
            self._workspace.views.close(view)
        await self._workspace.tell()
        if not view.sent.get("notify_on_close"):
            return None
        told = payloads.interaction("view_closed", self.user) | payloads.closing(view, cleared=everything)
        return await self._interacts("closing a modal", told, None)

    async def shortcut(self, callback_id: str, *, message: SandboxMessage | None = None) -> Ack:
        """A message shortcut, or without a message a global one, by its callback_id or its name."""
        callback_id = self._workspace.shortcuts.get(callback_id, callback_id)
        told = payloads.interaction("shortcut" if message is None else "message_action", self.user)
        told["trigger_id"] = self._workspace.triggers.give(self.id)
        if message is None:
            told |= {"callback_id": callback_id, "action_ts": f"{self._workspace.now():.6f}"}
        else:
            channel = self._workspace.directory.channels[message.channel]
            told |= payloads.message_shortcut(callback_id, message, channel)
            told["response_url"] = self._url(Source.SHORTCUT, channel.id)
        return await self._interacts(f"shortcut {callback_id}", told, message.channel if message else None)

    async def says(
        self,
        channel: str,
        text: str,
        thread: SandboxMessage | str | None = None,
        more: Mapping[str, list[dict[str, Any]]] | None = None,
    ) -> SandboxMessage:
        """
        Post an ordinary message; the app subscribes to no message events, so it hears nothing.

        `more`: its `blocks` and `attachments`, as another program's or a forwarded message has them.
        """
        thread_ts = thread.ts if isinstance(thread, SandboxMessage) else thread
        content = {"text": text, **(more or {})}
        made = self._workspace.messages.post(channel, content, user=self.id, thread_ts=thread_ts)
        await self._workspace.tell()
        return made

    async def opens_home(self, tab: str = "home") -> Ack:
        self.in_view.home_open = tab == "home"
        home = self._workspace.views.homes.get(self.id)
        body: dict[str, Any] = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": self._workspace.directory.direct(self.id).id,
            "tab": tab,
            "event_ts": f"{self._workspace.now():.6f}",
        }
        if home is not None:
            # Opened again: it comes to the front.
            home.order = self._workspace.order()
            body["view"] = home.payload()
        return await happens(self._workspace, self._delivery, body)

    async def uses(self, control: Control) -> Ack:
        """Press a button, or let the bot know what a select holds now (block_actions)."""
        told = payloads.interaction("block_actions", self.user)
        told["actions"] = [payloads.action(control, f"{self._workspace.now():.6f}")]
        surface, place = control.surface, None
        if isinstance(surface, SandboxView):
            told |= payloads.from_view(surface)
            told["trigger_id"] = self._workspace.triggers.give(self.id, view_id=surface.id)
        else:
            place = surface.channel
            told |= payloads.from_message(surface, self._workspace.directory.channels[place])
            told["trigger_id"] = self._workspace.triggers.give(self.id)
            told["response_url"] = self._url(Source.MESSAGE, place, message_ts=surface.ts)
        return await self._interacts(f"action {control.element['action_id']}", told, place)

    # Inside.

    async def _interacts(self, what: str, told: Mapping[str, Any], place: str | None) -> Ack:
        ack = await self._delivery.send(Kind.INTERACTIVE, told)
        self._answers.interaction(what, self.id, place, ack)
        await self._workspace.tell()
        return ack

    def _usual_channel(self) -> str:
        open_to = self._workspace.directory.seen_by(self.id)
        return next(iter(open_to), "C0SUPPORT")

    async def _found(self, what: str, find: Callable[[], Control | None], timeout_s: float) -> Control:
        await self._workspace.until(lambda: find() is not None, timeout_s)
        found = find()
        if found is None:
            raise AssertionError(f"{self.user.name} finds no {what}:\n\n{self.screen()}")
        return found

    async def _open_modal(self, timeout_s: float) -> SandboxView:
        def ready() -> bool:
            return self.modal is not None and bool(self.modal.sent.get("submit"))

        await self._workspace.until(ready, timeout_s)
        if self.modal is None or not ready():
            raise AssertionError(f"{self.user.name} has no modal to submit:\n\n{self.screen()}")
        return self.modal

    def _url(self, source: Source, channel: str, *, message_ts: str | None = None) -> str:
        return self._workspace.base_url + self._workspace.urls.give(
            source, channel, self.id, message_ts=message_ts
        )


async def happens(workspace: SandboxWorkspace, delivery: Delivery, body: Mapping[str, Any]) -> Ack:
    """Tell the bot of an event."""
    told = payloads.event(body, f"Ev{secrets.token_hex(5).upper()}", workspace.now())
    ack = await delivery.send(Kind.EVENT, told)
    if not ack.ok:
        Answers(workspace).failed(f"event {body['type']}", ack)
    await workspace.tell()
    return ack
