"""The engine's records of a coupon as a proof: nothing, ours, another's, nobody's."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from bot.domain.coupon import Use
from bot.domain.customer import CustomerId
from bot.domain.evidence import Looked, weigh
from bot.domain.facts import OtherEvidence, OwnNumber, Undecided
from tests.services.shelf import ASHA
from tests.tables import table

TYPED = Looked(customer=ASHA.id, before=("1",), bill_number="B-1", generated=False, till="desk.1")
GENERATED = replace(TYPED, bill_number="CD-AB", generated=True)
EARLIER = Use(by=ASHA.id, id="1", bill="B-0", till="shop.1")
TYPED_USE = Use(by=ASHA.id, id="9", bill="B-1", till="desk.1")
OWN_USE = Use(by=ASHA.id, id="9", bill="CD-AB", till="desk.1")
ANOTHER = Use(by=ASHA.id, id="8", bill="B-8", till="shop.1")


@pytest.mark.parametrize("known", [TYPED, GENERATED])
@pytest.mark.parametrize("uses", [(), (EARLIER,)])
def test_what_was_there_before_proves_nothing(known: Looked, uses: tuple[Use, ...]) -> None:
    assert weigh(uses, known) is None


@pytest.mark.parametrize("beside", [(), (ANOTHER,), (EARLIER, ANOTHER)])
@pytest.mark.parametrize("rival", [False, True])
def test_the_generated_number_proves_it_whatever_else_is_new(beside: tuple[Use, ...], rival: bool) -> None:
    assert weigh((*beside, OWN_USE), replace(GENERATED, rival=rival)) == OwnNumber(uses=(OWN_USE,))


def test_the_generated_number_proves_it_although_a_weaker_claim_has_the_use() -> None:
    assert weigh((OWN_USE,), replace(GENERATED, claimed=("9",))) == OwnNumber(uses=(OWN_USE,))


def test_two_uses_with_the_generated_number_are_both_told() -> None:
    twice = replace(OWN_USE, id="10")

    assert weigh((OWN_USE, twice), GENERATED) == OwnNumber(uses=(OWN_USE, twice))


def test_one_new_use_with_the_typed_number_at_our_place_proves_it() -> None:
    assert weigh((EARLIER, TYPED_USE), TYPED) == OtherEvidence(use=TYPED_USE)


def test_a_use_that_another_request_claims_is_no_evidence_of_this_one() -> None:
    assert weigh((TYPED_USE,), replace(TYPED, claimed=("9",))) is None
    both = (TYPED_USE, replace(TYPED_USE, id="10"))
    assert weigh(both, replace(TYPED, claimed=("9",))) == OtherEvidence(use=both[1])


def test_a_use_for_our_bill_that_another_request_has_on_evidence_alone_is_left_to_a_person() -> None:
    """It may be ours, and beside another one it may be ours as well as that one."""
    known = replace(TYPED, claimed=("9",), likely={"9": "B-1"})
    both = (TYPED_USE, replace(TYPED_USE, id="10"))

    assert weigh((TYPED_USE,), known) == Undecided(uses=(TYPED_USE,))
    assert weigh(both, known) == Undecided(uses=both)


@pytest.mark.parametrize(
    ("bill", "till", "doubtful"),
    [("B-2", "desk.1", False), ("B-3", "desk.1", True), (None, None, True), ("B-3", "shop.1", False)],
    ids=["its own number", "nobody's number", "no number", "nobody's number elsewhere"],
)
def test_what_a_person_named_for_another_bill_is_ours_to_doubt_where_no_request_explains_its_number(
    bill: str | None, till: str | None, doubtful: bool
) -> None:
    use = replace(TYPED_USE, bill=bill, till=till)
    found = weigh((use,), replace(TYPED, claimed=("9",), likely={"9": "B-2"}))

    assert found == (Undecided(uses=(use,)) if doubtful else None)


@table(
    ("uses", "known"),
    [
        ((TYPED_USE,), replace(TYPED, rival=True)),
        ((TYPED_USE, ANOTHER), TYPED),
        ((TYPED_USE, replace(TYPED_USE, id="10")), TYPED),
        ((replace(TYPED_USE, bill="B-2"),), TYPED),
        ((replace(TYPED_USE, bill=None),), TYPED),
        ((replace(TYPED_USE, till="shop.1"),), TYPED),
        ((replace(OWN_USE, bill="CD-XX"),), GENERATED),
        ((replace(OWN_USE, till="shop.1"),), GENERATED),
        # Nobody's in particular: another customer of a shared coupon may have the same number typed.
        ((replace(TYPED_USE, by=None),), TYPED),
    ],
)
def test_what_may_be_anothers_is_left_to_a_person(uses: tuple[Use, ...], known: Looked) -> None:
    assert weigh(uses, known) == Undecided(uses=uses)


@pytest.mark.parametrize("known", [TYPED, GENERATED])
@pytest.mark.parametrize("by", [None, CustomerId("1")])
def test_uses_of_others_are_passed_over(known: Looked, by: CustomerId | None) -> None:
    assert weigh((replace(ANOTHER, by=by),), known) is None


def test_a_use_of_another_customer_proves_nothing_whatever_number_it_carries() -> None:
    assert weigh((replace(OWN_USE, by=CustomerId("1")),), GENERATED) is None


@pytest.mark.parametrize(("use", "known"), [(TYPED_USE, TYPED), (OWN_USE, GENERATED)])
def test_a_use_of_nobody_in_particular_counts_by_its_number(use: Use, known: Looked) -> None:
    assert weigh((replace(use, by=None),), known) is not None


@pytest.mark.parametrize(("ours", "theirs"), [(None, "shop.1"), ("desk.1", None), (None, None)])
def test_a_place_counts_only_where_both_sides_name_one(ours: str | None, theirs: str | None) -> None:
    use = replace(TYPED_USE, till=theirs)

    assert weigh((use,), replace(TYPED, till=ours)) == OtherEvidence(use=use)


def test_only_the_generated_number_is_stronger_than_anothers_claim() -> None:
    """All there is of record, claim, rival and number."""
    for generated, claimed, rival, right in product((False, True), repeat=4):
        known = replace(GENERATED if generated else TYPED, claimed=("9",) if claimed else (), rival=rival)
        use = replace(OWN_USE if generated else TYPED_USE, till="desk.1" if right else "shop.1")
        found = weigh((use,), known)

        if generated and right:
            assert found == OwnNumber(uses=(use,))
        elif claimed:
            assert found is None
        elif right and not rival:
            assert found == OtherEvidence(use=use)
        else:
            assert found == Undecided(uses=(use,))


@pytest.mark.parametrize("spelt", ["b-1", "B 1", "B-01", "1"])
def test_a_use_of_nobody_named_is_left_to_a_person_however_our_number_is_spelt(spelt: str) -> None:
    """It may be ours; and it proves nothing."""
    use = replace(TYPED_USE, by=None, bill=spelt)
    likely = replace(TYPED, claimed=("9",), likely={"9": spelt})

    assert weigh((use,), TYPED) == Undecided(uses=(use,))
    assert weigh((replace(use, by=ASHA.id),), TYPED) == Undecided(uses=(replace(use, by=ASHA.id),))
    assert weigh((use,), likely) == Undecided(uses=(use,))
