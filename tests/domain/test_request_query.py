"""Reading `ref:` and `bill:`."""

from __future__ import annotations

import pytest

from bot.domain.errors import NotUnderstood
from bot.domain.request_query import RequestKey, RequestQuery, parse_request_query
from tests.tables import table

REF, BILL = RequestKey.REFERENCE, RequestKey.BILL


@table(
    ("typed", "key", "value"),
    [
        ("ref:NWTUDXEH", REF, "NWTUDXEH"),
        ("ref: nwtudxeh", REF, "NWTUDXEH"),
        ("reference:`NWTUDXEH`", REF, "NWTUDXEH"),
        ("REF:#NWTUDXEH.", REF, "NWTUDXEH"),
        ("ref:NWTUDXEH23456ABC", REF, "NWTUDXEH23456ABC"),
        ("ref：NWTUDXEH", REF, "NWTUDXEH"),
        ("bill:MG-88", BILL, "MG-88"),
        ("bill: MG 88 ", BILL, "MG 88"),
        ('bill:"MG-88"', BILL, "MG-88"),
        ("Bill:98450 12345", BILL, "98450 12345"),
        ("bill:ref:1", BILL, "ref:1"),
        ("bill:½", BILL, "½"),
        # As the form keeps it.
        ("bill:INV   4711", BILL, "INV 4711"),
        ("bill:\u200eINV\u200b 4711\u202c", BILL, "INV 4711"),
    ],
)
def test_what_is_quoted_is_read(typed: str, key: RequestKey, value: str) -> None:
    assert parse_request_query(typed) == RequestQuery(key=key, value=value)


@table("typed", ["98450 12345", "98450 12345 ref:NWTUDXEH", "refs:1", "id:5", "", "ref"])
def test_what_begins_with_neither_is_about_a_customer(typed: str) -> None:
    assert parse_request_query(typed) is None


@table(
    "typed",
    [
        "ref:",
        "ref:NWTUDX",
        "ref:NWTUDXE0",
        "ref:98450 12345",
        "ref:" + "A" * 17,
        "bill:",
        "bill: `` ",
        "bill:\u200b",
        "bill:\u3164",
        "bill:" + "1" * 101,
    ],
)
def test_what_is_no_reference_and_no_number_is_asked_for_again(typed: str) -> None:
    with pytest.raises(NotUnderstood, match=r"ref:NWTUDXEH|bill:MG-88"):
        parse_request_query(typed)
