"""What must hold of every request, whatever happened on its way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from bot.adapters.ledger.usage import units
from bot.domain.handled import Handled
from bot.domain.messages import KINDS, MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, Settled, State
from bot.domain.transitions import MOVES, OPEN
from bot.sandbox.engine.capillary import REDEEM, SandboxEngine
from bot.sandbox.engine.coupons import DESK
from bot.sandbox.engine.coupons import SandboxRedemption as Booked
from bot.sandbox.slack.methods import Methods
from bot.sandbox.slack.server import SandboxSlack
from bot.views.messages import drawn_message, drawn_window
from bot.views.states import STATE_WORDS
from bot.views.text import Display
from tests.simulation.conformance import conformance_faults
from tests.simulation.ledger import Ledger

#: States that hold their share of the day's limits.
HOLDING = OPEN | {State.REDEEMED}
#: What nobody may be kept waiting in.
UNDER_WAY = OPEN - {State.UNKNOWN}
NEVER_SENT = frozenset({State.EXPIRED, State.REJECTED, State.WITHDRAWN})
SHOWN = frozenset({"chat.postMessage", "chat.update", "views.open", "views.push", "views.update"})
_HEAD = re.compile(r"\*([A-Z][^*\n]*)\*")
NOTHING_SENT = re.compile(r"Nothing was sent")
_TIMES = re.compile(r"Unknown since .+?\. |(?<=by this request) up to [^.]+?(?=\.)")
#: What stands beside a message that shows the state.
_POINTER = re.compile(r"\*(Reminder|Asked again)\*")
_WITHOUT_REDEMPTION = "Not redeemed"


#: Spellings of the customers' mobiles and e-mails.
PERSONAL = frozenset({"9845012345", "98450 12345", "9845100000", "asha.menon", "example.com"})


def secrets_of(engine: SandboxEngine, slack: SandboxSlack, codes: Iterable[str]) -> set[str]:
    """What no log may tell: people, coupons, and whatever opens a door."""
    return {
        *PERSONAL,
        *codes,
        slack.bot_token,
        slack.signing_secret,
        engine.secret,
        *engine._tokens,
        *slack.workspace.urls._given,
        *slack.workspace.triggers._given,
    }


def leaked(text: str, secrets: Iterable[str]) -> list[str]:
    spelt = text.casefold()
    return sorted(secret for secret in secrets if secret.casefold() in spelt)


@dataclass(slots=True)
class World:
    """
    Ledger, engine and Slack side by side.

    Attributes:
        told: requests that somebody was shown as recorded.
        late: the engine shows a redemption so late, or works on it so late, that "not redeemed" may be
            said before, to be corrected by the look a day later.
        asks: whether the rule asks for an approval.
        approved: what somebody has approved: of which request, in which round, who, and its worth.
        wrong: what was shown or done, and was not so.
        acknowledged: the latest version of each request that the database has acknowledged to a desk.
        lost: requests of which the database has forgotten something, as it may.

    """

    ledger: Ledger
    engine: SandboxEngine
    slack: SandboxSlack
    display: Display
    told: set[RequestId] = field(default_factory=set)
    late: bool = False
    asks: bool = False
    approved: set[tuple[RequestId, int, PersonId, Decimal]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    acknowledged: dict[RequestId, int] = field(default_factory=dict)
    lost: set[RequestId] = field(default_factory=set)

    def hears(self, point: str, found: Any) -> None:
        """What a port call has returned."""
        if point in {"requests.make", "requests.move"}:
            row = found.row if isinstance(found, Handled) else found
            self.acknowledged[row.id] = max(row.version, self.acknowledged.get(row.id, 0))

    def posts(self, row: Redemption) -> int:
        """Redeem calls that arrived; bill numbers are never used twice in a run."""
        sent = [call.body for call in self.engine.calls if call.path == REDEEM]
        return sum(body["transactionNumber"] == row.terms.bill_number for body in sent)

    def booked(self, row: Redemption, *, anywhere: bool = False) -> list[Booked]:
        """What the engine holds of this bill: on the desk's own till, or on any."""
        coupon = self.engine.customers.coupon(row.terms.code)
        uses = coupon.redemptions if coupon is not None else []
        ours = [use for use in uses if use.bill == row.terms.bill_number]
        return [use for use in ours if anywhere or use.till.code == DESK.code]

    # Nothing is shown that is not so.

    def shown(self, method: str, args: Mapping[str, Any]) -> None:
        """Hold what Slack was just given against the ledger and the engine as they are now; reminders name no state."""
        text = _words(args)
        if _POINTER.match(text):
            return
        for row in self.ledger.requests():
            if row.reference in text:
                self.wrong += [f"{method}: {fault}: {text}" for fault in self._faults(row, text)]

    def _faults(self, row: Redemption, text: str) -> list[str]:
        word, ours = head_of(text), self.booked(row)
        if word is None:
            return ["no state word at the head"]
        held = {STATE_WORDS[State(to)] for _, to in self.ledger.moves(row.id) if to}
        faults = [] if word in held else [f"the ledger never held {word}"]
        if word == STATE_WORDS[State.REDEEMED] and not _may_be_called_redeemed(self, row):
            faults.append("the engine holds no redemption")
        if word == _WITHOUT_REDEMPTION and ours and not (self.late and row.state in _CORRECTED):
            faults.append("the engine holds a redemption")
        if NOTHING_SENT.search(text) and self.posts(row):
            faults.append("it was sent")
        return faults


def head_of(text: str) -> str | None:
    """The state word at the head of what was shown."""
    head = _HEAD.search(text)
    return head[1] if head is not None and head[1] in STATE_WORDS.values() else None


_CORRECTED = frozenset({State.NOT_REDEEMED, State.REDEEMED})


def _may_be_called_redeemed(world: World, row: Redemption) -> bool:
    """Without a till of our own, the records only show that it was redeemed once for this bill."""
    if len(world.booked(row)) == 1:
        return True
    if row.intent is None or row.intent.till is not None:
        return False
    new = [use for use in world.booked(row, anywhere=True) if str(use.id) not in row.intent.before]
    return len(new) == 1


@dataclass(frozen=True, slots=True)
class Watched:
    """Slack's methods, with somebody who reads what is shown when it is shown."""

    methods: Methods
    world: World

    def known(self, name: str) -> bool:
        return self.methods.known(name)

    def needed_scope(self, name: str, args: Mapping[str, Any]) -> str | None:
        return self.methods.needed_scope(name, args)

    def call(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.methods.call(name, args)
        if name in SHOWN:
            self.world.shown(name, args)
        return answer


def watch(world: World) -> None:
    """From now on, everything that Slack is given is held against the world."""
    api = world.slack._web_api
    inner = api._methods.methods if isinstance(api._methods, Watched) else api._methods
    api._methods = Watched(inner, world)  # type: ignore[assignment]


def _words(shown: Any) -> str:
    """Every text in it, in order."""
    if isinstance(shown, str):
        return shown
    if isinstance(shown, Mapping):
        return "\n".join(_words(part) for key, part in shown.items() if key in _WITH_WORDS)
    return "\n".join(_words(part) for part in shown) if isinstance(shown, list) else ""


_WITH_WORDS = frozenset({"text", "blocks", "view", "elements", "fields"})


def check(world: World) -> None:
    """At the end, when nothing is due any more."""
    rows = world.ledger.requests()
    faults = [*world.wrong, *kept_faults(world, rows)]
    for row in rows:
        faults += [f"{row.id} ({row.state}): {fault}" for fault in _request_faults(world, row)]
    faults += limit_faults(world.ledger)
    faults += [f"Slack: {fault}" for fault in world.slack.faults]
    if faults:
        raise AssertionError("\n".join(faults))


def kept_faults(world: World, rows: Sequence[Redemption]) -> list[str]:
    """What was told, or acknowledged by the database, is there."""
    versions = {row.id: row.version for row in rows}
    faults = [f"{known}: lost" for known in world.told - versions.keys()]
    return faults + [
        f"{known}: version {version} was acknowledged, and {versions.get(known)} is there"
        for known, version in world.acknowledged.items()
        if versions.get(known, 0) < version and known not in world.lost
    ]


def _request_faults(world: World, row: Redemption) -> list[str]:
    return [
        *_sent_faults(world, row),
        *approval_faults(world, row),
        *_agreement_faults(world, row),
        *trail_faults(world, row),
        *conformance_faults(world.ledger, row),
        *message_faults(world, row),
    ]


def _sent_faults(world: World, row: Redemption) -> list[str]:
    posts = world.posts(row)
    sent = any(to == State.SENDING for _, to in world.ledger.moves(row.id))
    faults = [f"{posts} redeem calls"] if posts > 1 else []
    if posts and not sent:
        faults.append("a redeem call without a journaled intent")
    if posts and row.state in NEVER_SENT:
        faults.append("a redeem call")
    return faults


def approval_faults(world: World, row: Redemption) -> list[str]:
    """Nothing is sent without the approval that its rule asks for, of just this and by somebody else."""
    if not (world.asks or row.terms.approvals) or not world.posts(row):
        return []
    if row.decided is None or not row.decided.approved:
        return ["sent without an approval"]
    by, coupon = row.decided.by, world.engine.customers.coupon(row.terms.code)
    faults = ["approved by whoever asked"] if by == row.terms.requester else []
    if (row.id, row.round, by, row.terms.worth.amount) not in world.approved:
        faults.append("nobody has approved what was sent")
    if coupon is not None and Decimal(str(coupon.value)) != row.terms.worth.amount:
        faults.append(f"approved for {row.terms.worth.amount}, and worth {coupon.value}")
    return faults


def _agreement_faults(world: World, row: Redemption) -> list[str]:
    ours = len(world.booked(row))
    faults = [f"{ours} redemptions of ours"] if ours > 1 else []
    match row.state:
        case State.REDEEMED:
            by_evidence = row.outcome.settled is Settled.EVIDENCE
            if not (_may_be_called_redeemed(world, row) if by_evidence else ours == 1):
                faults.append("the engine holds no redemption")
        case State.UNKNOWN:
            if not row.outcome.uses:
                faults.append("unknown, and nothing for a person to judge")
        case state if state in UNDER_WAY:
            faults.append("nobody works on it any more")
        case _:
            faults += ["the engine holds a redemption"] if ours else []
    return faults


def trail_faults(world: World, row: Redemption) -> list[str]:
    """Every state follows from the one before, and the last is where it stands."""
    moves = world.ledger.moves(row.id)
    states = [to for _, to in moves]
    faults = [] if states and states[-1] == row.state else ["the audit log ends elsewhere"]
    for (_, before), (from_, to) in pairwise(moves):
        allowed = from_ == to or State(str(to)) in MOVES.get(State(str(from_)), frozenset())
        if from_ != before or not allowed:
            faults.append(f"from {before} to {to} by a move from {from_}")
    return faults


def message_faults(world: World, row: Redemption) -> list[str]:
    """The person has a direct message, and what is posted says how it stands."""
    posted = world.ledger.messages(row.id)
    faults = (
        [] if any(one.role == MessageKind.REQUESTER and not one.gone for one in posted) else ["no message"]
    )
    for one in posted:
        if not one.gone and one.drawn_version != row.version:
            faults.append(f"{one.role} message shows version {one.drawn_version} of {row.version}")
        elif not one.gone and not _shows(world, row, one):
            faults.append(f"{one.role} message does not show how it stands")
    if (read := read_by_requester(world, row)) is not None and head_of(read) != STATE_WORDS[row.state]:
        faults.append(f"it is {row.state}, and the person reads {head_of(read)}")
    return faults


def read_by_requester(world: World, row: Redemption) -> str | None:
    """The words of the person's own message in Slack; None where there is none."""
    for one in world.ledger.messages(row.id):
        if one.role == MessageKind.REQUESTER and not one.gone:
            found = world.slack.workspace.messages.find(one.channel, one.ts)
            return f"{found.text}\n{_words(found.blocks)}" if found is not None else None
    return None


def _shows(world: World, row: Redemption, posted: Any) -> bool:
    if KINDS[posted.role].is_window:
        open_view = world.slack.workspace.views.find(view_id=posted.channel)
        should_show = _words(list(drawn_window(posted.role, row, display=world.display).blocks))
        return open_view is None or _timeless(_words(open_view.blocks)) == _timeless(should_show)
    should = drawn_message(posted.role, row, display=world.display)
    found = world.slack.workspace.messages.find(posted.channel, posted.ts)
    shown = f"{found.text}\n{_words(found.blocks)}" if found else ""
    return _timeless(shown) == _timeless(f"{should.text}\n{_words(list(should.blocks))}")


def _timeless(text: str) -> str:
    """Since when an outcome is unknown, and when it ended, move with the clocks that a test moves."""
    return _TIMES.sub("", text)


def limit_faults(ledger: Ledger) -> list[str]:
    """What is used of a day is what its requests hold, no more and no less."""
    counts: Counter[Any] = Counter()
    values: Counter[Any] = Counter()
    for row, stored in zip(ledger.requests(), ledger.stored(), strict=True):
        assert row.id == stored.id
        if row.state in HOLDING:
            counts[stored.requester, stored.day] += 1
            values[stored.requester, stored.day] += units(row.terms.worth.amount)
    used = ledger.usage()
    days = {*used, *counts}
    return [
        f"limits of {day}: {used.get(day)}"
        for day in days
        if used.get(day, (0, 0)) != (counts[day], values[day])
    ]
