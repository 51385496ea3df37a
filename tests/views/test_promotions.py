from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cards import PromotionCard
from bot.domain.customer import CustomerId
from bot.domain.lookup import LookUpId, PromotionLookUp
from bot.domain.person import PersonId
from bot.domain.promotions import SHOWN, PromoCode, Promotions, PromotionUse, Scope, parse_promotion_question
from bot.sandbox.slack.blockkit.rules import message_advice, message_faults
from bot.views import promotions as view
from bot.views.kit import FEW_ROWS, Message
from bot.views.text import Display
from tests.views.test_history import DISPLAY, OURS, amounts, long_outside
from tests.views.test_lookup import moments

NOW = datetime(2026, 6, 1, 8, 33, 5, tzinfo=UTC)
CARD = LookUpId("opaque-id")
USE = PromotionUse(
    id="1",
    promotion="Festival",
    code="FEST20",
    at=NOW,
    customer=CustomerId("700000001"),
    receipt="R-1",
    till="7",
    discount=Decimal(90),
    amount=Decimal("450.50"),
    scope=Scope.CART,
)


def draw(
    *uses: PromotionUse,
    typed: str = "FEST20",
    tills: dict[str, str] | None = None,
    known: tuple[str, ...] = (),
    display: Display = DISPLAY,
) -> Message:
    look_up = PromotionLookUp(asker=PersonId("U0AGENT"), question=parse_promotion_question(typed))
    found = Promotions(uses=uses, tills=tills or {}, known=frozenset(map(PromoCode, known)))
    return view.promotion_card(
        PromotionCard(id=CARD, look_up=look_up, promotions=found, as_of=NOW), display=display
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("FEST20 discount", "knows this code, but tells of no redemption as a discount."),
        ("FEST20 GOLD", "knows `FEST20`, but tells of no redemption as a discount or as a pay"),
        ("FEST20 GOLD", "ask store ops. Nothing is told of `GOLD`: check it letter by letter."),
        ("FEST20 GOLD SILVER", "Nothing is told of `GOLD`, `SILVER`: check them letter by letter."),
    ],
)
def test_a_code_that_is_known_is_not_said_to_be_none(typed: str, said: str) -> None:
    text = draw(typed=typed, known=("FEST20",)).text

    assert said in text
    assert "no such code" not in text


@pytest.mark.parametrize(
    ("use", "row"),
    [
        (
            USE,
            "1 Jun 2026, 14:03 IST: Festival (FEST20), ₹90 off ₹450.50, cart, customer 700000001, "
            "receipt R-1, at till 7",
        ),
        (
            replace(USE, scope=Scope.LINE_ITEM, sku="Sku#1", customer=None, code=None),
            "1 Jun 2026, 14:03 IST: Festival, ₹90 off ₹450.50, line item Sku#1, anonymous, receipt R-1, at till 7",
        ),
        (
            replace(USE, scope=Scope.PAYMENT_VOUCHER, amount=None, receipt=None),
            "1 Jun 2026, 14:03 IST: Festival (FEST20), ₹90 off, payment voucher, customer 700000001, "
            "receipt no receipt number, at till 7",
        ),
        (
            replace(USE, at=None, promotion=None, discount=None, scope=None, till=None),
            "not stated: promotion without a name (FEST20), discount not stated ₹450.50, not stated, "
            "customer 700000001, receipt R-1, at not stated",
        ),
    ],
)
def test_a_row_says_all_that_is_known_and_what_is_not(use: PromotionUse, row: str) -> None:
    assert draw(use).text.split("\n")[2] == row


def test_a_till_is_shown_by_its_name_where_it_has_one() -> None:
    assert draw(USE, tills={"7": "MG Road"}).text.endswith("at MG Road")


@pytest.mark.parametrize(
    ("typed", "uses", "note"),
    [
        ("a", 1, "1 redemption as a discount or as a payment voucher, newest first."),
        ("a discount", 2, "2 redemptions as a discount, newest first."),
        ("a payment", SHOWN, f"{SHOWN} redemptions as a payment voucher, newest first."),
        ("a discount", SHOWN + 1, f"The latest {SHOWN} of {SHOWN + 1} redemptions as a discount."),
        (
            "a payment",
            0,
            "Not redeemed as a payment voucher, or there is no such code. Check the code letter by letter.",
        ),
    ],
)
def test_the_note_says_how_many_there_are_and_how_many_are_shown(typed: str, uses: int, note: str) -> None:
    message = draw(*[USE] * uses, typed=typed)
    rows = [row for block in message.blocks if block["type"] == "table" for row in block["rows"]]
    lines = [block for block in message.blocks[2:] if block["type"] == "section"]

    assert message.text.split("\n")[1] == note
    assert (len(rows), len(lines)) == ((min(uses, SHOWN) + 1, 0) if uses > FEW_ROWS else (0, uses))


def test_few_rows_are_lines_that_fit_a_phone_with_what_is_asked_for_first() -> None:
    told = draw(USE).blocks[2]["text"]["text"]

    assert told.startswith("<!date^")
    assert told.endswith(
        "  ·  *₹90 off ₹450.50*, cart\nreceipt R-1, at till 7\nFestival (FEST20), customer 700000001"
    )


@pytest.mark.parametrize(
    ("typed", "use", "known", "note"),
    [
        ("fest20 uq38t a", USE, ("FEST20", "UQ38T", "A"), "newest first. None of `UQ38T`, `A`."),
        (
            "fest20 uq38t a",
            USE,
            ("FEST20", "UQ38T"),
            "None of `UQ38T`. Nothing is told of `A`: check it letter by letter.",
        ),
        ("fest20 uq38t", replace(USE, code="uq38t"), ("FEST20", "UQ38T"), "newest first. None of `FEST20`."),
        ("uq38t", USE, (), "newest first."),
        ("fest20 uq38t", replace(USE, code=None), ("FEST20", "UQ38T"), "newest first."),
    ],
    ids=[
        "two have none",
        "one is unknown",
        "spelt otherwise",
        "one is asked for",
        "whose it is, is not said",
    ],
)
def test_the_note_names_the_codes_that_have_none(
    typed: str, use: PromotionUse, known: tuple[str, ...], note: str
) -> None:
    assert draw(use, typed=typed, known=known).text.split("\n")[1].endswith(note)


def test_the_head_names_the_codes() -> None:
    assert draw(typed="a b").text.startswith("Promotions `A`, `B`  ·  as of 14:03:05\n")


def test_the_button_carries_the_opaque_id_and_nothing_else() -> None:
    controls = draw(USE).blocks[-1]

    assert view.pressed_card({"block_id": controls["block_id"]}) == CARD
    assert [element["value"] for element in controls["elements"]] == [CARD]


uses = st.builds(
    PromotionUse,
    id=long_outside,
    promotion=long_outside,
    code=long_outside,
    at=st.none() | moments,
    customer=st.none() | long_outside.map(lambda text: CustomerId(text or "1")),
    receipt=long_outside,
    till=long_outside,
    discount=amounts,
    amount=amounts,
    scope=st.none() | st.sampled_from(Scope),
    sku=long_outside,
)


@given(st.lists(uses, max_size=8), st.text(min_size=1, max_size=400))
def test_no_outside_text_breaks_a_card_or_mentions_anyone(found: list[PromotionUse], till: str) -> None:
    message = draw(*found, tills={use.till: till for use in found if use.till})

    payload = message.payload()
    assert message_faults(payload) + message_advice(payload) == []
    assert len(message.text) <= 4000
    # What stands in a table's cells is shown letter by letter.
    marked_up = [block for block in message.blocks if block["type"] != "table"]
    assert "<" not in OURS.sub("", json.dumps([message.text, marked_up], ensure_ascii=False))


@pytest.mark.parametrize("currency", ["INR", "USD", "SGD"])
def test_the_largest_card_fits_a_table(currency: str) -> None:
    """Every text as long as it gets, on more rows than there are."""
    long = "W" * 500
    use = replace(
        USE,
        promotion=long,
        code=long,
        customer=CustomerId(long),
        receipt=long,
        till=long,
        sku=long,
        scope=Scope.PAYMENT_VOUCHER,
        discount=Decimal(-(10**20)) - Decimal("0.55"),
        amount=Decimal(-(10**20)) - Decimal("0.55"),
    )
    uses = [replace(use, at=NOW - timedelta(days=number)) for number in range(500)]
    message = draw(*uses, tills={long: long}, display=replace(DISPLAY, currency=currency))

    assert message_faults(message.payload()) == []
