"""While redeeming is paused, cards, Home and every form of redeeming and approving say so."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.pause import Pause
from bot.sandbox.slack.blockkit.rules import message_faults, view_faults
from bot.views.approval import approve_form
from bot.views.kit import View
from bot.views.pause import paused_lines
from tests.tables import table
from tests.views import test_home as home
from tests.views.redeeming import DISPLAY, HOSTILE, NOW, buttons_of, foreign_marks, inputs_on, read, waiting
from tests.views.test_approval import NO, YES
from tests.views.test_lookup_requests import card, shown, single
from tests.views.test_redeem import AT_ONCE, REVIEW, confirmation
from tests.views.test_redeem import form as redeem_form

PAUSE = Pause(why="a wrong price list", by="console:x", at=NOW)
SAID = "“a wrong price list”. Nothing is sent or approved until it is resumed; looking customers up goes on."


@table("draw", [card, single])
def test_a_card_says_since_when_and_why(draw: object) -> None:
    paused = shown(lambda **given: draw(**given, pause=PAUSE))  # type: ignore[operator]

    for text in (read(paused), paused.text):
        assert "⏸️ *Redeeming is paused* since " in text
        assert SAID in text
    assert "paused" not in read(shown(draw))


def test_redeem_stays_on_the_card_of_one_coupon_as_plain_as_in_a_list() -> None:
    """It opens the form, in which approval can be asked for; it does not invite to press it."""
    paused = shown(lambda **given: single(**given, pause=PAUSE))

    assert "style" not in buttons_of(paused)["Redeem"]
    assert buttons_of(shown(single))["Redeem"]["style"] == "primary"


def test_home_says_it_before_all_else() -> None:
    assert home.text(replace(home.EMPTY, pause=PAUSE)).startswith("⏸️ *Redeeming is paused* since ")
    assert "paused" not in home.text(home.EMPTY)


def test_nothing_can_be_approved_and_the_form_says_so() -> None:
    form = approving(PAUSE)

    assert SAID in read(form)
    assert "It can be approved when redeeming is resumed; the request goes on waiting." in read(form)
    assert (form.submit, inputs_on(form)) == (None, {})
    assert "Try again" in buttons_of(form)


def test_one_that_cannot_go_through_is_not_promised_for_later() -> None:
    form = approve_form(waiting(), NO, as_of=NOW, display=DISPLAY, pause=PAUSE)

    assert "when redeeming is resumed" not in read(form)
    assert "press *Reject*" in read(form)


def test_the_form_says_it_before_anything_is_typed() -> None:
    assert read(redeem_form(pause=PAUSE)).startswith("⏸️ *Redeeming is paused* since ")
    assert "paused" not in read(redeem_form())


def test_what_would_be_sent_at_once_is_not_offered_and_can_be_tried_again() -> None:
    held, free = (confirmation(replace(REVIEW, pause=one), **AT_ONCE) for one in (PAUSE, None))

    assert read(held).startswith("⏸️ *Redeeming is paused* since ")
    assert "press *Try again* later; if not, close this window and press *Ask store ops*." in read(held)
    assert held.submit is None
    assert list(buttons_of(held)) == ["Try again", "Back"]
    assert "cannot be undone" not in read(held)
    assert "paused" not in read(free)
    assert (free.submit, list(buttons_of(free))) == ("Redeem now", ["Back"])


def test_an_approval_can_be_asked_for_and_waits() -> None:
    asking = confirmation(replace(REVIEW, pause=PAUSE))

    assert SAID in read(asking)
    assert "You can ask for approval now; it is decided on when redeeming is resumed." in read(asking)
    assert (asking.submit, list(buttons_of(asking))) == ("Request approval", ["Back"])


def approving(pause: Pause | None) -> View:
    return approve_form(waiting(), YES, as_of=NOW, display=DISPLAY, pause=pause)


def test_whatever_its_reason_it_breaks_nothing() -> None:
    hostile = replace(PAUSE, why=HOSTILE)
    form = approving(hostile)

    assert view_faults(form.payload(), "modal") == []
    assert foreign_marks(form) == []
    confirming = confirmation(replace(REVIEW, pause=hostile), **AT_ONCE)
    assert view_faults(confirming.payload(), "modal") == []
    assert foreign_marks(confirming) == []
    for draw in (card, single):
        message = shown(lambda draw=draw, **given: draw(**given, pause=hostile))
        assert message_faults(message.payload()) == []
        assert foreign_marks(message) == []
    assert paused_lines(None, DISPLAY) == []
