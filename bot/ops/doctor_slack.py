"""What `coupon-desk doctor` asks Slack: token, scopes, clock, groups, channels, and whether Slack can reach the desk."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.slack.accounts import Workspace
from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error
from bot.adapters.slack.web import working_client
from bot.aio.causes import is_untrusted
from bot.aio.clock import Clock
from bot.domain.policy import Policy
from bot.ops.finding import CheckResult, clock, fail, ok, untrusted, warn
from bot.ops.slack import SlackDirectory, SlackUnreadable, fit, read_directory
from bot.server import EVENTS_PATH
from bot.settings import Settings

#: What manifest.yml asks for.
SCOPES = frozenset(
    {"channels:read", "chat:write", "commands", "groups:read", "usergroups:read", "users:read"}
)
#: Slack's signatures are five minutes old at most (docs.slack.dev: verifying-requests-from-slack).
WARN_S, FAIL_S = 30.0, 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackChecks:
    settings: Settings
    client: AsyncWebClient
    session: aiohttp.ClientSession
    now: Clock

    async def __call__(self) -> AsyncIterator[CheckResult]:
        try:
            answer = await self.client.auth_test()
        except SLACK_TROUBLE as err:
            yield _no_token(err)
            return
        yield ok("slack token", f"accepted, for workspace {answer.get('team')} ({answer.get('team_id')}).")
        yield self._scopes(answer)
        async for result in self._clock(answer):
            yield result
        async for result in self._app_token():
            yield result
        home = Workspace(team=str(answer.get("team_id")), enterprise=answer.get("enterprise_id"))
        async for result in self._groups(home):
            yield result
        async for result in self._channels():
            yield result

    def _scopes(self, answer: AsyncSlackResponse) -> CheckResult:
        told = _header(answer, "x-oauth-scopes")
        if told is None:
            return warn(
                "slack scopes", "Slack did not say which are granted.", "Compare them with manifest.yml."
            )
        missing = SCOPES - {one.strip() for one in told.split(",")}
        if missing:
            return fail(
                "slack scopes",
                f"missing: {', '.join(sorted(missing))}.",
                "Add them under OAuth & Permissions, then press Reinstall to Workspace.",
            )
        return ok("slack scopes", f"all {len(SCOPES)} of the manifest are granted.")

    async def _clock(self, answer: AsyncSlackResponse) -> AsyncIterator[CheckResult]:
        told = _header(answer, "date")
        if told is not None:
            ahead_s = (self.now() - parsedate_to_datetime(told)).total_seconds()
            yield clock("slack clock", ahead_s, "Slack's", warn_s=WARN_S, fail_s=FAIL_S)

    async def _app_token(self) -> AsyncIterator[CheckResult]:
        if self.settings.slack_app_token is None:
            return
        client = working_client(None, self.settings.slack_api_url, self.session)
        try:
            await client.apps_connections_open(app_token=self.settings.slack_app_token.get_secret_value())
        except SLACK_TROUBLE as err:
            yield fail(
                "socket mode",
                f"Slack does not accept SLACK_APP_TOKEN ({slack_error(err)}).",
                "Make an app-level token with connections:write, and switch Socket Mode on.",
            )
            return
        yield ok("socket mode", "SLACK_APP_TOKEN opens connections.")

    async def _groups(self, home: Workspace) -> AsyncIterator[CheckResult]:
        policy = self.settings.policy
        if not policy.named:
            return
        try:
            directory = await read_directory(self.client)
            for group in sorted(policy.named):
                yield await self._group(group, directory, home)
            for result in await self._approvers(policy, directory, home):
                yield result
        except SlackUnreadable as err:
            yield fail(
                "groups", f"Slack did not say who is in them ({err}).", "Check the scope usergroups:read."
            )

    async def _group(self, group: str, directory: SlackDirectory, home: Workspace) -> CheckResult:
        check = f"group {group}"
        found = directory.groups.get(group)
        if found is None:
            return fail(check, "there is no such group.", "Find its id with: coupon-desk doctor --groups")
        if not found.enabled:
            return fail(
                check, f"@{found.handle} is disabled; the desk takes it for empty.", "Enable it in Slack."
            )
        able = await fit(self.client, found.people, home)
        if not able:
            return warn(
                check, f"nobody in @{found.handle} may act here.", "Add full members of this workspace."
            )
        return ok(check, f"@{found.handle}, {len(able)} who may act.")

    async def _approvers(
        self, policy: Policy, directory: SlackDirectory, home: Workspace
    ) -> list[CheckResult]:
        """A rule whose only approver is its only requester can let nothing through."""
        told = []
        requesters = await fit(self.client, directory.people_in(policy.redeem.groups), home)
        for rule in policy.redeem.rules:
            if not rule.approvals:
                continue
            able = await fit(self.client, directory.people_in(rule.approvers), home)
            stuck = [one for one in requesters if not set(able) - {one}]
            if stuck and able:
                told.append(
                    warn(
                        f"rule “{rule.name}”",
                        f"nobody but {', '.join(stuck)} could approve what {', '.join(stuck)} ask for.",
                        "Add a second person to its approvers: nobody decides on their own request.",
                    )
                )
        return told

    async def _channels(self) -> AsyncIterator[CheckResult]:
        policy = self.settings.policy
        for name, channel in (
            ("approvals channel", policy.approvals.channel),
            ("escalations channel", policy.escalations.channel),
        ):
            if channel is not None:
                yield await self._channel(f"{name} {channel}", channel)

    async def _channel(self, check: str, channel: str) -> CheckResult:
        try:
            told = (await self.client.conversations_info(channel=channel)).get("channel") or {}
        except SLACK_TROUBLE as err:
            step = "Invite the bot there: /invite @Coupon Desk. Else copy the id from the channel's details."
            return fail(check, f"Slack does not show it to the bot ({slack_error(err)}).", step)
        if told.get("is_archived"):
            return fail(check, "it is archived.", "Unarchive it, or name another one in the policy.")
        if told.get("is_ext_shared") or told.get("is_pending_ext_shared"):
            step = "Name a channel that is not shared: nothing about customers is posted in this one."
            return fail(check, "it is shared with another company.", step)
        if told.get("is_member") is False:
            return fail(check, "the bot is not in it.", "Invite it there: /invite @Coupon Desk")
        return ok(check, f"the bot is in #{told.get('name', channel)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicUrlCheck:
    """A request as Slack would send it, signed by ourselves."""

    settings: Settings
    session: aiohttp.ClientSession
    now: Clock

    async def __call__(self) -> AsyncIterator[CheckResult]:
        secret, url = self.settings.slack_signing_secret, self.settings.public_url
        if secret is None or self.settings.slack_app_token is not None:
            yield ok("public address", "none is needed with Socket Mode.")
            return
        if url is None:
            yield warn(
                "public address", "PUBLIC_URL is not set, so it was not tried.", "Set it, and run this again."
            )
            return
        yield await self._tried(f"{url}{EVENTS_PATH}", secret.get_secret_value())

    async def _tried(self, url: str, secret: str) -> CheckResult:
        body = json.dumps({"type": "url_verification", "challenge": "coupon-desk doctor"})
        at = str(int(self.now().timestamp()))
        signature = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={signature}",
        }
        try:
            async with self.session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return _judged(answer.status, await answer.text())
        except (aiohttp.ClientError, TimeoutError) as err:
            step = "Start the desk; check PUBLIC_URL, the proxy before it and its certificate."
            return fail("public address", f"PUBLIC_URL cannot be reached ({type(err).__name__}).", step)


def _no_token(err: Exception) -> CheckResult:
    if is_untrusted(err):
        return untrusted("slack token", "Slack")
    return fail(
        "slack token",
        f"Slack does not accept it or cannot be reached ({slack_error(err)}).",
        "Copy SLACK_BOT_TOKEN again from the app's page, OAuth & Permissions; check the network.",
    )


def _judged(status: int, body: str) -> CheckResult:
    check = "public address"
    if status == 200 and "coupon-desk doctor" in body:  # noqa: PLR2004
        return ok(check, "a request signed with SLACK_SIGNING_SECRET was accepted there.")
    if status == 401:  # noqa: PLR2004
        step = "The desk there runs with another SLACK_SIGNING_SECRET, or its clock is off."
        return fail(check, "the desk there refused a signed request (401).", step)
    step = f"PUBLIC_URL must lead to the desk: its path {EVENTS_PATH} answered something else."
    return fail(check, f"what answers there is not the desk ({status}).", step)


def _header(answer: AsyncSlackResponse, name: str) -> str | None:
    headers = {str(key).lower(): str(value) for key, value in dict(answer.headers).items()}
    return headers.get(name)
