"""The bodies that Slack sends to an app (docs.slack.dev: reference/interaction-payloads, Events API)."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.people import APP, TEAM, TEAM_DOMAIN, Channel, User
from bot.sandbox.slack.screen import Control
from bot.sandbox.slack.views import SandboxView

Payload = dict[str, Any]


def command(user: User, channel: Channel, name: str, text: str) -> dict[str, str]:
    return {
        "token": "deprecated-token",
        "team_id": user.team,
        "team_domain": TEAM_DOMAIN if user.team == TEAM else "other",
        "channel_id": channel.id,
        "channel_name": channel.spoken_name,
        "user_id": user.id,
        "user_name": user.handle,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
    }


def interaction(kind: str, user: User) -> Payload:
    return {
        "type": kind,
        "team": {"id": TEAM, "domain": TEAM_DOMAIN},
        "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": user.team},
        "api_app_id": APP,
        "token": "deprecated-token",
        "enterprise": None,
        "is_enterprise_install": False,
    }


def from_message(message: SandboxMessage, channel: Channel) -> Payload:
    container: Payload = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    told: Payload = {
        "container": container,
        "channel": {"id": channel.id, "name": channel.spoken_name},
        "state": {"values": message.values},
    }
    # An ephemeral message has no history, so an interaction does not carry it either.
    return told if message.ephemeral else told | {"message": message.payload()}


def from_view(view: SandboxView) -> Payload:
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": view.payload(),
        "state": {"values": view.values},
    }


def action(control: Control, action_ts: str) -> Payload:
    element = control.element
    told: Payload = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": control.block["block_id"],
        "action_ts": action_ts,
    }
    if element["type"] != "button":
        return told | control.state | {"placeholder": element.get("placeholder")}
    told["text"] = element["text"]
    if "value" in element:
        told["value"] = element["value"]
    return told


def submission(view: SandboxView) -> Payload:
    return {"view": view.payload(), "response_urls": []}


def closing(view: SandboxView, *, cleared: bool) -> Payload:
    return {"view": view.payload(), "is_cleared": cleared}


def message_shortcut(callback_id: str, message: SandboxMessage, channel: Channel) -> Payload:
    return {
        "callback_id": callback_id,
        "action_ts": message.ts,
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel.spoken_name},
        "message": message.payload(),
    }


def event(body: Mapping[str, Any], event_id: str, at: float) -> Payload:
    return {
        "token": "deprecated-token",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": dict(body),
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": "U0DESK", "is_bot": True}],
        "is_ext_shared_channel": False,
    }
