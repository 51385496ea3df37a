"""What `Engine`, `RedeemEngine` and `HistoryEngine` promise, of the fake and of the sandbox engine over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

import pytest

from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.history import CapillaryHistory
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.capillary.transport import Transport
from bot.domain.answer import NotSent, Redeemed, Refused, Unclear
from bot.domain.coupon import CouponCode, Discount, DiscountKind, Use, UsesLeft
from bot.domain.customer import Customer, CustomerId, Identifier, IdentifierKind, by_id
from bot.domain.errors import EngineError, UnknownCustomer
from bot.domain.history import HistoryKind, HistoryQuery
from bot.domain.lookup import PAGE_SIZE, Filter
from bot.domain.promotions import Mode, PromoCode, PromotionUse
from bot.domain.redemption import Doubt, Stop
from bot.domain.refusal import Refusal
from bot.sandbox.engine.capillary import COUPON, COUPONS, HISTORY, IS_REDEEMABLE, REDEEM, SandboxEngine
from bot.sandbox.engine.coupons import DESK, MG_ROAD
from bot.sandbox.engine.customers import SandboxCustomer
from bot.sandbox.engine.faults import Drop, DropAfter, Fault, Status
from bot.services.ports import Engine, HistoryEngine, Order, PageQuery, RedeemEngine
from tests.adapters.capillary.conftest import client, engine, http, transport
from tests.adapters.capillary.redeeming import redeeming_at
from tests.adapters.capillary.wired import KOLKATA, NOW
from tests.fakes.coupons import FakeCoupon, Says
from tests.fakes.engine import FakeEngine
from tests.fakes.reads import Read

# The fixtures of the real one.
__all__ = ["client", "engine", "http", "transport"]

LATHA = Customer(id=CustomerId("910000001"), name="Latha Pillai", mobile="919800000001")
MANI = Customer(id=CustomerId("910000002"), name="Mani Das", mobile="919800000002")
MOBILE = Identifier(kind=IdentifierKind.MOBILE, value="919800000001")
NOBODY = Identifier(kind=IdentifierKind.MOBILE, value="919899999999")
ONCE, THRICE, OFTEN, NONE = (CouponCode(code) for code in ("Once-1", "Thrice-3", "Often-0", "None-9"))
NEWEST = PageQuery(filter=Filter.ALL, oldest_first=False, offset=0)
TODAY = date(2025, 9, 1)
EVER = HistoryQuery()


class Shop(Protocol):
    """Two customers, the first with coupons, and what happens to them beside the desk."""

    @property
    def reads(self) -> Engine: ...

    @property
    def redeeming(self) -> RedeemEngine: ...

    @property
    def history(self) -> HistoryEngine: ...

    def coupon(self, code: CouponCode, worth: int = 100, left: int | None = 1) -> None:
        """Issue one more to the first customer."""
        ...

    def used_at_a_till(self, code: CouponCode, bill: str) -> None: ...

    def promotion(self, code: str, mode: Mode) -> None:
        """Record a redemption of a cart promotion at MG Road."""
        ...

    def says(self, says: Says, code: CouponCode) -> None:
        """To the next redeem call."""
        ...

    def fails(self) -> None:
        """From now on no read of coupons or of what was redeemed works."""
        ...


@dataclass(slots=True)
class Fake:
    engine: FakeEngine = field(default_factory=lambda: FakeEngine(now=lambda: NOW))

    def __post_init__(self) -> None:
        self.engine.knows(LATHA, MANI)
        self.engine.tills[str(MG_ROAD.id)] = MG_ROAD.name

    @property
    def reads(self) -> Engine:
        return self.engine

    @property
    def redeeming(self) -> RedeemEngine:
        return self.engine

    @property
    def history(self) -> HistoryEngine:
        return self.engine

    def coupon(self, code: CouponCode, worth: int = 100, left: int | None = 1) -> None:
        self.engine.holds(FakeCoupon(code, Decimal(worth), left, LATHA))

    def used_at_a_till(self, code: CouponCode, bill: str) -> None:
        self.engine.use(code, bill=bill, till=MG_ROAD.code)

    def promotion(self, code: str, mode: Mode) -> None:
        use = PromotionUse(
            id="1",
            promotion="Festival",
            code=code,
            at=NOW,
            customer=None,
            receipt=None,
            till=str(MG_ROAD.id),
            discount=Decimal(90),
            amount=Decimal(450),
            scope=None,
        )
        self.engine.promotions[mode] = (*self.engine.promotions.get(mode, ()), use)

    def says(self, says: Says, code: CouponCode) -> None:
        self.engine.next_answer[code] = says

    def fails(self) -> None:
        self.engine.unreadable |= {Read.COUPON, Read.USES, Read.HISTORY}


#: How the sandbox engine is made to do it.
FAULTS: Mapping[Says, Fault] = {Says.YES_LOST: DropAfter(), Says.LOST: Drop(), Says.BUSY: Status(429)}


@dataclass(slots=True)
class Real:
    engine: SandboxEngine
    reads: CapillaryEngine
    redeeming: CapillaryRedeeming
    history: CapillaryHistory
    latha: SandboxCustomer
    issued: int = 0

    def coupon(self, code: CouponCode, worth: int = 100, left: int | None = 1) -> None:
        self.issued += 1
        created = self.engine.customers.now() + timedelta(seconds=self.issued)
        self.engine.customers.add_coupon(
            self.latha, code, value=float(worth), uses=-1 if left is None else left, created=created
        )

    def used_at_a_till(self, code: CouponCode, bill: str) -> None:
        self.engine.customers.redeem_at_till(code, bill)

    def promotion(self, code: str, mode: Mode) -> None:
        wire = {Mode.DISCOUNT: "DISCOUNT", Mode.PAYMENT: "PAYMENT_VOUCHER"}[mode]
        self.engine.promotions.add(code, name="Festival", discount=90, amount=450, mode=wire)

    def says(self, says: Says, code: CouponCode) -> None:
        del code
        if says in FAULTS:
            self.engine.faults.add(FAULTS[says], path=REDEEM)

    def fails(self) -> None:
        for path in (COUPON, COUPONS, HISTORY, IS_REDEEMABLE):
            self.engine.faults.add(Status(400), path=path, times=None)


@pytest.fixture
def real(engine: SandboxEngine, client: CapillaryEngine, transport: Transport) -> Real:
    added = [
        engine.customers.add_customer(
            one.mobile or "", customer_id=int(one.id), firstname=first, lastname=last
        )
        for one, (first, last) in ((LATHA, ("Latha", "Pillai")), (MANI, ("Mani", "Das")))
    ]
    history = CapillaryHistory(transport, KOLKATA)
    return Real(engine, client, redeeming_at(engine, transport), history, added[0])


@pytest.fixture(params=["fake", "http"])
def shop(request: pytest.FixtureRequest) -> Shop:
    if request.param == "fake":
        return Fake()
    real: Real = request.getfixturevalue("real")
    return real


def order(code: CouponCode = ONCE, **given: object) -> Order:
    usual = Order(customer=LATHA.id, named=MOBILE, code=code, bill=Decimal(1000), bill_number="CD-1")
    return replace(usual, **given)  # type: ignore[arg-type]  # any of its fields


async def redeemed(shop: Shop, code: CouponCode = ONCE, bill_number: str = "CD-1") -> str:
    """Redeem; returns the redemption's id."""
    answer = await shop.redeeming.redeem(order(code, bill_number=bill_number), begin_within_s=9.0)
    assert isinstance(answer, Redeemed)
    assert answer.redemption_id is not None
    return answer.redemption_id


def told(uses: tuple[Use, ...]) -> list[tuple[str | None, str | None]]:
    return [(use.bill, use.till) for use in uses]


# Customers and their coupons


@pytest.mark.parametrize("named", [MOBILE, by_id(LATHA.id)], ids=["mobile", "id"])
async def test_the_newest_coupons_of_a_customer_come_first(shop: Shop, named: Identifier) -> None:
    for code in (ONCE, THRICE):
        shop.coupon(code)

    page = await shop.reads.coupons(named, NEWEST)

    assert page.customer == LATHA
    assert ([one.code for one in page.coupons], page.total) == ([THRICE, ONCE], 2)
    oldest = await shop.reads.coupons(named, replace(NEWEST, oldest_first=True))
    assert [one.code for one in oldest.coupons] == [ONCE, THRICE]


async def test_a_page_has_ten_and_the_total_is_of_all(shop: Shop) -> None:
    for number in range(PAGE_SIZE + 2):
        shop.coupon(CouponCode(f"C{number:02}"))

    page = await shop.reads.coupons(MOBILE, replace(NEWEST, offset=PAGE_SIZE))

    assert [one.code for one in page.coupons] == ["C01", "C00"]
    assert (page.offset, page.total) == (PAGE_SIZE, PAGE_SIZE + 2)


async def test_a_customer_without_coupons_is_known(shop: Shop) -> None:
    page = await shop.reads.coupons(MOBILE, NEWEST)

    assert page.customer is not None
    assert (page.customer.id, page.coupons, page.total) == (LATHA.id, (), 0)


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        (Filter.REDEEMABLE, [OFTEN]),
        (Filter.REDEEMED, [ONCE]),
        (Filter.ACTIVE, [OFTEN, ONCE]),
        (Filter.EXPIRED, []),
    ],
)
async def test_a_filter_leaves_out_what_it_says(shop: Shop, chosen: Filter, shown: list[str]) -> None:
    shop.coupon(ONCE)
    shop.coupon(OFTEN, left=None)
    shop.used_at_a_till(ONCE, "B-1")

    page = await shop.reads.coupons(MOBILE, replace(NEWEST, filter=chosen))

    assert [one.code for one in page.coupons] == shown


async def test_a_customer_is_found_by_mobile_and_by_id(shop: Shop) -> None:
    assert await shop.reads.customer_id(MOBILE) == LATHA.id
    assert await shop.reads.customer_id(by_id(LATHA.id)) == LATHA.id
    assert (await shop.redeeming.customer(LATHA.id)).id == LATHA.id


async def test_somebody_whom_the_engine_does_not_know_is_unknown(shop: Shop) -> None:
    stranger = CustomerId("919999999")
    for ask in (
        shop.reads.coupons(NOBODY, NEWEST),
        shop.reads.customer_id(NOBODY),
        shop.redeeming.customer(stranger),
        shop.history.history(stranger, EVER, NOW),
    ):
        with pytest.raises(UnknownCustomer):
            await ask


# One coupon


async def test_a_coupon_that_may_be_redeemed(shop: Shop) -> None:
    shop.coupon(THRICE, worth=250, left=3)
    shop.used_at_a_till(THRICE, "B-1")

    check = await shop.reads.redeemability(LATHA.id, CouponCode(THRICE.upper()))

    assert (check.redeemable, check.refusal) == (True, None)
    assert check.discount == Discount(kind=DiscountKind.AMOUNT, value=Decimal(250))
    assert (check.uses_left, check.used_by_customer) == (UsesLeft(2), 1)
    assert check.customer == LATHA


@pytest.mark.parametrize("kind", [IdentifierKind.MOBILE, IdentifierKind.ID])
async def test_the_same_check_by_another_name_of_the_customer_says_who_was_meant(
    shop: Shop, kind: IdentifierKind
) -> None:
    shop.coupon(THRICE, worth=250, left=3)
    value = LATHA.mobile if kind is IdentifierKind.MOBILE else LATHA.id
    assert value is not None

    check = await shop.reads.redeemability_as_named(Identifier(kind=kind, value=value), THRICE)

    assert check.customer is not None
    assert (check.redeemable, check.customer.id) == (True, LATHA.id)


async def test_a_check_for_somebody_unknown_is_a_no(shop: Shop) -> None:
    shop.coupon(THRICE)
    nobody = Identifier(kind=IdentifierKind.MOBILE, value="919999999999")

    assert not (await shop.reads.redeemability_as_named(nobody, THRICE)).redeemable


async def test_a_coupon_without_a_limit_never_runs_out(shop: Shop) -> None:
    shop.coupon(OFTEN, left=None)
    shop.used_at_a_till(OFTEN, "B-1")

    assert (await shop.reads.redeemability(LATHA.id, OFTEN)).uses_left == UsesLeft(None)


@pytest.mark.parametrize(
    ("customer", "code", "refusal"),
    [
        (LATHA.id, ONCE, Refusal.ALREADY_USED),
        (MANI.id, ONCE, Refusal.NOT_THEIRS),
        (LATHA.id, NONE, Refusal.NO_SUCH_COUPON),
        (CustomerId("919999999"), ONCE, Refusal.NO_SUCH_CUSTOMER),
    ],
    ids=str,
)
async def test_why_a_coupon_may_not_be_redeemed(
    shop: Shop, customer: CustomerId, code: CouponCode, refusal: Refusal
) -> None:
    shop.coupon(ONCE)
    shop.used_at_a_till(ONCE, "B-1")

    check = await shop.reads.redeemability(customer, code)

    assert (check.redeemable, check.refusal) == (False, refusal)


async def test_a_record_names_owner_and_last_use(shop: Shop) -> None:
    shop.coupon(THRICE, left=3)
    fresh = await shop.reads.coupon_record(CouponCode(THRICE.lower()))
    for bill in ("B-1", "B-2"):
        shop.used_at_a_till(THRICE, bill)
    used = await shop.reads.coupon_record(THRICE)

    assert fresh is not None
    assert (fresh.code, fresh.belongs_to(LATHA.id), fresh.last_use) == (THRICE, True, None)
    assert used is not None
    assert used.id == fresh.id
    assert used.last_use is not None
    assert used.last_use.bill == "B-2"


async def test_a_coupon_that_is_not_there_has_no_record(shop: Shop) -> None:
    assert await shop.reads.coupon_record(NONE) is None


# Redeeming


async def test_what_is_redeemed_is_told_with_its_id_and_found_again(shop: Shop) -> None:
    shop.coupon(ONCE)

    redemption_id = await redeemed(shop)

    (use,) = await shop.redeeming.uses(LATHA.id, ONCE, since=TODAY, single=True)
    assert (use.id, use.bill) == (redemption_id, "CD-1")
    (listed,) = await shop.redeeming.uses(LATHA.id, ONCE, since=TODAY, single=False)
    assert (listed.id, listed.till, listed.by) == (redemption_id, shop.redeeming.till, LATHA.id)


@pytest.mark.parametrize(
    ("customer", "code", "refusal"),
    [
        (LATHA, ONCE, Refusal.ALREADY_USED),
        (MANI, ONCE, Refusal.NOT_THEIRS),
        (LATHA, NONE, Refusal.NO_SUCH_COUPON),
    ],
    ids=["used", "another's", "none"],
)
async def test_a_no_says_why(shop: Shop, customer: Customer, code: CouponCode, refusal: Refusal) -> None:
    shop.coupon(ONCE)
    shop.used_at_a_till(ONCE, "B-1")
    named = replace(MOBILE, value=customer.mobile or "")

    answer = await shop.redeeming.redeem(order(code, customer=customer.id, named=named), begin_within_s=9.0)

    assert isinstance(answer, Refused)
    assert answer.refusal is refusal
    assert len(await shop.redeeming.uses(LATHA.id, ONCE, since=TODAY, single=False)) == 1


async def test_a_customer_who_is_named_by_an_id_alone_is_not_sent(shop: Shop) -> None:
    shop.coupon(ONCE)

    answer = await shop.redeeming.redeem(order(named=by_id(LATHA.id)), begin_within_s=9.0)

    assert answer == NotSent(stop=Stop.NO_IDENTIFIER)


@pytest.mark.parametrize(("says", "uses"), [(Says.YES_LOST, 1), (Says.LOST, 0)])
async def test_an_answer_that_is_lost_is_unclear(shop: Shop, says: Says, uses: int) -> None:
    shop.coupon(ONCE)
    shop.says(says, ONCE)

    answer = await shop.redeeming.redeem(order(), begin_within_s=9.0)

    assert isinstance(answer, Unclear)
    assert answer.doubt in {Doubt.TIMED_OUT, Doubt.INTERRUPTED}
    assert len(await shop.redeeming.uses(LATHA.id, ONCE, since=TODAY, single=False)) == uses


async def test_a_busy_engine_has_not_worked_on_it(shop: Shop) -> None:
    shop.coupon(ONCE)
    shop.says(Says.BUSY, ONCE)

    answer = await shop.redeeming.redeem(order(), begin_within_s=9.0)

    assert isinstance(answer, NotSent)
    assert answer.stop is Stop.BUSY
    await redeemed(shop)


# What was redeemed


async def test_every_redemption_of_the_coupon_has_its_bill_and_its_till(shop: Shop) -> None:
    shop.coupon(THRICE, left=3)
    shop.used_at_a_till(THRICE, "B-1")
    await redeemed(shop, THRICE)

    uses = await shop.redeeming.uses(LATHA.id, THRICE, since=TODAY, single=False)

    assert sorted(told(uses)) == [("B-1", MG_ROAD.code), ("CD-1", DESK.code)]
    assert await shop.redeeming.uses(LATHA.id, THRICE, since=TODAY + timedelta(days=1), single=False) == ()


async def test_of_another_customer_only_the_last_use_is_known(shop: Shop) -> None:
    shop.coupon(THRICE, left=3)
    for bill in ("B-1", "B-2"):
        shop.used_at_a_till(THRICE, bill)

    theirs = await shop.redeeming.uses(MANI.id, THRICE, since=TODAY, single=False)

    assert [use.bill for use in theirs] == ["B-2"]
    assert await shop.redeeming.uses(MANI.id, THRICE, since=TODAY, single=False, listed=True) == ()


async def test_the_record_of_a_coupon_that_is_not_there_tells_nothing(shop: Shop) -> None:
    with pytest.raises(EngineError):
        await shop.redeeming.uses(LATHA.id, NONE, since=TODAY, single=True)
    assert await shop.redeeming.uses(LATHA.id, NONE, since=TODAY, single=False) == ()


async def test_a_history_is_of_one_customer_and_kind(shop: Shop) -> None:
    shop.coupon(ONCE, worth=250)
    shop.used_at_a_till(ONCE, "B-1")

    history = await shop.history.history(LATHA.id, EVER, NOW)

    assert (history.id, history.cut) == (LATHA.id, False)
    assert [(use.code, use.bill, use.discount.value) for use in history.coupons] == [
        (ONCE.upper(), "B-1", Decimal(250))
    ]
    points = await shop.history.history(LATHA.id, HistoryQuery(kind=HistoryKind.POINTS), NOW)
    assert points.coupons == ()
    assert (await shop.history.history(MANI.id, EVER, NOW)).coupons == ()


async def test_a_promotion_has_the_redemptions_of_its_code_and_mode(shop: Shop) -> None:
    shop.promotion("DIWALI", Mode.DISCOUNT)
    shop.promotion("OTHER", Mode.DISCOUNT)

    found = await shop.history.promotion_uses((PromoCode("DIWALI"), PromoCode("NONE")), Mode.DISCOUNT)
    none = await shop.history.promotion_uses((PromoCode("DIWALI"),), Mode.PAYMENT)

    assert found.known == {"DIWALI"}
    assert [(use.code, use.till, use.discount) for use in found.uses] == [
        ("DIWALI", str(MG_ROAD.id), Decimal(90))
    ]
    assert (none.known, none.uses) == (frozenset(), ())


async def test_a_till_has_a_name_or_is_not_there(shop: Shop) -> None:
    assert await shop.history.till_name(str(MG_ROAD.id)) == MG_ROAD.name
    assert await shop.history.till_name("1") is None


async def test_what_cannot_be_read_raises(shop: Shop) -> None:
    shop.coupon(ONCE)
    shop.fails()

    for ask in (
        shop.reads.redeemability(LATHA.id, ONCE),
        shop.reads.coupon_record(ONCE),
        shop.redeeming.uses(LATHA.id, ONCE, since=TODAY, single=True),
        shop.redeeming.uses(LATHA.id, ONCE, since=TODAY, single=False),
        shop.history.history(LATHA.id, EVER, NOW),
    ):
        with pytest.raises(EngineError):
            await ask
