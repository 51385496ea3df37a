"""Which noes are final: by the engine's code where it gave one, else by their kind."""

from __future__ import annotations

import pytest

from bot.domain.refusal import Refusal, is_final, surely_final

#: capillary-api: coupon errors that no other try can pass.
CODES = {660, 702, 703, 710, 711, 712, 713, 714, 716, 719, 723, 728, 736, 747}
KINDS = {
    *(Refusal.ALREADY_USED, Refusal.NOT_TWICE, Refusal.COUPON_EXPIRED, Refusal.SERIES_EXPIRED),
    *(Refusal.REVOKED, Refusal.NO_SUCH_COUPON, Refusal.NOT_THEIRS, Refusal.LIMIT_REACHED),
}


def test_by_its_code_a_no_is_final_whatever_its_kind() -> None:
    found = {code for code in range(1000) if is_final(Refusal.OTHER, code)}

    assert found == CODES
    assert not is_final(Refusal.ALREADY_USED, 1)


@pytest.mark.parametrize("refusal", [None, *Refusal])
def test_without_a_code_its_kind_tells(refusal: Refusal | None) -> None:
    """But of a limit, some pass: by its kind alone that ends nothing."""
    assert is_final(refusal) is (refusal in KINDS)
    assert surely_final(refusal) is (refusal in KINDS - {Refusal.LIMIT_REACHED})
