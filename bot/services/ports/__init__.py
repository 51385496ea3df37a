"""The ports: Protocols of what the services need from outside, with what each method returns and raises."""

from __future__ import annotations

from bot.services.ports.accounts import AccountRead, Accounts, AccountSeen, AccountsNow
from bot.services.ports.audit import Attempts, AuditEvent, AuditLine
from bot.services.ports.cases import Cases, OpenCases, Permalinks
from bot.services.ports.engine import Engine, HistoryEngine, Order, PageQuery, RedeemEngine
from bot.services.ports.homes import HomeLists, Homes, Tab
from bot.services.ports.kept import Drafts, Kept, LookUps, Questions, RecentLookUps
from bot.services.ports.looks import LastReason, Looks
from bot.services.ports.messages import URL_LIFE_S, Outbox, OutboxMessage, PressedCopies
from bot.services.ports.requests import Earlier, Others, Requests, RequestSearch
from bot.services.ports.rights import Channels, Lease, Leases, Reading, RecentMembership, Rights

__all__ = [
    "URL_LIFE_S",
    "AccountRead",
    "AccountSeen",
    "Accounts",
    "AccountsNow",
    "Attempts",
    "AuditEvent",
    "AuditLine",
    "Cases",
    "Channels",
    "Drafts",
    "Earlier",
    "Engine",
    "HistoryEngine",
    "HomeLists",
    "Homes",
    "Kept",
    "LastReason",
    "Lease",
    "Leases",
    "LookUps",
    "Looks",
    "OpenCases",
    "Order",
    "Others",
    "Outbox",
    "OutboxMessage",
    "PageQuery",
    "Permalinks",
    "PressedCopies",
    "Questions",
    "Reading",
    "RecentLookUps",
    "RecentMembership",
    "RedeemEngine",
    "RequestSearch",
    "Requests",
    "Rights",
    "Tab",
]
