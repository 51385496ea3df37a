"""What must hold of several requests that meet: ledger and engine agree on every redemption, or an alarm says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot.domain.redemption import Doubt, Redemption, RequestId, State
from bot.sandbox.engine.capillary import REDEEM, Call
from bot.sandbox.engine.coupons import SandboxRedemption as Booked
from bot.sandbox.engine.faults import Fault
from bot.views.states import STATE_WORDS
from tests.simulation.invariants import (
    UNDER_WAY,
    World,
    approval_faults,
    head_of,
    limit_faults,
    message_faults,
    trail_faults,
)

#: Requests for one coupon and one bill: what the engine's records tell apart is their numbers only.
Bill = tuple[str, str]


@dataclass(slots=True)
class Meeting(World):
    """
    Ledger, engine and Slack, and which request each redeem call and each redemption came from.

    Attributes:
        sent: of each redeem call that arrived, in their order, the request.
        made: of each redemption through the API, the request.
        doubled: redemptions of the second copy of a call, where the first one had redeemed, too.
        known: requests that were sent again although the engine showed a redemption with their own number.
        lost: requests of which the database has forgotten something.
        lied: requests that a person has settled against what is so.

    """

    sent: list[RequestId] = field(default_factory=list)
    made: dict[str, RequestId] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    known: list[RequestId] = field(default_factory=list)
    lost: set[RequestId] = field(default_factory=set)
    lied: set[RequestId] = field(default_factory=set)

    def posts(self, row: Redemption) -> int:
        return self.sent.count(row.id)

    def booked(self, row: Redemption, *, anywhere: bool = False) -> list[Booked]:
        """What this request's calls redeemed; `anywhere`, or for this bill."""
        uses = self._uses(row.terms.code)
        return [use for use in uses if self.made.get(str(use.id)) == row.id or anywhere]

    def _uses(self, code: str) -> list[Booked]:
        coupon = self.engine.customers.coupon(code)
        return list(coupon.redemptions) if coupon is not None else []

    def _faults(self, row: Redemption, text: str) -> list[str]:
        """What is shown is what the ledger held; what it has forgotten it may have held."""
        word = head_of(text)
        held = {STATE_WORDS[State(to)] for _, to in self.ledger.moves(row.id) if to}
        return [] if word in held or row.id in self.lost else [f"the ledger never held {word}"]

    # What arrives at the engine.

    def arrives(self, call: Call) -> RequestId | None:
        """The request that this call is of: the one that is being sent for the coupon."""
        code = call.body["redemptionRequestList"][0]["code"] if call.path == REDEEM else None
        if code is None:
            return None
        rows = [row for row in self.ledger.requests() if row.terms.code.casefold() == code.casefold()]
        (row,) = (row for row in rows if row.state in {State.SENDING, State.UNKNOWN})
        if row.terms.generated and self.booked(row):
            self.known.append(row.id)
        self.sent.append(row.id)
        return row.id


def trace(world: Meeting) -> Callable[[], None]:
    """From now on, each redeem call and what it redeems is put down to a request; the result ends it."""
    engine = world.engine
    meet, work = engine._meet, engine._work
    of: dict[int, RequestId] = {}
    redeemed: set[int] = set()

    async def met(fault: Fault | None, request: web.Request, call: Call) -> web.Response | None:
        if (sender := world.arrives(call)) is not None:
            of[id(call)] = sender
        return await meet(fault, request, call)

    def worked(request: web.Request, call: Call) -> web.Response:
        sender = of.get(id(call))
        before = {str(use.id) for use in _all_uses(world)}
        answer = work(request, call)
        for use in _all_uses(world):
            if sender is not None and str(use.id) not in before:
                if id(call) in redeemed:
                    world.doubled.add(str(use.id))
                redeemed.add(id(call))
                world.made[str(use.id)] = sender
        return answer

    engine._meet, engine._work = met, worked  # type: ignore[method-assign]

    def end() -> None:
        engine._meet, engine._work = meet, work  # type: ignore[method-assign]

    return end


def _all_uses(world: Meeting) -> list[Booked]:
    codes = {row.terms.code for row in world.ledger.requests()}
    return [use for code in codes for use in world._uses(code)]


def check_several(world: Meeting) -> None:
    """At the end, when nothing is due any more."""
    rows = world.ledger.requests()
    faults = list(world.wrong)
    faults += [f"{known}: lost" for known in world.told - {row.id for row in rows}]
    for row in rows:
        faults += [f"{row.id} ({row.state}): {fault}" for fault in _request_faults(world, row)]
    for bill, same in _by_bill(rows).items():
        states = [row.state.value for row in same]
        faults += [f"{bill} {states}: {fault}" for fault in _bill_faults(world, same)]
    faults += limit_faults(world.ledger)
    faults += [f"Slack: {fault}" for fault in world.slack.faults]
    if faults:
        raise AssertionError("\n".join(faults))


def _by_bill(rows: Sequence[Redemption]) -> Mapping[Bill, list[Redemption]]:
    found: dict[Bill, list[Redemption]] = {}
    for row in rows:
        found.setdefault((row.terms.code, row.terms.bill_number), []).append(row)
    return found


def _request_faults(world: Meeting, row: Redemption) -> list[str]:
    return [
        *_sent_faults(world, row),
        *_same_bill_faults(world, row),
        *_state_faults(world, row),
        *(approval_faults(world, row) if row.id not in world.lost else []),
        *trail_faults(world, row),
        *message_faults(world, row),
    ]


def _sent_faults(world: Meeting, row: Redemption) -> list[str]:
    """Once; again only where the database has lost it, and then never past a redemption that the engine shows."""
    posts, alarms = world.posts(row), world.ledger.alarms(row.id)
    faults = [f"{posts} redeem calls"] if posts > 1 and row.id not in world.lost else []
    if row.id in world.known:
        faults.append("sent again although its own number is at the engine")
    own = [use for use in world.booked(row) if str(use.id) not in world.doubled]
    if len(own) > 1 and not alarms:
        faults.append("redeemed twice, and no alarm")
    return faults


def _same_bill_faults(world: Meeting, row: Redemption) -> list[str]:
    """What the coupon was used for this bill before was on the screen of whoever approved it."""
    if not world.posts(row) or row.intent is None:
        return []
    used = {str(use.id) for use in world._uses(row.terms.code) if use.bill == row.terms.bill_number}
    before = used & set(row.intent.before)
    recent = row.asking.recent if row.asking is not None and row.terms.approvals else None
    shown = {str(use.id) for use in recent or ()}
    return [f"sent for a bill that was redeemed already: {before - shown}"] if before - shown else []


def _state_faults(world: Meeting, row: Redemption) -> list[str]:
    if row.state in UNDER_WAY:
        return ["nobody works on it any more"]
    judged = row.outcome.uses or row.outcome.doubt is Doubt.CLAIMED_ELSEWHERE
    if row.state is State.UNKNOWN and not judged:
        return ["unknown, and nothing for a person to judge"]
    claimed = {use for use, holder in world.ledger.claims().items() if holder == row.id}
    rests = {row.outcome.redemption_id} - {None} if row.state is State.REDEEMED else set()
    return [] if claimed == rests else [f"claims {claimed}, and rests on {rests}"]


def _bill_faults(world: Meeting, same: Sequence[Redemption]) -> list[str]:
    """As many redeemed requests as redemptions, each resting on one of them; else somebody knows of it."""
    if any(world.ledger.alarms(row.id) or row.id in world.lied for row in same):
        return []
    if any(row.state is State.UNKNOWN for row in same):
        return []
    redeemed = [row for row in same if row.state is State.REDEEMED]
    made = {str(use.id) for row in same for use in world.booked(row)}
    once = made - world.doubled
    faults = []
    if len(redeemed) != len(once):
        faults.append(f"{len(redeemed)} redeemed, and {len(once)} redemptions, without an alarm")
    rest = {row.outcome.redemption_id for row in redeemed}
    if not rest <= made:
        faults.append(f"rest on {rest - made}, which is not theirs, without an alarm")
    return faults


def tallied(world: Meeting) -> Counter[str]:
    """What was met, for the end of a run."""
    rows = world.ledger.requests()
    counts: Counter[str] = Counter(f"several: ended {row.state}" for row in rows)
    counts.update(f"several: alarm {alarm}" for row in rows for alarm in world.ledger.alarms(row.id))
    counts["several: settled by a person"] += sum(row.outcome.by is not None for row in rows)
    counts["several: sent again"] += sum(world.posts(row) > 1 for row in rows)
    counts["several: redeemed by both copies of one call"] += len(world.doubled)
    counts["several: requests"] += len(rows)
    return counts
