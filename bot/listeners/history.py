"""`/redemptions` and the controls of its card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot import logs
from bot.aio.frozen import part
from bot.domain.history import HistoryQuery, HistoryQuestion, parse_history_question
from bot.domain.person import Actor
from bot.domain.request_query import RequestQuery, parse_request_query
from bot.domain.typed import asks_for_help
from bot.listeners.payloads import actor_of, command_text
from bot.listeners.replies import Replies
from bot.listeners.try_again import ABOUT
from bot.services.history import DrawHistory
from bot.services.request_search import FindRequests
from bot.views import help as help_view
from bot.views import history as history_view
from bot.views import request_search as request_view
from bot.views.kit import Message
from bot.views.lookup import looking_up
from bot.views.text import Display


@part(kw_only=True)
class HistoryListeners:
    draw: DrawHistory
    find: FindRequests
    replies: Replies
    display: Display
    #: ISO 3166 country whose mobile numbers may be typed without their country code.
    region: str

    async def on_command(self, args: AsyncArgs) -> None:
        text = command_text(args.body)
        logs.protect(*text.split())
        if asks_for_help(text):
            await args.ack(**help_view.redemptions_help().payload())
            return
        query = parse_request_query(text)
        if query is not None:
            logs.protect(query.value)
            args.context[ABOUT] = request_view.named(query)
            await self.replies.to_command(
                args, self._requests(query, actor_of(args.body)), request_view.looking_for()
            )
            return
        question = parse_history_question(text, region=self.region)
        logs.protect(question.customer.value, question.customer.national or "")
        args.context[ABOUT] = question.customer.hint
        await self.replies.to_command(
            args, self._answer(question, actor_of(args.body)), looking_up(question.customer.hint)
        )

    async def on_kind(self, args: AsyncArgs) -> None:
        await self._again(args, lambda query: replace(query, kind=history_view.chosen_kind(args.payload)))

    async def on_period(self, args: AsyncArgs) -> None:
        await self._again(
            args,
            lambda query: replace(query, period=history_view.chosen_period(args.payload, query.period)),
        )

    async def on_order(self, args: AsyncArgs) -> None:
        await self._again(args, lambda query: replace(query, oldest_first=not query.oldest_first))

    async def on_refresh(self, args: AsyncArgs) -> None:
        await self._again(args, lambda query: query, fresh=True)

    async def _again(
        self, args: AsyncArgs, changed: Callable[[HistoryQuery], HistoryQuery], *, fresh: bool = False
    ) -> None:
        await args.ack()
        pressed = history_view.pressed_card(args.payload)
        card = await self.draw.for_press(pressed, changed, by=actor_of(args.body), fresh=fresh)
        await self.replies.redraw(args, history_view.history_card(card, display=self.display))

    async def _requests(self, query: RequestQuery, actor: Actor) -> Message:
        found = await self.find(query, by=actor)
        return request_view.found_requests(query, found, display=self.display.to(actor.id))

    async def _answer(self, question: HistoryQuestion, actor: Actor) -> Message:
        card = await self.draw.for_question(question, by=actor)
        return history_view.history_card(card, display=self.display)
