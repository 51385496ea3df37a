"""One schedule played to its end: people press, desks die, time passes, and what must hold is held against it."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.customer import CustomerId
from bot.domain.draft import Draft, Filled, Typed
from bot.domain.errors import DeskError
from bot.domain.lookup import LookUp
from bot.domain.person import Actor
from bot.domain.policy import Policy
from bot.domain.redemption import Redemption, State
from bot.sandbox.engine import capillary
from bot.sandbox.engine.coupons import DESK
from bot.sandbox.engine.customers import RefusedError
from bot.sandbox.engine.exchange import Quirks
from bot.views import redeem as form_view
from tests.simulation.desks import ASKING, DISPLAY, MANAGERS, POLICY, SENIOR, Desk, Moods, Place, Set
from tests.simulation.happenings import Happenings, Phase, When
from tests.simulation.invariants import World, check, watch
from tests.simulation.ledger import A_LITTLE_S, Ledger, utc_now
from tests.simulation.schedules import (
    LAKH,
    LATE,
    MOODS,
    POST_FAULTS,
    PROVED,
    READ_FAULTS,
    Act,
    Approval,
    Grows,
    Kind,
    Schedule,
    TillAt,
    code_of,
)
from tests.simulation.tally import Tally

#: Engine calls that one redemption may make from the confirmation to its end, where no read fails.
MOST_CALLS = 8
#: Calls that one look may make, where no read fails.
MOST_LOOK_CALLS = 6
#: After so many waits something never ends.
MOST_STEPS = 60
#: After so many rounds of asking nobody asks any more.
MOST_ROUNDS = 4
#: By which a coupon grows that is asked for again.
GROWTH = 100.0


class Failed(Exception):
    """A schedule in which something did not hold."""


async def play(place: Place, schedule: Schedule) -> Tally:
    """To its end. Raises Failed with the schedule and what did not hold."""
    run = await Run.begun(place, schedule)
    run.open_desks()
    try:
        async with asyncio.timeout(60):
            await run.story()
        run.check()
        run.count()
    except (AssertionError, TimeoutError, DeskError) as err:
        raise Failed(f"{schedule}\ndied: {run.happenings.died_at}\n{type(err).__name__}: {err}") from err
    finally:
        await run.end()
    return run.tally


class Run:
    def __init__(self, place: Place, schedule: Schedule, url: str) -> None:
        self.place, self.schedule = place, schedule
        self.ahead_s = 0.0
        self.set = Set(
            url=url,
            window_s=schedule.window_s,
            till=DESK.code if schedule.till_known else None,
            policy=self._policy(),
            now=self.now,
            call_s=place.call_s,
        )
        self.world = self._world()
        self.world.asks = schedule.approval is not None
        deaths = [*schedule.deaths, *(schedule.approval.deaths if schedule.approval else ())]
        self.happenings = Happenings(deaths=deaths, cuts=list(schedule.cuts), heard=self.world.hears)
        self.rights, self.released = Moods(), asyncio.Event()
        self.tally = Tally(seeds=[schedule.seed])
        self.desks: list[Desk] = []
        self.draft: Draft | None = None
        self.window: str | None = None
        self.steps, self.most_steps = 0, MOST_STEPS
        self.calls: list[str] = []
        self.spends = 0

    @classmethod
    async def begun(cls, place: Place, schedule: Schedule) -> Self:
        run = cls(place, schedule, await place.database(postgres=schedule.postgres))
        place.minute_passes()
        place.engine_ahead_s[0] = 0.0
        place.engine.calls.clear()
        place.engine.faults.clear()
        place.slack.heal()
        place.slack.faults.clear()
        place.engine.customers.hidden.clear()
        quirks = Quirks(redemption_id=schedule.id_told)
        for name in Quirks.__slots__:
            setattr(place.engine.quirks, name, getattr(quirks, name))
        watch(run.world)
        run._issue()
        return run

    def open_desks(self) -> None:
        self.desks = [self._desk() for _ in range(self.schedule.instances)]

    # What it is about.

    def _issue(self) -> None:
        kind, customers = self.schedule.kind, self.place.engine.customers
        self.customer = CustomerId(LAKH if self.schedule.lakh else "700000001")
        self.code = code_of(self.schedule)
        if not self.schedule.lakh:
            owner = customers.by_id(int(self.customer))
            assert owner is not None
            customers.add_coupon(owner, self.code)
        coupon = customers.coupon(self.code)
        assert coupon is not None
        self.coupon = coupon
        coupon.left = {Kind.SINGLE: 1, Kind.SEVERAL: 3, Kind.LAST: 2, Kind.UNLIMITED: -1}[kind]
        if kind is not Kind.SINGLE:
            customers.redeem_at_till(self.code, f"EARLIER-{self.schedule.seed}")

    def now(self) -> datetime:
        """What people see moves with the waits."""
        return utc_now() + timedelta(seconds=self.ahead_s)

    @property
    def bill_number(self) -> str:
        assert self.draft is not None
        return f"B-{self.schedule.seed}" if self.schedule.typed else self.draft.generated_number

    # Desks.

    def _desk(self) -> Desk:
        return Desk(self.place, self.set, self.rights, self.happenings)

    async def _restarted(self) -> None:
        """Another process in the place of each that died, or was told to stop."""
        for place, desk in enumerate(self.desks):
            if desk.dead or desk.leaving:
                await (desk.bury() if desk.dead else desk.leave())
                self.desks[place] = self._desk()
                self.desks[place].enter(desk.phase)

    def _policy(self) -> Policy:
        return ASKING if self.schedule.approval else POLICY

    def _world(self) -> World:
        place, ledger = self.place, Ledger.open(self.set.url)
        return World(ledger=ledger, engine=place.engine, slack=place.slack, display=DISPLAY)

    # The story.

    async def story(self) -> None:
        await self.form()
        await self.confirms()
        await self.decides()
        await self.settles()

    def check(self) -> None:
        check(self.world)

    async def form(self) -> None:
        """Opened, filled and reviewed; once more if the desk died of it."""
        for _ in range(3):
            await self.desks[0].does(self._fills(self.desks[0]))
            await self._restarted()
            if self.draft is not None:
                break
        if self.draft is not None:
            self.window = await self._opened_by(SENIOR)

    async def _fills(self, desk: Desk) -> None:
        with suppress(DeskError):
            self.draft = await self._filled(desk)

    async def _filled(self, desk: Desk) -> Draft:
        card = LookUp(customer=self.customer, asker=SENIOR.id, code=self.code)
        opened = await desk.open_form(await desk.look_ups.keep(card, why={}), -1, by=SENIOR)
        number = f"B-{self.schedule.seed}" if self.schedule.typed else None
        filled = Filled(bill=Decimal("1200.50"), bill_number=number, reason="Till offline", note="")
        reviewed = await desk.review(opened.draft.id, Typed(), filled, by=SENIOR)
        return reviewed.draft

    async def _opened_by(self, who: Actor) -> str:
        """A window that somebody presses in."""
        slack = self.place.slack
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=self.place.session)
        trigger = slack.workspace.triggers.give(who.id)
        opened = await client.views_open(trigger_id=trigger, view=form_view.working().payload())
        return str(opened["view"]["id"])

    async def confirms(self) -> None:
        if self.draft is None:
            return
        self._befall()
        self._start(Phase.CONFIRM)
        presses = [self._presses(self.desks[n % len(self.desks)]) for n in range(self.schedule.deliveries)]
        await asyncio.gather(*presses)
        if self.schedule.window_closed:
            self.place.slack.workspace.views.close_all(SENIOR.id)
        await self._stop()
        if not self.world.told:
            # Nobody has answered: whoever pressed sees Slack's own trouble, and presses again.
            await self._presses(self.desks[0])
            await self._restarted()
        self._count_calls()

    def _start(self, phase: Phase) -> None:
        for desk in self.desks:
            desk.enter(phase)
            desk.start()

    async def _stop(self) -> None:
        for desk in self.desks:
            await desk.stop_rounds()
        await self._restarted()

    def _count_calls(self) -> None:
        self.calls = [call.path for call in self.place.engine.calls if call.path != capillary.TOKEN]

    async def _presses(self, desk: Desk) -> None:
        await desk.does(self._confirmed(desk))

    async def _confirmed(self, desk: Desk) -> None:
        """As `RedeemListeners.on_confirm` does it."""
        assert self.draft is not None
        with suppress(DeskError):
            made = await desk.confirm_redemption(
                self.draft.id, self.draft.review, by=SENIOR, window=self.window
            )
            self.world.told.add(made.row.id)
            desk.spend.wake()
            if made.ours and made.row.state is State.NEW:
                self.spends += 1
                await desk.spend(made.row, by=SENIOR)

    # Somebody else approves it.

    async def decides(self) -> None:
        """As often as it is asked for; in the later rounds somebody simply approves."""
        approval = self.schedule.approval
        waiting = self._waiting()
        if approval is None or waiting is None:
            return
        self._meanwhile(approval, waiting)
        acts = approval.acts
        for _ in range(MOST_ROUNDS):
            if waiting is None or not acts:
                break
            await self._act(acts, waiting)
            acts, waiting = (Act.APPROVE,), self._waiting()
        self._count_calls()

    def _waiting(self) -> Redemption | None:
        return next((row for row in self.world.ledger.requests() if row.state is State.WAITING), None)

    def _meanwhile(self, approval: Approval, waiting: Redemption) -> None:
        self.place.minute_passes()
        if approval.reads_fail is Phase.DECIDE:
            self._reads_fail(self.schedule.reads)
        if self.schedule.till is TillAt.WAIT:
            self._till_redeems()
        if approval.grows is Grows.WAIT:
            self._grows()
        elif approval.grows is Grows.SPEND:
            self.happenings.beside["requests.move", When.AFTER] = self._grows
        requester, decider = PROVED[approval.proved]
        self.rights.next = {waiting.terms.requester: list(requester)}
        self.rights.next |= {manager.id: list(decider) for manager in MANAGERS}

    def _grows(self) -> None:
        self.coupon.value += GROWTH

    async def _act(self, acts: tuple[Act, ...], waiting: Redemption) -> None:
        pressed = []
        for number, act in enumerate(acts):
            who = SENIOR if act in {Act.APPROVE_OWN, Act.WITHDRAW} else MANAGERS[number % len(MANAGERS)]
            window = await self._opened_by(who) if act is Act.APPROVE else None
            pressed.append((act, who, window))
        self._start(Phase.DECIDE)
        await asyncio.gather(
            *(
                desk.does(self._acts(desk, act, waiting, who, window))
                for (act, who, window), desk in zip(pressed, itertools.cycle(self.desks), strict=False)
            )
        )
        await self._stop()

    async def _acts(self, desk: Desk, act: Act, shown: Redemption, who: Actor, window: str | None) -> None:
        """As `ApprovalListeners` does it."""
        with suppress(DeskError):
            if act is Act.REJECT:
                await desk.decide.reject(shown.id, shown.round, "Not today", by=who)
            elif act is Act.WITHDRAW:
                await desk.decide.withdraw(shown.id, by=who)
            else:
                self.world.approved.add((shown.id, shown.round, who.id, shown.terms.worth.amount))
                decided = await desk.decide.approve(shown.id, shown.round, "Fine", by=who, window=window)
                if decided.ours:
                    self.spends += 1
                    await desk.decide.spend_approved(decided)

    # What befalls it.

    def _befall(self) -> None:
        engine, schedule = self.place.engine, self.schedule
        engine.calls.clear()
        post = POST_FAULTS[schedule.post](self.released)
        if post is not None:
            engine.faults.add(post, path=capillary.REDEEM)
        if schedule.approval is None or schedule.approval.reads_fail is Phase.CONFIRM:
            self._reads_fail(schedule.reads)
        engine.quirks.hide_new_uses = schedule.lag
        self.world.late = schedule.lag > 0 or schedule.post == LATE
        self.rights.next = {SENIOR.id: list(MOODS[schedule.mood])}
        if schedule.slack_down:
            for method in ("chat.postMessage", "chat.update", "views.update"):
                self.place.slack.fail(method, status=503)
        if schedule.till in _BESIDE:
            self.happenings.beside[_BESIDE[schedule.till]] = self._till_redeems

    def _reads_fail(self, faults: tuple[tuple[str, str, int], ...]) -> None:
        for path, fault, times in faults:
            self.place.engine.faults.add(READ_FAULTS[fault](), path=path, times=times)

    def _till_redeems(self) -> None:
        """Nobody but us knows a number that we have made up."""
        same = self.schedule.same_bill and self.schedule.typed
        bill = self.bill_number if same else f"T-{self.schedule.seed}"
        with suppress(RefusedError):
            self.place.engine.customers.redeem_at_till(self.code, bill)

    # To the end.

    async def settles(self) -> None:
        """Time passes until nothing is due."""
        for desk in self.desks:
            desk.enter(Phase.SETTLE)
        if self.schedule.till is TillAt.LOOK:
            self._till_redeems()
        self._reads_fail(self.schedule.reads_at_looks)
        await self._until_nothing_is_due()
        if self.schedule.replay and self.draft is not None:
            await self._presses(self.desks[0])
            await self._until_nothing_is_due()

    async def _until_nothing_is_due(self) -> None:
        while True:
            await self._quiet()
            self._step()
            due_in_s = self._due_in_s()
            if due_in_s is None and self.steps > self._last_event:
                break
            if self.steps > self.most_steps:
                raise AssertionError("it never ends")
            self._passes(max(due_in_s or 0.0, 0.0) + A_LITTLE_S)

    def _due_in_s(self) -> float | None:
        ledger = self.world.ledger
        waits = (ledger.due_in_s(), ledger.attended_in_s(self.now()))
        return min((wait for wait in waits if wait is not None), default=None)

    def _passes(self, seconds: float) -> None:
        """For everybody: Slack, the engine, the ledger, and what people see."""
        self.place.minute_passes()
        self.place.engine_ahead_s[0] += seconds
        self.world.ledger.passes(seconds)
        self.ahead_s += seconds

    @property
    def _last_event(self) -> int:
        return max(self.schedule.late, self.schedule.slack_down)

    def _step(self) -> None:
        self.steps += 1
        given_up = any(row.state is State.NOT_REDEEMED for row in self.world.ledger.requests())
        if given_up or self.steps > self.schedule.late:
            # Later than the look a day later nobody would see it.
            self.released.set()
        if self.steps == self.schedule.slack_down:
            self.place.slack.heal()

    async def _quiet(self) -> None:
        # What a process left behind approved is spent by whoever finds it: no look.
        left = any(row.state is State.APPROVED for row in self.world.ledger.requests())
        before = self.place.engine.count()
        await asyncio.gather(*(desk.quiet() for desk in self.desks))
        looked = self.place.engine.count() - before
        if self.schedule.clean and not left:
            self.tally.most_look_calls = max(self.tally.most_look_calls, (looked, self.schedule.seed))
        await self._restarted()

    # What came of it.

    def count(self) -> None:
        counts, schedule = self.tally.counts, self.schedule
        counts.update(f"died: {point}" for point in self.happenings.died_at)
        counts.update(self._counted_place())
        counts[f"call: {schedule.post}"] += 1
        counts["100 000 coupons"] += schedule.lakh
        if schedule.approval is not None:
            acts = " and ".join(schedule.approval.acts) or "nobody answers"
            counts[f"asks: {acts}"] += 1
        rows = self.world.ledger.requests()
        counts.update(f"ended: {row.state}" for row in rows)
        whys = [row.outcome.stop or row.outcome.refusal for row in rows]
        counts.update(f"because: {why}" for why in whys if why)
        counts["ended: nothing written down"] += not rows
        counts["asked again"] += sum(row.round > 1 for row in rows)
        corrected = [
            moves
            for row in rows
            if ("not_redeemed", "redeemed") in (moves := self.world.ledger.moves(row.id))
        ]
        counts["corrected a day later"] += len(corrected)
        self.tally.most_steps = (self.steps, schedule.seed)
        if self.draft is not None and schedule.clean:
            # Each spend proves anew, and at most one of them sends.
            most = MOST_CALLS * self.spends
            assert len(self.calls) <= most, f"too many calls for {self.spends}: {self.calls}"
            if self.spends == (2 if schedule.approval else 1):
                self.tally.most_calls = (len(self.calls), schedule.seed)
            assert self.tally.most_look_calls[0] <= MOST_LOOK_CALLS, f"{self.tally.most_look_calls} at a look"

    def _counted_place(self) -> Counter[str]:
        """The database, and what was held against the model: `check` has found that it has every move."""
        schedule, ledger = self.schedule, self.world.ledger
        moves = sum(len(ledger.told_moves(row.id)) for row in ledger.requests())
        where = f"on {'PostgreSQL' if schedule.postgres else 'SQLite'}, {schedule.instances}"
        return Counter({where: 1, "moves in audit logs, all of the model": moves})

    async def end(self) -> None:
        """Nothing of it is left running, and nothing that hangs hangs on."""
        self.released.set()
        for desk in self.desks:
            await desk.bury()
        self.world.ledger.close()


_BESIDE: dict[TillAt | None, tuple[str, When]] = {
    TillAt.CHECK: ("engine.redeemability", When.BEFORE),
    TillAt.CALL: ("redeeming.redeem", When.BEFORE),
    TillAt.ANSWER: ("redeeming.redeem", When.AFTER),
}
