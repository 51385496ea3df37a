"""Every use case, made once from the ports."""

from __future__ import annotations

from functools import cached_property

from bot.adapters.slack.home_publisher import HomePublisher
from bot.adapters.slack.outbox_relay import OutboxRelay
from bot.bootstrap.cases import CaseUseCases
from bot.bootstrap.ports import Ports
from bot.bootstrap.timing import Timing
from bot.services.approval import Decide
from bot.services.approval_request import RequestApproval
from bot.services.attention import TellSettlers
from bot.services.case_honour import OpenHonoured
from bot.services.configuration import DeskConfiguration
from bot.services.history import DrawHistory
from bot.services.home import DrawHome
from bot.services.home_subscribers import HomeSubscribers
from bot.services.look_again import LookAgain
from bot.services.lookup_card import DrawCard
from bot.services.lookup_code import ShowCode
from bot.services.lookup_details import ShowDetails
from bot.services.own_details import ShowOwnDetails
from bot.services.preflight import Preflight
from bot.services.promotions import DrawPromotions
from bot.services.reconcile import Reconcile
from bot.services.redeem_confirm import ConfirmRedemption
from bot.services.redeem_form import OpenAgain, OpenForm
from bot.services.redeem_review import ReviewForm
from bot.services.request_search import FindRequests
from bot.services.settle import SettleUnknown
from bot.services.spend import Spend
from bot.services.sweeper import Sweeper


def bootstrap(configuration: DeskConfiguration, timing: Timing, ports: Ports) -> UseCases:
    """Make every use case from these ports, and have App Homes follow what the ledger writes."""
    use_cases = UseCases(configuration, timing, ports)
    ports.changes.tell(use_cases.home_subscribers)
    return use_cases


class UseCases(CaseUseCases):
    """Each use case is made at its first use and then stays the same object."""

    # Looking up.

    @cached_property
    def draw_card(self) -> DrawCard:
        return DrawCard(
            self.authorize,
            self.cards,
            self.reads.coupons,
            self.reads.find,
            self.ports.requests,
            self.final_no,
            self.pause,
        )

    @cached_property
    def show_details(self) -> ShowDetails:
        return ShowDetails(self.cards, self.reads.coupons, self.reads.find, self.ports.requests, self.audit)

    @cached_property
    def show_code(self) -> ShowCode:
        return ShowCode(
            cards=self.cards,
            audit=self.audit,
            engine=self.ports.engine,
            redeeming=self.ports.redeeming,
            requests=self.ports.requests,
            now=self.ports.now,
        )

    @cached_property
    def find_requests(self) -> FindRequests:
        return FindRequests(cards=self.cards, audit=self.audit, search=self.ports.request_search)

    @cached_property
    def draw_history(self) -> DrawHistory:
        return DrawHistory(self.cards, self.reads.history)

    @cached_property
    def draw_promotions(self) -> DrawPromotions:
        return DrawPromotions(self.cards, self.reads.promotions)

    # Redeeming: the form, the redeem call, and finding out what came of it.

    @cached_property
    def open_form(self) -> OpenForm:
        return OpenForm(
            authorize=self.authorize,
            audit=self.audit,
            cards=self.cards,
            find=self.reads.find,
            drafts=self.ports.drafts,
            last_reason=self.ports.last_reason,
            pause=self.pause,
            requests=self.ports.requests,
            final_no=self.final_no,
        )

    @cached_property
    def open_again(self) -> OpenAgain:
        return OpenAgain(authorize=self.authorize, requests=self.ports.requests, open_form=self.open_form)

    @cached_property
    def open_honoured(self) -> OpenHonoured:
        return OpenHonoured(
            authorize=self.authorize,
            audit=self.audit,
            cases=self.ports.cases,
            requests=self.ports.requests,
            open_form=self.open_form,
            policy=self.policy,
        )

    @cached_property
    def review(self) -> ReviewForm:
        return ReviewForm(
            configuration=self.configuration,
            authorize=self.authorize,
            audit=self.audit,
            find=self.reads.find,
            drafts=self.ports.drafts,
            requests=self.ports.requests,
            final_no=self.final_no,
            redeeming=self.ports.redeeming,
            pause=self.pause,
            now=self.ports.now,
        )

    @cached_property
    def confirm_redemption(self) -> ConfirmRedemption:
        return ConfirmRedemption(
            configuration=self.configuration,
            authorize=self.authorize,
            drafts=self.ports.drafts,
            requests=self.ports.requests,
            now=self.ports.now,
        )

    @cached_property
    def request_approval(self) -> RequestApproval:
        return RequestApproval(
            configuration=self.configuration,
            requests=self.ports.requests,
            final_no=self.final_no,
            history=self.ports.history,
            rights=self.ports.rights,
            channels=self.ports.channels,
            now=self.ports.now,
        )

    @cached_property
    def preflight(self) -> Preflight:
        return Preflight(
            configuration=self.configuration,
            authorize=self.authorize,
            engine=self.ports.engine,
            redeeming=self.ports.redeeming,
            requests=self.ports.requests,
        )

    @cached_property
    def spend(self) -> Spend:
        return Spend(
            requests=self.ports.requests,
            write=self.write_verdict,
            evidence=self.read_evidence,
            owed=self.answers_owed,
            preflight=self.preflight,
            request_approval=self.request_approval,
            engine=self.ports.redeeming,
            monotonic=self.ports.monotonic,
            call_s=self.timing.call_s,
            forget=self.reads.forget,
            wake=self.wake_events.outbox_relay.set,
        )

    @cached_property
    def decide(self) -> Decide:
        return Decide(
            configuration=self.configuration,
            authorize=self.authorize,
            audit=self.audit,
            requests=self.ports.requests,
            final_no=self.final_no,
            pause=self.pause,
            spend=self.spend,
            now=self.ports.now,
            wake=self.wake_events.outbox_relay.set,
        )

    @cached_property
    def show_own_details(self) -> ShowOwnDetails:
        return ShowOwnDetails(
            authorize=self.authorize,
            audit=self.audit,
            requests=self.ports.requests,
            final_no=self.final_no,
        )

    @cached_property
    def settle(self) -> SettleUnknown:
        return SettleUnknown(
            configuration=self.configuration,
            authorize=self.authorize,
            audit=self.audit,
            requests=self.ports.requests,
            looks=self.ports.looks,
            look_now=self.look_again.for_a_person,
            write=self.write_verdict,
            forget=self.reads.forget,
            wake=self.wake_events.outbox_relay.set,
        )

    @cached_property
    def look_again(self) -> LookAgain:
        return LookAgain(
            requests=self.ports.requests,
            write=self.write_verdict,
            evidence=self.read_evidence,
            forget=self.reads.forget,
            tell_settlers=TellSettlers(channels=self.ports.channels, channel=self.policy.approvals.channel),
            after_s=self.timing.look_after_s,
        )

    @cached_property
    def reconcile(self) -> Reconcile:
        return Reconcile(
            requests=self.ports.requests,
            write=self.write_verdict,
            evidence=self.read_evidence,
            again=self.look_again,
            wake=self.wake_events.outbox_relay.set,
            after_s=self.timing.look_after_s,
            window_s=self.timing.window_s,
        )

    @cached_property
    def sweep(self) -> Sweeper:
        return Sweeper(
            requests=self.ports.requests,
            reconcile=self.reconcile,
            request_approval=self.request_approval,
            spend=self.spend,
            now=self.ports.now,
            look_after_s=self.timing.look_after_s,
            stopping=self.stopping.is_set,
        )

    # What is posted, and the App Home.

    @cached_property
    def relay(self) -> OutboxRelay:
        return OutboxRelay(
            outbox=self.ports.outbox,
            requests=self.ports.requests,
            cases=self.ports.cases,
            client=self.ports.poster,
            pressed_copies=self.ports.pressed_copies,
            shared=self.ports.shared,
            display=self.display,
        )

    @cached_property
    def home_subscribers(self) -> HomeSubscribers:
        return HomeSubscribers(
            homes=self.ports.homes,
            wake=self.wake_events.publisher.set,
            settlers=self.policy.settlers,
            answerers=self.policy.escalations.groups,
        )

    @cached_property
    def draw_home(self) -> DrawHome:
        return DrawHome(
            configuration=self.configuration,
            lists=self.ports.home_lists,
            requests=self.ports.requests,
            cases=self.ports.open_cases,
            recent_look_ups=self.ports.recent_look_ups,
            recent_membership=self.ports.recent_membership,
            pause=self.pause,
            now=self.ports.now,
        )

    @cached_property
    def publish(self) -> HomePublisher:
        return HomePublisher(
            home_subscribers=self.home_subscribers,
            homes=self.ports.homes,
            draw=self.draw_home,
            client=self.ports.poster,
            display=self.display,
        )
