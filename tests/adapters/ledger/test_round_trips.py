"""How often a press waits for the database: each round trip may take 50 ms, and before an acknowledgement it gets 2 s."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.code_key import code_key
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.kept import LedgerKept
from bot.adapters.ledger.kept_kinds import DRAFTS
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.bootstrap import bootstrap
from bot.domain.case import CaseState
from bot.domain.limits import Limits
from bot.domain.messages import MessageKind
from bot.domain.person import Actor
from bot.domain.policy import Policy
from bot.domain.redemption import State
from bot.services.home_subscribers import LedgerChanges
from bot.services.ports import AuditEvent
from tests.adapters.ledger.case_facts import CHANNEL, OPS, new_case
from tests.adapters.ledger.facts import AGENT, NOON, TERMS, Clock, another_coupon, make, new_id
from tests.adapters.ledger.kept_facts import OPENED
from tests.services.ports import NO_PORTS
from tests.services.redeeming import CONFIGURATION, TIMING
from tests.tcp_proxy import TcpProxy, proxied

#: Seconds by which answers are late here: what is sent without waiting for an answer is sent by then.
LATE_S = 0.02
LIMITED = Policy(limits=Limits(count=1000, value=None))

Press = Callable[["Ledger"], Awaitable[Callable[[], Awaitable[Any]]]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Each method prepares a press and returns what it does with the ledger."""

    database: Database

    @property
    def requests(self) -> LedgerRequests:
        return LedgerRequests(self.database)

    async def redeem_now(self) -> Callable[[], Awaitable[Any]]:
        drafts = LedgerKept(self.database, Clock(), DRAFTS)
        terms = another_coupon()
        draft = replace(OPENED, id=new_id(), code=terms.code, terms=terms, review=1)
        await drafts.keep(draft)
        ports = replace(NO_PORTS, requests=self.requests, drafts=drafts, now=Clock(), changes=LedgerChanges())
        confirm = bootstrap(replace(CONFIGURATION, policy=LIMITED), TIMING, ports).confirm_redemption
        return lambda: confirm(draft.id, 1, by=Actor(id=AGENT, team="T0DESK"), window="V1")

    async def keep_a_form(self) -> Callable[[], Awaitable[Any]]:
        drafts = LedgerKept(self.database, Clock(), DRAFTS)
        return lambda: drafts.keep(replace(OPENED, id=new_id()))

    async def draw_a_card(self) -> Callable[[], Awaitable[Any]]:
        return lambda: self.requests.concerning(TERMS.customer)

    async def read_a_request(self) -> Callable[[], Awaitable[Any]]:
        row = await make(self.requests, another_coupon())
        return lambda: self.requests.get(row.id)

    async def approve(self) -> Callable[[], Awaitable[Any]]:
        row = await make(self.requests, another_coupon())
        row = await self.requests.move(row, State.WAITING)
        return lambda: self.requests.move(row, State.APPROVED, by=OPS)

    async def reject(self) -> Callable[[], Awaitable[Any]]:
        row = await make(self.requests, another_coupon())
        row = await self.requests.move(row, State.WAITING)
        return lambda: self.requests.move(row, State.REJECTED, by=OPS)

    async def adopt(self) -> Callable[[], Awaitable[Any]]:
        row = await make(self.requests, another_coupon())
        return lambda: LedgerOutbox(self.database).adopt(
            row.id, MessageKind.APPROVAL, channel=CHANNEL, ts=row.id
        )

    async def record_a_denial(self) -> Callable[[], Awaitable[Any]]:
        why = {"at": "open", "denied": "group"}
        return lambda: LedgerAttempts(self.database).append(AuditEvent.DENIED, by=AGENT, why=why)

    async def ask_store_ops(self) -> Callable[[], Awaitable[Any]]:
        case = new_case()
        post = ((MessageKind.CASE, CHANNEL), (MessageKind.ASKER, AGENT))
        return lambda: LedgerCases(self.database).make(case, post=post)

    async def take_a_case(self) -> Callable[[], Awaitable[Any]]:
        cases = LedgerCases(self.database)
        case = await cases.make(new_case(), post=((MessageKind.CASE, CHANNEL),))
        taken = replace(case, version=2, state=CaseState.TAKEN, owner=OPS, taken_at=NOON)
        return lambda: cases.move(case, taken, AuditEvent.CASE_TAKEN, by=OPS, why={})


@pytest.fixture
async def proxy(postgres: str) -> AsyncIterator[TcpProxy]:
    async with proxied(postgres) as one:
        yield one


@pytest.fixture
async def ledger(proxy: TcpProxy) -> AsyncIterator[Ledger]:
    database = Database.open(proxy.url, pool=1)
    await database.ping()
    async with database.transaction() as connection:
        # Read once for each process.
        await code_key(connection, database)
    yield Ledger(database)
    await database.close()


#: At most; each begins and commits, and what nobody reads the answer of goes with the next statement.
MOST: Mapping[Press, int] = {
    # The form; then begin, the row, the limit, and the rest with the commit.
    Ledger.redeem_now: 5,
    Ledger.keep_a_form: 2,
    Ledger.draw_a_card: 1,
    Ledger.read_a_request: 1,
    Ledger.approve: 5,
    Ledger.reject: 5,
    Ledger.adopt: 4,
    Ledger.record_a_denial: 2,
    Ledger.ask_store_ops: 3,
    Ledger.take_a_case: 3,
}


async def test_no_press_waits_more_often(ledger: Ledger, proxy: TcpProxy) -> None:
    counts = {}
    for press in MOST:
        pressed = await press(ledger)
        proxy.late_s, proxy.turns = LATE_S, 0
        await pressed()
        counts[press] = proxy.turns
        proxy.late_s = 0.0

    assert counts == MOST
