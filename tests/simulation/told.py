"""What the schedules of a test run were, on the terminal at its end."""

from __future__ import annotations

import pytest

from tests.simulation.tally import Tally

PROPERTY = "proofs"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tally = Tally()
    for report in terminalreporter.getreports("passed"):
        for name, told in getattr(report, "user_properties", ()):
            if name == PROPERTY and report.when == "call":
                tally.add(Tally.from_text(told))
    if tally.seeds:
        terminalreporter.section("proofs")
        for line in tally.told():
            terminalreporter.write_line(line)
