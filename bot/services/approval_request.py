"""Ask for approval: what approvers are shown, whether anybody can approve, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.aio.together import both
from bot.domain.coupon import Use
from bot.domain.errors import CouldNotVerify, DeskError
from bot.domain.history import HistoryKind, HistoryQuery
from bot.domain.messages import MessageKind
from bot.domain.period import Period
from bot.domain.redemption import Asking, Redemption, State, Terms, Trouble
from bot.domain.shown import shown_facts
from bot.domain.transitions import Change
from bot.services.configuration import DeskConfiguration
from bot.services.final_no import FinalNo
from bot.services.ports import Channels, HistoryEngine, Requests, Rights

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=90)
LOOK_AGAIN = timedelta(minutes=1)
_RECENT = HistoryQuery(kind=HistoryKind.COUPONS, period=Period("90d"))


@part(kw_only=True)
class RequestApproval:
    """
    Moves a request to `waiting`: from `new`, or from `approved` if facts have changed since.

    Raises LedgerUnavailable, VersionConflict, and Stopped where the request has become too large for the day's limit.
    """

    configuration: DeskConfiguration
    requests: Requests
    final_no: FinalNo
    history: HistoryEngine
    rights: Rights
    channels: Channels
    now: Clock

    async def __call__(
        self,
        row: Redemption,
        terms: Terms,
        *,
        why: Mapping[str, Any],
        recent: tuple[Use, ...] | None = None,
    ) -> Redemption:
        """
        `terms` as they are now; what differs from the request's own is said to those who approve.

        `recent`: the coupon's uses since the day before the review, which they are shown.
        """
        at = self.now()
        asking, trouble = await both(self._asking(row, terms, at), self._trouble(terms))
        channel = self._channel(trouble)
        expires_at = self._expires_at(terms, at)
        again = row.state is State.APPROVED
        round_ = row.round + 1 if again else row.round
        posts = ((MessageKind.APPROVAL, channel),) if channel else ()
        asking = replace(
            asking,
            trouble=trouble,
            worth_before=row.terms.worth.amount if terms.worth != row.terms.worth else None,
            other_coupon=terms.coupon_id != row.terms.coupon_id,
            recent=recent,
        )
        change = Change(
            terms=terms,
            asking=asking,
            round=round_,
            asked_at=at,
            expires_at=expires_at,
            attend_at=self._attend_at(at, asked_at=at, expires_at=expires_at, trouble=trouble),
            reminded=0,
            limits=self.configuration.policy.limits,
            post=(*posts, (MessageKind.AGAIN, channel)) if again and channel else posts,
        )
        shows = shown_facts(terms, asking, round_)
        return await self.requests.move(row, State.WAITING, change, why={**why, "shows": shows})

    async def attend(self, row: Redemption) -> Redemption:
        """Post a reminder, or expire the request, when it is due; nobody is reminded of what nobody can redeem."""
        at = self.now()
        if row.expires_at is not None and at >= row.expires_at:
            return await self.requests.move(row, State.EXPIRED, why={"past": "expires_at"})
        row, _ = await self.final_no.checked(row)
        if row.state is not State.WAITING:
            return row
        asking = row.asking or Asking(checked_at=row.made_at)
        trouble = await self._trouble(row.terms)
        if trouble is None and asking.trouble is Trouble.CHANNEL_UNREACHABLE:
            # The outbox relay found it, and clears it when something has been posted.
            trouble = asking.trouble
        channel = self._channel(trouble)
        asked_at, expires_at = row.asked_at or at, row.expires_at or at
        passed = self._passed(asked_at, at)
        change = Change(
            asking=replace(asking, trouble=trouble),
            reminded=max(row.reminded, passed),
            attend_at=self._attend_at(at, asked_at=asked_at, expires_at=expires_at, trouble=trouble),
            # The approval message as well, if it could not be posted before.
            post=((MessageKind.APPROVAL, channel), (MessageKind.REMINDER, channel))
            if channel and passed > row.reminded
            else (),
        )
        return await self.requests.move(row, State.WAITING, change, why={"reminded": change.reminded})

    def _channel(self, trouble: Trouble | None) -> str | None:
        """Return where to post; None with a trouble with which nothing is posted."""
        return None if trouble is Trouble.CHANNEL_SHARED else self.configuration.policy.approvals.channel

    def _expires_at(self, terms: Terms, at: datetime) -> datetime:
        """Return when the request expires: no later than the coupon."""
        ends = at + self.configuration.policy.approvals.expire_after
        return min(ends, terms.expires_at) if terms.expires_at is not None and terms.expires_at > at else ends

    def _passed(self, asked_at: datetime, at: datetime) -> int:
        """Return how many reminders are due by now; after a pause of the desk, one is posted for all."""
        return sum(asked_at + after <= at for after in self.configuration.policy.approvals.remind_after)

    def _attend_at(
        self, at: datetime, *, asked_at: datetime, expires_at: datetime, trouble: Trouble | None
    ) -> datetime:
        """Return when the sweeper takes it up next: the next reminder, by the current policy, or its expiry."""
        moments = [asked_at + after for after in self.configuration.policy.approvals.remind_after]
        if trouble is Trouble.GROUPS_UNREADABLE:
            # This trouble passes, so it is checked again soon.
            moments.append(at + LOOK_AGAIN)
        return min((moment for moment in moments if at < moment < expires_at), default=expires_at)

    async def _asking(self, row: Redemption, terms: Terms, at: datetime) -> Asking:
        earlier = await self.requests.earlier(terms, since=at - LOOK_BACK, but=row.id)
        asking = Asking(
            checked_at=at,
            earlier=earlier.redeemed,
            attempt=earlier.attempts + 1,
            rejected=earlier.rejected,
        )
        try:
            history = await self.history.history(terms.customer, _RECENT, at)
        except DeskError as err:
            # It helps approvers, but is not needed.
            log.warning("history_not_read", request=row.reference, error=type(err).__name__)
            return asking
        times = [use.at for use in history.coupons if use.at is not None]
        return replace(
            asking,
            uses=len(history.coupons),
            more_uses=history.cut,
            last_use_at=max(times, default=None),
        )

    async def _trouble(self, terms: Terms) -> Trouble | None:
        """Return why nobody can approve, as far as is known; the outbox relay finds channels that cannot be posted in."""
        channel = self.configuration.policy.approvals.channel
        if channel is None:
            return Trouble.NO_CHANNEL
        channel_trouble = await self.channels.trouble(channel)
        if channel_trouble is not None:
            return channel_trouble
        try:
            able = await self.rights.members(frozenset(terms.approvers), but=terms.requester)
        except CouldNotVerify:
            return Trouble.GROUPS_UNREADABLE
        return None if able else Trouble.NO_APPROVER
