"""Read the engine's records for evidence about a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.evidence import Looked, weigh
from bot.domain.facts import OtherEvidence, OwnNumber, Undecided
from bot.domain.redemption import Doubt, Redemption
from bot.services.configuration import DeskConfiguration
from bot.services.ports import RedeemEngine, Requests


@dataclass(frozen=True, slots=True, kw_only=True)
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
            before=intent.before if intent else row.terms.seen or (),
            bill_number=terms.bill_number,
            generated=terms.generated,
            till=intent.till if intent else self.configuration.till,
            claimed=others.claimed,
            rival=others.rival,
        )
        return weigh(uses, looked)

    def names_bill(self, row: Redemption, fact: OwnNumber | OtherEvidence | Undecided | None) -> bool:
        """Whether one of several uses that were found carries this bill's number at our place."""
        uses = fact.uses if isinstance(fact, Undecided) else ()
        till = self.configuration.till
        ours = [use for use in uses if None in {till, use.till} or use.till == till]
        return any(use.bill == row.terms.bill_number for use in ours)
