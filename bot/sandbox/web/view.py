"""What one person sees on the page."""

from dataclasses import asdict
from typing import Any

from bot.sandbox.slack.manifest import Manifest
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.people import BOT_USER, TEAM, Channel, User
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.views import SandboxView
from bot.sandbox.slack.workspace import SandboxWorkspace

Seen = dict[str, Any]

#: A person's role by user group; the first that fits is shown.
ROLES = {
    "managers": "manager",
    "store-ops": "store ops",
    "seniors": "senior agent",
    "agents": "support agent",
}


class VisibleParts:
    def __init__(self, workspace: SandboxWorkspace, manifest: Manifest) -> None:
        self._workspace = workspace
        self._directory = workspace.directory
        self._manifest = manifest

    def people(self) -> list[User]:
        """Everybody who can act: neither a bot nor deactivated."""
        return [one for one in self._directory.users.values() if not one.is_bot and not one.deleted]

    def of(self, person: Person) -> Seen:
        seen = person.in_view
        modal, home = seen.modal(), seen.home()
        return {
            "me": person.id,
            "people": [{"id": one.id, "name": one.name, "words": self._words(one)} for one in self.people()],
            "names": seen.names(),
            "channels": [self._channel(one) for one in seen.channels()],
            "messages": [self._message(one) for one in seen.messages()],
            "modal": self._view(modal) if modal else None,
            "home": self._view(home) if home else None,
            "app": self._app(person.id),
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

    def _channel(self, channel: Channel) -> Seen:
        return {
            "id": channel.id,
            "name": channel.name,
            "private": channel.is_private,
            "shared": channel.is_ext_shared,
            "direct": channel.is_im,
            "members": len(channel.members),
        }

    def _message(self, message: SandboxMessage) -> Seen:
        return {
            "channel": message.channel,
            "ts": message.ts,
            "thread": message.thread_ts,
            "user": message.user,
            "app": message.user == BOT_USER,
            "text": message.text,
            "blocks": message.blocks,
            "values": message.values,
            "ephemeral": message.ephemeral,
            "edited": message.edited and message.user != BOT_USER,
        }

    def _view(self, view: SandboxView) -> Seen:
        return {
            "id": view.id,
            "title": view.words("title"),
            "submit": view.words("submit"),
            "close": view.words("close", "Cancel"),
            "blocks": view.blocks,
            "values": view.values,
            "errors": view.errors,
            "trouble": view.trouble,
            "beneath": self._workspace.views.depth(view.user) - 1,
        }
