"""Requests by reference and bill number: for whom, and what is recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import Denial, NotAllowed
from bot.domain.person import Actor, PersonId
from bot.domain.policy import Policy
from bot.domain.redemption import RequestId, State
from bot.domain.request_query import SHOWN, RequestKey, RequestQuery
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import AuditEvent
from bot.services.request_search import FindRequests
from tests.fakes.audit import FakeAttempts
from tests.fakes.kept import FakeLookUps
from tests.fakes.request_search import FakeRequestSearch
from tests.fakes.requests import FakeRequests
from tests.fakes.rights import FakeRights
from tests.services.attempts import authorize
from tests.services.redeeming import row

REF = RequestQuery(key=RequestKey.REFERENCE, value="ABCDEFGH")
BILL = RequestQuery(key=RequestKey.BILL, value="MG-88")
NISHA = Actor(id=PersonId("U0AGENT"), team="T0DESK")


def many() -> FakeRequestSearch:
    """More requests for one bill than are shown."""
    requests = FakeRequests()
    for number in range(SHOWN + 1):
        made = row(State.REDEEMED)
        terms = replace(made.terms, bill_number="MG-88")
        requests.holds(replace(made, id=RequestId(f"ABCDEFGH{number:08}"), terms=terms))
    return FakeRequestSearch(requests)


def finding(search: FakeRequestSearch, attempts: FakeAttempts, no: Exception | None = None) -> FindRequests:
    allowed = authorize(
        FakeRights(lets_in=True, no=no), Policy(lookup_groups=frozenset({"S0AGENTS"})), attempts
    )
    cards = LookUpCards(allowed, FakeLookUps())
    return FindRequests(cards=cards, audit=allowed.audit, search=search)


@pytest.mark.parametrize("query", [REF, BILL], ids=["ref", "bill"])
async def test_what_was_shown_to_whom_is_recorded(query: RequestQuery) -> None:
    search, attempts = many(), FakeAttempts()
    found = await finding(search, attempts)(query, by=NISHA)

    assert (len(found), search.asked) == (SHOWN + 1, [(query.value, SHOWN + 1)])
    [told] = attempts.told
    assert (told.what, told.by) == (AuditEvent.REQUESTS_SHOWN, NISHA.id)
    assert (told.why["key"], told.why["requests"]) == (query.key, ["ABCDEFGH"] * SHOWN)


async def test_nothing_is_read_for_who_may_not_look_up() -> None:
    search = many()

    with pytest.raises(NotAllowed):
        await finding(search, FakeAttempts(), NotAllowed(Denial.GROUP))(BILL, by=NISHA)
    assert search.asked == []
