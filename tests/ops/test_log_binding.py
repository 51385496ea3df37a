"""Every line beneath a request or a case carries its reference, whoever writes it."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass, field, fields
from typing import Any

import structlog
from structlog.contextvars import get_contextvars

from bot import logs
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.answer import Answer
from bot.domain.coupon import CouponCode, Use
from bot.domain.customer import CustomerId
from bot.services.ports import Order
from tests.fakes.engine import FakeEngine
from tests.services.stand_ins import (
    LEELA,
    NISHA,
    OFTEN,
    ONCE,
    RAVI,
    Desk,
    Facts,
    Says,
    actor,
    asked,
    ports_of,
)


@dataclass
class Listening(FakeEngine):
    """What is bound while the engine is called."""

    heard: list[dict[str, Any]] = field(default_factory=list)

    async def redeem(self, order: Order, *, begin_within_s: float) -> Answer:
        self.heard.append(get_contextvars())
        return await super().redeem(order, begin_within_s=begin_within_s)

    async def uses(self, customer: CustomerId, code: CouponCode, **named: Any) -> tuple[Use, ...]:
        self.heard.append(get_contextvars())
        return await super().uses(customer, code, **named)


async def in_a_task_of_its_own(work: Any) -> Any:
    """As a press comes in: nothing that is bound stays behind."""
    return (await asyncio.gather(work))[0]


async def test_a_redeem_call_and_a_look_for_evidence_carry_their_request(
    facts: Facts, requests: LedgerRequests
) -> None:
    engine = Listening(**{one.name: getattr(facts.engine, one.name) for one in fields(FakeEngine)})
    desk = Desk(facts, ports_of(facts, requests, engine=engine))
    facts.next_answer[OFTEN] = Says.YES_LOST
    row = await in_a_task_of_its_own(asked(desk, RAVI, OFTEN))
    taken = await in_a_task_of_its_own(desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None))
    await in_a_task_of_its_own(desk.decide.spend_approved(taken))
    assert get_contextvars() == {}
    assert {one["request"] for one in engine.heard} == {row.reference}

    engine.heard.clear()
    other = await in_a_task_of_its_own(asked(desk, NISHA, ONCE))
    facts.database_now = row.begin_by + (row.begin_by - facts.database_now) if row.begin_by else facts.now
    await desk.keep()
    assert {one["request"] for one in engine.heard} == {row.reference, other.reference}
    assert get_contextvars() == {}


def test_what_is_bound_is_on_every_line() -> None:
    out = io.StringIO()
    logs.configure(level="INFO", format="json", stream=out)
    with structlog.contextvars.bound_contextvars(request="1a2b3c4d"):
        structlog.get_logger("bot.tests").info("something")
    structlog.get_logger("bot.tests").info("else")

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line.get("request") for line in lines] == ["1a2b3c4d", None]
    structlog.reset_defaults()
