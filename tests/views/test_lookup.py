from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cards import PageCard
from bot.domain.coupon import Coupon, CouponCode, CouponPage, Discount, DiscountKind, Place, Use, UsesLeft
from bot.domain.customer import Customer, CustomerId
from bot.domain.lookup import Filter, LookUp, LookUpId
from bot.domain.person import PersonId
from bot.sandbox.slack.blockkit.rules import message_advice, message_faults
from bot.views import lookup as view
from bot.views.kit import Block, Message
from bot.views.text import Display
from tests.tables import table

ASK = "Ask store ops"
NOW = datetime(2026, 6, 1, 8, 33, 5, tzinfo=UTC)
DISPLAY = Display(currency="INR", zone=ZoneInfo("Asia/Kolkata"))
ASHA = Customer(id=CustomerId("700000001"), name="Asha Menon", mobile="919845012345")
CARD = LookUpId("opaque-id")
LOOK_UP = LookUp(customer=ASHA.id, asker=PersonId("U0AGENT"))
COUPON = Coupon(
    code=CouponCode("0042"),
    description="Welcome",
    discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal(500)),
    expires_at=NOW + timedelta(days=1),
    uses_left=UsesLeft(1),
    used=0,
)
USE = Use(id="9", at=NOW - timedelta(days=1), bill="B-1", place=Place(code="s1", name="MG Road"))


def page_of(*coupons: Coupon, offset: int = 0, total: int | None = None) -> CouponPage:
    return CouponPage(
        customer=ASHA, coupons=coupons, offset=offset, total=len(coupons) if total is None else total
    )


def draw(page: CouponPage, look_up: LookUp = LOOK_UP, *, may_redeem: bool = False) -> Message:
    card = PageCard(id=CARD, look_up=look_up, page=page, as_of=NOW, may_redeem=may_redeem)
    return view.page_card(card, now=NOW, display=DISPLAY)


def line_of(coupon: Coupon) -> str:
    return draw(page_of(coupon)).text.split("\n", 2)[2]


def buttons(message: Message) -> list[str]:
    return [
        element["text"]["text"] for element in message.blocks[-1]["elements"] if element["type"] == "button"
    ]


def test_the_head_names_the_customer_by_four_digits_and_says_how_old_the_facts_are() -> None:
    text = draw(page_of(COUPON, total=23)).text

    assert text.startswith("*Asha Menon*  ·  mobile …2345  ·  23 coupons  ·  as of 14:03:05\n")
    assert "919845012345" not in text


def test_one_coupon_is_not_several() -> None:
    assert "1 coupon  ·" in draw(page_of(COUPON)).text


def test_a_number_the_engine_did_not_name_is_not_shown() -> None:
    page = replace(page_of(*[COUPON] * 10), total=None)

    assert "·  coupons  ·" in draw(page).text
    assert "Showing 1 to 10, newest first." in draw(page).text


@table(
    ("coupon", "said"),
    [
        (COUPON, "🟢 `0042`  *₹500 off*  ·  Welcome  ·  *Valid* until 2 Jun 2026, 14:03 IST  ·  1 use left"),
        (replace(COUPON, expires_at=NOW + timedelta(days=9)), "*Valid* until 10 Jun 2026  ·  1 use left"),
        (replace(COUPON, uses_left=UsesLeft(5)), "5 uses left"),
        (replace(COUPON, uses_left=UsesLeft(None)), "any number of uses"),
        (replace(COUPON, uses_left=None), "*Valid* until 2 Jun 2026, 14:03 IST"),
        (replace(COUPON, expires_at=None), "*Valid*, no end date known"),
        (replace(COUPON, uses_left=UsesLeft(0)), "⚪ `0042`  *₹500 off*  ·  Welcome  ·  *Used*, no use left"),
        (
            replace(COUPON, uses_left=UsesLeft(0), used=1, uses=(USE,)),
            "*Used* 31 May 2026, 14:03 IST, at MG Road, bill B-1",
        ),
        (
            replace(COUPON, uses_left=UsesLeft(0), used=14, uses=(USE, replace(USE, at=NOW))),
            "*Used* 14 times, last 1 Jun 2026, 14:03 IST",
        ),
        (
            replace(COUPON, uses_left=UsesLeft(0), used=1, uses=(replace(USE, bill=None, place=None),)),
            "*Used* 31 May 2026, 14:03 IST, no bill number",
        ),
        (
            replace(COUPON, expires_at=NOW),
            "🔴 `0042`  *₹500 off*  ·  Welcome  ·  *Expired* 1 Jun 2026, 14:03 IST",
        ),
        (replace(COUPON, expires_at=NOW, uses_left=UsesLeft(0)), "*Expired*"),
        (replace(COUPON, used=1, uses=(USE,)), "1 use left  ·  Redeemed once"),
        (replace(COUPON, used=14, uses=(USE,)), "1 use left  ·  Redeemed 14 times"),
        (
            replace(COUPON, reversed_uses=(replace(USE, reversed_at=NOW),)),
            "A redemption was reversed 1 Jun 2026, 14:03 IST",
        ),
    ],
)
def test_a_coupon_says_where_it_stands_in_words(coupon: Coupon, said: str) -> None:
    assert said in line_of(coupon)


def test_a_coupon_is_valid_until_its_end_and_not_at_it() -> None:
    ending = replace(COUPON, expires_at=NOW + timedelta(microseconds=1))

    assert "*Valid*" in line_of(ending)
    assert "*Expired*" in line_of(replace(COUPON, expires_at=NOW))


@pytest.mark.parametrize(
    ("offset", "shown", "total", "expected"),
    [
        (0, 10, 23, ["Next", "Refresh", ASK]),
        (10, 10, 23, ["Previous", "Next", "Refresh", ASK]),
        (20, 3, 23, ["Previous", "Refresh", ASK]),
        (0, 10, 10, ["Refresh", ASK]),
        (0, 0, 0, ["Refresh", ASK]),
        (0, 10, None, ["Next", "Refresh", ASK]),
        (0, 9, None, ["Refresh", ASK]),
    ],
)
def test_previous_and_next_stand_only_where_such_a_page_is(
    offset: int, shown: int, total: int | None, expected: list[str]
) -> None:
    page = CouponPage(customer=ASHA, coupons=(COUPON,) * shown, offset=offset, total=total)

    assert buttons(draw(page)) == expected


def test_every_control_carries_the_opaque_id_and_nothing_of_the_customer() -> None:
    controls = draw(page_of(*[COUPON] * 10, offset=10, total=23)).blocks[-1]

    assert view.pressed_card({"block_id": controls["block_id"]}) == CARD
    assert {element.get("value", CARD) for element in controls["elements"]} == {CARD, f"{CARD}.-"}
    assert "700000001" not in json.dumps(controls)


def test_the_select_offers_the_words_people_type_and_shows_the_one_in_force() -> None:
    select = draw(page_of(COUPON), replace(LOOK_UP, filter=Filter.ACTIVE)).blocks[-1]["elements"][0]

    assert [option["value"] for option in select["options"]] == [
        "all",
        "redeemable",
        "active",
        "redeemed",
        "expired",
    ]
    assert select["initial_option"]["value"] == "active"


def test_a_word_no_card_offered_is_read_as_all() -> None:
    assert view.chosen_filter({"selected_option": {"value": "everything"}}) is Filter.ALL
    assert view.chosen_filter({"selected_option": {"value": "expired"}}) is Filter.EXPIRED
    assert view.chosen_filter({}) is Filter.ALL


def test_a_page_past_the_end_leads_back() -> None:
    page = replace(page_of(offset=10), total=None)

    assert "There are no more coupons. Press Previous" in draw(page).text
    assert "holds no coupons" not in draw(page).text
    assert "Previous" in buttons(draw(page))


def test_nothing_to_show_says_what_to_do_next() -> None:
    assert "holds no coupons" in draw(page_of()).text
    assert "Choose *all* below" in draw(page_of(), replace(LOOK_UP, filter=Filter.REDEEMABLE)).text


def rows_of(message: Message) -> list[Block]:
    return [block for block in message.blocks if "accessory" in block]


def test_a_row_is_one_section_with_redeem_beside_two_lines_or_details_beside_one() -> None:
    used = replace(COUPON, code=CouponCode("USED"), uses_left=UsesLeft(0))
    first, second = rows_of(draw(page_of(COUPON, used), may_redeem=True))

    assert (first["accessory"]["text"]["text"], first["text"]["text"].count("\n")) == ("Redeem", 1)
    assert (second["accessory"]["text"]["text"], second["text"]["text"].count("\n")) == ("Details", 0)


def test_without_the_right_to_redeem_every_row_has_details() -> None:
    (row,) = rows_of(draw(page_of(COUPON)))

    assert (row["accessory"]["text"]["text"], row["text"]["text"].count("\n")) == ("Details", 0)


def details_of(message: Message) -> Block:
    (select,) = message.blocks[-2]["elements"]
    assert select["action_id"] == view.DETAILS_OF
    return dict(select)


def test_details_of_reaches_every_row_and_shows_no_choice() -> None:
    page = page_of(*(replace(COUPON, code=CouponCode(f"C{number}")) for number in range(10)))
    select = details_of(draw(page, may_redeem=True))

    assert select["placeholder"]["text"] == "Details of…"
    assert "initial_option" not in select
    assert [view.chosen_row({"selected_option": one}) for one in select["options"]] == [*range(10)]
    assert select["options"][0]["text"]["text"] == "C0 · ₹500 off · until 2 Jun 2026"


@given(st.text(min_size=1, max_size=400))
def test_an_option_of_it_keeps_worth_and_end_however_long_the_code_is(typed: str) -> None:
    (option,) = details_of(draw(page_of(replace(COUPON, code=CouponCode(typed)))))["options"]

    assert len(option["text"]["text"]) <= 75
    assert option["text"]["text"].endswith("· ₹500 off · until 2 Jun 2026")


def test_it_stands_under_a_block_id_that_is_new_with_each_card() -> None:
    page = page_of(COUPON)
    one = draw(page).blocks[-2]["block_id"]
    other = view.page_card(
        PageCard(id=LookUpId("another"), look_up=LOOK_UP, page=page, as_of=NOW), now=NOW, display=DISPLAY
    ).blocks[-2]["block_id"]

    assert one != other
    assert view.pressed_card({"block_id": one}) == CARD


def test_nothing_to_choose_is_no_select() -> None:
    assert "Details of…" not in str(draw(page_of()).blocks)


outside = st.one_of(st.none(), st.text(max_size=400), st.text(alphabet="<>&!@#|`*_~\n", max_size=400))
#: hypothesis takes the bounds without a zone.
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1971, 2100))
moments = st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.just(UTC))
uses = st.builds(
    Use,
    id=outside,
    at=st.none() | moments,
    bill=outside,
    place=st.none() | st.builds(Place, code=outside, name=outside),
    reversed_at=st.none() | moments,
)
coupons = st.builds(
    Coupon,
    code=st.text(min_size=1, max_size=400).map(CouponCode),
    description=outside,
    discount=st.builds(
        Discount,
        kind=st.none() | st.sampled_from(DiscountKind),
        value=st.none()
        | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12),
        cap=st.none() | st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**12),
    ),
    expires_at=st.none() | moments,
    uses_left=st.none() | st.builds(UsesLeft, st.none() | st.integers()),
    used=st.none() | st.integers(),
    uses=st.lists(uses, max_size=3).map(tuple),
    reversed_uses=st.lists(uses, max_size=2).map(tuple),
)
customers = st.builds(Customer, id=st.just(ASHA.id), name=outside, mobile=outside)


@given(customers, st.lists(coupons, max_size=10), st.none() | st.integers(min_value=0, max_value=10**9))
def test_no_outside_text_breaks_a_card_or_mentions_anyone(
    customer: Customer, listed: list[Coupon], total: int | None
) -> None:
    page = CouponPage(customer=customer, coupons=tuple(listed), offset=0, total=total)

    message = draw(page)

    payload = message.payload()
    assert message_faults(payload) + message_advice(payload) == []
    assert len(message.text) <= 4000
    ours = re.compile(r"<!date\^-?\d+\^[^<>|]*\|[^<>|]*>")
    # Slack reads no mark-up in plain text, as in the options of a select.
    assert [text for text in _marked_up(payload) if "<" in ours.sub("", text)] == []


def _marked_up(part: Any) -> Iterator[str]:
    """Every text in which Slack reads mark-up; the message's own is one."""
    if isinstance(part, dict):
        if isinstance(part.get("text"), str) and part.get("type", "mrkdwn") == "mrkdwn":
            yield part["text"]
        for inner in part.values():
            yield from _marked_up(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _marked_up(inner)
