"""People who may not look up are denied everywhere: commands, controls, the shortcut, its modal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.facts import ASHA, TOM
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

GROUP = "You are not allowed to look customers up: only members of @agents are."
GUEST = "You are not allowed to use this: guests cannot."
OUTSIDE = "You are not allowed to use this: it is only for members of this workspace."

#: People who are denied from the start. The guest and the outside member are in the agents' group.
OUT = {"in no group": ("U0NOBODY", GROUP), "a guest": ("U0GUEST", GUEST), "outside": ("U0OUTSIDE", OUTSIDE)}
#: Changes to a person between a card and a press on it.
FALLEN: dict[str, tuple[dict[str, Any], str]] = {
    "in no group": ({}, GROUP),
    "a guest": ({"is_ultra_restricted": True}, GUEST),
    "outside": ({"team": "T0OTHER"}, OUTSIDE),
}
#: A code that nobody redeemed: its card asks for no tills.
COMMANDS = {"/coupons": TOM, "/redemptions": ASHA, "/promo-redemptions": "NOSUCH1"}
SHOWN = {
    "/coupons": "Showing 1 to 10 of 23",
    "/redemptions": "The latest 6 redemptions",
    "/promo-redemptions": "Not redeemed as a discount",
}

Press = Callable[[Person], Awaitable[object]]
OF_COUPONS: dict[str, Press] = {
    "Next": lambda who: who.clicks("Next"),
    "Refresh": lambda who: who.clicks("Refresh"),
    "filter": lambda who: who.chooses("redeemed"),
    "Details": lambda who: who.clicks("Details"),
}
#: Every control of a command's card.
PRESSES: dict[str, dict[str, Press]] = {
    "/coupons": OF_COUPONS,
    "/redemptions": {
        "kind": lambda who: who.chooses("points"),
        "period": lambda who: who.chooses("7d"),
        "order": lambda who: who.clicks("Oldest first"),
        "Refresh": lambda who: who.clicks("Refresh"),
    },
    "/promo-redemptions": {"Refresh": lambda who: who.clicks("Refresh")},
}
EACH_FALL = pytest.mark.parametrize("how", FALLEN)
EACH_OUT = at_one_desk(("who", "told"), OUT.values())


@pytest.fixture
def policy() -> str:
    return '[lookup]\ngroups = ["S0AGENTS"]\n'


@pytest.fixture
def everybody(slack: SandboxSlack) -> SandboxSlack:
    slack.change_channel("C0SUPPORT", members=tuple(slack.people))
    return slack


def fall(slack: SandboxSlack, how: str) -> None:
    if how == "in no group":
        slack.change_group("S0AGENTS", users=("U0SENIOR",))
    else:
        slack.change_user("U0AGENT", **FALLEN[how][0])


async def on_message(person: Person, text: str) -> None:
    await person.shortcut("look_up_customer", message=await person.says("C0SUPPORT", text))


async def submitted(slack: SandboxSlack, person: Person) -> None:
    """Submit the modal, and wait until the update that follows its acknowledgement has arrived."""
    answered = asyncio.Event()
    slack.fail("views.update", hang=answered)
    await person.submits()
    answered.set()


# Commands and the shortcut, by somebody who never may


@EACH_OUT
@at_one_desk("command", COMMANDS)
async def test_no_command_answers(
    everybody: SandboxSlack, engine: SandboxEngine, who: str, told: str, command: str
) -> None:
    person = everybody.person(who)
    await person.command(command, COMMANDS[command])
    await person.sees(told)

    person.sees_not("as of")
    assert engine.calls == []


@EACH_OUT
@at_one_desk("text", [TOM, "nobody is named", f"{TOM} or {ASHA}"])
async def test_the_shortcut_answers_nothing(
    everybody: SandboxSlack, engine: SandboxEngine, who: str, told: str, text: str
) -> None:
    """They are not told which customers a message names either."""
    person = everybody.person(who)
    await on_message(person, text)
    await person.sees(told)

    person.sees_not("The message names")
    person.sees_not("as of")
    assert engine.calls == []


# Controls, by somebody who might when the card was drawn


@EACH_FALL
@pytest.mark.parametrize("command", COMMANDS)
async def test_no_control_of_a_card_works(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, command: str, how: str
) -> None:
    await nisha.command(command, COMMANDS[command])
    await nisha.sees(SHOWN[command])
    asked = engine.count()
    fall(slack, how)
    for press in PRESSES[command].values():
        before = len(nisha.in_view.messages())
        await press(nisha)
        await nisha.sees(FALLEN[how][1], after=before)

    nisha.sees_not("Issued")
    await nisha.sees(SHOWN[command])
    assert engine.count() == asked


@EACH_FALL
@pytest.mark.parametrize("press", OF_COUPONS)
async def test_no_control_in_the_modal_works(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, press: str, how: str
) -> None:
    await on_message(nisha, TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    asked = engine.count()
    fall(slack, how)
    await OF_COUPONS[press](nisha)
    await nisha.sees(FALLEN[how][1])

    nisha.sees_not("Issued")
    nisha.sees_not("Showing 11 to 20")
    assert engine.count() == asked


@EACH_FALL
async def test_what_is_typed_into_the_modal_is_not_looked_up(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, how: str
) -> None:
    await on_message(nisha, "nobody is named")
    await nisha.types("Customer", TOM)
    fall(slack, how)
    await submitted(slack, nisha)
    await nisha.sees(FALLEN[how][1])

    nisha.sees_not("Tom Sawyer")
    assert engine.calls == []


@EACH_FALL
async def test_what_is_chosen_in_the_modal_is_not_looked_up(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, how: str
) -> None:
    await on_message(nisha, f"{ASHA} or {TOM}")
    await nisha.chooses(f"+{TOM}")
    fall(slack, how)
    await submitted(slack, nisha)
    await nisha.sees(FALLEN[how][1])

    nisha.sees_not("Tom Sawyer")
    assert engine.calls == []


# Somebody else's card


@pytest.mark.parametrize(
    ("command", "button"),
    [
        ("/coupons", "Refresh"),
        ("/redemptions", "Refresh"),
        ("/redemptions", "Oldest first"),
        ("/promo-redemptions", "Refresh"),
    ],
)
async def test_a_colleagues_card_answers_to_its_asker_alone(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, command: str, button: str
) -> None:
    """The id of Nisha's card, replayed by Vikram from a card of his own."""
    vikram = slack.person("U0SENIOR")
    for person in (nisha, vikram):
        await person.command(command, COMMANDS[command])
        await person.sees(SHOWN[command])
    asked = engine.count()
    his, hers = (
        next(one for one in reversed(slack.workspace.messages.all) if one.reader == person.id)
        for person in (vikram, nisha)
    )
    his.blocks[-1]["block_id"] = hers.blocks[-1]["block_id"]
    await vikram.clicks(button)
    await vikram.sees("You are not allowed to use somebody else's card.")

    assert engine.count() == asked


@pytest.mark.parametrize("command", ["/redemptions", "/promo-redemptions"])
async def test_a_check_that_fails_lets_nobody_in(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, command: str
) -> None:
    slack.fail("users.info", error="fatal_error")
    await nisha.command(command, COMMANDS[command])
    await nisha.sees("could not verify that you are allowed. Nothing was changed.")

    nisha.sees_not("not allowed")
    assert engine.calls == []
