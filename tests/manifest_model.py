"""Slack's limits for an app manifest, as far as this app uses it; an unknown key fails (docs.slack.dev: reference/app-manifest)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Url = Annotated[str, StringConstraints(pattern=r"^https?://", max_length=3000)]
CallbackId = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Scope = Annotated[str, StringConstraints(pattern=r"^[a-z_.]+(:[a-z_.]+)?$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(Strict):
    major_version: Literal[1, 2]
    minor_version: int


class DisplayInformation(Strict):
    name: Annotated[str, StringConstraints(min_length=1, max_length=35)]
    description: Annotated[str, StringConstraints(min_length=1, max_length=140)]
    long_description: Annotated[str, StringConstraints(min_length=175, max_length=4000)] | None = None
    background_color: (
        Annotated[str, StringConstraints(pattern=r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")] | None
    ) = None


class AppHome(Strict):
    home_tab_enabled: bool
    messages_tab_enabled: bool
    messages_tab_read_only_enabled: bool


class BotUser(Strict):
    display_name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{1,80}$")]
    always_online: bool


class SlashCommand(Strict):
    command: Annotated[str, StringConstraints(pattern=r"^/[a-z0-9_-]+$", min_length=2, max_length=32)]
    url: Url | None = None
    description: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    usage_hint: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    should_escape: bool


class Shortcut(Strict):
    name: Annotated[str, StringConstraints(min_length=1, max_length=24)]
    type: Literal["message", "global"]
    callback_id: CallbackId
    description: Annotated[str, StringConstraints(min_length=1, max_length=150)]


class Features(Strict):
    app_home: AppHome
    bot_user: BotUser
    slash_commands: Annotated[list[SlashCommand], Field(min_length=1, max_length=50)]
    shortcuts: Annotated[list[Shortcut], Field(min_length=1, max_length=10)]


class Scopes(Strict):
    bot: Annotated[list[Scope], Field(max_length=255)]


class OAuthConfig(Strict):
    scopes: Scopes


class Interactivity(Strict):
    is_enabled: bool
    request_url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=3500)] | None = None


class EventSubscriptions(Strict):
    request_url: Url | None = None
    bot_events: Annotated[list[str], Field(max_length=100)]


class Settings(Strict):
    interactivity: Interactivity
    event_subscriptions: EventSubscriptions | None = None
    org_deploy_enabled: bool
    socket_mode_enabled: bool
    token_rotation_enabled: bool


class Manifest(Strict):
    metadata: Metadata = Field(alias="_metadata")
    display_information: DisplayInformation
    features: Features
    oauth_config: OAuthConfig
    settings: Settings
