"""Coupons of the sandbox engine, their redemptions, and the wallets that hold them."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SandboxPlace:
    """A store or a till, as the wire names it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxTill:
    id: int
    code: str
    name: str
    store: SandboxPlace


#: The till that redemptions through the API are booked on.
DESK = SandboxTill(
    id=75200001, code="coupon.desk", name="Coupon Desk", store=SandboxPlace("desk", "Support Desk")
)
MG_ROAD = SandboxTill(
    id=75197941, code="mgroad.1", name="MG Road, till 1", store=SandboxPlace("mgroad", "MG Road")
)
AIRPORT = SandboxTill(
    id=75152721, code="airport.2", name="Airport, till 2", store=SandboxPlace("airport", "Airport T2")
)
INDIRANAGAR = SandboxTill(
    id=75152744, code="indira.3", name="Indiranagar, till 3", store=SandboxPlace("indira", "Indiranagar")
)
TILLS = {till.id: till for till in (DESK, MG_ROAD, AIRPORT, INDIRANAGAR)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRedemption:
    #: None where the oldest page prints none (docs: get-customer-coupons-basic).
    id: int | None
    at: datetime
    #: The bill number; "" if none was given.
    bill: str
    store: SandboxPlace
    till: SandboxPlace
    reversed_at: datetime | None = None
    #: Who used a coupon that several hold; None is its owner.
    by: int | None = None


def _moment(redemption: SandboxRedemption) -> tuple[datetime, int]:
    """When, to sort by: ids tell two within one second apart."""
    return redemption.at, redemption.id or 0


@dataclass(slots=True, kw_only=True, eq=False)
class SandboxCoupon:
    id: int
    code: str
    #: None is nobody in particular: whoever holds it may redeem it.
    owner: int | None
    description: str
    #: ABS or PERC.
    discount_type: str
    value: float
    #: The most a percentage takes off; 0 means no cap.
    upto: float = 0.0
    #: First instant at which it may no longer be redeemed.
    valid_until: datetime
    created: datetime
    #: Redemptions left; -1 means no limit.
    left: int = 1
    #: As the engine counts; the seeds show that it is neither `len(redemptions)` nor a limit less `left`.
    count: int = 0
    series_id: int = 840067
    transaction_number: str = "0"
    issued_at: SandboxPlace = MG_ROAD.store
    redemptions: list[SandboxRedemption] = field(default_factory=list)
    reversed: list[SandboxRedemption] = field(default_factory=list)
    custom_properties: tuple[tuple[str, str], ...] | None = None
    revoked: bool = False
    #: Whether the wire carries `validTillDateTime` and `reversedRedemptions`: older answers lack them.
    shows_end: bool = True
    shows_reversals: bool = True

    @property
    def last_redemption(self) -> SandboxRedemption | None:
        return max(self.redemptions, key=_moment, default=None)

    def may_be_of(self, customer: int) -> bool:
        return self.owner in {None, customer}

    def as_held_by(self, customer: int) -> "SandboxCoupon":
        """The coupon as one of several who hold it sees it: with their own uses only."""
        if self.owner is not None:
            return self
        own = [use for use in self.redemptions if use.by == customer]
        return replace(self, redemptions=own, count=len(own))

    def expired(self, now: datetime) -> bool:
        return now >= self.valid_until

    def redeemable(self, now: datetime) -> bool:
        return not self.expired(now) and self.left != 0 and not self.revoked

    def has_status(self, status: str, now: datetime) -> bool:
        """Whether one of the engine's status words applies (docs: get-customer-coupons-basic)."""
        if status == "REDEEMABLE":
            return self.redeemable(now)
        facts = {
            "ACTIVE": not self.expired(now),
            "EXPIRED": self.expired(now),
            "REDEEMED": bool(self.redemptions),
            "UNREDEEMED": not self.redemptions,
        }
        return all(facts[word] for word in status.split("_"))

    def book(self, redemption: SandboxRedemption) -> None:
        self.redemptions.append(redemption)
        self.count += 1
        if self.left > 0:
            self.left -= 1

    def unbook(self, redemption: SandboxRedemption, reversal: SandboxRedemption) -> None:
        self.redemptions.remove(redemption)
        self.reversed.append(reversal)
        self.count -= 1
        if self.left >= 0:
            self.left += 1


class Wallet(Protocol):
    """The coupons of one customer, newest first."""

    def __len__(self) -> int: ...

    def at(self, index: int) -> SandboxCoupon: ...

    def find(self, code: str) -> SandboxCoupon | None: ...

    def indices(self, keep: Callable[[SandboxCoupon], bool]) -> Sequence[int]: ...

    def redemptions(self, *, newest_first: bool) -> Iterator[tuple[SandboxCoupon, SandboxRedemption]]: ...


def _booked(
    coupons: Sequence[SandboxCoupon], *, newest_first: bool
) -> list[tuple[SandboxCoupon, SandboxRedemption]]:
    pairs = [(coupon, redemption) for coupon in coupons for redemption in coupon.redemptions]
    return sorted(pairs, key=lambda pair: _moment(pair[1]), reverse=newest_first)


class ListWallet:
    def __init__(self) -> None:
        self._coupons: list[SandboxCoupon] = []

    def __len__(self) -> int:
        return len(self._coupons)

    def at(self, index: int) -> SandboxCoupon:
        return self._coupons[index]

    def find(self, code: str) -> SandboxCoupon | None:
        return next((coupon for coupon in self._coupons if coupon.code.casefold() == code.casefold()), None)

    def indices(self, keep: Callable[[SandboxCoupon], bool]) -> Sequence[int]:
        return [index for index, coupon in enumerate(self._coupons) if keep(coupon)]

    def redemptions(self, *, newest_first: bool) -> Iterator[tuple[SandboxCoupon, SandboxRedemption]]:
        return iter(_booked(self._coupons, newest_first=newest_first))

    def add(self, coupon: SandboxCoupon) -> None:
        """Put a new coupon before the ones that are not newer."""
        older = (index for index, other in enumerate(self._coupons) if other.created <= coupon.created)
        self._coupons.insert(next(older, len(self._coupons)), coupon)

    def append(self, coupon: SandboxCoupon) -> None:
        """Put a coupon last: the seeds keep their page's order, whatever their dates say."""
        self._coupons.append(coupon)


class SeriesWallet:
    """
    Many coupons, generated from their index when they are read, so that a page costs only a page.

    Of every ten: 0-6 open, 7 used, 8 expired, 9 used and expired. What is true of one coupon is true
    of every tenth one, except of those that were found by their code and may have changed since.
    """

    def __init__(self, *, owner: int, size: int, prefix: str, first_id: int, now: datetime) -> None:
        self._owner = owner
        self._size = size
        self._prefix = prefix
        self._first_id = first_id
        self._now = now.replace(microsecond=0)
        self._touched: dict[int, SandboxCoupon] = {}

    def __len__(self) -> int:
        return self._size

    def at(self, index: int) -> SandboxCoupon:
        return self._touched.get(index) or self._made(index)

    def find(self, code: str) -> SandboxCoupon | None:
        prefix, number = code[: len(self._prefix)], code[len(self._prefix) :]
        if (
            prefix.casefold() != self._prefix.casefold()
            or len(number) != 6
            or not (number.isascii() and number.isdecimal())
        ):
            return None
        index = int(number)
        return self._touched.setdefault(index, self._made(index)) if index < self._size else None

    def indices(self, keep: Callable[[SandboxCoupon], bool]) -> Sequence[int]:
        kept = {digit for digit in range(10) if keep(self._made(digit))}
        touched = {index: keep(coupon) for index, coupon in self._touched.items()}
        return [index for index in range(self._size) if touched.get(index, index % 10 in kept)]

    def redemptions(self, *, newest_first: bool) -> Iterator[tuple[SandboxCoupon, SandboxRedemption]]:
        made = self._made_redemptions(newest_first=newest_first)
        touched = _booked(list(self._touched.values()), newest_first=newest_first)
        return heapq.merge(made, touched, key=lambda pair: _moment(pair[1]), reverse=newest_first)

    def _made_redemptions(self, *, newest_first: bool) -> Iterator[tuple[SandboxCoupon, SandboxRedemption]]:
        order = range(self._size) if newest_first else reversed(range(self._size))
        for index in order:
            if index % 10 in {7, 9} and index not in self._touched:
                coupon = self._made(index)
                yield coupon, coupon.redemptions[0]

    def _made(self, index: int) -> SandboxCoupon:
        used, gone = index % 10 in {7, 9}, index % 10 in {8, 9}
        created = self._now - timedelta(minutes=10 * index + 60)
        coupon = SandboxCoupon(
            id=self._first_id + index,
            code=f"{self._prefix}{index:06d}",
            owner=self._owner,
            description=f"Voucher number {index}",
            discount_type="ABS",
            value=100.0 + index % 10,
            valid_until=self._now + timedelta(days=-1 if gone else 365),
            created=created,
        )
        if used:
            coupon.book(self._made_redemption(index, created + timedelta(minutes=5)))
        return coupon

    def _made_redemption(self, index: int, at: datetime) -> SandboxRedemption:
        bill = f"{self._prefix}-BILL-{index}"
        till = SandboxPlace(MG_ROAD.code, MG_ROAD.name)
        return SandboxRedemption(id=self._first_id + index, at=at, bill=bill, store=MG_ROAD.store, till=till)
