from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cards import HistoryCard
from bot.domain.coupon import CouponCode, Discount, DiscountKind, Place
from bot.domain.customer import Customer, CustomerId
from bot.domain.history import CouponUse, History, HistoryKind, HistoryQuery, PointsUse, Reversal
from bot.domain.lookup import HistoryLookUp, LookUpId
from bot.domain.period import EVER, Period
from bot.domain.person import PersonId
from bot.sandbox.slack.blockkit.rules import message_advice, message_faults
from bot.views import history as view
from bot.views.kit import Message
from bot.views.text import Display
from tests.tables import table
from tests.views.test_lookup import customers, moments, outside

NOW = datetime(2026, 6, 1, 8, 33, 5, tzinfo=UTC)
DISPLAY = Display(currency="INR", zone=ZoneInfo("Asia/Kolkata"))
ASHA = Customer(id=CustomerId("700000001"), name="Asha Menon", mobile="919845012345")
CARD = LookUpId("opaque-id")
#: The only mark-up that a card may carry: our own dates.
OURS = re.compile(r"<!date\^-?\d+\^[^<>|]*\|[^<>|]*>")
WEEK = HistoryQuery(period=Period("7d"))
COUPON = CouponUse(
    id="501",
    at=NOW,
    code=CouponCode("ABC"),
    description="Welcome",
    discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal(500)),
    bill="B-1",
    place=Place(code="s1", name="MG Road"),
)
POINTS = PointsUse(id="AfX1vt", at=NOW - timedelta(days=1), points=Decimal(100), bill=None, place=None)


def draw(history: History, query: HistoryQuery | None = None) -> Message:
    look_up = HistoryLookUp(customer=ASHA.id, asker=PersonId("U0AGENT"), query=query or HistoryQuery())
    return view.history_card(
        HistoryCard(id=CARD, look_up=look_up, history=history, as_of=NOW), display=DISPLAY
    )


def told(coupons: int = 0, points: int = 0, *, query: HistoryQuery | None = None, cut: bool = False) -> str:
    """The line under the head."""
    history = History(customer=ASHA, coupons=(COUPON,) * coupons, points=(POINTS,) * points, cut=cut)
    return draw(history, query).text.split("\n")[1]


def row_of(use: CouponUse | PointsUse) -> str:
    made = History(
        customer=ASHA,
        coupons=(use,) if isinstance(use, CouponUse) else (),
        points=(use,) if isinstance(use, PointsUse) else (),
    )
    return draw(made).text.split("\n")[2]


@table(
    ("note", "said"),
    [
        (told(1), "The latest 1 redemption of points and coupons."),
        (told(2, 3), "The latest 5 redemptions of points and coupons."),
        (
            told(10, 0, cut=True),
            "The latest 10 redemptions of points and coupons. There may be more: press Oldest first, "
            "or type a period after the command, for example `2025-01-01..2025-03-31`.",
        ),
        (
            told(10, 3, cut=True),
            "The latest 10 of coupons and the latest 3 of points. There may be more: press Oldest first, "
            "or type a period after the command, for example `2025-01-01..2025-03-31`.",
        ),
        (
            told(10, 0, query=HistoryQuery(oldest_first=True), cut=True),
            "The oldest 10 redemptions of points and coupons. There may be more; "
            "choose a shorter period to see them.",
        ),
        (
            told(2, query=HistoryQuery(kind=HistoryKind.COUPONS, oldest_first=True)),
            "The oldest 2 redemptions of coupons.",
        ),
        (told(1, query=WEEK), "The latest 1 redemption of points and coupons in the last 7 days."),
        (
            told(0, 2, query=HistoryQuery(kind=HistoryKind.POINTS, period=Period("2025-01-01..2025-03-31"))),
            "The latest 2 redemptions of points from 2025-01-01 to 2025-03-31.",
        ),
        (told(), "No redemption of points and coupons at any time."),
        (
            told(query=WEEK),
            "No redemption of points and coupons in the last 7 days. "
            "Choose another period below to look further.",
        ),
        (
            told(query=WEEK, cut=True),
            "None of the redemptions that the engine gave is of points and coupons in the last 7 days. "
            "There may be more; choose another period.",
        ),
    ],
)
def test_no_number_is_given_that_the_engine_did_not_list(note: str, said: str) -> None:
    assert note == said


@pytest.mark.parametrize(
    ("use", "row"),
    [
        (COUPON, "1 Jun 2026, 14:03 IST: Coupon ABC, Welcome, ₹500 off, bill B-1, at MG Road"),
        (
            replace(COUPON, at=None, code=None, description=None, bill=None, place=None),
            "not stated: Coupon code not stated, ₹500 off, bill no bill number",
        ),
        (
            replace(COUPON, discount=Discount(kind=None, value=None), place=Place(code="till.1")),
            "1 Jun 2026, 14:03 IST: Coupon ABC, Welcome, discount not stated, bill B-1, at till.1",
        ),
        (POINTS, "31 May 2026, 14:03 IST: Points, 100 points, bill no bill number"),
        (replace(POINTS, points=Decimal(1)), "31 May 2026, 14:03 IST: Points, 1 point, bill no bill number"),
        (replace(POINTS, points=None, at=None), "not stated: Points, points not stated, bill no bill number"),
        (
            replace(
                POINTS,
                reversals=(
                    Reversal(id="1", points=Decimal("40.5"), at=NOW),
                    Reversal(id=None, points=None, at=None),
                ),
            ),
            "31 May 2026, 14:03 IST: Points, 100 points; 40.5 reversed 1 Jun 2026, 14:03 IST; some reversed, "
            "bill no bill number",
        ),
    ],
)
def test_a_row_says_when_what_how_much_for_which_bill_and_where(use: CouponUse | PointsUse, row: str) -> None:
    assert row_of(use) == row


@pytest.mark.parametrize("oldest_first", [False, True])
def test_points_and_coupons_stand_in_one_order(oldest_first: bool) -> None:
    history = History(
        customer=ASHA,
        coupons=(COUPON, replace(COUPON, at=NOW - timedelta(days=9))),
        points=(POINTS, replace(POINTS, at=NOW - timedelta(days=12))),
    )
    text = draw(history, HistoryQuery(oldest_first=oldest_first)).text
    days = [int(line.split()[0]) for line in text.split("\n")[2:]]

    assert days == ([20, 23, 31, 1] if oldest_first else [1, 31, 23, 20])


def test_the_head_names_the_customer_by_four_digits() -> None:
    text = draw(History(customer=ASHA)).text

    assert text.startswith("*Asha Menon*  ·  mobile …2345  ·  redemptions  ·  as of 14:03:05\n")
    assert "919845012345" not in text


def test_every_control_carries_the_opaque_id_and_nothing_of_the_customer() -> None:
    controls = draw(History(customer=ASHA, coupons=(COUPON,))).blocks[-1]

    assert view.pressed_card({"block_id": controls["block_id"]}) == CARD
    assert {element.get("value", CARD) for element in controls["elements"]} == {CARD}
    assert "700000001" not in json.dumps(controls)


@pytest.mark.parametrize("words", ["7d", "90d", "everything", "2025-01-01..2025-03-31", "1000d"])
def test_the_selects_show_what_is_in_force(words: str) -> None:
    query = HistoryQuery(kind=HistoryKind.POINTS, period=Period(words))
    kind, period = draw(History(customer=ASHA), query).blocks[-1]["elements"][:2]

    assert kind["initial_option"]["value"] == "points"
    assert period["initial_option"]["value"] == words


@pytest.mark.parametrize(
    ("chosen", "period"),
    [
        ("7d", Period("7d")),
        ("everything", EVER),
        ("2025-01-01..2025-03-31", Period("2025-01-01..2025-03-31")),
        ("365d", EVER),
        ("forged", EVER),
        (None, EVER),
    ],
)
def test_a_period_is_one_that_the_card_offered_or_everything(chosen: str | None, period: Period) -> None:
    action = {"selected_option": {"value": chosen}} if chosen else {}

    assert view.chosen_period(action, Period("2025-01-01..2025-03-31")) == period


@pytest.mark.parametrize("kind", HistoryKind)
def test_a_kind_is_read_as_it_is_offered(kind: HistoryKind) -> None:
    assert view.chosen_kind({"selected_option": {"value": view.KINDS[kind]}}) is kind
    assert view.chosen_kind({"selected_option": {"value": "forged"}}) is HistoryKind.BOTH


def _pick(value: str) -> st.SearchStrategy[str]:
    return st.just(value * 400)


long_outside = outside | st.sampled_from("<&`|").flatmap(_pick) | st.just("<!channel>" * 99)
amounts = st.none() | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20
)
places = st.none() | st.builds(Place, code=long_outside, name=long_outside)
discounts = st.builds(Discount, kind=st.none() | st.sampled_from(DiscountKind), value=amounts)
coupon_uses = st.builds(
    CouponUse,
    id=long_outside,
    at=st.none() | moments,
    code=st.none() | long_outside.map(lambda text: CouponCode(text or "x")),
    description=long_outside,
    discount=discounts,
    bill=long_outside,
    place=places,
)
reversals = st.builds(Reversal, id=long_outside, points=amounts, at=st.none() | moments)
points_uses = st.builds(
    PointsUse,
    id=long_outside,
    at=st.none() | moments,
    points=amounts,
    bill=long_outside,
    place=places,
    reversals=st.lists(reversals, max_size=4).map(tuple),
)
queries = st.builds(
    HistoryQuery,
    kind=st.sampled_from(HistoryKind),
    period=st.sampled_from([EVER, Period("7d"), Period("2025-01-01..2025-03-31")]),
    oldest_first=st.booleans(),
)


@given(
    customers,
    st.lists(coupon_uses, max_size=4),
    st.lists(points_uses, max_size=4),
    queries,
    st.booleans(),
)
def test_no_outside_text_breaks_a_card_or_mentions_anyone(
    customer: Customer,
    coupons: list[CouponUse],
    points: list[PointsUse],
    query: HistoryQuery,
    cut: bool,
) -> None:
    history = History(customer=customer, coupons=tuple(coupons), points=tuple(points), cut=cut)
    message = draw(history, query)

    payload = message.payload()
    assert message_faults(payload) + message_advice(payload) == []
    assert len(message.text) <= 4000
    # What stands in a table's cells is shown letter by letter.
    marked_up = [block for block in message.blocks if block["type"] != "table"]
    assert "<" not in OURS.sub("", json.dumps([message.text, marked_up], ensure_ascii=False))


def test_the_latest_ten_are_lines_that_fit_a_phone() -> None:
    drawn = draw(History(customer=ASHA, coupons=(COUPON,) * 5, points=(POINTS,) * 5))
    lines = [block["text"]["text"] for block in drawn.blocks[2:-1]]

    assert len(lines) == 10
    assert lines[0].endswith("  ·  *₹500 off*\nCoupon ABC, Welcome  ·  bill B-1, at MG Road")
    assert lines[-1].endswith("  ·  *100 points*\nPoints  ·  no bill number")


def test_the_largest_card_fits_a_table() -> None:
    """Every text as long as it gets, on as many rows as there can be."""
    long = "W" * 500
    coupon = replace(
        COUPON, code=CouponCode(long), description=long, bill=long, place=Place(code=long, name=long)
    )
    points = replace(
        POINTS, points=Decimal(10**20), bill=long, reversals=(Reversal(id="1", points=None, at=NOW),) * 40
    )
    message = draw(History(customer=ASHA, coupons=(coupon,) * 10, points=(points,) * 10, cut=True))
    table = next(block for block in message.blocks if block["type"] == "table")

    assert message_faults(message.payload()) == []
    assert len(table["rows"]) == 21
