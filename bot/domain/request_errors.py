"""The errors of `bot.domain.errors` that hold facts of a request; its module imports that one."""

from __future__ import annotations

from bot.domain.coupon import Use
from bot.domain.errors import LedgerUnavailable, UserError
from bot.domain.limits import AtLimit
from bot.domain.redemption import Redemption, Stop, Trouble
from bot.domain.refusal import Refusal


class Stopped(UserError):
    """The redemption may not go on; nothing was sent."""

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
        #: The engine's own no, where it is that.
        self.refusal = refusal
        #: Where one of today's limits is reached.
        self.at_limit = at_limit
        #: The request that stands in its way.
        self.other = other
        #: Redemptions at the engine that stand in its way.
        self.uses = uses


class NobodyToAsk(UserError):
    """A question would reach nobody."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class AnswerNotKept(LedgerUnavailable):
    """A redeem call was sent, and its answer could not be written down."""

    def __init__(self, row: Redemption) -> None:
        super().__init__()
        #: As it is to be told: its outcome is unknown.
        self.row = row
