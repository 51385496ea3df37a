from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coupon import Coupon, CouponCode, CouponRecord, Discount, Place, Redeemability, Use, UsesLeft
from bot.domain.customer import Customer, CustomerId
from bot.domain.finding import CouponDetails, CouponFinding, Verdict
from bot.domain.refusal import Refusal
from bot.sandbox.slack.blockkit.rules import view_faults
from bot.views import lookup_details as view
from tests.views.test_history import OURS, discounts, long_outside, places
from tests.views.test_lookup import ASHA, COUPON, DISPLAY, NOW, USE, customers, moments

PLACE = Place(code="s1", name="MG Road")


def shown(of: CouponDetails) -> list[str]:
    """The texts of the modal, block by block, with dates as they stand for readers without a zone."""
    blocks = view.details(of, now=NOW, display=DISPLAY).blocks
    texts = [
        block["text"]["text"] if block["type"] == "section" else block["elements"][0]["text"]
        for block in blocks
        if block["type"] in {"section", "context"}
    ]
    return [OURS.sub(lambda token: token[0].rpartition("|")[2][:-1], text) for text in texts]


def of(coupon: Coupon) -> list[str]:
    return shown(CouponDetails(customer=ASHA, coupon=coupon, finding=None, as_of=NOW))


def test_everything_that_is_known_of_a_coupon_is_shown() -> None:
    coupon = replace(
        COUPON,
        used=2,
        created_at=NOW - timedelta(days=9),
        issued_at=PLACE,
        series_id="77",
        uses=(USE, replace(USE, id="10", at=NOW, bill=None, place=None)),
        reversed_uses=(replace(USE, reversed_at=NOW), replace(USE, id=None, at=None, place=None)),
        properties=(("Campaign", "Diwali & <more>"),),
    )

    assert of(coupon)[1:] == [
        "*Issued* 23 May 2026, 14:03 IST, at MG Road\nSeries 77",
        "*Redemptions*\n• 1 Jun 2026, 14:03 IST, no bill number  ·  redemption 10\n"
        "• 31 May 2026, 14:03 IST, at MG Road, bill B-1  ·  redemption 9",
        "*Reversed redemptions*\n"
        "• redeemed 31 May 2026, 14:03 IST, at MG Road, reversed 1 Jun 2026, 14:03 IST  ·  redemption 9\n"
        "• redeemed at a time not stated, reversed",
        "*Custom properties*\n• Campaign: Diwali &amp; &lt;more&gt;",
        "Asha Menon  ·  as of 14:03:05",
    ]


def test_what_the_engine_does_not_say_is_not_made_up() -> None:
    assert of(COUPON)[1:3] == [
        "*Issued* at a time the loyalty engine does not name",
        "*Redemptions*\nNever redeemed",
    ]


def test_redemptions_that_are_counted_but_not_listed_are_not_denied() -> None:
    assert of(replace(COUPON, used=14))[2] == "*Redemptions*\nThe loyalty engine counts them, but lists none"


@pytest.mark.parametrize(("count", "more"), [(40, []), (41, ["and 1 earlier"]), (500, ["and 460 earlier"])])
def test_many_redemptions_show_the_latest_and_say_how_many_are_left_out(count: int, more: list[str]) -> None:
    uses = tuple(replace(USE, id=str(n), at=NOW - timedelta(hours=n)) for n in range(count))
    texts = of(replace(COUPON, used=count, uses=uses))

    assert [text for text in texts if text.startswith("and ")] == more
    assert sum(text.count("·  redemption ") for text in texts) == 40


@pytest.mark.parametrize(("count", "more"), [(20, []), (50, ["and 30 more"])])
def test_many_properties_show_some_and_say_how_many_are_left_out(count: int, more: list[str]) -> None:
    texts = of(replace(COUPON, properties=tuple((f"n{n}", "v") for n in range(count))))

    assert [text for text in texts if text.startswith("and ")] == more


def test_a_coupon_that_left_its_page_says_so() -> None:
    finding = CouponFinding(
        code=CouponCode("ABC"),
        customer=ASHA,
        verdict=Verdict.NOT_REDEEMABLE,
        check=Redeemability(redeemable=False, refusal=Refusal.ALREADY_USED, code=CouponCode("ABC")),
        record=None,
    )
    texts = shown(CouponDetails(customer=ASHA, coupon=None, finding=finding, as_of=NOW))

    assert texts[0].startswith("⚪ `ABC`\n*Cannot be redeemed.* It was used already.")
    assert texts[1] == "It is not on the page that was looked at, so only what its code alone tells is shown."


codes = long_outside.map(lambda text: CouponCode(text or "x"))
some = st.text(min_size=1, max_size=400) | st.just("&" * 400) | st.just("<!channel>" * 50)
uses = st.builds(
    Use,
    id=long_outside,
    at=st.none() | moments,
    bill=long_outside,
    place=places,
    reversed_at=st.none() | moments,
)
coupons = st.builds(
    Coupon,
    code=codes,
    series_id=long_outside,
    description=long_outside,
    discount=discounts,
    expires_at=st.none() | moments,
    created_at=st.none() | moments,
    uses_left=st.none() | st.builds(UsesLeft, st.none() | st.integers()),
    used=st.none() | st.integers(),
    uses=st.lists(uses, max_size=5).map(tuple),
    reversed_uses=st.lists(uses, max_size=5).map(tuple),
    issued_at=places,
    properties=st.lists(st.tuples(some, some), max_size=5).map(tuple),
)
findings = st.builds(
    CouponFinding,
    code=codes,
    customer=customers,
    verdict=st.sampled_from(Verdict),
    check=st.builds(
        Redeemability,
        redeemable=st.booleans(),
        refusal=st.none() | st.sampled_from(Refusal),
        code=codes,
        discount=st.none() | discounts,
        uses_left=st.none() | st.builds(UsesLeft, st.none() | st.integers()),
    ),
    record=st.none()
    | st.builds(
        CouponRecord,
        code=codes,
        id=some,
        owner=st.none(),
        expires_at=st.none() | moments,
        discount=st.just(Discount(kind=None, value=None)),
        last_use=st.none() | uses,
        issued_at=places,
    ),
)


def faults(details: CouponDetails) -> list[str]:
    payload = view.details(details, now=NOW, display=DISPLAY).payload()
    marked_up = OURS.sub("", json.dumps(payload, ensure_ascii=False))
    return [*view_faults(payload, "modal"), *(["a mark-up that is not ours"] if "<" in marked_up else [])]


@given(customers, coupons)
def test_no_outside_text_breaks_the_modal_or_mentions_anyone(customer: Customer, coupon: Coupon) -> None:
    assert faults(CouponDetails(customer=customer, coupon=coupon, finding=None, as_of=NOW)) == []


@given(customers, findings)
def test_nor_does_it_where_only_the_code_is_known(customer: Customer, finding: CouponFinding) -> None:
    assert faults(CouponDetails(customer=customer, coupon=None, finding=finding, as_of=NOW)) == []


def test_the_largest_modal_keeps_every_limit() -> None:
    worst = "&" * 500
    use = replace(USE, id=worst, bill=worst, place=Place(code=worst, name=worst), reversed_at=NOW)
    coupon = replace(
        COUPON,
        description=worst,
        uses=(use,) * 500,
        reversed_uses=(use,) * 500,
        issued_at=use.place,
        series_id=worst,
        properties=((worst, worst),) * 100,
    )
    customer = Customer(id=CustomerId("5"), name=worst)

    assert faults(CouponDetails(customer=customer, coupon=coupon, finding=None, as_of=NOW)) == []
    assert view_faults(view.loading().payload(), "modal") == []
