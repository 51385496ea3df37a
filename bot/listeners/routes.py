"""The whole surface on one screen: what Slack calls it, and who answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from slack_bolt.async_app import AsyncApp
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.domain.errors import Outdated
from bot.listeners.approvals import ApprovalListeners
from bot.listeners.boundary import Boundary, Listener
from bot.listeners.coupons import CouponListeners
from bot.listeners.history import HistoryListeners, PromotionListeners
from bot.listeners.redeem import RedeemListeners
from bot.listeners.redemption import RedemptionListeners
from bot.listeners.shortcut import ShortcutListeners
from bot.views import approval, close, history, look_up, promotions, redeem, redemption, shortcut


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    commands: Mapping[str, Listener]
    actions: Mapping[str, Listener]
    shortcuts: Mapping[str, Listener]
    views: Mapping[str, Listener]
    events: Mapping[str, Listener]


def routes(
    coupons: CouponListeners,
    redemptions: HistoryListeners,
    promotion: PromotionListeners,
    message: ShortcutListeners,
    redeeming: RedeemListeners,
    posted: RedemptionListeners,
    deciding: ApprovalListeners,
    groups_changed: Listener,
) -> Routes:
    return Routes(
        commands={
            "/coupons": coupons.on_command,
            "/redemptions": redemptions.on_command,
            "/promo-redemptions": promotion.on_command,
        },
        actions={
            look_up.NEXT: coupons.on_next,
            look_up.PREVIOUS: coupons.on_previous,
            look_up.REFRESH: coupons.on_refresh,
            look_up.ALL: coupons.on_all,
            look_up.FILTER: coupons.on_filter,
            look_up.DETAILS: coupons.on_details,
            history.KIND: redemptions.on_kind,
            history.PERIOD: redemptions.on_period,
            history.ORDER: redemptions.on_order,
            history.REFRESH: redemptions.on_refresh,
            promotions.REFRESH: promotion.on_refresh,
            redeem.OPEN: redeeming.on_open,
            redeem.BACK: redeeming.on_back,
            redemption.ASK: posted.on_ask,
            redemption.CLOSE: posted.on_close,
            redemption.WITHDRAW: deciding.on_withdraw,
            approval.APPROVE: deciding.on_approve,
            approval.REJECT: deciding.on_reject,
            approval.DETAILS: deciding.on_details,
        },
        shortcuts={shortcut.SHORTCUT: message.on_shortcut},
        views={
            shortcut.FORM: message.on_form,
            redeem.FORM: redeeming.on_form,
            redeem.CONFIRM: redeeming.on_confirm,
            close.FORM: posted.on_closing,
            approval.APPROVE_FORM: deciding.on_approving,
            approval.REJECT_FORM: deciding.on_rejecting,
        },
        events={"subteam_members_changed": groups_changed, "subteam_updated": groups_changed},
    )


def register(app: AsyncApp, surface: Routes, boundary: Boundary) -> None:
    for command, listener in surface.commands.items():
        app.command(command)(boundary.guard(listener))
    for action, listener in surface.actions.items():
        app.action(action)(boundary.guard(listener))
    for callback_id, listener in surface.shortcuts.items():
        app.message_shortcut(callback_id)(boundary.guard(listener))
    for callback_id, listener in surface.views.items():
        app.view_submission(callback_id)(boundary.guard(listener))
    for event, listener in surface.events.items():
        app.event(event)(boundary.guard(listener))
    # Last, because the first listener that matches answers: buttons live as long as the message they stand on.
    app.action(re.compile(".*"))(boundary.guard(_on_outdated))


async def _on_outdated(args: AsyncArgs) -> None:  # noqa: ARG001 - what a listener is given
    """A button of an older version."""
    raise Outdated
