"""One log line for each move of a request that the ledger holds."""

from __future__ import annotations

import structlog

from bot import meters
from bot.aio.instance import INSTANCE
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State

log = structlog.get_logger(__name__)


def log_move(before: State | None, after: Redemption, by: PersonId | None) -> None:
    """`before` is None where it was just made; looks and reminders, which move nothing, are no lines."""
    if after.state is before:
        return
    meters.MOVES.labels(after.state.value).inc()
    outcome = after.outcome
    facts = {
        "stop": outcome.stop,
        "refusal": outcome.refusal,
        "doubt": outcome.doubt,
        "settled": outcome.settled,
    }
    log.info(
        "moved",
        request=after.reference,
        **{"from": before.value if before else None, "to": after.state.value},
        by=by,
        rule=after.terms.rule,
        instance=INSTANCE,
        **{name: fact.value for name, fact in facts.items() if fact is not None},
    )
