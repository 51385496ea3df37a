"""The ports of a desk: everything that leaves the process. `real_ports` makes the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import aiohttp
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.ledger.accounts import LedgerAccounts
from bot.adapters.ledger.anchors import TellAnchor
from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.blanking import BlankEnded
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.kept import DeleteExpired, LedgerKept
from bot.adapters.ledger.kept_kinds import DRAFTS, LOOK_UPS, QUESTIONS
from bot.adapters.ledger.known import KnownRequests
from bot.adapters.ledger.leases import LedgerLeases
from bot.adapters.ledger.look_ups import LedgerRecentLookUps, LookUpsBehind
from bot.adapters.ledger.looks import LedgerLooks
from bot.adapters.ledger.lost import LedgerLost
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.pauses import LedgerPauses
from bot.adapters.ledger.reasons import LedgerLastReason
from bot.adapters.ledger.request_search import LedgerRequestSearch
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.seals import LedgerSealer
from bot.adapters.slack.accounts import SlackAccounts
from bot.adapters.slack.channels import SlackChannels
from bot.adapters.slack.groups import Groups
from bot.adapters.slack.installation import Installation
from bot.adapters.slack.permalinks import SlackPermalinks
from bot.adapters.slack.pressed_copies import SlackPressedCopies
from bot.adapters.slack.recent_membership import SlackRecentMembership
from bot.adapters.slack.rights import SlackRights
from bot.adapters.slack.web import ResponseUrls, posting_client, reading_client
from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.aio.tasks import Spawn, TaskSet
from bot.bootstrap.late_engine import LateEngine
from bot.domain.pause import Pause
from bot.domain.person import PersonId
from bot.services.home_subscribers import LedgerChanges
from bot.services.lost_requests import LostRequests, WatchedEngine, WatchedRedeeming
from bot.services.ports import (
    Attempts,
    Cases,
    Channels,
    Drafts,
    Engine,
    HistoryEngine,
    HomeLists,
    Homes,
    LastReason,
    Looks,
    LookUps,
    OpenCases,
    Outbox,
    Permalinks,
    PressedCopies,
    Questions,
    RecentLookUps,
    RecentMembership,
    RedeemEngine,
    Requests,
    RequestSearch,
    Rights,
)
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.adapters.capillary.transport import Transport
    from bot.adapters.ledger.signing import Signer


@part(kw_only=True)
class Ports:
    """
    Everything that leaves the process, and its clocks.

    Attributes:
        changes: called by the ledger's ports for each request and case that they have written.
        look_ups_full: set when look-ups have to be written at once.
        write_look_ups: writes the look-ups that wait for it.
        delete_expired: deletes look-ups and forms that are a day old; returns how many.
        blank_ended: blanks names, last digits and notes of what ended long ago; returns of how many.
        seal: seals what is closed of the audit log; returns how many events.
        pause: returns the pause of whatever approves or sends, None if there is none; raises LedgerUnavailable.
        shared: whether a channel is shared with another company; raises what the outbox relay documents.
        poster: posts, updates and publishes; it never retries.
        forget_groups: drops what was read of the user groups, because it has changed.
        account_changed: drops what was read of somebody's account, because it has changed.
        account_news: set when the other instances are to be told so at once.
        exchange_accounts: tells the other instances of people's accounts, and is told.
        now: the clock for times that people see; the ledger uses the database's clock.
        monotonic: the clock for durations, in seconds.
        spawn: starts a background task.

    """

    changes: LedgerChanges
    requests: Requests
    looks: Looks
    last_reason: LastReason
    request_search: RequestSearch
    cases: Cases
    open_cases: OpenCases
    attempts: Attempts
    outbox: Outbox
    pressed_copies: PressedCopies
    look_ups: LookUps
    recent_look_ups: RecentLookUps
    look_ups_full: asyncio.Event
    write_look_ups: Callable[[], Awaitable[int]]
    drafts: Drafts
    questions: Questions
    delete_expired: Callable[[], Awaitable[int]]
    blank_ended: Callable[[], Awaitable[int]]
    seal: Callable[[], Awaitable[int]]
    homes: Homes
    home_lists: HomeLists
    pause: Callable[[], Awaitable[Pause | None]]
    engine: Engine
    redeeming: RedeemEngine
    history: HistoryEngine
    rights: Rights
    recent_membership: RecentMembership
    channels: Channels
    shared: Callable[[str], Awaitable[bool]]
    permalinks: Permalinks
    poster: AsyncWebClient
    forget_groups: Callable[[], None]
    account_changed: Callable[[PersonId], None]
    account_news: asyncio.Event
    exchange_accounts: Callable[[], Awaitable[int]]
    now: Clock
    monotonic: Callable[[], float]
    spawn: Spawn


@part(kw_only=True)
class OpenParts:
    """
    What `bot/app.py` opens for a running desk.

    Attributes:
        transport: opens the line to the engine, at the first call.
        groups_burst: how many times the user groups may be read at once after a pause.

    """

    settings: Settings
    now: Clock
    monotonic: Callable[[], float]
    database: Database
    session: aiohttp.ClientSession
    home: Installation
    tasks: TaskSet
    transport: Callable[[], Transport]
    groups_burst: int


def real_ports(of: OpenParts) -> Ports:
    settings, database, changes = of.settings, of.database, LedgerChanges()
    token, url = secret(settings.slack_bot_token), settings.slack_api_url
    reader = reading_client(token, url, of.session)
    engine = LateEngine(settings, of.transport)
    lost = LostRequests(LedgerLost(database), till_of(settings), of.tasks.spawn)
    look_ups = LookUpsBehind(LedgerKept(database, of.now, LOOK_UPS))
    cases = LedgerCases(database, changes.case)
    groups, accounts = _groups(of, reader), _accounts(of, reader)
    rights = SlackRights(
        accounts=accounts, groups=groups, home=of.home.workspace, now=of.now, monotonic=of.monotonic
    )
    channels = SlackChannels(reader, of.monotonic)
    return Ports(
        changes=changes,
        requests=LedgerRequests(database, changes.request, _known(of)),
        looks=LedgerLooks(database),
        last_reason=LedgerLastReason(database),
        request_search=LedgerRequestSearch(database),
        cases=cases,
        open_cases=cases,
        attempts=LedgerAttempts(database),
        outbox=LedgerOutbox(database),
        pressed_copies=SlackPressedCopies(urls=ResponseUrls(of.session, url), monotonic=of.monotonic),
        look_ups=look_ups,
        recent_look_ups=LedgerRecentLookUps(database, of.now),
        look_ups_full=look_ups.woken,
        write_look_ups=look_ups.flush,
        drafts=LedgerKept(database, of.now, DRAFTS),
        questions=LedgerKept(database, of.now, QUESTIONS),
        delete_expired=DeleteExpired(database, of.now),
        blank_ended=BlankEnded(database, of.now, settings.retain_days),
        seal=LedgerSealer(
            database,
            _signer(settings),
            TellAnchor(settings.policy.approvals.channel, settings.capillary_timezone),
        ),
        homes=LedgerHomes(database, of.now),
        home_lists=LedgerHomeLists(database),
        pause=LedgerPauses(database).current,
        engine=WatchedEngine(engine.engine, lost),
        redeeming=WatchedRedeeming(engine.redeeming, lost),
        history=engine,
        rights=rights,
        recent_membership=SlackRecentMembership(rights=rights, groups=groups),
        channels=channels,
        shared=channels.shared,
        permalinks=SlackPermalinks(reader),
        poster=posting_client(token, url, of.session),
        forget_groups=groups.forget,
        account_changed=accounts.changed,
        account_news=accounts.woken,
        exchange_accounts=accounts.exchange,
        now=of.now,
        monotonic=of.monotonic,
        spawn=of.tasks.spawn,
    )


def _signer(settings: Settings) -> Signer | None:
    if settings.audit_key is None:
        return None
    from bot.adapters.ledger.signing import Signer  # noqa: PLC0415 - it imports cryptography

    return Signer.of(settings.audit_key.get_secret_value())


def _known(of: OpenParts) -> KnownRequests | None:
    return KnownRequests(of.monotonic) if of.database.one_process else None


def _groups(of: OpenParts, reader: AsyncWebClient) -> Groups:
    return Groups(
        reader,
        spawn=of.tasks.spawn,
        leases=LedgerLeases(of.database, of.groups_burst),
        now=of.now,
        monotonic=of.monotonic,
        asked_apart=of.settings.policy.named,
    )


def _accounts(of: OpenParts, reader: AsyncWebClient) -> SlackAccounts:
    return SlackAccounts(
        reader,
        home=of.home.workspace,
        shared=LedgerAccounts(of.database, of.monotonic),
        spawn=of.tasks.spawn,
        monotonic=of.monotonic,
    )


def till_of(settings: Settings) -> str | None:
    """Return the code of the till that redemptions are booked on; None leaves it to the engine."""
    return settings.capillary_attribution_till or settings.capillary_till


def secret(given: SecretStr | None) -> str:
    return given.get_secret_value() if given is not None else ""
