"""What each story is made of: from open parts to listeners, and to the rounds that run beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import structlog
from babel.numbers import get_currency_precision
from pydantic import SecretStr
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.history import CapillaryHistory
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.capillary.transport import Transport, fresh_clients
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.drafts import LedgerDrafts
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.look_ups import LedgerLookUps
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.questions import LedgerQuestions
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.turns import LedgerTurns
from bot.adapters.slack.courier import Courier
from bot.adapters.slack.groups import Groups
from bot.adapters.slack.home import Home
from bot.adapters.slack.permalinks import SlackPermalinks
from bot.adapters.slack.publisher import Publisher
from bot.adapters.slack.rights import SlackRights
from bot.adapters.slack.sight import SlackSight
from bot.adapters.slack.venues import SlackVenues
from bot.adapters.slack.web import courier_client, reading_client
from bot.domain.customer import CustomerId
from bot.listeners.adopting import Adopting
from bot.listeners.approvals import ApprovalListeners
from bot.listeners.boundary import Listener
from bot.listeners.cases import CaseListeners
from bot.listeners.coupons import CouponListeners
from bot.listeners.history import HistoryListeners, PromotionListeners
from bot.listeners.home import HomeListeners
from bot.listeners.redeem import RedeemListeners
from bot.listeners.redemption import RedemptionListeners
from bot.listeners.replies import Replies
from bot.listeners.routes import Listeners, Routes, routes
from bot.listeners.shortcut import ShortcutListeners
from bot.services.ask import Ask
from bot.services.audience import Audience
from bot.services.cards import DrawCard
from bot.services.cases import CaseDoor, HandleCase, OpenHonoured, Reach
from bot.services.close import CloseUnknown
from bot.services.decide import Decide
from bot.services.details import ShowDetails
from bot.services.gate import Gate
from bot.services.history import DrawHistory, DrawPromotions, LookUpHistory, LookUpPromotions
from bot.services.home import DrawHome
from bot.services.keeper import Keep
from bot.services.look_up import Caching, FindCoupon, LookUpCoupons
from bot.services.ports import Clock
from bot.services.prove import Prove
from bot.services.question import Asking, AskStoreOps, OpenQuestion
from bot.services.reconcile import Reconcile
from bot.services.redeem import House, OpenForm, ReviewForm, Trail, WriteDown
from bot.services.rounds import Rounds
from bot.services.spend import Spend
from bot.services.tasks import Tasks
from bot.settings import Settings
from bot.views.kit import Display

log = structlog.get_logger(__name__)

#: Seconds between two rounds when nobody wakes them; another instance may have left something to do.
PAUSE_S = 1.0
#: The same for App Homes, which only wait for another instance when that has ended half-way.
HOMES_PAUSE_S = 10.0
#: Seconds that the last round may take when the desk stops.
LAST_ROUND_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is open while a desk runs."""

    settings: Settings
    now: Clock
    monotonic: Callable[[], float]
    database: Database
    session: aiohttp.ClientSession
    home: Home
    tasks: Tasks
    transport: Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Stories:
    """The surface, and the rounds: one keeps requests, one delivers messages, one draws App Homes."""

    surface: Routes
    keeper: Rounds
    courier: Rounds
    publisher: Rounds
    tasks: Tasks

    def start(self) -> None:
        self.tasks.spawn(self.keeper.run())
        self.tasks.spawn(self.courier.run())
        self.tasks.spawn(self.publisher.run())

    async def stop(self) -> None:
        """Nothing is lost without it; what is to be said is said sooner."""
        self.keeper.stop()
        self.courier.stop()
        self.publisher.stop()
        try:
            async with asyncio.timeout(LAST_ROUND_S):
                await self.keeper.ended.wait()
                await self.courier.ended.wait()
                await self.courier.once()
                await self.publisher.ended.wait()
        except TimeoutError:
            log.warning("last_round_cut")


def stories(parts: Parts, replies: Replies) -> Stories:
    return _Builder(parts, replies).stories()


class _Builder:
    """Shared pieces are made once."""

    def __init__(self, parts: Parts, replies: Replies) -> None:
        settings = parts.settings
        self.parts, self.settings, self.replies = parts, settings, replies
        self.display = Display(currency=settings.currency, zone=settings.capillary_timezone)
        self.engine = CapillaryEngine(parts.transport, settings.capillary_timezone)
        self.records = CapillaryHistory(parts.transport, settings.capillary_timezone)
        caching = Caching(parts.tasks.spawn, settings.cache_seconds, parts.monotonic)
        self.look_up = LookUpCoupons(self.engine, parts.now, caching)
        self.find = FindCoupon(self.engine, parts.now, caching)
        self.look_up_history = LookUpHistory(self.engine, self.records, parts.now, caching)
        self.look_up_promotions = LookUpPromotions(self.records, parts.now, caching)
        self.reader = reading_client(secret(settings.slack_bot_token), settings.slack_api_url, parts.session)
        self.poster = courier_client(secret(settings.slack_bot_token), settings.slack_api_url, parts.session)
        self.groups, self.rights = self._rights()
        self.gate = Gate(self.rights, LedgerLookUps(parts.database, parts.now), settings.policy.lookup_groups)
        self.redeeming = CapillaryRedeeming(
            engine=self.engine,
            connect=fresh_clients(settings.capillary_url, parts.transport.limits),
            till=settings.capillary_attribution_till or settings.capillary_till,
        )
        self.homes = LedgerHomes(parts.database, parts.now)
        self.audience = Audience(homes=self.homes, wake=self._wake_publisher, closers=settings.policy.closers)
        self.requests = LedgerRequests(parts.database, self.audience.told)
        self.drafts = LedgerDrafts(parts.database, parts.now)
        self.outbox = LedgerOutbox(parts.database)
        self.house = House(
            policy=settings.policy,
            zone=settings.capillary_timezone,
            region=settings.default_region,
            decimals=get_currency_precision(settings.currency),
            till=self.redeeming.till,
        )
        self.trail = Trail(rights=self.rights, requests=self.requests)
        self.cases = LedgerCases(parts.database, self.audience.told_of_case)
        self.door = CaseDoor(rights=self.rights, cases=self.cases, groups=settings.policy.escalations.groups)
        self.venues = SlackVenues(self.reader)
        self.open_form = OpenForm(
            house=self.house, trail=self.trail, gate=self.gate, find=self.find, drafts=self.drafts
        )
        self.adopting = Adopting(self.outbox, self.audience)
        self.courier = Rounds("courier", self._courier(), pause_s=PAUSE_S)
        self.ask = self._ask()
        self.spend = self._spend()
        self.keeper = Rounds("keeper", self._keep(), pause_s=PAUSE_S)
        self.publisher = Rounds("publisher", self._publisher(), pause_s=HOMES_PAUSE_S)

    def stories(self) -> Stories:
        coupons = self._coupons()
        listeners = Listeners(
            coupons=coupons,
            redemptions=self._history(),
            promotion=self._promotions(),
            message=ShortcutListeners(coupons),
            redeeming=self._redeem(),
            posted=self._posted(),
            deciding=self._deciding(),
            cases=self._cases(),
            tab=HomeListeners(self.audience),
            groups_changed=self._on_groups_changed(),
        )
        return Stories(
            surface=routes(listeners),
            keeper=self.keeper,
            courier=self.courier,
            publisher=self.publisher,
            tasks=self.parts.tasks,
        )

    def _rights(self) -> tuple[Groups, SlackRights]:
        groups = Groups(
            self.reader,
            spawn=self.parts.tasks.spawn,
            monotonic=self.parts.monotonic,
            turns=LedgerTurns(self.parts.database),
            now=self.parts.now,
        )
        rights = SlackRights(
            client=self.reader, groups=groups, home=self.parts.home.workspace, now=self.parts.now
        )
        return groups, rights

    def _courier(self) -> Courier:
        return Courier(outbox=self.outbox, requests=self.requests, client=self.poster, display=self.display)

    def _publisher(self) -> Publisher:
        draw = DrawHome(
            house=self.house,
            lists=LedgerHomeLists(self.parts.database),
            requests=self.requests,
            cases=self.cases,
            sight=SlackSight(rights=self.rights, groups=self.groups, monotonic=self.parts.monotonic),
            now=self.parts.now,
        )
        return Publisher(
            audience=self.audience, homes=self.homes, draw=draw, client=self.poster, display=self.display
        )

    def _wake_publisher(self) -> None:
        self.publisher.wake()

    def _ask(self) -> Ask:
        return Ask(
            house=self.house,
            requests=self.requests,
            history=self.records,
            rights=self.rights,
            venues=self.venues,
            now=self.parts.now,
        )

    def _keep(self) -> Keep:
        return Keep(
            requests=self.requests,
            reconcile=self._reconcile(),
            ask=self.ask,
            spend=self.spend,
            now=self.parts.now,
            look_after_s=self.settings.reconcile_after_seconds,
        )

    def _reconcile(self) -> Reconcile:
        return Reconcile(
            requests=self.requests,
            engine=self.redeeming,
            forget=self._forget,
            wake=self.courier.wake,
            after_s=self.settings.reconcile_after_seconds,
            window_s=self.settings.reconcile_window_seconds,
            attention=self.settings.policy.approvals.channel,
        )

    def _spend(self) -> Spend:
        prove = Prove(
            house=self.house,
            rights=self.rights,
            engine=self.engine,
            redeeming=self.redeeming,
            now=self.parts.now,
        )
        return Spend(
            requests=self.requests,
            prove=prove,
            ask=self.ask,
            engine=self.redeeming,
            monotonic=self.parts.monotonic,
            call_s=self.settings.capillary_timeout_seconds,
            look_after_s=self.settings.reconcile_after_seconds,
            forget=self._forget,
            wake=self.courier.wake,
        )

    def _redeem(self) -> RedeemListeners:
        return RedeemListeners(
            house=self.house,
            open_form=self.open_form,
            honoured=OpenHonoured(door=self.door, open_form=self.open_form, policy=self.settings.policy),
            review=ReviewForm(
                house=self.house,
                trail=self.trail,
                find=self.find,
                drafts=self.drafts,
                requests=self.requests,
                now=self.parts.now,
            ),
            write_down=WriteDown(
                house=self.house,
                trail=self.trail,
                drafts=self.drafts,
                requests=self.requests,
                now=self.parts.now,
            ),
            spend=self.spend,
            adopting=self.adopting,
            replies=self.replies,
            display=self.display,
        )

    def _posted(self) -> RedemptionListeners:
        close = CloseUnknown(
            house=self.house,
            trail=self.trail,
            requests=self.requests,
            forget=self._forget,
            wake=self.courier.wake,
        )
        return RedemptionListeners(
            close=close, adopting=self.adopting, replies=self.replies, display=self.display
        )

    def _deciding(self) -> ApprovalListeners:
        decide = Decide(
            house=self.house,
            trail=self.trail,
            requests=self.requests,
            engine=self.engine,
            spend=self.spend,
            now=self.parts.now,
            wake=self.courier.wake,
        )
        return ApprovalListeners(
            decide=decide,
            adopting=self.adopting,
            replies=self.replies,
            now=self.parts.now,
            display=self.display,
        )

    def _cases(self) -> CaseListeners:
        reach = Reach(escalations=self.settings.policy.escalations, venues=self.venues, rights=self.rights)
        asking = Asking(gate=self.gate, door=self.door, requests=self.requests)
        questions = LedgerQuestions(self.parts.database, self.parts.now)
        return CaseListeners(
            open_question=OpenQuestion(
                asking=asking,
                reach=reach,
                look_up=self.look_up,
                find=self.find,
                permalinks=SlackPermalinks(self.reader),
                questions=questions,
                region=self.settings.default_region,
            ),
            ask=AskStoreOps(
                asking=asking,
                reach=reach,
                questions=questions,
                cases=self.cases,
                region=self.settings.default_region,
                now=self.parts.now,
                wake=self.courier.wake,
            ),
            handle=HandleCase(
                door=self.door,
                reach=reach,
                cases=self.cases,
                region=self.settings.default_region,
                now=self.parts.now,
                wake=self.courier.wake,
            ),
            adopting=self.adopting,
            replies=self.replies,
            display=self.display,
        )

    def _coupons(self) -> CouponListeners:
        draw = DrawCard(self.gate, self.look_up, self.find, self.settings.policy.redeem.groups)
        return CouponListeners(
            draw=draw,
            details=ShowDetails(self.gate, self.look_up, self.find),
            replies=self.replies,
            now=self.parts.now,
            display=self.display,
            region=self.settings.default_region,
        )

    def _history(self) -> HistoryListeners:
        return HistoryListeners(
            draw=DrawHistory(self.gate, self.look_up_history),
            replies=self.replies,
            display=self.display,
            region=self.settings.default_region,
        )

    def _promotions(self) -> PromotionListeners:
        return PromotionListeners(
            draw=DrawPromotions(self.gate, self.look_up_promotions),
            replies=self.replies,
            display=self.display,
        )

    def _on_groups_changed(self) -> Listener:
        async def on_groups_changed(args: AsyncArgs) -> None:
            await args.ack()
            self.groups.forget()

        return on_groups_changed

    def _forget(self, customer: CustomerId) -> None:
        self.look_up.forget(customer)
        self.find.forget(customer)
        self.look_up_history.forget(customer)


def secret(given: SecretStr | None) -> str:
    return given.get_secret_value() if given is not None else ""
