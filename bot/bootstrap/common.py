"""What many use cases share: configuration, cached reads, authorization, audit log and wake events."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import cached_property

from bot.aio.frozen import part
from bot.bootstrap.ports import Ports
from bot.bootstrap.reads import Reads
from bot.bootstrap.timing import Timing
from bot.services.audit import AuditLog
from bot.services.authorize import Authorize
from bot.services.configuration import DeskConfiguration
from bot.services.lookup_cards import LookUpCards
from bot.services.pause import ReadPause
from bot.views.text import Display


@part
class WakeEvents:
    """One event for each worker; set when it has something to do."""

    outbox_relay: asyncio.Event
    publisher: asyncio.Event


class Common:
    """Each property is made at its first use and then stays the same object."""

    def __init__(self, configuration: DeskConfiguration, timing: Timing, ports: Ports) -> None:
        self.configuration, self.timing, self.ports = configuration, timing, ports
        self.policy = configuration.policy
        self.reads = Reads(ports, timing.cache_s)
        self.display = Display(
            currency=configuration.currency,
            zone=configuration.zone,
            window=timedelta(seconds=timing.window_s),
        )
        self.wake_events = WakeEvents(asyncio.Event(), asyncio.Event())
        #: Set when the desk stops.
        self.stopping = asyncio.Event()

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(attempts=self.ports.attempts)

    @cached_property
    def authorize(self) -> Authorize:
        return Authorize(rights=self.ports.rights, policy=self.policy, audit=self.audit)

    @cached_property
    def pause(self) -> ReadPause:
        return ReadPause(self.ports.pause, self.ports.monotonic)

    @cached_property
    def cards(self) -> LookUpCards:
        return LookUpCards(self.authorize, self.ports.look_ups)
