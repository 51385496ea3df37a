"""Approve, Reject and Details on the approval message, and Withdraw on the requester's own message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot import logs
from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.domain.coupon import Redeemability
from bot.domain.errors import DeskError
from bot.domain.handled import Handled
from bot.domain.messages import MessageKind
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId, State, Stop
from bot.domain.request_errors import AnswerNotKept, Stopped
from bot.listeners.adopting import Adopting
from bot.listeners.payloads import actor_of
from bot.listeners.replies import HANDED_OVER_S, Replies
from bot.services.approval import Decide
from bot.services.own_details import ShowOwnDetails
from bot.views import approval as view
from bot.views import notices
from bot.views import redemption as redemption_view
from bot.views.kit import View
from bot.views.text import Display

log = structlog.get_logger(__name__)


@part(kw_only=True)
class ApprovalListeners:
    decide: Decide
    own: ShowOwnDetails
    adopting: Adopting
    replies: Replies
    now: Clock
    display: Display

    async def on_approve(self, args: AsyncArgs) -> None:
        async def form(request_id: RequestId) -> View:
            by = actor_of(args.body)
            return await self._approve_form(await self.decide.look(request_id, by=by), by)

        await self._opened(args, view.APPROVE_TITLE, form)

    async def on_reject(self, args: AsyncArgs) -> None:
        async def form(request_id: RequestId) -> View:
            by = actor_of(args.body)
            return self._reject_form(await self.decide.look(request_id, by=by), by)

        await self._opened(args, view.REJECT_TITLE, form)

    async def on_own_details(self, args: AsyncArgs) -> None:
        """Details on the requester's own message."""
        await args.ack()
        request_id = redemption_view.pressed(args.payload)

        async def shown() -> View:
            await self.adopting(args, request_id, MessageKind.REQUESTER)
            by = actor_of(args.body)
            row, check = await self.own(request_id, by=by)
            return self._details(row, check, by, own=True)

        await self.replies.open_drawn(args, shown(), view.loading(view.DETAILS_TITLE))

    async def on_details(self, args: AsyncArgs) -> None:
        async def shown(request_id: RequestId) -> View:
            by = actor_of(args.body)
            row = await self.decide.unmasked(request_id, by=by)
            logs.protect(row.terms.code)
            return self._details(row, await self.decide.facts(row), by)

        await self._opened(args, view.DETAILS_TITLE, shown)

    def _details(self, row: Redemption, check: Redeemability | None, by: Actor, *, own: bool = False) -> View:
        logs.protect(row.terms.code)
        if check is not None and check.customer is not None:
            logs.protect(check.customer.mobile or "", check.customer.email or "")
        return view.details(row, check, as_of=self.now(), display=self.display.to(by.id), own=own)

    async def on_approving(self, args: AsyncArgs) -> None:
        """Write the decision, then acknowledge, then do what takes time."""
        by, window = actor_of(args.body), str(args.body["view"]["id"])
        request_id, round_, note = view.decided(args.body["view"])
        taken: list[Handled[Redemption]] = []

        async def take() -> View:
            try:
                taken.append(await self.decide.approve(request_id, round_, note, by=by, window=window))
            except Stopped as err:
                if err.stop is not Stop.PAUSED:
                    raise
                await self.decide.pause(fresh=True)
                return await self._approve_form(await self.decide.look(request_id, by=by), by)
            return await self._taken(taken[0], by)

        try:
            await self.replies.to_form(args, take(), view.loading(view.APPROVE_TITLE))
        except Exception:
            if not taken or not taken[0].ours:
                raise
            # The decision is written; the outbox relay brings its window up to date.
            log.exception("window_not_shown", request=taken[0].row.reference)
        if taken and taken[0].ours:
            await self._spent(args, taken[0], by)

    async def on_rejecting(self, args: AsyncArgs) -> None:
        faults = view.rejection_faults(args.body["view"], self.decide.reject_reasons)
        if faults:
            await args.ack(response_action="errors", errors=faults)
            return
        rejected = self._rejected(args.body["view"], actor_of(args.body))
        await self.replies.to_form(args, rejected, view.loading(view.REJECT_TITLE))

    async def on_withdraw(self, args: AsyncArgs) -> None:
        await args.ack()
        request_id = redemption_view.pressed(args.payload)
        await self.adopting(args, request_id, MessageKind.REQUESTER)
        withdrawn = await self.decide.withdraw(request_id, by=actor_of(args.body))
        if not withdrawn.ours:
            await self.replies.tell(args, notices.too_late_to_withdraw(withdrawn.row))

    async def _opened(
        self, args: AsyncArgs, title: str, draw: Callable[[RequestId], Awaitable[View]]
    ) -> None:
        await args.ack()
        request_id = redemption_view.pressed(args.payload)

        async def drawn() -> View:
            await self.adopting(args, request_id, MessageKind.APPROVAL)
            return await draw(request_id)

        await self.replies.open_drawn(args, drawn(), view.loading(title))

    async def _approve_form(self, row: Redemption, by: Actor) -> View:
        display = self.display.to(by.id)
        if row.state is not State.WAITING:
            return view.decision(row, ours=False, display=display)
        now, check = await self.decide.checked(row)
        if now.state is State.REFUSED:
            # This press is what ended it.
            return view.decision(now, ours=True, display=display)
        pause = await self.decide.pause()
        return view.approve_form(now, check, as_of=self.now(), display=display, pause=pause)

    async def _taken(self, decided: Handled[Redemption], by: Actor) -> View:
        """Show the outcome. If the request still waits, an earlier round was shown: show the current facts."""
        if not decided.ours and decided.row.state is State.WAITING:
            return await self._approve_form(decided.row, by)
        return view.decision(decided.row, ours=decided.ours, display=self.display.to(by.id))

    async def _rejected(self, submitted: Mapping[str, Any], by: Actor) -> View:
        request_id, round_, note = view.decided(submitted)
        reason = view.reason_chosen(submitted)
        decided = await self.decide.reject(request_id, round_, note, by=by, reason=reason)
        if not decided.ours and decided.row.state is State.WAITING:
            return self._reject_form(decided.row, by)
        return view.decision(decided.row, ours=decided.ours, display=self.display.to(by.id))

    def _reject_form(self, row: Redemption, by: Actor) -> View:
        return view.reject_form(row, self.decide.reject_reasons, display=self.display.to(by.id))

    async def _spent(self, args: AsyncArgs, decided: Handled[Redemption], by: Actor) -> None:
        try:
            await self.decide.spend_approved(decided)
        except AnswerNotKept as err:
            await asyncio.sleep(HANDED_OVER_S)
            await self.replies.show(args, view.decision(err.row, ours=True, display=self.display.to(by.id)))
        except DeskError as err:
            # The approval is written: the sweeper spends it, and the outbox relay brings the window up to date.
            log.warning("left_to_the_sweeper", request=decided.row.reference, error=type(err).__name__)
