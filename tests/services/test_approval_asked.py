"""Asking for an approval: every field that is written, what is posted, and what a reminder changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
import structlog

from bot.domain.coupon import Discount, DiscountKind
from bot.domain.errors import CouldNotVerify, EngineFault
from bot.domain.history import CouponUse, History, HistoryKind, HistoryQuery
from bot.domain.messages import MessageKind
from bot.domain.period import Period
from bot.domain.person import PersonId
from bot.domain.policy import Approvals
from bot.domain.redemption import Asking, Decision, Outcome, Redemption, RequestId, State, Terms, Trouble
from bot.domain.refusal import Refusal
from bot.domain.shown import shown_facts
from bot.domain.transitions import Change
from bot.domain.worth import Worth
from bot.services.approval_request import LOOK_AGAIN, LOOK_BACK, RequestApproval
from tests.services.redeeming import (
    ARJUN,
    CHANNEL,
    CONFIGURATION,
    LARGE,
    MANAGERS,
    OURS,
    POLICY,
    VIKRAM,
    Shop,
    row,
    saying,
)
from tests.services.shelf import ABC, NOON, no

FIRST, SECOND, END = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)
APPROVALS = Approvals(channel=CHANNEL, expire_after=END, remind_after=(FIRST, SECOND))
APPROVAL, AGAIN = (MessageKind.APPROVAL, CHANNEL), (MessageKind.AGAIN, CHANNEL)
REMINDER = (MessageKind.REMINDER, CHANNEL)


def use(days_ago: int | None) -> CouponUse:
    return CouponUse(
        id="1",
        at=None if days_ago is None else NOON - timedelta(days=days_ago),
        code=ABC,
        description=None,
        discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal(5)),
        bill=None,
        place=None,
    )


@dataclass
class Archive:
    """`services.ports.HistoryEngine`: one history, and what it was asked for."""

    found: History | Exception = field(default_factory=lambda: History(customer=None))  # type: ignore[arg-type]
    asked: list[tuple[str, HistoryQuery, datetime]] = field(default_factory=list)

    async def history(self, customer: str, query: HistoryQuery, now: datetime) -> History:
        self.asked.append((customer, query, now))
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@dataclass
class Channel:
    """`services.ports.Channels`."""

    why: Trouble | None = None
    asked: list[str] = field(default_factory=list)

    async def trouble(self, channel: str) -> Trouble | None:
        self.asked.append(channel)
        return self.why


@dataclass
class Members:
    """`services.ports.Rights`, as far as it is asked whether anybody may."""

    able: bool | Exception = True
    asked: list[tuple[frozenset[str], PersonId]] = field(default_factory=list)

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:
        self.asked.append((groups, but))
        if isinstance(self.able, Exception):
            raise self.able
        return self.able


@dataclass
class Room:
    shop: Shop = field(default_factory=lambda: Shop(engine=saying()))
    archive: Archive = field(default_factory=Archive)
    channel: Channel = field(default_factory=Channel)
    members: Members = field(default_factory=Members)
    now: datetime = NOON
    approvals: Approvals = APPROVALS

    @property
    def request(self) -> RequestApproval:
        policy = replace(POLICY, approvals=self.approvals)
        rest: dict[str, Any] = {"rights": self.members, "history": self.archive}
        return RequestApproval(
            configuration=replace(CONFIGURATION, policy=policy),
            requests=self.shop.ledger,
            final_no=self.shop.use_cases().decide.final_no,
            channels=self.channel,
            now=lambda: self.now,
            **rest,
        )

    async def asks(self, of: Redemption, terms: Terms | None = None, **how: Any) -> Change:
        await self.request(self.shop.ledger.holds(of), terms or of.terms, why={"rule": "r"}, **how)
        return self.shop.ledger.moves[-1][2]

    async def attends(self, of: Redemption) -> Change:
        await self.request.attend(self.shop.ledger.holds(of))
        return self.shop.ledger.moves[-1][2]


@pytest.fixture
def room() -> Room:
    return Room()


NEW = row(State.NEW, LARGE)


async def test_every_field_of_what_is_asked(room: Room) -> None:
    room.archive.found = History(customer=None, coupons=(use(3), use(1), use(None)), cut=True)  # type: ignore[arg-type]
    change = await room.asks(NEW, recent=(OURS,))

    assert change == Change(
        terms=LARGE,
        asking=Asking(
            checked_at=NOON,
            uses=3,
            more_uses=True,
            last_use_at=NOON - timedelta(days=1),
            earlier=0,
            attempt=1,
            recent=(OURS,),
        ),
        round=1,
        asked_at=NOON,
        expires_at=NOON + END,
        attend_at=NOON + FIRST,
        reminded=0,
        limits=POLICY.limits,
        post=(APPROVAL,),
    )
    shows = shown_facts(LARGE, change.asking, 1)
    assert room.shop.ledger.told == [(State.WAITING, {"rule": "r", "shows": shows})]
    assert room.archive.asked == [
        (LARGE.customer, HistoryQuery(kind=HistoryKind.COUPONS, period=Period("90d")), NOON)
    ]
    assert room.channel.asked == [CHANNEL]
    assert room.members.asked == [(MANAGERS, VIKRAM.id)]


async def test_an_unread_history_is_a_line_and_no_figure(room: Room) -> None:
    room.archive.found = EngineFault()
    with structlog.testing.capture_logs() as lines:
        change = await room.asks(NEW)

    assert change.asking == Asking(checked_at=NOON)
    assert [(line["event"], line["request"], line["error"]) for line in lines] == [
        ("history_not_read", "ABCDEFGH", "EngineFault")
    ]


async def test_earlier_requests_are_told(room: Room) -> None:
    """Of the last ninety days, and without the request itself."""
    rejected = Decision(by=ARJUN, at=NOON, round=1, approved=False)
    for id_, state, made_at in (
        ("REDEEMED", State.REDEEMED, NOON - LOOK_BACK),
        ("REJECTED", State.REJECTED, NOON - timedelta(days=1)),
        ("TOOEARLY", State.REDEEMED, NOON - LOOK_BACK - timedelta(seconds=1)),
    ):
        decided = rejected if state is State.REJECTED else None
        room.shop.ledger.holds(row(state, id=RequestId(id_), made_at=made_at, decided=decided))
    change = await room.asks(NEW)

    assert change.asking is not None
    assert (change.asking.earlier, change.asking.attempt, change.asking.rejected) == (1, 3, rejected)
    assert timedelta(days=90) == LOOK_BACK


# Asked again

APPROVED = row(State.APPROVED, LARGE, round=2, reminded=2)


async def test_asked_again_it_is_another_round_and_the_channel_hears_of_it(room: Room) -> None:
    change = await room.asks(APPROVED)

    assert (change.round, change.reminded, change.post) == (3, 0, (APPROVAL, AGAIN))


CHANGED: Mapping[str, tuple[Terms, Decimal | None, bool]] = {
    "nothing": (LARGE, None, False),
    "worth": (replace(LARGE, worth=Worth(amount=Decimal(6000))), Decimal(5000), False),
    "how it is worth that": (
        replace(LARGE, worth=Worth(amount=Decimal(5000), from_bill=True)),
        Decimal(5000),
        False,
    ),
    "coupon": (replace(LARGE, coupon_id="10"), None, True),
}


@pytest.mark.parametrize(("terms", "worth_before", "other"), CHANGED.values(), ids=CHANGED)
async def test_what_changed_is_told(
    room: Room, terms: Terms, worth_before: Decimal | None, other: bool
) -> None:
    change = await room.asks(APPROVED, terms)

    assert change.terms == terms
    assert change.asking is not None
    assert (change.asking.worth_before, change.asking.other_coupon) == (worth_before, other)


# Whether anybody can answer


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(
    ("why", "posted"),
    [(None, True), (Trouble.CHANNEL_UNREACHABLE, True), (Trouble.CHANNEL_SHARED, False)],
)
async def test_nothing_is_posted_where_strangers_read_along(
    room: Room, again: bool, why: Trouble | None, posted: bool
) -> None:
    room.channel.why = why
    change = await room.asks(APPROVED if again else NEW)

    assert change.asking is not None
    assert change.asking.trouble is why
    messages = (APPROVAL, AGAIN) if again else (APPROVAL,)
    assert change.post == (messages if posted else ())


@pytest.mark.parametrize("again", [False, True])
async def test_without_a_channel_nothing_is_posted(room: Room, again: bool) -> None:
    room.approvals = replace(APPROVALS, channel=None)
    change = await room.asks(APPROVED if again else NEW)

    assert change.asking is not None
    assert (change.asking.trouble, change.post) == (Trouble.NO_CHANNEL, ())
    assert (room.channel.asked, room.members.asked) == ([], [])


@pytest.mark.parametrize(
    ("able", "trouble"),
    [(True, None), (False, Trouble.NO_APPROVER), (CouldNotVerify(), Trouble.GROUPS_UNREADABLE)],
)
async def test_whether_anybody_may_approve(
    room: Room, able: bool | Exception, trouble: Trouble | None
) -> None:
    room.members.able = able
    change = await room.asks(NEW)

    assert change.asking is not None
    assert change.asking.trouble is trouble
    soon = trouble is Trouble.GROUPS_UNREADABLE
    assert change.attend_at == NOON + (LOOK_AGAIN if soon else FIRST)
    assert timedelta(minutes=1) == LOOK_AGAIN


# Until when


@pytest.mark.parametrize(
    ("coupon_ends", "expires"),
    [
        (None, END),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(hours=9), END),
        (timedelta(0), END),
        (timedelta(seconds=1), timedelta(seconds=1)),
        (-timedelta(hours=1), END),
    ],
)
async def test_it_ends_no_later_than_its_coupon(
    room: Room, coupon_ends: timedelta | None, expires: timedelta
) -> None:
    ends = None if coupon_ends is None else NOON + coupon_ends
    change = await room.asks(NEW, replace(LARGE, expires_at=ends))

    assert change.expires_at == NOON + expires
    assert change.attend_at == NOON + min(FIRST, expires)


@pytest.mark.parametrize("remind_after", [(), (END,), (END + FIRST,)])
async def test_without_a_reminder_before_it_is_attended_to_at_its_end(
    room: Room, remind_after: tuple[timedelta, ...]
) -> None:
    room.approvals = replace(APPROVALS, remind_after=remind_after)

    assert (await room.asks(NEW)).attend_at == NOON + END


# Reminders

ASKING = Asking(checked_at=NOON, uses=2)


def waiting(**facts: Any) -> Redemption:
    given = {"asked_at": NOON, "expires_at": NOON + END, "asking": ASKING, "attend_at": NOON}
    return row(State.WAITING, LARGE, **{**given, **facts})


#: After so long: how many reminders were due, and when it is attended to next.
PASSED: list[tuple[timedelta, int, timedelta]] = [
    (timedelta(0), 0, FIRST),
    (FIRST - timedelta(seconds=1), 0, FIRST),
    (FIRST, 1, SECOND),
    (SECOND - timedelta(seconds=1), 1, SECOND),
    (SECOND, 2, END),
    (END - timedelta(seconds=1), 2, END),
]


@pytest.mark.parametrize(
    ("after", "due", "then", "reminded"), [(*one, had) for one, had in product(PASSED, range(3))]
)
async def test_reminders_are_posted_once_each_and_one_for_all_that_were_missed(
    room: Room, after: timedelta, due: int, then: timedelta, reminded: int
) -> None:
    room.now = NOON + after
    change = await room.attends(waiting(reminded=reminded))

    assert change == Change(
        asking=ASKING,
        reminded=max(due, reminded),
        attend_at=NOON + then,
        post=(APPROVAL, REMINDER) if due > reminded else (),
    )
    assert room.shop.ledger.told == [(State.WAITING, {"reminded": max(due, reminded)})]


@pytest.mark.parametrize("after", [END, END + FIRST])
async def test_at_its_end_it_expires_and_nobody_is_reminded(room: Room, after: timedelta) -> None:
    room.now = NOON + after

    assert await room.attends(waiting()) == Change()
    assert room.shop.ledger.told == [(State.EXPIRED, {"past": "expires_at"})]
    assert room.channel.asked == []


async def test_nobody_is_reminded_of_what_nobody_can_redeem(room: Room) -> None:
    room.now, room.shop.engine.check = NOON + FIRST, no(Refusal.REVOKED)
    held = room.shop.ledger.holds(waiting())
    ended = await room.request.attend(held)

    assert (ended.id, ended.state) == (held.id, State.REFUSED)
    assert [change for *_, change in room.shop.ledger.moves] == [
        Change(outcome=Outcome(refusal=Refusal.REVOKED))
    ]
    assert room.shop.ledger.told == [(State.REFUSED, {"refusal": Refusal.REVOKED})]
    assert room.channel.asked == []


async def test_a_request_of_an_older_version_counts_from_now(room: Room) -> None:
    """It has neither of these times, nor what was asked."""
    change = await room.attends(waiting(asked_at=None, expires_at=None, asking=None))

    assert change == Change(asking=Asking(checked_at=NOON), reminded=0, attend_at=NOON, post=())


#: As it was known, as it is found, and what is kept.
TROUBLES: list[tuple[Trouble | None, Trouble | None, Trouble | None]] = [
    (None, None, None),
    (None, Trouble.CHANNEL_SHARED, Trouble.CHANNEL_SHARED),
    (Trouble.CHANNEL_UNREACHABLE, None, Trouble.CHANNEL_UNREACHABLE),
    (Trouble.CHANNEL_UNREACHABLE, Trouble.CHANNEL_SHARED, Trouble.CHANNEL_SHARED),
    (Trouble.CHANNEL_SHARED, None, None),
    (Trouble.NO_APPROVER, None, None),
]


@pytest.mark.parametrize(("known", "found", "kept"), TROUBLES)
async def test_only_a_successful_post_clears_an_unreachable_channel(
    room: Room, known: Trouble | None, found: Trouble | None, kept: Trouble | None
) -> None:
    room.channel.why, room.now = found, NOON + FIRST
    change = await room.attends(waiting(asking=replace(ASKING, trouble=known)))

    assert change.asking == replace(ASKING, trouble=kept)
    posted = kept is not Trouble.CHANNEL_SHARED
    assert change.post == ((APPROVAL, REMINDER) if posted else ())


async def test_without_a_channel_nobody_is_reminded(room: Room) -> None:
    room.approvals, room.now = replace(APPROVALS, channel=None), NOON + FIRST
    change = await room.attends(waiting())

    assert (change.post, change.reminded) == ((), 1)


async def test_groups_that_could_not_be_read_are_looked_at_again_in_a_minute(room: Room) -> None:
    room.members.able = CouldNotVerify()
    change = await room.attends(waiting())

    assert change.attend_at == NOON + LOOK_AGAIN
    assert change.post == ()
