"""Twelve stories, played by a real desk on a real ledger: what `why` says of each is what happened, in its order."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.answer import Redeemed
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.transitions import Change
from bot.ops import audit
from bot.ops.audit import Wish
from tests.ops.lines import Lines
from tests.ops.test_why import Told
from tests.ops.test_why import settings as settings
from tests.ops.test_why import told as told
from tests.services.stand_ins import (
    EXPIRE_AFTER,
    LEELA,
    NISHA,
    NOON,
    OFTEN,
    ONCE,
    RAVI,
    THRICE,
    Desk,
    Says,
    actor,
    asked,
)
from tests.services.stand_ins import Facts as World


@dataclass(frozen=True, slots=True)
class Played:
    """The desk that a story is played on."""

    desk: Desk
    world: World
    requests: LedgerRequests

    async def later(self, seconds: float) -> None:
        """Time passes, and the sweeper looks at what is due."""
        self.world.database_now += timedelta(seconds=seconds)
        await self.desk.keep()

    async def now(self, row: Redemption) -> Redemption:
        return await self.requests.get(row.id) or row


Story = Callable[[Played], Awaitable[Redemption]]


async def refused(on: Played) -> Redemption:
    on.world.next_answer[ONCE] = Says.NO
    return await asked(on.desk, NISHA, ONCE)


async def limit(on: Played) -> Redemption:
    for _ in range(6):
        on.world.coupons[ONCE].left = 1
        await asked(on.desk, NISHA, ONCE)
    on.world.coupons[ONCE].left = 1
    return await asked(on.desk, NISHA, ONCE)


async def rejected(on: Played) -> Redemption:
    row = await asked(on.desk, RAVI, OFTEN)
    return (await on.desk.decide.reject(row.id, 1, "Not for this bill", by=actor(LEELA))).row


async def expired(on: Played) -> Redemption:
    row = await asked(on.desk, RAVI, OFTEN)
    on.world.now += EXPIRE_AFTER
    await on.desk.keep()
    return row


async def withdrawn(on: Played) -> Redemption:
    row = await asked(on.desk, RAVI, OFTEN)
    return (await on.desk.decide.withdraw(row.id, by=actor(RAVI))).row


async def settled_by_evidence(on: Played) -> Redemption:
    on.world.next_answer[ONCE] = Says.YES_LOST
    row = await asked(on.desk, NISHA, ONCE)
    await on.later(5)
    return row


async def settled_by_a_person(on: Played) -> Redemption:
    on.world.next_answer[THRICE] = Says.LOST
    row = await asked(on.desk, NISHA, THRICE)
    if row.state is State.WAITING:
        decided = await on.desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None)
        row = await on.desk.decide.spend_approved(decided)
    # Somebody at a till uses it for the same customer: nobody but a person can tell whose that is.
    on.world.use(THRICE, bill="MG-1", till="till.of.a.shop")
    await on.later(5)
    row = await on.now(row)
    await on.desk.close(row.id, row.outcome.found, redeemed=False, note="The till says MG-1", by=actor(LEELA))
    return row


async def answered_late(on: Played) -> Redemption:
    on.world.next_answer[ONCE] = Says.LOST
    row = await asked(on.desk, NISHA, ONCE)
    late = Redeemed(redemption_id="ONCE-9", status=200)
    return (await on.desk.spend.write(row, late)).row


async def killed_before_anything(on: Played) -> Redemption:
    """The process ended just after the press."""
    terms = (await asked(on.desk, NISHA, ONCE)).terms
    on.world.coupons[ONCE].left = 1
    held = await on.requests.make(
        RequestId("KILLED0123456789"),
        terms,
        made_at=NOON,
        day=NOON.date(),
        limits=on.desk.configuration.policy.limits,
        begin_in_s=60.0,
    )
    await on.later(61)
    return held.row


async def killed_when_approved(on: Played) -> Redemption:
    """The process ended just after Approve was written down; the sweeper of another one spends it."""
    row = await asked(on.desk, RAVI, OFTEN)
    decided = await on.desk.decide.approve(row.id, 1, "Fine", by=actor(LEELA), window=None)
    await on.later(46)
    return decided.row


async def killed_while_sending(on: Played) -> Redemption:
    """The process ended between the intent and the answer; the engine never got the call."""
    row = await asked(on.desk, RAVI, OFTEN)
    decided = await on.desk.decide.approve(row.id, 1, "Fine", by=actor(LEELA), window=None)
    await on.requests.move(decided.row, State.SENDING, Change(send_in_s=15.0))
    await on.later(16)
    return decided.row


async def claimed_elsewhere(on: Played) -> Redemption:
    """A person said that a use was this request's; the engine's own answer says that it was another's."""
    first = await settled_by_a_person_as_redeemed(on)
    on.world.next_answer[OFTEN] = Says.LOST
    other = await asked(on.desk, RAVI, OFTEN)
    decided = await on.desk.decide.approve(other.id, 1, "", by=actor(LEELA), window=None)
    other = await on.desk.decide.spend_approved(decided)
    await on.desk.spend.write(other, Redeemed(redemption_id="OFTEN-1"))
    return first


async def settled_by_a_person_as_redeemed(on: Played) -> Redemption:
    on.world.next_answer[OFTEN] = Says.LOST
    row = await asked(on.desk, RAVI, OFTEN)
    decided = await on.desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None)
    row = await on.desk.decide.spend_approved(decided)
    on.world.use(OFTEN, bill="MG-1", till="till.of.a.shop")
    await on.later(5)
    row = await on.now(row)
    await on.desk.close(
        row.id, row.outcome.found, redeemed=True, note="It was this one", by=actor(LEELA), use="OFTEN-1"
    )
    return await on.now(row)


#: What the last lines of each story say, in their order; its first line is always the same, and so is its last word.
STORIES: dict[str, tuple[Story, list[str], str]] = {
    "refused by the engine": (
        refused,
        [
            "It was checked, and no approval was needed.",
            "It passed the last check. From here one redeem call may have gone out, and never a second.",
            "The engine's answer was no: It is not valid at this store. Nothing was redeemed.",
        ],
        "Not redeemed (refused by the loyalty engine)",
    ),
    "stopped by a limit": (
        limit,
        ["The limit of redemptions a day (6) was reached by U0NISHA: 6 made that day, worth ₹1,800 in all."],
        "Not redeemed (stopped by a daily limit)",
    ),
    "rejected": (
        rejected,
        [
            "waited for approval by one of S0HEADS",
            "U0LEELA rejected it: “Not for this bill”. U0LEELA was in S0HEADS, S0MANAGERS",
        ],
        "Rejected",
    ),
    "expired": (
        expired,
        [
            "waited for approval",
            "Nobody decided in time; it expired. It was never sent to the loyalty engine, by Coupon",
        ],
        "Expired",
    ),
    "withdrawn": (
        withdrawn,
        ["waited for approval", "U0RAVI withdrew it. It was never sent to the loyalty engine, by Coupon"],
        "Withdrawn",
    ),
    "unknown, then settled by evidence": (
        settled_by_evidence,
        [
            "From here one redeem call may have gone out, and never a second.",
            "No clear answer came. The loyalty engine did not answer in time.",
            "The engine shows a use with the number generated for this request: redemption id ONCE-1. Redeemed.",
            "belonged to this request, because its bill number is the one generated for this request.",
        ],
        "Redeemed",
    ),
    "unknown, then settled by a person": (
        settled_by_a_person,
        [
            "No clear answer came.",
            "found a new use, THRICE-1 (bill MG-1, 2026-06-01 12:00:00, till.of.a.shop): not clear whether it is this request's, so a person must decide.",
            "U0LEELA settled it as not redeemed, by hand. Note: “The till says MG-1”. U0LEELA was in",
        ],
        "Not redeemed (settled by U0LEELA)",
    ),
    "answered late": (
        answered_late,
        [
            "No clear answer came.",
            "The engine's late answer was yes (HTTP 200): redemption id ONCE-9. Redeemed.",
            "redemption ONCE-9 belonged to this request, because the engine's answer to this request named it.",
        ],
        "Redeemed",
    ),
    "killed before anything": (
        killed_before_anything,
        [
            "U0NISHA confirmed it; the request was written down. Nothing had been sent yet.",
            "Coupon Desk did not go on with it in time (its process had stopped, for example), so it expired. It was never sent to the loyalty engine, by Coupon",
        ],
        "Expired",
    ),
    "killed when it was approved": (
        killed_when_approved,
        [
            "U0LEELA approved what round 1 showed (digest ",
            "From here one redeem call may have gone out, and never a second.",
            "The engine's answer was yes (HTTP 200): redemption id OFTEN-1. Redeemed.",
            "redemption OFTEN-1 belonged to this request",
        ],
        "Redeemed",
    ),
    "killed while it was sent": (
        killed_while_sending,
        [
            "U0LEELA approved what round 1 showed",
            "From here one redeem call may have gone out, and never a second.",
            "No answer was recorded by 12:00:16: the process that was sending stopped, or the answer was lost.",
        ],
        "Outcome unknown",
    ),
    "claimed elsewhere": (
        claimed_elsewhere,
        [
            "U0LEELA settled it as redeemed, by hand. Note: “It was this one”.",
            "redemption OFTEN-1 belonged to this request, because U0LEELA said so.",
            "(the engine's answer to that request named it). It was taken from this one. U0LEELA's decision no longer "
            "stood. Whether this request was redeemed was unknown again.",
            "the redemption that spoke for it belongs to another request.",
        ],
        "Outcome unknown",
    ),
}


@pytest.mark.parametrize(("story", "words", "state"), STORIES.values(), ids=STORIES)
async def test_what_is_told_is_what_happened(
    desk: Desk, facts: World, requests: LedgerRequests, told: Told, story: Story, words: list[str], state: str
) -> None:
    row = await story(Played(desk, facts, requests))

    lines = await told.events(row)

    assert "confirmed it" in lines[0]
    for line, word in zip(lines[-len(words) :], words, strict=True):
        assert word in line, lines
    assert told.lines[-1].startswith("Now, as of 2026-06-01 12:")
    assert f": {state}. " in told.lines[-1]
    assert re.match(rf"Request {row.reference} .*: {re.escape(state)}$", told.lines[0])
    # And the log proves it.
    say = Lines()
    assert await audit.verify(told.settings, Wish(), say) == 0, say.text
