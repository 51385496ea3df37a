from __future__ import annotations

from tests.benchmarks import redeem
from tests.benchmarks.lookup import Calls, call_counts


async def test_a_look_up_costs_one_call_to_each_and_none_to_slack_for_somebody_who_was_just_seen() -> None:
    """Whatever the customer holds."""
    assert await call_counts() == {
        "cold": Calls(engine=1, slack=1),
        "cached": Calls(engine=0, slack=0),
        "page 2": Calls(engine=1, slack=0),
        "100 000 coupons": Calls(engine=1, slack=0),
    }


async def test_a_redemption_costs_a_handful_of_calls_whatever_the_customer_holds() -> None:
    counts = await redeem.call_counts()

    assert {what: calls.engine for what, calls in counts.items()} == {
        "one use": 3,
        "several uses": 5,
        "one of 100 000 coupons": 3,
    }
    # The direct message is posted at once and redrawn, or posted with the outcome already; so is the window.
    assert max(calls.slack for calls in counts.values()) <= 6
