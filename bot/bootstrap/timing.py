"""What the settings say of a desk: its configuration, and how long things take."""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import get_currency_precision

from bot.bootstrap.ports import till_of
from bot.services.configuration import DeskConfiguration
from bot.settings import Settings

#: Seconds between two runs when nobody wakes a worker; another instance may have left something to do.
PAUSE_S = 1.0
#: The same for App Homes, which only wait for another instance when that has ended half-way.
HOMES_PAUSE_S = 10.0
#: The same for what is a day old, which nobody reads any more.
EXPIRED_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """
    How long things take, in seconds.

    Attributes:
        call_s: the longest that one call to the engine can take.
        look_after_s: from an unclear answer to the first look for evidence.
        window_s: in which, after an unclear answer, absence proves nothing.
        cache_s: for which an answer to a look-up serves equal ones.
        pause_s, homes_pause_s, expired_pause_s: between two runs of a worker that nobody wakes.

    """

    call_s: float
    look_after_s: float
    window_s: float
    cache_s: float
    pause_s: float = PAUSE_S
    homes_pause_s: float = HOMES_PAUSE_S
    expired_pause_s: float = EXPIRED_PAUSE_S


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
