"""`/promo-redemptions`: where a promotion's code was redeemed."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from bot.sandbox.engine.capillary import PROMOTIONS, TILL, SandboxEngine
from bot.sandbox.engine.faults import Code, Html, Status, Unreadable
from bot.sandbox.engine.seed_data import HOSTILE_NAME
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock
from tests.flows.facts import START
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

CART = (
    "13 Nov 2025, 05:28 IST | Jo_voucher_test (UQ38T) | customer 566881933 | "
    "nusmbers-erfWDse3sst7ss-5176417625s0600sw0 | MG Road, till 1 | ₹100 off ₹1,000 | cart"
)
LINE = (
    "1 Sep 2025, 15:30 IST | SeptemberPromo | anonymous | txn-31 | Airport, till 2 | "
    "₹500 off ₹500 | line item Sku#Fuel"
)
FESTIVAL = (
    "31 Aug 2025, 12:00 IST | Festival 20 (FEST20) | customer 700000001 | MG-3001 | MG Road, till 1 | "
    "₹400 off ₹2,000 | cart",
    "30 Aug 2025, 12:00 IST | Festival 20 (FEST20) | anonymous | AIR-9001 | Airport, till 2 | "
    "₹90 off ₹450 | line item SKU-1",
)
GIFT = (
    "29 Aug 2025, 12:00 IST | Gift voucher (GIFT500) | anonymous | MG-3003 | Coupon Desk | "
    "₹500 off ₹1,250 | payment voucher"
)
EITHER = "as a discount or as a payment voucher"


#: One of a few redemptions, each of which is three lines.
LINES = re.compile(
    r"^(?P<when>.+?)  ·  (?P<off>.+?), (?P<to>.+)\nreceipt (?P<receipt>.+), at (?P<till>.+)\n"
    r"(?P<what>.+), (?P<who>customer .+|anonymous)$",
    re.MULTILINE,
)
COLUMNS = ("when", "what", "who", "receipt", "till", "off", "to")


def rows(person: Person) -> tuple[str, ...]:
    """What stands on the card that came last, in its table or in lines."""
    card = person.screen().rpartition("as of")[2]
    table = tuple(line for line in card.split("\n") if " | " in line)[1:]
    return table or tuple(" | ".join(one.group(*COLUMNS)) for one in LINES.finditer(card))


def asked(engine: SandboxEngine) -> list[tuple[str, str]]:
    return [(call.query["codes"], call.query["mode"]) for call in engine.calls if call.path == PROMOTIONS]


@pytest.mark.parametrize("typed", ["UQ38T", "uq38t", "`UQ38T`"])
async def test_a_code_shows_every_redemption_newest_first(
    engine: SandboxEngine, nisha: Person, typed: str
) -> None:
    """The engine finds a code in upper case only, and without a mode both are asked."""
    await nisha.command("/promo-redemptions", typed)
    await nisha.sees("Promotion UQ38T  ·  as of 12:00:00")
    await nisha.sees(f"2 redemptions {EITHER}, newest first.")

    assert rows(nisha) == (CART, LINE)
    assert sorted(asked(engine)) == [("UQ38T", "DISCOUNT"), ("UQ38T", "PAYMENT_VOUCHER")]


async def test_the_text_of_the_card_tells_what_its_table_tells(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/promo-redemptions", "UQ38T")
    await nisha.sees("newest first")

    assert slack.workspace.messages.all[-1].text.split("\n") == [
        "Promotion `UQ38T`  ·  as of 12:00:00",
        f"2 redemptions {EITHER}, newest first.",
        "13 Nov 2025, 05:28 IST: Jo_voucher_test (UQ38T), ₹100 off ₹1,000, cart, customer 566881933, "
        "receipt nusmbers-erfWDse3sst7ss-5176417625s0600sw0, at MG Road, till 1",
        "1 Sep 2025, 15:30 IST: SeptemberPromo, ₹500 off ₹500, line item Sku#Fuel, anonymous, "
        "receipt txn-31, at Airport, till 2",
    ]


@at_one_desk("typed", ["UQ38T FEST20", "fest20, uq38t", "UQ38T;FEST20 uq38t"])
async def test_several_codes_stand_on_one_card(nisha: Person, typed: str) -> None:
    await nisha.command("/promo-redemptions", typed)
    await nisha.sees(f"4 redemptions {EITHER}, newest first.")

    assert rows(nisha) == (CART, LINE, *FESTIVAL)


@at_one_desk(
    ("typed", "note", "told", "mode"),
    [
        ("FEST20 discount", "2 redemptions as a discount, newest first.", FESTIVAL, "DISCOUNT"),
        ("payment GIFT500", "1 redemption as a payment voucher, newest first.", (GIFT,), "PAYMENT_VOUCHER"),
        ("GIFT500 DISCOUNT", "Not redeemed as a discount, or there is no such code.", (), "DISCOUNT"),
        ("FEST20 payment", "Not redeemed as a payment voucher, or", (), "PAYMENT_VOUCHER"),
    ],
)
async def test_a_mode_narrows_the_card_and_is_asked_once(
    engine: SandboxEngine, nisha: Person, typed: str, note: str, told: tuple[str, ...], mode: str
) -> None:
    await nisha.command("/promo-redemptions", typed)
    await nisha.sees(note)

    assert rows(nisha) == told
    assert [called for _, called in asked(engine)] == [mode]


async def test_both_modes_typed_are_both(engine: SandboxEngine, nisha: Person) -> None:
    await nisha.command("/promo-redemptions", "GIFT500 discount payment")
    await nisha.sees(f"1 redemption {EITHER}, newest first.")

    assert rows(nisha) == (GIFT,)
    assert len(asked(engine)) == 2


async def test_no_redemption_says_what_that_may_mean(engine: SandboxEngine, nisha: Person) -> None:
    """The engine answers 404."""
    await nisha.command("/promo-redemptions", "NOSUCH1")
    await nisha.sees(f"Not redeemed {EITHER}, or there is no such code. Check the code letter by letter.")

    assert [call.status for call in engine.calls if call.path == PROMOTIONS] == [404, 404]


async def test_refresh_goes_past_what_is_kept(engine: SandboxEngine, nisha: Person, clock: Clock) -> None:
    await nisha.command("/promo-redemptions", "GIFT500")
    await nisha.sees("1 redemption")
    engine.promotions.add("GIFT500", name="Gift voucher", discount=500, amount=900, mode="PAYMENT_VOUCHER")
    clock.at += timedelta(seconds=5)
    await nisha.command("/promo-redemptions", "gift500")
    assert len(asked(engine)) == 2
    await nisha.clicks("Refresh")
    await nisha.sees(f"2 redemptions {EITHER}, newest first.")

    await nisha.sees("as of 12:00:05")
    assert rows(nisha)[0].endswith("| MG Road, till 1 | ₹500 off ₹900 | payment voucher")


async def test_many_redemptions_show_the_latest_and_say_of_how_many(
    engine: SandboxEngine, nisha: Person
) -> None:
    for hours in range(120):
        engine.promotions.add(
            "BUSY", name="Busy", discount=1, amount=2, receipt=f"R-{hours}", at=START - timedelta(hours=hours)
        )
    await nisha.command("/promo-redemptions", "BUSY")
    await nisha.sees(f"The latest 25 of 120 redemptions {EITHER}.")

    assert [row.split(" | ")[3] for row in rows(nisha)] == [f"R-{hours}" for hours in range(25)]


@pytest.mark.parametrize("fault", [Status(500), Status(404), Html(), Unreadable(), Code(400, "no")])
async def test_a_till_without_a_name_does_not_fail_the_card(
    engine: SandboxEngine, nisha: Person, fault: Status | Html | Unreadable | Code
) -> None:
    engine.faults.add(fault, path=f"{TILL}75197941", times=None)
    await nisha.command("/promo-redemptions", "UQ38T")
    await nisha.sees("newest first")

    assert rows(nisha) == (CART.replace("MG Road, till 1", "till 75197941"), LINE)


async def test_hostile_names_mention_nobody(slack: SandboxSlack, nisha: Person) -> None:
    """Its till is one that the engine does not know."""
    await nisha.command("/promo-redemptions", "HOSTILE")
    await nisha.sees(HOSTILE_NAME[:20])
    await nisha.sees("₹1 off ₹2, cart\nreceipt <!channel>, at till 999\n")

    assert slack.mentions == []


@pytest.mark.parametrize("fault", [Status(500), Code(500, "Internal server error", 500)])
async def test_a_failing_engine_is_asked_again_and_then_told(
    engine: SandboxEngine, nisha: Person, fault: Status | Code
) -> None:
    engine.faults.add(fault, path=PROMOTIONS)
    await nisha.command("/promo-redemptions", "FEST20 discount")
    await nisha.sees("2 redemptions")
    assert engine.count(PROMOTIONS) == 2
    engine.faults.add(fault, path=PROMOTIONS, times=None)
    await nisha.clicks("Refresh")
    await nisha.sees("The loyalty engine failed.")

    assert rows(nisha) == FESTIVAL


async def test_an_engine_that_is_not_set_up_for_it_says_who_can_help(
    engine: SandboxEngine, nisha: Person
) -> None:
    engine.faults.add(Code(405, "not enabled", 405), path=PROMOTIONS, times=None)
    await nisha.command("/promo-redemptions", "UQ38T")

    await nisha.sees("does not let Coupon Desk see cart promotions")


NOT_READ = {
    "no code": ("discount", "Which promotion? Type its code after the command, for example UQ38T."),
    "too many": ("A B C D E F", "Ask for at most 5 codes at once."),
    "an endless code": ("A" * 51, "Which promotion? Type its code"),
    "a mention": ("<!channel>", "That is a person, group or channel of Slack"),
    "what looks like one": (html.escape("<!channel>"), "Which promotion? Type its code"),
}


@at_one_desk(("typed", "told"), NOT_READ.values())
async def test_what_cannot_be_read_is_answered_with_what_to_type(
    engine: SandboxEngine, slack: SandboxSlack, nisha: Person, typed: str, told: str
) -> None:
    await nisha.command("/promo-redemptions", typed)
    await nisha.sees(told)

    assert engine.calls == []
    assert slack.mentions == []


@at_one_desk("typed", ["", "help", "HELP"])
async def test_help_has_examples_for_every_way(engine: SandboxEngine, nisha: Person, typed: str) -> None:
    await nisha.command("/promo-redemptions", typed)
    await nisha.sees(
        "/promo-redemptions shows where a promotion's code was redeemed. Only you see the answer."
    )
    await nisha.sees("UQ38T discount")

    assert engine.calls == []


async def test_only_the_caller_sees_the_card(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/promo-redemptions", "UQ38T")
    await nisha.sees("566881933")

    slack.person("U0SENIOR").sees_not("566881933")
    assert slack.messages("C0SUPPORT") == []
