"""Makes the listeners from the use cases."""

from __future__ import annotations

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.bootstrap.use_cases import UseCases
from bot.listeners.adopting import Adopting
from bot.listeners.approval import ApprovalListeners
from bot.listeners.beneath import CardsBeneath
from bot.listeners.boundary import Listener
from bot.listeners.case import CaseListeners
from bot.listeners.history import HistoryListeners
from bot.listeners.home import HomeListeners
from bot.listeners.lookup import CouponListeners
from bot.listeners.lookup_drawn import DrawnPages
from bot.listeners.payloads import changed_person
from bot.listeners.promotions import PromotionListeners
from bot.listeners.redeem import RedeemListeners
from bot.listeners.replies import Replies
from bot.listeners.routes import Listeners
from bot.listeners.settle import SettleListeners
from bot.listeners.shortcut import ShortcutListeners
from bot.listeners.windows import Windows


def listeners(of: UseCases, replies: Replies, try_again: Listener) -> Listeners:
    adopting, display = Adopting(of.ports.outbox, of.ports.pressed_copies, of.home_subscribers), of.display
    coupons = _coupons(of, replies)
    beneath = CardsBeneath(coupons=coupons, replies=replies, monotonic=of.ports.monotonic)
    of.ports.changes.tell_of_requests(beneath.told)
    return Listeners(
        try_again=try_again,
        coupons=coupons,
        redemptions=HistoryListeners(
            draw=of.draw_history,
            find=of.find_requests,
            replies=replies,
            display=display,
            region=of.configuration.region,
        ),
        promotion=PromotionListeners(draw=of.draw_promotions, replies=replies, display=display),
        message=ShortcutListeners(coupons, of.authorize),
        redeeming=_redeeming(of, adopting, replies, beneath),
        settle=SettleListeners(settle=of.settle, adopting=adopting, replies=replies, display=display),
        deciding=ApprovalListeners(
            decide=of.decide,
            own=of.show_own_details,
            adopting=adopting,
            replies=replies,
            now=of.ports.now,
            display=display,
        ),
        cases=_cases(of, adopting, replies),
        tab=HomeListeners(of.home_subscribers, coupons),
        groups_changed=_on_groups_changed(of),
        account_changed=_on_account_changed(of),
    )


def _coupons(of: UseCases, replies: Replies) -> CouponListeners:
    return CouponListeners(
        draw=of.draw_card,
        details=of.show_details,
        show_code=of.show_code,
        replies=replies,
        now=of.ports.now,
        display=of.display,
        pages=DrawnPages(now=of.ports.now, display=of.display),
        region=of.configuration.region,
    )


def _redeeming(of: UseCases, adopting: Adopting, replies: Replies, beneath: CardsBeneath) -> RedeemListeners:
    return RedeemListeners(
        beneath=beneath,
        configuration=of.configuration,
        open_form=of.open_form,
        honoured=of.open_honoured,
        once_more=of.open_again,
        review=of.review,
        confirm_redemption=of.confirm_redemption,
        spend=of.spend,
        windows=Windows(of.ports.outbox, replies, of.wake_events.outbox_relay.set),
        adopting=adopting,
        replies=replies,
        display=of.display,
    )


def _cases(of: UseCases, adopting: Adopting, replies: Replies) -> CaseListeners:
    return CaseListeners(
        open_question=of.open_question,
        ask=of.ask,
        handle=of.handle_case,
        adopting=adopting,
        replies=replies,
        display=of.display,
    )


def _on_groups_changed(of: UseCases) -> Listener:
    async def on_groups_changed(args: AsyncArgs) -> None:
        await args.ack()
        of.ports.forget_groups()

    return on_groups_changed


def _on_account_changed(of: UseCases) -> Listener:
    async def on_account_changed(args: AsyncArgs) -> None:
        await args.ack()
        person = changed_person(args.body)
        if person is not None:
            of.ports.account_changed(person)

    return on_account_changed
