"""Read the engine's records for evidence about a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.aio.frozen import part
from bot.domain.bill_number import may_be_same_bill
from bot.domain.coupon import Use
from bot.domain.evidence import Looked, weigh
from bot.domain.facts import Fact, OtherEvidence, OwnNumber, Undecided, kind_of
from bot.domain.recent_uses import shown_before
from bot.domain.redemption import Doubt, Redemption
from bot.services.configuration import DeskConfiguration
from bot.services.ports import RedeemEngine, Requests


@part(kw_only=True)
class ReadEvidence:
    """Reads the coupon's uses once and weighs them; None if none is new. Raises EngineError, LedgerUnavailable."""

    configuration: DeskConfiguration
    requests: Requests
    engine: RedeemEngine

    async def __call__(self, row: Redemption) -> OwnNumber | OtherEvidence | Undecided | None:
        intent, terms = row.intent, row.terms
        since = intent.since if intent else self.configuration.day(row.made_at - timedelta(days=1))
        single = intent.single if intent else False
        # After an answer that named another customer, only uses listed under this customer count.
        listed = row.outcome.doubt is Doubt.ANOTHER_CUSTOMER
        uses = await self.engine.uses(terms.customer, terms.code, since=since, single=single, listed=listed)
        others = await self.requests.others(row, [use.id for use in uses if use.id is not None])
        looked = Looked(
            customer=terms.customer,
            before=intent.before if intent else shown_before(row),
            bill_number=terms.bill_number,
            generated=terms.generated,
            till=intent.till if intent else self.configuration.till,
            claimed=others.claimed,
            likely=others.likely,
            rival=others.rival,
        )
        return weigh(uses, looked)

    def for_this_bill(self, row: Redemption, fact: Undecided) -> tuple[Use, ...]:
        """Return those of several uses that carry this bill's number at our place."""
        till = self.configuration.till
        ours = (use for use in fact.uses if None in {till, use.till} or use.till == till)
        return tuple(use for use in ours if may_be_same_bill(use.bill, row.terms.bill_number))


def told_of_look(row: Redemption, fact: Fact | None) -> Mapping[str, Any]:
    """Return what a look found, for the audit log."""
    uses = getattr(fact, "uses", None) or ((fact.use,) if isinstance(fact, OtherEvidence) else ())
    found = kind_of(fact).value if fact is not None else "nothing new"
    return {"proof": found, "uses": [use.id for use in uses], "looks": row.looks}
