"""Where the engine failed, Try again does the same once more and nobody types anything again."""

from __future__ import annotations

import pytest

from bot.sandbox.engine.capillary import IS_REDEEMABLE, SandboxEngine
from bot.sandbox.engine.faults import Status
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from bot.views.shortcut import SHORTCUT
from tests.flows.redeeming import ASHA, LARGE, POLICY, SMALL, asks, sees_card

# The way in is of no matter to these.
pytestmark = pytest.mark.parametrize("intake", ["socket"])


@pytest.fixture
def policy() -> str:
    return POLICY


async def test_a_command(nisha: Person, engine: SandboxEngine) -> None:
    engine.faults.add(Status(500), times=None)
    await nisha.command("/coupons", ASHA)
    await nisha.sees("…2345 could not be looked up. The loyalty engine failed.")
    engine.faults.clear()

    await nisha.clicks("Try again")

    await nisha.sees("Asha Menon  ·  mobile …2345  ·  9 coupons")
    nisha.sees_not("The loyalty engine failed.")


async def test_a_message_shortcut(nisha: Person, engine: SandboxEngine) -> None:
    message = await nisha.says("C0SUPPORT", "9845012345 has a question")
    engine.faults.add(Status(500), times=None)
    await nisha.shortcut(SHORTCUT, message=message)
    await nisha.sees("…2345 could not be looked up. The loyalty engine failed.")
    engine.faults.clear()

    await nisha.clicks("Try again")

    await nisha.sees("── Look up customer ──\nAsha Menon  ·  mobile …2345  ·  9 coupons")


async def test_opening_the_form(vikram: Person, engine: SandboxEngine, slack: SandboxSlack) -> None:
    await sees_card(vikram)
    engine.faults.add(Status(500), path=IS_REDEEMABLE)
    await vikram.clicks("Redeem")
    await vikram.sees("The loyalty engine failed.")

    await vikram.clicks("Try again")

    await vikram.sees("Bill amount")
    assert slack.workspace.views.depth(vikram.id) == 1


async def test_an_approval_that_could_not_be_checked(
    nisha: Person, slack: SandboxSlack, engine: SandboxEngine
) -> None:
    arjun = slack.person("U0MANAGER2")
    await asks(nisha)
    await arjun.sees("[Approve]")
    engine.faults.add(Status(500), path=IS_REDEEMABLE)
    await arjun.clicks("Approve")
    await arjun.sees("What comes of an approval now could not be verified.")

    await arjun.clicks("Try again")

    await arjun.sees("It cannot be undone from here.")
    assert slack.workspace.views.depth(arjun.id) == 1


async def test_whoever_asked_has_details_of_their_own(nisha: Person, slack: SandboxSlack) -> None:
    await asks(nisha)
    await nisha.closes()
    await nisha.sees("[Withdraw] [Details]")

    await nisha.clicks("Details", near="Reference")

    await nisha.sees("Mobile: 919845012345")
    await nisha.sees(LARGE)
    assert SMALL not in str(slack.messages("D0AGENT")[0].payload())
