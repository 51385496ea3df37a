"""The App Home is drawn from the ledger, only for people who have it open."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.adapters.ledger.facts import another_coupon, make, walk
from tests.flows.asking import CHANNEL, ESCALATIONS, QUESTION, opens_question, sends
from tests.flows.asking import asks as asks_store_ops
from tests.flows.conftest import Clock
from tests.flows.redeeming import ASHA, LARGE, RULES, SMALL, asks, hears, redeems

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

WAITS = "Waiting for you"


@pytest.fixture
def policy() -> str:
    """Looking up is for a group, so that there is somebody who may do nothing."""
    return '[lookup]\ngroups = ["S0AGENTS", "S0SENIORS", "S0MANAGERS", "S0STOREOPS"]\n' + RULES + ESCALATIONS


def tab(slack: SandboxSlack, person: Person) -> str:
    """Return the text that was last published to a person."""
    home = slack.workspace.views.homes.get(person.id)
    return json.dumps(home.blocks, ensure_ascii=False) if home else ""


async def shows(slack: SandboxSlack, person: Person, words: str) -> None:
    await slack.until(lambda: words in tab(slack, person))


async def opens_home(slack: SandboxSlack, person: Person) -> None:
    """Open the tab and wait until it is drawn."""
    before = published_to(slack).count(person.id)
    await person.opens_home()
    await slack.until(lambda: published_to(slack).count(person.id) > before)


@asynccontextmanager
async def ledger(folder: Path) -> AsyncIterator[LedgerRequests]:
    """The desk's own, by another way in: the desk is not told of what is done here."""
    database = Database.open(f"sqlite:///{folder / 'coupon-desk.db'}")
    yield LedgerRequests(database)
    await database.close()


async def stands(folder: Path, *states: State, by: Person, times: int = 1) -> list[Redemption]:
    """Make requests that managers may decide on, and move them through these states."""
    async with ledger(folder) as requests:
        terms = [
            replace(another_coupon(requester=PersonId(by.id)), approvers=("S0MANAGERS",))
            for _ in range(times)
        ]
        return [await walk(requests, await make(requests, one), *states) for one in terms]


async def moves(folder: Path, row: Redemption, to: State) -> None:
    async with ledger(folder) as requests:
        await walk(requests, row, to)


def is_written(folder: Path) -> bool:
    """Whether a look-up is in the desk's ledger."""
    with closing(sqlite3.connect(folder / "coupon-desk.db")) as connection:
        return bool(connection.execute("SELECT count(*) FROM kept").fetchone()[0])


def published_to(slack: SandboxSlack) -> list[str]:
    return [str(call.args["user_id"]) for call in slack.calls.of("views.publish")]


async def test_whoever_has_nothing_yet_reads_so_in_words(slack: SandboxSlack, nisha: Person) -> None:
    await opens_home(slack, nisha)

    await nisha.sees("Nothing waits for you.")
    await nisha.sees("You have asked for nothing yet.")
    await nisha.sees("Nothing needs your attention")
    await nisha.sees("You have no open case")
    await nisha.sees("You may redeem coupons:")
    await nisha.sees("20 of 20 redemptions, ₹10,000 of ₹10,000 left today.")
    await nisha.sees("/coupons 98450 12345")


async def test_store_ops_find_the_open_cases_with_their_age_and_answer_from_there(
    slack: SandboxSlack, nisha: Person, farah: Person, clock: Clock
) -> None:
    await asks_store_ops(nisha)
    await farah.sees("nobody yet")
    clock.moves(timedelta(minutes=5))
    await opens_home(slack, farah)

    await farah.sees("Cases to take: One case; the first was asked 5 min ago.")
    await farah.sees("Open  ·  asked 5 min ago  ·  nobody has it")
    farah.sees_not("Nothing waits for you.")
    await farah.clicks("Answer", near="asked 5 min ago")
    await farah.chooses("Other", from_="Outcome")
    await farah.types("Reply", "Ask again tomorrow.")
    await farah.submits()
    await nisha.sees("Other, by @Farah Khan:\nAsk again tomorrow.")
    await shows(slack, farah, "No case waits to be taken.")


async def test_a_customer_looked_up_last_is_looked_up_again_for_a_day(
    slack: SandboxSlack, nisha: Person, clock: Clock, tmp_path: Path
) -> None:
    await nisha.command("/coupons", ASHA)
    await nisha.sees("9 coupons")
    # A look-up is written behind its answer, of which Slack hears nothing.
    async with asyncio.timeout(30.0):
        while not is_written(tmp_path):
            await opens_home(slack, nisha)
    await opens_home(slack, nisha)
    await shows(slack, nisha, "id:700000001")
    await nisha.clicks("Look up", near="id:700000001")
    await nisha.sees("9 coupons")
    await nisha.closes()

    clock.moves(timedelta(hours=25))
    await opens_home(slack, nisha)
    await shows(slack, nisha, "Nobody in the last 24 hours.")


async def test_ones_own_request_and_what_is_left_of_the_limits_stand_there(
    slack: SandboxSlack, vikram: Person
) -> None:
    await opens_home(slack, vikram)

    await redeems(vikram, SMALL, bill="1200", number="B-1")

    await shows(slack, vikram, f"`{SMALL}`")
    await shows(slack, vikram, "*Redeemed*")
    await shows(slack, vikram, "19 of 20 redemptions, ₹9,750 of ₹10,000 left today.")


async def test_what_waits_is_approved_from_there(slack: SandboxSlack, nisha: Person, arjun: Person) -> None:
    await opens_home(slack, arjun)
    await asks(nisha)
    await shows(slack, arjun, "Customer A. M., mobile …2345")
    assert LARGE not in tab(slack, arjun)

    await arjun.clicks("Approve", near=WAITS)
    await arjun.submits()

    await arjun.sees("The loyalty engine confirmed it.")
    await arjun.closes()
    await shows(slack, arjun, "Nothing waits for you.")


async def test_ones_own_request_never_waits_for_oneself(slack: SandboxSlack, meera: Person) -> None:
    """A manager who is an agent, too."""
    await opens_home(slack, meera)

    await asks(meera)

    await shows(slack, meera, "*Waiting for approval*")
    assert "Nothing waits for you." in tab(slack, meera)


async def test_nothing_is_published_to_those_who_do_not_look(
    slack: SandboxSlack, clock: Clock, nisha: Person, arjun: Person
) -> None:
    """Neither for a person who never opened it nor for one who did so eleven minutes ago."""
    await opens_home(slack, arjun)
    clock.moves(timedelta(minutes=11))

    await asks(nisha)
    await nisha.closes()
    await opens_home(slack, nisha)

    assert published_to(slack) == [arjun.id, nisha.id]


async def test_whoever_may_do_nothing_reads_so(slack: SandboxSlack) -> None:
    leo = slack.person("U0NOBODY")

    await opens_home(slack, leo)

    await leo.sees("You are not allowed to redeem coupons: only members of @agents are.")
    leo.sees_not(WAITS)


async def test_a_guest_is_not_allowed(slack: SandboxSlack) -> None:
    """Although one stands in a group of those who may."""
    gina = slack.person("U0GUEST")

    await opens_home(slack, gina)

    await gina.sees("You are not allowed to use this: guests cannot.")
    gina.sees_not(WAITS)


async def test_somebody_of_another_workspace_is_shown_nothing(slack: SandboxSlack, nisha: Person) -> None:
    await slack.person("U0OUTSIDE").opens_home()
    await opens_home(slack, nisha)
    await opens_home(slack, nisha)

    assert published_to(slack) == [nisha.id, nisha.id]


async def test_the_messages_tab_draws_nothing(slack: SandboxSlack, nisha: Person, arjun: Person) -> None:
    await nisha.opens_home("messages")
    await opens_home(slack, arjun)
    await opens_home(slack, arjun)

    assert published_to(slack) == [arjun.id, arjun.id]


async def test_a_tab_that_slack_does_not_take_stops_nothing(
    slack: SandboxSlack, nisha: Person, arjun: Person
) -> None:
    slack.fail("views.publish", error="not_enabled", times=1)
    await arjun.opens_home()
    await slack.reached("views.publish", 1)

    await opens_home(slack, nisha)

    await nisha.sees("Nothing waits for you.")


async def test_what_was_asked_for_is_withdrawn_from_there(
    slack: SandboxSlack, tmp_path: Path, nisha: Person
) -> None:
    await stands(tmp_path, State.WAITING, by=nisha)
    await opens_home(slack, nisha)

    await nisha.clicks("Withdraw", near="Your requests")

    await shows(slack, nisha, "*Withdrawn*")


async def test_details_and_reject_open_over_the_tab(
    slack: SandboxSlack, tmp_path: Path, nisha: Person, arjun: Person
) -> None:
    await stands(tmp_path, State.WAITING, by=nisha)
    await opens_home(slack, arjun)
    assert "COUPON" not in tab(slack, arjun)

    await arjun.clicks("Details", near=WAITS)
    await arjun.sees("COUPON")
    await arjun.closes()
    await arjun.clicks("Reject", near=WAITS)
    await arjun.chooses("Not entitled", from_="Reason")
    await arjun.types("Note", "Not a till fault")
    await arjun.submits()
    await arjun.sees("Rejected")
    await arjun.closes()

    await shows(slack, arjun, "Nothing waits for you.")
    assert slack.calls.count("views.push") == 0


async def test_an_unknown_outcome_is_settled_from_home(
    slack: SandboxSlack, tmp_path: Path, nisha: Person, arjun: Person
) -> None:
    await stands(tmp_path, State.APPROVED, State.SENDING, State.UNKNOWN, by=nisha)
    await opens_home(slack, arjun)

    await arjun.clicks("Settle", near="Needs attention")
    await arjun.chooses("Not redeemed", from_="Outcome")
    await arjun.types("Note", "Not on the roll")
    await arjun.submits()

    await shows(slack, arjun, "Nothing needs your attention")


async def test_a_press_on_what_has_changed_meanwhile_brings_the_tab_up_to_date(
    slack: SandboxSlack, tmp_path: Path, nisha: Person, arjun: Person
) -> None:
    [row] = await stands(tmp_path, State.WAITING, by=nisha)
    await opens_home(slack, arjun)
    await moves(tmp_path, row, State.REJECTED)

    await arjun.clicks("Approve", near=WAITS)

    await arjun.sees("Rejected")
    await shows(slack, arjun, "Nothing waits for you.")


async def test_a_sentence_to_a_press_on_the_tab_comes_in_a_window(
    slack: SandboxSlack, tmp_path: Path, nisha: Person
) -> None:
    [row] = await stands(tmp_path, State.WAITING, by=nisha)
    await opens_home(slack, nisha)
    await moves(tmp_path, row, State.REJECTED)

    await nisha.clicks("Withdraw", near="Your requests")

    await slack.until(lambda: nisha.modal is not None)
    await shows(slack, nisha, "*Rejected*")
    await nisha.closes()
    await nisha.sees("Your requests")


async def test_lists_are_turned_over(slack: SandboxSlack, tmp_path: Path, nisha: Person) -> None:
    await stands(tmp_path, State.REFUSED, by=nisha, times=6)
    await opens_home(slack, nisha)
    assert "1 to 5 of 6" in tab(slack, nisha)
    assert "Previous" not in tab(slack, nisha)

    await nisha.clicks("Next", near="1 to 5 of 6")
    await shows(slack, nisha, "6 to 6 of 6")
    assert "Next" not in tab(slack, nisha)

    await nisha.clicks("Previous", near="6 to 6 of 6")
    await shows(slack, nisha, "1 to 5 of 6")


async def test_what_cannot_be_verified_is_not_shown(
    slack: SandboxSlack, tmp_path: Path, nisha: Person, arjun: Person
) -> None:
    await stands(tmp_path, State.WAITING, by=nisha)
    slack.fail("users.info", status=500)

    await opens_home(slack, arjun)

    await arjun.sees("could not verify")
    assert "Customer A." not in tab(slack, arjun)


async def test_groups_that_cannot_be_read_leave_ones_own_requests(
    slack: SandboxSlack, tmp_path: Path, nisha: Person
) -> None:
    await stands(tmp_path, State.REFUSED, by=nisha)
    slack.fail("usergroups.list", status=500)

    await opens_home(slack, nisha)

    assert "could not verify what belongs here" in tab(slack, nisha)
    assert "*Not redeemed*" in tab(slack, nisha)
    assert "Nothing waits for you." not in tab(slack, nisha)


async def test_store_ops_take_and_answer_from_their_app_home(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await farah.opens_home()
    await farah.sees("No case waits to be taken.")
    await asks_store_ops(nisha)
    await slack.until(lambda: QUESTION in tab(slack, farah))

    await farah.clicks("Take it", near="Cases to take")
    await slack.until(lambda: "No case waits to be taken." in tab(slack, farah))
    await farah.clicks("Answer", near="Your open cases")
    await farah.sees("Reply")
    await farah.chooses("Refuse", from_="Outcome")
    await farah.types("Reply", "It was used last week.")
    await farah.submits()
    await farah.closes()

    await nisha.sees("It was used last week.")
    await slack.until(lambda: "You have no open case" in tab(slack, farah))


async def test_an_app_home_of_an_agent_tells_nothing_of_others_cases(
    slack: SandboxSlack, nisha: Person, vikram: Person
) -> None:
    await asks_store_ops(nisha)

    await vikram.opens_home()

    await vikram.sees("You have no open case")
    assert "to take" not in tab(slack, vikram)
    assert QUESTION not in tab(slack, vikram)


async def test_an_answer_that_is_being_typed_holds_when_the_channel_comes_back_meanwhile(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    """Its message could be posted at last, which is no move by a person."""
    slack.change_channel(CHANNEL, is_archived=True)
    slack.fail("conversations.info", error="missing_scope")
    await opens_question(nisha)
    await sends(nisha)
    await hears(slack, nisha, "it seems that nobody was asked")
    await opens_home(slack, farah)
    await farah.clicks("Take it", near="Cases to take")
    await shows(slack, farah, "No case waits to be taken.")
    await farah.clicks("Answer", near="Your open cases")
    await farah.sees("Reply")
    await farah.chooses("Refuse", from_="Outcome")
    await farah.types("Reply", "It was used last week.")
    slack.change_channel(CHANNEL, is_archived=False)
    slack.heal()
    await slack.until(lambda: bool(slack.messages(CHANNEL)))
    await farah.submits()

    await farah.sees("Refuse, by you:\nIt was used last week.")
    assert {fault.rpartition(" ")[2] for fault in slack.faults} <= {"is_archived"}
    slack.faults.clear()
