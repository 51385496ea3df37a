"""Why a request was stopped or refused, as somebody reads it who did not ask."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from bot.domain.audit_entry import AuditEntry
from bot.domain.limits import AtLimit
from bot.domain.redemption import Redemption, Stop
from bot.domain.refusal import Refusal
from bot.ops.sentences import as_named
from bot.views.money import money
from bot.views.refusals import OF_OTHERS, REFUSALS, STOPS
from bot.views.text import Display

LIMITS = frozenset({Stop.COUNT_LIMIT, Stop.VALUE_LIMIT})


def stop_told(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    """Empty where the entry names no reason that this version knows."""
    stop, refusal = entry.text("stop"), entry.text("refusal")
    if stop in LIMITS:
        return [_limit(Stop(stop), entry, row, display)]
    if stop in set(Stop):
        return [_of_people(OF_OTHERS.get(Stop(stop)) or STOPS[Stop(stop)].why, row)]
    if refusal in set(Refusal):
        return [as_named(REFUSALS[Refusal(refusal)].why)]
    return [f"A reason that this version does not know ({stop or refusal})."] if stop or refusal else []


def _of_people(words: str, row: Redemption) -> str:
    told = words.replace("Whoever asked is", f"{row.terms.requester} was")
    if row.decided is not None:
        told = told.replace("Whoever approved it is", f"{row.decided.by} was")
    return as_named(told)


def _limit(stop: Stop, entry: AuditEntry, row: Redemption, display: Display) -> str:
    at = row.outcome.at_limit if row.outcome.stop is stop else None
    made, whose = _made(entry, at, display), row.terms.requester
    if stop is Stop.COUNT_LIMIT:
        most = f" ({at.limits.count})" if at and at.limits.count is not None else ""
        return f"The limit of redemptions a day{most} was reached by {whose}{made}."
    most = f" ({money(at.limits.value, display.currency)})" if at and at.limits.value is not None else ""
    this = f"; this one is worth {money(at.worth, display.currency)}" if at else ""
    return f"It would have gone past the limit of value a day{most} of {whose}{made}{this}."


def _made(entry: AuditEntry, at: AtLimit | None, display: Display) -> str:
    if "count" in entry.why:
        count, value = entry.text("count"), amount(entry.text("value"), display)
    elif at is not None:
        count, value = str(at.used.count), money(at.used.value, display.currency)
    else:
        return ""
    return f": {count} made that day, worth {value} in all"


def amount(amount: str, display: Display) -> str:
    try:
        return money(Decimal(amount), display.currency)
    except InvalidOperation:
        return amount
