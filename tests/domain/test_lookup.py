from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.coupon import CouponCode, spellings
from bot.domain.customer import CustomerId, IdentifierKind
from bot.domain.errors import NotUnderstood
from bot.domain.lookup import (
    CouponQuestion,
    Filter,
    LookUp,
    parse_coupon_question,
    parse_lone_code,
)
from bot.domain.person import PersonId
from tests.tables import table

FIRST = LookUp(customer=CustomerId("5"), asker=PersonId("U1"))


def ask(text: str) -> CouponQuestion:
    return parse_coupon_question(text, region="IN")


@table("word", list(Filter))
def test_each_filter_is_one_word(word: Filter) -> None:
    assert ask(f"98450 12345 {word.value}").filter is word


def test_a_customer_alone_asks_for_all_newest_first() -> None:
    question = ask("98450 12345")

    assert (question.filter, question.oldest_first, question.code) == (Filter.ALL, False, None)


@table("words", list(permutations(["98450 12345", "Redeemable", "OLDEST", "code:ab-0012"])))
def test_the_words_may_come_in_any_order_and_letter_case(words: tuple[str, ...]) -> None:
    question = ask(" ".join(words))

    assert question.customer.value == "919845012345"
    assert (question.filter, question.oldest_first, question.code) == (
        Filter.REDEEMABLE,
        True,
        CouponCode("ab-0012"),
    )


def test_a_code_keeps_its_leading_zeros_and_its_case() -> None:
    assert ask("98450 12345 code: 0211706970002385").code == "0211706970002385"
    assert ask("98450 12345 code:Diwali10").code == "Diwali10"
    assert {ask(f"98450 12345 code:{typed}").code for typed in ('"GOLD1"', "`GOLD1`", "'GOLD1")} == {"GOLD1"}


@table(
    ("typed", "code"),
    [
        ("98450 12345 code:SAVE 20", "SAVE 20"),
        ("98450 12345 code:SAVE  20", "SAVE  20"),
        ("98450 12345 code:SAVE 20 redeemable", "SAVE 20"),
        ("98450 12345 code:SAVE 20 oldest active", "SAVE 20"),
        ("oldest code:SAVE 20 id:5", "SAVE 20"),
        ("code:SAVE 20 ext:E 1", "SAVE 20"),
        ('98450 12345 code:"BUY ALL 3" redeemable', "BUY ALL 3"),
        ("code:“BUY ALL 3” 98450 12345", "BUY ALL 3"),
        ("98450 12345 code:ALL", "ALL"),
        ("98450 12345 code: oldest", "oldest"),
        ("98450 12345 code:SAVE 98450 54321", "SAVE 98450 54321"),
        ("98450 12345 code:½OFF", "½OFF"),
        # Keyboards turn quotes: a word of the desk's own between two of them is a word of the code.
        ("98450 12345 code:‘BUY ALL’", "BUY ALL"),
        ("98450 12345 code:'BUY ALL' oldest", "BUY ALL"),
        ("98450 12345 code:”BUY ALL”", "BUY ALL"),
        ('98450 12345 code:“BUY ALL"', "BUY ALL"),
        ("98450 12345 code:«BUY ALL»", "BUY ALL"),
        ("98450 12345 code:„BUY ALL“", "BUY ALL"),
        ("98450 12345 code:'O’NEIL ALL'", "O’NEIL ALL"),
        ("98450 12345 code:＂BUY ALL＂", "＂BUY ALL＂"),
        ('98450 12345 code:" ABC "', "ABC"),
        ('98450 12345 code:"A code:B"', "A code:B"),
        ("98450 12345 code:O’NEIL ALL", "O’NEIL"),
        ("98450 12345 code:O’NEIL", "O’NEIL"),
        ("98450 12345 ｃｏｄｅ：ＳＡＶＥ", "ＳＡＶＥ"),
        ("98450 12345 code:SAVE5!", "SAVE5!"),
        # Before the customer, where only one way to part them is left.
        ("code:SAVE 20 98450 12345", "SAVE 20"),
        ("code:SAVE 20 +91 98450 12345", "SAVE 20"),
        ("code:SAVE 20 asha@example.com", "SAVE 20"),
    ],
)
def test_a_code_goes_on_to_the_next_option_as_it_was_typed(typed: str, code: str) -> None:
    assert ask(typed).code == code


@given(
    customer=st.sampled_from(["98450 12345", "+91 98450 12345", "asha@example.com", "id:5"]),
    code=st.lists(st.from_regex(r"[A-Z0-9½-]{1,6}", fullmatch=True), min_size=1, max_size=4).map(" ".join),
    behind=st.sampled_from(["", " redeemable", " oldest"]),
)
def test_what_a_code_takes_never_joins_the_customer(customer: str, code: str, behind: str) -> None:
    words = {*Filter, "oldest", "newest"}
    assume(not words & set(code.lower().split()))
    question = ask(f"{customer} code:{code}{behind}")

    assert (question.customer, question.code) == (ask(customer).customer, code)


@table(
    ("typed", "said"),
    [
        ("98450 1234 code:SAVE 5", "not a whole mobile number"),
        ("98450 code:SAVE 12345", "neither a mobile number"),
        ("98450 redeemable 12345", "not clear which words name the customer"),
        ("98450 1234 redeemable 5", "not clear which words name the customer"),
        ("98450 12345 redeemable 5", "not clear which words name the customer"),
        ("5 oldest 98450 12345", "not clear which words name the customer"),
        ("98450 1234 5", "not clear which digits"),
        ("98450 1234 (5)", "not clear which digits"),
        ("98450 12345 10", "The word after the customer could not be read."),
        ("code:SAVE 91 98450 12345", "not clear where the code ends"),
        ("code:SAVE 20", "Whose coupons?"),
    ],
)
def test_digits_that_stand_apart_are_asked_about(typed: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        ask(typed)

    assert said in refused.value.sentence


@table(
    ("typed", "said"),
    [
        ("", "Whose coupons?"),
        ("redeemable", "Whose coupons?"),
        ("98450 12345 active expired", "one filter at a time"),
        ("98450 12345 oldest newest", "Use `oldest` or `newest`, not both."),
        ("98450 12345 redemable", "Did you mean `redeemable`?"),
        ("98450 12345 code:", "one coupon code"),
        ("98450 12345 code:A code:B", "one coupon code"),
        ("98450 12345 code:A oldest code:B", "one coupon code"),
        ('98450 12345 code:""', "one coupon code"),
        ("98450 12345 code:\u200b", "one coupon code"),
        ("98450 12345 code:\u3164", "one coupon code"),
        ("98450 12345 GOLD5000", "The word after the customer could not be read. For one coupon type"),
        ("98450 12345 code:A,B", "one coupon code"),
        ("somebody", "neither a mobile number nor an e-mail"),
    ],
)
def test_what_cannot_be_read_is_named(typed: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        ask(typed)

    assert said in refused.value.sentence


@given(st.text(max_size=80))
def test_any_words_are_read_or_refused(typed: str) -> None:
    outcome: CouponQuestion | str
    try:
        outcome = ask(typed)
    except NotUnderstood as refused:
        outcome = refused.sentence

    assert outcome


@table(
    ("typed", "asked"),
    [
        ("SAVE20", ("SAVE20",)),
        ("save20", ("save20",)),
        ("½OFF", ("½OFF", "1⁄2OFF")),
        # Of one case to Python, not to an engine.
        ("ﬁOFF", ("ﬁOFF", "fiOFF")),
        ("\u212aING", ("\u212aING", "KING")),
        ("STRAßE", ("STRAßE",)),
        ("İ1", ("İ1",)),
        ("A\u200bB", ("A\u200bB", "AB")),
        ("A，B", ("A，B",)),
    ],
)
def test_a_code_is_asked_for_as_typed_and_then_in_the_usual_signs(typed: str, asked: tuple[str, ...]) -> None:
    assert spellings(CouponCode(typed)) == asked


def test_next_and_previous_move_by_a_page_and_not_before_the_first() -> None:
    assert FIRST.next_page().offset == 10
    assert FIRST.next_page().previous_page() == FIRST
    assert FIRST.previous_page() == FIRST


def test_a_new_filter_starts_at_its_first_page() -> None:
    show_page = FIRST.next_page().filtered(Filter.EXPIRED)

    assert (show_page.filter, show_page.offset) == (Filter.EXPIRED, 0)


IN_FULL, NATIONAL = ("919845012345", None), ("919845012345", "9845012345")
#: What people typed and found a stranger's coupons by, and more of the kind: the number that is asked for, the same
#: without country code if it was typed so, and the code.
READ = {
    "+1 984 509 8450": ("19845098450", None, None),
    "+1 (984) 509-8450 redeemable": ("19845098450", None, None),
    "00 1 984 509 8450": ("19845098450", None, None),
    "98450 12345 code:SAVE 20": (*NATIONAL, "SAVE 20"),
    "code:SAVE 20 98450 12345": (*NATIONAL, "SAVE 20"),
    "code:ABC +1 984 509 8450": ("19845098450", None, "ABC"),
    "98450 12345 code:1234567890": (*NATIONAL, "1234567890"),
    "984501 2345 code:5 OFF": (*NATIONAL, "5 OFF"),
    "+91-98450-12345 code:½OFF": (*IN_FULL, "½OFF"),
    "98450 12345, code:ABC": (*NATIONAL, "ABC"),
    "tel:+919845012345": (*IN_FULL, None),
    "tel:+91-98450-12345;ext=5 code:AB": (*IN_FULL, "AB"),
    "WhatsApp: +91 98450 12345": (*IN_FULL, None),
    "ph: 98450 12345": (*NATIONAL, None),
    "\u202a+919845012345\u202c": (*IN_FULL, None),
    "९८४५० १२३४५ redeemable": (*NATIONAL, None),
    "٩٨٤٥٠١٢٣٤٥": (*NATIONAL, None),
    "98450.12345.": (*NATIONAL, None),
    "(asha.menon@example.com)": ("asha.menon@example.com", None, None),
    "email:asha.menon@example.com active": ("asha.menon@example.com", None, None),
    "mailto:asha.menon@example.com?subject=98450%2012345": ("asha.menon@example.com", None, None),
    "asha.menon@example.com?": ("asha.menon@example.com", None, None),
}


@table(("typed", "read"), READ.items())
def test_who_is_asked_for_is_who_was_typed(typed: str, read: tuple[str, str | None, str | None]) -> None:
    question = parse_coupon_question(typed, region="IN")

    assert (question.customer.value, question.customer.national, question.code) == read


@table(
    "typed",
    [
        "98450 1234 code:SAVE 5",
        "98450 12345 redeemable 5",
        "5 98450 12345",
        "98450 redeemable 12345",
        "98450 12345 active 2",
        "98450 12345 30",
        "98450 12345 code:ABC oldest 3",
        "98450 12345 / 98450 54321",
        "98450 12345 id:5",
        "98450 12345 x5",
        "98450 123456",
        "984501234567",
        "91984501234",
        "+9198450123456",
        "+98 450 12345 20",
    ],
)
def test_digits_that_stand_apart_are_never_joined_to_a_number(typed: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_coupon_question(typed, region="IN")


@table("count", range(1, 3))
@table("before", ["code:SAVE ", "redeemable ", "oldest ", "id:5 ", "ext:E-1 "])
def test_no_option_lends_a_number_its_digits(before: str, count: int) -> None:
    """A number that lacks digits stays one that lacks them, whatever stands beside it."""
    short = "9845012345"[:-count]
    for typed in (f"{short} {before}{'5' * count}", f"{before}{'5' * count} {short}"):
        try:
            question = parse_coupon_question(typed, region="IN")
        except NotUnderstood:
            continue
        assert question.customer.kind is not IdentifierKind.MOBILE


@table(
    ("typed", "code"),
    [
        ("code:ABC123", "ABC123"),
        ("CODE: ½OFF", "½OFF"),
        ("code:SAVE 20 oldest", "SAVE 20"),
        ("redeemable code:SAVE 20", "SAVE 20"),
        ("code:98450", "98450"),
        ("code:SAVE 98450 12345", None),
        ("code:ABC asha@example.com", None),
        ("98450 12345 code:ABC", None),
        ("98450 12345", None),
    ],
)
def test_a_code_without_a_customer_is_asked_for_alone(typed: str, code: str | None) -> None:
    assert parse_lone_code(typed, region="IN") == code
