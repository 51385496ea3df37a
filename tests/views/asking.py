"""A case in each of its states, for whatever shows cases."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.case import Case, CaseAnswer, CaseId, Facts, Verb
from bot.domain.coupon import CouponCode, Place, Use
from bot.domain.customer import CustomerId
from bot.domain.finding import Verdict
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId
from bot.domain.refusal import Refusal
from tests.views.redeeming import NOW, TERMS

AGENT, FARAH, OMAR = PersonId("U0AGENT"), PersonId("U0MANAGER"), PersonId("U0MANAGER2")
FACTS = Facts(
    customer=CustomerId("700000001"),
    customer_name="Asha Menon",
    customer_tail="2345",
    code=CouponCode("WELCOME42"),
    discount=TERMS.discount,
    verdict=Verdict.NOT_REDEEMABLE,
    refusal=Refusal.ALREADY_USED,
    used=Use(id="9", at=NOW, bill="MG-88", place=Place(code="MG", name="MG Road")),
    request=RequestId("REQUESTS23456789"),
    link="https://coupon-desk.slack.com/archives/C0SUPPORT/p17",
)
OPEN = Case(
    id=CaseId("ABCDEFGH23456789"),
    asker=AGENT,
    channel="C0STOREOPS",
    facts=FACTS,
    question="asha  menon says it was never used. May she have it?",
    asked_at=NOW,
)
TAKEN = OPEN.taken(FARAH, NOW + timedelta(minutes=5))
HONOUR = CaseAnswer(
    verb=Verb.HONOUR,
    reply="Asha Menon is right, let her have it",
    by=FARAH,
    at=NOW,
    verdict=Verdict.REDEEMABLE,
)
ANSWERED = TAKEN.answered(HONOUR)
REOPENED = ANSWERED.open_again(NOW)
UNPOSTED = OPEN.found(unposted=True)
