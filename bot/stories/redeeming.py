"""Redeeming: what leads from a confirmation to the redeem call, and from there to the truth about it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.adapters.slack.outbox_relay import OutboxRelay
from bot.listeners.adopting import Adopting
from bot.listeners.approval import ApprovalListeners
from bot.listeners.redeem import RedeemListeners
from bot.listeners.settle import SettleListeners
from bot.services.approval import Decide
from bot.services.approval_request import RequestApproval
from bot.services.case import OpenHonoured
from bot.services.preflight import Preflight
from bot.services.reconcile import Reconcile
from bot.services.redeem_confirm import ConfirmRedemption
from bot.services.redeem_review import ReviewForm
from bot.services.settle import SettleUnknown
from bot.services.spend import Spend
from bot.services.sweeper import Sweeper
from bot.stories.parts import Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What moves a request, whoever pressed, and whether anybody did."""

    request_approval: RequestApproval
    spend: Spend

    @classmethod
    def of(cls, of: Shared) -> Moves:
        request_approval = RequestApproval(
            configuration=of.configuration,
            requests=of.repositories.requests,
            history=of.reads.records,
            rights=of.slack.rights,
            channels=of.slack.channels,
            now=of.now,
        )
        preflight = Preflight(
            configuration=of.configuration,
            authorize=of.authorize,
            engine=of.reads.engine,
            redeeming=of.redeeming,
            now=of.now,
        )
        spend = Spend(
            requests=of.repositories.requests,
            preflight=preflight,
            request_approval=request_approval,
            engine=of.redeeming,
            monotonic=of.parts.monotonic,
            call_s=of.settings.capillary_timeout_seconds,
            look_after_s=of.settings.reconcile_after_seconds,
            forget=of.reads.forget,
            wake=of.wake_events.outbox_relay,
        )
        return cls(request_approval=request_approval, spend=spend)


def keep(of: Shared, moves: Moves) -> Sweeper:
    reconcile = Reconcile(
        requests=of.repositories.requests,
        engine=of.redeeming,
        forget=of.reads.forget,
        wake=of.wake_events.outbox_relay,
        channels=of.slack.channels,
        after_s=of.settings.reconcile_after_seconds,
        window_s=of.settings.reconcile_window_seconds,
        attention=of.settings.policy.approvals.channel,
    )
    return Sweeper(
        requests=of.repositories.requests,
        reconcile=reconcile,
        request_approval=moves.request_approval,
        spend=moves.spend,
        now=of.now,
        look_after_s=of.settings.reconcile_after_seconds,
    )


def deliver(of: Shared) -> OutboxRelay:
    return OutboxRelay(
        outbox=of.repositories.outbox,
        requests=of.repositories.requests,
        cases=of.repositories.cases,
        client=of.slack.poster,
        shared=of.slack.channels.shared,
        display=of.display,
    )


def confirming(of: Shared, moves: Moves, adopting: Adopting) -> RedeemListeners:
    return RedeemListeners(
        configuration=of.configuration,
        open_form=of.open_form,
        honoured=OpenHonoured(
            authorize=of.authorize,
            cases=of.repositories.cases,
            open_form=of.open_form,
            policy=of.settings.policy,
        ),
        review=ReviewForm(
            configuration=of.configuration,
            authorize=of.authorize,
            audit=of.audit,
            find=of.reads.find,
            drafts=of.repositories.drafts,
            requests=of.repositories.requests,
            now=of.now,
        ),
        confirm_redemption=ConfirmRedemption(
            configuration=of.configuration,
            authorize=of.authorize,
            drafts=of.repositories.drafts,
            requests=of.repositories.requests,
            now=of.now,
        ),
        spend=moves.spend,
        adopting=adopting,
        replies=of.replies,
        display=of.display,
    )


def deciding(of: Shared, moves: Moves, adopting: Adopting) -> ApprovalListeners:
    decide = Decide(
        configuration=of.configuration,
        authorize=of.authorize,
        audit=of.audit,
        requests=of.repositories.requests,
        engine=of.reads.engine,
        spend=moves.spend,
        now=of.now,
        wake=of.wake_events.outbox_relay,
    )
    return ApprovalListeners(
        decide=decide, adopting=adopting, replies=of.replies, now=of.now, display=of.display
    )


def settling(of: Shared, adopting: Adopting) -> SettleListeners:
    settle = SettleUnknown(
        configuration=of.configuration,
        authorize=of.authorize,
        audit=of.audit,
        requests=of.repositories.requests,
        forget=of.reads.forget,
        wake=of.wake_events.outbox_relay,
    )
    return SettleListeners(settle=settle, adopting=adopting, replies=of.replies, display=of.display)
