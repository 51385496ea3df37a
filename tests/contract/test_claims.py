"""What `services.ports.Requests` promises of claims on the engine's redemptions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.claim import Claim, ClaimKind
from bot.domain.customer import CustomerId
from bot.domain.redemption import (
    Outcome,
    Settled,
    State,
)
from bot.domain.transitions import Change
from bot.services.ports import Others
from tests.adapters.ledger.facts import (
    TERMS,
)
from tests.contract.conftest import Ledger, Puts


def claimed(kind: ClaimKind, redemption_id: str = "R-7") -> Change:
    outcome = Outcome(settled=Settled.EVIDENCE, redemption_id=redemption_id)
    return Change(outcome=outcome, claim=Claim(redemption_id=redemption_id, kind=kind))


async def test_a_stronger_claim_takes_the_redemption_and_the_other_is_unknown(
    ledger: Ledger, put: Puts
) -> None:
    weak = await ledger.requests.move(await put(State.UNKNOWN), State.REDEEMED, claimed(ClaimKind.EVIDENCE))
    strong = await ledger.requests.move(await put(State.UNKNOWN), State.REDEEMED, claimed(ClaimKind.ANSWER))
    lost = await ledger.requests.get(weak.id)

    assert strong.state is State.REDEEMED
    assert lost is not None
    assert (lost.state, lost.looks, lost.outcome.redemption_id) == (State.UNKNOWN, 0, None)


async def test_a_claim_as_strong_leaves_the_second_one_unknown(ledger: Ledger, put: Puts) -> None:
    first = await ledger.requests.move(await put(State.UNKNOWN), State.REDEEMED, claimed(ClaimKind.EVIDENCE))
    second = await ledger.requests.move(await put(State.SENDING), State.REDEEMED, claimed(ClaimKind.EVIDENCE))

    assert second.state is State.UNKNOWN
    assert second.outcome.redemption_id is None
    assert await ledger.requests.get(first.id) == first


@pytest.mark.parametrize("kind", [ClaimKind.EVIDENCE, ClaimKind.PERSON])
async def test_what_the_engine_said_stays_redeemed_when_another_answer_names_its_use(
    ledger: Ledger, put: Puts, kind: ClaimKind
) -> None:
    named = replace(claimed(kind), outcome=Outcome(settled=Settled.ANSWER, redemption_id="R-7"))
    mine = await ledger.requests.move(await put(State.REDEEMED), State.REDEEMED, named)
    await ledger.requests.move(await put(State.SENDING), State.REDEEMED, claimed(ClaimKind.ANSWER))
    after = await ledger.requests.get(mine.id)

    assert after is not None
    assert (after.state, after.outcome) == (State.REDEEMED, Outcome(settled=Settled.ANSWER))
    assert after.due_at is not None


@pytest.mark.parametrize("kind", ClaimKind)
async def test_a_use_that_another_request_has_is_not_the_one_that_a_person_names(
    ledger: Ledger, put: Puts, kind: ClaimKind
) -> None:
    """The first keeps it, and the one without an id stays redeemed, to be named."""
    theirs = await ledger.requests.move(await put(State.UNKNOWN), State.REDEEMED, claimed(kind))
    mine = await put(State.REDEEMED)
    after = await ledger.requests.move(mine, State.REDEEMED, claimed(ClaimKind.PERSON))

    assert (after.state, after.outcome, after.due_at) == (State.REDEEMED, mine.outcome, None)
    assert await ledger.requests.get(theirs.id) == theirs


async def test_a_use_that_nobody_has_belongs_to_the_one_that_a_person_names_it_for(
    ledger: Ledger, put: Puts
) -> None:
    mine = await ledger.requests.move(await put(State.REDEEMED), State.REDEEMED, claimed(ClaimKind.PERSON))
    other = await ledger.requests.move(await put(State.UNKNOWN), State.REDEEMED, claimed(ClaimKind.PERSON))

    assert (mine.state, mine.outcome.redemption_id) == (State.REDEEMED, "R-7")
    assert other.state is State.UNKNOWN


async def test_a_redemption_that_was_given_up_can_be_claimed(ledger: Ledger, put: Puts) -> None:
    first = await ledger.requests.move(await put(State.UNKNOWN), State.REDEEMED, claimed(ClaimKind.EVIDENCE))
    await ledger.requests.move(first, State.REFUSED)
    second = await ledger.requests.move(await put(State.UNKNOWN), State.REDEEMED, claimed(ClaimKind.PERSON))

    assert second.state is State.REDEEMED


async def test_nothing_is_open_again_beside_another(ledger: Ledger, put: Puts) -> None:
    redeemed = await put(State.REDEEMED, TERMS)
    await put(State.NEW, TERMS)
    row = await ledger.requests.move(redeemed, State.UNKNOWN, Change(due_in_s=5.0))

    assert (row.state, row.due_at) == (State.REDEEMED, None)


async def test_what_others_have_claimed_for_the_coupon_is_told(ledger: Ledger, put: Puts) -> None:
    mine = await put(State.UNKNOWN, TERMS)
    assert await ledger.requests.others(mine, ["R-7"]) == Others()

    theirs = await put(State.NOT_REDEEMED, TERMS)
    assert await ledger.requests.others(mine, ["R-7"]) == Others()
    assert set(await ledger.requests.unclaimed_numbers(mine)) == {TERMS.bill_number}
    await ledger.requests.move(theirs, State.REDEEMED, claimed(ClaimKind.EVIDENCE))
    on_evidence = Others(claimed=frozenset({"R-7"}), likely={"R-7": TERMS.bill_number})
    assert await ledger.requests.others(mine, ["R-7", "R-8"]) == on_evidence
    assert await ledger.requests.others(mine, ["R-8"]) == Others()
    assert await ledger.requests.unclaimed_numbers(mine) == {}


@pytest.mark.parametrize("kind", ClaimKind)
async def test_what_rests_on_evidence_or_a_persons_word_is_told_with_the_bill_it_is_for(
    ledger: Ledger, put: Puts, kind: ClaimKind
) -> None:
    mine = await put(State.UNKNOWN, TERMS)
    theirs = await put(State.NOT_REDEEMED, replace(TERMS, bill_number="B-2"))
    await ledger.requests.move(theirs, State.REDEEMED, claimed(kind))

    likely = {"R-7": "B-2"} if kind in {ClaimKind.EVIDENCE, ClaimKind.PERSON} else {}
    assert await ledger.requests.others(mine, ["R-7"]) == Others(claimed=frozenset({"R-7"}), likely=likely)


async def test_what_another_customer_has_claimed_of_a_shared_coupon_is_told(
    ledger: Ledger, put: Puts
) -> None:
    """Who redeemed what is the same question, whichever of those who hold the coupon it was for."""
    theirs = await put(State.UNKNOWN, replace(TERMS, customer=CustomerId("7")))
    await ledger.requests.move(theirs, State.REDEEMED, claimed(ClaimKind.ANSWER))
    mine = await put(State.UNKNOWN, TERMS)

    assert await ledger.requests.others(mine, ["R-7"]) == Others(claimed=frozenset({"R-7"}))


@pytest.mark.parametrize("spelt", ["T-1001", "t 1001", "T-001001", "1001"])
async def test_another_request_for_the_bill_is_a_rival_however_its_number_is_spelt(
    ledger: Ledger, put: Puts, spelt: str
) -> None:
    mine = await put(State.UNKNOWN, replace(TERMS, bill_number="T-1001"))
    await put(State.REDEEMED, replace(TERMS, bill_number=spelt))

    assert (await ledger.requests.others(mine, [])).rival
