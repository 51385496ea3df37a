"""What is open while a desk runs, and what several stories share of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
from babel.numbers import get_currency_precision
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.history import CapillaryHistory
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.capillary.transport import Transport, fresh_clients
from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.kept import LedgerKept
from bot.adapters.ledger.kept_kinds import DRAFTS, LOOK_UPS, QUESTIONS
from bot.adapters.ledger.leases import LedgerLeases
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.slack.channels import SlackChannels
from bot.adapters.slack.groups import Groups
from bot.adapters.slack.installation import Installation
from bot.adapters.slack.rights import SlackRights
from bot.adapters.slack.web import posting_client, reading_client
from bot.aio.clock import Clock
from bot.aio.tasks import TaskSet
from bot.domain.customer import CustomerId
from bot.listeners.replies import Replies
from bot.services.audit import AuditLog
from bot.services.authorize import Authorize
from bot.services.configuration import DeskConfiguration
from bot.services.history import LookUpHistory, LookUpPromotions
from bot.services.home_subscribers import HomeSubscribers
from bot.services.lookup import Caching, FindCoupon, LookUpCoupons
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import Drafts, LookUps, Questions
from bot.services.redeem_form import OpenForm
from bot.settings import Settings
from bot.views.text import Display


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """
    What is open while a desk runs.

    Attributes:
        groups_burst: readings of the user groups that may be made at once, after a rest.

    """

    settings: Settings
    now: Clock
    monotonic: Callable[[], float]
    database: Database
    session: aiohttp.ClientSession
    home: Installation
    tasks: TaskSet
    transport: Transport
    groups_burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeEvents:
    """They wake the rounds, which are made of what rings them."""

    outbox_relay: Callable[[], None]
    publisher: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """The engine, read; equal look-ups share one call."""

    engine: CapillaryEngine
    records: CapillaryHistory
    coupons: LookUpCoupons
    find: FindCoupon
    history: LookUpHistory
    promotions: LookUpPromotions

    @classmethod
    def of(cls, parts: Parts) -> Reads:
        zone = parts.settings.capillary_timezone
        engine, records = CapillaryEngine(parts.transport, zone), CapillaryHistory(parts.transport, zone)
        caching = Caching(parts.tasks.spawn, parts.settings.cache_seconds, parts.monotonic)
        return cls(
            engine=engine,
            records=records,
            coupons=LookUpCoupons(engine, parts.now, caching),
            find=FindCoupon(engine, parts.now, caching),
            history=LookUpHistory(engine, records, parts.now, caching),
            promotions=LookUpPromotions(records, parts.now, caching),
        )

    def forget(self, customer: CustomerId) -> None:
        """What is kept of somebody is true no more."""
        self.coupons.forget(customer)
        self.find.forget(customer)
        self.history.forget(customer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """Slack, asked and told. Posting has a client of its own, which does not try again by itself."""

    reader: AsyncWebClient
    poster: AsyncWebClient
    groups: Groups
    rights: SlackRights
    channels: SlackChannels

    @classmethod
    def of(cls, parts: Parts) -> Slack:
        token, url = secret(parts.settings.slack_bot_token), parts.settings.slack_api_url
        reader = reading_client(token, url, parts.session)
        groups = Groups(
            reader,
            spawn=parts.tasks.spawn,
            leases=LedgerLeases(parts.database, parts.groups_burst),
            now=parts.now,
            monotonic=parts.monotonic,
            asked_apart=parts.settings.policy.named,
        )
        return cls(
            reader=reader,
            poster=posting_client(token, url, parts.session),
            groups=groups,
            rights=SlackRights(client=reader, groups=groups, home=parts.home.workspace, now=parts.now),
            channels=SlackChannels(reader, parts.monotonic),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """What the ledger keeps; what changes in it is told to whoever looks at their App Home."""

    home_subscribers: HomeSubscribers
    homes: LedgerHomes
    look_ups: LookUps
    drafts: Drafts
    questions: Questions
    requests: LedgerRequests
    cases: LedgerCases
    outbox: LedgerOutbox

    @classmethod
    def of(cls, parts: Parts, wake_events: WakeEvents) -> Repositories:
        homes = LedgerHomes(parts.database, parts.now)
        policy = parts.settings.policy
        home_subscribers = HomeSubscribers(
            homes=homes,
            wake=wake_events.publisher,
            settlers=policy.settlers,
            answerers=policy.escalations.groups,
        )
        return cls(
            home_subscribers=home_subscribers,
            homes=homes,
            look_ups=LedgerKept(parts.database, parts.now, LOOK_UPS),
            drafts=LedgerKept(parts.database, parts.now, DRAFTS),
            questions=LedgerKept(parts.database, parts.now, QUESTIONS),
            requests=LedgerRequests(parts.database, home_subscribers.told),
            cases=LedgerCases(parts.database, home_subscribers.told_of_case),
            outbox=LedgerOutbox(parts.database),
        )


class Shared:
    """What several stories are made of; each piece is made once."""

    def __init__(self, parts: Parts, replies: Replies, wake_events: WakeEvents) -> None:
        self.parts, self.replies, self.wake_events = parts, replies, wake_events
        self.settings, self.now = parts.settings, parts.now
        self.display = Display(currency=self.settings.currency, zone=self.settings.capillary_timezone)
        self.reads, self.slack, self.repositories = (
            Reads.of(parts),
            Slack.of(parts),
            Repositories.of(parts, wake_events),
        )
        self.audit = AuditLog(attempts=LedgerAttempts(parts.database))
        self.authorize = Authorize(rights=self.slack.rights, policy=self.settings.policy, audit=self.audit)
        self.cards = LookUpCards(self.authorize, self.repositories.look_ups)
        self.redeeming = CapillaryRedeeming(
            engine=self.reads.engine,
            connect=fresh_clients(self.settings.capillary_url, parts.transport.limits),
            till=self.settings.capillary_attribution_till or self.settings.capillary_till,
        )
        self.configuration = DeskConfiguration(
            policy=self.settings.policy,
            zone=self.settings.capillary_timezone,
            region=self.settings.default_region,
            decimals=get_currency_precision(self.settings.currency),
            till=self.redeeming.till,
        )
        self.open_form = OpenForm(
            authorize=self.authorize,
            audit=self.audit,
            cards=self.cards,
            find=self.reads.find,
            drafts=self.repositories.drafts,
            requests=self.repositories.requests,
        )


def secret(given: SecretStr | None) -> str:
    return given.get_secret_value() if given is not None else ""
