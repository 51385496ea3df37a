from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.draft import Field, Filled, FormFaults, Typed
from bot.domain.errors import NotUnderstood
from bot.domain.redeem_form import read_amount, read_form
from tests.tables import table

REASONS = ("Till offline", "Goodwill", "Other")
RIGHT = Typed(bill="1200", bill_number="INV 4711", reason="Goodwill", note="")


def read(typed: Typed, currency: str = "INR", decimals: int = 2) -> Filled:
    return read_form(typed, reasons=REASONS, currency=currency, decimals=decimals)


def amount(text: str, currency: str = "INR", decimals: int = 2) -> Decimal:
    return read(replace(RIGHT, bill=text), currency, decimals).bill


def faults(typed: Typed, currency: str = "INR", decimals: int = 2) -> dict[Field, str]:
    with pytest.raises(FormFaults) as caught:
        read(typed, currency, decimals)
    return dict(caught.value.faults)


def amount_fault(text: str, currency: str = "INR", decimals: int = 2) -> str:
    told = faults(replace(RIGHT, bill=text), currency, decimals)
    assert told.keys() == {Field.BILL}
    return told[Field.BILL]


def test_a_form_that_is_filled_right_is_read() -> None:
    assert read(RIGHT) == Filled(bill=Decimal(1200), bill_number="INV 4711", reason="Goodwill", note="")


@table(
    ("text", "meant"),
    [
        ("500", "500"),
        (" 500 ", "500"),
        ("0.01", "0.01"),
        ("499.9", "499.9"),
        ("₹1,00,000.50", "100000.50"),
        ("₹ 1,00,000", "100000"),
        ("12,34,56,789", "123456789"),
        ("1,234,567.89", "1234567.89"),
        ("Rs. 500", "500"),
        ("Rs.500", "500"),
        ("rs 500", "500"),
        ("INR 500", "500"),
        ("inr500.50", "500.50"),
        ("500 INR", "500"),
        ("500₹", "500"),
        ("500/-", "500"),
        ("Rs. 500/-", "500"),
        ("1 200", "1200"),
        ("1\u00a0200", "1200"),
        ("1\u202f00\u202f000", "100000"),
        ("1'200", "1200"),
        ("1’200.50", "1200.50"),
        ("５００", "500"),
        ("１，２００．５０", "1200.50"),
        ("५००", "500"),
        ("999999999.99", "999999999.99"),
        ("0500", "500"),
        ("1,200", "1200"),
    ],
)
def test_an_amount_is_read_in_every_usual_spelling(text: str, meant: str) -> None:
    assert amount(text) == Decimal(meant)


@table(
    "text",
    [
        *("five", "-500", "+500", "1e3", "1E3", "0x10", "NaN", "inf", "1.2.3", "5..0", "5.", ".5", ".", ","),
        *("5,00,0", "1,0000", "1,00,00", "1234,567", "1,,200", ",200", "200,", "1,2 00", "1,200 300", "1 2"),
        *("1,200'300", "1.5,000", "1.200,50", "1_000", "5²", "½", "①", "$500", "500 USD", "€500", "500 + 5"),
        *("500 each", "(500)", "5\u200b00", "1,00,000,000", "1,000,00,000", "٫5", "INR", "INR INR 500"),
        *("1,50.00", "9" * 3000 + ",", "1,20.5"),
    ],
)
def test_what_is_no_amount_is_a_sentence_that_says_what_to_type(text: str) -> None:
    assert "Type" in amount_fault(text)


@table("text", ["\u200e1200", "1200\u202c", "\ufeff1200", "5\u200b00", "\u202e005"])
def test_an_amount_with_characters_that_cannot_be_seen_is_told_so(text: str) -> None:
    assert amount_fault(text) == "Type the amount anew: there are characters in it that cannot be seen."


@table("text", ["", "  ", "₹", "Rs."])
def test_an_amount_must_be_typed(text: str) -> None:
    assert amount_fault(text) == "Type the bill amount in INR, for example 1200.50."


@table(
    ("text", "currency", "decimals", "told"),
    [
        ("12,50", "INR", 2, "12,50 can be read in two ways. Type 12.50, or 1250 without the comma."),
        ("₹1200,50", "INR", 2, "1200,50 can be read in two ways."),
        ("1,250", "KWD", 3, "Type 1.250, or 1250 without the comma."),
    ],
)
def test_a_comma_that_could_be_a_point_is_asked_about(
    text: str, currency: str, decimals: int, told: str
) -> None:
    assert told in amount_fault(text, currency, decimals)


def test_grouping_that_can_be_read_in_one_way_only_is_read() -> None:
    assert amount("1,250.000", "KWD", 3) == 1250
    assert amount("1,250,000", "KWD", 3) == 1_250_000
    assert amount("1,250", "JPY", 0) == 1250


@table(
    ("text", "currency", "decimals", "told"),
    [
        ("12.505", "INR", 2, "INR has at most 2 decimals. Type an amount like 1200.50."),
        ("12.500", "INR", 2, "at most 2 decimals"),
        ("1.200", "EUR", 2, "at most 2 decimals"),
        ("12.5", "JPY", 0, "JPY has no decimals. Type a whole amount, for example 1200."),
        ("12.5005", "KWD", 3, "at most 3 decimals. Type an amount like 1200.500."),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused(
    text: str, currency: str, decimals: int, told: str
) -> None:
    assert told in amount_fault(text, currency, decimals)


def test_an_example_has_the_currencys_decimals() -> None:
    examples = [amount_fault("", "INR", decimals).rpartition(" ")[2] for decimals in range(4)]

    assert examples == ["1200.", "1200.5.", "1200.50.", "1200.500."]


@table("text", ["0", "0.00", "₹0", "000"])
def test_an_amount_is_more_than_0(text: str) -> None:
    assert amount_fault(text) == "Type an amount above 0."


@table("text", ["1000000000", "9845012345", "9" * 400])
def test_a_mobile_number_in_the_wrong_field_is_too_much(text: str) -> None:
    assert "too much for one bill" in amount_fault(text)


@table(
    ("text", "currency"),
    [("$12", "USD"), ("€12", "EUR"), ("12 €", "EUR"), ("SGD 12", "SGD"), ("￥12", "JPY")],
)
def test_each_currency_has_its_own_sign(text: str, currency: str) -> None:
    assert amount(text, currency) == 12


def test_another_currency_s_sign_is_no_amount() -> None:
    assert "Type it in USD" in amount_fault("₹12", "USD")


@given(st.decimals("0.01", "999999999", places=2), st.sampled_from(["en", "en_IN"]))
def test_whatever_the_desk_writes_itself_can_be_typed_back(figure: Decimal, locale: str) -> None:
    assert amount(format_currency(figure, "INR", locale=locale)) == figure
    assert amount(format_decimal(figure, locale=locale)) == figure


@given(st.text(st.sampled_from("0123456789., '₹RsINR/-eE+५５²"), max_size=12))
def test_whatever_is_typed_is_an_amount_within_bounds_or_a_fault(text: str) -> None:
    try:
        figure = amount(text)
    except FormFaults:
        return
    assert 0 < figure < 10**9
    assert figure == round(figure, 2)


@table(
    ("typed", "number"),
    [
        ("", None),
        ("   ", None),
        ("  INV-4711/a ", "INV-4711/a"),
        ("INV   4711", "INV 4711"),
        ("9845012345", "9845012345"),
        ("007", "007"),
        ("CDX-1", "CDX-1"),
        ("बिल-12", "बिल-12"),
        ("x" * 50, "x" * 50),
    ],
)
def test_a_bill_number_is_kept_as_typed(typed: str, number: str | None) -> None:
    assert read(replace(RIGHT, bill_number=typed)).bill_number == number


@table(
    ("typed", "told"),
    [
        ("x" * 51, "at most 50 characters"),
        ("INV\u200b4711", "cannot be seen"),
        ("INV\x004711", "cannot be seen"),
        ("\u3164", "cannot be seen"),
        ("\u2800 \u2800", "cannot be seen"),
        ("CD-4711", "are generated"),
        (" cd-4711", "are generated"),
        ("Cd-", "are generated"),
    ],
)
def test_a_bill_number_that_cannot_be_used_is_a_sentence(typed: str, told: str) -> None:
    fault = faults(replace(RIGHT, bill_number=typed))

    assert told in fault[Field.BILL_NUMBER]
    assert "ype" in fault[Field.BILL_NUMBER]


@table(
    "typed",
    ["0", "-1", "NULL", *("null", "Null", "–1", "−1", "０", "⁰", "⁻¹", " 0 ", "\u00a0-1", "ＮＵＬＬ")],
)
def test_a_bill_number_that_means_no_bill_to_the_engine_is_refused(typed: str) -> None:
    """It could never be read back: the engine writes it for a redemption without a bill."""
    fault = faults(replace(RIGHT, bill_number=typed))

    assert "means no bill" in fault[Field.BILL_NUMBER]
    assert "Type the number on the bill" in fault[Field.BILL_NUMBER]


def test_a_sign_is_the_same_wherever_the_desk_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A French machine calls it $US."""
    monkeypatch.setattr("babel.numbers.LC_MONETARY", "fr")

    assert read_amount("$12", currency="USD", decimals=2) == Decimal(12)


@table("reason", ["", "goodwill", "Because"])
def test_a_reason_is_one_of_the_list(reason: str) -> None:
    assert faults(replace(RIGHT, reason=reason)) == {Field.REASON: "Choose a reason from the list."}


def test_the_reason_other_needs_a_note() -> None:
    other = replace(RIGHT, reason="Other")

    for nothing in (" \n", "\u200b", "\u3164", "\ufeff\u2060"):
        assert faults(replace(other, note=nothing)).keys() == {Field.NOTE}
    assert read(replace(other, note=" Torn coupon\n")).note == "Torn coupon"


@table("other", ["OTHER", " Other "])
def test_the_reason_other_is_meant_in_any_letter_case_and_with_spaces(other: str) -> None:
    with pytest.raises(FormFaults):
        read_form(replace(RIGHT, reason=other), reasons=[other], currency="INR", decimals=2)


def test_a_note_has_an_end() -> None:
    assert read(replace(RIGHT, note="x" * 500)).note == "x" * 500
    assert "501" in faults(replace(RIGHT, note="x" * 501))[Field.NOTE]


def test_every_fault_is_told_at_once() -> None:
    told = faults(Typed(bill="x", bill_number="CD-1", reason="", note="x" * 501))

    assert told.keys() == set(Field)


@table("text", ["x,50", "1,5x", "1.2,50", "1,50.0", ",50"])
def test_only_two_figures_can_be_read_in_two_ways(text: str) -> None:
    with pytest.raises(NotUnderstood) as told:
        read_amount(text, currency="INR", decimals=2)

    assert "two ways" not in told.value.sentence
