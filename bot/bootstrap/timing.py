"""Configuration and durations of a desk, from its settings."""

from __future__ import annotations

from babel.numbers import get_currency_precision

from bot.aio.frozen import frozen
from bot.bootstrap.ports import till_of
from bot.services.configuration import DeskConfiguration
from bot.settings import Settings

#: Seconds between two runs of a worker that is not woken: another instance may have left something to do.
PAUSE_S = 1.0
#: The same for App Homes: those of another instance wait only if it ended half-way.
HOMES_PAUSE_S = 10.0
#: The same for what other instances heard of people's accounts.
ACCOUNTS_PAUSE_S = 1.0
#: The same for look-ups that are to be written down: what a killed instance may lose.
LOOK_UPS_PAUSE_S = 0.5
#: The same for reminders of cases, which are due after minutes.
CASE_REMINDERS_PAUSE_S = 2.0
#: The same for deleting what is a day old, which is not urgent, and for blanking what is older.
EXPIRED_PAUSE_S = 60.0

#: The same for seals of the audit log: an event is under one a minute or two after it.
SEAL_PAUSE_S = 20.0


@frozen(kw_only=True)
class Timing:
    """
    How long things take, in seconds.

    Attributes:
        call_s: the limit of one call to the engine.
        look_after_s: from an unclear answer to the first look.
        window_s: after an unclear answer; until it ends, finding nothing proves nothing.
        cache_s: how long the answer to a look-up is used for equal look-ups.
        pause_s, homes_pause_s, accounts_pause_s, look_ups_pause_s, case_reminders_pause_s, expired_pause_s,
            seal_pause_s: between two runs of a worker that is not woken.

    """

    call_s: float
    look_after_s: float
    window_s: float
    cache_s: float
    pause_s: float = PAUSE_S
    homes_pause_s: float = HOMES_PAUSE_S
    accounts_pause_s: float = ACCOUNTS_PAUSE_S
    look_ups_pause_s: float = LOOK_UPS_PAUSE_S
    case_reminders_pause_s: float = CASE_REMINDERS_PAUSE_S
    expired_pause_s: float = EXPIRED_PAUSE_S
    seal_pause_s: float = SEAL_PAUSE_S


def configuration_of(settings: Settings) -> DeskConfiguration:
    return DeskConfiguration(
        policy=settings.policy,
        zone=settings.capillary_timezone,
        region=settings.default_region,
        currency=settings.currency,
        decimals=get_currency_precision(settings.currency),
        till=till_of(settings),
    )


def timing_of(settings: Settings) -> Timing:
    return Timing(
        call_s=settings.capillary_timeout_seconds,
        look_after_s=settings.reconcile_after_seconds,
        window_s=settings.reconcile_window_seconds,
        cache_s=settings.cache_seconds,
    )
