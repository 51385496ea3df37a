"""What one person sees in the window: theirs and nobody else's."""

from dataclasses import asdict
from typing import Any

from bot.sandbox.slack.blockkit.inputs import for_reader
from bot.sandbox.slack.manifest import Manifest
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.people import BOT_USER, TEAM, Channel, User
from bot.sandbox.slack.views import SandboxView
from bot.sandbox.slack.workspace import SandboxWorkspace

Seen = dict[str, Any]

SLACKBOT = "USLACKBOT"
#: What a member of a user group is called, the most telling first.
ROLES = {
    "managers": "manager",
    "store-ops": "store ops",
    "seniors": "senior agent",
    "agents": "support agent",
}


class VisibleParts:
    """`person` may be anybody who can act: neither a bot nor deactivated."""

    def __init__(self, workspace: SandboxWorkspace, manifest: Manifest) -> None:
        self._workspace = workspace
        self._directory = workspace.directory
        self._manifest = manifest

    def people(self) -> list[User]:
        return [one for one in self._directory.users.values() if not one.is_bot and not one.deleted]

    def channels(self, person: str) -> list[Channel]:
        """Where this person is, the direct message with the bot included."""
        self._directory.direct(person)
        return list(self._directory.seen_by(person).values())

    def messages(self, person: str) -> list[SandboxMessage]:
        places = [channel.id for channel in self.channels(person)]
        return self._workspace.messages.seen_by(person, places)

    def modal(self, person: str) -> SandboxView | None:
        return self._workspace.views.top(person)

    def home(self, person: str) -> SandboxView | None:
        return self._workspace.views.homes.get(person)

    def of(self, person: str) -> Seen:
        modal, home, channels = self.modal(person), self.home(person), self.channels(person)
        return {
            "me": person,
            "people": [{"id": one.id, "name": one.name, "words": self._words(one)} for one in self.people()],
            "names": self._names(channels),
            "channels": [self._channel(one) for one in channels],
            "messages": [self._message(one, person) for one in self.messages(person)],
            "modal": self._view(modal, person) if modal else None,
            "home": self._view(home, person) if home else None,
            "app": self._app(person),
        }

    def _app(self, person: str) -> Seen:
        return {
            "user": BOT_USER,
            "name": self._manifest.app,
            "channel": self._directory.direct(person).id,
            "homeTab": self._manifest.home_tab,
            "readOnly": self._manifest.read_only,
            "commands": [asdict(one) for one in self._manifest.commands],
            "shortcuts": [asdict(one) for one in self._manifest.message_shortcuts],
        }

    def _words(self, user: User) -> str:
        if user.team != TEAM:
            return "another workspace"
        if user.is_ultra_restricted:
            return "single-channel guest"
        if user.is_restricted:
            return "guest"
        groups = [one for one in self._directory.groups.values() if user.id in one.users]
        handles = {one.handle for one in groups if not one.date_delete}
        return next((words for handle, words in ROLES.items() if handle in handles), "in no group")

    def _names(self, channels: list[Channel]) -> dict[str, str]:
        """Everybody's and every group's, but only of the channels that this person is in."""
        people = {one.id: one.name for one in self._directory.users.values()}
        groups = {one.id: one.handle for one in self._directory.groups.values()}
        return people | groups | {one.id: one.name for one in channels} | {SLACKBOT: "Slackbot"}

    def _channel(self, channel: Channel) -> Seen:
        return {
            "id": channel.id,
            "name": channel.name,
            "private": channel.is_private,
            "shared": channel.is_ext_shared,
            "direct": channel.is_im,
            "members": len(channel.members),
        }

    def _message(self, message: SandboxMessage, person: str) -> Seen:
        return {
            "channel": message.channel,
            "ts": message.ts,
            "thread": message.thread_ts,
            "user": message.user,
            "app": message.user == BOT_USER,
            "text": message.text,
            "blocks": for_reader(message.blocks, person),
            "values": message.values,
            "ephemeral": message.ephemeral,
            "edited": message.edited and message.user != BOT_USER,
        }

    def _view(self, view: SandboxView, person: str) -> Seen:
        return {
            "id": view.id,
            "title": view.words("title"),
            "submit": view.words("submit"),
            "close": view.words("close", "Cancel"),
            "blocks": for_reader(view.blocks, person),
            "values": view.values,
            "errors": view.errors,
            "trouble": view.trouble,
            "beneath": self._workspace.views.depth(person) - 1,
        }
