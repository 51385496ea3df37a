"""People who may not ask, take, answer, reopen or honour are denied; no question is sent that reaches nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.people import User
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.asking import CHANNEL, ESCALATIONS, answers, asks, opens_question, takes
from tests.flows.redeeming import ASHA, POLICY, RULES, SMALL, audit, redeems

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

GROUP = "You are not allowed to look customers up: only members of @agents, @store-ops are."
CASES = "You are not allowed to take or answer cases: only members of @store-ops are."
GUEST = "You are not allowed to use this: guests cannot."
LOOKUP = '[lookup]\ngroups = ["S0AGENTS", "S0STOREOPS"]\n'


@pytest.fixture
def policy() -> str:
    return LOOKUP + RULES + ESCALATIONS


def denied(folder: Path) -> list[tuple[str | None, Any, Any]]:
    """Return the denials in the audit log: by whom, at which action, and why."""
    told = [event for event in audit(folder) if event.what == "case_denied"]
    return [(event.by, event.why["at"], event.why["denied"]) for event in told]


def falls(slack: SandboxSlack, group: str = "S0AGENTS") -> None:
    """Empty the group."""
    slack.change_group(group, users=("U0MANAGER2",))


def forges(slack: SandboxSlack, person: Person, value: str) -> None:
    """Give every button of the person's direct message another value."""
    for message in slack.messages(f"D{person.id[1:]}"):
        for block in message.blocks:
            for element in block.get("elements") or []:
                if element["type"] == "button":
                    element["value"] = value


def named_by(slack: SandboxSlack, person: Person) -> str:
    """The id in the buttons of their own message."""
    blocks = [block for one in slack.messages(f"D{person.id[1:]}") for block in one.blocks]
    return str(next(one["elements"][0]["value"] for one in blocks if one["type"] == "actions"))


# Asking


async def test_whoever_may_not_look_up_asks_nothing_by_shortcut(
    slack: SandboxSlack, engine: SandboxEngine, tmp_path: Path
) -> None:
    leo, gina = slack.person("U0NOBODY"), slack.person("U0GUEST")
    for person, told in ((leo, GROUP), (gina, GUEST)):
        message = await person.says("C0SUPPORT", ASHA)
        await person.shortcut("ask_store_ops", message=message)
        await person.sees(told)
        person.sees_not("[Send]")

    assert engine.calls == []
    assert "chat.getPermalink" not in {call.method for call in slack.calls}
    assert denied(tmp_path) == [("U0NOBODY", "ask", "group"), ("U0GUEST", "ask", "guest")]


@pytest.mark.parametrize("where", ["the card", "its details"])
async def test_a_person_who_lost_the_right_opens_no_question(
    slack: SandboxSlack, nisha: Person, tmp_path: Path, where: str
) -> None:
    await nisha.command("/coupons", ASHA)
    await nisha.sees("9 coupons")
    if where == "its details":
        await nisha.chooses(SMALL, from_="Details of…")
        await nisha.sees("Issued")
    falls(slack)
    await nisha.clicks("Ask store ops")

    await nisha.sees(GROUP)
    nisha.sees_not("[Send]")
    assert denied(tmp_path) == [("U0AGENT", "ask", "group")]


async def test_a_person_who_loses_the_right_while_the_form_is_open_sends_nothing(
    slack: SandboxSlack, nisha: Person, tmp_path: Path
) -> None:
    await opens_question(nisha)
    falls(slack)
    await nisha.types("Question", "Why?")
    await nisha.submits()

    await nisha.sees(GROUP)
    assert slack.messages(CHANNEL) == []
    assert denied(tmp_path) == [("U0AGENT", "ask", "group")]


async def test_a_check_that_fails_lets_nobody_ask(slack: SandboxSlack, nisha: Person, tmp_path: Path) -> None:
    await nisha.command("/coupons", ASHA)
    await nisha.sees("9 coupons")
    slack.fail("users.info", error="fatal_error")
    slack.change_user("U0AGENT")
    slack.change_group("S0AGENTS")
    await nisha.clicks("Ask store ops")

    await nisha.sees("could not verify that you are allowed")
    nisha.sees_not("not allowed")
    assert denied(tmp_path) == [("U0AGENT", "ask", "could_not_verify")]


async def test_a_colleagues_card_is_asked_about_by_its_reader_alone(
    slack: SandboxSlack, nisha: Person, vikram: Person
) -> None:
    for person in (nisha, vikram):
        await person.command("/coupons", ASHA)
        await person.sees("9 coupons")
    his, hers = (
        next(one for one in reversed(slack.workspace.messages.all) if one.reader == person.id)
        for person in (vikram, nisha)
    )
    his.blocks[-1] = hers.blocks[-1]
    await vikram.clicks("Ask store ops")

    await vikram.sees("You are not allowed to use somebody else's card.")


async def test_whoever_made_a_request_asks_about_it_without_being_one_who_may_look_up(
    slack: SandboxSlack, vikram: Person
) -> None:
    await redeems(vikram)
    await vikram.sees("The loyalty engine confirmed it")
    falls(slack)
    await vikram.clicks("Ask store ops")

    await vikram.sees("[Send]")


@pytest.mark.parametrize(
    ("change", "told"), [({"is_restricted": True}, GUEST), ({"deleted": True}, "your account is deactivated")]
)
async def test_whoever_made_a_request_and_is_no_full_member_any_more_asks_nothing(
    slack: SandboxSlack, vikram: Person, change: dict[str, Any], told: str
) -> None:
    await redeems(vikram)
    await vikram.sees("The loyalty engine confirmed it")
    slack.change_user("U0SENIOR", **change)
    await vikram.clicks("Ask store ops")

    await vikram.sees(told)
    vikram.sees_not("[Send]")


async def test_about_somebody_elses_request_only_those_ask_who_may_look_up(
    slack: SandboxSlack, nisha: Person, vikram: Person, tmp_path: Path
) -> None:
    for person, code in ((nisha, "GOLD5000"), (vikram, SMALL)):
        await redeems(person, code)
    await vikram.sees("The loyalty engine confirmed it")
    await vikram.closes(everything=True)
    await nisha.sees("[Withdraw]")
    forges(slack, vikram, named_by(slack, nisha))
    falls(slack)
    await vikram.clicks("Ask store ops")

    await vikram.sees(GROUP)
    assert denied(tmp_path) == [("U0SENIOR", "ask", "group")]


# Nobody to ask


@pytest.mark.parametrize("policy", [POLICY])
async def test_without_a_channel_nobody_is_asked(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/coupons", f"{ASHA} code:{SMALL}")
    await nisha.clicks("Ask store ops")

    await nisha.sees("Nobody is set up to be asked from here: the policy names no channel for it.")
    nisha.sees_not("[Send]")


CHANNELS: dict[str, tuple[dict[str, Any], str]] = {
    "archived": (
        {"is_archived": True},
        "store ops' channel is gone or archived, or Coupon Desk is not in it",
    ),
    "without the bot": ({"members": ("U0STOREOPS",)}, "store ops' channel is gone or archived"),
    "shared": ({"is_ext_shared": True}, "store ops' channel is shared with another company"),
}
EACH_CHANNEL = pytest.mark.parametrize(("change", "told"), CHANNELS.values(), ids=CHANNELS)


@EACH_CHANNEL
async def test_where_the_channel_is_no_good_nobody_is_asked(
    slack: SandboxSlack, nisha: Person, change: dict[str, Any], told: str
) -> None:
    await nisha.command("/coupons", f"{ASHA} code:{SMALL}")
    await nisha.sees("Can be redeemed")
    slack.change_channel(CHANNEL, **change)
    await nisha.clicks("Ask store ops")

    await nisha.sees(told)
    nisha.sees_not("[Send]")


@EACH_CHANNEL
async def test_where_the_channel_is_no_good_any_more_nothing_is_sent(
    slack: SandboxSlack, nisha: Person, change: dict[str, Any], told: str
) -> None:
    await opens_question(nisha)
    slack.change_channel(CHANNEL, **change)
    await nisha.types("Question", "Why?")
    await nisha.submits()

    await nisha.sees(told)
    assert slack.messages(CHANNEL) == slack.messages("D0AGENT") == []


async def test_where_nobody_is_in_the_groups_nobody_is_asked(slack: SandboxSlack, nisha: Person) -> None:
    slack.change_group("S0STOREOPS", users=("U0AGENT", "U0GONE"))
    await nisha.command("/coupons", f"{ASHA} code:{SMALL}")
    await nisha.clicks("Ask store ops")

    await nisha.sees("the groups that may answer have nobody else in them")


async def test_what_would_reach_nobody_is_not_reopened(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await asks(nisha)
    await takes(farah)
    await answers(farah)
    await nisha.sees("[Reopen]")
    slack.change_channel(CHANNEL, is_ext_shared=True)
    await nisha.clicks("Reopen")

    await nisha.sees("store ops' channel is shared with another company")
    nisha.sees_not("reopened once")


# Taking and answering


async def test_only_store_ops_take_a_case(
    slack: SandboxSlack, nisha: Person, meera: Person, tmp_path: Path
) -> None:
    """A manager reads the channel, and is in no group that answers."""
    await asks(nisha)
    await meera.clicks("Take it")

    await meera.sees(CASES)
    await meera.sees("Owner: nobody yet")
    assert denied(tmp_path) == [("U0MANAGER1", "take", "cases")]


async def test_only_store_ops_open_the_answer(
    slack: SandboxSlack, nisha: Person, farah: Person, meera: Person, tmp_path: Path
) -> None:
    await asks(nisha)
    await takes(farah)
    await meera.clicks("Answer")

    await meera.sees(CASES)
    meera.sees_not("Reply")
    meera.sees_not(SMALL)
    assert denied(tmp_path) == [("U0MANAGER1", "answer", "cases")]


async def test_an_owner_who_left_store_ops_answers_nothing(
    slack: SandboxSlack, nisha: Person, farah: Person, tmp_path: Path
) -> None:
    await asks(nisha)
    await takes(farah)
    await farah.clicks("Answer")
    await farah.sees("Reply")
    falls(slack, "S0STOREOPS")
    await farah.chooses("Honour", from_="Outcome")
    await farah.types("Reply", "Let her")
    await farah.submits()

    await farah.sees(CASES)
    nisha.sees_not("Let her")
    assert denied(tmp_path) == [("U0STOREOPS", "answer", "cases")]


async def test_a_check_that_fails_lets_nobody_take(slack: SandboxSlack, nisha: Person, farah: Person) -> None:
    await asks(nisha)
    await farah.sees("Take it")
    slack.fail("usergroups.list", error="fatal_error")
    await farah.clicks("Take it")

    await farah.sees("could not verify that you are allowed")
    await farah.sees("Owner: nobody yet")


async def test_nobody_answers_their_own_question(slack: SandboxSlack, farah: Person, tmp_path: Path) -> None:
    slack.add_user(User(id="U0STOREOPS2", name="Omar Aziz"), channels=(CHANNEL,))
    slack.change_group("S0STOREOPS", users=("U0STOREOPS", "U0STOREOPS2"))
    await asks(farah)
    await farah.clicks("Take it")

    await farah.sees("You are not allowed to answer your own question.")
    assert denied(tmp_path) == [("U0STOREOPS", "take", "own_case")]


async def test_that_the_facts_were_shown_is_in_the_audit_log(
    nisha: Person, farah: Person, tmp_path: Path
) -> None:
    await asks(nisha)
    await takes(farah)
    await farah.clicks("Answer")
    await farah.sees(SMALL)

    assert [(event.what, event.by) for event in audit(tmp_path)][-1] == ("case_shown", "U0STOREOPS")


# Reopening and honouring


@pytest.mark.parametrize("button", ["Reopen", "Redeem"])
async def test_an_asker_who_is_a_guest_by_now_neither_reopens_nor_redeems(
    slack: SandboxSlack, nisha: Person, farah: Person, button: str
) -> None:
    await asks(nisha)
    await takes(farah)
    await answers(farah)
    await nisha.sees("[Reopen]")
    slack.change_user("U0AGENT", is_restricted=True)
    await nisha.clicks(button)

    await nisha.sees(GUEST)
    assert "reopened once" not in farah.screen()
    nisha.sees_not("Bill amount")


@pytest.mark.parametrize(("button", "at"), [("Reopen", "reopen"), ("Redeem", "honour")])
async def test_only_the_asker_reopens_and_redeems(
    slack: SandboxSlack,
    engine: SandboxEngine,
    nisha: Person,
    vikram: Person,
    farah: Person,
    tmp_path: Path,
    button: str,
    at: str,
) -> None:
    """The id of Nisha's case, replayed by Vikram from a message of his own."""
    for person in (nisha, vikram):
        await asks(person)
        await takes(farah)
        await answers(farah)
        await person.sees("[Reopen]")
    forges(slack, vikram, named_by(slack, nisha))
    await vikram.clicks(button)

    await vikram.sees("You are not allowed to do this: only whoever asked the question is.")
    assert denied(tmp_path) == [("U0SENIOR", at, "asker")]
    assert engine.count(capillary.REDEEM) == 0


async def test_an_honoured_coupon_is_redeemed_only_by_those_who_may(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await asks(nisha)
    await takes(farah)
    await answers(farah)
    await nisha.sees("[Reopen]")
    falls(slack)
    await nisha.clicks("Redeem")

    await nisha.sees("You are not allowed to redeem coupons: only members of @agents are.")
    nisha.sees_not("Bill amount")


async def test_what_was_reopened_is_not_redeemed_from_an_old_copy(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await asks(nisha)
    await takes(farah)
    await answers(farah)
    await nisha.sees("[Reopen]")
    old = [
        dict(block) for one in slack.messages("D0AGENT") for block in one.blocks if block["type"] == "actions"
    ]
    await nisha.clicks("Reopen")
    await farah.sees("reopened once")
    await nisha.sees("reopened once")
    slack.messages("D0AGENT")[0].blocks.extend(old)
    await nisha.clicks("Redeem")

    await nisha.sees("Look at its message for how it stands.")
    nisha.sees_not("Bill amount")
