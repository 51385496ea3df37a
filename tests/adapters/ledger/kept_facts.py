"""Kept things for these tests, and how a version before 0007 writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, insert

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.kept import KeptKind
from bot.adapters.ledger.kept_kinds import DRAFTS, LOOK_UPS, QUESTIONS
from bot.adapters.ledger.tables import drafts, look_ups, questions
from bot.domain.case import CaseId, Facts, Question
from bot.domain.coupon import CouponCode, Discount, DiscountKind, Use
from bot.domain.customer import CustomerId
from bot.domain.draft import Draft, Typed
from bot.domain.finding import Verdict
from bot.domain.history import HistoryKind, HistoryQuery
from bot.domain.lookup import Filter, HistoryLookUp, LookUp, PromotionLookUp
from bot.domain.period import Period
from bot.domain.promotions import Mode, PromoCode, PromotionQuestion
from bot.domain.redemption import RequestId
from tests.adapters.ledger.facts import AGENT, TERMS

PAGE = LookUp(
    customer=CustomerId("565039504"),
    asker=AGENT,
    filter=Filter.REDEEMABLE,
    oldest_first=True,
    offset=20,
    shown=(CouponCode("Ab12"), CouponCode("Cd34")),
)
ONE_COUPON = LookUp(customer=CustomerId("565039504"), asker=AGENT, code=CouponCode("0211706970002385"))
HISTORY = HistoryLookUp(
    customer=CustomerId("565039504"),
    asker=AGENT,
    query=HistoryQuery(kind=HistoryKind.COUPONS, period=Period("30d"), oldest_first=True),
)
PROMOTIONS = PromotionLookUp(
    asker=AGENT, question=PromotionQuestion(codes=(PromoCode("UQ38T"),), modes=(Mode.DISCOUNT,))
)
OPENED = Draft(
    id=RequestId("form-1"),
    requester=AGENT,
    customer=TERMS.customer,
    code=TERMS.code,
    generated_number="CD-1",
)
REVIEWED = replace(OPENED, typed=Typed(bill="₹ 250.50", note="the till\nfroze"), review=2, terms=TERMS)
QUESTION = Question(
    id=CaseId("case-1"),
    asker=AGENT,
    facts=Facts(customer=CustomerId("565039504"), code=CouponCode("Ab12"), verdict=Verdict.NOT_REDEEMABLE),
    words="May …2345 have it?",
)
#: With facts that no JSON holds as they are.
OF_A_USED_COUPON = replace(
    QUESTION,
    facts=replace(
        QUESTION.facts,
        discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal("250.50")),
        used=Use(id="1", at=datetime(2025, 9, 1, 6, 30, tzinfo=UTC), bill="MG-88"),
    ),
)
THINGS: Mapping[str, tuple[KeptKind[Any, Any], Any]] = {
    "page": (LOOK_UPS, PAGE),
    "coupon": (LOOK_UPS, ONE_COUPON),
    "history": (LOOK_UPS, HISTORY),
    "promotions": (LOOK_UPS, PROMOTIONS),
    "draft": (DRAFTS, REVIEWED),
    "question": (QUESTIONS, QUESTION),
    "question with facts": (QUESTIONS, OF_A_USED_COUPON),
}


@dataclass(frozen=True)
class OldRow:
    """A row exactly as a version before 0007 writes it."""

    table: Table
    columns: Mapping[str, Any]

    async def write(self, database: Database, key: str, at: datetime) -> None:
        row = {"id": key, "expires_at": at + timedelta(hours=24), **self.columns}
        async with database.transaction() as connection:
            await connection.execute(insert(self.table).values(row))


_PAGE_SHOWS = {
    "filter": "redeemable",
    "oldest_first": True,
    "offset": 20,
    "code": None,
    "shown": ["Ab12", "Cd34"],
}
_COUPON_SHOWS = {
    "filter": "all",
    "oldest_first": False,
    "offset": 0,
    "code": "0211706970002385",
    "shown": [],
}
_TERMS_BEFORE: Mapping[str, Any] = {
    "requester": "U0AGENT",
    "customer": "565039504",
    "customer_name": "Asha Menon",
    "customer_tail": "2345",
    "code": "Ab12",
    "coupon_id": None,
    "description": None,
    "discount": {"kind": "amount", "value": "100.00", "cap": None},
    "expires_at": None,
    "worth": {"amount": "100.00", "from_bill": False},
    "bill": "250.50",
    "takes_off": "100.00",
    "bill_number": "CD-1",
    "generated": True,
    "reason": "Till offline",
    "note": "",
    "rule": "small, by a senior",
    "approvals": 0,
    "approvers": [],
}
_DRAFT_BEFORE = {
    "id": "form-1",
    "requester": "U0AGENT",
    "customer": "565039504",
    "code": "Ab12",
    "generated_number": "CD-1",
    "typed": {"bill": "₹ 250.50", "bill_number": "", "reason": "", "note": "the till\nfroze"},
    "review": 2,
    "terms": _TERMS_BEFORE,
}
_QUESTION_BEFORE = {
    "id": "case-1",
    "asker": "U0AGENT",
    "facts": {
        "customer": "565039504",
        "customer_name": None,
        "customer_tail": None,
        "code": "Ab12",
        "others": [],
        "discount": None,
        "verdict": "not_redeemable",
        "refusal": None,
        "request": None,
        "request_state": None,
        "link": None,
    },
    "words": "May …2345 have it?",
}


def _look_up(kind: str, customer_id: str | None, what: Mapping[str, Any]) -> OldRow:
    columns = {"kind": kind, "customer_id": customer_id, "asker": "U0AGENT", "what": dict(what)}
    return OldRow(look_ups, columns)


BEFORE: Mapping[str, OldRow] = {
    "page": _look_up("coupons", "565039504", _PAGE_SHOWS),
    "coupon": _look_up("coupons", "565039504", _COUPON_SHOWS),
    "history": _look_up("history", "565039504", {"kind": "coupons", "period": "30d", "oldest_first": True}),
    "promotions": _look_up("promotions", None, {"codes": ["UQ38T"], "modes": ["discount"]}),
    "draft": OldRow(drafts, {"requester": "U0AGENT", "what": _DRAFT_BEFORE}),
    "question": OldRow(questions, {"asker": "U0AGENT", "what": _QUESTION_BEFORE}),
}
