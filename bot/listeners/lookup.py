"""`/coupons` and the buttons of its card."""

from __future__ import annotations

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot import logs
from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.domain.cards import Card, PageCard
from bot.domain.coupon import CouponCode, spellings
from bot.domain.errors import DeskError
from bot.domain.finding import CouponDetails
from bot.domain.lookup import CouponQuestion, Filter, LookUpId, parse_coupon_question, parse_lone_code
from bot.domain.masking import hinted_code
from bot.domain.person import Actor
from bot.domain.typed import asks_for_help
from bot.listeners.lookup_drawn import DrawnPages
from bot.listeners.payloads import actor_of, command_text
from bot.listeners.replies import Replies
from bot.listeners.try_again import ABOUT, AGAIN
from bot.services.lookup_card import CardMove, DrawCard
from bot.services.lookup_code import ShowCode
from bot.services.lookup_details import ShowDetails
from bot.views import help as help_view
from bot.views import lookup as look_up_view
from bot.views import lookup_code as code_view
from bot.views import lookup_details as details_view
from bot.views.kit import Encoded, Message, View
from bot.views.lookup_finding import finding_card
from bot.views.text import Display

log = structlog.get_logger(__name__)


@part(kw_only=True)
class CouponListeners:
    draw: DrawCard
    details: ShowDetails
    show_code: ShowCode
    replies: Replies
    now: Clock
    display: Display
    pages: DrawnPages
    #: ISO 3166 country whose mobile numbers may be typed without their country code.
    region: str

    async def on_command(self, args: AsyncArgs) -> None:
        text = command_text(args.body)
        logs.protect(*text.split())
        if asks_for_help(text):
            await args.ack(**help_view.coupons_help().payload())
            return
        lone = parse_lone_code(text, region=self.region)
        if lone is not None:
            logs.protect(*spellings(lone))
            args.context[ABOUT] = f"coupon {hinted_code(lone)}"
            await self.replies.to_command(
                args, self._code(lone, actor_of(args.body)), code_view.looking_up_code()
            )
            return
        question = parse_coupon_question(text, region=self.region)
        logs.protect(question.customer.value, question.customer.national or "")
        logs.protect(*spellings(question.code) if question.code else ())
        args.context[ABOUT] = question.customer.hint
        await self.replies.to_command(
            args,
            self._answer(question, actor_of(args.body)),
            look_up_view.looking_up(question.customer.hint),
        )

    async def on_next(self, args: AsyncArgs) -> None:
        await self._move(args, CardMove.NEXT)

    async def on_previous(self, args: AsyncArgs) -> None:
        await self._move(args, CardMove.PREVIOUS)

    async def on_refresh(self, args: AsyncArgs) -> None:
        await self._move(args, CardMove.REFRESH)

    async def on_all(self, args: AsyncArgs) -> None:
        await self._move(args, CardMove.ALL)

    async def on_filter(self, args: AsyncArgs) -> None:
        await self._move(args, look_up_view.chosen_filter(args.payload))

    async def on_details(self, args: AsyncArgs) -> None:
        await args.ack()
        await self._open_details(args, *look_up_view.pressed_row(args.payload))

    async def on_details_of(self, args: AsyncArgs) -> None:
        """The select below the list; the card is drawn anew, because a select keeps what was chosen in it."""
        await args.ack()
        card, place = look_up_view.pressed_card(args.payload), look_up_view.chosen_row(args.payload)
        args.context[AGAIN] = look_up_view.details_again(card, place)
        try:
            await self._open_details(args, card, place)
        finally:
            await self._redraw(args, card)

    async def _open_details(self, args: AsyncArgs, card: LookUpId, place: int) -> None:
        async def shown() -> View:
            by = actor_of(args.body)
            return self._details(await self.details(card, place, by=by), f"{card}.{place}", by)

        await self.replies.open_drawn(args, shown(), details_view.loading())

    async def _redraw(self, args: AsyncArgs, card: LookUpId) -> None:
        try:
            again = await self.draw.for_press(card, CardMove.AGAIN, by=actor_of(args.body))
            await self.replies.redraw(args, self.drawn(again))
        except DeskError as err:
            # The card that is there still works.
            log.info("card_not_redrawn", error=type(err).__name__)

    def _details(self, found: CouponDetails, row: str, by: Actor) -> View:
        return details_view.details(found, now=self.now(), display=self.display, row=row, reader=by.id)

    async def _code(self, code: CouponCode, actor: Actor) -> Message:
        card = await self.show_code(code, by=actor)
        return code_view.code_card(card, now=self.now(), display=self.display, reader=actor.id)

    async def _move(self, args: AsyncArgs, move: CardMove | Filter) -> None:
        await args.ack()
        pressed = look_up_view.pressed_card(args.payload)
        card = await self.draw.for_press(pressed, move, by=actor_of(args.body))
        await self.replies.redraw(args, self.drawn(card))

    async def _answer(self, question: CouponQuestion, actor: Actor) -> Message | Encoded:
        card = await self.draw.for_question(question, by=actor)
        return self.pages(card) if isinstance(card, PageCard) else self.drawn(card)

    def drawn(self, card: Card) -> Message:
        if isinstance(card, PageCard):
            return self.pages(card).message()
        return finding_card(card, display=self.display)
