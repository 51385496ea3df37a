"""**Try again**, beside a failure of the engine or of Slack: what was typed or pressed is done once more."""

from __future__ import annotations

import copy
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.kwargs_injection.async_args import AsyncArgs
from slack_bolt.response import BoltResponse

from bot.aio.frozen import frozen
from bot.domain.errors import CardExpired, CouldNotVerify, Denial, EngineError, NotAllowed, Repeat, Unverified
from bot.domain.person import Actor
from bot.listeners.payloads import actor_of
from bot.listeners.replies import OPENED, Replies
from bot.views import try_again as view
from bot.views.kit import Block, Message

Listener = Callable[[AsyncArgs], Awaitable[None]]
#: Key in Bolt's context for the button that does a press again, where it is another one than was pressed.
AGAIN = "desk_again"
#: The same for what is looked up, masked.
ABOUT = "desk_about"
#: What was typed is kept for so many seconds, in memory only: it may name a customer.
KEPT_S = 30 * 60.0
AT_MOST = 500


@frozen
class _Typed:
    listener: Listener
    body: Mapping[str, Any] = field(repr=False)
    by: Actor
    at: float


@dataclass(slots=True, kw_only=True)
class TryAgain:
    """
    Keeps what failed in a way that may pass.

    A press is offered again as the same button, which works on every instance and after a restart. A command, a message
    shortcut or a form is kept in this instance's memory under an opaque id, because it holds what a person typed: for
    `KEPT_S` seconds, at most `AT_MOST` of them, for one press by whoever typed it. Another press raises CardExpired.
    """

    replies: Replies
    monotonic: Callable[[], float]
    _typed: OrderedDict[str, _Typed] = field(init=False, default_factory=OrderedDict)

    def offered(self, listener: Listener, args: AsyncArgs, error: Exception) -> Block | None:
        """Return the button to show beside the failure; None where trying again does not help or needs none."""
        if not may_pass(error):
            return None
        kind = args.body.get("type")
        if kind == "block_actions":
            # On a card the pressed button is still there.
            return _same_button(args) if OPENED in args.context else None
        if "command" in args.body or kind in {"message_action", "view_submission"}:
            return view.button_for(self._keep(listener, args.body))
        return None

    async def pressed(self, args: AsyncArgs) -> tuple[Listener, AsyncArgs]:
        """
        Return what to do again, and with which arguments: as it was sent, but answered where this was pressed.

        Raises CardExpired, NotAllowed.
        """
        typed = self._typed.pop(view.pressed(args.payload), None)
        if typed is None or self.monotonic() - typed.at > KEPT_S:
            raise CardExpired
        if typed.by.id != actor_of(args.body).id:
            raise NotAllowed(Denial.NOT_YOURS)
        await args.ack()
        again = copy.copy(args)
        again.body = {**typed.body, **_from_press(typed.body, args.body)}
        again.context = copy.copy(args.context)
        again.ack = _AnswerHere(args, self.replies)
        again.payload = {}
        return typed.listener, again

    def _keep(self, listener: Listener, body: Mapping[str, Any]) -> str:
        key = secrets.token_urlsafe(12)
        self._typed[key] = _Typed(listener, body, actor_of(body), self.monotonic())
        while len(self._typed) > AT_MOST:
            self._typed.popitem(last=False)
        return key


def may_pass(error: Exception) -> bool:
    """Whether the same may go through a moment later."""
    match error:
        case EngineError():
            return error.repeat is not Repeat.USELESS
        case CouldNotVerify():
            return error.cause is not Unverified.SCOPE
        case _:
            return False


def _same_button(args: AsyncArgs) -> Block | None:
    return args.context.get(AGAIN) or view.same_button(args.payload)


def _from_press(typed: Mapping[str, Any], pressed: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the press brings: where to answer, and a trigger that still works."""
    here = {name: pressed[name] for name in ("response_url", "trigger_id") if name in pressed}
    if "view" in pressed and "view" not in typed:
        return {**here, "view": pressed["view"]}
    return here


class _AnswerHere(AsyncAck):
    """What acknowledged a command or a form is now sent to where the button was pressed, in its place."""

    def __init__(self, args: AsyncArgs, replies: Replies) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._args = args
        self._replies = replies

    async def __call__(self, *given: Any, **named: Any) -> BoltResponse:
        self.response = await super().__call__(*given, **named)
        if named.get("view"):
            await self._replies.redraw_view(self._args, named["view"])
        elif named.get("text"):
            shown = Message(str(named["text"]), tuple(named.get("blocks") or ()))
            await self._replies.redraw(self._args, shown)
        return self.response
