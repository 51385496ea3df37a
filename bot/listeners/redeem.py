"""Redeem: the form, the review, the confirmation and the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot import logs
from bot.aio.frozen import part
from bot.domain.case import CaseId
from bot.domain.draft import Filled, FormFaults, Typed
from bot.domain.errors import CouldNotVerify, DeskError, EngineError, Outdated
from bot.domain.finding import Verdict
from bot.domain.messages import MessageKind
from bot.domain.person import Actor
from bot.domain.redeem_form import read_form
from bot.domain.redemption import Redemption, RequestId, State, Stop
from bot.domain.request_errors import AlreadyHonoured, AnswerNotKept, Stopped
from bot.domain.transitions import is_open
from bot.listeners.adopting import Adopting
from bot.listeners.beneath import CardsBeneath
from bot.listeners.payloads import actor_of
from bot.listeners.replies import Replies
from bot.listeners.try_again import may_pass
from bot.listeners.windows import WindowOutcome, Windows
from bot.services.case_honour import OpenHonoured
from bot.services.configuration import DeskConfiguration
from bot.services.redeem_confirm import ConfirmRedemption
from bot.services.redeem_form import OpenAgain, Opened, OpenForm
from bot.services.redeem_review import ReviewForm
from bot.services.spend import Spend
from bot.views import case as case_view
from bot.views import lookup as look_up_view
from bot.views import notices
from bot.views import redeem as view
from bot.views import redemption as redemption_view
from bot.views.kit import View
from bot.views.lookup_finding import finding_note
from bot.views.text import Display

log = structlog.get_logger(__name__)


@part(kw_only=True)
class RedeemListeners:
    configuration: DeskConfiguration
    open_form: OpenForm
    honoured: OpenHonoured
    once_more: OpenAgain
    review: ReviewForm
    confirm_redemption: ConfirmRedemption
    spend: Spend
    beneath: CardsBeneath
    windows: Windows
    adopting: Adopting
    replies: Replies
    display: Display

    async def on_open(self, args: AsyncArgs) -> None:
        await args.ack()
        card, place = look_up_view.pressed_row(args.payload)

        async def opened() -> View:
            form = await self.open_form(card, place, by=actor_of(args.body))
            self.beneath.remember(args, form.draft.id, card)
            return self._form(form)

        await self.replies.open_drawn(args, opened(), view.loading())

    async def on_honoured(self, args: AsyncArgs) -> None:
        """Redeem on an answer of store ops: the same form, with the reason and note filled in."""
        await args.ack()
        case_id = case_view.pressed(args.payload)

        async def opened() -> View:
            await self.adopting(args, case_id, MessageKind.CASE, direct=MessageKind.ASKER)
            return await self._honoured(case_id, actor_of(args.body))

        await self.replies.open_drawn(args, opened(), view.loading())

    async def _honoured(self, case_id: CaseId, by: Actor) -> View:
        try:
            return self._form(await self.honoured(case_id, by=by))
        except AlreadyHonoured as err:
            return view.refused(notices.already_honoured(err, reader=by.id, display=self.display))

    async def on_again(self, args: AsyncArgs) -> None:
        """On an outcome without a redemption: the same form, filled with what was asked for."""
        await args.ack()
        request_id = redemption_view.pressed(args.payload)

        async def opened() -> View:
            await self.adopting(args, request_id, MessageKind.REQUESTER)
            return self._form(await self.once_more(request_id, by=actor_of(args.body)))

        await self.replies.open_drawn(args, opened(), view.loading())

    async def on_back(self, args: AsyncArgs) -> None:
        await args.ack()
        draft_id, _ = view.pressed_back(_window(args))
        opened = await self.open_form.again(draft_id, by=actor_of(args.body))
        await self.replies.show(args, self._form(opened))

    async def on_review_again(self, args: AsyncArgs) -> None:
        """Try again after a review that failed: the form as it was filled, reviewed once more."""
        await args.ack()
        by = actor_of(args.body)
        draft_id, _ = view.pressed_back(_window(args))
        await self.replies.show(args, view.working())
        typed = await self.review.typed(draft_id, by=by)
        logs.protect(typed.bill_number, *typed.note.split())
        try:
            filled = self._filled(typed)
        except FormFaults:
            # The policy has changed since.
            await self.replies.show(args, self._form(await self.open_form.again(draft_id, by=by)))
            return
        await self.replies.show(args, await self._reviewed(draft_id, typed, filled, by))

    async def on_form(self, args: AsyncArgs) -> None:
        draft_id, typed = view.submitted_form(args.body["view"])
        logs.protect(typed.bill_number, *typed.note.split())
        try:
            filled = self._filled(typed)
        except FormFaults as err:
            faults = view.form_faults(args.body["view"], err.faults)
            if not faults:
                # It has none of the fields that are wrong: another version drew it.
                raise Outdated from None
            await args.ack(response_action="errors", errors=faults)
            return
        reviewed = self._reviewed(draft_id, typed, filled, actor_of(args.body))
        await self.replies.to_form(args, reviewed, view.working())

    async def on_confirm(self, args: AsyncArgs) -> None:
        """
        Write the request, then do what takes time; the outcome is the acknowledgement where it comes soon.

        The outbox relay keeps the window up to date, as every message of the request.
        """
        by, window = actor_of(args.body), str(args.body["view"]["id"])
        draft_id, review = view.confirmed(args.body["view"])
        confirmed = await self.confirm_redemption(draft_id, review, by=by, window=window)
        row, written = confirmed.row, self._written(confirmed.row)
        self.spend.wake()
        if confirmed.ours and row.state is State.NEW:
            await self.windows.answer(args, row, self._spent(row, by), written)
        else:
            await args.ack(response_action="update", view=written.payload())

    async def _spent(self, row: Redemption, by: Actor) -> WindowOutcome:
        try:
            after = await self.spend(row, by=by)
        except AnswerNotKept as err:
            return WindowOutcome(redemption_view.outcome(err.row, display=self.display))
        except DeskError as err:
            log.warning("left_to_expire", request=row.reference, error=type(err).__name__)
            return WindowOutcome(view.refused(notices.left_to_expire(row)))
        return WindowOutcome(redemption_view.outcome(after, display=self.display), after)

    def _filled(self, typed: Typed) -> Filled:
        return read_form(
            typed,
            reasons=self.configuration.policy.redeem.reasons,
            currency=self.display.currency,
            decimals=self.configuration.decimals,
        )

    async def _reviewed(self, draft_id: RequestId, typed: Typed, filled: Filled, by: Actor) -> View:
        try:
            review = await self.review(draft_id, typed, filled, by=by)
        except Stopped as err:
            log.info("review_stopped", stop=err.stop, refusal=err.refusal)
            return view.stopped(draft_id, notices.stopped(err, reader=by.id, display=self.display))
        except (EngineError, CouldNotVerify) as err:
            log.warning("review_failed", error=type(err).__name__)
            return view.stopped(draft_id, notices.problem(err), again=may_pass(err))
        return view.confirm(review, display=self.display)

    def _form(self, opened: Opened) -> View:
        logs.protect(opened.draft.code)
        if opened.finding.verdict is not Verdict.REDEEMABLE:
            return view.refused(finding_note(opened.finding, display=self.display))
        if opened.other is not None:
            in_the_way = Stopped(stop=Stop.ALREADY_OPEN, other=opened.other)
            reader = opened.draft.requester
            return view.refused(notices.stopped(in_the_way, reader=reader, display=self.display))
        return view.form(
            opened.draft,
            replace(opened.finding.check, discount=opened.finding.discount),
            name=opened.finding.customer.name,
            reasons=self.configuration.policy.redeem.reasons,
            display=self.display,
            as_of=opened.as_of,
            pause=opened.pause,
        )

    def _written(self, row: Redemption) -> View:
        if is_open(row):
            return view.working(recorded=True)
        return redemption_view.outcome(row, display=self.display)


def _window(args: AsyncArgs) -> Mapping[str, Any]:
    """The window that was pressed in. Raises Outdated where the button stands elsewhere: no version draws it there."""
    pressed = args.body.get("view")
    if not pressed:
        raise Outdated
    window: Mapping[str, Any] = pressed
    return window
