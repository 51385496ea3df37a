"""Unknown outcomes: shown as such, settled by evidence, and every message is updated."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import Drop, DropAfter, Slow, Status, Unreadable
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.redeeming import (
    ASHA,
    POLICY,
    SMALL,
    direct,
    hears,
    loses_the_answer,
    redeems,
    reviews,
    sees_no_more,
)

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

UNKNOWN = "Outcome unknown"
BY_EVIDENCE = "The loyalty engine's records show it redeemed once for this bill"


@pytest.fixture
def policy() -> str:
    return POLICY


@pytest.fixture
def overrides() -> dict[str, str]:
    return {"RECONCILE_AFTER_SECONDS": "0.1"}


DOUBTS = {
    "the line drops": (DropAfter(), "The line to the loyalty engine dropped before its answer was complete."),
    "half an answer": (Unreadable(), "The loyalty engine's answer could not be read."),
}


@pytest.mark.parametrize(("fault", "why"), DOUBTS.values(), ids=DOUBTS)
async def test_it_becomes_redeemed_by_itself_in_the_window_and_the_direct_message(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack, fault: DropAfter | Unreadable, why: str
) -> None:
    evidence = await loses_the_answer(vikram, engine, fault)
    window = vikram.modal
    await vikram.sees(f"{UNKNOWN}  ·  {SMALL}")
    await hears(slack, vikram, UNKNOWN)
    await vikram.sees(f"{why} The coupon may be used now, or not.")
    await vikram.sees("by hand, until you are told how it ends. Coupon Desk looks again at ")
    await vikram.sees("and settles it by about ")
    await vikram.sees(
        "“I am checking whether your coupon went through; please do not use it until you hear from us.”"
    )
    evidence.set()
    await vikram.sees(f"{BY_EVIDENCE}, by this request.")
    await hears(slack, vikram, f"{BY_EVIDENCE}, by this request.")

    await sees_no_more(slack, vikram, UNKNOWN)
    assert vikram.modal is window
    assert len(direct(slack, vikram)) == 1
    assert engine.count(capillary.REDEEM) == 1


async def test_an_engine_that_fails_without_a_code_may_have_redeemed_it(
    vikram: Person, engine: SandboxEngine
) -> None:
    evidence = await loses_the_answer(vikram, engine, Status(502))

    await vikram.sees("The loyalty engine answered with a failure of its own.")
    vikram.sees_not("Not redeemed")
    evidence.set()


async def test_the_card_is_not_taken_from_what_was_kept_while_the_outcome_is_unknown(
    vikram: Person, engine: SandboxEngine
) -> None:
    evidence = await loses_the_answer(vikram, engine, DropAfter())
    evidence.set()
    await vikram.command("/coupons", f"{ASHA} code:{SMALL}")

    await vikram.sees("Cannot be redeemed. It was used already.")


async def test_a_till_that_used_it_for_the_same_bill_is_evidence_too(
    vikram: Person, engine: SandboxEngine
) -> None:
    """With a typed number it is only known that it was redeemed for this bill, not by whom."""
    evidence = await loses_the_answer(vikram, engine, Drop(), number="B-1")
    engine.customers.redeem_at_till(SMALL, "B-1")
    evidence.set()

    await vikram.sees(f"{BY_EVIDENCE}.")
    vikram.sees_not("by this request")


async def test_while_it_is_unknown_nobody_else_may_try(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack, meera: Person
) -> None:
    slack.change_group("S0SENIORS", users=("U0SENIOR", "U0MANAGER1"))
    await reviews(meera)
    evidence = await loses_the_answer(vikram, engine, Drop())
    await meera.submits()

    await meera.sees("Another request for this coupon and this customer has not ended yet.")
    assert engine.count(capillary.REDEEM) == 1
    evidence.set()


class TestWithAShortWindow:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"RECONCILE_AFTER_SECONDS": "0.1", "RECONCILE_WINDOW_SECONDS": "0.5"}

    async def test_what_never_arrived_is_not_redeemed_after_three_looks(
        self, vikram: Person, engine: SandboxEngine, slack: SandboxSlack
    ) -> None:
        await reviews(vikram)
        asked = engine.count(capillary.COUPON)
        engine.faults.add(Drop(), path=capillary.REDEEM)
        await vikram.submits()
        await vikram.sees("shows no redemption by this request up to ")
        await hears(slack, vikram, "shows no redemption by this request up to ")
        told = re.search(r"asked (\d+) times", vikram.screen())

        assert told is not None
        # A look that had no answer in time is not told.
        assert 3 <= int(told[1]) <= engine.count(capillary.COUPON) - asked - 1
        await vikram.sees(f"Not redeemed  ·  {SMALL}")
        await vikram.sees("If the loyalty engine shows it within a day after all, you are told.")
        await vikram.sees("Next: If the customer still wants it, press Redeem again.")

    async def test_it_can_then_be_redeemed_anew(self, vikram: Person, engine: SandboxEngine) -> None:
        """Its share of the day's limits is given back as well."""
        engine.faults.add(Drop(), path=capillary.REDEEM)
        await redeems(vikram)
        await vikram.sees("shows no redemption by this request up to ")
        await vikram.closes()
        await reviews(vikram)

        await vikram.sees("Left of your limits today after this one: 19 of 20 redemptions, ₹9,750 of ₹10,000")
        await vikram.sees("[Redeem now]")

    async def test_failed_looks_count_for_nothing(self, vikram: Person, engine: SandboxEngine) -> None:
        """However many there are, and however long it takes."""
        await reviews(vikram)
        engine.faults.add(DropAfter(), path=capillary.REDEEM)
        engine.faults.add(Slow(0.0), path=capillary.COUPON)
        away = 4
        engine.faults.add(Status(500), path=capillary.COUPON, times=away)
        asked = engine.count(capillary.COUPON)
        await vikram.submits()
        await vikram.sees(f"{BY_EVIDENCE}, by this request.")

        assert engine.count(capillary.COUPON) == asked + 1 + away + 1


class TestForAPerson:
    """A redemption for another bill is no proof of ours: the settlers are told, masked."""

    @pytest.fixture
    async def arjun(self, slack: SandboxSlack, vikram: Person, engine: SandboxEngine) -> Person:
        """Arjun Das, a manager; a till has used the coupon meanwhile."""
        typed = {"number": "asha.menon@example.com", "note": "Asha Menon waits, 98450 12345"}
        evidence = await loses_the_answer(vikram, engine, Drop(), **typed)
        engine.customers.redeem_at_till(SMALL, "MG-77")
        evidence.set()
        await vikram.sees("New in the loyalty engine since it was sent:")
        arjun = slack.person("U0MANAGER2")
        await arjun.sees("bill MG-77")
        return arjun

    async def test_it_stays_unknown_and_those_who_may_close_it_are_told(
        self, arjun: Person, vikram: Person, slack: SandboxSlack
    ) -> None:
        await arjun.sees(
            "⚠️ Outcome unknown  ·  ₹250 off a bill of ₹1,200\nAsked for by @Vikram Shah  ·  Customer A. M., mobile …2345  ·  worth ₹250 at most"
        )
        await arjun.sees("Asked for by @Vikram Shah")
        await arjun.sees("Next: Nobody should try it again, here or at a till, or take ")
        await arjun.sees("Compare what was found with the bill, then press Settle.")
        await arjun.sees("[Settle]")
        await vikram.sees("Somebody who approves redemptions has to confirm whether it is this request's")

        [posted] = slack.messages("C0APPROVALS")
        said = json.dumps([posted.text, posted.blocks], ensure_ascii=False)
        for secret in (SMALL, "12345", "asha.menon", "Menon", "Asha"):
            assert secret not in said

    @pytest.mark.parametrize(
        ("outcome", "told", "aloud"),
        [
            (
                "Redeemed",
                "settled it as redeemed for this bill; the loyalty engine has not confirmed it",
                "Your coupon is redeemed",
            ),
            ("Not redeemed", "settled it as not redeemed", "I am checking how your coupon stands"),
        ],
    )
    async def test_a_manager_closes_it_by_hand(
        self, arjun: Person, vikram: Person, slack: SandboxSlack, outcome: str, told: str, aloud: str
    ) -> None:
        await arjun.clicks("Settle")
        await arjun.chooses(outcome, from_="Outcome")
        if outcome == "Redeemed":
            await arjun.chooses("None of these", from_="Which use")
        await arjun.types("Note", "Seen on the till roll, 98450 12345")
        await arjun.submits()
        await arjun.sees(f"You {told}.")
        for person in (arjun, vikram):
            await person.sees(f"@Arjun Das {told}.")
            await person.sees("\nSeen on the till roll, …2345\n")
        await hears(slack, vikram, told)
        await vikram.sees(aloud)
        for person in (arjun, vikram):
            await sees_no_more(slack, person, UNKNOWN)
            person.sees_not("98450 12345")
        assert [message.text.count("[Settle]") for message in slack.messages("C0APPROVALS")] == [0]

    async def test_a_note_is_required(self, arjun: Person, vikram: Person) -> None:
        await arjun.clicks("Settle")
        await arjun.chooses("Not redeemed", from_="Outcome")
        refused = await arjun.submits()
        assert refused.error == "input"
        await arjun.types("Note", "   ")
        await arjun.submits()

        await arjun.sees("Say how you know; the note stays with the record.")
        await vikram.sees(UNKNOWN)

    async def test_redeemed_names_the_use_and_the_request_claims_it(
        self, arjun: Person, vikram: Person, engine: SandboxEngine
    ) -> None:
        coupon = engine.customers.coupon(SMALL)
        assert coupon is not None
        [use] = coupon.redemptions
        await arjun.clicks("Settle")
        await arjun.chooses("Redeemed", from_="Outcome")
        await arjun.types("Note", "Seen on the till roll")
        await arjun.submits()
        await arjun.sees("Choose which use it is, or None of these.")
        await arjun.chooses(str(use.id), from_="Which use")
        await arjun.submits()

        await vikram.sees(f"redemption {use.id}")
        await vikram.sees(f"@Arjun Das settled it as redeemed by redemption {use.id}.")

    async def test_one_that_was_settled_meanwhile_stays_as_it_is(
        self, arjun: Person, meera: Person, vikram: Person
    ) -> None:
        """Though evidence might still make it redeemed, another person's word does not."""
        await asyncio.gather(arjun.clicks("Settle"), meera.clicks("Settle"))
        for manager, outcome in ((arjun, "Not redeemed"), (meera, "Redeemed")):
            await manager.chooses(outcome, from_="Outcome")
            if outcome == "Redeemed":
                await manager.chooses("None of these", from_="Which use")
            await manager.types("Note", f"Seen by {manager.id}")
        await arjun.submits()
        await arjun.sees("── Settle unknown ──\n⛔ Not redeemed  ·  ₹250 off a bill of ₹1,200\n")
        await meera.submits()
        await meera.sees("── Settle unknown ──\n⛔ Not redeemed  ·  ₹250 off a bill of ₹1,200\n")

        await meera.sees("@Arjun Das settled it as not redeemed.")
        await meera.sees("\nSeen by U0MANAGER2\n")
        vikram.sees_not("settled it as redeemed")
