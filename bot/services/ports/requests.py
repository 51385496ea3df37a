"""The ledger of requests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from typing import Any, Protocol

from bot.aio.frozen import frozen
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.handled import Handled
from bot.domain.limits import Limits, Usage
from bot.domain.person import PersonId
from bot.domain.redemption import Decision, Redemption, RequestId, State, Terms
from bot.domain.transitions import Change


@frozen(kw_only=True)
class Earlier:
    """
    Earlier requests of this desk.

    Attributes:
        redeemed: redemptions by the same requester for the same customer.
        attempts: requests, by anybody, for the same customer and coupon.
        rejected: the latest rejection among them.

    """

    redeemed: int
    attempts: int
    rejected: Decision | None = None


@frozen(kw_only=True)
class Others:
    """
    Other requests for the same customer and coupon.

    Attributes:
        claimed: ids of those of the engine's redemptions asked for that belong to another request, whoever's coupon it
            is for.
        likely: those of `claimed` that rest on evidence or a person's word only, each with the bill number of the
            request that has it.
        rival: whether one of them is for the same bill, and open, unknown, or redeemed without an id.

    """

    claimed: frozenset[str] = frozenset()
    likely: Mapping[str, str] = field(default_factory=dict)
    rival: bool = False


class RequestSearch(Protocol):
    """Finds requests by what people quote; both raise LedgerUnavailable and return the latest first."""

    async def by_reference(self, reference: str, at_most: int) -> Sequence[Redemption]:
        """`reference`: the first eight letters of a request's id, or more of it."""
        ...

    async def by_bill_number(self, number: str, at_most: int) -> Sequence[Redemption]:
        """Letter case makes no difference."""
        ...


class Requests(Protocol):
    """
    The ledger of requests; every method raises LedgerUnavailable.

    Each write appends an event with `why` in the same transaction and marks every message of the request as due for
    an update.
    """

    async def make(
        self,
        request_id: RequestId,
        terms: Terms,
        *,
        made_at: datetime,
        day: date,
        limits: Limits,
        begin_in_s: float,
        window: str | None = None,
    ) -> Handled[Redemption]:
        """
        Write a request as `new`, take its share of the day's limits, and add the requester's message to the outbox.

        `window` is the id of the modal that it was confirmed in, which is kept up to date too.

        If a limit is reached or another request for this customer and coupon is open, it is written as `refused` with
        the Stop. If the request is known already, nothing is written and the stored one is returned, as not ours.
        """
        ...

    async def get(self, request_id: RequestId) -> Redemption | None:
        """Raises Outdated for one that only a newer version of the desk can read."""
        ...

    async def move(
        self,
        row: Redemption,
        to: State,
        change: Change = ...,
        *,
        by: PersonId | None = None,
        why: Mapping[str, Any] | None = None,
        overdue: bool = False,
    ) -> Redemption:
        """
        Move a request on, if it still stands as in `row` and its clock allows.

        By the database's clock: to `sending` only before `begin_by`; from `new` and `approved` to
        `expired` only after it; `overdue` asks for a row past `send_by`, as the sweeper needs it to
        make an unclear outcome of one that somebody else is sending.
        The state may stay the same if only facts are added.

        Raises VersionConflict if the row has changed or the clock does not allow it; Stopped, to `approved` or
        `sending`, while the desk is paused.
        """
        ...

    async def due(self, at_most: int) -> Sequence[Redemption]:
        """Return the requests that are due for the sweeper: open ones first, and then the longest due."""
        ...

    async def usage(self, requester: PersonId, day: date) -> Usage: ...

    async def attendable(self, now: datetime, at_most: int) -> Sequence[Redemption]:
        """Return waiting requests whose `attend_at` is not after `now`, by the desk's clock."""
        ...

    async def earlier(self, terms: Terms, *, since: datetime, but: RequestId) -> Earlier:
        """Return the earlier requests, without `but`, the request itself."""
        ...

    async def others(self, row: Redemption, uses: Collection[str]) -> Others:
        """What of these redemptions other requests have redeemed, and whether one for this bill may have."""
        ...

    async def unclaimed_numbers(self, row: Redemption) -> Mapping[str, Redemption]:
        """Numbers generated for earlier requests for this customer and coupon that claim no redemption, with them."""
        ...

    async def open_for(self, customer: CustomerId, code: CouponCode) -> Redemption | None:
        """Return the open request for this customer and coupon; None if there is none."""
        ...

    async def concerning(self, customer: CustomerId) -> Sequence[Redemption]:
        """The customer's requests that are open or have redeemed something, the latest first; the last hundred."""
        ...

    async def redeemed_lately(
        self, customer: CustomerId, code: CouponCode, since: datetime
    ) -> Redemption | None:
        """Return the latest request for this coupon that was redeemed and pressed since then; None if there is none."""
        ...

    async def redeemed_of(self, code: CouponCode, since: datetime) -> Sequence[Redemption]:
        """Requests for this coupon, whoever's, that were redeemed and pressed since then: of the last fifty, the latest first."""
        ...
