"""The message shortcut Look up customer: finds the customer in the message and shows the card in a modal."""

from __future__ import annotations

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot import logs
from bot.aio.frozen import part
from bot.domain.customer import customers_named
from bot.domain.errors import NotUnderstood
from bot.domain.lookup import CouponQuestion, parse_coupon_question
from bot.listeners.lookup import CouponListeners
from bot.listeners.payloads import actor_of, typed_text
from bot.listeners.try_again import ABOUT
from bot.listeners.written import message_text
from bot.services.authorize import Action, Authorize
from bot.views import shortcut as view
from bot.views.kit import View


@part
class ShortcutListeners:
    coupons: CouponListeners
    authorize: Authorize

    async def on_shortcut(self, args: AsyncArgs) -> None:
        await args.ack()
        await self.coupons.replies.open_drawn(args, self._found(args), view.loading())

    async def _found(self, args: AsyncArgs) -> View:
        # Rights are checked before the message is read: what it names is only for those who may look up.
        await self.authorize(Action.LOOK_UP, actor_of(args.body))
        text = message_text(args.body.get("message") or {})
        named = customers_named(text, region=self.coupons.region)
        logs.protect(*named)
        if len(named) != 1:
            return view.ask(named)
        question = self._question(named[0])
        logs.protect(question.customer.value, question.customer.national or "")
        args.context[ABOUT] = question.customer.hint
        return await self._card(args, question)

    async def on_form(self, args: AsyncArgs) -> None:
        try:
            answer = typed_text(view.answered(args.body["view"]))
            logs.protect(*answer.split())
            question = self._question(answer)
        except NotUnderstood as err:
            await args.ack(response_action="errors", errors=view.faults(err.sentence))
            return
        logs.protect(question.customer.value, question.customer.national or "")
        args.context[ABOUT] = question.customer.hint
        await self.coupons.replies.to_form(args, self._card(args, question), view.loading())

    async def _card(self, args: AsyncArgs, question: CouponQuestion) -> View:
        return view.card(
            self.coupons.drawn(await self.coupons.draw.for_question(question, by=actor_of(args.body)))
        )

    def _question(self, text: str) -> CouponQuestion:
        return parse_coupon_question(text, region=self.coupons.region)
