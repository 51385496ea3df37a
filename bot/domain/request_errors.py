"""Errors that hold a request's facts. They are part of the tree in `bot.domain.errors`."""

from __future__ import annotations

from bot.domain.coupon import Use
from bot.domain.errors import LedgerUnavailable, UserError
from bot.domain.limits import AtLimit
from bot.domain.redemption import Redemption, Stop, Trouble
from bot.domain.refusal import Refusal


class Stopped(UserError):
    """The redemption was stopped; nothing was sent."""

    def __init__(
        self,
        *,
        stop: Stop | None = None,
        refusal: Refusal | None = None,
        at_limit: AtLimit | None = None,
        other: Redemption | None = None,
        uses: tuple[Use, ...] = (),
    ) -> None:
        super().__init__((stop or refusal or Refusal.OTHER).value)
        self.stop = stop
        #: The engine's refusal; None if it was not the engine.
        self.refusal = refusal
        #: The figures, if one of today's limits was reached.
        self.at_limit = at_limit
        #: The other request of this customer and coupon that is still open; None if there is none.
        self.other = other
        #: Redemptions at the engine that stand in its way.
        self.uses = uses


class NobodyToAsk(UserError):
    """A question to store ops would reach nobody."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class AlreadyHonoured(UserError):
    """What store ops honour was redeemed from here already; nothing was sent."""

    def __init__(self, made: Redemption, *, asked_about: bool) -> None:
        super().__init__(made.reference)
        self.made = made
        #: Whether it is the request that the question is about; else one that was made since the answer.
        self.asked_about = asked_about


class AnswerNotKept(LedgerUnavailable):
    """A redeem call was sent, and its answer could not be written down."""

    def __init__(self, row: Redemption) -> None:
        super().__init__()
        #: The request as people are told of it: with an unknown outcome.
        self.row = row
