"""The same bill, however people and tills spell its number."""

from __future__ import annotations

from bot.domain.bill_number import may_be_same_bill
from tests.tables import table

SAME = [
    "T-1001",
    "t-1001",
    " T 1001",
    "T1001",
    "T/1001",
    "T–1001",
    "Ｔ-１００１",
    "T-001001",
    "#T-1001",
    "1001",
    "0001001",
    "10 01",
    "Bill 1001",
    "No. 1001",
]
OTHERS = ["T-1002", "T-10010", "T-11001", "MG-T-1001", "T-1001-2", "2-1001", "T-101", "T", "", "-", None]


@table("spelt", SAME)
def test_other_spellings_may_name_the_same_bill(spelt: str) -> None:
    assert may_be_same_bill(spelt, "1001")
    assert may_be_same_bill("1001", spelt)


@table("spelt", SAME[:9])
def test_letter_case_signs_spaces_and_zeros_make_no_other_bill(spelt: str) -> None:
    assert may_be_same_bill(spelt, "T-1001")


@table("number", OTHERS)
def test_another_number_names_another_bill(number: str | None) -> None:
    assert not may_be_same_bill(number, "T-1001")
    assert not may_be_same_bill("T-1001", number)


def test_two_prefixes_are_two_bills() -> None:
    assert not may_be_same_bill("MG-1001", "T-1001")


def test_signs_alone_name_the_same_bill_only_as_they_are() -> None:
    assert may_be_same_bill("---", "---")
    assert not may_be_same_bill("---", "--")
    assert may_be_same_bill(None, None) is False
