"""What the services need from outside, with the promises each side keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from bot.domain.answer import Answer
from bot.domain.case import Case, CaseId, Question
from bot.domain.coupon import CouponCode, CouponPage, CouponRecord, Redeemability, Use
from bot.domain.customer import Customer, CustomerId, Identifier
from bot.domain.draft import Draft
from bot.domain.history import History, HistoryQuery
from bot.domain.home import CaseLine, Concern, Page, Part, Places
from bot.domain.look_up import AnyLookUp, Filter, LookUpId
from bot.domain.person import Actor, Admission, PersonId
from bot.domain.policy import Limits, Usage
from bot.domain.promotion import Mode, PromoCode, PromotionUse
from bot.domain.redemption import (
    Asking,
    Decision,
    Intent,
    Outcome,
    Redemption,
    RequestId,
    State,
    Terms,
    Trouble,
)

T = TypeVar("T")


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, aware, UTC."""
        ...


class Spawn(Protocol):
    def __call__(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start work that goes on when nobody waits for it any more; it is ended when the desk closes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery:
    """Which page of a customer's coupons."""

    filter: Filter
    oldest_first: bool
    offset: int


class Engine(Protocol):
    """
    The loyalty engine.

    Every call is bounded in time and raises EngineError when the engine gives no usable answer.
    """

    async def coupons(self, customer: Identifier, query: PageQuery) -> CouponPage:
        """
        One page; the page's `customer` is known.

        Raises UnknownCustomer only when the engine says so, and SeveralCustomers.
        """
        ...

    async def customer_id(self, customer: Identifier) -> CustomerId:
        """Raises UnknownCustomer."""
        ...

    async def redeemability(self, customer: CustomerId, code: CouponCode) -> Redeemability:
        """Ask whether this customer may redeem this coupon now. Changes nothing."""
        ...

    async def coupon_record(self, code: CouponCode) -> CouponRecord | None:
        """Find a coupon by its code alone, whoever's it is; None when there is no such coupon."""
        ...


class HistoryEngine(Protocol):
    """The loyalty engine's records of what was redeemed; bounded and failing as `Engine` does."""

    async def history(self, customer: CustomerId, query: HistoryQuery, now: datetime) -> History:
        """The latest, or the oldest, redemptions. `now` decides what "the last 30 days" are."""
        ...

    async def promotion_uses(self, codes: tuple[PromoCode, ...], mode: Mode) -> tuple[PromotionUse, ...]:
        """Redemptions of these codes in this mode; none is an answer too."""
        ...

    async def till_name(self, till: str) -> str | None:
        """None when there is no such till, or it has no name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    One redeem call.

    Attributes:
        customer: the answer must name this one.
        named: how the call names the customer: by mobile, external id or e-mail.

    """

    customer: CustomerId
    named: Identifier
    code: CouponCode
    bill: Decimal
    bill_number: str


class RedeemEngine(Protocol):
    """The loyalty engine, as far as redeeming goes."""

    @property
    def till(self) -> str | None:
        """Code of the till that redemptions are booked on; None when the engine's own default counts."""
        ...

    async def customer(self, customer: CustomerId) -> Customer:
        """As the engine knows them by id. Raises UnknownCustomer, EngineError."""
        ...

    async def uses(
        self, customer: CustomerId, code: CouponCode, *, since: date, single: bool
    ) -> tuple[Use, ...]:
        """
        Every redemption of this coupon since that day (in the engine's zone), each with its id.

        `single`: the coupon had one use left and none behind it, so its record alone tells all.
        Raises EngineError when they cannot be read completely.
        """
        ...

    async def redeem(self, order: Order) -> Answer:
        """
        Send one redeem call on a fresh connection, never a second one; never raises for what the engine does.

        Bounded by `CAPILLARY_TIMEOUT_SECONDS` in all.
        """
        ...


class LookUps(Protocol):
    """What look-ups were, for a day."""

    async def remember(self, look_up: AnyLookUp) -> LookUpId:
        """Keep it under a new opaque id."""
        ...

    async def recall(self, look_up_id: LookUpId) -> AnyLookUp | None:
        """None when it is unknown or a day has passed."""
        ...


class Drafts(Protocol):
    """Forms that were opened, for a day."""

    async def keep(self, draft: Draft) -> None:
        """Write it, or write it anew."""
        ...

    async def recall(self, draft_id: RequestId) -> Draft | None:
        """None when it is unknown or a day has passed."""
        ...


class Role(StrEnum):
    """What a posted message is to a request. Values are stored."""

    #: The requester's own direct message.
    REQUESTER = "requester"
    #: For those who may close an unknown outcome.
    ATTENTION = "attention"
    #: The modal that the request was confirmed in; its "channel" is the view's id, and it may be closed any time.
    WINDOW = "window"
    #: For those who approve; one message, whatever becomes of the request.
    APPROVAL = "approval"
    #: In the thread of the approval message, each posted once and never redrawn.
    REMINDER = "reminder"
    AGAIN = "again"
    #: In the thread of the requester's message, posted once: a message that is redrawn notifies nobody.
    NEWS = "news"
    #: The modal that a decision was made in.
    DECIDER = "decider"
    #: About a case: for those who answer; one message, whatever becomes of it.
    CASE = "case"
    #: In its thread, posted once for each move that somebody there has to hear of.
    CASE_THREAD = "case_thread"
    #: The asker's own direct message.
    ASKER = "asker"
    #: To the asker, posted once for each answer: a message that is redrawn notifies nobody.
    ASKER_NEWS = "asker_news"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    What a move writes beside the new state; None leaves a field as it is.

    Attributes:
        begin_in_s, send_in_s, due_in_s: seconds from now, by the database's clock.
        never_due: the keeper need not look again.
        limits: what the new `terms` must keep to; the move raises Stopped where they do not.
        post: roles of messages that are to be posted, each with its channel (or the person's id).

    """

    intent: Intent | None = None
    outcome: Outcome | None = None
    terms: Terms | None = None
    decided: Decision | None = None
    round: int | None = None
    asking: Asking | None = None
    asked_at: datetime | None = None
    expires_at: datetime | None = None
    attend_at: datetime | None = None
    reminded: int | None = None
    looks: int | None = None
    begin_in_s: float | None = None
    send_in_s: float | None = None
    due_in_s: float | None = None
    never_due: bool = False
    limits: Limits | None = None
    post: tuple[tuple[Role, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """
    What was asked for from here before.

    Attributes:
        redeemed: redemptions by the same requester for the same customer.
        attempts: requests, by anybody, for the same customer and coupon.

    """

    redeemed: int
    attempts: int


class Venues(Protocol):
    """Channels, as Slack knows them."""

    async def trouble(self, channel: str) -> Trouble | None:
        """Why nothing can or may be posted there; None when nothing is known against it."""
        ...


class Requests(Protocol):
    """
    The ledger of redemptions; everything raises LedgerUnavailable.

    Each write appends an event with `why`, in the same transaction, and makes every message of the
    request due to be redrawn.
    """

    async def make(
        self,
        request_id: RequestId,
        terms: Terms,
        *,
        made_at: datetime,
        day: date,
        limits: Limits,
        begin_in_s: float,
        window: str | None = None,
    ) -> Redemption:
        """
        Write a request down as `new`, with its share of the day's limits and the requester's message to be posted.

        `window` is the id of the modal it was confirmed in, which is kept true too.

        When a limit is reached or another request for this customer and coupon is open, it is
        written down as `refused`, with the Stop that says so. A request that is known already is
        given back as it stands: nothing is written.
        """
        ...

    async def get(self, request_id: RequestId) -> Redemption | None: ...

    async def move(
        self,
        row: Redemption,
        to: State,
        change: Change = ...,
        *,
        by: PersonId | None = None,
        why: Mapping[str, Any] | None = None,
        overdue: bool = False,
    ) -> Redemption:
        """
        Move a request on, if it still stands as in `row` and its clock allows.

        By the database's clock: to `sending` only before `begin_by`; from `new` and `approved` to
        `expired` only after it; `overdue` asks for a row past `send_by`, as the keeper needs it to
        make an unclear outcome of one that somebody else is sending.
        The state may stay the same, where only facts are added.

        Raises Outrun when it does not.
        """
        ...

    async def due(self, at_most: int) -> Sequence[Redemption]:
        """What the keeper is to look at now, the longest due first."""
        ...

    async def usage(self, requester: PersonId, day: date) -> Usage: ...

    async def attendable(self, now: datetime, at_most: int) -> Sequence[Redemption]:
        """Those that wait for approval and are to be looked at by `now`, which is the desk's clock."""
        ...

    async def earlier(self, terms: Terms, *, since: datetime, but: RequestId) -> Earlier:
        """`but` leaves out the request itself."""
        ...

    async def redeemed_lately(
        self, customer: CustomerId, code: CouponCode, since: datetime
    ) -> Redemption | None:
        """The latest request for this coupon that was redeemed, made since then."""
        ...

    async def tell(
        self, what: str, *, by: PersonId, request_id: RequestId | None, why: Mapping[str, Any]
    ) -> None:
        """Append to the trail an attempt that moved nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """
    A message that is not as its request, or its case, stands.

    Attributes:
        channel: a channel's id or, before it is posted, a person's.
        ts: None while it is not known to be posted.
        attempts: how often it was tried since it last worked.

    """

    id: int
    role: Role
    channel: str
    ts: str | None
    attempts: int
    about: Redemption | Case
    #: Of the approval message or the case's, for what is posted in its thread.
    thread_ts: str | None = None


class Outbox(Protocol):
    """Messages that are to be posted or redrawn; everything raises LedgerUnavailable."""

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[Letter]:
        """Letters that are due, held from other instances for so many seconds."""
        ...

    async def delivered(self, letter: Letter, *, channel: str, ts: str) -> None:
        """Posted, or redrawn, as `letter.about` stands."""
        ...

    async def put_back(self, letter: Letter, *, again_in_s: float | None, why: str) -> None:
        """It did not work. None: it never will."""
        ...

    async def adopt(self, about: RequestId | CaseId, role: Role, *, channel: str, ts: str) -> None:
        """A copy that was pressed; one that is not known yet is redrawn from now on."""
        ...


class Questions(Protocol):
    """Forms that were opened to ask store ops, for a day."""

    async def keep(self, question: Question) -> None: ...

    async def recall(self, question_id: CaseId) -> Question | None:
        """None when it is unknown or a day has passed."""
        ...


class Cases(Protocol):
    """
    The ledger of cases; everything raises LedgerUnavailable.

    Each write appends an event with `why`, in the same transaction, and makes every message of the case
    due to be redrawn. `post` names messages to be posted, each with its channel (or the person's id).
    """

    async def make(self, case: Case, *, post: Sequence[tuple[Role, str]]) -> Case:
        """Write a case down. One that is known already is given back as it stands: nothing is written."""
        ...

    async def get(self, case_id: CaseId) -> Case | None: ...

    async def move(
        self,
        before: Case,
        after: Case,
        what: str,
        *,
        by: PersonId,
        why: Mapping[str, Any],
        post: Sequence[tuple[Role, str]] = (),
    ) -> Case:
        """Move a case on, if it still stands as in `before`; else raises Outrun."""
        ...

    async def tell(self, what: str, *, by: PersonId, case_id: CaseId | None, why: Mapping[str, Any]) -> None:
        """Append to the trail an attempt that moved nothing."""
        ...


class Permalinks(Protocol):
    async def of(self, channel: str, ts: str) -> str | None:
        """Where a message can be read by whoever may read it; None when Slack does not say."""
        ...


class Rights(Protocol):
    """Who may do what, as Slack knows people and groups."""

    async def admit(self, actor: Actor, groups: frozenset[str] | None) -> Admission:
        """
        Let through full members of the workspace who are in one of `groups`.

        None stands for every full member, an empty set for nobody. What it judges by was read
        by calls that began after this one.

        Raises NotAllowed, or CouldNotVerify when the check itself failed.
        """
        ...

    async def admit_again(
        self, person: PersonId, groups: frozenset[str], *, turn: int | None = None
    ) -> Admission:
        """
        As `admit`, for somebody who acted earlier and was admitted then.

        `turn`: of the admission that this follows from; what was read for it serves here, too.
        """
        ...

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:
        """For drawing only: by what was read in the last minute, else by a fresh read; False when that fails."""
        ...

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:
        """
        Whether anybody in these groups, beside this person, may act at all; by what was read lately.

        Raises CouldNotVerify.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    Who is in which user group, by one call to Slack.

    Attributes:
        turn: the number of the turn that the call was made in.
        members: by group id, every group there is.
        read_at: when the call began, by the desk's clock.

    """

    turn: int
    members: Mapping[str, frozenset[str]]
    read_at: datetime

    def groups_of(self, person: PersonId) -> frozenset[str]:
        return frozenset(group for group, members in self.members.items() if person in members)

    def people_in(self, groups: frozenset[str]) -> frozenset[PersonId]:
        return frozenset(PersonId(one) for group in groups for one in self.members.get(group, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """
    What came of asking for a turn.

    Attributes:
        number: of the latest turn that any instance took; numbers only rise.
        ours: it is ours, and the call may begin.
        wait_s: seconds after which to ask again; 0 when it is ours.
        reading: what another instance read meanwhile, if that was wanted and there is any.

    """

    number: int
    ours: bool
    wait_s: float = 0.0
    reading: Reading | None = None


class Turns(Protocol):
    """
    Whose turn it is to read the user groups; everything raises LedgerUnavailable.

    Slack's limit belongs to the token: all instances on one ledger take turns, and share what was read.
    """

    async def take(self, *, later_than: int | None = None) -> Turn:
        """Take a turn if Slack's limit allows one now; else wait, or use what was read in a turn `later_than` that."""
        ...

    async def publish(self, reading: Reading) -> None:
        """Let the other instances use it, unless they have a later one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """
    An App Home that does not show what it should.

    Attributes:
        wanted: counts what it was to be drawn for.

    """

    person: PersonId
    places: Places
    wanted: int


class Homes(Protocol):
    """Who looks at their App Home; everything raises LedgerUnavailable."""

    async def opened(self, person: PersonId) -> None:
        """They look at it from now on, at the first page of each part."""
        ...

    async def turned(self, person: PersonId, part: Part, page: int) -> None:
        """They want another page of a part. It stays on it until the tab is opened anew."""
        ...

    async def pressed(self, person: PersonId) -> None:
        """They pressed something on it: what they saw may have been old."""
        ...

    async def touch(self, concern: Concern, *, within_s: float) -> None:
        """
        Have those drawn anew whom something concerns, if they looked at theirs in the last `within_s` seconds.

        Whoever pressed is not asked for that; nobody gets one who never opened it.
        """
        ...

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[Tab]:
        """Tabs to be drawn, the latest opened first, held from other instances for so many seconds."""
        ...

    async def drawn(self, tab: Tab, groups: frozenset[str]) -> None:
        """It shows what it should; `groups` are those that its person was seen in."""
        ...


class HomeLists(Protocol):
    """
    What stands on an App Home; everything raises LedgerUnavailable.

    A page past the last one is the last one.
    """

    async def waiting(self, person: PersonId, groups: frozenset[str], page: int) -> Page[Redemption]:
        """What somebody in these groups may decide on, the longest waiting first; never their own."""
        ...

    async def asked_by(self, person: PersonId, page: int) -> Page[Redemption]:
        """Their own requests, the latest first."""
        ...

    async def unknown(self, but: PersonId, page: int) -> Page[Redemption]:
        """Unknown outcomes of what others asked for, the longest unknown first."""
        ...


class OpenCases(Protocol):
    """Raises LedgerUnavailable."""

    async def of(self, person: PersonId) -> Sequence[CaseLine]:
        """Cases that somebody asked or took and that are not answered yet, the oldest first."""
        ...


class Sight(Protocol):
    """Who somebody is, for drawing only."""

    async def of(self, person: PersonId) -> frozenset[str] | None:
        """
        Their groups, by what was read in the last minute; None when Slack does not tell.

        Raises NotAllowed for whoever may never act here, CouldNotVerify when that cannot be read.
        """
        ...
