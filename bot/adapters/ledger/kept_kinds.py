"""The kinds of kept things: look-ups, redemption forms, and questions to store ops."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Row

from bot.adapters.ledger.kept import Before, KeptKind
from bot.adapters.ledger.stored import Stored
from bot.adapters.ledger.tables import drafts, look_ups, questions
from bot.domain.case import CaseId, Question
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.draft import Draft
from bot.domain.history import HistoryKind, HistoryQuery
from bot.domain.lookup import AnyLookUp, Filter, HistoryLookUp, LookUp, LookUpId, PromotionLookUp
from bot.domain.period import Period
from bot.domain.person import PersonId
from bot.domain.promotions import Mode, PromoCode, PromotionQuestion
from bot.domain.redemption import RequestId

_DRAFT = Stored[Draft](Draft)
_QUESTION = Stored[Question](Question)


def _look_up_to_json(look_up: AnyLookUp) -> Any:
    match look_up:
        case LookUp():
            shows: dict[str, Any] = {
                "filter": look_up.filter.value,
                "oldest_first": look_up.oldest_first,
                "offset": look_up.offset,
                "code": look_up.code,
                "shown": list(look_up.shown),
            }
            return {"card": "coupons", "customer": look_up.customer, "shows": shows}
        case HistoryLookUp(query=query):
            shows = {
                "kind": query.kind.value,
                "period": query.period.words,
                "oldest_first": query.oldest_first,
            }
            return {"card": "history", "customer": look_up.customer, "shows": shows}
        case PromotionLookUp(question=question):
            shows = {"codes": list(question.codes), "modes": [mode.value for mode in question.modes]}
            return {"card": "promotions", "customer": None, "shows": shows}


def _look_up_from_json(asker: PersonId, what: Mapping[str, Any]) -> AnyLookUp:
    return _CARDS[what["card"]](asker, what["customer"], what["shows"])


def _coupons(asker: PersonId, customer: str, shows: Mapping[str, Any]) -> LookUp:
    return LookUp(
        customer=CustomerId(customer),
        asker=asker,
        filter=Filter(shows["filter"]),
        oldest_first=shows["oldest_first"],
        offset=shows["offset"],
        code=CouponCode(shows["code"]) if shows["code"] is not None else None,
        shown=tuple(CouponCode(code) for code in shows["shown"]),
    )


def _history(asker: PersonId, customer: str, shows: Mapping[str, Any]) -> HistoryLookUp:
    query = HistoryQuery(
        kind=HistoryKind(shows["kind"]), period=Period(shows["period"]), oldest_first=shows["oldest_first"]
    )
    return HistoryLookUp(customer=CustomerId(customer), asker=asker, query=query)


def _promotions(asker: PersonId, _: None, shows: Mapping[str, Any]) -> PromotionLookUp:
    question = PromotionQuestion(
        codes=tuple(PromoCode(code) for code in shows["codes"]),
        modes=tuple(Mode(mode) for mode in shows["modes"]),
    )
    return PromotionLookUp(asker=asker, question=question)


_CARDS: Mapping[str, Callable[[PersonId, Any, Mapping[str, Any]], AnyLookUp]] = {
    "coupons": _coupons,
    "history": _history,
    "promotions": _promotions,
}


def _old_look_up(row: Row[Any]) -> tuple[str, Any]:
    return row.asker, {"card": row.kind, "customer": row.customer_id, "shows": row.what}


LOOK_UPS: Final[KeptKind[LookUpId, AnyLookUp]] = KeptKind(
    name="look_up",
    key=lambda _: LookUpId(secrets.token_urlsafe(12)),
    owner=lambda look_up: look_up.asker,
    to_json=_look_up_to_json,
    from_json=_look_up_from_json,
    before=Before(look_ups, _old_look_up),
)
DRAFTS: Final[KeptKind[RequestId, Draft]] = KeptKind(
    name="draft",
    key=lambda draft: draft.id,
    owner=lambda draft: draft.requester,
    rewritten=True,
    to_json=_DRAFT.dump,
    from_json=lambda _, what: _DRAFT.load(what),
    before=Before(drafts, lambda row: (row.requester, row.what)),
)
QUESTIONS: Final[KeptKind[CaseId, Question]] = KeptKind(
    name="question",
    key=lambda question: question.id,
    owner=lambda question: question.asker,
    to_json=_QUESTION.dump,
    from_json=lambda _, what: _QUESTION.load(what),
    before=Before(questions, lambda row: (row.asker, row.what)),
)
