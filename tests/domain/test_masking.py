from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.masking import masked
from tests.tables import table


@table(
    "mobile",
    [
        "9845012345",
        "09845012345",
        "919845012345",
        "+919845012345",
        "+91 98450 12345",
        "91 98450 12345",
        "+91-98450-12345",
        "(+91) 98450 12345",
        "0091 98450 12345",
        "98450-12345",
        "98450.12345",
        "(98450) 12345",
        "984 501 2345",
        "98450 – 12345",
        "98450\u00a012345",
        "98450\n12345",
        "98450\u200b12345",
        "98450_12345",
        "9 8 4 5 0 1 2 3 4 5",
        "98 45 01 23 45",
        "98450\u200e12345",
        "\u202a+91 98450\u202c 12345",
        "98450\ufeff12345",
        "98450\u206612345",
        "98450\ufe6312345",
        "98450*12345",
        "*98450* 12345",
        "98450'12345",
        "98450      12345",
    ],
)
@table("around", ["{}", "call {} today", "mobile:{}.", "x{}x", "5 {} 12", "12/11/2026 {}"])
def test_a_mobile_keeps_its_last_four_digits_at_most(mobile: str, around: str) -> None:
    told = masked(around.format(mobile))

    assert "…2345" in told
    assert "98450" not in re.sub(r"[^0-9…]", "", told)


def test_digits_of_other_scripts_are_masked_too() -> None:
    assert masked("９８４５０１２３４５") == "…２３４５"
    assert masked("९८४५० १२३४५") == "…२३४५"


@table(
    ("typed", "told"),
    [
        ("9️⃣8️⃣4️⃣5️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣!", "…2345️⃣!"),
        ("⑨⑧④⑤⓪①②③④⑤", "…②③④⑤"),
        ("⁹⁸⁴⁵⁰¹²³⁴⁵", "…²³⁴⁵"),
        ("5² 98450 1234⑤", "5² …234⑤"),
    ],
)
def test_digits_that_are_drawn_in_another_way_are_masked_too(typed: str, told: str) -> None:
    assert masked(typed) == told


def test_two_mobiles_are_two() -> None:
    assert masked("9845012345/9845054321") == "…2345/…4321"
    assert masked("98450 12345 98450 54321").count("…") >= 1
    assert "98450" not in masked("98450 12345 98450 54321")


def test_a_number_from_abroad_is_masked() -> None:
    assert masked("+65 9123 4567") == "…4567"
    assert masked("+44 7911 123456") == "…3456"
    assert masked("9123 4567", region="SG") == "…4567"
    assert masked("tel+65 9123 4567pm") == "tel…4567pm"


@table("mobile", ["098 450 12345", "9198 450 12345"])
def test_what_stands_before_a_national_number_is_masked_with_it(mobile: str) -> None:
    assert masked(f"7 {mobile} 7") == "7 …2345 7"


@table(
    ("text", "told"),
    [
        ("asha.menon+vip@example.com", "…@example.com"),
        ("write to Asha <asha@example.co.in>, please", "write to Asha <…@example.co.in>, please"),
        ("(asha@163.com)", "(…@163.com)"),
        ("a@example.com,b@example.com", "…@example.com,…@example.com"),
        ("asha@ybl", "…@ybl"),
        ("9845012345@ybl", "…@ybl"),
        ("asha＠example.com", "…@example.com"),
        ("asha﹫example.com", "…@example.com"),
        ("asha@\u200bexample.com", "…@example.com"),
        ("asha\u200b@\u2060example.com", "…@example.com"),
        ("asha @ example.com", "…@example.com"),
        ("asha@ example.co.in, please", "…@example.co.in, please"),
    ],
)
def test_an_email_keeps_only_its_domain(text: str, told: str) -> None:
    assert masked(text) == told


@table(
    "spelling",
    [
        *("SAVE20X", "save20x", "Save20x", "SAVE-20X", "SAVE 20 X", "S A V E 2 0 X", "SAVE*20*X"),
        *("save\u200b20x", "ＳＡＶＥ２０Ｘ", "SAVE２０X", "SAVE२०X", "S\u0301AVE20X"),
    ],
)
def test_the_coupon_s_code_is_gone_in_any_spelling(spelling: str) -> None:
    assert masked(f"{spelling} does not scan", code="SAVE20X") == "••• does not scan"


def test_a_code_in_another_width_is_gone_in_the_usual_one() -> None:
    assert masked("save20 does not scan", code="ＳＡＶＥ２０") == "••• does not scan"


def test_the_code_is_looked_for_before_its_digits_look_like_a_mobile() -> None:
    assert masked("code 9845012345AB!", code="9845012345AB") == "code •••!"


def test_the_last_digits_of_a_mobile_do_not_give_the_code_away() -> None:
    assert "2345" not in masked("call 9845012345 or 98450-123-45", code="2345")


@table("code", [None, "", " ", "-"])
def test_without_a_code_no_code_is_looked_for(code: str | None) -> None:
    assert masked("ABC - 1", code=code) == "ABC - 1"


@table(
    "text",
    [
        "",
        "bill 4711",
        "INV-2026/4711",
        "₹1,00,000",
        "₹12,34,56,789.50",
        "1 200.50",
        "12/11/2026",
        "2026-11-12 10:20",
        "12.11.2026 13:45",
        "12/11/2026 - 13/11/2026",
        "bill 4711 of 12/11/2026, ₹1,00,000",
        "2 pcs @ 50",
        "2 pcs @ Rs.500",
        "till 3 @ Bandra",
        "5@100",
        "till 12, 13 and 14",
        "Torn coupon; the till would not take it.",
    ],
)
def test_bills_amounts_and_dates_stay(text: str) -> None:
    assert masked(text, code="SAVE20X") == text


def test_ten_digits_in_one_piece_are_masked_whatever_they_count() -> None:
    assert masked("bill 1234567890") == "bill …7890"
    assert masked("card 4111111111111111") == "card …1111"


def test_what_is_masked_already_stays() -> None:
    text = "…2345 wrote from …@example.com about •••"

    assert masked(text, code="SAVE20X") == text


def test_what_a_mask_leaves_is_looked_at_again() -> None:
    assert masked("9845017345 123456") == "……3456"


def squeezed(text: str) -> str:
    return re.sub(r"[\s().\-/+]", "", text)


NATIONAL = st.from_regex(r"98450[0-9]{5}", fullmatch=True)
SPELLINGS = st.sampled_from(
    [
        "{0}{1}",
        "{0} {1}",
        "{0}-{1}",
        "+91{0}{1}",
        "+91 {0} {1}",
        "91{0}{1}",
        "0{0}{1}",
        "({0}) {1}",
        "{0}.{1}",
    ]
)
ANY = st.text(max_size=20)
BUSY = st.text(st.sampled_from("0129 -./()+@,;:…•aB\n"), max_size=12)


@given(national=NATIONAL, spelling=SPELLINGS, before=ANY | BUSY, after=ANY | BUSY)
def test_no_mobile_remains(national: str, spelling: str, before: str, after: str) -> None:
    # Digits that touch the number make another one of it, which is masked as a whole if it is long enough.
    assume(not (before[-1:].isdecimal() or after[:1].isdecimal()))

    told = masked(before + spelling.format(national[:5], national[5:]) + after)
    assert national not in squeezed(told)
    assert "…" in told


@given(email=st.emails(), before=ANY, after=ANY)
def test_no_email_remains(email: str, before: str, after: str) -> None:
    assert email not in masked(f"{before} {email} {after}")


CODES = st.from_regex(r"[A-Z0-9][A-Z0-9_-]{2,15}", fullmatch=True)


@given(code=CODES, data=st.data(), before=ANY | BUSY, after=ANY | BUSY)
def test_no_code_remains(code: str, data: st.DataObject, before: str, after: str) -> None:
    spelling = data.draw(st.sampled_from([code, code.lower(), code.swapcase(), code.title()]))

    told = masked(before + spelling + after, code=code)
    assert code.casefold() not in told.casefold()


@given(
    st.lists(
        st.sampled_from(
            [
                "9845012345",
                "98450",
                "12345",
                " ",
                "-",
                "a@b.co",
                "SAVE",
                "20X",
                "@",
                "…",
                "•",
                "7",
                "+91",
                "x",
            ]
        )
        | st.characters(),
        max_size=12,
    ),
    st.sampled_from([None, "SAVE20X", "2345", "A", "CO", "98450"]),
)
def test_masking_twice_changes_nothing(parts: list[str], code: str | None) -> None:
    once = masked("".join(parts), code=code)

    assert masked(once, code=code) == once
