"""Whatever people, clocks and crashes do one after another: the ledger stands as a plain model says."""

from __future__ import annotations

import asyncio
import inspect
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, cast

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.due import HOLD_S
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.usage import units
from bot.domain.coupon import CouponCode
from bot.domain.errors import CouldNotVerify, NotAllowed
from bot.domain.handled import Handled
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.transitions import MOVES, OPEN
from bot.services.home_subscribers import LedgerChanges
from tests.long import some
from tests.services.stand_ins import (
    AGENTS,
    ARJUN,
    DESK_TILL,
    HEADS,
    LEELA,
    MANAGERS,
    MEERA,
    NISHA,
    OFTEN,
    ONCE,
    RAVI,
    SENIORS,
    THRICE,
    Desk,
    Facts,
    FactsEngine,
    HeldDrafts,
    Post,
    Read,
    Says,
    actor,
    ports_of,
    reviewed,
    terms,
    with_clock,
)
from tests.simulation import model
from tests.simulation.desks import opened
from tests.simulation.happenings import Died, When
from tests.simulation.ledger import Ledger
from tests.simulation.model import Asked, Model

T = TypeVar("T")

#: Tests beside each other, and steps in each of their stories.
TESTS, STEPS = 4, 40
#: One story for so many of a plain property's examples.
SHARE = 3
WORTHS = [Decimal(worth) for worth in (300, 2_000, 4_000, 12_000)]
#: In these, nothing was redeemed by us.
NEVER_REDEEMED = frozenset({State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.REFUSED, State.NOT_SENT})

#: The nth of those that it makes sense for; at RARE, of all.
RARE = 7

PEOPLE = [LEELA, ARJUN, MEERA, NISHA, RAVI]
people = st.sampled_from(PEOPLE)
codes = st.sampled_from([ONCE, THRICE, OFTEN])
which = st.integers(0, RARE)
rarely = which.map(lambda nth: nth == RARE)
#: What happens without the desk, by its method; one rule for all, so that they do not crowd out what people do.
changes = st.one_of(
    st.tuples(st.just("a_till_redeems"), codes, st.none() | which, st.sampled_from(["MG-ROAD", None])),
    st.tuples(st.just("a_coupon_changes_its_worth"), codes, st.sampled_from(WORTHS)),
    st.tuples(
        st.just("somebody_comes_or_goes"), people, st.sampled_from([AGENTS, SENIORS, MANAGERS, HEADS, None])
    ),
    st.tuples(st.just("all_are_back")),
)
#: What goes wrong in what is done next.
faults = st.one_of(
    st.tuples(
        st.just("the_engine_will_say"),
        codes,
        st.sampled_from([says for says in Says if says is not Says.YES]),
    ),
    st.tuples(st.just("the_process_will_die"), st.integers(1, 10), st.sampled_from(When)),
    st.tuples(st.just("something_cannot_be_read"), st.sampled_from(Read)),
)


@dataclass(slots=True)
class Life:
    """A process, and the call to ledger or engine that it dies of."""

    dies_at: tuple[int, When] | None = None
    calls: int = 0
    dead: bool = False

    def lives(self, when: When) -> None:
        self.calls += when is When.BEFORE
        if self.dead or self.dies_at == (self.calls, when):
            self.dead = True
            raise Died


class Mortal:
    """Any port of a process that may die before or after one of its calls."""

    def __init__(
        self, inner: Any, life: Life, run: Callable[[Coroutine[Any, Any, Any]], Any] | None = None
    ) -> None:
        self._inner, self._life, self._run = inner, life, run

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def through(*given: Any, **named: Any) -> Any:
            self._life.lives(When.BEFORE)
            try:
                work = found(*given, **named)
                return await work if self._run is None else self._run(work)
            finally:
                if not self._life.dead:
                    self._life.lives(When.AFTER)

        return through


class OneByOne:
    """A ledger that gives out one request at a time, where the test says so: two of one round would meet."""

    def __init__(self, inner: LedgerRequests) -> None:
        self._inner = inner
        self.alone = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def due(self, at_most: int) -> Sequence[Redemption]:
        return await self._inner.due(1 if self.alone else at_most)

    async def attendable(self, now: datetime, at_most: int) -> Sequence[Redemption]:
        return [] if self.alone else await self._inner.attendable(now, at_most)


class Aside:
    """A loop for the ledger alone: a call to it is over before anything else goes on, so a story can be told again."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Story(RuleBasedStateMachine):
    """
    One ledger, one desk after another, and the model beside them.

    Each rule asks the model what must follow, does it, and holds the ledger against the model. Whoever
    dies on the way leaves every request somewhere on the path that it was to go, and nowhere else.
    """

    empty: Path
    ended: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{shutil.copy(self.empty, self.folder.name)}"
        self.facts = Facts()
        self.model = Model(self.facts)
        self.runner, self.aside = asyncio.Runner(), Aside()
        self.database = opened(url)
        with_clock(self.database, lambda: self.facts.database_now)
        self.ledger = Ledger.open(url)
        self.drafts = HeldDrafts()
        self.posts_seen = 0
        #: Who approved which round of which request as somebody who may, for which worth and bill.
        self.approvals: dict[tuple[RequestId, int], tuple[PersonId, Decimal]] = {}
        self.before = {code: coupon.worth for code, coupon in self.facts.coupons.items()}
        self.starts()

    def starts(self) -> None:
        """A composition root; nothing is left of the one before it."""
        self.life = Life()
        changes = LedgerChanges()
        self.requests = OneByOne(LedgerRequests(self.database, changes.request))
        requests = Mortal(self.requests, self.life, self.aside)
        engine = Mortal(FactsEngine(self.facts), self.life)
        ports = ports_of(
            self.facts,
            cast("Any", requests),
            self.drafts,
            engine=cast("Any", engine),
            attempts=cast("Any", Mortal(LedgerAttempts(self.database), self.life, self.aside)),
            changes=changes,
        )
        self.desk = Desk(self.facts, ports)

    def teardown(self) -> None:
        self.ended.update(f"{one.state} {one.why}" for one in self.model.asked.values())
        self.runner.close()
        self.aside(self.database.close())
        self.aside.close()
        self.ledger.close()
        self.folder.cleanup()

    # One step: what must follow, and whether it did.

    def does(
        self, work: Coroutine[Any, Any, Any], follows: dict[RequestId, model.Path]
    ) -> BaseException | None:
        """What it was denied with; the ledger stands as the model says, or the process died on the way."""
        denied, self.life.calls = None, 0
        try:
            self.runner.run(_to_the_end(work))
        except (NotAllowed, CouldNotVerify) as err:
            denied = err
        except Died:
            pass
        for request_id, path in follows.items():
            self.went(request_id, path)
        self.stands()
        self.sent_rightly()
        self.what_must_hold_holds()
        if self.life.dead:
            # What it had leased is due again when the leases end.
            self.facts.database_now += timedelta(seconds=HOLD_S)
            self.starts()
        self.life.dies_at = None
        self.facts.unreadable.clear()
        return denied

    def went(self, request_id: RequestId, path: model.Path) -> None:
        """The model goes as far on this path as the ledger has come: to its end, unless the process died."""
        known = self.model.asked.get(request_id)
        start = known.moves if known else 0
        row = self.ledger.request(request_id)
        reached = (row.version if row else 0) - start
        assert 0 <= reached <= len(path), f"{reached} moves instead of {[one.state for one in path]}"
        assert self.life.dead or reached == len(path), (
            f"{reached} moves of {[one.state for one in path]}: {row}"
        )
        if reached:
            self.model.asked[request_id] = path[reached - 1]

    def stands(self) -> None:
        held = {
            row.id: model.as_held(row, stored.day, CouponCode(row.terms.code), self.ledger.alarms(row.id))
            for row, stored in zip(self.ledger.requests(), self.ledger.stored(), strict=True)
        }
        assert held == self.model.asked
        assert self.ledger.claims() == self.model.claims()

    def sent_rightly(self) -> None:
        """What was sent in this step: the facts are still those of that moment."""
        for post in self.facts.posts[self.posts_seen :]:
            one = self._request(post)
            worth = self.facts.coupons[one.code].worth
            needed = self.model.rule(one.who, worth)
            assert self.facts.allowed(one.who, frozenset({AGENTS}))
            assert one.worth == worth
            if needed.approvals:
                by, approved_worth = self.approvals[one.id, one.round]
                assert by != one.who
                assert self.facts.allowed(by, needed.approvers)
                assert approved_worth == worth
        self.posts_seen = len(self.facts.posts)

    def _request(self, post: Post) -> Asked:
        (one,) = (one for one in self.model.asked.values() if one.number == post.order.bill_number)
        return one

    def picked(self, back: int) -> Asked:
        """Mostly one that is under way: what has ended moves no more, and one press on it is like another."""
        asked = list(self.model.asked.values())
        under_way = [one for one in asked if one.state in OPEN]
        among = under_way if under_way and back < RARE else asked
        return among[-1 - back % len(among)]

    def coupon(self, nth: int) -> CouponCode:
        """Mostly one that somebody can ask for."""
        among = self.free() if nth < RARE else list(self.facts.coupons)
        return among[nth % len(among)]

    def decider(self, one: Asked, nth: int) -> PersonId:
        """Mostly one who may."""
        able = [person for person in PEOPLE if self.model.may_decide(one, person)]
        among = able if able and nth < RARE else PEOPLE
        return among[nth % len(among)]

    def free(self) -> list[CouponCode]:
        """Coupons that can be redeemed, and that no request is open for."""
        taken = {one.code for one in self.model.asked.values() if one.state in OPEN}
        return [code for code, coupon in self.facts.coupons.items() if code not in taken and coupon.left != 0]

    # What people do.

    @precondition(lambda self: self.free())
    @rule(
        who=st.sampled_from([NISHA, MEERA]),
        nth=st.integers(0, 9),
        stale=st.integers(0, 4).map(lambda n: n == 4),
    )
    def somebody_asks(self, who: PersonId, nth: int, *, stale: bool) -> None:
        """`stale`: what it was worth before it changed is what they were shown and confirm."""
        code = self.coupon(nth)
        number = f"CD-{len(self.model.asked) + 1}"
        request_id = RequestId(f"request {len(self.model.asked) + 1}")
        worth = self.before[code] if stale else self.facts.coupons[code].worth
        asked_by = self.model.rule(who, worth)
        draft = reviewed(request_id, terms(who, code, worth, asked_by, bill_number=number))
        self.runner.run(self.drafts.keep(draft))
        path = self.model.asks(request_id, who, code, worth, number, asked_by)

        assert self.does(self._confirms(request_id, who), {request_id: path, **self.model.beside}) is None

    async def _confirms(self, request_id: RequestId, by: PersonId) -> None:
        made = await self.desk.confirm_redemption(request_id, 1, by=actor(by), window=None)
        if made.ours and made.row.state is State.NEW:
            await self.desk.spend(made.row, by=actor(by))

    @precondition(lambda self: self.model.asked)
    @rule(back=which, by=people)
    def redeem_now_arrives_again(self, back: int, by: PersonId) -> None:
        """A retry of Slack's, a second click, or somebody who has got hold of the id."""
        one = self.picked(back)

        denied = self.does(self._confirms(one.id, by), {})

        assert (denied is not None) == (by != one.who) or self.life.calls == 0

    @precondition(lambda self: self.model.asked)
    @rule(back=which, nth=which, older=rarely, meanwhile=st.lists(changes, max_size=2), left=rarely)
    def somebody_approves(
        self, back: int, nth: int, meanwhile: list[tuple[Any, ...]], *, older: bool, left: bool
    ) -> None:
        """
        What was approved is spent by the process of the press, unless it is `left` to the sweeper.

        `older`: what they were shown is of an earlier round; `meanwhile`: before it is spent.
        """
        one = self.picked(back)
        by, shown = self.decider(one, nth), one.round - older
        path = self.model.decides(one, by, shown, approves=True)
        if path and path[0].state is State.APPROVED:
            self.approvals[one.id, one.round] = (by, one.worth)
        taken: list[Handled[Redemption]] = []

        async def approves() -> None:
            decide = self.desk.decide
            taken.append(await decide.approve(one.id, shown, "Fine", by=actor(by), window=None))

        self._decides(one, by, approves(), path)
        self.the_world_changes(meanwhile)
        if taken and taken[0].ours and not left:
            spends = self.model.spends(self.model.asked[one.id])
            self.does(self.desk.decide.spend_approved(taken[0]), {one.id: spends, **self.model.beside})

    @precondition(lambda self: self.model.asked)
    @rule(back=which, by=people, older=rarely)
    def somebody_rejects(self, back: int, by: PersonId, *, older: bool) -> None:
        one = self.picked(back)
        shown = one.round - older
        rejects = self.desk.decide.reject(one.id, shown, "Not today", by=actor(by))
        self._decides(one, by, rejects, self.model.decides(one, by, shown, approves=False))

    def _decides(self, one: Asked, by: PersonId, work: Coroutine[Any, Any, Any], path: model.Path) -> None:
        may, mortal = self.model.may_decide(one, by), self.life.dies_at

        denied = self.does(work, {one.id: path})

        assert (denied is None) == may or mortal

    @precondition(lambda self: self.model.asked)
    @rule(back=which, by=people)
    def somebody_withdraws(self, back: int, by: PersonId) -> None:
        one, mortal = self.picked(back), self.life.dies_at
        path = self.model.withdraws(one, by)

        denied = self.does(self.desk.decide.withdraw(one.id, by=actor(by)), {one.id: path})

        may = by == one.who and by not in self.facts.deactivated
        assert (denied is None) == may or mortal

    @precondition(lambda self: any(one.state is State.UNKNOWN for one in self.model.asked.values()))
    @rule(by=people, redeemed=st.booleans())
    def somebody_closes_an_unknown_outcome(self, by: PersonId, *, redeemed: bool) -> None:
        one = next(one for one in self.model.asked.values() if one.state is State.UNKNOWN)
        path = self.model.closes(one, by, redeemed=redeemed)
        may, mortal = self.model.may_close(one, by), self.life.dies_at
        row = self.ledger.request(one.id)
        assert row is not None
        closes = self.desk.close(
            one.id, row.outcome.found, redeemed=redeemed, note="Seen in the console", by=actor(by)
        )

        denied = self.does(closes, {one.id: path})

        assert (denied is None) == may or mortal

    # What time does.

    @rule(
        desk=st.sampled_from([0] * 6 + [16, 50, 241, 24 * 60]),
        database=st.sampled_from([0, 5, 16, 46, 61, 601, 901, 86_401]),
        kept=st.sampled_from([True, True, False]),
    )
    def time_passes(self, desk: int, database: int, *, kept: bool) -> None:
        """So many minutes by the desk's clock, so many seconds by the database's; then the sweeper may look."""
        self.facts.now += timedelta(minutes=desk)
        self.facts.database_now += timedelta(seconds=database)
        if kept:
            self.requests.alone = self.model.race()
            self.does(self.desk.keep(), self.model.keeps(alone=self.requests.alone))

    # What the world does.

    @rule(happens=st.lists(changes, min_size=1, max_size=3))
    def the_world_changes(self, happens: list[tuple[Any, ...]]) -> None:
        for what, *given in happens:
            getattr(self, what)(*given)

    @rule(happens=st.lists(faults, min_size=1, max_size=3))
    def something_will_go_wrong(self, happens: list[tuple[Any, ...]]) -> None:
        self.the_world_changes(happens)

    def a_till_redeems(self, code: CouponCode, back: int | None, till: str | None) -> None:
        """For another bill, or for one that a request names."""
        if self.facts.coupons[code].left != 0:
            bill = self.picked(back).number if back is not None and self.model.asked else "T-1"
            self.facts.use(code, bill=bill, till=till)

    def a_coupon_changes_its_worth(self, code: CouponCode, worth: Decimal) -> None:
        coupon = self.facts.coupons[code]
        self.before[code], coupon.worth = coupon.worth, worth

    def somebody_comes_or_goes(self, person: PersonId, group: str | None) -> None:
        """`group`: that they join or leave; None: their account is deactivated. Whoever did so before is back."""
        usual = Facts()
        self.facts.groups, self.facts.deactivated = usual.groups, usual.deactivated
        (self.facts.deactivated if group is None else self.facts.groups[group]).symmetric_difference_update(
            {person}
        )

    def all_are_back(self) -> None:
        usual = Facts()
        self.facts.groups, self.facts.deactivated = usual.groups, usual.deactivated

    def something_cannot_be_read(self, what: Read) -> None:
        """By what is done next."""
        self.facts.unreadable.add(what)

    def the_engine_will_say(self, code: CouponCode, says: Says) -> None:
        self.facts.next_answer[code] = says

    def the_process_will_die(self, number: int, when: When) -> None:
        """Of so many calls to ledger or engine in what it does next; if there are so many."""
        self.life.dies_at = (number, when)

    # What must hold at any time, whatever the model says.

    @invariant()
    def no_request_is_sent_twice(self) -> None:
        assert max(Counter(post.order.bill_number for post in self.facts.posts).values(), default=0) <= 1

    def what_must_hold_holds(self) -> None:
        rows = self.ledger.requests()
        redeemed = {
            use.bill for coupon in self.facts.coupons.values() for use in coupon.uses if use.till == DESK_TILL
        }
        open_ones = [row.terms.code for row in rows if row.state in OPEN]
        assert len(open_ones) == len(set(open_ones))
        for row in rows:
            wrong = row.state in NEVER_REDEEMED and row.terms.bill_number in redeemed
            assert not wrong or row.due_at is not None or self.ledger.alarms(row.id)
            self._decided_by_another(row)
            self._moved_as_told(row, self.ledger.moves(row.id))
        self._limits_are_what_requests_hold()

    def _decided_by_another(self, row: Redemption) -> None:
        if row.state is State.REJECTED or (row.state is State.APPROVED and row.terms.approvals):
            assert row.decided is not None
            assert row.decided.by != row.terms.requester
            assert row.decided.at <= self.facts.now

    def _moved_as_told(self, row: Redemption, moves: list[tuple[str | None, str | None]]) -> None:
        """The audit log tells every move, each is one of those there are, and the version counts them."""
        assert len(moves) == row.version
        assert moves[0][0] is None
        assert moves[-1][1] == row.state
        for (_, left), (from_, to) in pairwise(moves):
            assert from_ == left
            assert from_ == to or State(str(to)) in MOVES[State(str(from_))]

    def _limits_are_what_requests_hold(self) -> None:
        days = {(one.who, one.day) for one in self.model.asked.values()}
        held = {day: self.model.held(*day) for day in days}
        used = {day: taken for day, taken in self.ledger.usage().items() if taken != (0, 0)}
        assert {day: (count, units(value)) for day, (count, value) in held.items() if count} == used


async def _to_the_end(work: Coroutine[Any, Any, Any]) -> None:
    """What it has started ends with it, also when it dies."""
    try:
        await work
    finally:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)


@pytest.mark.parametrize("part", some(range(TESTS), 0))
def test_the_ledger_stands_as_the_model_says(ledger_file: Path, part: int) -> None:
    machine = type("Story", (Story,), {"empty": ledger_file, "ended": Counter()})
    profile = hypothesis.settings.default
    assert profile is not None
    if profile.derandomize:
        # Else every part would tell the same stories.
        machine = hypothesis.seed(part)(machine)
    settings = hypothesis.settings(
        max_examples=profile.max_examples // SHARE,
        stateful_step_count=STEPS,
        # A story is not made shorter: that takes minutes, and each of its steps says what it is.
        phases=set(hypothesis.Phase) - {hypothesis.Phase.shrink, hypothesis.Phase.explain},
    )
    run_state_machine_as_test(machine, settings=settings)
