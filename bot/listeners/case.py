"""Ask store ops, Take it, Answer and Reopen, with their forms."""

from __future__ import annotations

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot import logs
from bot.aio.frozen import part
from bot.domain.cards import CaseNow
from bot.domain.case import CaseId, Question, Verb
from bot.domain.messages import MessageKind
from bot.domain.person import Actor
from bot.listeners.adopting import Adopting
from bot.listeners.payloads import actor_of
from bot.listeners.replies import Replies
from bot.listeners.written import message_text
from bot.services.case import HandleCase, may_answer
from bot.services.case_question import AskStoreOps, OpenQuestion
from bot.views import case as view
from bot.views import case_forms as forms
from bot.views import lookup as look_up_view
from bot.views import redemption as redemption_view
from bot.views.kit import View
from bot.views.text import Display


@part(kw_only=True)
class CaseListeners:
    open_question: OpenQuestion
    ask: AskStoreOps
    handle: HandleCase
    adopting: Adopting
    replies: Replies
    display: Display

    async def on_ask(self, args: AsyncArgs) -> None:
        """The button on a card and in a coupon's details."""
        await args.ack()
        card, place = look_up_view.pressed_row(args.payload)

        async def form() -> View:
            return self._form(await self.open_question.from_card(card, place, by=actor_of(args.body)))

        await self.replies.open_drawn(args, form(), forms.collecting())

    async def on_ask_about_request(self, args: AsyncArgs) -> None:
        """The button on an outcome and on the requester's own message."""
        await args.ack()
        request_id = redemption_view.pressed(args.payload)

        async def form() -> View:
            await self.adopting(args, request_id, MessageKind.ATTENTION)
            return self._form(await self.open_question.from_request(request_id, by=actor_of(args.body)))

        await self.replies.open_drawn(args, form(), forms.collecting())

    async def on_shortcut(self, args: AsyncArgs) -> None:
        await args.ack()
        message = args.body.get("message") or {}
        text = message_text(message)
        logs.protect(*text.split())
        channel, ts = str((args.body.get("channel") or {}).get("id", "")), str(message.get("ts", ""))

        async def form() -> View:
            return self._form(
                await self.open_question.from_message(channel, ts, text, by=actor_of(args.body))
            )

        await self.replies.open_drawn(args, form(), forms.collecting())

    async def on_send(self, args: AsyncArgs) -> None:
        question_id, words = forms.asked(args.body["view"])
        logs.protect(*words.split())
        if not words:
            await args.ack(response_action="errors", errors=forms.question_missing())
            return
        sent = self._sent(question_id, words, actor_of(args.body))
        await self.replies.to_form(args, sent, forms.sending())

    async def on_take(self, args: AsyncArgs) -> None:
        await args.ack()
        by = actor_of(args.body)
        case_id, stage = view.pressed_as_seen(str(args.payload.get("value", "")))
        await self.adopting(args, case_id, MessageKind.CASE)
        taken = await self.handle.take(case_id, stage, by=by)
        if not taken.ours:
            await self.replies.tell(args, view.unmoved(taken.row, by.id))

    async def on_answer(self, args: AsyncArgs) -> None:
        await args.ack()
        case_id, _ = view.pressed_as_seen(str(args.payload.get("value", "")))

        async def form() -> View:
            await self.adopting(args, case_id, MessageKind.CASE)
            return await self._answer_form(case_id, actor_of(args.body))

        await self.replies.open_drawn(args, form(), forms.looking())

    async def on_details(self, args: AsyncArgs) -> None:
        await self._details(args)

    async def on_own_details(self, args: AsyncArgs) -> None:
        """Details on the asker's own message."""
        await self._details(args, own=True)

    async def _details(self, args: AsyncArgs, *, own: bool = False) -> None:
        await args.ack()
        case_id = view.pressed(args.payload)

        async def shown() -> View:
            await self.adopting(args, case_id, MessageKind.CASE, direct=MessageKind.ASKER)
            by = actor_of(args.body)
            unmasked = await self.handle.unmasked(case_id, by=by, own=own)
            _protect(unmasked)
            return forms.details(unmasked, display=self.display.to(by.id))

        await self.replies.open_drawn(args, shown(), forms.looking_at_details())

    async def on_answering(self, args: AsyncArgs) -> None:
        case_id, stage, verb, reply = forms.answered(args.body["view"])
        logs.protect(*reply.split())
        if verb is None or not reply:
            await args.ack(response_action="errors", errors=forms.answer_faults(verb, reply))
            return
        answered = self._answered((case_id, stage), verb, reply, actor_of(args.body))
        await self.replies.to_form(args, answered, forms.looking())

    async def on_reopen(self, args: AsyncArgs) -> None:
        await args.ack()
        by, case_id = actor_of(args.body), view.pressed(args.payload)
        await self.adopting(args, case_id, MessageKind.CASE, direct=MessageKind.ASKER)
        reopened = await self.handle.reopen(case_id, by=by)
        if not reopened.ours:
            await self.replies.tell(args, view.unmoved(reopened.row, by.id))

    async def _answer_form(self, case_id: CaseId, by: Actor) -> View:
        looked = await self.handle.look(case_id, by=by)
        case, display = looked.case, self.display.to(by.id)
        if may_answer(case, by.id):
            _protect(looked)
            return forms.answer_form(looked, display=display)
        return forms.state(case, display=display, why=forms.why_not(case, by.id))

    async def _sent(self, question_id: CaseId, words: str, by: Actor) -> View:
        return forms.sent(await self.ask(question_id, words, by=by))

    async def _answered(self, seen: tuple[CaseId, str], verb: Verb, reply: str, by: Actor) -> View:
        handled = await self.handle.answer(*seen, verb, reply, by=by)
        display = self.display.to(by.id)
        if handled.ours:
            return forms.state(handled.row, display=display)
        why = forms.why_not(handled.row, by.id)
        return forms.state(handled.row, display=display, why=why, typed=reply)

    def _form(self, question: Question) -> View:
        logs.protect(question.facts.code or "")
        return forms.ask_form(question, display=self.display)


def _protect(shown: CaseNow) -> None:
    """Keep what is shown unmasked out of the log."""
    customer = shown.finding.customer if shown.finding else None
    logs.protect(
        shown.case.facts.code or "", *((customer.mobile or "", customer.email or "") if customer else ())
    )
