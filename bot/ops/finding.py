"""What one check of `coupon-desk doctor` comes to."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot import logs
from bot.aio.causes import TRUST_STEP
from bot.settings import EXAMPLES

#: How the settings' faults end: with our own example, which may look like a secret.
_EXAMPLE = re.compile(
    rf"(?<=; example: )((?:{'|'.join(re.escape(f'{name}={value}') for name, value in EXAMPLES.items())})(?!\S))"
)


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
        """For a terminal, redacted. Each part by itself: "slack token:" does not make a secret of the word after it."""
        step = f" Next: {_shown(self.next_step)}" if self.next_step else ""
        return f"{self.grade.value:<4}  {_shown(self.check)}: {_shown(self.says)}{step}"

    @property
    def told(self) -> dict[str, str]:
        """The same for JSON."""
        parts = {"check": self.check, "grade": self.grade.value, "says": self.says, "next": self.next_step}
        return {name: _shown(part) for name, part in parts.items()}


def _shown(text: str) -> str:
    """Redacted, but for our own examples."""
    parts = _EXAMPLE.split(text)
    return "".join(part if at % 2 else logs.redacted(part) for at, part in enumerate(parts))


#: Each yields at least one line and raises nothing that it can foresee.
Check = Callable[[], AsyncIterator[CheckResult]]


def ok(check: str, says: str) -> CheckResult:
    return CheckResult(check=check, grade=Grade.OK, says=says)


def warn(check: str, says: str, next_step: str) -> CheckResult:
    return CheckResult(check=check, grade=Grade.WARN, says=says, next_step=next_step)


def fail(check: str, says: str, next_step: str) -> CheckResult:
    return CheckResult(check=check, grade=Grade.FAIL, says=says, next_step=next_step)


def untrusted(check: str, whose: str) -> CheckResult:
    """The certificate that was shown for it is why."""
    return fail(check, f"{whose} cannot be reached: the certificate shown for it is not trusted.", TRUST_STEP)


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
