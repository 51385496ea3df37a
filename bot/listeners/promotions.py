"""`/promo-redemptions` and the controls of its card."""

from __future__ import annotations

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot import logs
from bot.aio.frozen import part
from bot.domain.person import Actor
from bot.domain.promotions import PromotionQuestion, parse_promotion_question
from bot.domain.typed import asks_for_help
from bot.listeners.payloads import actor_of, command_text
from bot.listeners.replies import Replies
from bot.listeners.try_again import ABOUT
from bot.services.promotions import DrawPromotions
from bot.views import help as help_view
from bot.views import promotions as promotions_view
from bot.views.kit import Message
from bot.views.lookup import looking_up
from bot.views.text import Display


@part(kw_only=True)
class PromotionListeners:
    draw: DrawPromotions
    replies: Replies
    display: Display

    async def on_command(self, args: AsyncArgs) -> None:
        text = command_text(args.body)
        logs.protect(*text.split())
        if asks_for_help(text):
            await args.ack(**help_view.promotions_help().payload())
            return
        question = parse_promotion_question(text)
        logs.protect(*question.codes)
        args.context[ABOUT] = promotions_view.by_code(question.codes)
        await self.replies.to_command(
            args,
            self._answer(question, actor_of(args.body)),
            looking_up(promotions_view.named(question.codes)),
        )

    async def on_refresh(self, args: AsyncArgs) -> None:
        await args.ack()
        card = await self.draw.for_press(promotions_view.pressed_card(args.payload), by=actor_of(args.body))
        await self.replies.redraw(args, promotions_view.promotion_card(card, display=self.display))

    async def _answer(self, question: PromotionQuestion, actor: Actor) -> Message:
        card = await self.draw.for_question(question, by=actor)
        return promotions_view.promotion_card(card, display=self.display)
