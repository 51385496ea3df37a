"""Cases for these tests, and how they are asked and taken."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from bot.domain.case import Case, CaseAnswer, CaseId, Facts, Verb
from bot.domain.coupon import CouponCode, Discount, DiscountKind
from bot.domain.customer import CustomerId
from bot.domain.finding import Verdict
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId, State
from bot.domain.refusal import Refusal
from bot.services.ports import AuditEvent, Cases, Outbox, OutboxMessage
from tests.adapters.ledger.facts import AGENT, LONG, NOON

OPS, OTHER = PersonId("U0STOREOPS"), PersonId("U0OTHEROPS")
CHANNEL = "C0STOREOPS"
FACTS = Facts(
    customer=CustomerId("565039504"),
    customer_name="Asha Menon",
    customer_tail="2345",
    code=CouponCode("Ab12"),
    others=(CouponCode("Cd34"),),
    discount=Discount(kind=DiscountKind.AMOUNT, value=None),
    verdict=Verdict.NOT_REDEEMABLE,
    refusal=Refusal.ALREADY_USED,
    request=RequestId("request-1"),
    request_state=State.UNKNOWN,
    link="https://coupon-desk.slack.com/archives/C0SUPPORT/p17",
)
ANSWER = CaseAnswer(verb=Verb.HONOUR, reply="Let her", by=OPS, at=NOON)

_numbers = count(1)


def new_case(asker: PersonId = AGENT) -> Case:
    return Case(
        id=CaseId(f"case-{next(_numbers)}"),
        asker=asker,
        channel=CHANNEL,
        facts=FACTS,
        question="May she have it?",
        asked_at=NOON,
    )


async def ask(cases: Cases, case: Case | None = None) -> Case:
    case = case or new_case()
    return await cases.make(case, post=((MessageKind.CASE, CHANNEL), (MessageKind.ASKER, case.asker)))


async def take(cases: Cases, case: Case, by: PersonId = OPS) -> Case:
    return await cases.move(case, case.taken(by, NOON), AuditEvent.CASE_TAKEN, by=by, why={})


async def outbox_messages(outbox: Outbox) -> Sequence[OutboxMessage]:
    return await outbox.take(20, hold_s=LONG)
