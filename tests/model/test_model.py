"""The protocol, model-checked within small bounds, most of them long; `python -m tests.model --larger` checks wider ones."""

from __future__ import annotations

import pytest

from tests.long import some
from tests.model.spin import check, missing
from tests.model.variants import HOLD, LIMITS, MUTANTS, PROPERTIES, Variant, property_of

pytestmark = pytest.mark.skipif(
    missing() is not None,
    reason=f"{missing()} is not installed: the model is not checked (apt-get install spin gcc)",
)


def _name(variant: Variant) -> str:
    return variant.name


@pytest.mark.parametrize("variant", some(HOLD, 0), ids=_name)
def test_every_run_keeps_every_property(variant: Variant) -> None:
    found = check(variant.switches, cycles=variant.cycles)

    assert found.broken is None
    assert found.states > 1000


@pytest.mark.parametrize("mutant", some(MUTANTS, 1), ids=_name)
def test_a_mutant_breaks_a_property(mutant: Variant) -> None:
    found = check(mutant.switches, cycles=mutant.cycles, thorough=False)

    assert found.broken is not None
    assert property_of(found.broken) == mutant.breaks


@pytest.mark.parametrize("limit", some(LIMITS, 0), ids=_name)
def test_what_the_model_assumes_it_needs(limit: Variant) -> None:
    found = check(limit.switches, thorough=False)

    assert found.broken is not None
    assert property_of(found.broken) == limit.breaks


def test_mutants_break_properties_that_have_names() -> None:
    assert len(MUTANTS) >= 12
    assert {variant.breaks for variant in (*MUTANTS, *LIMITS)} <= PROPERTIES.keys()
