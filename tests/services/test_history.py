from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.customer import Identifier, by_id
from bot.domain.errors import EngineFault, UnknownCustomer
from bot.domain.history import HistoryKind, HistoryQuery
from bot.domain.lookup import AsOf
from bot.domain.promotions import (
    SHOWN,
    Mode,
    PromoCode,
    PromotionQuestion,
    Promotions,
    PromotionUse,
    parse_promotion_question,
)
from bot.services.history import LookUpHistory
from bot.services.lookup import Caching
from bot.services.promotions import LookUpPromotions
from tests.aio.conftest import Timer
from tests.fakes.engine import FakeEngine
from tests.services.shelf import ASHA, MOBILE, NOON, RAVI

DAY_S = 24 * 60 * 60
UQ38T = parse_promotion_question("UQ38T")
USE = PromotionUse(
    id="1",
    promotion="P",
    code="UQ38T",
    at=NOON,
    customer=None,
    receipt=None,
    till="7",
    discount=None,
    amount=None,
    scope=None,
)


@pytest.fixture
def records(shelf: FakeEngine) -> FakeEngine:
    """With one redemption of a promotion."""
    shelf.promotions = {Mode.DISCOUNT: (USE,)}
    shelf.tills = {"7": "MG Road"}
    return shelf


def asked(records: FakeEngine, what: str) -> list[str]:
    return [call for call in records.calls if call.startswith(what)]


@pytest.fixture
def promotions(records: FakeEngine, now: Callable[[], datetime], caching: Caching) -> LookUpPromotions:
    return LookUpPromotions(records, now, caching)


@pytest.fixture
def history(records: FakeEngine, now: Callable[[], datetime], caching: Caching) -> LookUpHistory:
    return LookUpHistory(records, records, now, caching)


def ids(found: AsOf[Promotions]) -> list[str | None]:
    return [use.id for use in found.facts.uses]


# Promotions


@pytest.mark.parametrize(
    ("typed", "calls"),
    [
        ("UQ38T", ["uses UQ38T discount", "uses UQ38T payment"]),
        ("a b payment", ["uses A B payment"]),
        ("a discount", ["uses A discount"]),
    ],
)
async def test_each_mode_is_asked_once_and_without_one_both(
    promotions: LookUpPromotions, records: FakeEngine, typed: str, calls: list[str]
) -> None:
    await promotions(parse_promotion_question(typed))

    assert asked(records, "uses") == calls


async def test_what_both_modes_tell_stands_once_and_newest_first(
    promotions: LookUpPromotions, records: FakeEngine
) -> None:
    older, undated = replace(USE, id="2", at=NOON - timedelta(days=1)), replace(USE, id="3", at=None)
    newer = replace(USE, id="4", at=NOON + timedelta(days=1))
    records.promotions = {Mode.DISCOUNT: (older, undated, USE), Mode.PAYMENT: (USE, newer)}

    assert ids(await promotions(UQ38T)) == ["4", "1", "2", "3"]


async def test_redemptions_without_an_id_are_not_taken_for_one(
    promotions: LookUpPromotions, records: FakeEngine
) -> None:
    records.promotions = {Mode.DISCOUNT: (replace(USE, id=None), replace(USE, id=None, receipt="R"))}

    assert ids(await promotions(UQ38T)) == [None, None]


@pytest.mark.parametrize("failing", Mode)
async def test_one_mode_that_fails_fails_the_look_up(
    promotions: LookUpPromotions, records: FakeEngine, failing: Mode
) -> None:
    """Half of the redemptions would look like all of them."""
    records.failing = failing

    with pytest.raises(EngineFault):
        await promotions(UQ38T)


async def test_a_till_is_asked_for_its_name_once_a_day(
    promotions: LookUpPromotions, records: FakeEngine, timer: Timer
) -> None:
    for seconds in (0, 60, 3_600, DAY_S - 1):
        timer.seconds = seconds
        found = await promotions(UQ38T, fresh=True)
        assert found.facts.tills == {"7": "MG Road"}
    assert asked(records, "till") == ["till 7"]
    timer.seconds = DAY_S
    await promotions(UQ38T, fresh=True)

    assert asked(records, "till") == ["till 7", "till 7"]


async def test_tills_of_several_redemptions_are_asked_once_each(
    promotions: LookUpPromotions, records: FakeEngine
) -> None:
    records.promotions = {Mode.DISCOUNT: tuple(replace(USE, id=str(n), till=f"{n % 2}") for n in range(10))}
    await promotions(UQ38T)
    records.promotions[Mode.DISCOUNT] += (replace(USE, code="OTHER", till="0"),)
    await promotions(PromotionQuestion(codes=(PromoCode("OTHER"),)))

    assert asked(records, "till") == ["till 0", "till 1"]


async def test_only_the_tills_that_a_card_shows_are_asked_for(
    promotions: LookUpPromotions, records: FakeEngine
) -> None:
    records.promotions = {
        Mode.DISCOUNT: tuple(
            replace(USE, id=str(n), till=str(n), at=NOON - timedelta(days=n)) for n in range(200)
        )
    }
    found = await promotions(UQ38T)

    assert len(found.facts.uses) == 200
    assert len(asked(records, "till")) == SHOWN


async def test_a_till_that_is_unknown_or_cannot_be_asked_is_missing_and_fails_nothing(
    promotions: LookUpPromotions, records: FakeEngine
) -> None:
    records.promotions = {Mode.DISCOUNT: tuple(replace(USE, id=till, till=till) for till in ("7", "8", "9"))}
    records.tills = {"7": "MG Road", "8": None, "9": EngineFault()}
    assert (await promotions(UQ38T)).facts.tills == {"7": "MG Road"}
    records.tills["9"] = "Airport"
    found = await promotions(UQ38T, fresh=True)

    # A failure is not kept; that there is no name is.
    assert found.facts.tills == {"7": "MG Road", "9": "Airport"}
    assert asked(records, "till") == ["till 7", "till 8", "till 9", "till 9"]


async def test_equal_questions_are_one_call_until_they_are_too_old_or_fresh(
    promotions: LookUpPromotions, records: FakeEngine, timer: Timer
) -> None:
    first = await promotions(UQ38T)
    assert await promotions(UQ38T) is first
    timer.seconds = 5
    assert (await promotions(UQ38T, fresh=True)).at == NOON + timedelta(seconds=5)
    timer.seconds = 60
    assert (await promotions(UQ38T)).at == NOON + timedelta(seconds=60)

    assert len(asked(records, "uses")) == 6


@pytest.mark.parametrize(
    ("typed", "calls"),
    [
        ("½off discount", ["uses ½OFF discount", "uses 1⁄2OFF discount"]),
        ("UQ38T discount", ["uses UQ38T discount"]),
        ("½off payment", ["uses ½OFF payment"]),
    ],
)
async def test_a_code_is_asked_for_as_it_was_typed_and_only_then_as_it_is_usually_spelt(
    promotions: LookUpPromotions, records: FakeEngine, typed: str, calls: list[str]
) -> None:
    records.promotions = {Mode.PAYMENT: (replace(USE, code="½OFF"),)}
    await promotions(parse_promotion_question(typed))

    assert asked(records, "uses") == calls


# A customer's history


async def test_a_customer_is_found_before_their_history_is_read(
    history: LookUpHistory, records: FakeEngine, timer: Timer
) -> None:
    timer.seconds = 7
    found = await history(MOBILE, HistoryQuery())

    assert (found.facts.id, found.at) == (ASHA.id, NOON + timedelta(seconds=7))
    assert records.calls == ["customer_id", "history 5 both 12:00:07"]


async def test_a_history_of_another_number_than_the_one_asked_for_is_nobodys(
    history: LookUpHistory, records: FakeEngine
) -> None:
    stranger = replace(MOBILE, value="19845012345")
    records.aliases[stranger.value] = ASHA.id

    with pytest.raises(UnknownCustomer):
        await history(stranger, HistoryQuery())


async def test_another_question_is_another_call_and_a_fresh_one_goes_past_what_is_kept(
    history: LookUpHistory, records: FakeEngine
) -> None:
    for query in (HistoryQuery(), HistoryQuery(kind=HistoryKind.POINTS), HistoryQuery(oldest_first=True)):
        await history(MOBILE, query)
        await history(MOBILE, query)
    assert len(asked(records, "history")) == 3
    await history(MOBILE, HistoryQuery(), fresh=True)

    assert len(asked(records, "history")) == 4


async def test_a_refresh_also_replaces_what_is_kept_of_the_customer_by_another_name(
    history: LookUpHistory, records: FakeEngine
) -> None:
    await history(MOBILE, HistoryQuery())
    await history(by_id(ASHA.id), HistoryQuery(), fresh=True)
    await history(MOBILE, HistoryQuery())

    assert len(asked(records, "history")) == 3


@pytest.mark.parametrize("named", [MOBILE, by_id(ASHA.id)])
async def test_forgetting_a_customer_forgets_their_history_alone(
    history: LookUpHistory, records: FakeEngine, named: Identifier
) -> None:
    await history(named, HistoryQuery())
    await history(by_id(RAVI.id), HistoryQuery())
    history.forget(ASHA.id)
    records.calls.clear()
    await history(by_id(RAVI.id), HistoryQuery())
    assert asked(records, "history") == []
    await history(named, HistoryQuery())

    assert len(asked(records, "history")) == 1
