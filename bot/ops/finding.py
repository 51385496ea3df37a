"""What one check of `coupon-desk doctor` comes to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot import logs


class Grade(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """
    One line.

    Attributes:
        check: what was checked, in a word or two.
        says: what was found; never a secret.
        next_step: what to do about it; empty where nothing is.

    """

    check: str
    grade: Grade
    says: str
    next_step: str = ""

    @property
    def line(self) -> str:
        step = f" Next: {self.next_step}" if self.next_step else ""
        return logs.redacted(f"{self.grade.value:<4}  {self.check}: {self.says}{step}")


#: Each yields at least one line and raises nothing that it can foresee.
Check = Callable[[], AsyncIterator[CheckResult]]


def ok(check: str, says: str) -> CheckResult:
    return CheckResult(check=check, grade=Grade.OK, says=says)


def warn(check: str, says: str, next_step: str) -> CheckResult:
    return CheckResult(check=check, grade=Grade.WARN, says=says, next_step=next_step)


def fail(check: str, says: str, next_step: str) -> CheckResult:
    return CheckResult(check=check, grade=Grade.FAIL, says=says, next_step=next_step)


def clock(check: str, ahead_s: float, whose: str, *, warn_s: float, fail_s: float) -> CheckResult:
    """How far this machine's clock is ahead of another one."""
    off = abs(ahead_s)
    said = f"this machine's clock is {off:.0f} s {'ahead of' if ahead_s > 0 else 'behind'} {whose}"
    step = "Have the clock set by NTP (timedatectl status, on both machines)."
    if off >= fail_s:
        return fail(check, f"{said}.", step)
    if off >= warn_s:
        return warn(check, f"{said}.", step)
    return ok(check, f"this machine's clock agrees with {whose}.")
