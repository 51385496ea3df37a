"""Answers a person: within Slack's three seconds or later, on a message or in a modal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.kwargs_injection.async_args import AsyncArgs
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from bot.aio.deadline import passed_s
from bot.aio.frozen import part
from bot.aio.tasks import Spawn
from bot.domain.errors import TooLate
from bot.views import shortcut as modal_view
from bot.views import try_again as again_view
from bot.views.kit import Encoded, Message, View

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: Seconds after a press arrived. A card that is ready by then is the acknowledgement itself; Slack waits three seconds.
READY_WITHIN_S = 1.5
#: Seconds that a modal waits for its content before it opens without; its trigger lives three.
COMPLETE_WITHIN_S = 0.5
#: Seconds to wait after an acknowledgement, so that it reaches Slack before what is sent next.
HANDED_OVER_S = 0.3
#: Slack's errors for a trigger that no longer works: it lives three seconds and works once (docs.slack.dev: views.open).
TRIGGER_ERRORS = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
#: Slack's error, and our budget's, where a method was called too often: the trigger has ended before its turn comes.
TOO_OFTEN = "ratelimited"
#: How often a modal that Slack has no place for now is updated once more. Each waits for its turn in the budget as well.
SHOWN_AGAIN = 3
#: Seconds between two of these, at most.
LONGEST_WAIT_S = 5.0
#: Key in Bolt's context for the id of the modal that this press opened.
OPENED = "desk_modal"


class Urls(Protocol):
    """Posts to response URLs."""

    async def post(self, url: str, payload: Mapping[str, Any]) -> bool:
        """Returns whether Slack accepted it."""
        ...


@part
class Replies:
    urls: Urls
    spawn: Spawn
    ready_within_s: float = READY_WITHIN_S

    async def to_command(
        self, args: AsyncArgs, work: Coroutine[Any, Any, Message | Encoded], meanwhile: Message
    ) -> None:
        """
        Acknowledge with the card if it is ready in time, else with `meanwhile`, and send the card later.

        What `work` raises is raised here.
        """
        card = self.spawn(work)
        await asyncio.wait({card}, timeout=self.left_s())
        if card.done():
            await _acknowledge(args, card.result())
            return
        await args.ack(**meanwhile.payload())
        try:
            drawn = await card
        finally:
            # What is posted before Slack has the acknowledgement stands above "the card follows".
            await asyncio.sleep(HANDED_OVER_S)
        await self._post(args, drawn.payload())

    async def to_form(self, args: AsyncArgs, work: Coroutine[Any, Any, View], meanwhile: View) -> None:
        """
        As `to_command`, in the modal that was submitted.

        What `work` raises is raised here.
        """
        result = self.spawn(work)
        if await self.acknowledge(args, result, meanwhile, drawn=lambda view: view):
            return
        try:
            view = await result
        finally:
            # Bolt 1.30 sends an acknowledgement up to 10 ms later; an update or an error before that is lost.
            await asyncio.sleep(HANDED_OVER_S)
        await self.show(args, view)

    async def acknowledge(
        self, args: AsyncArgs, result: asyncio.Task[T], meanwhile: View, *, drawn: Callable[[T], View]
    ) -> bool:
        """
        Acknowledge a form with the result if it is ready in time, else with `meanwhile`; returns whether it was.

        What a result in time raises is raised here.
        """
        await asyncio.wait({result}, timeout=self.left_s())
        in_time = result.done()
        view = drawn(result.result()) if in_time else meanwhile
        await args.ack(response_action="update", view=view.payload())
        return in_time

    def left_s(self) -> float:
        """Return the seconds that an answer may still wait for its content; what the ledger took before counts, too."""
        return max(0.0, self.ready_within_s - passed_s())

    async def redraw(self, args: AsyncArgs, message: Message) -> None:
        """Replace the pressed card, on its message or in its modal, also where the press has opened a modal on top."""
        pressed = _pressed_modal(args)
        if pressed is None:
            await self._post(args, message.replacing())
        else:
            await self._update(args, pressed, modal_view.card(message))

    async def redraw_view(self, args: AsyncArgs, payload: Mapping[str, Any]) -> None:
        """Replace the modal that was pressed."""
        await self._update_as(args, _pressed_modal(args), payload)

    async def open(self, args: AsyncArgs, view: View) -> None:
        """
        Open a modal; if the press was in a modal, on top of it, or in place of one that tells of a failure.

        An App Home is no modal.

        Raises TooLate if the press's trigger no longer works, or ends before Slack takes one more call.
        """
        pressed = _pressed_modal(args)
        if pressed and again_view.is_failed(args.body.get("view")):
            # Tried again from where it failed: in its place.
            args.context[OPENED] = pressed
            await self._update(args, pressed, view)
            return
        call = args.client.views_push if pressed else args.client.views_open
        try:
            opened = await call(trigger_id=args.body["trigger_id"], view=view.payload())
        except SlackApiError as err:
            if _error_of(err) in {*TRIGGER_ERRORS, TOO_OFTEN}:
                raise TooLate from None
            raise
        args.context[OPENED] = opened["view"]["id"]

    async def open_drawn(self, args: AsyncArgs, work: Coroutine[Any, Any, View], meanwhile: View) -> None:
        """
        Open a modal, complete where `work` is ready in a moment; else with `meanwhile`, and fill it later.

        What `work` raises is raised here, with the modal open. Raises TooLate as `open`.
        """
        result = self.spawn(work)
        await asyncio.wait({result}, timeout=COMPLETE_WITHIN_S)
        if result.done() and result.exception() is None:
            await self.open(args, result.result())
            return
        await self.open(args, meanwhile)
        await self.show(args, await result)

    async def show(self, args: AsyncArgs, view: View) -> None:
        """Update the modal that this press opened or was made in; a modal that was closed meanwhile is no error."""
        await self._update(args, _modal_of(args), view)

    async def _update(self, args: AsyncArgs, view_id: str | None, view: View) -> None:
        await self._update_as(args, view_id, view.payload())

    async def _update_as(self, args: AsyncArgs, view_id: str | None, payload: Mapping[str, Any]) -> None:
        """No trigger runs out meanwhile: where the method is called too often, the modal is worth waiting for."""
        for left in range(SHOWN_AGAIN, -1, -1):
            try:
                await args.client.views_update(view_id=view_id, view=dict(payload))
            except SlackApiError as err:
                told = _error_of(err)
                if told == "not_found":
                    log.info("modal_closed_meanwhile")
                    return
                if told != TOO_OFTEN or not left:
                    raise
                await asyncio.sleep(_wait_s(err))
            else:
                return

    async def tell(self, args: AsyncArgs, message: Message) -> None:
        """Tell something that only this person sees, whether the press is acknowledged yet or not."""
        command = "command" in args.body
        if command and args.ack.response is None:
            await args.ack(**message.payload())
            return
        if args.ack.response is None and args.body.get("type") == "view_submission":
            # An empty acknowledgement would close the modal, and the sentence with it.
            await args.ack(response_action="update", view=again_view.failed(message).payload())
            return
        if args.ack.response is None:
            await args.ack()
        if args.body.get("type") == "event_callback":
            # An event is no request of a person: there is nobody to tell.
            return
        if _modal_of(args) is not None or on_home(args):
            await self._tell_in_modal(args, message)
        else:
            await self._post(args, message.payload() if command else message.beside())

    async def _tell_in_modal(self, args: AsyncArgs, message: Message) -> None:
        """After a press on a card or an App Home, show it in a modal on top; else in place of the open modal."""
        view = again_view.failed(message)
        if OPENED not in args.context and args.body.get("type") == "block_actions":
            try:
                await self.open(args, view)
            except (TooLate, SlackApiError):
                log.info("modal_not_pushed")
            else:
                return
        if _modal_of(args) is None:
            log.error("reply_lost", reason="no_modal")
        else:
            await self.show(args, view)

    async def _post(self, args: AsyncArgs, payload: Mapping[str, Any]) -> None:
        url = args.body.get("response_url")
        if not url or not await self.urls.post(url, payload):
            log.error("reply_lost", reason="refused" if url else "no_response_url")


async def _acknowledge(args: AsyncArgs, message: Message | Encoded) -> None:
    """What is encoded already goes as it is, where Bolt itself would only encode it."""
    if isinstance(message, Encoded) and type(args.ack) is AsyncAck:
        args.ack.response = BoltResponse(status=200, body=message.json)
    else:
        await args.ack(**message.payload())


def _error_of(err: SlackApiError) -> str | None:
    """Return Slack's error code; None if the answer is not Slack's JSON."""
    data = getattr(err.response, "data", None)
    return data.get("error") if isinstance(data, dict) else None


def _wait_s(err: SlackApiError) -> float:
    """Return the seconds that Slack, or the budget, asks to wait; LONGEST_WAIT_S at most."""
    given = str(getattr(err.response, "headers", {}).get("Retry-After", ""))
    return min(float(given), LONGEST_WAIT_S) if given.isdecimal() else LONGEST_WAIT_S


def _modal_of(args: AsyncArgs) -> str | None:
    """Return the id of the modal that this press opened or was made in; None if there is none."""
    opened = args.context.get(OPENED)
    return str(opened) if opened else _pressed_modal(args)


def _pressed_modal(args: AsyncArgs) -> str | None:
    found = None if on_home(args) else (args.body.get("view") or {}).get("id")
    return str(found) if found else None


def on_home(args: AsyncArgs) -> bool:
    """Whether the press was on an App Home, which is a view too (docs.slack.dev: block_actions payload)."""
    return bool((args.body.get("view") or {}).get("type") == "home")
