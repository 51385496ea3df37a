"""What one person sees now, and where on it something stands that they name by its words."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.sandbox.slack.blockkit import text
from bot.sandbox.slack.blockkit.inputs import Block, Element, controls, for_reader, options
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.views import SandboxView
from bot.sandbox.slack.workspace import SandboxWorkspace

Surface = SandboxMessage | SandboxView


@dataclass(frozen=True, slots=True)
class Control:
    """A control on a surface; for a choice, the option that was named."""

    surface: Surface
    block: Block
    element: Element
    option: Mapping[str, object] | None = None


class Screen:
    def __init__(self, workspace: SandboxWorkspace, user: str) -> None:
        self._workspace = workspace
        self._user = user
        #: Whether the app's Home tab is open.
        self.home_open = False

    def modal(self) -> SandboxView | None:
        return self._workspace.views.top(self._user)

    def messages(self) -> list[SandboxMessage]:
        channels = self._workspace.directory.seen_by(self._user)
        return self._workspace.messages.seen_by(self._user, channels)

    def home(self) -> SandboxView | None:
        return self._workspace.views.homes.get(self._user) if self.home_open else None

    def surfaces(self) -> list[Surface]:
        """Newest first, the open modal before everything: it lies on top."""
        behind: list[Surface] = [*self.messages()]
        if home := self.home():
            behind.append(home)
        behind.sort(key=lambda surface: surface.order, reverse=True)
        modal = self.modal()
        return [modal, *behind] if modal else behind

    def text(self) -> str:
        parts = [self._message(message) for message in self.messages()]
        if home := self.home():
            parts.append(f"── Home ──\n{self._drawn(home)}")
        if modal := self.modal():
            parts.append(self._modal(modal))
        return "\n\n".join(parts)

    def surface_text(self, surface: Surface) -> str:
        if isinstance(surface, SandboxMessage):
            return self._message(surface)
        return self._modal(surface) if surface.kind == "modal" else self._drawn(surface)

    def _names(self) -> dict[str, str]:
        directory = self._workspace.directory
        people = {user.id: user.name for user in directory.users.values()}
        groups = {group.id: group.handle for group in directory.groups.values()}
        return people | groups | {channel.id: channel.name for channel in directory.channels.values()}

    def _message(self, message: SandboxMessage) -> str:
        names = self._names()
        place = names.get(message.channel) or "direct message"
        only = ", only visible to you" if message.ephemeral else ""
        head = f"{names.get(message.user, message.user)} in {place}{only}:"
        if message.blocks:
            return f"{head}\n{text.blocks(self._shown(message), names, message.values)}"
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

    def _shown(self, surface: Surface) -> list[Block]:
        return for_reader(surface.blocks, self._user)

    def _drawn(self, view: SandboxView) -> str:
        return text.blocks(self._shown(view), self._names(), view.values, view.errors)

    # Finding by words.

    def button(self, text: str, near: str | None) -> Control | None:
        for surface, block in self._rows(near):
            for element in controls(block):
                if "text" in element and _says(element["text"], text):
                    return Control(surface, block, element)
        return None

    def choice(self, words: str, source: str | None, near: str | None) -> Control | None:
        """An option by its words, in the select whose placeholder, label or action_id is `source`."""
        for surface, block in self._rows(near):
            for element in controls(block):
                if source is not None and source not in _labels(block, element):
                    continue
                for option in options(element):
                    if words == option.get("value") or _says(option["text"], words):
                        return Control(surface, block, element, option)
        return None

    def field(self, label: str) -> Control | None:
        for surface, block in self._rows(None):
            if block["type"] == "input" and _says(block["label"], label):
                return Control(surface, block, block["element"])
        return None

    def _rows(self, near: str | None) -> Iterator[tuple[Surface, Block]]:
        for surface in self.surfaces():
            if near is None:
                yield from ((surface, block) for block in self._shown(surface))
            else:
                yield from ((surface, block) for block in self._rows_near(surface, near))

    def _rows_near(self, surface: Surface, near: str) -> Iterator[Block]:
        """After each block with these words, the first one that has controls: one row, never the next one's."""
        blocks = self._shown(surface)
        for place, block in enumerate(blocks):
            if near in text.blocks([block], self._names(), surface.values):
                after = (one for one in blocks[place:] if any(controls(one)))
                yield from (one for one in [next(after, None)] if one)


def _says(text: Mapping[str, str], words: str) -> bool:
    return html.unescape(text.get("text", "")).strip() == words


def _labels(block: Block, element: Element) -> set[str]:
    label = (block.get("label") or {}).get("text", "")
    placeholder = (element.get("placeholder") or {}).get("text", "")
    return {label, placeholder, element["action_id"]}
