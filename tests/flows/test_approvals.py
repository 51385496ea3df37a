"""Approvals: asked and decided in the channel, told in the direct message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock
from tests.flows.redeeming import LARGE, POLICY, asks, hears

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])


@pytest.fixture
def policy() -> str:
    return POLICY


async def approves(manager: Person, note: str = "") -> None:
    await manager.clicks("Approve")
    await manager.sees("It cannot be undone from here")
    if note:
        await manager.types("Note", note)
    await manager.submits()


async def test_what_a_manager_approves_is_redeemed(
    nisha: Person, arjun: Person, engine: SandboxEngine
) -> None:
    await asks(nisha, number="B-7")
    await arjun.sees("Waiting for approval")
    assert engine.count(capillary.REDEEM) == 0

    await approves(arjun, "Fine by me")

    await arjun.sees("You approved it, ")
    await nisha.sees("The loyalty engine confirmed it")
    await nisha.sees("approved by @Arjun Das")
    await arjun.sees("Redeemed")
    assert engine.count(capillary.REDEEM) == 1
    coupon = engine.customers.coupon(LARGE)
    assert coupon is not None
    assert [use.bill for use in coupon.redemptions] == ["B-7"]


async def test_a_rejection_reaches_the_requester_with_its_reason(
    nisha: Person, arjun: Person, engine: SandboxEngine
) -> None:
    await asks(nisha)
    await arjun.clicks("Reject")
    await arjun.chooses("Other", from_="Reason")
    await arjun.types("Note", "Not for this bill")
    await arjun.submits()

    await arjun.sees("You rejected it, ")
    await arjun.closes()
    await arjun.clicks("Details")
    await arjun.sees("Customer and coupon")
    await arjun.sees("You rejected it, ")
    await nisha.sees("Rejected")
    await nisha.sees("Not for this bill")
    assert engine.count(capillary.REDEEM) == 0


async def test_a_reason_of_the_policy_is_chosen_and_told(
    nisha: Person, arjun: Person, slack: SandboxSlack
) -> None:
    await asks(nisha)
    await arjun.clicks("Reject")
    await arjun.chooses("Wrong coupon", from_="Reason")
    await arjun.submits()

    await hears(slack, nisha, "rejected it: Wrong coupon. Nothing was sent to the loyalty engine.")
    assert slack.faults == []


async def test_other_needs_a_note(nisha: Person, arjun: Person) -> None:
    await asks(nisha)
    await arjun.clicks("Reject")
    await arjun.chooses("Other", from_="Reason")
    await arjun.submits()

    await arjun.sees("Say why; whoever asked has to tell the customer.")


async def test_who_is_asked_after_a_rejection_reads_who_rejected_it_and_why(
    nisha: Person, meera: Person, arjun: Person
) -> None:
    await asks(nisha)
    await arjun.clicks("Reject")
    await arjun.chooses("Not entitled", from_="Reason")
    await arjun.types("Note", "Asha Menon has no bill")
    await arjun.submits()
    await nisha.sees("Asha Menon has no bill")
    await nisha.closes()
    await asks(nisha, number="B-8")

    await meera.sees("one other request from here before this one; rejected by @Arjun Das")
    await meera.sees(
        "1 Sep 2025, 12:00 IST: Not entitled\nA. M. has no bill\nApprove redeems it for this bill, after one last check. That cannot be undone from here."
    )
    meera.sees_not("Asha Menon")


async def test_of_two_managers_at_once_one_decides_and_the_other_is_told(
    nisha: Person, arjun: Person, meera: Person, engine: SandboxEngine
) -> None:
    await asks(nisha)
    await meera.clicks("Reject")
    await meera.chooses("Not entitled", from_="Reason")
    await meera.types("Note", "Too much")
    await approves(arjun)
    await nisha.sees("The loyalty engine confirmed it")

    await meera.submits()

    await meera.sees("This press has changed nothing")
    assert engine.count(capillary.REDEEM) == 1


async def test_nobody_approves_their_own_request(meera: Person, engine: SandboxEngine) -> None:
    await asks(meera)

    await meera.clicks("Approve")

    await meera.sees("You are not allowed to decide on your own request")
    assert engine.count(capillary.REDEEM) == 0


async def test_an_agent_is_not_allowed_to_approve(
    nisha: Person, slack: SandboxSlack, engine: SandboxEngine
) -> None:
    slack.change_channel("C0APPROVALS", members=("U0AGENT", "U0SENIOR", "U0MANAGER2", "U0DESK"))
    vikram = slack.person("U0SENIOR")
    await asks(nisha)
    await vikram.clicks("Approve")

    await vikram.sees("You are not allowed to decide on this: only members of @managers are.")
    assert engine.count(capillary.REDEEM) == 0


async def test_what_is_withdrawn_can_be_approved_no_more(
    nisha: Person, arjun: Person, engine: SandboxEngine
) -> None:
    await asks(nisha)
    await arjun.clicks("Approve")
    await arjun.sees("It cannot be undone from here")
    await nisha.closes()
    await nisha.clicks("Withdraw")
    await nisha.sees("You withdrew it")

    await arjun.submits()

    await arjun.sees("This press has changed nothing")
    assert engine.count(capillary.REDEEM) == 0


async def test_a_request_expires_by_itself_and_is_not_called_rejected(
    nisha: Person, clock: Clock, slack: SandboxSlack
) -> None:
    await asks(nisha)

    clock.moves(timedelta(hours=4, seconds=1))

    await nisha.sees("The request ran out: nobody decided in time.")
    nisha.sees_not("Rejected")
    assert "Rejected" not in slack.messages("C0APPROVALS")[0].text


async def test_a_press_after_the_time_is_over_decides_nothing(
    nisha: Person, arjun: Person, clock: Clock, engine: SandboxEngine
) -> None:
    await asks(nisha)
    await arjun.clicks("Approve")
    await arjun.sees("It cannot be undone from here")

    clock.at += timedelta(hours=4, seconds=1)
    await arjun.submits()

    await arjun.sees("This press has changed nothing")
    assert engine.count(capillary.REDEEM) == 0


async def test_an_approver_who_left_the_group_meanwhile_decides_nothing(
    nisha: Person, arjun: Person, slack: SandboxSlack, engine: SandboxEngine
) -> None:
    await asks(nisha)
    await arjun.clicks("Approve")
    await arjun.sees("It cannot be undone from here")
    slack.change_group("S0MANAGERS", users=("U0MANAGER1",))

    await arjun.submits()

    await arjun.sees("You are not allowed to decide on this")
    assert engine.count(capillary.REDEEM) == 0


async def test_a_coupon_used_at_a_till_while_it_waited_is_refused(
    nisha: Person, arjun: Person, engine: SandboxEngine
) -> None:
    await asks(nisha)
    await arjun.clicks("Approve")
    await arjun.sees("It cannot be undone from here")
    engine.customers.redeem_at_till(LARGE, "MG-1")

    await arjun.submits()

    await nisha.sees("It was used already")
    assert engine.count(capillary.REDEEM) == 0


async def test_a_coupon_that_changed_its_worth_is_asked_for_again(
    nisha: Person, arjun: Person, engine: SandboxEngine
) -> None:
    await asks(nisha)
    await arjun.clicks("Approve")
    await arjun.sees("It cannot be undone from here")
    coupon = engine.customers.coupon(LARGE)
    assert coupon is not None
    coupon.value = 7000.0

    await arjun.submits()

    await arjun.sees("₹7,000")
    await nisha.sees("Waiting for approval")
    assert engine.count(capillary.REDEEM) == 0
    await arjun.closes()
    await approves(arjun)
    await nisha.sees("The loyalty engine confirmed it")
    assert engine.count(capillary.REDEEM) == 1


async def test_nothing_in_the_channel_names_customer_or_coupon(nisha: Person, slack: SandboxSlack) -> None:
    await asks(nisha, note="Call her on 98450 12345, asha.menon@example.com, GOLD5000")
    await slack.until(lambda: bool(slack.messages("C0APPROVALS")))

    told = str(slack.messages("C0APPROVALS")[0].payload())
    for secret in ("GOLD5000", "9845012345", "98450 12345", "asha.menon", "Menon"):
        assert secret not in told


async def test_the_group_is_reminded_in_the_thread(nisha: Person, clock: Clock, slack: SandboxSlack) -> None:
    await asks(nisha)
    await slack.until(lambda: len(slack.messages("C0APPROVALS")) == 1)

    clock.moves(timedelta(minutes=16))

    await slack.until(lambda: len(slack.messages("C0APPROVALS")) == 2)
    top, reminder = slack.messages("C0APPROVALS")
    assert reminder.thread_ts == top.ts


async def test_a_channel_shared_with_another_company_is_never_posted_to(
    nisha: Person, slack: SandboxSlack
) -> None:
    slack.change_channel("C0APPROVALS", is_ext_shared=True)

    await asks(nisha)

    await nisha.sees("shared with another company")
    assert slack.messages("C0APPROVALS") == []


async def test_a_channel_that_takes_no_message_is_said_to_the_requester_and_tried_again(
    nisha: Person, slack: SandboxSlack
) -> None:
    slack.change_channel("C0APPROVALS", is_archived=True)

    await asks(nisha)

    await nisha.sees("nobody was asked: Coupon Desk cannot post in the channel")
    slack.change_channel("C0APPROVALS", is_archived=False)
    await slack.until(lambda: len(slack.messages("C0APPROVALS")) == 1)
    assert {fault.rpartition(" ")[2] for fault in slack.faults} <= {"is_archived"}
    slack.faults.clear()


async def test_nobody_can_approve_is_said_to_the_requester(nisha: Person, slack: SandboxSlack) -> None:
    slack.change_group("S0MANAGERS", users=("U0GUEST", "U0GONE"))

    await asks(nisha)

    await nisha.sees("can approve")


async def test_whoever_asked_hears_the_news_in_the_thread_of_their_message(
    nisha: Person, arjun: Person, slack: SandboxSlack
) -> None:
    await asks(nisha)
    await approves(arjun)
    await nisha.sees("The loyalty engine confirmed it")

    await slack.until(lambda: len(slack.messages("D0AGENT")) == 2)
    lasting, news = slack.messages("D0AGENT")
    assert news.thread_ts == lasting.ts
    assert news.text.startswith("✅ *Redeemed*  ·  `GOLD5000`  *₹5,000 off*")


async def test_a_coupon_that_a_till_used_ends_the_request_for_everybody_at_the_approvers_press(
    nisha: Person, arjun: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    await asks(nisha)
    await arjun.sees("[Approve]")
    engine.customers.redeem_at_till(LARGE, "MG-1")

    await arjun.clicks("Approve")

    await arjun.sees(
        "── Approve redemption ──\n⛔ Not redeemed  ·  ₹1,200 off a bill of ₹1,200\nIt was used already.", 15
    )
    await hears(slack, nisha, "It was used already.")
    await slack.until(lambda: "[Approve]" not in arjun.screen())
    nisha.sees_not("[Redeem again]")
    assert engine.count(capillary.REDEEM) == 0
