"""One redemption by hand under a random schedule of crashes and faults, from the form to the last look."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.draft import Draft, Filled, Typed
from bot.domain.errors import CouldNotVerify, Denial, DeskError, NotAllowed
from bot.domain.look_up import LookUp
from bot.domain.redemption import State
from bot.sandbox import capillary
from bot.sandbox.coupons import DESK
from bot.sandbox.customers import RefusedError
from bot.sandbox.exchange import Quirks
from bot.sandbox.faults import (
    Code,
    Drop,
    DropAfter,
    Fault,
    Hang,
    Html,
    Status,
    TooMany,
    Unauthorized,
    Unreadable,
)
from bot.views import redeem as form_view
from tests.proofs.house import (
    DISPLAY,
    SENIOR,
    Blow,
    Desk,
    Happenings,
    Moods,
    Phase,
    Place,
    Set,
    When,
)
from tests.proofs.invariants import World, check, watch
from tests.proofs.ledger import A_LITTLE_S, Ledger

#: The customer with 100 000 coupons; of every ten the first seven are open.
LAKH, LAKH_PREFIX, LAKH_OPEN = "700100000", "LK", 7
#: Engine calls that one redemption may make from the confirmation to its end, where no read fails.
MOST_CALLS = 8
#: Calls that one look may make, where no read fails.
MOST_LOOK_CALLS = 6
#: After so many waits something never ends.
MOST_STEPS = 60


class Kind(StrEnum):
    SINGLE = "single"
    SEVERAL = "several"
    LAST = "last of several"
    UNLIMITED = "unlimited"


class TillAt(StrEnum):
    """When a till redeems the same coupon."""

    CHECK = "before the check"
    CALL = "before the call"
    ANSWER = "after the call"
    LOOK = "before a look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """
    Everything that chance decides.

    Attributes:
        post: what befalls the redeem call; `late` is when a call that hung is worked on after all: so many
            waits later, or 0 at once.
        reads: faults of reads, each by its path.
        lag: reads that do not see what was redeemed.
        slack_down: waits for which Slack takes no message.

    """

    seed: int
    postgres: bool
    instances: int
    kind: Kind
    lakh: bool
    typed: bool
    till_known: bool
    window_s: float
    post: str
    late: int
    reads: tuple[tuple[str, str, int], ...]
    reads_at_looks: tuple[tuple[str, str, int], ...]
    lag: int
    id_told: bool
    deliveries: int
    replay: bool
    till: TillAt | None
    same_bill: bool
    slack_down: int
    window_closed: bool
    mood: str
    deaths: tuple[Blow, ...]
    cuts: tuple[Blow, ...]

    @property
    def clean(self) -> bool:
        """Nothing makes a call be repeated."""
        return not self.reads and not self.reads_at_looks


LATE = "no answer, worked on later"
POST_FAULTS: dict[str, Callable[[asyncio.Event], Fault | None]] = {
    "none": lambda _: None,
    "drop before commit": lambda _: Drop(),
    "commit then drop": lambda _: DropAfter(),
    "commit then no answer": lambda event: Hang(event, after=True),
    LATE: Hang,
    "unreadable": lambda _: Unreadable(),
    "500": lambda _: Status(500, "oops"),
    "502": lambda _: Status(502, "<html/>"),
    "748": lambda _: Code(748, "Redemption failed"),
    "683": lambda _: Code(683, "Redemption failed"),
    "no": lambda _: Code(713, "Coupon has expired", status=500),
    "401": lambda _: Unauthorized(),
    "429": lambda _: TooMany("1"),
    "a page": lambda _: Html(),
}
READ_FAULTS: dict[str, Callable[[], Fault]] = {
    "500": lambda: Status(500, "oops"),
    "drop": Drop,
    "unreadable": Unreadable,
    "page": Html,
    "429": lambda: TooMany(None),
    "503": lambda: Status(503, "<html/>"),
}
READS = (capillary.IS_REDEEMABLE, capillary.COUPON, capillary.HISTORY)
MOODS: dict[str, tuple[frozenset[str] | Exception, ...]] = {
    "yes": (),
    "no": (NotAllowed(Denial.GROUP),),
    "not known": (CouldNotVerify(),),
    "another group": (frozenset({"S0AGENTS"}),),
}


#: Port calls of each phase: how many a desk may make, and how often chance is to choose one of them.
POINTS: dict[Phase, tuple[tuple[str, int, int], ...]] = {
    Phase.FORM: (
        ("rights.admit", 2, 2),
        ("engine.redeemability", 2, 2),
        ("engine.coupon_record", 2, 1),
        ("drafts.keep", 3, 3),
        ("drafts.recall", 1, 1),
        ("requests.usage", 1, 1),
        ("requests.redeemed_lately", 1, 1),
    ),
    Phase.CONFIRM: (
        ("requests.get", 1, 1),
        ("drafts.recall", 1, 1),
        ("requests.make", 1, 2),
        ("rights.admit", 1, 1),
        ("engine.redeemability", 1, 1),
        ("engine.coupon_record", 1, 1),
        ("redeeming.uses", 2, 2),
        ("requests.move", 4, 8),
        ("redeeming.redeem", 1, 4),
        ("requests.due", 2, 1),
        ("outbox.take", 4, 2),
        ("outbox.delivered", 3, 3),
        ("outbox.put_back", 2, 1),
    ),
    Phase.SETTLE: (
        ("requests.due", 4, 1),
        ("requests.move", 5, 6),
        ("redeeming.uses", 4, 4),
        ("requests.get", 1, 1),
        ("outbox.take", 5, 2),
        ("outbox.delivered", 4, 4),
        ("outbox.put_back", 2, 1),
    ),
}


def drawn(seed: int) -> Schedule:
    """The schedule of this seed, the same on every machine."""
    chance = random.Random(seed)
    lakh = chance.random() < 0.1
    kind = chance.choices(list(Kind), weights=(50, 25, 15, 10))[0]
    on_postgres = chance.random() < 0.25
    post = chance.choices(list(POST_FAULTS), weights=(35, 8, 14, 7, 6, 6, 6, 3, 6, 2, 3, 2, 2, 2))[0]
    reads_a_look = 1 if kind is Kind.SINGLE else 2
    return Schedule(
        seed=seed,
        postgres=on_postgres,
        instances=chance.choice((1, 2)) if on_postgres else 1,
        kind=kind,
        lakh=lakh,
        typed=chance.random() < 0.5,
        till_known=chance.random() < 0.85,
        window_s=chance.choice((12.0, 12.0, 40.0)),
        post=post,
        late=chance.randint(0, 6) if post == LATE else 0,
        reads=_read_faults(chance, 0.12),
        reads_at_looks=_read_faults(chance, 0.3),
        # More would hide it from the look a day later, too.
        lag=0 if post == LATE else chance.choice((0, 0, 0, 0, 0, 1, 2, 3)) * reads_a_look,
        id_told=chance.random() < 0.8,
        deliveries=chance.choice((1, 1, 2, 3)),
        replay=chance.random() < 0.3,
        till=chance.choice(list(TillAt)) if chance.random() < 0.4 else None,
        same_bill=chance.random() < 0.5,
        slack_down=chance.choice((1, 2, 4)) if chance.random() < 0.25 else 0,
        window_closed=chance.random() < 0.2,
        mood=chance.choices(list(MOODS), weights=(88, 4, 4, 4))[0],
        deaths=_deaths(chance),
        cuts=_cuts(chance),
    )


def _read_faults(chance: random.Random, likely: float) -> tuple[tuple[str, str, int], ...]:
    if chance.random() >= likely:
        return ()
    return ((chance.choice(READS), chance.choice(list(READ_FAULTS)), chance.randint(1, 5)),)


def _deaths(chance: random.Random) -> tuple[Blow, ...]:
    deaths = []
    if chance.random() < 0.08:
        deaths.append(_blow(chance, Phase.FORM))
    if chance.random() < 0.65:
        deaths.append(_blow(chance, Phase.CONFIRM))
    if chance.random() < 0.35:
        deaths += [_blow(chance, Phase.SETTLE) for _ in range(chance.randint(1, 2))]
    return tuple(deaths)


def _cuts(chance: random.Random) -> tuple[Blow, ...]:
    if chance.random() >= 0.15:
        return ()
    blow = _blow(chance, chance.choice((Phase.CONFIRM, Phase.SETTLE)))
    return (blow,) if blow.point.startswith(("requests.", "outbox.", "drafts.")) else ()


def _blow(chance: random.Random, phase: Phase) -> Blow:
    point, last, _ = chance.choices(POINTS[phase], weights=[often for _, _, often in POINTS[phase]])[0]
    return Blow(phase, point, chance.randint(1, last), chance.choice(list(When)))


@dataclass(slots=True)
class Tally:
    """What was played."""

    seeds: list[int] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    #: Calls of a redemption, of a look, and waits until nothing was due; each with its seed.
    most_calls: tuple[int, int] = (0, 0)
    most_look_calls: tuple[int, int] = (0, 0)
    most_steps: tuple[int, int] = (0, 0)

    def add(self, other: Tally) -> None:
        self.seeds += other.seeds
        self.counts += other.counts
        self.most_calls = max(self.most_calls, other.most_calls)
        self.most_look_calls = max(self.most_look_calls, other.most_look_calls)
        self.most_steps = max(self.most_steps, other.most_steps)

    def told(self) -> list[str]:
        """For the end of a run: seeds, counts, and the worst case."""
        if not self.seeds:
            return []
        worst = [
            f"most calls of one redemption: {self.most_calls[0]} (seed {self.most_calls[1]})",
            f"most calls of one look: {self.most_look_calls[0]} (seed {self.most_look_calls[1]})",
            f"most waits until nothing was due: {self.most_steps[0]} (seed {self.most_steps[1]})",
        ]
        counted = [f"{count:6}  {what}" for what, count in sorted(self.counts.items()) if count]
        return [
            f"{len(self.seeds)} schedules, seeds {min(self.seeds)} to {max(self.seeds)}",
            *worst,
            *counted,
        ]

    def as_text(self) -> str:
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def from_text(cls, text: str) -> Tally:
        told = json.loads(text)
        worst = {name: tuple(told[name]) for name in ("most_calls", "most_look_calls", "most_steps")}
        return cls(seeds=told["seeds"], counts=Counter(told["counts"]), **worst)


def code_of(schedule: Schedule) -> CouponCode:
    """A coupon that no other schedule has."""
    if not schedule.lakh:
        return CouponCode(f"PROOF{schedule.seed}")
    return CouponCode(f"{LAKH_PREFIX}{schedule.seed % 10_000 * 10 + schedule.seed % LAKH_OPEN:06d}")


class Failed(Exception):
    """A schedule in which something did not hold."""


async def play(place: Place, schedule: Schedule) -> Tally:
    """To its end. Raises Failed with the schedule and what did not hold."""
    run = await _Run.begun(place, schedule)
    try:
        async with asyncio.timeout(60):
            await run.form()
            await run.confirms()
            await run.settles()
        check(run.world)
        run.count()
    except (AssertionError, TimeoutError, DeskError) as err:
        raise Failed(f"{schedule}\ndied: {run.happenings.died_at}\n{type(err).__name__}: {err}") from err
    finally:
        await run.end()
    return run.tally


class _Run:
    def __init__(self, place: Place, schedule: Schedule, url: str) -> None:
        self.place, self.schedule = place, schedule
        self.set = Set(url=url, window_s=schedule.window_s, till=DESK.code if schedule.till_known else None)
        self.world = World(ledger=Ledger.open(url), engine=place.engine, slack=place.slack, display=DISPLAY)
        self.happenings = Happenings(deaths=list(schedule.deaths), cuts=list(schedule.cuts))
        self.rights, self.released = Moods(), asyncio.Event()
        self.tally = Tally(seeds=[schedule.seed])
        self.desks: list[Desk] = []
        self.draft: Draft | None = None
        self.window: str | None = None
        self.steps = 0
        self.calls: list[str] = []
        self.spends = 0

    @classmethod
    async def begun(cls, place: Place, schedule: Schedule) -> _Run:
        run = cls(place, schedule, await place.database(postgres=schedule.postgres))
        place.minute_passes()
        place.engine.calls.clear()
        place.engine.faults.clear()
        place.slack.heal()
        place.slack.faults.clear()
        place.engine.customers._hidden.clear()
        quirks = Quirks(redemption_id=schedule.id_told)
        for name in Quirks.__slots__:
            setattr(place.engine.quirks, name, getattr(quirks, name))
        watch(run.world)
        run._issue()
        run.desks = [run._desk() for _ in range(schedule.instances)]
        return run

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

    @property
    def bill_number(self) -> str:
        assert self.draft is not None
        return f"B-{self.schedule.seed}" if self.schedule.typed else self.draft.generated_number

    # Desks.

    def _desk(self) -> Desk:
        return Desk(self.place, self.set, self.rights, self.happenings)

    async def _restarted(self) -> None:
        """Another process in the place of each that died."""
        for place, desk in enumerate(self.desks):
            if desk.dead:
                await desk.bury()
                self.desks[place] = self._desk()
                self.desks[place].enter(desk.phase)

    # The story.

    async def form(self) -> None:
        """Opened, filled and reviewed; once more if the desk died of it."""
        for _ in range(3):
            await self.desks[0].does(self._fills(self.desks[0]))
            await self._restarted()
            if self.draft is not None:
                break
        if self.draft is not None:
            await self._opens_window()

    async def _fills(self, desk: Desk) -> None:
        with suppress(DeskError):
            self.draft = await self._filled(desk)

    async def _filled(self, desk: Desk) -> Draft:
        card = LookUp(customer=self.customer, asker=SENIOR.id, code=self.code)
        opened = await desk.open_form(await desk.look_ups.remember(card), -1, by=SENIOR)
        number = f"B-{self.schedule.seed}" if self.schedule.typed else None
        filled = Filled(bill=Decimal("1200.50"), bill_number=number, reason="Till offline", note="")
        reviewed = await desk.review(opened.draft.id, Typed(), filled, by=SENIOR)
        return reviewed.draft

    async def _opens_window(self) -> None:
        """The window that the confirmation is pressed in."""
        slack = self.place.slack
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=self.place.session)
        trigger = slack.workspace.triggers.give(SENIOR.id)
        opened = await client.views_open(trigger_id=trigger, view=form_view.working().payload())
        self.window = str(opened["view"]["id"])

    async def confirms(self) -> None:
        if self.draft is None:
            return
        self._befall()
        for desk in self.desks:
            desk.enter(Phase.CONFIRM)
            desk.start()
        presses = [self._presses(self.desks[n % len(self.desks)]) for n in range(self.schedule.deliveries)]
        await asyncio.gather(*presses)
        if self.schedule.window_closed:
            self.place.slack.workspace.views.close_all(SENIOR.id)
        for desk in self.desks:
            await desk.stop_rounds()
        await self._restarted()
        if not self.world.told:
            # Nobody has answered: whoever pressed sees Slack's own trouble, and presses again.
            await self._presses(self.desks[0])
            await self._restarted()
        self.calls = [call.path for call in self.place.engine.calls if call.path != capillary.TOKEN]

    async def _presses(self, desk: Desk) -> None:
        await desk.does(self._confirmed(desk))

    async def _confirmed(self, desk: Desk) -> None:
        """As `RedeemListeners.on_confirm` does it."""
        assert self.draft is not None
        with suppress(DeskError):
            row, ours = await desk.write_down(self.draft.id, self.draft.review, by=SENIOR, window=self.window)
            self.world.told.add(row.id)
            desk.spend.wake()
            if ours and row.state is State.NEW:
                self.spends += 1
                await desk.spend(row, by=SENIOR)

    # What befalls it.

    def _befall(self) -> None:
        engine, schedule = self.place.engine, self.schedule
        engine.calls.clear()
        post = POST_FAULTS[schedule.post](self.released)
        if post is not None:
            engine.faults.add(post, path=capillary.REDEEM)
        self._reads_fail(schedule.reads)
        engine.quirks.hide_new_uses = schedule.lag
        self.world.late = schedule.lag > 0 or schedule.post == LATE
        self.rights.next = list(MOODS[schedule.mood])
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
            due_in_s = self.world.ledger.due_in_s()
            if due_in_s is None and self.steps > self._last_event:
                break
            if self.steps > MOST_STEPS:
                raise AssertionError("it never ends")
            self.place.minute_passes()
            self.world.ledger.passes(max(due_in_s or 0.0, 0.0) + A_LITTLE_S)

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
        before = self.place.engine.count()
        await asyncio.gather(*(desk.quiet() for desk in self.desks))
        looked = self.place.engine.count() - before
        if self.schedule.clean:
            self.tally.most_look_calls = max(self.tally.most_look_calls, (looked, self.schedule.seed))
        await self._restarted()

    # What came of it.

    def count(self) -> None:
        counts, schedule = self.tally.counts, self.schedule
        counts.update(f"died: {point}" for point in self.happenings.died_at)
        counts[f"on {'PostgreSQL' if schedule.postgres else 'SQLite'}, {schedule.instances}"] += 1
        counts[f"call: {schedule.post}"] += 1
        counts["100 000 coupons"] += schedule.lakh
        rows = self.world.ledger.requests()
        counts.update(f"ended: {row.state}" for row in rows)
        whys = [row.outcome.stop or row.outcome.refusal for row in rows]
        counts.update(f"because: {why}" for why in whys if why)
        counts["ended: nothing written down"] += not rows
        corrected = [
            moves
            for row in rows
            if ("not_redeemed", "redeemed") in (moves := self.world.ledger.moves(row.id))
        ]
        counts["corrected a day later"] += len(corrected)
        self.tally.most_steps = (self.steps, schedule.seed)
        if self.draft is not None and schedule.clean:
            # Deliveries that come at the same moment each check the coupon; one of them sends.
            most = MOST_CALLS * self.spends
            assert len(self.calls) <= most, f"too many calls for {self.spends}: {self.calls}"
            if self.spends == 1:
                self.tally.most_calls = (len(self.calls), schedule.seed)
            assert self.tally.most_look_calls[0] <= MOST_LOOK_CALLS, f"{self.tally.most_look_calls} at a look"

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
