"""`coupon-desk forget`: what it says, what it refuses, and that what is left can be drawn and told."""

from __future__ import annotations

import pytest

from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.messages import KINDS, MessageKind
from bot.domain.person import PersonId
from bot.ops import forget
from bot.settings import Settings
from bot.views.messages import OF_CASES, OF_REQUESTS, drawn_message
from tests.adapters.ledger.facts import TERMS
from tests.adapters.ledger.test_blanking import answered, rejected
from tests.ops.lines import Lines
from tests.ops.test_why import Told
from tests.ops.test_why import settings as settings
from tests.ops.test_why import told as told
from tests.views.redeeming import DISPLAY


@pytest.mark.parametrize("typed", ["", "+91 98450 12345", "asha@example.com", "9" * 65])
async def test_what_is_no_customer_id_is_wrong_usage(settings: Settings, typed: str) -> None:
    say = Lines()

    assert await forget.run(settings, typed, say) == 2
    assert "customer id" in say.text


async def test_somebody_is_forgotten_and_the_story_says_so(
    database: Database, requests: LedgerRequests, settings: Settings, told: Told
) -> None:
    row, case = await rejected(requests), await answered(LedgerCases(database))
    say = Lines()

    assert await forget.run(settings, f"customer:{TERMS.customer}", say) == 0

    assert say.said[0].startswith("Blanked name, last digits and notes in 1 request and 1 case of customer")
    for about in (row.id, case.id):
        story = await told(about, unmask=True)
        assert "removed names, last digits and notes, for whoever asked to be forgotten." in story
        assert "Asha" not in story
        assert "SECRET" not in story
    assert "U0SENIOR rejected it: “(removed)”." in await told(row.id)


async def test_nobody_to_forget(settings: Settings) -> None:
    say = Lines()

    assert await forget.run(settings, "1", say) == 0
    assert say.text == "Nothing about customer 1 was left to blank. It is recorded that you asked."


async def test_whatever_is_left_of_it_can_be_drawn(
    database: Database, requests: LedgerRequests, settings: Settings
) -> None:
    cases = LedgerCases(database)
    row, case = await rejected(requests), await answered(cases)
    await forget.run(settings, TERMS.customer, Lines())

    blanked, asked = await requests.get(row.id), await cases.get(case.id)

    assert blanked is not None
    assert asked is not None
    drawn = [drawn_message(kind, blanked, display=DISPLAY) for kind in OF_REQUESTS if not _waits(kind)]
    drawn += [drawn_message(kind, asked, display=DISPLAY) for kind in OF_CASES]
    assert all(message.text and message.blocks for message in drawn)
    assert "SECRET" not in str(drawn)
    assert PersonId("U0AGENT") in str(drawn)


def _waits(kind: MessageKind) -> bool:
    """Whether it is posted only while the request waits."""
    return KINDS[kind].call
