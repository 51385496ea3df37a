"""What the services need from outside, with the promises each side keeps."""

from __future__ import annotations

from bot.services.ports.cases import Cases, OpenCases, Permalinks
from bot.services.ports.engine import Engine, HistoryEngine, Order, PageQuery, RedeemEngine
from bot.services.ports.homes import HomeLists, Homes, Tab
from bot.services.ports.kept import Drafts, LookUps, Questions
from bot.services.ports.messages import Letter, Outbox, Role
from bot.services.ports.requests import Change, Earlier, Requests
from bot.services.ports.rights import Reading, Rights, Sight, Turn, Turns, Venues
from bot.services.ports.running import Clock, Spawn

__all__ = [
    "Cases",
    "Change",
    "Clock",
    "Drafts",
    "Earlier",
    "Engine",
    "HistoryEngine",
    "HomeLists",
    "Homes",
    "Letter",
    "LookUps",
    "OpenCases",
    "Order",
    "Outbox",
    "PageQuery",
    "Permalinks",
    "Questions",
    "Reading",
    "RedeemEngine",
    "Requests",
    "Rights",
    "Role",
    "Sight",
    "Spawn",
    "Tab",
    "Turn",
    "Turns",
    "Venues",
]
