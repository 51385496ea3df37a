"""Which claim takes a redemption over: the stronger one, and at equal strength nobody's."""

from __future__ import annotations

from itertools import product

from bot.domain.claim import ClaimKind, is_likely, takes_over

SURE = {ClaimKind.ANSWER, ClaimKind.OWN_NUMBER}


def test_only_a_stronger_claim_takes_a_redemption_over() -> None:
    stronger = {(kind, from_) for kind, from_ in product(ClaimKind, ClaimKind) if takes_over(kind, from_)}

    assert stronger == {
        *product(SURE, {ClaimKind.EVIDENCE, ClaimKind.PERSON}),
        (ClaimKind.EVIDENCE, ClaimKind.PERSON),
    }


def test_evidence_and_a_persons_word_leave_a_doubt() -> None:
    assert {kind for kind in ClaimKind if is_likely(kind)} == {*ClaimKind} - SURE
