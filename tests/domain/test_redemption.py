"""What a request says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.coupon import Use
from bot.domain.redemption import Asking, Decision, Intent, Outcome, Redemption, Terms
from tests.services.redeeming import ARJUN, row
from tests.services.shelf import NOON

LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("decided", "pressed_at"),
    [
        (None, NOON),
        (Decision(by=ARJUN, at=LATER, round=1, approved=True), LATER),
        (Decision(by=ARJUN, at=LATER, round=1, approved=False), NOON),
    ],
    ids=["nobody", "approved", "rejected"],
)
def test_it_was_let_go_on_by_its_approval_else_by_its_confirmation(
    decided: Decision | None, pressed_at: object
) -> None:
    assert row(decided=decided).pressed_at == pressed_at


#: What a row of an older version, or a caller, may leave out, where that is not None: not known.
LEFT_OUT: Mapping[type[Any], Mapping[str, object]] = {
    Terms: {"note": "", "approvers": ()},
    Intent: {"attempt": ""},
    Outcome: {"uses": (), "note": ""},
    Decision: {"note": "", "reason": ""},
    Asking: {"more_uses": False, "earlier": 0, "attempt": 1, "other_coupon": False},
    Redemption: {"looks": 0, "round": 1, "reminded": 0},
}


@pytest.mark.parametrize("of", LEFT_OUT)
def test_what_a_record_holds_where_nothing_is_told(of: type[Any]) -> None:
    left_out = {one.name: one.default for one in fields(of) if one.default not in {MISSING, None}}

    assert left_out == LEFT_OUT[of]


def test_the_digest_of_what_was_found_stays_for_forms_that_are_open() -> None:
    """A form that another version drew is answered, too."""
    found = (Use(id="1", bill="B-1", at=datetime(2025, 9, 1, 6, 30, tzinfo=UTC)), Use(id="2"))

    assert (Outcome(uses=found).found, Outcome().found) == ("47a37285f6ba", "e3b0c44298fc")


def test_the_reference_that_people_quote_is_eight_letters() -> None:
    assert row().reference == "ABCDEFGH"
