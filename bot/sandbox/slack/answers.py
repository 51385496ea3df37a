"""What Slack does with an acknowledgement: shows its message, changes the modal, or shows a failure."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.blockkit.rules import message_advice, message_faults, view_faults
from bot.sandbox.slack.delivery import Ack
from bot.sandbox.slack.urls import LIMIT_S
from bot.sandbox.slack.views import MAX_STACK, SandboxView
from bot.sandbox.slack.workspace import SandboxWorkspace

#: What Slack shows in a modal or under a message if the answer cannot be used.
TROUBLE = "We had some trouble connecting. Try again?"


class Answers:
    def __init__(self, workspace: SandboxWorkspace) -> None:
        self._workspace = workspace

    def command(self, user: str, channel: str, name: str, ack: Ack) -> None:
        """An empty answer shows nothing; a text or a JSON message is shown to the caller, or to all."""
        if not ack.ok:
            self.failed(name, ack)
            self._tell(user, channel, f'{name} failed with the error "{ack.error}"')
            return
        said = ack.payload()
        content = said if isinstance(said, dict) else {"text": said}
        if not content.get("text") and not content.get("blocks"):
            return
        if faults := message_faults(content):
            self._workspace.faults += [f"{name} acknowledgement: {fault}" for fault in faults]
            self._tell(user, channel, f'{name} failed with the error "invalid_blocks"')
            return
        self._workspace.faults += [f"{name} acknowledgement: {one}" for one in message_advice(content)]
        self._workspace.note_mentions(channel, content)
        reader = None if content.get("response_type") == "in_channel" else user
        self._workspace.messages.post(channel, content, reader=reader)

    def interaction(self, what: str, user: str, channel: str | None, ack: Ack) -> None:
        """A press, a choice, a shortcut: only whether it was acknowledged matters."""
        if not ack.ok:
            self.failed(what, ack)
            self._tell(user, channel, f"{TROUBLE} ({ack.error})")

    def submission(self, view: SandboxView, ack: Ack) -> None:
        """The response actions (docs.slack.dev: surfaces/modals)."""
        if not ack.ok:
            self.failed(f"submission of {view.words('title')!r}", ack)
            view.trouble = f"{TROUBLE} ({ack.error})"
            return
        said = ack.payload()
        if said in (None, {}):
            self._workspace.views.close(view)
            return
        if fault := self._applied(view, said):
            self._workspace.faults.append(f"submission of {view.words('title')!r}: {fault}")
            view.trouble = TROUBLE

    def failed(self, what: str, ack: Ack) -> None:
        """
        Show a failure, and count a broken rule if the bot is late or answers other than 200; not if it is down.

        After three seconds Bolt itself answers 404. If the sandbox is set to wait longer than that, this is no broken
        rule either: the machine was slow.
        """
        if ack.error == "operation_timeout":
            self._workspace.faults.append(f"{what}: not acknowledged in time (operation_timeout)")
        elif ack.status is not None and ack.seconds < LIMIT_S:
            self._workspace.faults.append(f"{what}: acknowledged with HTTP {ack.status} (dispatch_failed)")

    def _applied(self, view: SandboxView, said: Any) -> str | None:
        """Carry the response action out; the fault if it cannot be."""
        if not isinstance(said, Mapping):
            return "an acknowledgement with a text instead of a response_action"
        match said.get("response_action"):
            case "errors":
                return _show_errors(view, said.get("errors"))
            case "clear":
                self._workspace.views.close_all(view.user)
            case "update":
                return self._drawn(view, said.get("view"), push=False)
            case "push":
                return self._drawn(view, said.get("view"), push=True)
            case other:
                return f"unknown response_action {other!r}"
        return None

    def _drawn(self, view: SandboxView, sent: Any, *, push: bool) -> str | None:
        if faults := view_faults(sent, "modal"):
            return "; ".join(faults)
        views = self._workspace.views
        if not push:
            view.draw(sent)
        elif views.depth(view.user) >= MAX_STACK:
            return "push_limit_reached"
        else:
            views.push(view.user, sent)
        return None

    def _tell(self, user: str, channel: str | None, text: str) -> None:
        place = channel or self._workspace.directory.direct(user).id
        self._workspace.slackbot_says(user, place, text)


def _show_errors(view: SandboxView, errors: Any) -> str | None:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, Mapping) or not errors:
        return "response_action errors without errors"
    if strange := [key for key in errors if key not in inputs]:
        return f"errors for {strange}, which are no input blocks of this view"
    if [text for text in errors.values() if not isinstance(text, str) or not text]:
        return "an error without words"
    view.errors = {key: str(text) for key, text in errors.items()}
    return None
