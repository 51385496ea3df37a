"""The sandbox's HTTP routes: the Web API under /api/, response URLs and Socket Mode."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.slack.limits import RateLimits
from bot.sandbox.slack.methods import Methods
from bot.sandbox.slack.posts import Posts
from bot.sandbox.slack.urls import UrlRefused
from bot.sandbox.slack.workspace import ApiCall, SandboxWorkspace

Args = dict[str, Any]

#: What posts through response URLs are called among the calls and failures.
RESPONSE_URL = "response_url"
#: Errors that an app may get without a mistake of its own, because a person or a change was faster.
NO_FAULT = frozenset(
    {
        # Posted to a person who has been deactivated.
        ("chat.postMessage", "channel_not_found"),
        ("conversations.info", "channel_not_found"),
        ("conversations.open", "user_disabled"),
        ("usergroups.users.list", "no_such_subteam"),
        ("users.info", "user_not_found"),
        ("views.publish", "hash_conflict"),
        ("views.push", "not_found"),
        ("views.update", "hash_conflict"),
        ("views.update", "not_found"),
    }
)
#: Arguments that travel as JSON text in a form.
STRUCTURED = frozenset({"blocks", "view", "attachments", "metadata"})


@dataclass(slots=True, kw_only=True)
class Failure:
    """How a method fails while the switch is on."""

    error: str | None = None
    status: int | None = None
    #: Of the text that comes with 5xx; a gateway may call it JSON, which slack-sdk 3.47 tells by another error.
    content_type: str = "text/plain"
    retry_after: int | None = None
    #: How many more calls fail; None until healed.
    times: int | None = None
    #: The call stays unanswered until this is set, then goes on.
    hang: asyncio.Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    bot: str
    app: str
    scopes: frozenset[str]


class WebApi:
    def __init__(self, workspace: SandboxWorkspace, methods: Methods, posts: Posts, tokens: Tokens) -> None:
        self._workspace = workspace
        self._methods = methods
        self._posts = posts
        self._tokens = tokens
        self._limits = RateLimits(workspace.now)
        self.failures: dict[str, Failure] = {}
        #: Seconds that every call takes.
        self.takes_s = 0.0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/api/{method}", self._on_call),
            web.post("/{source:commands|actions|app}/{team}/{token}", self._on_response_url),
        ]

    async def _on_call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        args = await _arguments(request)
        await self._arrive(method)
        if self.takes_s:
            await asyncio.sleep(self.takes_s)
        failed = await self._failed(method)
        answer, response = failed or self._answered(method, args, _bearer(request, args))
        self._record(method, args, answer.get("error"))
        await self._workspace.tell()
        # docs.slack.dev: authentication/installing-with-oauth, "x-oauth-scopes".
        scopes = {"X-OAuth-Scopes": ",".join(sorted(self._tokens.scopes))}
        return response or web.json_response(answer, headers=scopes)

    async def _arrive(self, method: str) -> None:
        self._workspace.arrived[method] += 1
        await self._workspace.tell()

    async def _failed(self, method: str) -> tuple[Args, web.Response] | None:
        """The answer of a method that is switched to fail."""
        failure = self.failures.get(method)
        if failure is None:
            return None
        if failure.times is not None:
            failure.times -= 1
            if failure.times <= 0:
                del self.failures[method]
        if failure.hang is not None:
            await failure.hang.wait()
        return _failure_answer(failure)

    def _answered(self, method: str, args: Args, token: str) -> tuple[Args, web.Response | None]:
        try:
            self._admit(method, args, token)
            if (wait := self._limits.retry_after(method, args)) is not None:
                self._fault(method, "ratelimited")
                return _failure_answer(Failure(status=429, retry_after=wait)) or ({}, None)
            return self._methods.call(method, args), None
        except UrlRefused as refused:
            if (method, refused.error) not in NO_FAULT:
                self._fault(method, refused.error, *refused.why)
            answer: Args = {"ok": False, "error": refused.error}
            if refused.why:
                answer["response_metadata"] = {"messages": list(refused.why)}
            return answer, None

    def _admit(self, method: str, args: Args, token: str) -> None:
        if not self._methods.known(method):
            raise UrlRefused("unknown_method", "not one of the calls this app makes")
        if not token:
            raise UrlRefused("not_authed")
        if method == "apps.connections.open":
            if token != self._tokens.app:
                raise UrlRefused("not_allowed_token_type" if token == self._tokens.bot else "invalid_auth")
        elif token != self._tokens.bot:
            raise UrlRefused("not_allowed_token_type" if token == self._tokens.app else "invalid_auth")
        needed = self._methods.needed_scope(method, args)
        if needed is not None and needed not in self._tokens.scopes:
            raise UrlRefused("missing_scope", f"needed: {needed}")

    async def _on_response_url(self, request: web.Request) -> web.Response:
        args = await _arguments(request)
        await self._arrive(RESPONSE_URL)
        if failed := await self._failed(RESPONSE_URL):
            error, response = failed[0]["error"], failed[1]
        else:
            error, response = self._responded(request.match_info["token"], args)
        self._record(RESPONSE_URL, args, error)
        await self._workspace.tell()
        return response

    def _responded(self, token: str, args: Args) -> tuple[str | None, web.Response]:
        try:
            url = self._workspace.urls.take(token)
        except UrlRefused as refused:
            self._fault(RESPONSE_URL, refused.error)
            return refused.error, web.Response(status=404, text=refused.error)
        try:
            self._posts.respond(url, args)
        except UrlRefused as refused:
            self._fault(RESPONSE_URL, refused.error, *refused.why)
            return refused.error, web.Response(status=400, text=refused.error)
        return None, web.Response(text="ok")

    def _fault(self, method: str, error: str, *why: str) -> None:
        self._workspace.faults.append(": ".join([method, error, *why]))

    def _record(self, method: str, args: Args, error: str | None) -> None:
        shown = {key: value for key, value in args.items() if key != "token"}
        at = self._workspace.now()
        self._workspace.calls.append(ApiCall(method=method, args=shown, ok=error is None, error=error, at=at))


def _failure_answer(failure: Failure) -> tuple[Args, web.Response] | None:
    if failure.status is None and failure.error is None and failure.retry_after is None:
        return None
    status = failure.status or (429 if failure.retry_after is not None else 200)
    error = failure.error or ("ratelimited" if status == 429 else "internal_error")
    answer: Args = {"ok": False, "error": error}
    headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
    if status >= 500:
        kind = failure.content_type
        return answer, web.Response(status=status, text="internal error", content_type=kind, headers=headers)
    return answer, web.json_response(answer, status=status, headers=headers)


async def _arguments(request: web.Request) -> Args:
    """From the query, a form or a JSON body: Slack takes all three."""
    args: Args = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        return args | dict(body) if isinstance(body, Mapping) else args
    args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    return {key: _structured(key, value) for key, value in args.items()}


def _structured(key: str, value: Any) -> Any:
    if key not in STRUCTURED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _bearer(request: web.Request, args: Mapping[str, Any]) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() if header else str(args.get("token") or "")
