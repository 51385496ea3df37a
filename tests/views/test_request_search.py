"""What is shown of requests that were found by a reference or a bill number."""

from __future__ import annotations

import pytest

from bot.domain.redemption import Redemption
from bot.domain.request_query import SHOWN, RequestKey, RequestQuery
from bot.sandbox.slack.blockkit.rules import message_faults
from bot.views.request_search import found_requests, looking_for
from bot.views.states import STATE_WORDS
from tests.tables import table
from tests.views.redeeming import DISPLAY, HOSTILE, ROW, every_row, foreign_marks, hostile, read

BILL = RequestQuery(key=RequestKey.BILL, value="MG-88")
REF = RequestQuery(key=RequestKey.REFERENCE, value="NWTUDXEH")


@table("row", every_row())
def test_who_asked_and_how_it_ended_are_told_and_nothing_identifies_the_customer(row: Redemption) -> None:
    message = found_requests(BILL, [row], display=DISPLAY)
    told = read(message)

    assert told.startswith("*One request* from here with the bill number `MG-88`")
    assert f"*{STATE_WORDS[row.state]}*" in told
    assert f"Asked for by <@{row.terms.requester}>" in told
    for secret in (str(row.terms.customer_name), row.terms.code, row.terms.customer):
        assert secret not in str(message.payload())
    assert message_faults(message.payload()) == []


def test_more_than_are_shown_are_said_to_be() -> None:
    told = read(found_requests(BILL, [ROW] * (SHOWN + 1), display=DISPLAY))

    assert told.startswith(f"*More than {SHOWN} requests* from here")
    assert told.count("Asked for by") == SHOWN


def test_two_are_counted() -> None:
    assert read(found_requests(BILL, [ROW] * 2, display=DISPLAY)).startswith("*2 requests* from here")


@pytest.mark.parametrize(
    ("query", "step"), [(BILL, "`/redemptions` and their number"), (REF, "letter by letter")]
)
def test_nothing_found_is_said_with_the_next_step(query: RequestQuery, step: str) -> None:
    told = read(found_requests(query, [], display=DISPLAY))

    assert told.startswith("Nothing was redeemed or asked for from here with the ")
    assert step in told


def test_nothing_from_outside_breaks_it() -> None:
    message = found_requests(
        RequestQuery(key=RequestKey.BILL, value=HOSTILE), [hostile(ROW)] * (SHOWN + 1), display=DISPLAY
    )

    assert message_faults(message.payload()) == []
    assert foreign_marks(message) == []
    assert looking_for().text
