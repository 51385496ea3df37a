"""Alarms: facts about a request that contradict each other, or that the desk cannot settle."""

from __future__ import annotations

from enum import StrEnum


class Alarm(StrEnum):
    """What a person has to look into. Values are stored and logged."""

    #: The engine shows a use with our number, and the ledger holds no sending, or a verdict without a redemption.
    REDEEMED_AFTER_ALL = "redeemed_after_all"
    #: The engine shows two redemptions for one request.
    REDEEMED_TWICE = "redeemed_twice"
    #: Two facts about one request cannot both be true.
    CONTRADICTION = "contradiction"
    #: After "not redeemed", or where nothing was sent, something was found that only a person can judge.
    FOUND_AFTER_ALL = "found_after_all"
    #: Another request claims the redemption that this one rested on.
    CLAIM_LOST = "claim_lost"
    #: Looks at a request that has ended failed until they were given up.
    LOOKS_FAILED = "looks_failed"
    #: The engine's yes named no redemption, and none was found in a day.
    NO_REDEMPTION_ID = "no_redemption_id"
    #: The engine shows a use with a number of ours that no request has: the ledger has lost it.
    REQUEST_LOST = "request_lost"
