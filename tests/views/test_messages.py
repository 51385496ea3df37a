"""Every kind of message is drawn by one function, as its row says: of a request, a case, or as a modal."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from bot.domain.anchor import Anchor
from bot.domain.messages import KINDS, MessageKind, Subject
from bot.domain.redemption import Redemption, State
from bot.domain.seal import as_digest
from bot.views.messages import OF_CASES, OF_REQUESTS, OF_SEALS, WINDOWS, drawn_message, drawn_window
from tests.tables import table
from tests.views.asking import ANSWERED, OPEN, REOPENED, TAKEN
from tests.views.redeeming import DISPLAY, buttons_of, row, unknown, waiting

REDEEMED = row(State.REDEEMED)


def test_each_kind_is_drawn_in_one_place() -> None:
    assert Counter([*OF_REQUESTS, *OF_CASES, *OF_SEALS, *WINDOWS]) == Counter(MessageKind)


@table("kind", MessageKind)
def test_what_draws_it_is_as_its_row_says(kind: MessageKind) -> None:
    of = KINDS[kind]

    assert (kind in WINDOWS) is of.is_window
    assert (kind in OF_CASES) is (of.about is Subject.CASE)
    assert (kind in OF_SEALS) is (of.about is Subject.SEAL)


@pytest.mark.parametrize("kind", OF_REQUESTS)
def test_a_message_of_a_request_names_it(kind: MessageKind) -> None:
    asked = waiting()

    message = drawn_message(kind, asked, display=DISPLAY)

    assert message.text
    if not KINDS[kind].in_thread:
        assert asked.reference in str(message.blocks)


@pytest.mark.parametrize("kind", OF_CASES)
def test_a_message_of_a_case_tells_of_it(kind: MessageKind) -> None:
    message = drawn_message(kind, ANSWERED, display=DISPLAY)

    assert message.text
    if not KINDS[kind].in_thread:
        assert ANSWERED.reference in message.text + str(message.blocks)


@pytest.mark.parametrize("kind", WINDOWS)
def test_a_modal_shows_how_it_ended(kind: MessageKind) -> None:
    assert REDEEMED.reference in str(drawn_window(kind, REDEEMED, display=DISPLAY).blocks)


ADOPTED = [kind for kind, of in KINDS.items() if of.redrawn and not of.is_window]


@pytest.mark.parametrize("kind", ADOPTED)
def test_a_copy_that_the_ledger_does_not_know_can_be_pressed_and_is_kept_true_from_then_on(
    kind: MessageKind,
) -> None:
    """The process, or the ledger, may be gone before it is written down where a message was posted."""
    about = [OPEN, TAKEN, ANSWERED, REOPENED] if kind in OF_CASES else _in_every_state(kind)

    for one in about:
        assert buttons_of(drawn_message(kind, one, display=DISPLAY)), one.state


def _in_every_state(kind: MessageKind) -> list[Redemption]:
    if kind is MessageKind.ATTENTION:
        # It is posted for an unknown outcome; what it becomes is no business of those who might settle it.
        return [unknown()]
    return [waiting(), unknown(), *(row(state) for state in State if state is not State.UNKNOWN)]


def test_the_message_of_a_seal_carries_what_is_typed_in_to_prove_it() -> None:
    anchor = Anchor(
        id="seal-7", day=date(2026, 11, 28), seal=7, last_event=4711, digest="0123456789abcdef" * 4
    )

    message = drawn_message(MessageKind.SEAL, anchor, display=DISPLAY)

    assert message.text == "Audit log of 28 November 2026: sealed up to event 4711. Nothing to do."
    assert anchor.letters in str(message.blocks)
    assert as_digest(anchor.letters) == anchor.digest
