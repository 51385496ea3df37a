"""The desk's redemptions compared with the engine's records of one customer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.aio.frozen import frozen
from bot.domain.coupon import Use
from bot.domain.redemption import Redemption


@frozen(kw_only=True)
class EngineRecords:
    """
    What the engine shows of one customer.

    Attributes:
        uses: redemptions that stand, by their ids.
        reversed: those that were undone, by their ids.
        cut: whether there may be more than were read.

    """

    uses: Mapping[str, Use]
    reversed: Mapping[str, Use]
    cut: bool = False


@frozen(kw_only=True)
class Differences:
    """
    In what both differ.

    Attributes:
        missing: requests whose redemption the engine does not show.
        unnamed: requests that are redeemed without an id, so that nothing can be compared.
        reversed: requests whose redemption was undone, each with that.
        unclaimed: uses at our place that no request claims.

    """

    missing: Sequence[Redemption]
    unnamed: Sequence[Redemption]
    reversed: Sequence[tuple[Redemption, Use]]
    unclaimed: Sequence[Use]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unnamed or self.reversed or self.unclaimed)


@frozen(kw_only=True)
class OurPlace:
    """
    Which uses were made from here.

    Attributes:
        till: code of the till that the desk books on; None if it is not known, and then only generated numbers tell.
        since, until: the period; None is no bound.

    """

    till: str | None
    since: datetime | None = None
    until: datetime | None = None

    def made(self, use: Use) -> bool:
        ours = use.till == self.till if self.till is not None else (use.bill or "").startswith("CD-")
        return ours and self._within(use.at)

    def _within(self, at: datetime | None) -> bool:
        """A time that cannot be read may be in it."""
        if at is None:
            return True
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


def compared(
    redeemed: Sequence[Redemption], engine: EngineRecords, claimed: Collection[str], place: OurPlace
) -> Differences:
    """`redeemed` are the customer's redeemed requests; `claimed` are ids of redemptions that any request claims."""
    named = {row.outcome.redemption_id: row for row in redeemed if row.outcome.redemption_id is not None}
    known = engine.uses.keys() | engine.reversed.keys()
    return Differences(
        missing=[row for number, row in named.items() if number not in known],
        unnamed=[row for row in redeemed if row.outcome.redemption_id is None],
        reversed=[
            (row, engine.reversed[number]) for number, row in named.items() if number in engine.reversed
        ],
        unclaimed=[
            use
            for number, use in engine.uses.items()
            if number not in claimed and number not in named and place.made(use)
        ],
    )
