"""Details: everything the engine tells of one coupon on a card, in a modal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.demo import Sandbox
from bot.sandbox.engine.capillary import COUPON, COUPONS, IS_REDEEMABLE, SandboxEngine
from bot.sandbox.engine.coupons import AIRPORT, MG_ROAD
from bot.sandbox.engine.faults import Status
from bot.sandbox.slack.blockkit.inputs import controls
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock
from tests.flows.facts import ASHA, HOSTILE, TOM, TOMS_NEWEST, holder
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

TITLE = "── Coupon details ──"
EXPIRED = "This is more than a day old. Nothing was changed. Run the command again for a new one."


def modal(person: Person) -> list[str]:
    """What stands in the modal on top, line by line."""
    return person.screen().rpartition(" ──\n")[2].split("\n")


async def open_card(person: Person, customer: str = ASHA, shows: str = "Showing 1 to") -> None:
    await person.command("/coupons", customer)
    await person.sees(shows)


def forge(slack: SandboxSlack, value: str) -> None:
    """Give every Details button of the newest card this value."""
    for element in _details(slack.workspace.messages.all[-1]):
        element["value"] = value


def value_of(message: Any) -> str:
    return str(next(_details(message))["value"])


def _details(message: Any) -> Iterator[dict[str, Any]]:
    elements = (one for block in message.blocks for one in controls(block))
    return (one for one in elements if one.get("action_id") == "look_up.details.v1")


async def test_every_redemption_is_listed_latest_first_with_its_number(nisha: Person) -> None:
    await open_card(nisha)
    await nisha.clicks("Details", near="COFFEE5")
    await nisha.sees("Redemptions\n")

    assert modal(nisha) == [
        "🟢 COFFEE5  ₹80 off  ·  Five coffees",
        "Valid until 1 Oct 2025, 23:59 IST  ·  3 uses left",
        "Redeemed 2 times, last: 27 Aug 2025, 12:00 IST, at Indiranagar, bill IND-77",
        "Issued 21 Jul 2025, 12:00 IST, at MG Road",
        "Series 840067",
        "Redemptions",
        "• 27 Aug 2025, 12:00 IST, at Indiranagar, bill IND-77  ·  redemption 20000002",
        "• 12 Aug 2025, 12:00 IST, at Airport T2, bill AIR-501  ·  redemption 20000001",
        "────",
        "Asha Menon  ·  as of 12:00:00",
        "[Ask store ops]",
        "[Close]",
    ]


async def test_a_reversed_redemption_says_when_it_was_and_when_it_was_undone(nisha: Person) -> None:
    await open_card(nisha)
    await nisha.clicks("Details", near="RETURN400")
    await nisha.sees("Reversed redemptions\n")

    assert modal(nisha)[5:9] == [
        "Redemptions",
        "None but those that were reversed",
        "Reversed redemptions",
        "• redeemed 17 Aug 2025, 12:00 IST, at MG Road, till 1, reversed 18 Aug 2025, 12:00 IST  ·  "
        "redemption 20000004",
    ]


async def test_custom_properties_stand_with_their_names(parts: Sandbox, nisha: Person) -> None:
    bina = holder(parts, 0)
    coupon = parts.engine.customers.add_coupon(bina, "TAGGED")
    coupon.custom_properties = (("Campaign", "Diwali <2025>"), ("Owner", "CRM & Co"))
    await open_card(nisha, bina.mobile)
    await nisha.clicks("Details")
    await nisha.sees("Custom properties")

    await nisha.sees("• Campaign: Diwali <2025>")
    await nisha.sees("• Owner: CRM & Co")


async def test_what_is_on_the_card_costs_no_call_to_the_engine(engine: SandboxEngine, nisha: Person) -> None:
    await open_card(nisha, TOM, "Showing 1 to 10 of 23")
    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 20 of 23")
    asked = engine.count()
    await nisha.clicks("Details")
    await nisha.sees("Issued")

    assert engine.count() == asked


async def test_details_show_the_coupon_of_their_row(nisha: Person) -> None:
    await open_card(nisha)
    for code in ("🟢 TONIGHT150", "🟢 Diwali10", "🔴 MONSOON300"):
        await nisha.clicks("Details", near=code)
        await nisha.sees(f"{TITLE}\n{code}  ")
        await nisha.closes()

    nisha.sees_not(TITLE)


async def test_a_coupon_that_moved_to_another_place_is_still_the_one_pressed(
    parts: Sandbox, nisha: Person, clock: Clock
) -> None:
    """A newer coupon has pushed it one place down."""
    await open_card(nisha)
    asha = parts.engine.customers.by_id(700000001)
    assert asha is not None
    parts.engine.customers.add_coupon(asha, "BRANDNEW")
    clock.moves(timedelta(minutes=5))
    await nisha.clicks("Details", near="WELCOME250")

    await nisha.sees(f"{TITLE}\n🟢 WELCOME250  ₹250 off")


async def test_a_coupon_that_left_the_page_is_told_by_its_code(
    parts: Sandbox, nisha: Person, clock: Clock
) -> None:
    await nisha.command("/coupons", f"{ASHA} redeemable")
    await nisha.sees("7 redeemable coupons")
    parts.engine.customers.redeem_at_till("WELCOME250", "MG-9")
    clock.moves(timedelta(minutes=5))
    await nisha.clicks("Details", near="WELCOME250")
    await nisha.sees("It is not on the page that was looked at, so only what its code alone tells is shown.")

    assert modal(nisha)[:5] == [
        "⚪ WELCOME250  ₹250 off",
        "Cannot be redeemed. It was used already.",
        "Last redeemed 1 Sep 2025, 12:00 IST, at MG Road, bill MG-9",
        "Valid until 1 Oct 2025, 23:59 IST",
        "Next: Tell the customer when and where it was used. If the customer disputes it, ask store ops.",
    ]
    assert parts.engine.count(IS_REDEEMABLE) == parts.engine.count(COUPON) == 1


async def test_a_hostile_coupon_keeps_every_limit_and_mentions_nobody(
    parts: Sandbox, slack: SandboxSlack, nisha: Person
) -> None:
    hostile = parts.engine.customers.by_id(700066666)
    assert hostile is not None
    worst = parts.engine.customers.add_coupon(hostile, "`<!here>`", description="&" * 5000, uses=-1)
    worst.custom_properties = tuple(("<!channel>" * 50, "&<>" * 2000) for _ in range(50))
    worst.issued_at = replace(worst.issued_at, name="<@U0AGENT>" * 500)
    for number in range(60):
        worst_till = replace(MG_ROAD if number % 2 else AIRPORT, name="`*_~&" * 100)
        parts.engine.customers.book(worst, bill="<!everyone>&" * 100 + str(number), till=worst_till)
    for _ in range(15):
        parts.engine.customers.reverse("`<!here>`")
    await open_card(nisha, HOSTILE)
    await nisha.clicks("Details")
    await nisha.sees("and 5 earlier")
    await nisha.sees("and 30 more")

    assert slack.mentions == []
    assert slack.faults == []


@at_one_desk("place", range(8))
async def test_each_hostile_coupon_opens(slack: SandboxSlack, nisha: Person, place: int) -> None:
    await open_card(nisha, HOSTILE)
    forge(slack, value_of(slack.workspace.messages.all[-1]).rpartition(".")[0] + f".{place}")
    await nisha.clicks("Details")
    await nisha.sees("Issued")

    assert slack.mentions == []


# What is forged, old, or somebody else's


@at_one_desk("forged", ["x.9", "", "{card}.9", "{card}.-1", "{card}.x"])
async def test_a_forged_value_opens_nothing(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, forged: str
) -> None:
    await open_card(nisha)
    asked = engine.count()
    forge(slack, forged.format(card=value_of(slack.workspace.messages.all[-1]).rpartition(".")[0]))
    await nisha.clicks("Details", near="COFFEE5")
    await nisha.sees(EXPIRED)

    assert "TONIGHT150" not in "".join(modal(nisha))
    assert engine.count() == asked


@pytest.mark.parametrize("command", ["/redemptions", "/promo-redemptions"])
async def test_a_card_of_another_kind_has_no_details(
    slack: SandboxSlack, nisha: Person, command: str
) -> None:
    await nisha.command(command, ASHA if command == "/redemptions" else "NOSUCH1")
    await nisha.sees("as of")
    other = slack.workspace.messages.all[-1].blocks[-1]["block_id"].partition(".")[2]
    await open_card(nisha)
    forge(slack, f"{other}.0")
    await nisha.clicks("Details", near="COFFEE5")

    await nisha.sees(EXPIRED)


async def test_somebody_elses_card_has_no_details_for_others(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person
) -> None:
    vikram = slack.person("U0SENIOR")
    await open_card(nisha, TOM)
    hers = value_of(slack.workspace.messages.all[-1])
    await open_card(vikram)
    asked = engine.count()
    forge(slack, hers)
    await vikram.clicks("Details", near="COFFEE5")
    await vikram.sees("You are not allowed to use somebody else's card.")

    vikram.sees_not(TOMS_NEWEST)
    assert engine.count() == asked


async def test_a_card_older_than_a_day_says_so(engine: SandboxEngine, nisha: Person, clock: Clock) -> None:
    await open_card(nisha)
    asked = engine.count()
    clock.moves(timedelta(hours=24))
    await nisha.clicks("Details", near="COFFEE5")
    await nisha.sees(EXPIRED)
    await nisha.sees("Showing 1 to 9 of 9")

    assert engine.count() == asked


# What goes wrong


@pytest.mark.parametrize("error", ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"])
async def test_a_press_that_slack_no_longer_takes_says_to_press_again(
    slack: SandboxSlack, nisha: Person, error: str
) -> None:
    await open_card(nisha)
    slack.fail("views.open", error=error, times=1)
    await nisha.clicks("Details", near="COFFEE5")
    await nisha.sees("That took too long for Slack. Nothing was changed. Press again.")
    await nisha.sees("Showing 1 to 9 of 9")
    await nisha.clicks("Details", near="COFFEE5")

    await nisha.sees(f"{TITLE}\n🟢 COFFEE5  ₹80 off")


async def test_an_engine_that_fails_is_told_in_the_modal_and_the_card_stays(
    engine: SandboxEngine, nisha: Person, clock: Clock
) -> None:
    await open_card(nisha)
    clock.moves(timedelta(minutes=5))
    engine.faults.add(Status(500), path=COUPONS, times=None)
    await nisha.clicks("Details", near="COFFEE5")
    await nisha.sees("The loyalty engine failed. Try again in a minute")
    await nisha.closes()
    engine.faults.clear()
    await nisha.clicks("Details", near="COFFEE5")

    await nisha.sees(f"{TITLE}\n🟢 COFFEE5  ₹80 off")
