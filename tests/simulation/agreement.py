"""What must hold of several requests that meet: ledger and engine agree on every redemption, or an alarm says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot.domain.customer import CustomerId
from bot.domain.policy import Denied, Policy, Rule, decide
from bot.domain.redemption import Doubt, Redemption, RequestId, State
from bot.sandbox.engine.capillary import REDEEM, Call
from bot.sandbox.engine.coupons import SandboxRedemption as Booked
from bot.sandbox.engine.faults import Fault
from bot.services.ports import Order
from bot.views.states import STATE_WORDS
from tests.simulation.conformance import conformance_faults
from tests.simulation.desks import GROUPS
from tests.simulation.invariants import (
    NOTHING_SENT,
    UNDER_WAY,
    World,
    approval_faults,
    head_of,
    kept_faults,
    limit_faults,
    message_faults,
    read_by_requester,
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
        lied: requests that a person has settled against what is so.

    """

    sent: list[RequestId] = field(default_factory=list)
    made: dict[str, RequestId] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    known: list[RequestId] = field(default_factory=list)
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
        if call.path != REDEEM:
            return None
        code = call.body["redemptionRequestList"][0]["code"]
        ((kind, name),) = call.body["user"].items()
        customer = self.engine.customers.find(kind, name)
        assert customer is not None
        rows = self._of_coupon(CustomerId(str(customer.id)), code)
        (row,) = (row for row in rows if row.state in {State.SENDING, State.UNKNOWN})
        if row.terms.generated and self.booked(row):
            self.known.append(row.id)
        self.sent.append(row.id)
        return row.id

    def forgets(self, asked: Collection[RequestId]) -> None:
        """The database has lost commits: of these, and of whatever it held newer versions of."""
        rows = {row.id: row.version for row in self.ledger.requests()}
        behind = {one for one, version in self.acknowledged.items() if rows.get(one, 0) < version}
        self.lost |= {*asked, *behind}
        self.told &= rows.keys()

    def _of_coupon(self, customer: CustomerId, code: str) -> list[Redemption]:
        rows = self.ledger.requests()
        return [
            row
            for row in rows
            if row.terms.customer == customer and row.terms.code.casefold() == code.casefold()
        ]

    def sends(self, policy: Policy, order: Order) -> None:
        """A desk is about to send this: what its own policy asks for has been given."""
        rows = self._of_coupon(order.customer, order.code)
        (row,) = (row for row in rows if row.state in {State.SENDING, State.UNKNOWN})
        rule = decide(policy, GROUPS, row.terms.worth)
        if isinstance(rule, Denied):
            self.wrong.append(f"{row.id}: sent where no rule allows it")
        elif rule.rule.approvals and not _approved_by(rule.rule, row):
            self.wrong.append(f"{row.id}: sent where {rule.rule.name!r} asks for an approval")


def trace(world: Meeting) -> Callable[[], None]:
    """From now on, each redeem call and what it redeems is put down to a request; the result ends it."""
    engine = world.engine
    meet, work = engine._meet, engine._work
    of: dict[int, RequestId] = {}
    # Another call would have the number of one that is gone.
    arrived: list[Call] = []
    redeemed: set[int] = set()

    async def met(fault: Fault | None, request: web.Request, call: Call) -> web.Response | None:
        if (sender := world.arrives(call)) is not None:
            of[id(call)] = sender
            arrived.append(call)
        return await meet(fault, request, call)

    def worked(request: web.Request, call: Call) -> web.Response:
        sender = of.get(id(call))
        if sender is None:
            return work(request, call)
        before = {str(use.id) for use in _all_uses(world)}
        answer = work(request, call)
        for use in _all_uses(world):
            if str(use.id) not in before:
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


def _approved_by(rule: Rule, row: Redemption) -> bool:
    """Whether somebody has approved it whom this rule allows to."""
    asked = bool(row.terms.approvals) and rule.approvers.issuperset(row.terms.approvers)
    return asked and row.decided is not None and row.decided.approved


def check_several(world: Meeting) -> None:
    """At the end, when nothing is due any more."""
    rows = world.ledger.requests()
    faults = [*world.wrong, *kept_faults(world, rows), *_claim_faults(world, rows)]
    for row in rows:
        faults += [f"{row.id} ({row.state}): {fault}" for fault in _request_faults(world, row)]
    for bill, same in _by_bill(rows).items():
        states = [row.state.value for row in same]
        faults += [f"{bill} {states}: {fault}" for fault in _bill_faults(world, same)]
    faults += limit_faults(world.ledger)
    faults += [f"Slack: {fault}" for fault in world.slack.faults]
    if faults:
        raise AssertionError("\n".join(faults))


def _claim_faults(world: Meeting, rows: Sequence[Redemption]) -> list[str]:
    """As many claims as redemptions that calls of ours made, each on one of them; else somebody knows of it."""
    by_id, claims, faults = {row.id: row for row in rows}, world.ledger.claims(), []
    for use, sender in world.made.items():
        holder = claims.get(use)
        concerned = [by_id[one] for one in (sender, holder) if one in by_id]
        known = any(_somebody_knows(world, row) for row in _rivals(rows, concerned))
        if sender not in by_id and sender in world.lost:
            # The database knows of no press at all: only the records tell of it (`audit --verify --against-engine`).
            continue
        if holder == sender or known or _not_to_be_told_apart(by_id, sender, holder):
            continue
        if not _other_copy_claimed(world, use, claims):
            faults.append(f"{sender} made redemption {use}, and {holder or 'nobody'} claims it")
    for use, holder in claims.items():
        row = by_id.get(holder)
        if row is None or (use not in world.made and not _somebody_knows(world, row)):
            faults.append(f"{holder} claims redemption {use}, which no call of ours made")
        elif (by := _use_of(world, use)) not in {None, int(row.terms.customer)}:
            faults.append(f"{holder} claims redemption {use} of customer {by}")
    return faults


def _other_copy_claimed(world: Meeting, use: str, claims: Mapping[str, RequestId]) -> bool:
    """Of one call that was doubled on its way and redeemed twice, the answer names one redemption."""
    sender = world.made[use]
    copies = {one for one, by in world.made.items() if by == sender}
    return bool(copies & world.doubled) and any(claims.get(one) == sender for one in copies)


def _somebody_knows(world: Meeting, row: Redemption) -> bool:
    """An alarm was raised, a person is asked, or one has said what is not so."""
    return row.state is State.UNKNOWN or row.id in world.lied or bool(world.ledger.alarms(row.id))


def _rivals(rows: Sequence[Redemption], concerned: Sequence[Redemption]) -> list[Redemption]:
    """These, and whoever has the same bill of theirs: which of them is told does not matter."""
    bills = {(one.terms.code, one.terms.bill_number) for one in concerned}
    return [row for row in rows if (row.terms.code, row.terms.bill_number) in bills]


def _not_to_be_told_apart(
    by_id: Mapping[RequestId, Redemption], one: RequestId, other: RequestId | None
) -> bool:
    """Two requests of one customer with the same typed number: the engine's records show no difference."""
    first, second = by_id.get(one), by_id.get(other) if other is not None else None
    if first is None or second is None or first.terms.generated:
        return False
    return (first.terms.customer, first.terms.code, first.terms.bill_number) == (
        *(second.terms.customer, second.terms.code, second.terms.bill_number),
    )


def _use_of(world: Meeting, use: str) -> int | None:
    """Whose use it is, of a coupon that several hold."""
    return next((one.by for one in _all_uses(world) if str(one.id) == use), None)


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
        *_verdict_faults(world, row),
        *conformance_faults(world.ledger, row),
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


def _verdict_faults(world: Meeting, row: Redemption) -> list[str]:
    """What the person reads at the end is what the engine's records say of a number that nobody else has."""
    read = read_by_requester(world, row)
    if read is None or _somebody_knows(world, row):
        return []
    made = world.booked(row)
    faults = []
    if NOTHING_SENT.search(read) and (made or (world.posts(row) and row.id not in world.lost)):
        faults.append("it was sent, and the person reads that nothing was")
    if row.terms.generated and bool(made) != (head_of(read) == STATE_WORDS[State.REDEEMED]):
        faults.append(f"the person reads {head_of(read)}, and the engine has {len(made)} redemptions of it")
    return faults


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
