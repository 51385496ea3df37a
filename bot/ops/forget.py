"""`coupon-desk forget <customer id>`: blanks what the ledger keeps about a customer's person."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.adapters.ledger.blanking import LedgerBlanking
from bot.domain.customer import CustomerId
from bot.ops.ledger import open_ledger, operator
from bot.ops.sentences import counted
from bot.settings import Settings

#: Exit codes.
FINE, USAGE = 0, 2

Say = Callable[[str], None]


async def run(settings: Settings, customer: str, say: Say) -> int:
    """Returns the exit code. Raises LedgerUnavailable."""
    customer = customer.strip().removeprefix("customer:")
    if not re.fullmatch(r"[A-Za-z0-9]{1,64}", customer):
        say("Give the engine's customer id, which is neither a mobile nor an e-mail; example: 565039504")
        return USAGE
    async with open_ledger(settings) as database:
        done = await LedgerBlanking(database).forget(CustomerId(customer), by=operator())
    if not done.requests and not done.cases:
        say(f"Nothing about customer {customer} was left to blank. It is recorded that you asked.")
        return FINE
    say(
        f"Blanked name, last digits and notes in {counted(done.requests, 'request', 'requests')} and "
        f"{counted(done.cases, 'case', 'cases')} of "
        f"customer {customer}; ids, amounts and verdicts stay, and the audit log still verifies."
    )
    say("Their messages in Slack are redrawn without them within minutes, while the desk runs.")
    return FINE
