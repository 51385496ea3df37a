"""`/redemptions`: what a customer redeemed, of points and of coupons."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.demo import Sandbox
from bot.sandbox.engine.capillary import HISTORY, SandboxEngine
from bot.sandbox.engine.coupons import MG_ROAD
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock
from tests.flows.facts import ASHA, HOSTILE, RAVI, holder
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

HEAD = "Asha Menon  ·  mobile …2345  ·  redemptions  ·  as of 12:00:00"
#: All that Asha redeemed, newest first; the stories play on the first of September at noon.
ROWS = (
    "30 Aug 2025, 12:00 IST | Points | 75 points | no bill number | MG Road",
    "29 Aug 2025, 12:00 IST | Coupon THANKS500, Thank you, 500 off | ₹500 off | MG-1042 | MG Road",
    "27 Aug 2025, 12:00 IST | Coupon COFFEE5, Five coffees | ₹80 off | IND-77 | Indiranagar",
    "20 Aug 2025, 12:00 IST | Points | 300 points; 300 reversed 21 Aug 2025, 12:00 IST | MG-2001 | MG Road",
    "12 Aug 2025, 12:00 IST | Coupon COFFEE5, Five coffees | ₹80 off | AIR-501 | Airport T2",
    "23 Jul 2025, 12:00 IST | Points | 120 points | MG-1003 | MG Road",
)
POINTS = (ROWS[0], ROWS[3], ROWS[5])
COUPONS = (ROWS[1], ROWS[2], ROWS[4])
EVER = "The latest 6 redemptions of points and coupons."

TYPED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "nothing": ("", EVER, ROWS),
    "points": ("points", "The latest 3 redemptions of points.", POINTS),
    "coupons": ("coupons", "The latest 3 redemptions of coupons.", COUPONS),
    "both": ("both", EVER, ROWS),
    "both by name": ("points coupons", EVER, ROWS),
    "a week": ("7d", "The latest 3 redemptions of points and coupons in the last 7 days.", ROWS[:3]),
    "a month": ("30d", "The latest 5 redemptions of points and coupons in the last 30 days.", ROWS[:5]),
    "a quarter": ("90d", "The latest 6 redemptions of points and coupons in the last 90 days.", ROWS),
    "everything": ("everything", EVER, ROWS),
    "a range": (
        "2025-08-12..2025-08-20",
        "The latest 2 redemptions of points and coupons from 2025-08-12 to 2025-08-20.",
        ROWS[3:5],
    ),
    "one day": (
        "2025-08-29..2025-08-29",
        "The latest 1 redemption of points and coupons on 2025-08-29.",
        ROWS[1:2],
    ),
    "one date": (
        "2025-08-29",
        "The latest 1 redemption of points and coupons on 2025-08-29.",
        ROWS[1:2],
    ),
    "two dates in words": (
        "2025-08-12 to 2025-08-20",
        "The latest 2 redemptions of points and coupons from 2025-08-12 to 2025-08-20.",
        ROWS[3:5],
    ),
    "days in words": (
        "last 90 days coupons",
        "The latest 3 redemptions of coupons in the last 90 days.",
        COUPONS,
    ),
    "yesterday": ("yesterday", "No redemption of points and coupons yesterday.", ()),
    "the oldest": ("oldest", "The oldest 6 redemptions of points and coupons.", ROWS[::-1]),
    "all at once": (
        "OLDEST 90D Coupons",
        "The oldest 3 redemptions of coupons in the last 90 days.",
        COUPONS[::-1],
    ),
}


#: One of a few redemptions, each of which is two lines.
LINES = re.compile(
    r"^(?P<when>.+?)  ·  (?P<took>.+)\n(?P<what>.+)  ·  (?:bill )?(?P<bill>.+?), at (?P<where>.+)$",
    re.MULTILINE,
)
COLUMNS = ("when", "what", "took", "bill", "where")


def rows(person: Person) -> tuple[str, ...]:
    """What stands on the card that came last, in its table or in lines."""
    card = person.screen().rpartition("as of")[2]
    table = tuple(line for line in card.split("\n") if " | " in line)[1:]
    return table or tuple(" | ".join(one.group(*COLUMNS)) for one in LINES.finditer(card))


@at_one_desk(("typed", "note", "told"), TYPED.values())
async def test_the_words_after_the_customer_narrow_the_card(
    nisha: Person, typed: str, note: str, told: tuple[str, ...]
) -> None:
    await nisha.command("/redemptions", f"{ASHA} {typed}")
    await nisha.sees(note)
    await nisha.sees(HEAD)

    assert rows(nisha) == told


@pytest.mark.parametrize("inclusive", [False, True])
async def test_the_last_day_of_a_range_counts_however_the_engine_counts_it(
    engine: SandboxEngine, nisha: Person, inclusive: bool
) -> None:
    engine.quirks.end_date_inclusive = inclusive
    await nisha.command("/redemptions", f"{ASHA} 2025-08-20..2025-08-28")
    await nisha.sees("from 2025-08-20 to 2025-08-28")

    assert rows(nisha) == ROWS[2:4]


@at_one_desk("customer", ["98450 12345", "+91 98450-12345", "asha.menon@example.com", "id:700000001"])
async def test_a_customer_may_be_named_in_any_way(nisha: Person, customer: str) -> None:
    await nisha.command("/redemptions", f"points {customer} oldest")
    await nisha.sees(HEAD)

    assert rows(nisha) == POINTS[::-1]


async def test_the_text_of_the_card_tells_what_its_table_tells(slack: SandboxSlack, nisha: Person) -> None:
    """Notifications and screen readers have the text alone."""
    await nisha.command("/redemptions", ASHA)
    await nisha.sees(EVER)
    text = slack.workspace.messages.all[-1].text

    assert text.split("\n")[2:] == [
        "30 Aug 2025, 12:00 IST: Points, 75 points, bill no bill number, at MG Road",
        "29 Aug 2025, 12:00 IST: Coupon THANKS500, Thank you, 500 off, ₹500 off, bill MG-1042, at MG Road",
        "27 Aug 2025, 12:00 IST: Coupon COFFEE5, Five coffees, ₹80 off, bill IND-77, at Indiranagar",
        "20 Aug 2025, 12:00 IST: Points, 300 points; 300 reversed 21 Aug 2025, 12:00 IST, "
        "bill MG-2001, at MG Road",
        "12 Aug 2025, 12:00 IST: Coupon COFFEE5, Five coffees, ₹80 off, bill AIR-501, at Airport T2",
        "23 Jul 2025, 12:00 IST: Points, 120 points, bill MG-1003, at MG Road",
    ]


# The card's own controls


@at_one_desk(
    ("chosen", "note", "told"),
    [
        ("points", "The latest 3 redemptions of points.", POINTS),
        ("coupons", "The latest 3 redemptions of coupons.", COUPONS),
        ("7d", "The latest 3 redemptions of points and coupons in the last 7 days.", ROWS[:3]),
        ("30d", "The latest 5 redemptions of points and coupons in the last 30 days.", ROWS[:5]),
        ("90d", "The latest 6 redemptions of points and coupons in the last 90 days.", ROWS),
    ],
)
async def test_what_is_chosen_on_the_card_is_what_could_have_been_typed(
    nisha: Person, chosen: str, note: str, told: tuple[str, ...]
) -> None:
    await nisha.command("/redemptions", ASHA)
    await nisha.sees(EVER)
    await nisha.chooses(chosen)
    await nisha.sees(note)

    await nisha.sees(f"[{chosen} ▾]")
    assert rows(nisha) == told


async def test_choices_add_up_and_can_be_taken_back(nisha: Person) -> None:
    await nisha.command("/redemptions", ASHA)
    await nisha.chooses("coupons")
    await nisha.sees("of coupons.")
    await nisha.chooses("7d")
    await nisha.sees("The latest 2 redemptions of coupons in the last 7 days.")
    await nisha.clicks("Oldest first")
    await nisha.sees("The oldest 2 redemptions of coupons in the last 7 days.")
    assert rows(nisha) == (ROWS[2], ROWS[1])
    await nisha.chooses("everything")
    await nisha.sees("The oldest 3 redemptions of coupons.")
    await nisha.clicks("Newest first")
    await nisha.sees("The latest 3 redemptions of coupons.")
    await nisha.chooses("points and coupons")

    await nisha.sees(EVER)
    assert nisha.screen().count(HEAD) == 1


async def test_a_range_that_was_typed_stays_while_other_things_are_chosen(nisha: Person) -> None:
    typed = "2025-08-12..2025-08-28"
    await nisha.command("/redemptions", f"{ASHA} {typed}")
    await nisha.sees("The latest 3 redemptions of points and coupons from 2025-08-12 to 2025-08-28.")
    await nisha.chooses("coupons")
    await nisha.sees("The latest 2 redemptions of coupons from 2025-08-12 to 2025-08-28.")
    await nisha.chooses(typed)
    await nisha.clicks("Oldest first")

    await nisha.sees("The oldest 2 redemptions of coupons from 2025-08-12 to 2025-08-28.")
    await nisha.sees(f"[{typed} ▾]")


async def test_a_period_that_the_card_never_offered_shows_everything(
    slack: SandboxSlack, nisha: Person
) -> None:
    await nisha.command("/redemptions", f"{ASHA} 7d")
    await nisha.sees("in the last 7 days")
    period = slack.workspace.messages.all[-1].blocks[-1]["elements"][1]
    period["options"] = [{"text": {"type": "plain_text", "text": "forged"}, "value": "999999999d"}]
    await nisha.chooses("forged")

    await nisha.sees(EVER)


async def test_refresh_goes_past_what_is_kept(engine: SandboxEngine, nisha: Person, clock: Clock) -> None:
    await nisha.command("/redemptions", f"{ASHA} coupons")
    await nisha.sees("The latest 3 redemptions of coupons.")
    engine.customers.redeem_at_till("WELCOME250", "MG-77")
    clock.at += timedelta(seconds=5)
    await nisha.command("/redemptions", f"{ASHA} coupons")
    nisha.sees_not("MG-77")
    assert engine.count(HISTORY) == 1
    await nisha.clicks("Refresh")
    await nisha.sees("The latest 4 redemptions of coupons.")

    await nisha.sees("as of 12:00:05")
    await nisha.sees(
        "1 Sep 2025, 12:00 IST  ·  ₹250 off\nCoupon WELCOME250, Welcome, 250 off  ·  bill MG-77, at MG Road"
    )


async def test_the_last_seven_days_move_with_the_clock(nisha: Person, clock: Clock) -> None:
    await nisha.command("/redemptions", f"{ASHA} 7d")
    await nisha.sees("The latest 3 redemptions")
    clock.moves(timedelta(hours=20))
    await nisha.clicks("Refresh")
    await nisha.sees("as of 08:00:00")
    clock.moves(timedelta(hours=72))
    await nisha.command("/redemptions", f"{ASHA} 7d")

    await nisha.sees("The latest 2 redemptions of points and coupons in the last 7 days.")


# Many, and none


async def test_more_than_ten_are_never_counted(parts: Sandbox, nisha: Person) -> None:
    bina = holder(parts, 0)
    used = parts.engine.customers.add_coupon(bina, "MANY", uses=-1)
    noon = datetime(2025, 8, 1, 12, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
    for day in range(14):
        parts.engine.customers.book(used, bill=f"B-{day}", till=MG_ROAD, at=noon + timedelta(days=day))
    await nisha.command("/redemptions", f"{bina.mobile} coupons")
    await nisha.sees("The latest 10 redemptions of coupons. There may be more: press Oldest first, or type")
    assert [row.split(" | ")[3] for row in rows(nisha)] == [f"B-{day}" for day in range(13, 3, -1)]
    await nisha.clicks("Oldest first")
    await nisha.sees("The oldest 10 redemptions of coupons. There may be more;")

    nisha.sees_not("14")


async def test_with_more_of_one_kind_no_order_is_claimed_over_both(parts: Sandbox, nisha: Person) -> None:
    """Beside ten coupons of this month stand points of last year: between them may lie other coupons."""
    bina = holder(parts, 0)
    used = parts.engine.customers.add_coupon(bina, "MANY", uses=-1)
    now = parts.engine.customers.now()
    for day in range(12):
        parts.engine.customers.book(used, bill=f"B-{day}", till=MG_ROAD, at=now - timedelta(days=day))
    parts.engine.customers.add_points(bina, 1, at=now - timedelta(days=400))
    await nisha.command("/redemptions", bina.mobile)

    await nisha.sees("The latest 10 of coupons and the latest 1 of points. There may be more:")
    await nisha.sees(" | Points | 1 point | ")


async def test_none_at_any_time_and_none_in_a_period_say_so(nisha: Person) -> None:
    await nisha.command("/redemptions", RAVI)
    await nisha.sees("Ravi Kumar  ·  mobile …0000  ·  redemptions  ·  as of")
    await nisha.sees("No redemption of points and coupons at any time.")
    await nisha.chooses("30d")
    await nisha.sees("No redemption of points and coupons in the last 30 days. Choose another period below")

    nisha.sees_not("The latest")


async def test_a_hostile_customer_mentions_nobody(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/redemptions", HOSTILE)
    await nisha.sees("The latest 1 redemption of points and coupons.")
    await nisha.clicks("Refresh")
    await slack.reached("response_url")

    assert slack.mentions == []
