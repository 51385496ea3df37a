"""Several requests played to their end: they are asked for and settled one after another, or at the same moment."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.draft import Draft, Filled, Typed
from bot.domain.errors import DeskError
from bot.domain.looks import is_to_be_named
from bot.domain.lookup import LookUp
from bot.domain.person import Actor
from bot.domain.policy import Policy, Rule
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.transitions import WITHOUT_REDEMPTION
from bot.sandbox.engine import capillary
from bot.sandbox.engine.customers import RefusedError, SandboxCustomer
from tests.databases import kill
from tests.simulation import play
from tests.simulation.agreement import Meeting, check_several, tallied, trace
from tests.simulation.desks import DISPLAY, MANAGERS, POLICY, SENIOR, Desk, Place
from tests.simulation.forgetting import Memory, memory_of
from tests.simulation.happenings import Blow, CancelledAt, Phase, When
from tests.simulation.ledger import A_LITTLE_S, Ledger
from tests.simulation.schedules import Act, Schedule
from tests.simulation.several import POSTS, Bill, Ends, Gap, Lost, Part, Policies, Says, Several
from tests.simulation.tally import Tally

#: Waits of four requests, one after another.
MOST_STEPS = 200
#: Worth that somebody else must approve.
LARGE = 600.0
BOTH_RULES = (
    Rule(name="small", up_to=Decimal(500), groups=frozenset({"S0SENIORS"})),
    Rule(name="large", up_to=None, approvals=1, approvers=frozenset({"S0MANAGERS"})),
)
SEVERAL_POLICY = replace(POLICY, redeem=replace(POLICY.redeem, rules=BOTH_RULES))
_ASKS_MORE = replace(BOTH_RULES[1], name="all")
_ASKS_OTHERS = replace(BOTH_RULES[1], approvers=frozenset({"S0HEADS"}))


def _with(*rules: Rule) -> Policy:
    return replace(SEVERAL_POLICY, redeem=replace(SEVERAL_POLICY.redeem, rules=rules))


#: What the second desk of a run is started with, and every other one after it.
SECOND = {
    Policies.SAME: SEVERAL_POLICY,
    Policies.ASKS_MORE: _with(_ASKS_MORE),
    Policies.OTHERS: _with(BOTH_RULES[0], _ASKS_OTHERS),
}
#: Those who hold the coupon, too.
OTHERS = (("919845100001", 700200001), ("919845100002", 700200002))
_WAITS = {Gap.NOTHING: 0, Gap.LOOK: 1, Gap.LOOKS: 3}
#: After which port call the database forgets everything, by what it forgets.
_SNAPSHOT = {Lost.NEW: ("requests.move", When.BEFORE), Lost.APPROVED: ("requests.move", When.AFTER)}


async def play_any(place: Place, schedule: Schedule | Several) -> Tally:
    """To its end. Raises `play.Failed`."""
    if isinstance(schedule, Schedule):
        return await play.play(place, schedule)
    run = await Run.of(place, schedule)
    try:
        async with asyncio.timeout(120):
            await run.story()
        check_several(run.world)
        run.count()
    except (AssertionError, TimeoutError, DeskError) as err:
        died = run.happenings.died_at
        raise play.Failed(f"{schedule}\ndied: {died}\n{type(err).__name__}: {err}") from err
    finally:
        await run.end()
    return run.tally


@dataclass(slots=True)
class Form:
    """What somebody has filled in and reviewed."""

    part: Part
    draft: Draft | None = None
    window: str | None = None
    #: Whether a task of it was cancelled, or is to be.
    cancelled: bool = False


@dataclass(slots=True)
class Saying:
    says: Says
    waits: int


class Run(play.Run):
    """Several requests, and whoever settles them."""

    world: Meeting
    several: Several
    end_trace: Callable[[], None]
    waits_for_late: int
    hanging: list[asyncio.Event]
    #: What somebody will say, and in how many waits.
    saying: list[Saying]
    #: Whose use somebody has tried to name.
    named: set[RequestId]
    snapshot: Memory | None
    #: Those who hold the coupon.
    holders: list[SandboxCustomer]
    #: Of which desk the policy is the next one's.
    policies: Iterator[Policy]
    deciding: Form | None

    @classmethod
    async def of(cls, place: Place, several: Several) -> Self:
        run = await cls.begun(place, several.base)
        run.several, run.most_steps = several, MOST_STEPS
        run.policies = itertools.cycle((SEVERAL_POLICY, SECOND[several.policies]))
        run.holders, run.deciding = run._shared(), None
        run.coupon.value = LARGE if several.asks else 100.0
        run.world.asks = several.asks
        run.end_trace = trace(run.world)
        run.waits_for_late, run.hanging, run.saying, run.snapshot = 0, [], [], None
        run.named = set()
        run.happenings.sends = run.world.sends
        if several.crash is not None:
            run.happenings.breaks[several.crash] = run._crashes
        run.open_desks()
        return run

    def _shared(self) -> list[SandboxCustomer]:
        """The coupon's owner, and who holds it, too."""
        customers = self.place.engine.customers
        owner = customers.by_id(int(self.customer))
        assert owner is not None
        others = [
            customers.by_id(number) or customers.add_customer(mobile, customer_id=number)
            for mobile, number in OTHERS[: self.several.customers - 1]
        ]
        if others:
            customers.share(self.coupon, *others)
        return [owner, *others]

    def _desk(self) -> Desk:
        set_ = replace(self.set, policy=next(self.policies))
        return Desk(self.place, set_, self.rights, self.happenings)

    def _policy(self) -> Policy:
        return SEVERAL_POLICY

    def _world(self) -> Meeting:
        place, ledger = self.place, Ledger.open(self.set.url)
        return Meeting(ledger=ledger, engine=place.engine, slack=place.slack, display=DISPLAY)

    async def end(self) -> None:
        for event in self.hanging:
            event.set()
        await super().end()
        self.end_trace()

    # The story.

    async def story(self) -> None:
        forms = [Form(part) for part in self.several.parts]
        for number, form in enumerate(forms):
            if number and form.part.beside and forms[number - 1].draft is not None:
                continue
            await self._meanwhile_passes(form.part.gap)
            self._till(form.part)
            following = forms[number + 1] if number + 1 < len(forms) else None
            await self._reviews(form)
            if following is not None and following.part.early:
                await self._reviews(following)
            beside = following if following is not None and following.part.beside else None
            await self._confirms([form] if beside is None else [form, beside])
        await self._until_nothing_is_due()
        if self.schedule.replay:
            await asyncio.gather(*(self._pressed(self.desks[0], form) for form in forms))
            await self._until_nothing_is_due()

    async def _meanwhile_passes(self, gap: Gap) -> None:
        if gap is Gap.DAY:
            await self._until_nothing_is_due()
            return
        for _ in range(_WAITS[gap]):
            await self._waits()

    async def _waits(self) -> None:
        await self._quiet()
        self._step()
        self._passes(max(self._due_in_s() or 0.0, 0.0) + A_LITTLE_S)

    def _till(self, part: Part) -> None:
        if part.till is not None:
            number = self._typed if part.till is Bill.SAME else f"T-{self.schedule.seed}"
            by = self.holders[part.till_by]
            with suppress(RefusedError):
                self.place.engine.customers.redeem_at_till(self._code(part), number, by=by)

    @property
    def _typed(self) -> str:
        return f"B-{self.schedule.seed}"

    def _code(self, part: Part) -> CouponCode:
        """The coupon, or another one of the same kind."""
        if not part.other:
            return self.code
        customers, code = self.place.engine.customers, CouponCode(f"{self.code}B")
        if customers.coupon(code) is None:
            owner = customers.by_id(int(self.customer))
            assert owner is not None
            customers.add_coupon(owner, code, value=self.coupon.value)
        return code

    # A form.

    async def _reviews(self, form: Form) -> None:
        if form.draft is None:
            desk = self.desks[0]
            desk.enter(Phase.FORM)
            with suppress(DeskError):
                form.draft = await self._reviewed(desk, form.part)
                form.window = await self._opened_by(SENIOR)

    async def _reviewed(self, desk: Desk, part: Part) -> Draft:
        holder = self.holders[0 if part.other else part.customer]
        card = LookUp(customer=CustomerId(str(holder.id)), asker=SENIOR.id, code=self._code(part))
        opened = await desk.open_form(await desk.look_ups.keep(card, why={}), -1, by=SENIOR)
        number = self._typed if part.typed else None
        filled = Filled(bill=Decimal("1200.50"), bill_number=number, reason="Till offline", note="")
        return (await desk.review(opened.draft.id, Typed(), filled, by=SENIOR)).draft

    # Redeem now.

    async def _confirms(self, forms: list[Form]) -> None:
        forms = [form for form in forms if form.draft is not None]
        self._befalls(forms)
        self._start(Phase.CONFIRM)
        desks = itertools.cycle(self.desks)
        await asyncio.gather(
            *(self._pressed(next(desks), form) for form in forms for _ in range(form.part.deliveries))
        )
        await self._stop()
        for form in forms:
            if form.draft is not None and form.draft.id not in self.world.told:
                await self._pressed(self.desks[0], form)
                await self._restarted()
        for form in forms:
            await self._decided(form)
        if self.snapshot is not None:
            await self._forgets(self.snapshot, forms)
        self.saying += [Saying(*form.part.says) for form in forms if form.part.says is not None]

    def _befalls(self, forms: list[Form]) -> None:
        """What the parts say, in the order in which their calls come."""
        self.place.minute_passes()
        self.place.engine.faults.clear()
        self.happenings.beside.clear()
        for blows in self._ends.values():
            blows.clear()
        self.snapshot = None
        for form in forms:
            event = asyncio.Event()
            self.hanging.append(event)
            self.waits_for_late = form.part.late
            fault = POSTS[form.part.post](event)
            if fault is not None:
                self.place.engine.faults.add(fault, path=capillary.REDEEM)
            if form.part.death is not None:
                self._ends[form.part.ends].append(form.part.death)
            if form.part.lost is not None and not (self.several.asks and form.part.lost is Lost.APPROVED):
                self.happenings.beside[_SNAPSHOT[form.part.lost]] = self._remembers

    @property
    def _ends(self) -> Mapping[Ends, list[Blow]]:
        happenings = self.happenings
        return {
            Ends.KILLED: happenings.deaths,
            Ends.STOPPED: happenings.stops,
            Ends.CUT_SHORT: happenings.cut_short,
        }

    async def _pressed(self, desk: Desk, form: Form) -> None:
        await desk.does(self._cancelled(self._confirmed_by(desk, form), form))

    async def _cancelled(self, work: Coroutine[Any, Any, None], form: Form) -> None:
        """Once, a press of this request is cancelled while it waits for the so manieth thing."""
        number, form.cancelled = (0 if form.cancelled else form.part.cancelled), True
        cancelling = CancelledAt(work, number)
        try:
            await cancelling
        except asyncio.CancelledError:
            if not cancelling.reached:
                raise
        row = self.world.ledger.request(form.draft.id) if form.draft is not None else None
        if cancelling.reached:
            self.tally.counts[
                f"several: cancelled, then {row.state if row is not None else 'not there'}"
            ] += 1

    async def _acts(self, desk: Desk, act: Act, shown: Redemption, who: Actor, window: str | None) -> None:
        work, form = super()._acts(desk, act, shown, who, window), self.deciding
        await (work if form is None else self._cancelled(work, form))

    async def _confirmed_by(self, desk: Desk, form: Form) -> None:
        """As `RedeemListeners.on_confirm` does it."""
        if form.draft is None:
            return
        with suppress(DeskError):
            made = await desk.confirm_redemption(
                form.draft.id, form.draft.review, by=SENIOR, window=form.window
            )
            self.world.told.add(made.row.id)
            desk.spend.wake()
            if made.ours and made.row.state is State.NEW:
                await desk.spend(made.row, by=SENIOR)

    async def _decided(self, form: Form) -> None:
        """Somebody decides at once, as often as it is asked for."""
        act = form.part.act
        for _ in range(play.MOST_ROUNDS):
            row = self.world.ledger.request(form.draft.id) if form.draft is not None else None
            if row is None or row.state is not State.WAITING:
                break
            if form.part.lost is Lost.APPROVED:
                self.happenings.beside[_SNAPSHOT[Lost.APPROVED]] = self._remembers
            # Of two presses, the confirmation's is over: this one may be cancelled now.
            self.deciding, form.cancelled = form, form.cancelled and form.part.cancelled % 2 == 0
            await self._act((act,), row)
            self.deciding = None
            act = Act.APPROVE

    # The database forgets.

    def _remembers(self) -> None:
        """The database as it is now; what comes after is what it will have forgotten."""
        self.snapshot = memory_of(self.set.url)
        self.snapshot.remember()

    async def _forgets(self, snapshot: Memory, forms: list[Form]) -> None:
        """As a standby is promoted that has not got the last commits: every process has lost its line to the old one."""
        for desk in self.desks:
            await desk.bury()
        self.world.ledger.close()
        snapshot.put_back()
        self.world.ledger = Ledger.open(self.set.url)
        self.desks = [self._desk() for _ in self.desks]
        self.world.forgets({form.draft.id for form in forms if form.draft is not None})
        self.tally.counts["several: the database forgot"] += 1

    def _crashes(self) -> None:
        """Every line to it is cut, and what it has acknowledged is there when it serves again."""
        self.world.ledger.close()
        kill(self.place.postgres)
        self.world.ledger = Ledger.open(self.set.url)
        self.tally.counts["several: the database was killed"] += 1

    # To the end.

    def _step(self) -> None:
        self.steps += 1
        self.waits_for_late -= 1
        if self.waits_for_late < 0 or any(self._given_up(row) for row in self.world.ledger.requests()):
            for event in self.hanging:
                event.set()

    def _given_up(self, row: Redemption) -> bool:
        """Whether it is looked at only once more, a day later: the engine works on a call that hung before that."""
        forgotten = row.id in self.world.lost and row.state in WITHOUT_REDEMPTION
        return row.state is State.NOT_REDEEMED or forgotten

    async def _quiet(self) -> None:
        await super()._quiet()
        for one in self.saying:
            one.waits -= 1
        due = [one for one in self.saying if one.waits <= 0]
        self.saying = [one for one in self.saying if one.waits > 0]
        for one in due:
            await self._says(one.says)
        await self._named()

    async def _named(self) -> None:
        """Somebody names the use of a redemption without an id, where they see it: once for each."""
        for row in self.world.ledger.requests():
            mine = {str(use.id) for use in self.world.booked(row)}
            use = next((str(use.id) for use in row.outcome.uses if str(use.id) in mine), None)
            if is_to_be_named(row) and use is not None and row.id not in self.named:
                self.named.add(row.id)
                desk = self.desks[0]
                await desk.does(self._settled_by(desk, row, redeemed=True, use=use))

    async def _says(self, says: Says) -> None:
        """Somebody settles the first unknown one, by what they believe to know."""
        row = next((row for row in self.world.ledger.requests() if row.state is State.UNKNOWN), None)
        if row is None:
            return
        mine = {str(use.id) for use in self.world.booked(row)}
        found = [str(use.id) for use in row.outcome.uses]
        redeemed = bool(mine) if says is Says.TRUE else says is Says.REDEEMED
        named = next((use for use in found if use in mine), None)
        if redeemed and found and named is None:
            # They would see that none of these is it.
            return
        if redeemed != bool(mine):
            self.world.lied.add(row.id)
        desk = self.desks[0]
        await desk.does(self._settled_by(desk, row, redeemed=redeemed, use=named))

    async def _settled_by(self, desk: Desk, row: Redemption, *, redeemed: bool, use: str | None) -> None:
        with suppress(DeskError):
            await desk.settle(
                row.id, row.outcome.found, redeemed=redeemed, note="Seen", by=MANAGERS[0], use=use
            )

    def count(self) -> None:
        counts = self.tally.counts
        counts.update(f"died: {point}" for point in self.happenings.died_at)
        counts["several: told to stop"] += len(self.happenings.stopped_at)
        counts["several: by customers who share the coupon"] += self.several.customers > 1
        counts[f"several: policy, {self.several.policies}"] += 1
        counts.update(self._counted_place())
        counts.update(f"several: call {part.post}" for part in self.several.parts)
        counts["several"] += 1
        counts["several: a use was named"] += len(self.named)
        counts.update(tallied(self.world))
        self.tally.most_steps = (self.steps, self.several.seed)
