from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.customer import Identifier, IdentifierKind, customers_named, parse_identifier
from bot.domain.errors import NotUnderstood

TOM = Identifier(kind=IdentifierKind.MOBILE, value="919400488244", national="9400488244")


@pytest.mark.parametrize(
    "typed",
    [
        "+91 94004 88244",
        "+919400488244",
        "09400488244",
        "919400488244",
        "9400488244",
        "0091 9400488244",
        "94004-88244",
        "(94004) 88244",
        "94004.88244",
        "94004 – 88244",
    ],
)
def test_a_mobile_is_one_number_in_every_usual_spelling(typed: str) -> None:
    assert parse_identifier(typed, region="IN") == TOM


def test_a_number_from_abroad_is_read_with_and_without_its_plus() -> None:
    expected = Identifier(kind=IdentifierKind.MOBILE, value="447700900123", national="7700900123")

    assert parse_identifier("+44 7700 900123", region="IN") == expected
    assert parse_identifier("447700900123", region="IN") == expected
    assert parse_identifier("07700 900123", region="GB") == expected


def test_a_number_of_the_right_length_is_let_through_though_no_plan_lists_it() -> None:
    assert parse_identifier("1234567890", region="IN").value == "911234567890"


@pytest.mark.parametrize("typed", ["id:565039504", "ID: 565039504", "id:00565039504"])
def test_a_customer_number_is_digits_after_id(typed: str) -> None:
    assert parse_identifier(typed, region="IN") == Identifier(kind=IdentifierKind.ID, value="565039504")


def test_an_external_id_is_kept_as_it_was_typed() -> None:
    assert parse_identifier("ext:E-001 b", region="IN") == Identifier(
        kind=IdentifierKind.EXTERNAL_ID, value="E-001 b"
    )


def test_an_email_is_kept_as_it_was_typed() -> None:
    assert parse_identifier("Asha.Menon+vip@Example.com", region="IN") == Identifier(
        kind=IdentifierKind.EMAIL, value="Asha.Menon+vip@Example.com"
    )


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "asha",
        "12345",
        "98450 12345 98450",
        "a@b",
        "two@example.com words",
        "id:abc",
        "id:",
        "ext:",
        "9" * 40,
    ],
)
def test_what_names_nobody_is_answered_with_what_to_type(typed: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        parse_identifier(typed, region="IN")

    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("identifier", "hint"),
    [
        (TOM, "…8244"),
        (Identifier(kind=IdentifierKind.EMAIL, value="asha@example.com"), "…@example.com"),
        (Identifier(kind=IdentifierKind.ID, value="565039504"), "…9504"),
        (Identifier(kind=IdentifierKind.EXTERNAL_ID, value="E-1"), "E-1"),
    ],
)
def test_the_hint_gives_no_more_than_four_characters_of_a_number(identifier: Identifier, hint: str) -> None:
    assert identifier.hint == hint


def _spaced(digits: str, gaps: list[str]) -> str:
    return "".join(
        digit + (gaps[at % len(gaps)] if at < len(digits) - 1 else "") for at, digit in enumerate(digits)
    )


#: Those that begin as the country code does, too.
NATIONAL = st.from_regex(r"[6-9][0-9]{9}|91[0-9]{8}", fullmatch=True).filter(
    lambda digits: phonenumbers.is_valid_number(phonenumbers.parse("+91" + digits))
)


@given(
    national=NATIONAL,
    prefix=st.sampled_from(["", "0", "91", "+91", "0091", "+91 0"]),
    gaps=st.lists(st.sampled_from(["", " ", "-", ".", "  "]), min_size=1, max_size=4),
)
def test_spelling_never_changes_who_is_meant(national: str, prefix: str, gaps: list[str]) -> None:
    assert parse_identifier(prefix + _spaced(national, gaps), region="IN").value == "91" + national


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(typed: str) -> None:
    outcome: Identifier | str
    try:
        outcome = parse_identifier(typed, region="IN")
    except NotUnderstood as refused:
        outcome = refused.sentence

    if isinstance(outcome, Identifier) and outcome.kind is IdentifierKind.MOBILE:
        assert re.fullmatch("[0-9]{8,15}", outcome.value)
    assert outcome


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Customer 98450 12345 is on the line", ("98450 12345",)),
        ("919845012345 called", ("+919845012345",)),
        ("call +44 7400 123456", ("+44 7400 123456",)),
        ("write to asha@example.com, she is waiting", ("asha@example.com",)),
        ("98450 12345 or +91 98450-12345", ("98450 12345",)),
        ("98450 12345 and asha@example.com", ("98450 12345", "asha@example.com")),
        ("order 4412345678, coupon 0211706970002385, 2026-11-22, ₹1,00,000", ()),
        ("98450 12345\n94004 88244\n2 coupons, since 2025-11-20", ("98450 12345", "94004 88244")),
        ("Customer 9123456789 asks; shop phone 9845012345", ("9123456789", "9845012345")),
        ("+91 9123456789", ("+91 9123456789",)),
        ("919123456789", ("+919123456789",)),
        ("nobody", ()),
        ("", ()),
    ],
)
def test_a_message_names_the_customers_that_stand_in_it(text: str, named: tuple[str, ...]) -> None:
    assert customers_named(text, region="IN") == named


@given(
    national=NATIONAL,
    prefix=st.sampled_from(["", "0", "91", "+91", "+91 "]),
    around=st.sampled_from(["{}", "Customer {} is on the line", "2 coupons\n{}\n98765 00"]),
)
def test_a_message_names_every_mobile_of_the_country(national: str, prefix: str, around: str) -> None:
    [named] = customers_named(around.format(prefix + national), region="IN")

    assert parse_identifier(named, region="IN").value == "91" + national


@pytest.mark.parametrize(
    ("typed", "customer"),
    [
        ("id:0565039504", "565039504"),
        ("ext:565039504", None),
        ("919845012345", None),
        ("a@example.com", None),
    ],
)
def test_only_an_id_is_the_engines_own_number(typed: str, customer: str | None) -> None:
    assert parse_identifier(typed, region="IN").customer_id == customer
