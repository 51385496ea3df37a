from __future__ import annotations

from tests.benchmarks.lookup import Calls, call_counts


async def test_a_look_up_costs_one_call_to_each_whatever_the_customer_holds() -> None:
    assert await call_counts() == {
        "cold": Calls(engine=1, slack=1),
        "cached": Calls(engine=0, slack=1),
        "page 2": Calls(engine=1, slack=1),
        "100 000 coupons": Calls(engine=1, slack=1),
    }
