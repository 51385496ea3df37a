"""Everything that Slack can send, by Slack's names, and the listener that answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.budget import Urgency, urgency
from bot.aio.frozen import part
from bot.domain.errors import Outdated
from bot.listeners.approval import ApprovalListeners
from bot.listeners.boundary import Boundary, Listener
from bot.listeners.case import CaseListeners
from bot.listeners.history import HistoryListeners
from bot.listeners.home import HomeListeners
from bot.listeners.lookup import CouponListeners
from bot.listeners.promotions import PromotionListeners
from bot.listeners.redeem import RedeemListeners
from bot.listeners.settle import SettleListeners
from bot.listeners.shortcut import ShortcutListeners
from bot.views import (
    approval,
    case,
    case_forms,
    history,
    home,
    home_recent,
    lookup,
    promotions,
    redeem,
    redemption,
    settle,
    settle_naming,
    shortcut,
    try_again,
)


@part(kw_only=True)
class Routes:
    commands: Mapping[str, Listener]
    actions: Mapping[str, Listener]
    shortcuts: Mapping[str, Listener]
    views: Mapping[str, Listener]
    events: Mapping[str, Listener]


@part(kw_only=True)
class Listeners:
    """The listeners of every feature."""

    try_again: Listener
    coupons: CouponListeners
    redemptions: HistoryListeners
    promotion: PromotionListeners
    message: ShortcutListeners
    redeeming: RedeemListeners
    settle: SettleListeners
    deciding: ApprovalListeners
    cases: CaseListeners
    tab: HomeListeners
    groups_changed: Listener
    account_changed: Listener


def routes(of: Listeners) -> Routes:
    return Routes(
        commands={
            "/coupons": of.coupons.on_command,
            "/redemptions": of.redemptions.on_command,
            "/promo-redemptions": of.promotion.on_command,
        },
        actions={
            lookup.NEXT: of.coupons.on_next,
            lookup.PREVIOUS: of.coupons.on_previous,
            lookup.REFRESH: of.coupons.on_refresh,
            lookup.ALL: of.coupons.on_all,
            lookup.FILTER: of.coupons.on_filter,
            lookup.DETAILS: of.coupons.on_details,
            lookup.DETAILS_OF: of.coupons.on_details_of,
            history.KIND: of.redemptions.on_kind,
            history.PERIOD: of.redemptions.on_period,
            history.ORDER: of.redemptions.on_order,
            history.REFRESH: of.redemptions.on_refresh,
            promotions.REFRESH: of.promotion.on_refresh,
            redeem.OPEN: of.redeeming.on_open,
            redeem.BACK: of.redeeming.on_back,
            redeem.REVIEW_AGAIN: of.redeeming.on_review_again,
            redemption.ASK: of.cases.on_ask_about_request,
            redemption.CLOSE: of.settle.on_settle,
            redemption.WITHDRAW: of.deciding.on_withdraw,
            redemption.DETAILS: of.deciding.on_own_details,
            redemption.AGAIN: of.redeeming.on_again,
            approval.APPROVE: of.deciding.on_approve,
            approval.REJECT: of.deciding.on_reject,
            approval.DETAILS: of.deciding.on_details,
            case.ASK: of.cases.on_ask,
            case.TAKE: of.cases.on_take,
            case.ANSWER: of.cases.on_answer,
            case.DETAILS: of.cases.on_details,
            case.OWN_DETAILS: of.cases.on_own_details,
            case.REOPEN: of.cases.on_reopen,
            case.REDEEM: of.redeeming.on_honoured,
            try_again.TRY_AGAIN: of.try_again,
            home.PREVIOUS: of.tab.on_page,
            home.NEXT: of.tab.on_page,
            home_recent.LOOK_UP: of.tab.on_look_up,
        },
        shortcuts={
            shortcut.SHORTCUT: of.message.on_shortcut,
            case_forms.SHORTCUT: of.cases.on_shortcut,
        },
        views={
            shortcut.FORM: of.message.on_form,
            redeem.FORM: of.redeeming.on_form,
            redeem.CONFIRM: _first(of.redeeming.on_confirm),
            settle.FORM: of.settle.on_settling,
            settle_naming.FORM: of.settle.on_naming,
            approval.APPROVE_FORM: _first(of.deciding.on_approving),
            approval.REJECT_FORM: of.deciding.on_rejecting,
            case_forms.ASK_FORM: of.cases.on_send,
            case_forms.ANSWER_FORM: of.cases.on_answering,
        },
        events={
            "app_home_opened": of.tab.on_opened,
            "subteam_members_changed": of.groups_changed,
            "subteam_updated": of.groups_changed,
            "user_change": of.account_changed,
        },
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
    # This comes last, because Bolt takes the first listener that matches. It answers buttons of older versions.
    app.action(re.compile(".*"))(boundary.guard(_on_outdated))


def _first(listener: Listener) -> Listener:
    """What redeems goes before what shows, wherever both wait for a budget."""

    async def first(args: AsyncArgs) -> None:
        with urgency(Urgency.REDEEM):
            await listener(args)

    return first


async def _on_outdated(args: AsyncArgs) -> None:  # noqa: ARG001 - what a listener is given
    """Answer a button that this version does not know."""
    raise Outdated
