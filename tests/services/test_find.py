"""One coupon by its code: what the check and the record say together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from bot.domain.coupon import CouponCode, CouponRecord, Redeemability
from bot.domain.customer import Customer, by_id
from bot.domain.errors import EngineFault, UnknownCustomer
from bot.domain.finding import Verdict, judge
from bot.domain.refusal import Refusal
from bot.services.lookup import Caching, FindCoupon
from tests.fakes.coupons import FakeCoupon
from tests.fakes.engine import FakeEngine
from tests.services.shelf import ABC, ASHA, MOBILE, RAVI, no, record, yes
from tests.tables import table


@pytest.fixture
def find(shelf: FakeEngine, now: Callable[[], datetime], caching: Caching) -> FindCoupon:
    return FindCoupon(shelf, now, caching)


@pytest.mark.parametrize(
    ("check", "owner", "verdict", "shown"),
    [
        # The check says yes: whatever the record says, it may be redeemed.
        (yes(), ASHA, Verdict.REDEEMABLE, True),
        (yes(), "nobody", Verdict.REDEEMABLE, True),
        (yes(), RAVI, Verdict.REDEEMABLE, False),
        (yes(), None, Verdict.REDEEMABLE, False),
        # The record names the owner.
        (no(Refusal.ALREADY_USED), ASHA, Verdict.NOT_REDEEMABLE, True),
        (no(Refusal.NOT_THEIRS), ASHA, Verdict.NOT_REDEEMABLE, True),
        (no(Refusal.NO_SUCH_COUPON), ASHA, Verdict.NOT_REDEEMABLE, True),
        (no(Refusal.OTHER), ASHA, Verdict.NOT_REDEEMABLE, True),
        # It is another's: neither whose nor what became of it is said.
        (no(Refusal.ALREADY_USED), RAVI, Verdict.NOT_THEIRS, False),
        (no(Refusal.NOT_THEIRS), RAVI, Verdict.NOT_THEIRS, False),
        (no(Refusal.NO_SUCH_COUPON), RAVI, Verdict.NOT_THEIRS, False),
        (no(Refusal.OTHER), RAVI, Verdict.NOT_THEIRS, False),
        # Issued to nobody in particular.
        (no(Refusal.ALREADY_USED), "nobody", Verdict.NOT_REDEEMABLE, True),
        (no(Refusal.NOT_THEIRS), "nobody", Verdict.NOT_THEIRS, False),
        (no(Refusal.NO_SUCH_COUPON), "nobody", Verdict.NOT_REDEEMABLE, True),
        (no(Refusal.OTHER), "nobody", Verdict.NOT_REDEEMABLE, True),
        # No record.
        (no(Refusal.ALREADY_USED), None, Verdict.NOT_REDEEMABLE, False),
        (no(Refusal.NOT_THEIRS), None, Verdict.NOT_THEIRS, False),
        (no(Refusal.NO_SUCH_COUPON), None, Verdict.NO_SUCH_COUPON, False),
        (no(Refusal.OTHER), None, Verdict.NOT_REDEEMABLE, False),
    ],
)
async def test_a_finding_weighs_the_check_and_the_record(
    find: FindCoupon,
    shelf: FakeEngine,
    check: Redeemability,
    owner: Customer | str | None,
    verdict: Verdict,
    shown: bool,
) -> None:
    known = owner if isinstance(owner, Customer) else None
    shelf.check, shelf.record = check, None if owner is None else record(known)
    found = (await find(MOBILE, ABC)).facts

    assert (found.verdict, found.record is not None) == (verdict, shown)
    assert found.customer.id == ASHA.id
    assert RAVI not in {found.customer, found.record.owner if found.record else None}


@table("refusal", [one for one in Refusal if one is not Refusal.NOT_THEIRS])
@table("found", [record(ASHA), record(None), None])
def test_any_other_refusal_of_the_check_is_kept(refusal: Refusal, found: CouponRecord | None) -> None:
    finding = judge(ASHA.id, ABC, no(refusal), found)
    gone = found is None and refusal is Refusal.NO_SUCH_COUPON

    assert finding.verdict is (Verdict.NO_SUCH_COUPON if gone else Verdict.NOT_REDEEMABLE)
    assert finding.check.refusal is refusal


async def test_a_customer_of_another_id_is_not_shown(find: FindCoupon, shelf: FakeEngine) -> None:
    shelf.check = yes(customer=RAVI)

    assert (await find(MOBILE, ABC)).facts.customer == Customer(id=ASHA.id)


async def test_the_name_comes_from_whichever_answer_has_it(find: FindCoupon, shelf: FakeEngine) -> None:
    shelf.record = record(ASHA)

    assert (await find(MOBILE, ABC)).facts.customer == ASHA


async def test_a_code_in_another_case_is_the_same_question(find: FindCoupon, shelf: FakeEngine) -> None:
    shelf.check = yes(ASHA)
    await find(MOBILE, CouponCode("abc"))
    await find(MOBILE, CouponCode("ABC"))

    assert sorted(shelf.calls) == ["coupon_record abc", "customer_id", "redeemability_as_named mobile abc"]


@pytest.mark.parametrize(
    ("typed", "known", "asked", "shown"),
    [
        ("½OFF", ("½OFF", "1⁄2OFF"), ["½OFF"], "½OFF"),
        ("½OFF", ("1⁄2OFF",), ["½OFF", "1⁄2OFF"], "1⁄2OFF"),
        ("ＳＡＶＥ 20", ("SAVE 20",), ["ＳＡＶＥ 20", "SAVE 20"], "SAVE 20"),
        ("SAVE  20", ("SAVE 20",), ["SAVE  20", "SAVE 20"], "SAVE 20"),
        ("SAVE20?", ("SAVE20",), ["SAVE20?", "SAVE20"], "SAVE20"),
        ("SAVE20!", ("SAVE20!", "SAVE20"), ["SAVE20!"], "SAVE20!"),
        ("½OFF", (), ["½OFF", "1⁄2OFF"], "½OFF"),
        ("SAVE20", (), ["SAVE20"], "SAVE20"),
        # The engine would read two codes.
        ("A，B", (), ["A，B"], "A，B"),
    ],
)
async def test_a_code_is_asked_for_as_it_was_typed_and_only_then_as_it_is_usually_spelt(
    now: Callable[[], datetime],
    caching: Caching,
    typed: str,
    known: tuple[str, ...],
    asked: list[str],
    shown: str,
) -> None:
    shelf = FakeEngine()
    shelf.knows(ASHA)
    for code in known:
        shelf.holds(FakeCoupon(CouponCode(code), Decimal(100), 1, ASHA))
    found = (await FindCoupon(shelf, now, caching)(MOBILE, CouponCode(typed))).facts

    assert found.code == shown
    checks = [call.split(" ", 2)[2] for call in shelf.calls if call.startswith("redeem")]
    assert list(dict.fromkeys(checks)) == asked


async def test_a_coupon_that_is_somebody_elses_is_not_looked_for_under_another_spelling(
    find: FindCoupon, shelf: FakeEngine
) -> None:
    shelf.check, shelf.record = no(Refusal.NO_SUCH_COUPON), record(RAVI)

    assert (await find(MOBILE, CouponCode("ABC?"))).facts.verdict is Verdict.NOT_THEIRS
    assert all("ABC?" in call for call in shelf.calls if call != "customer_id")


async def test_a_customer_of_another_number_than_the_one_asked_for_is_unknown(
    find: FindCoupon, shelf: FakeEngine
) -> None:
    shelf.check = yes(customer=replace(ASHA, mobile="19845012345"))

    with pytest.raises(UnknownCustomer):
        await find(MOBILE, ABC)


async def test_a_refresh_also_replaces_what_was_found_for_the_customer_by_another_name(
    find: FindCoupon, shelf: FakeEngine
) -> None:
    await find(MOBILE, ABC)
    shelf.check = no(Refusal.ALREADY_USED)
    await find(by_id(ASHA.id), ABC, fresh=True)

    assert (await find(MOBILE, ABC)).facts.verdict is Verdict.NOT_REDEEMABLE


async def test_a_finding_with_one_answer_missing_fails_and_is_not_cached(
    find: FindCoupon, shelf: FakeEngine
) -> None:
    shelf.check = EngineFault(status=500)
    with pytest.raises(EngineFault):
        await find(MOBILE, ABC)
    shelf.check = yes()

    assert (await find(MOBILE, ABC)).facts.verdict is Verdict.REDEEMABLE


async def test_an_unknown_customer_has_no_finding(find: FindCoupon, shelf: FakeEngine) -> None:
    shelf.check = UnknownCustomer()

    with pytest.raises(UnknownCustomer):
        await find(MOBILE, ABC)


async def test_forgetting_a_customer_forgets_what_was_found(find: FindCoupon, shelf: FakeEngine) -> None:
    shelf.check = yes(ASHA)
    await find(MOBILE, ABC)
    find.forget(RAVI.id)
    await find(MOBILE, ABC)
    kept = len(shelf.calls)
    find.forget(ASHA.id)
    await find(MOBILE, ABC)

    assert (kept, len(shelf.calls)) == (3, 6)


async def test_a_customer_nobody_knows_is_not_told_as_a_coupon_that_cannot_be_redeemed(
    find: FindCoupon, shelf: FakeEngine
) -> None:
    shelf.check = no(Refusal.NO_SUCH_CUSTOMER)

    with pytest.raises(UnknownCustomer):
        await find(MOBILE, ABC)
