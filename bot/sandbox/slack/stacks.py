"""views.open, views.push, views.update and views.publish (docs.slack.dev: surfaces/modals, surfaces/app-home)."""

import json
from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.blockkit.rules import view_faults
from bot.sandbox.slack.urls import Trigger, UrlRefused
from bot.sandbox.slack.views import MAX_STACK, SandboxView
from bot.sandbox.slack.workspace import SandboxWorkspace

Args = Mapping[str, Any]
Answer = dict[str, Any]

MAX_VIEW_BYTES = 250_000


class Stacks:
    def __init__(self, workspace: SandboxWorkspace) -> None:
        self._workspace = workspace
        self._views = workspace.views

    def open(self, args: Args) -> Answer:
        trigger = self._trigger(args)
        sent = self._checked(args, "modal")
        return _told(self._views.open(trigger.user, sent))

    def push(self, args: Args) -> Answer:
        trigger = self._trigger(args)
        if self._views.find(view_id=trigger.view_id) is None:
            raise UrlRefused("not_found")
        if self._views.depth(trigger.user) >= MAX_STACK:
            raise UrlRefused("push_limit_reached")
        sent = self._checked(args, "modal")
        return _told(self._views.push(trigger.user, sent))

    def update(self, args: Args) -> Answer:
        view = self._views.find(view_id=args.get("view_id"), external_id=args.get("external_id"))
        if view is None:
            raise UrlRefused("not_found")
        _hold_hash(view, args)
        view.draw(self._checked(args, view.kind, itself=view))
        return _told(view)

    def publish(self, args: Args) -> Answer:
        user = str(args.get("user_id") or "")
        if user not in self._workspace.directory.users:
            raise UrlRefused("invalid_arguments", "[ERROR] user_id is not a user")
        home = self._views.homes.get(user)
        if home is not None:
            _hold_hash(home, args)
        return _told(self._views.publish(user, self._checked(args, "home", itself=home)))

    def _trigger(self, args: Args) -> Trigger:
        return self._workspace.triggers.take(str(args.get("trigger_id") or ""))

    def _checked(self, args: Args, kind: str, *, itself: SandboxView | None = None) -> dict[str, Any]:
        sent = args.get("view")
        if not isinstance(sent, dict):
            raise UrlRefused("invalid_arguments", "[ERROR] missing required field: view")
        if len(json.dumps(sent, ensure_ascii=False).encode()) > MAX_VIEW_BYTES:
            raise UrlRefused("view_too_large")
        if faults := view_faults(sent, kind):
            raise UrlRefused("invalid_arguments", *faults)
        external = sent.get("external_id")
        if external and self._views.find(external_id=external) not in {None, itself}:
            raise UrlRefused("duplicate_external_id")
        self._workspace.note_mentions("", sent)
        return sent


def _hold_hash(view: SandboxView, args: Args) -> None:
    if args.get("hash") and args["hash"] != view.hash:
        raise UrlRefused("hash_conflict")


def _told(view: SandboxView) -> Answer:
    return {"view": view.payload()}
