"""Who may not redeem is told so on every surface, nothing is sent, and the audit log keeps it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import Ack, Kind
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from bot.views import redeem as view
from tests.flows.redeeming import (
    ASHA,
    POLICY,
    SMALL,
    audit,
    denied,
    fills,
    is_answered,
    opens_form,
    reviews,
    sees_card,
    shown,
    submits_again,
)

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

Fall = Callable[[SandboxSlack], Any]

REDEEM = "You are not allowed to redeem"
UNVERIFIED = "could not verify that"


@pytest.fixture
def policy() -> str:
    return POLICY


def changed(**facts: Any) -> Fall:
    return lambda slack: slack.change_user("U0SENIOR", **facts)


def failing(method: str, **how: Any) -> Fall:
    def fall(slack: SandboxSlack) -> None:
        slack.fail(method, **how)
        # What was read lately would do for what only shows.
        slack.change_user("U0SENIOR")
        slack.change_group("S0AGENTS")

    return fall


#: How Vikram loses the right, what he is told, and what the audit log says; `tests/adapters/slack/test_rights` has every other way.
FALLS: dict[str, tuple[Fall, str, str]] = {
    "out of the group": (lambda slack: slack.change_group("S0AGENTS", users=("U0AGENT",)), REDEEM, "redeem"),
    "a guest": (changed(is_ultra_restricted=True), "not allowed", "guest"),
    "groups throttled": (failing("usergroups.list", retry_after=30), UNVERIFIED, "could_not_verify"),
    "person failing": (failing("users.info", error="fatal_error"), UNVERIFIED, "could_not_verify"),
}


async def at_the_form(person: Person) -> None:
    await opens_form(person)
    await fills(person)


#: How far Vikram has got, and what he presses then.
SURFACES: dict[str, tuple[Callable[[Person], Awaitable[None]], Callable[[Person], Awaitable[Any]]]] = {
    "open": (sees_card, lambda person: person.clicks("Redeem")),
    "review": (at_the_form, lambda person: person.submits()),
    "back": (reviews, lambda person: person.clicks("Back")),
}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("how", FALLS)
async def test_whoever_may_not_goes_no_further(
    vikram: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path, surface: str, how: str
) -> None:
    (before, press), (fall, told, why) = SURFACES[surface], FALLS[how]
    await before(vikram)
    asked = engine.count()
    fall(slack)
    await press(vikram)
    await vikram.sees(told)

    assert engine.count() == asked
    assert denied(tmp_path) == [("U0SENIOR", surface, why)]


@pytest.mark.parametrize("how", FALLS)
async def test_whoever_may_not_any_more_does_not_redeem(
    vikram: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path, how: str
) -> None:
    """It is written down, so that the outcome and the direct message say so."""
    fall, told, why = FALLS[how]
    await reviews(vikram)
    fall(slack)
    await vikram.submits()
    await vikram.sees(f"Not redeemed  ·  {SMALL}")
    await vikram.sees(told)
    await vikram.sees("Nothing was sent to the loyalty engine.")

    assert engine.count(capillary.REDEEM) == 0
    # After it the engine was asked whether an earlier press of this form was sent after all.
    last = next(one for one in reversed(audit(tmp_path)) if one.from_state != one.to_state)
    assert (last.from_state, last.to_state) == ("new", "refused")
    assert last.why["stop"] == ("could_not_verify" if why == "could_not_verify" else "not_allowed")
    assert last.why.get("denied") == {"could_not_verify": None, "redeem": "group"}.get(why, why)


async def test_nobody_sees_a_button_they_may_not_press(slack: SandboxSlack) -> None:
    leo = slack.person("U0NOBODY")
    await leo.command("/coupons", f"{ASHA} code:{SMALL}")
    await leo.sees("Can be redeemed")
    leo.sees_not("[Redeem]")
    await leo.command("/coupons", ASHA)
    await leo.sees("Showing 1 to 9 of 9")

    leo.sees_not("[Redeem]")


# What is forged, or somebody else's


async def presses(slack: SandboxSlack, person: Person, value: str) -> Ack:
    """A press on Redeem with this value, as nobody's card carries it."""
    place = slack.workspace.directory.channels["C0SUPPORT"]
    told = payloads.interaction("block_actions", person.user) | {
        "container": {"type": "message", "message_ts": "1.1", "channel_id": place.id, "is_ephemeral": True},
        "channel": {"id": place.id, "name": place.name},
        "trigger_id": slack.workspace.triggers.give(person.id),
        "actions": [{"type": "button", "action_id": view.OPEN, "block_id": "b", "value": value}],
    }
    return await slack.delivery.send(Kind.INTERACTIVE, told)


def row_of(person: Person) -> str:
    """What the Redeem button of their card carries."""
    [carried] = [
        element["value"]
        for message in person.in_view.messages()
        for block in message.blocks
        for element in block.get("elements", [])
        if element.get("action_id") == view.OPEN
    ]
    return str(carried)


async def test_a_press_with_the_value_of_another_ones_card_opens_nothing(
    vikram: Person, nisha: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path
) -> None:
    await sees_card(vikram)
    asked = engine.count()
    await presses(slack, nisha, row_of(vikram))
    await nisha.sees("You are not allowed to use somebody else's card.")

    assert engine.count() == asked
    assert denied(tmp_path) == [("U0AGENT", "open", "not_yours")]


@pytest.mark.parametrize("place", ["9", "-1", "x"])
async def test_a_place_that_is_not_on_the_page_opens_nothing(
    vikram: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path, place: str
) -> None:
    await vikram.command("/coupons", ASHA)
    await vikram.sees("[Details]")
    [controls] = [
        block for block in vikram.in_view.messages()[-1].blocks if block["block_id"].startswith("look_up.")
    ]
    card = controls["block_id"].removeprefix("look_up.")
    asked = engine.count()
    await presses(slack, vikram, f"{card}.{place}")
    await vikram.sees("This is more than a day old.")

    assert engine.count() == asked
    assert denied(tmp_path) == [("U0SENIOR", "open", "expired")]


@pytest.mark.parametrize("value", ["made-up.0", "x" * 300])
async def test_a_card_that_there_never_was_opens_nothing(
    vikram: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path, value: str
) -> None:
    await presses(slack, vikram, value)
    await vikram.sees("This is more than a day old.")

    assert engine.calls == []
    assert denied(tmp_path) == [("U0SENIOR", "open", "expired")]


SUBMITTED = {"review": at_the_form, "confirm": reviews}


@pytest.mark.parametrize("surface", SUBMITTED)
async def test_somebody_elses_form_cannot_be_submitted(
    vikram: Person, nisha: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path, surface: str
) -> None:
    await SUBMITTED[surface](vikram)
    assert vikram.modal is not None
    asked = engine.count()
    again = submits_again(slack, nisha, vikram.modal.payload())

    await is_answered(slack, again, "You are not allowed to use somebody else's card.")
    assert engine.count() == asked
    assert denied(tmp_path) == [("U0AGENT", surface, "not_yours")]


async def test_somebody_elses_redemption_is_not_shown_either(
    vikram: Person, nisha: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path
) -> None:
    await reviews(vikram)
    assert vikram.modal is not None
    confirmation = vikram.modal.payload()
    await vikram.submits()
    await vikram.sees("The loyalty engine confirmed it.")
    ack = await submits_again(slack, nisha, confirmation)

    assert "You are not allowed to use somebody else's card." in shown(ack)
    assert "Asha" not in shown(ack)
    assert denied(tmp_path) == [("U0AGENT", "confirm", "not_yours")]


@pytest.mark.parametrize("surface", SUBMITTED)
async def test_a_form_that_there_never_was_cannot_be_submitted(
    vikram: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path, surface: str
) -> None:
    await SUBMITTED[surface](vikram)
    assert vikram.modal is not None
    forged = vikram.modal.payload() | {"private_metadata": "AAAAAAAAAAAAAAAA.1"}
    asked = engine.count()

    await is_answered(slack, submits_again(slack, vikram, forged), "more than a day old")
    assert engine.count() == asked
    assert denied(tmp_path) == [("U0SENIOR", surface, "expired")]


@pytest.mark.parametrize("review", [".0", ".2", ".x"])
async def test_a_review_that_there_never_was_cannot_be_confirmed(
    vikram: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path, review: str
) -> None:
    await reviews(vikram)
    assert vikram.modal is not None
    confirmation = vikram.modal.payload()
    draft = confirmation["private_metadata"].rpartition(".")[0]
    ack = await submits_again(slack, vikram, confirmation | {"private_metadata": f"{draft}{review}"})

    assert "Nothing was changed." in shown(ack) or "nothing was sent" in shown(ack)
    assert engine.count(capillary.REDEEM) == 0
    [(who, where, _)] = denied(tmp_path)
    assert (who, where) == ("U0SENIOR", "confirm")


async def test_a_form_that_was_never_reviewed_cannot_be_confirmed(
    vikram: Person, slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path
) -> None:
    await at_the_form(vikram)
    assert vikram.modal is not None
    form = vikram.modal.payload()
    forged = form | {"callback_id": view.CONFIRM, "private_metadata": f"{form['private_metadata']}.0"}
    ack = await submits_again(slack, vikram, forged)

    assert "nothing was sent" in shown(ack)
    assert engine.count(capillary.REDEEM) == 0
    assert denied(tmp_path) == [("U0SENIOR", "confirm", "superseded")]


async def test_a_reason_that_is_not_on_the_list_is_a_fault(
    vikram: Person, slack: SandboxSlack, engine: SandboxEngine
) -> None:
    await at_the_form(vikram)
    assert vikram.modal is not None
    forged = vikram.modal.payload()
    [reason] = [block for block in forged["state"]["values"].values() if "redeem.reason" in block]
    reason["redeem.reason"]["selected_option"] = {"value": "Because"}
    ack = await submits_again(slack, vikram, forged)

    assert "Choose a reason from the list." in shown(ack)
