"""The sandbox engine's customers and their coupons, and redeeming."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import TypedDict, Unpack

from bot.sandbox.engine.coupons import (
    DESK,
    MG_ROAD,
    TILLS,
    ListWallet,
    SandboxCoupon,
    SandboxPlace,
    SandboxRedemption,
    SandboxTill,
    SeriesWallet,
    Wallet,
)
from bot.sandbox.engine.hidden_uses import HiddenUses


class RefusedError(Exception):
    """The engine says no, with a code of its own (docs: coupon-apis)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxReversal:
    id: int
    points: int
    at: datetime
    till_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRedemption:
    #: Six characters: the key that a reversal needs (docs: get-customer-redemptions).
    id: str
    points: int
    at: datetime
    bill: str
    till: SandboxTill
    reversals: tuple[SandboxReversal, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class SandboxCustomer:
    id: int
    firstname: str
    lastname: str
    mobile: str
    email: str | None = None
    external_id: str | None = None
    wallet: Wallet = field(default_factory=ListWallet)
    points: list[PointsRedemption] = field(default_factory=list)


class CouponTerms(TypedDict, total=False):
    """Options of a new coupon."""

    #: ABS or PERC, with `upto` as the cap of a percentage; 0 is no cap.
    discount_type: str
    value: float
    upto: float
    #: How often it may be redeemed; -1 means no limit.
    uses: int
    #: Valid to the end of the day that lies so far ahead; `valid_until` is the exact end instead.
    valid_for: timedelta
    valid_until: datetime
    created: datetime
    description: str


class Customers:
    """The state of the engine. Codes are compared without case; a code belongs to one customer, or to nobody in particular."""

    def __init__(self, *, now: Callable[[], datetime], zone: tzinfo) -> None:
        self._now = now
        self.zone = zone
        self._by_id: dict[int, SandboxCustomer] = {}
        self._by_code: dict[str, SandboxCoupon] = {}
        self._customer_ids = itertools.count(710_000_001)
        self._coupon_ids = itertools.count(1_320_000_001)
        self._redemption_ids = itertools.count(20_000_001)
        self.hidden = HiddenUses()

    def now(self) -> datetime:
        """The time by the engine's clock, in its zone, to the second as the wire carries it."""
        return self._now().astimezone(self.zone).replace(microsecond=0)

    # Who

    def add_customer(
        self,
        mobile: str,
        *,
        firstname: str = "Test",
        lastname: str = "Customer",
        customer_id: int | None = None,
        email: str | None = None,
        external_id: str | None = None,
    ) -> SandboxCustomer:
        customer = SandboxCustomer(
            id=next(self._customer_ids) if customer_id is None else customer_id,
            firstname=firstname,
            lastname=lastname,
            mobile=mobile,
            email=email,
            external_id=external_id,
        )
        self._by_id[customer.id] = customer
        return customer

    def by_id(self, customer_id: int) -> SandboxCustomer | None:
        return self._by_id.get(customer_id)

    def find(self, kind: str, value: str) -> SandboxCustomer | None:
        """Find a customer by id, mobile, email or externalId; a mobile may lack the country code."""
        everyone = self._by_id.values()
        match kind:
            case "id":
                return self._by_id.get(int(value)) if value.isdecimal() else None
            case "mobile":
                return next((one for one in everyone if one.mobile in {value, f"91{value}"}), None)
            case "email":
                folded = value.casefold()
                return next((one for one in everyone if one.email and one.email.casefold() == folded), None)
            case _:
                return next((one for one in everyone if value and one.external_id == value), None)

    # What they hold

    def add_coupon(self, customer: SandboxCustomer, code: str, **terms: Unpack[CouponTerms]) -> SandboxCoupon:
        """Issue a coupon: 100 off, once, for thirty days, unless the terms say otherwise."""
        last = self.now() + terms.get("valid_for", timedelta(days=30))
        coupon = SandboxCoupon(
            id=next(self._coupon_ids),
            code=code,
            owner=customer.id,
            description=terms.get("description", "A coupon"),
            discount_type=terms.get("discount_type", "ABS"),
            value=terms.get("value", 100.0),
            upto=terms.get("upto", 0.0),
            valid_until=terms.get("valid_until", last.replace(hour=23, minute=59, second=59)),
            created=terms.get("created", self.now()),
            left=terms.get("uses", 1),
        )
        return self.hold(customer, coupon)

    def hold(self, customer: SandboxCustomer, coupon: SandboxCoupon, *, last: bool = False) -> SandboxCoupon:
        """Put a coupon into a wallet: by its date, or last."""
        if not isinstance(customer.wallet, ListWallet) or self.coupon(coupon.code):
            message = "a generated wallet takes no coupon, and a code belongs to one customer"
            raise ValueError(message)
        (customer.wallet.append if last else customer.wallet.add)(coupon)
        self._by_code[coupon.code.casefold()] = coupon
        return coupon

    def share(self, coupon: SandboxCoupon, *others: SandboxCustomer) -> None:
        """From now on these hold it, too, and it belongs to nobody in particular."""
        coupon.redemptions = [replace(use, by=use.by or coupon.owner) for use in coupon.redemptions]
        coupon.owner = None
        for other in others:
            if isinstance(other.wallet, ListWallet):
                other.wallet.add(coupon)

    def fill(self, customer: SandboxCustomer, *, size: int, prefix: str, first_id: int) -> None:
        """Give a customer a generated wallet: codes are the prefix and six digits, 000000 the newest."""
        customer.wallet = SeriesWallet(
            owner=customer.id, size=size, prefix=prefix, first_id=first_id, now=self.now()
        )

    def coupon(self, code: str) -> SandboxCoupon | None:
        listed = self._by_code.get(code.casefold())
        if listed is not None:
            return listed
        wallets = [one.wallet for one in self._by_id.values() if isinstance(one.wallet, SeriesWallet)]
        return next((coupon for wallet in wallets if (coupon := wallet.find(code))), None)

    def add_points(
        self,
        customer: SandboxCustomer,
        points: int,
        *,
        at: datetime,
        bill: str = "",
        reversed_points: int = 0,
    ) -> PointsRedemption:
        number = next(self._redemption_ids)
        reversal = SandboxReversal(
            id=number, points=reversed_points, at=at + timedelta(days=1), till_id=MG_ROAD.id
        )
        redemption = PointsRedemption(
            id=f"P{number % 100_000:05d}",
            points=points,
            at=at,
            bill=bill,
            till=MG_ROAD,
            reversals=(reversal,) if reversed_points else (),
        )
        customer.points.append(redemption)
        return redemption

    # What happens to it

    def refusal(self, customer: SandboxCustomer, code: str) -> RefusedError | None:
        """Why this customer may not redeem this code now; None if they may."""
        coupon = self.coupon(code)
        if coupon is None:
            return RefusedError(719, "Coupon code does not exist")
        if not coupon.may_be_of(customer.id):
            return RefusedError(703, "Coupon is not issued to this customer")
        if coupon.revoked:
            return RefusedError(660, "Coupon has been revoked")
        if coupon.left == 0:
            used = RefusedError(711, "Coupon is already used")
            return used if coupon.count <= 1 else RefusedError(728, "Maximum redemptions reached")
        if coupon.expired(self._now()):
            return RefusedError(713, "Coupon has expired")
        return None

    def redeem(
        self, customer: SandboxCustomer, code: str, *, bill: str, till: SandboxTill = DESK
    ) -> SandboxRedemption:
        """Redeem once; raises RefusedError."""
        refusal = self.refusal(customer, code)
        coupon = self.coupon(code)
        if refusal is not None or coupon is None:
            raise refusal or AssertionError
        return self.book(coupon, bill=bill, till=till, by=customer.id if coupon.owner is None else None)

    def redeem_at_till(
        self, code: str, bill: str, *, till: SandboxTill = MG_ROAD, by: SandboxCustomer | None = None
    ) -> SandboxRedemption:
        """Redeem in a shop, past the API: by its owner, or by one who holds it, too; raises RefusedError."""
        coupon = self.coupon(code)
        owner = self._by_id.get(coupon.owner) if coupon is not None and coupon.owner is not None else by
        if owner is None:
            raise RefusedError(719, "Coupon code does not exist")
        return self.redeem(owner, code, bill=bill, till=till)

    def book(
        self,
        coupon: SandboxCoupon,
        *,
        bill: str,
        till: SandboxTill,
        at: datetime | None = None,
        by: int | None = None,
    ) -> SandboxRedemption:
        """Record a redemption without checking whether it is allowed."""
        redemption = SandboxRedemption(
            id=next(self._redemption_ids),
            at=self.now() if at is None else at,
            bill=bill,
            store=till.store,
            till=SandboxPlace(till.code, till.name),
            by=by,
        )
        coupon.book(redemption)
        return redemption

    def reverse(self, code: str, *, at: datetime | None = None) -> SandboxRedemption:
        """Take the coupon's last redemption back."""
        coupon = self.coupon(code)
        redemption = coupon.last_redemption if coupon else None
        if coupon is None or redemption is None:
            raise RefusedError(510, "Invalid redemption ids")
        reversal = replace(redemption, reversed_at=self.now() if at is None else at)
        coupon.unbook(redemption, reversal)
        return reversal

    def revoke(self, code: str) -> None:
        coupon = self.coupon(code)
        if coupon is None:
            raise RefusedError(702, "Invalid coupon code")
        coupon.revoked = True


def till_by_code(code: str) -> SandboxTill | None:
    return next((till for till in TILLS.values() if till.code == code), None)
