"""People who may not settle an unknown outcome are told so at button and submit, and it stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import Drop
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.redeeming import POLICY, denied, hears, loses_the_answer, submits_again

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

UNKNOWN = "Outcome unknown"
CLOSED = "settled it as"


@pytest.fixture
def policy() -> str:
    return POLICY


@pytest.fixture
def overrides() -> dict[str, str]:
    return {"RECONCILE_AFTER_SECONDS": "0.1"}


@pytest.fixture
async def arjun(slack: SandboxSlack, vikram: Person, engine: SandboxEngine) -> Person:
    """Arjun Das, a manager, who reads of what Vikram asked for; everybody reads it with him."""
    slack.change_channel("C0APPROVALS", members=tuple(slack.people))
    evidence = await loses_the_answer(vikram, engine, Drop(), number="B-1")
    engine.customers.redeem_at_till("WELCOME250", "MG-77")
    evidence.set()
    arjun = slack.person("U0MANAGER2")
    await arjun.sees("[Settle]")
    await vikram.closes()
    return arjun


async def test_an_agent_may_not(arjun: Person, nisha: Person, tmp_path: Path) -> None:
    await nisha.clicks("Settle")
    await nisha.sees("You are not allowed to settle this: only members of @managers are.")

    assert denied(tmp_path) == [("U0AGENT", "close", "close")]
    await arjun.sees(UNKNOWN)


async def test_whoever_asked_for_it_may_not_though_they_approve_for_others(
    arjun: Person, vikram: Person, slack: SandboxSlack, tmp_path: Path
) -> None:
    slack.change_group("S0MANAGERS", users=("U0SENIOR", "U0MANAGER2"))
    await vikram.clicks("Settle")
    await vikram.sees("You are not allowed to decide on your own request.")

    assert denied(tmp_path) == [("U0SENIOR", "close", "own_request")]
    await arjun.sees(UNKNOWN)


async def test_nobody_unfit_may_whatever_group_they_are_in(
    arjun: Person, slack: SandboxSlack, tmp_path: Path
) -> None:
    slack.change_group("S0MANAGERS", users=("U0MANAGER2", "U0GUEST"))
    gina = slack.person("U0GUEST")
    await gina.clicks("Settle")
    await gina.sees("You are not allowed to use this")

    assert denied(tmp_path) == [("U0GUEST", "close", "guest")]
    await arjun.sees(UNKNOWN)


async def fills_in(person: Person) -> None:
    await person.clicks("Settle")
    await person.chooses("Not redeemed", from_="Outcome")
    await person.types("Note", "Seen on the till roll")


FALLS = {
    "a manager no more": ("close", "You are not allowed to settle this"),
    "unread": ("could_not_verify", "could not verify that you are allowed."),
}


@pytest.mark.parametrize("how", FALLS)
async def test_whoever_may_not_any_more_is_stopped_at_the_submit(
    arjun: Person, vikram: Person, slack: SandboxSlack, tmp_path: Path, how: str
) -> None:
    why, told = FALLS[how]
    await fills_in(arjun)
    if how == "unread":
        slack.fail("usergroups.list", status=500)
    else:
        slack.change_group("S0MANAGERS", users=("U0MANAGER1",))
    await arjun.submits()
    await arjun.sees(told)

    assert denied(tmp_path) == [("U0MANAGER2", "close", why)]
    await vikram.sees(UNKNOWN)
    vikram.sees_not(CLOSED)


@pytest.mark.parametrize("who", ["U0AGENT", "U0SENIOR"])
async def test_a_managers_form_serves_nobody_else(
    arjun: Person, vikram: Person, slack: SandboxSlack, tmp_path: Path, who: str
) -> None:
    slack.change_group("S0MANAGERS", users=("U0SENIOR", "U0MANAGER2"))
    await fills_in(arjun)
    assert arjun.modal is not None
    await submits_again(slack, slack.person(who), arjun.modal.payload())
    await slack.until(lambda: bool(denied(tmp_path)))

    assert denied(tmp_path) == [(who, "close", {"U0AGENT": "close", "U0SENIOR": "own_request"}[who])]
    vikram.sees_not(CLOSED)


async def test_a_request_that_does_not_exist_cannot_be_settled(
    arjun: Person, vikram: Person, slack: SandboxSlack, tmp_path: Path
) -> None:
    await fills_in(arjun)
    assert arjun.modal is not None
    forged = arjun.modal.payload() | {"private_metadata": "AAAAAAAAAAAAAAAA"}
    await submits_again(slack, arjun, forged)
    await slack.until(lambda: bool(denied(tmp_path)))

    assert denied(tmp_path) == [("U0MANAGER2", "close", "expired")]
    vikram.sees_not(CLOSED)


async def test_the_requester_is_told_of_a_settled_outcome(
    arjun: Person, vikram: Person, slack: SandboxSlack
) -> None:
    await fills_in(arjun)
    await arjun.submits()

    await hears(slack, vikram, f"{CLOSED} not redeemed")
