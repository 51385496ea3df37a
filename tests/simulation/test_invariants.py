"""Every invariant of the schedules can fail: a ledger, an engine or a Slack that is edited at the end is reported."""

from __future__ import annotations

import asyncio
import copy
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot.adapters.ledger.tables import claims, events, redemptions, usage
from bot.adapters.ledger.tables import messages as posted_messages
from bot.domain.customer import Identifier, IdentifierKind
from bot.domain.redemption import Redemption, RequestId
from bot.sandbox.engine.coupons import DESK, MG_ROAD
from bot.services.ports import Order
from tests.simulation.agreement import Meeting, check_several
from tests.simulation.desks import place
from tests.simulation.invariants import World, check
from tests.simulation.ledger import Ledger
from tests.simulation.play import Run as Alone
from tests.simulation.play_several import SECOND, Run
from tests.simulation.schedules import Kind, Schedule
from tests.simulation.several import Policies, Several, drawn_several, plain_part
from tests.tables import table

BASE = replace(
    drawn_several(1).base, postgres=False, instances=1, kind=Kind.SEVERAL, id_told=True, replay=False
)
DIRECT = Several(
    base=BASE, asks=False, customers=1, policies=Policies.SAME, crash=None, parts=(plain_part(),)
)
ASKED = replace(DIRECT, asks=True)
ALONE: Schedule = replace(BASE, seed=2, kind=Kind.SINGLE, typed=False, post="none", deliveries=1)


@dataclass(slots=True)
class Held:
    """What a played schedule has left: one request, redeemed."""

    world: Any
    check: Callable[[Any], None]

    @property
    def ledger(self) -> Ledger:
        ledger: Ledger = self.world.ledger
        return ledger

    @property
    def row(self) -> Redemption:
        (row,) = self.ledger.requests()
        return row

    @property
    def coupon(self) -> Any:
        return self.world.engine.customers.coupon(self.row.terms.code)

    def writes(self, statement: Any) -> None:
        with self.ledger.engine.connect() as connection:
            connection.execute(statement)

    def sets(self, **values: Any) -> None:
        self.writes(update(redemptions).values(**values))

    def rows(self) -> sqlite3.Connection:
        """A copy of all that the ledger holds."""
        copied = sqlite3.connect(":memory:")
        with closing(self.ledger.engine.raw_connection()) as ledger:
            _file_of(ledger).backup(copied)
        return copied

    def puts_back(self, rows: sqlite3.Connection) -> None:
        with closing(rows), closing(self.ledger.engine.raw_connection()) as ledger:
            rows.backup(_file_of(ledger))

    def reports(self, fault: str) -> None:
        with pytest.raises(AssertionError, match=fault):
            self.check(self.world)


def _file_of(connection: Any) -> sqlite3.Connection:
    file = connection.driver_connection
    assert isinstance(file, sqlite3.Connection)
    return file


async def _played(folder: Path, several: Several) -> Meeting:
    async with place(folder, "no PostgreSQL") as here:
        run = await Run.of(here, several)
        await run.story()
        for desk in run.desks:
            await desk.bury()
        run.end_trace()
    return run.world


async def _played_alone(folder: Path) -> World:
    async with place(folder, "no PostgreSQL") as here:
        run = await Alone.begun(here, ALONE)
        run.open_desks()
        await run.story()
        for desk in run.desks:
            await desk.bury()
    return run.world


@pytest.fixture
def direct_once(tmp_path_factory: pytest.TempPathFactory) -> Held:
    return Held(asyncio.run(_played(tmp_path_factory.mktemp("direct"), DIRECT)), check_several)


@pytest.fixture
def asked_once(tmp_path_factory: pytest.TempPathFactory) -> Held:
    return Held(asyncio.run(_played(tmp_path_factory.mktemp("asked"), ASKED)), check_several)


@pytest.fixture
def alone_once(tmp_path_factory: pytest.TempPathFactory) -> Held:
    return Held(asyncio.run(_played_alone(tmp_path_factory.mktemp("alone"))), check)


@contextmanager
def to_be_edited(held: Held) -> Iterator[Held]:
    """It holds; afterwards everything is as it was."""
    held.check(held.world)
    rows = held.rows()
    found = held.world.slack.workspace.messages
    world, uses, posts = (
        {name: copy.copy(getattr(held.world, name)) for name in _SETS if hasattr(held.world, name)},
        list(held.coupon.redemptions),
        {
            (one.channel, one.ts): shown.text
            for one in held.ledger.messages(held.row.id)
            if (shown := found.find(one.channel, one.ts)) is not None
        },
    )
    coupon = held.coupon
    yield held
    held.puts_back(rows)
    for name, value in world.items():
        setattr(held.world, name, value)
    coupon.redemptions[:] = uses
    for (channel, ts), words in posts.items():
        found.find(channel, ts).text = words


_SETS = ("sent", "made", "doubled", "known", "lost", "lied", "told", "acknowledged", "approved", "wrong")


# Claims and redemptions


def a_redemption_of_ours_that_nobody_claims_is_reported(direct: Held) -> None:
    direct.writes(claims.delete())

    direct.reports("made redemption .* and nobody claims it")


def a_claim_on_what_no_call_of_ours_made_is_reported(direct: Held) -> None:
    other = direct.world.engine.customers.book(direct.coupon, bill="T-1", till=MG_ROAD)
    direct.writes(update(claims).values(redemption_id=str(other.id)))

    direct.reports("which no call of ours made")


def a_claim_on_the_use_of_another_customer_is_reported(direct: Held) -> None:
    uses = direct.coupon.redemptions
    uses[:] = [replace(use, by=700200001) if use.till.code == DESK.code else use for use in uses]

    direct.reports("of customer 700200001")


def a_second_redemption_without_an_alarm_is_reported(direct: Held) -> None:
    twice = direct.world.engine.customers.book(direct.coupon, bill=direct.row.terms.bill_number, till=DESK)
    direct.world.made = {**direct.world.made, str(twice.id): direct.row.id}

    direct.reports("redeemed twice, and no alarm")
    direct.reports("1 redeemed, and 2 redemptions, without an alarm")


# Calls


def a_second_call_is_reported(direct: Held) -> None:
    direct.world.sent = [*direct.world.sent, direct.row.id]

    direct.reports("2 redeem calls")


def a_call_past_its_own_number_at_the_engine_is_reported(direct: Held) -> None:
    direct.world.known = [direct.row.id]

    direct.reports("sent again although its own number is at the engine")


def a_call_for_a_bill_that_its_proof_read_as_redeemed_is_reported(direct: Held) -> None:
    row = direct.row
    seen = direct.world.engine.customers.book(direct.coupon, bill=row.terms.bill_number, till=MG_ROAD)
    (intent,) = (one.intent for one in direct.ledger.stored())
    direct.sets(intent={**intent, "before": [*intent["before"], str(seen.id)]})

    direct.reports("sent for a bill that was redeemed already")


def an_approver_who_was_not_shown_that_use_does_not_excuse_it(asked: Held) -> None:
    row = asked.row
    seen = asked.world.engine.customers.book(asked.coupon, bill=row.terms.bill_number, till=MG_ROAD)
    (intent,) = (one.intent for one in asked.ledger.stored())
    asked.sets(intent={**intent, "before": [*intent["before"], str(seen.id)]})

    asked.reports("sent for a bill that was redeemed already")


def a_call_that_nobody_approved_is_reported(asked: Held) -> None:
    asked.sets(decided=None)

    asked.reports("sent without an approval")


def a_call_that_was_approved_in_another_round_is_reported(asked: Held) -> None:
    asked.world.approved = set()

    asked.reports("nobody has approved what was sent")


def a_call_by_a_desk_whose_own_policy_asks_for_an_approval_is_reported(direct: Held) -> None:
    terms = direct.row.terms
    order = Order(
        customer=terms.customer,
        named=Identifier(kind=IdentifierKind.MOBILE, value="919845012345"),
        code=terms.code,
        bill=terms.bill,
        bill_number=terms.bill_number,
    )
    direct.sets(state="sending")
    direct.world.sends(SECOND[Policies.ASKS_MORE], order)

    direct.reports("sent where 'all' asks for an approval")


# What is read


def a_verdict_that_the_engine_contradicts_is_reported(direct: Held) -> None:
    direct.coupon.redemptions[:] = []

    direct.reports("the person reads Redeemed, and the engine has 0 redemptions")


def a_message_that_says_something_else_is_reported(direct: Held) -> None:
    (own,) = (one for one in direct.ledger.messages(direct.row.id) if one.role == "requester")
    found = direct.world.slack.workspace.messages.find(own.channel, own.ts)
    found.text = "*Not redeemed* Nothing was sent"

    direct.reports("it is redeemed, and the person reads Not redeemed")
    direct.reports("it was sent, and the person reads that nothing was")
    direct.reports("requester message does not show how it stands")


def a_message_that_was_not_brought_up_to_date_is_reported(direct: Held) -> None:
    direct.writes(update(posted_messages).values(drawn_version=1))

    direct.reports("message shows version 1 of")


def words_that_the_ledger_never_held_are_reported(direct: Held) -> None:
    direct.world.shown("chat.update", {"text": f"*Outcome unknown* {direct.row.reference}"})

    direct.reports("the ledger never held Outcome unknown")


# The ledger


def what_was_told_and_is_not_there_is_reported(direct: Held) -> None:
    direct.world.told = {*direct.world.told, RequestId("told")}

    direct.reports("told: lost")


def what_was_acknowledged_and_is_not_there_is_reported(direct: Held) -> None:
    direct.world.acknowledged = {direct.row.id: direct.row.version + 1}

    direct.reports("was acknowledged, and")


def a_limit_that_counts_twice_is_reported(direct: Held) -> None:
    direct.writes(update(usage).values(count=usage.c.count + 1))

    direct.reports("limits of")


def a_request_that_nobody_works_on_is_reported(direct: Held) -> None:
    for state in ("new", "approved", "sending", "waiting"):
        direct.sets(state=state)

        direct.reports("nobody works on it any more")


def an_unknown_outcome_with_nothing_to_judge_is_reported(direct: Held) -> None:
    direct.sets(state="unknown", outcome={"doubt": "timed_out"})

    direct.reports("unknown, and nothing for a person to judge")


def a_move_that_the_model_does_not_have_is_reported(direct: Held) -> None:
    row = direct.row
    (first, *_) = direct.ledger.told_moves(row.id)
    for from_, to, why in (
        ("redeemed", "approved", {}),
        ("redeemed", "refused", {"settled": "person"}),
        ("approved", "redeemed", {"settled": "answer"}),
    ):
        before = direct.rows()
        direct.writes(
            insert(events).values(
                request_id=row.id, at=first.at, what="moved", from_state=from_, to_state=to, why=why
            )
        )

        direct.reports("moves that the model does not have")
        direct.puts_back(before)


# One request alone


def alone_a_redemption_that_is_not_there_is_reported(alone: Held) -> None:
    alone.coupon.redemptions[:] = []

    alone.reports("the engine holds no redemption")


def alone_a_second_redemption_is_reported(alone: Held) -> None:
    alone.world.engine.customers.book(alone.coupon, bill=alone.row.terms.bill_number, till=DESK)

    alone.reports("2 redemptions of ours")


def alone_a_no_beside_a_redemption_is_reported(alone: Held) -> None:
    alone.sets(state="not_redeemed")

    alone.reports("the engine holds a redemption")
    alone.reports("it is not_redeemed, and the person reads Redeemed")
    alone.reports("the audit log ends elsewhere")


def alone_a_call_that_was_never_journaled_is_reported(alone: Held) -> None:
    alone.sets(id="another")

    alone.reports("a redeem call without a journaled intent")


def alone_a_move_that_the_model_does_not_have_is_reported(alone: Held) -> None:
    (first, *_) = alone.ledger.told_moves(alone.row.id)
    alone.writes(
        insert(events).values(
            request_id=alone.row.id,
            at=first.at,
            what="moved",
            from_state="redeemed",
            to_state="new",
            why={},
        )
    )

    alone.reports("moves that the model does not have")


# Each of them, of one schedule that was played once


DIRECT_EDITS = (
    a_redemption_of_ours_that_nobody_claims_is_reported,
    a_claim_on_what_no_call_of_ours_made_is_reported,
    a_claim_on_the_use_of_another_customer_is_reported,
    a_second_redemption_without_an_alarm_is_reported,
    a_second_call_is_reported,
    a_call_past_its_own_number_at_the_engine_is_reported,
    a_call_for_a_bill_that_its_proof_read_as_redeemed_is_reported,
    a_call_by_a_desk_whose_own_policy_asks_for_an_approval_is_reported,
    a_verdict_that_the_engine_contradicts_is_reported,
    a_message_that_says_something_else_is_reported,
    a_message_that_was_not_brought_up_to_date_is_reported,
    words_that_the_ledger_never_held_are_reported,
    what_was_told_and_is_not_there_is_reported,
    what_was_acknowledged_and_is_not_there_is_reported,
    a_limit_that_counts_twice_is_reported,
    a_request_that_nobody_works_on_is_reported,
    an_unknown_outcome_with_nothing_to_judge_is_reported,
    a_move_that_the_model_does_not_have_is_reported,
)
ASKED_EDITS = (
    an_approver_who_was_not_shown_that_use_does_not_excuse_it,
    a_call_that_nobody_approved_is_reported,
    a_call_that_was_approved_in_another_round_is_reported,
)
ALONE_EDITS = (
    alone_a_redemption_that_is_not_there_is_reported,
    alone_a_second_redemption_is_reported,
    alone_a_no_beside_a_redemption_is_reported,
    alone_a_call_that_was_never_journaled_is_reported,
    alone_a_move_that_the_model_does_not_have_is_reported,
)


@table("edit", DIRECT_EDITS)
def test_each_edit_of_a_direct_request_is_reported(direct_once: Held, edit: Callable[[Held], None]) -> None:
    with to_be_edited(direct_once) as held:
        edit(held)


@table("edit", ASKED_EDITS)
def test_each_edit_of_an_approved_request_is_reported(asked_once: Held, edit: Callable[[Held], None]) -> None:
    with to_be_edited(asked_once) as held:
        edit(held)


@table("edit", ALONE_EDITS)
def test_each_edit_of_one_that_plays_alone_is_reported(
    alone_once: Held, edit: Callable[[Held], None]
) -> None:
    with to_be_edited(alone_once) as held:
        edit(held)
