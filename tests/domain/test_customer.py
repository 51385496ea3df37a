from __future__ import annotations

import functools
import re
from dataclasses import replace

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.customer import Identifier, IdentifierKind, customers_named, parse_identifier
from bot.domain.errors import NotUnderstood
from tests.tables import table

TOM = Identifier(kind=IdentifierKind.MOBILE, value="919400488244", national="9400488244")
#: With its country code it is asked for in that form only.
TOM_IN_FULL = Identifier(kind=IdentifierKind.MOBILE, value="919400488244")
ASHA = Identifier(kind=IdentifierKind.EMAIL, value="asha.menon@example.com")


@table(
    "typed",
    [
        "09400488244",
        "9400488244",
        "94004-88244",
        "(94004) 88244",
        "94004.88244",
        "94004 – 88244",
        "(94004 88244)",
        "94004 88244?",
        "94004 88244!",
        "94004 88244:",
        "94004 88244.",
        "“94004 88244”,",
        "94004 88244。",
        "٩٤٠٠٤ ٨٨٢٤٤؟",
        "९४००४ ८८२४४",
        "٩٤٠٠٤ ٨٨٢٤٤",
        "９４００４－８８２４４",
        "tel:9400488244",
        "Mobile: 94004 88244",
    ],
)
def test_a_mobile_is_one_number_in_every_usual_spelling(typed: str) -> None:
    assert parse_identifier(typed, region="IN") == TOM


@table(
    "typed",
    [
        "+91 94004 88244",
        "+919400488244",
        "919400488244",
        "0091 9400488244",
        "(+91) 94004 88244",
        "+91 (0) 94004 88244",
        "tel:+919400488244",
        "tel:+91-94004-88244?",
        "＋９１ ９４００４ ８８２４４",
        "+९१ ९४००४ ८८२४४",
    ],
)
def test_a_mobile_with_its_country_code_is_that_number_only(typed: str) -> None:
    assert parse_identifier(typed, region="IN") == TOM_IN_FULL


def test_a_number_from_abroad_needs_its_plus() -> None:
    expected = Identifier(kind=IdentifierKind.MOBILE, value="447700900123")

    assert parse_identifier("+44 7700 900123", region="IN") == expected
    assert parse_identifier("07700 900123", region="GB") == replace(expected, national="7700900123")
    with pytest.raises(NotUnderstood, match="It has 12 digits; a number of another country needs"):
        parse_identifier("447700900123", region="IN")


def test_an_american_number_is_not_the_indian_one_that_it_ends_with() -> None:
    assert parse_identifier("+1 984 509 8450", region="IN") == Identifier(
        kind=IdentifierKind.MOBILE, value="19845098450"
    )


@table(
    "typed",
    [
        "98450 1234 5",
        "98450 1234 (5)",
        "98450-1234-5",
        "984501234 5",
        "+91 98450 1234 5",
        "91984 501 234 5",
        "5 984501234",
        "5 98450 1234",
        "9. 84501 2345",
        "+62 812 3456 789 10",
        "+62 812 3456 789 1",
    ],
)
def test_digits_that_may_be_a_count_are_asked_about(typed: str) -> None:
    with pytest.raises(NotUnderstood, match="It is not clear which digits belong to the mobile number"):
        parse_identifier(typed, region="IN")


@table(
    ("typed", "digits"),
    [
        ("+359 437 355 35", "35943735535"),
        ("+352 27 00 41 84", "35227004184"),
        ("98 45 01 23 45", "919845012345"),
    ],
)
def test_a_short_last_group_is_no_count_where_numbers_are_written_so(typed: str, digits: str) -> None:
    assert parse_identifier(typed, region="IN").value == digits


@table("typed", ["98450 1234²", "98450 12345¹", "98450 1234½", "98450 1234⑤", "98450 1234Ⅴ"])
def test_a_raised_digit_is_no_digit_of_a_number(typed: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_identifier(typed, region="IN")


def test_a_number_of_the_right_length_is_let_through_though_no_plan_lists_it() -> None:
    assert parse_identifier("1234567890", region="IN").value == "911234567890"


@table("typed", ["id:565039504", "ID: 565039504", "id:00565039504", "id:565039504?", "id:५६५०३९५०४"])
def test_a_customer_number_is_digits_after_id(typed: str) -> None:
    assert parse_identifier(typed, region="IN") == Identifier(kind=IdentifierKind.ID, value="565039504")


def test_an_external_id_is_kept_as_it_was_typed() -> None:
    assert parse_identifier("ext:E-001 b", region="IN") == Identifier(
        kind=IdentifierKind.EXTERNAL_ID, value="E-001 b"
    )
    assert parse_identifier("ext:“E-001 b”", region="IN").value == "E-001 b"


def test_an_email_is_kept_as_it_was_typed() -> None:
    assert parse_identifier("Asha.Menon+vip@Example.com", region="IN") == Identifier(
        kind=IdentifierKind.EMAIL, value="Asha.Menon+vip@Example.com"
    )


@table(
    "typed",
    [
        "asha.menon@example.com",
        "(asha.menon@example.com)",
        "<asha.menon@example.com>",
        "[asha.menon@example.com].",
        "‘asha.menon@example.com’",
        "*asha.menon@example.com*",
        "asha.menon@example.com?",
        "asha.menon@example.com!",
        "asha.menon@example.com:",
        "asha.menon@example.com,",
        "email:asha.menon@example.com",
        "E-mail: asha.menon@example.com",
        "mailto:asha.menon@example.com",
        "mailto:asha.menon@example.com?subject=Coupon%20for%20919400488244",
        "mailto:asha.menon%40example.com",
        "Asha Menon <asha.menon@example.com>",
        "ａｓｈａ.menon＠example.com",
    ],
)
def test_an_email_is_read_with_what_people_and_programs_put_around_it(typed: str) -> None:
    assert parse_identifier(typed, region="IN") == ASHA


def test_a_number_beside_an_email_is_not_passed_over() -> None:
    with pytest.raises(NotUnderstood):
        parse_identifier("98450 12345 <asha.menon@example.com>", region="IN")


@table(
    ("typed", "told", "same"),
    [
        ("98450 12345", "919845012345", True),
        ("98450 12345", "9845012345", True),
        ("98450 12345", "+91 98450 12345", True),
        ("98450 12345", "19845012345", False),
        ("98450 12345", "919845012346", False),
        ("+91 98450 12345", "919845012345", True),
        ("+91 98450 12345", "9845012345", False),
        ("+1 984 509 8450", "919845098450", False),
        ("+1 984 509 8450", None, True),
        ("asha@example.com", "919845012345", True),
        ("id:5", "919845012345", True),
    ],
)
def test_whom_the_engine_names_must_have_the_number_that_was_asked_for(
    typed: str, told: str | None, same: bool
) -> None:
    assert parse_identifier(typed, region="IN").may_be(told) is same


@table(
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


@table(
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
    script=st.sampled_from(["0", "०", "٠", "０"]),
)
def test_spelling_never_changes_who_is_meant(
    national: str, prefix: str, gaps: list[str], script: str
) -> None:
    typed = _in_script(prefix + _spaced(national, gaps), script)
    try:
        named = parse_identifier(typed, region="IN").value
    except NotUnderstood:
        # One or two digits before or behind longer groups may be a count, and are asked about.
        groups = re.split(r"[ .-]+", typed)
        named = "91" + national if min(len(groups[0]), len(groups[-1])) <= 2 else ""

    assert named == "91" + national


def _in_script(text: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(char)) if char in "0123456789" else char for char in text)


@functools.cache
def mobiles() -> list[phonenumbers.PhoneNumber]:
    """One of each region; reading all regions takes too long for whoever only collects the tests."""
    mobile = phonenumbers.PhoneNumberType.MOBILE
    found = (
        phonenumbers.example_number_for_type(one, mobile) for one in sorted(phonenumbers.SUPPORTED_REGIONS)
    )
    return [number for number in found if number]


@st.composite
def numbers(draw: st.DrawFn) -> phonenumbers.PhoneNumber:
    """Mobiles of the whole world."""
    example = draw(st.sampled_from(mobiles()))
    national = phonenumbers.national_significant_number(example)
    kept = draw(st.integers(2, len(national)))
    end = draw(st.text("0123456789", min_size=len(national) - kept, max_size=len(national) - kept))
    number = phonenumbers.parse(f"+{example.country_code}{national[:kept]}{end}")
    assume(phonenumbers.is_valid_number(number))
    return number


@given(
    number=numbers(),
    spelt=st.sampled_from(
        [
            phonenumbers.PhoneNumberFormat.E164,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.RFC3966,
        ]
    ),
    separator=st.sampled_from([" ", "-", ".", "\u00a0", "–", ""]),
    around=st.sampled_from(["{}", "({})", "{}?", "{}!", "“{}”", "{}:"]),
    script=st.sampled_from(["0", "०", "٠", "０"]),
    region=st.sampled_from(["IN", "GB", "US", "DE", "ID"]),
)
def test_a_number_with_its_country_code_is_exactly_that_number_everywhere(
    number: phonenumbers.PhoneNumber, spelt: int, separator: str, around: str, script: str, region: str
) -> None:
    written = phonenumbers.format_number(number, spelt)
    typed = around.format(_in_script(written.replace(" ", separator), script))
    digits = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")

    assert parse_identifier(typed, region=region) == Identifier(kind=IdentifierKind.MOBILE, value=digits)


@given(
    number=numbers(),
    count=st.integers(1, 999),
    gap=st.sampled_from([" ", "  ", " - ", " / "]),
    region=st.sampled_from(["IN", "DE", "ID"]),
)
def test_a_count_behind_a_number_never_joins_it(
    number: phonenumbers.PhoneNumber, count: int, gap: str, region: str
) -> None:
    typed = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    try:
        named = parse_identifier(f"{typed}{gap}{count}", region=region)
    except NotUnderstood:
        return

    assert named.value == typed.lstrip("+")


@given(national=NATIONAL, more=st.text("0123456789", min_size=1, max_size=1), at=st.integers(1, 10))
def test_a_mobile_with_a_digit_too_many_is_nobodys_number(national: str, more: str, at: int) -> None:
    with pytest.raises(NotUnderstood, match="not a whole mobile number"):
        parse_identifier(national[:at] + more + national[at:], region="IN")


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


@table(
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
        ("९८४५० १२३४५ को फ़ोन करें", ("98450 12345",)),
        ("*98450 12345* and (asha@example.com).", ("98450 12345", "asha@example.com")),
        ("98450 12345 ext. 5", ("98450 12345",)),
        ("mailto:asha@example.com?subject=hi", ("asha@example.com",)),
        ("Asha <asha@example.com>, asha@example.com's", ("asha@example.com",)),
        ("+1 984 509 8450", ("+1 984 509 8450",)),
        ("2025-01-31 98450 12345", ("98450 12345",)),
        ("on 31.01.2025 98450 12345, her sister +91 98450 12346", ("98450 12345", "+91 98450 12346")),
        # Which of these digits are a customer's is not clear.
        ("98450 1234 5 coupons", ()),
        ("447700900123", ()),
        ("+977 984-1234567 5", ()),
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


@table(
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


@given(
    number=numbers(),
    spelt=st.sampled_from(
        [phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL],
    ),
    before=st.sampled_from(["", "bill 12 ", "2 ", "4711, ", "1. ", "2025-01-31 "]),
    behind=st.sampled_from(["", " 5", " 2 coupons", ", 10", " 12.08.2025", " (3)", " / 7"]),
    region=st.sampled_from(["IN", "DE", "US"]),
)
def test_other_digits_of_a_message_never_join_a_number(
    number: phonenumbers.PhoneNumber, spelt: int, before: str, behind: str, region: str
) -> None:
    text = before + phonenumbers.format_number(number, spelt) + behind
    digits = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")

    assert {parse_identifier(one, region=region).value for one in customers_named(text, region=region)} <= {
        digits
    }


@given(
    national=NATIONAL,
    before=st.integers(0, 99),
    behind=st.integers(0, 99),
    cut=st.integers(0, 2),
)
def test_other_digits_of_a_message_never_complete_a_number(
    national: str, before: int, behind: int, cut: int
) -> None:
    spelt = f"{national[:5]} {national[5 : 10 - cut]}"
    named = customers_named(f"{before} of {spelt} {behind} times", region="IN")

    assert {parse_identifier(one, region="IN").value for one in named} <= {f"91{national}"}
