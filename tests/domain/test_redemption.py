"""What a request says of itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.redemption import Decision
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


def test_the_reference_that_people_quote_is_eight_letters() -> None:
    assert row().reference == "ABCDEFGH"
