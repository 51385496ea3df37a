"""Malformed and slow requests: refused, counted, and nothing breaks. `python -m tests.fuzz` plays many more."""

from __future__ import annotations

from tests.fuzz.run import fuzz
from tests.fuzz.wire import Signing


async def test_what_nobody_at_slack_sends_breaks_nothing() -> None:
    report = await fuzz(requests=700, slow=20, seed=7)

    assert report.faults == []
    assert {signing for signing, _ in report.statuses} == set(Signing)
    assert set(report.refused["refused"]) >= {
        "no_signature",
        "wrong_signature",
        "clock_off",
        "too_slow",
        "malformed",
    }
    assert sum(report.slow.values()) == 20
    # Bolt warns of a token in the environment.
    assert not [event for event in report.logged if "unused" in event]
