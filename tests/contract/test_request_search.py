"""What `services.ports.RequestSearch` promises."""

from __future__ import annotations

from dataclasses import replace

from bot.adapters.ledger.request_search import LedgerRequestSearch
from bot.domain.redemption import RequestId
from bot.services.ports import RequestSearch
from tests.adapters.ledger.facts import another_coupon
from tests.contract.conftest import Fake, Ledger, Makes, Real
from tests.fakes.request_search import FakeRequestSearch


def searching(ledger: Ledger) -> RequestSearch:
    if isinstance(ledger, Fake):
        return FakeRequestSearch(ledger.requests)
    assert isinstance(ledger, Real)
    return LedgerRequestSearch(ledger.database)


async def made(make: Makes, request_id: str, number: str) -> str:
    terms = replace(another_coupon(), bill_number=number)
    return (await make(terms, request_id=RequestId(request_id))).id


async def test_a_reference_finds_the_request_that_begins_with_it(ledger: Ledger, make: Makes) -> None:
    search = searching(ledger)
    one, twin = await made(make, "NWTUDXEH2AAAAAAA", "A-1"), await made(make, "NWTUDXEHZZZZZZZZ", "A-2")
    await made(make, "NWTUDXEI22222222", "A-3")
    await made(make, "NWTUDXEG77777777", "A-4")

    assert {row.id for row in await search.by_reference("NWTUDXEH", 9)} == {one, twin}
    assert [row.id for row in await search.by_reference("NWTUDXEH2AAAAAAA", 9)] == [one]
    assert list(await search.by_reference("AAAAAAAA", 9)) == []
    assert len(await search.by_reference("NWTUDXEH", 1)) == 1


async def test_a_bill_number_finds_its_requests_whatever_its_letter_case(ledger: Ledger, make: Makes) -> None:
    search = searching(ledger)
    ids = {await made(make, f"REQUEST{number}AAAAAAAA", "mg-88") for number in (2, 3)}
    await made(make, "REQUEST4AAAAAAAA", "MG-881")

    for typed in ("MG-88", "mg-88"):
        assert {row.id for row in await search.by_bill_number(typed, 9)} == ids
    assert list(await search.by_bill_number("%", 9)) == []
    assert list(await search.by_bill_number("it's", 9)) == []
