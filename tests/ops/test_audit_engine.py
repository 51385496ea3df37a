"""What the desk says it redeemed is compared with what the engine shows, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.redemption import Outcome, Redemption, Settled, State
from bot.domain.transitions import Change
from bot.ops.audit_engine import against_engine
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.coupons import DESK, MG_ROAD
from bot.sandbox.engine.customers import SandboxCustomer
from bot.sandbox.engine.faults import Code
from bot.settings import Settings, load
from tests.adapters.ledger.facts import LONG, NO_LIMITS, TODAY, another_coupon, new_id, walk
from tests.ops.lines import Lines
from tests.ops.test_why import REQUIRED

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
async def engine() -> AsyncIterator[SandboxEngine]:
    running = SandboxEngine(now=lambda: NOW)
    await running.start()
    yield running
    await running.close()


@pytest.fixture
def customer(engine: SandboxEngine) -> SandboxCustomer:
    asha = engine.customers.add_customer("919845012399", firstname="Asha", lastname="Menon")
    for number in range(1, 6):
        engine.customers.add_coupon(asha, f"C-{number}")
    return asha


@pytest.fixture
def settings(engine: SandboxEngine, sqlite: str) -> Settings:
    given = {
        "DATABASE_URL": sqlite,
        "CAPILLARY_URL": engine.url,
        "CAPILLARY_CLIENT_KEY": engine.key,
        "CAPILLARY_CLIENT_SECRET": engine.secret,
        "CAPILLARY_ATTRIBUTION_TILL": DESK.code,
    }
    return load(REQUIRED | given, env_file=None)


@pytest.fixture
async def database(sqlite: str) -> AsyncIterator[Database]:
    opened = Database.open(sqlite)
    yield opened
    await opened.close()


async def redeemed(
    database: Database, customer: SandboxCustomer, code: str, redemption_id: int | None
) -> Redemption:
    """As the ledger holds it, claimed."""
    requests = LedgerRequests(database)
    terms = replace(another_coupon(), customer=CustomerId(str(customer.id)), code=CouponCode(code))
    made = await requests.make(new_id(), terms, made_at=NOW, day=TODAY, limits=NO_LIMITS, begin_in_s=LONG)
    row = await walk(requests, made.row, State.APPROVED, State.SENDING)
    number = None if redemption_id is None else str(redemption_id)
    outcome = Outcome(settled=Settled.ANSWER, redemption_id=number)
    claim = Claim(redemption_id=number, kind=ClaimKind.ANSWER) if number else None
    return await requests.move(row, State.REDEEMED, Change(outcome=outcome, claim=claim, never_due=True))


async def compared(
    settings: Settings, database: Database, since: datetime | None = None, until: datetime | None = None
) -> tuple[int, list[str]]:
    say = Lines()
    return await against_engine(settings, database, say, since=since, until=until), say.said


async def test_all_is_as_the_engine_shows_it(
    settings: Settings, database: Database, engine: SandboxEngine, customer: SandboxCustomer
) -> None:
    used = engine.customers.redeem(customer, "C-1", bill="CD-1")
    engine.customers.redeem_at_till("C-2", "MG-1", till=MG_ROAD)
    await redeemed(database, customer, "C-1", used.id)

    code, said = await compared(settings, database)

    assert said[0].startswith("1 customer: 2 calls to the engine, at most 6; at 60 a minute")
    assert said[1].startswith("It cannot see: customers without a request here in that period;")
    assert said[2:] == [
        "1 of 1 redemptions are as the engine shows them; 0 missing, 0 reversed, 0 unclaimed, 0 unseen, 0 unread."
    ]
    assert code == 0
    # A token, and what was announced.
    assert len(engine.calls) == 3


async def test_what_is_missing_undone_or_claimed_by_nobody_is_named(
    settings: Settings, database: Database, engine: SandboxEngine, customer: SandboxCustomer
) -> None:
    missing = await redeemed(database, customer, "C-1", 424242)
    undone = await redeemed(
        database, customer, "C-2", engine.customers.redeem(customer, "C-2", bill="CD-2").id
    )
    engine.customers.reverse("C-2")
    stray = engine.customers.redeem(customer, "C-3", bill="98450 12399")
    unnamed = await redeemed(database, customer, "C-4", None)

    code, said = await compared(settings, database)

    told = said[2:]
    assert told[0].startswith(f"MISSING request {missing.reference}: redemption 424242 of customer")
    assert told[1].startswith(f"UNSEEN request {unnamed.reference}: it is redeemed without a redemption id")
    assert told[2].startswith(f"REVERSED request {undone.reference}: redemption")
    assert told[3].startswith(
        f"UNCLAIMED redemption {stray.id} of customer {customer.id}, 2026-06-01 17:30:00, "
    )
    assert "98450 12399" not in told[3]
    assert told[4].endswith("1 missing, 1 reversed, 1 unclaimed, 1 unseen, 0 unread.")
    assert code == 1


async def test_only_customers_and_uses_of_the_period_are_asked_for(
    settings: Settings, database: Database, engine: SandboxEngine, customer: SandboxCustomer
) -> None:
    await redeemed(database, customer, "C-1", 424242)

    code, said = await compared(settings, database, since=NOW + timedelta(days=1))

    assert (code, said[0].startswith("0 customers: 0 calls")) == (0, True)
    assert engine.calls == []


async def test_a_customer_who_cannot_be_read_is_said_and_fails(
    settings: Settings, database: Database, engine: SandboxEngine, customer: SandboxCustomer
) -> None:
    await redeemed(database, customer, "C-1", 424242)
    engine.faults.add(Code(4000, "Not authorized", status=403), path="/v1.1/customer/redemptions")

    code, said = await compared(settings, database)

    assert f"NOT READ customer {customer.id}: EngineDenied." in said
    assert code == 1
