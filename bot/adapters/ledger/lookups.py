"""What look-ups were, kept for a day (`services.ports.LookUps`)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.tables import look_ups
from bot.aio.clock import Clock
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.history import HistoryKind, HistoryQuery
from bot.domain.lookup import AnyLookUp, Filter, HistoryLookUp, LookUp, LookUpId, PromotionLookUp
from bot.domain.period import Period
from bot.domain.person import PersonId
from bot.domain.promotions import Mode, PromoCode, PromotionQuestion

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class LedgerLookUps:
    database: Database
    now: Clock

    async def remember(self, look_up: AnyLookUp) -> LookUpId:
        """Keep it; what is a day old goes at the same time."""
        look_up_id = LookUpId(secrets.token_urlsafe(12))
        now = self.now()
        async with self.database.transaction() as connection:
            await connection.execute(delete(look_ups).where(look_ups.c.expires_at <= now))
            await connection.execute(
                insert(look_ups).values(
                    id=look_up_id, asker=look_up.asker, expires_at=now + KEPT_FOR, **_columns(look_up)
                )
            )
        return look_up_id

    async def recall(self, look_up_id: LookUpId) -> AnyLookUp | None:
        wanted = select(look_ups).where(look_ups.c.id == look_up_id, look_ups.c.expires_at > self.now())
        async with self.database.transaction() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else _READERS[row.kind](row, row.what)


def _columns(look_up: AnyLookUp) -> Mapping[str, Any]:
    match look_up:
        case LookUp():
            what = {
                "filter": look_up.filter.value,
                "oldest_first": look_up.oldest_first,
                "offset": look_up.offset,
                "code": look_up.code,
                "shown": list(look_up.shown),
            }
            return {"kind": "coupons", "customer_id": look_up.customer, "what": what}
        case HistoryLookUp(query=query):
            what = {
                "kind": query.kind.value,
                "period": query.period.words,
                "oldest_first": query.oldest_first,
            }
            return {"kind": "history", "customer_id": look_up.customer, "what": what}
        case PromotionLookUp(question=question):
            asked = {"codes": list(question.codes), "modes": [mode.value for mode in question.modes]}
            return {"kind": "promotions", "customer_id": None, "what": asked}


def _coupons(row: Row[Any], what: Mapping[str, Any]) -> LookUp:
    return LookUp(
        customer=CustomerId(row.customer_id),
        asker=PersonId(row.asker),
        filter=Filter(what["filter"]),
        oldest_first=what["oldest_first"],
        offset=what["offset"],
        code=CouponCode(what["code"]) if what["code"] is not None else None,
        shown=tuple(CouponCode(code) for code in what["shown"]),
    )


def _history(row: Row[Any], what: Mapping[str, Any]) -> HistoryLookUp:
    query = HistoryQuery(
        kind=HistoryKind(what["kind"]), period=Period(what["period"]), oldest_first=what["oldest_first"]
    )
    return HistoryLookUp(customer=CustomerId(row.customer_id), asker=PersonId(row.asker), query=query)


def _promotions(row: Row[Any], what: Mapping[str, Any]) -> PromotionLookUp:
    question = PromotionQuestion(
        codes=tuple(PromoCode(code) for code in what["codes"]),
        modes=tuple(Mode(mode) for mode in what["modes"]),
    )
    return PromotionLookUp(asker=PersonId(row.asker), question=question)


_READERS: Mapping[str, Callable[[Row[Any], Mapping[str, Any]], AnyLookUp]] = {
    "coupons": _coupons,
    "history": _history,
    "promotions": _promotions,
}
