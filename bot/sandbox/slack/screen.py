"""What one person sees now, and finding controls on it by their words."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.blockkit import text
from bot.sandbox.slack.blockkit.inputs import Block, Element, controls, state
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.people import SLACKBOT, Channel
from bot.sandbox.slack.views import SandboxView
from bot.sandbox.slack.workspace import SandboxWorkspace

Surface = SandboxMessage | SandboxView


@dataclass(frozen=True, slots=True)
class Control:
    """
    A control on a surface.

    Attributes:
        option: the value of the option that was named; None if none was.

    """

    surface: Surface
    block: Block
    element: Element
    option: str = ""

    @property
    def state(self) -> dict[str, Any]:
        """Return its entry in state.values."""
        return self.surface.values.get(self.block["block_id"], {}).get(self.element["action_id"], {})

    def enter(self, given: str) -> None:
        """Enter a text, or choose the option with this value."""
        kept = self.surface.values.setdefault(self.block["block_id"], {})
        kept[self.element["action_id"]] = state(self.element, given)


class Screen:
    def __init__(self, workspace: SandboxWorkspace, user: str) -> None:
        self._workspace = workspace
        self._user = user
        #: Whether the app's Home tab is open.
        self.home_open = False

    def modal(self) -> SandboxView | None:
        return self._workspace.views.top(self._user)

    def channels(self) -> list[Channel]:
        """Return this person's conversations, with the bot's direct message once it is open."""
        return list(self._workspace.directory.seen_by(self._user).values())

    def messages(self) -> list[SandboxMessage]:
        return self._workspace.messages.seen_by(self._user, [channel.id for channel in self.channels()])

    def home(self) -> SandboxView | None:
        """Return the Home tab as published last, open or not."""
        return self._workspace.views.homes.get(self._user)

    def names(self) -> dict[str, str]:
        """Return names by id: all people and groups, but only this person's channels."""
        directory = self._workspace.directory
        people = {user.id: user.name for user in directory.users.values()}
        groups = {group.id: group.handle for group in directory.groups.values()}
        return people | groups | {one.id: one.name for one in self.channels()} | {SLACKBOT: "Slackbot"}

    def surfaces(self) -> list[Surface]:
        """Return what is on the screen, newest first; the open modal is on top."""
        behind: list[Surface] = [*self.messages()]
        if home := self._open_home():
            behind.append(home)
        behind.sort(key=lambda surface: surface.order, reverse=True)
        modal = self.modal()
        return [modal, *behind] if modal else behind

    def text(self, after: int = 0) -> str:
        """All of it, but for the first so many messages."""
        parts = [self._message(message) for message in self.messages()[after:]]
        if home := self._open_home():
            parts.append(f"── Home ──\n{self._drawn(home)}")
        if modal := self.modal():
            parts.append(self._modal(modal))
        return "\n\n".join(parts)

    def _open_home(self) -> SandboxView | None:
        return self.home() if self.home_open else None

    def _message(self, message: SandboxMessage) -> str:
        names = self.names()
        place = names.get(message.channel) or "direct message"
        only = ", only visible to you" if message.ephemeral else ""
        head = f"{names.get(message.user, message.user)} in {place}{only}:"
        if message.blocks:
            return f"{head}\n{text.blocks(message.blocks, names, message.values)}"
        return f"{head}\n{text.mrkdwn(message.text, names)}"

    def _modal(self, view: SandboxView) -> str:
        submit = f"[{view.words('submit')}] " if view.sent.get("submit") else ""
        lines = [
            f"── {view.words('title')} ──",
            self._drawn(view),
            view.trouble,
            f"{submit}[{view.words('close', 'Cancel')}]",
        ]
        return "\n".join(filter(None, lines))

    def _drawn(self, view: SandboxView) -> str:
        return text.blocks(view.blocks, self.names(), view.values, view.errors)

    # Finding by words.

    def button(self, text: str, near: str | None) -> Control | None:
        for surface, block in self._rows(near):
            for element in controls(block):
                if "text" in element and _says(element["text"], text):
                    return Control(surface, block, element)
        return None

    def choice(self, words: str, source: str | None, near: str | None) -> Control | None:
        """An option by its words or those before a dot, in the select with this placeholder, label or action_id."""
        for surface, block in self._rows(near):
            for element in controls(block):
                if source is not None and source not in _labels(block, element):
                    continue
                for option in element.get("options") or []:
                    if words == option["value"] or _begins(option["text"], words):
                        return Control(surface, block, element, option["value"])
        return None

    def field(self, label: str) -> Control | None:
        for surface, block in self._rows(None):
            if block["type"] == "input" and _says(block["label"], label):
                return Control(surface, block, block["element"])
        return None

    def _rows(self, near: str | None) -> Iterator[tuple[Surface, Block]]:
        for surface in self.surfaces():
            if near is None:
                yield from ((surface, block) for block in surface.blocks)
            else:
                yield from ((surface, block) for block in self._rows_near(surface, near))

    def _rows_near(self, surface: Surface, near: str) -> Iterator[Block]:
        """After each block with these words, the first one that has controls: one row, never the next one's."""
        for place, block in enumerate(surface.blocks):
            if near in text.blocks([block], self.names(), surface.values):
                after = (one for one in surface.blocks[place:] if any(controls(one)))
                yield from (one for one in [next(after, None)] if one)


def _says(text: Mapping[str, str], words: str) -> bool:
    return html.unescape(text.get("text", "")).strip() == words


def _begins(text: Mapping[str, str], words: str) -> bool:
    return _says(text, words) or html.unescape(text.get("text", "")).startswith(f"{words} · ")


def _labels(block: Block, element: Element) -> set[str]:
    label = (block.get("label") or {}).get("text", "")
    placeholder = (element.get("placeholder") or {}).get("text", "")
    return {label, placeholder, element["action_id"]}
