"""Who may look up: full members in a group of the policy, by what Slack said lately, or says when asked anew."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock
from tests.flows.facts import ASHA, TOM
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

GROUP = "You are not allowed to look customers up: only members of @agents, @store-ops are."

#: All but the first are in the agents' group.
DENIED = {
    "U0NOBODY": GROUP,
    "U0GUEST": "You are not allowed to use this: guests cannot.",
    "U0MULTIGUEST": "You are not allowed to use this: guests cannot.",
    "U0GONE": "You are not allowed to use this: your account is deactivated.",
    "U0OUTSIDE": "You are not allowed to use this: it is only for members of this workspace.",
    "U0OTHERBOT": "You are not allowed to use this: apps and bots cannot.",
}

#: Some of the ways; `tests/adapters/slack/test_rights` has every one.
FALLEN: dict[str, tuple[dict[str, Any], str]] = {
    "out of the group": ({}, GROUP),
    "a guest": ({"is_ultra_restricted": True}, "guests cannot"),
    "deactivated": ({"deleted": True}, "your account is deactivated"),
}

#: Every control of a card: what is typed to see it, what is pressed before it, what is on the screen then.
CONTROLS = {
    "Next": (TOM, [], "Showing 1 to 10 of 23"),
    "Previous": (TOM, ["Next"], "Showing 11 to 20 of 23"),
    "Refresh": (TOM, [], "Showing 1 to 10 of 23"),
    "redeemable": (TOM, [], "Showing 1 to 10 of 23"),
    "All coupons": (f"{ASHA} code:THANKS500", [], "one coupon"),
}


@pytest.fixture
def policy() -> str:
    return '[lookup]\ngroups = ["S0AGENTS", "S0STOREOPS"]\n'


@pytest.fixture
def everybody(slack: SandboxSlack) -> SandboxSlack:
    """All of them are in the channel, and in the agents' group but for Leo."""
    slack.change_channel("C0SUPPORT", members=tuple(slack.people))
    slack.change_group("S0AGENTS", users=tuple(who for who in slack.people if who != "U0NOBODY"))
    return slack


async def press(person: Person, control: str) -> None:
    await (person.chooses(control) if control == "redeemable" else person.clicks(control))


def fall(slack: SandboxSlack, how: str) -> None:
    if how == "out of the group":
        slack.change_group("S0AGENTS", users=("U0SENIOR",))
    else:
        slack.change_user("U0AGENT", **FALLEN[how][0])


@pytest.mark.parametrize("who", ["U0AGENT", "U0MANAGER1", "U0STOREOPS"])
async def test_a_member_of_any_of_the_groups_may(slack: SandboxSlack, who: str) -> None:
    person = slack.person(who)
    slack.change_channel("C0SUPPORT", members=tuple(slack.people))
    await person.command("/coupons", ASHA)

    await person.sees("Asha Menon")


@at_one_desk(("who", "told"), DENIED.items())
@at_one_desk("typed", [ASHA, f"{ASHA} code:WELCOME250"])
async def test_whoever_is_unfit_gets_no_card(
    everybody: SandboxSlack, engine: SandboxEngine, who: str, told: str, typed: str
) -> None:
    person = everybody.person(who)
    await person.command("/coupons", typed)
    await person.sees(told)

    person.sees_not("Asha")
    assert engine.calls == []


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("how", ["out of the group", "a guest"])
async def test_no_control_works_for_whoever_may_no_more(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, control: str, how: str
) -> None:
    typed, before, shown = CONTROLS[control]
    await nisha.command("/coupons", typed)
    for earlier in before:
        await press(nisha, earlier)
    await nisha.sees(shown)
    asked = engine.count()
    fall(slack, how)
    await press(nisha, control)
    await nisha.sees("You are not allowed")
    await nisha.sees(FALLEN[how][1])

    await nisha.sees(shown)
    assert engine.count() == asked


@pytest.mark.parametrize("how", FALLEN)
async def test_every_loss_of_a_right_is_noticed_at_the_next_press(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, how: str
) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    asked = engine.count()
    fall(slack, how)
    await nisha.clicks("Next")
    await nisha.sees(FALLEN[how][1])

    await nisha.sees("Showing 1 to 10 of 23")
    assert engine.count() == asked


async def test_without_slacks_word_the_bound_of_what_is_recent_holds(
    slack: SandboxSlack, clock: Clock, nisha: Person
) -> None:
    """Delivery of events is not guaranteed."""
    slack.tells_of_changes = False
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    slack.change_group("S0AGENTS", users=())
    clock.passed_s += 60
    await nisha.clicks("Next")

    await nisha.sees(GROUP)


async def test_a_look_up_by_somebody_who_was_just_seen_asks_slack_nothing(
    slack: SandboxSlack, nisha: Person
) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    slack.calls.clear()
    await nisha.command("/coupons", TOM)
    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 20 of 23")

    assert {call.method for call in slack.calls} == {"response_url"}


async def test_whoever_is_let_in_again_may_go_on(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    slack.change_group("S0AGENTS", users=())
    await nisha.clicks("Next")
    await nisha.sees(GROUP)
    slack.change_group("S0AGENTS", users=("U0AGENT",))
    await nisha.clicks("Next")

    await nisha.sees("Showing 11 to 20 of 23")


async def test_a_disabled_group_lets_nobody_in(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person
) -> None:
    slack.change_group("S0AGENTS", date_delete=1_700_000_000)
    await nisha.command("/coupons", ASHA)
    await nisha.sees(GROUP)

    assert engine.calls == []


FAILURES = {
    "an error": {"error": "fatal_error"},
    "too many calls": {"retry_after": 30},
}


@pytest.mark.parametrize("method", ["usergroups.list", "users.info"])
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_what_slack_does_not_tell_lets_nobody_in(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, method: str, failure: dict[str, int]
) -> None:
    slack.fail(method, **failure)  # type: ignore[arg-type]  # one of the switches, whichever
    await nisha.command("/coupons", ASHA)
    await nisha.sees("could not verify that you are allowed. Nothing was changed. Try again in a minute.")

    nisha.sees_not("not allowed")
    assert engine.calls == []


@pytest.mark.parametrize("method", ["usergroups.list", "users.info"])
async def test_a_missing_right_at_slack_is_named(slack: SandboxSlack, nisha: Person, method: str) -> None:
    slack.fail(method, error="missing_scope")
    await nisha.command("/coupons", ASHA)

    await nisha.sees("Coupon Desk lacks a right at Slack")


@pytest.mark.parametrize("method", ["usergroups.list", "users.info"])
async def test_a_press_that_cannot_be_checked_is_not_done(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, method: str
) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    asked = engine.count()
    slack.fail(method, error="fatal_error", times=1)
    slack.change_user("U0AGENT")
    slack.change_group("S0AGENTS")
    await nisha.clicks("Next")
    await nisha.sees("could not verify")
    assert engine.count() == asked
    await nisha.clicks("Next")

    await nisha.sees("Showing 11 to 20 of 23")


class TestWithEveryone:
    @pytest.fixture
    def policy(self) -> str:
        return "[lookup]\neveryone = true\n"

    async def test_every_full_member_may(self, slack: SandboxSlack) -> None:
        leo = slack.person("U0NOBODY")
        await leo.command("/coupons", ASHA)
        await leo.sees("Asha Menon")

        assert slack.calls.count("usergroups.list") == 0

    @at_one_desk("who", [who for who in DENIED if who != "U0NOBODY"])
    async def test_guests_and_strangers_still_may_not(
        self, everybody: SandboxSlack, engine: SandboxEngine, who: str
    ) -> None:
        person = everybody.person(who)
        await person.command("/coupons", ASHA)
        await person.sees(DENIED[who])

        assert engine.calls == []


class TestWithAnEmptyList:
    @pytest.fixture
    def policy(self) -> str:
        return "[lookup]\ngroups = []\n"

    @at_one_desk("who", ["U0AGENT", "U0MANAGER1"])
    async def test_nobody_may(self, slack: SandboxSlack, engine: SandboxEngine, who: str) -> None:
        person = slack.person(who)
        await person.command("/coupons", ASHA)
        await person.sees(
            "You are not allowed to look customers up: nobody is, as the policy names no group for it."
        )

        assert engine.calls == []


async def test_help_is_open_to_everybody(slack: SandboxSlack) -> None:
    leo = slack.person("U0NOBODY")
    await leo.command("/coupons", "help")

    await leo.sees("/coupons shows what a customer holds.")
