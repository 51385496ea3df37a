"""Redeeming: what leads from a confirmation to the redeem call, and from there to the truth about it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.adapters.slack.courier import Courier
from bot.listeners.adopting import Adopting
from bot.listeners.approvals import ApprovalListeners
from bot.listeners.redeem import RedeemListeners
from bot.listeners.redemption import RedemptionListeners
from bot.services.ask import Ask
from bot.services.cases import CaseDoor, OpenHonoured
from bot.services.close import CloseUnknown
from bot.services.decide import Decide
from bot.services.keeper import Keep
from bot.services.prove import Prove
from bot.services.reconcile import Reconcile
from bot.services.review import ReviewForm
from bot.services.spend import Spend
from bot.services.write_down import WriteDown
from bot.stories.parts import Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What moves a request, whoever pressed, and whether anybody did."""

    ask: Ask
    spend: Spend

    @classmethod
    def of(cls, of: Shared) -> Moves:
        ask = Ask(
            house=of.house,
            requests=of.books.requests,
            history=of.reads.records,
            rights=of.slack.rights,
            venues=of.slack.venues,
            now=of.now,
        )
        prove = Prove(
            house=of.house,
            rights=of.slack.rights,
            engine=of.reads.engine,
            redeeming=of.redeeming,
            now=of.now,
        )
        spend = Spend(
            requests=of.books.requests,
            prove=prove,
            ask=ask,
            engine=of.redeeming,
            monotonic=of.parts.monotonic,
            call_s=of.settings.capillary_timeout_seconds,
            look_after_s=of.settings.reconcile_after_seconds,
            forget=of.reads.forget,
            wake=of.bells.courier,
        )
        return cls(ask=ask, spend=spend)


def keep(of: Shared, moves: Moves) -> Keep:
    reconcile = Reconcile(
        requests=of.books.requests,
        engine=of.redeeming,
        forget=of.reads.forget,
        wake=of.bells.courier,
        venues=of.slack.venues,
        after_s=of.settings.reconcile_after_seconds,
        window_s=of.settings.reconcile_window_seconds,
        attention=of.settings.policy.approvals.channel,
    )
    return Keep(
        requests=of.books.requests,
        reconcile=reconcile,
        ask=moves.ask,
        spend=moves.spend,
        now=of.now,
        look_after_s=of.settings.reconcile_after_seconds,
    )


def deliver(of: Shared) -> Courier:
    return Courier(
        outbox=of.books.outbox,
        requests=of.books.requests,
        cases=of.books.cases,
        client=of.slack.poster,
        shared=of.slack.venues.shared,
        display=of.display,
    )


def confirming(of: Shared, moves: Moves, door: CaseDoor, adopting: Adopting) -> RedeemListeners:
    return RedeemListeners(
        house=of.house,
        open_form=of.open_form,
        honoured=OpenHonoured(door=door, open_form=of.open_form, policy=of.settings.policy),
        review=ReviewForm(
            house=of.house,
            trail=of.trail,
            find=of.reads.find,
            drafts=of.books.drafts,
            requests=of.books.requests,
            now=of.now,
        ),
        write_down=WriteDown(
            house=of.house,
            trail=of.trail,
            drafts=of.books.drafts,
            requests=of.books.requests,
            now=of.now,
        ),
        spend=moves.spend,
        adopting=adopting,
        replies=of.replies,
        display=of.display,
    )


def deciding(of: Shared, moves: Moves, adopting: Adopting) -> ApprovalListeners:
    decide = Decide(
        house=of.house,
        trail=of.trail,
        requests=of.books.requests,
        engine=of.reads.engine,
        spend=moves.spend,
        now=of.now,
        wake=of.bells.courier,
    )
    return ApprovalListeners(
        decide=decide, adopting=adopting, replies=of.replies, now=of.now, display=of.display
    )


def closing(of: Shared, adopting: Adopting) -> RedemptionListeners:
    close = CloseUnknown(
        house=of.house,
        trail=of.trail,
        requests=of.books.requests,
        forget=of.reads.forget,
        wake=of.bells.courier,
    )
    return RedemptionListeners(close=close, adopting=adopting, replies=of.replies, display=of.display)
