"""Who may do what, and what is decided about a redemption; pure. How it is written down is `policy_file`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bot.domain.limits import Limits, Usage
from bot.domain.redemption import Stop
from bot.domain.worth import Worth

Groups = frozenset[str]
NOBODY: Groups = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    One of [[redeem.rules]].

    Attributes:
        up_to: the highest worth it covers; None is any.
        groups: the requester must also be in one of these; None asks for no more than [redeem] does.
        approvals: 0 or 1 people who must approve.
        approvers: groups they come from; empty exactly when `approvals` is 0.

    """

    name: str
    up_to: Decimal | None = None
    groups: Groups | None = None
    approvals: int = 0
    approvers: Groups = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeeming:
    """[redeem]: who may start one, why, and the rules from top to bottom."""

    groups: Groups = NOBODY
    reasons: tuple[str, ...] = ("Other",)
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """
    [approvals]; without a channel nobody can be asked.

    Attributes:
        reject_reasons: what a rejection offers to choose from; "Other" is offered beside them.

    """

    channel: str | None = None
    expire_after: timedelta = timedelta(hours=4)
    remind_after: tuple[timedelta, ...] = ()
    reject_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalations:
    """
    [escalations]; without a channel nobody can be asked.

    Attributes:
        remind_after: time since the question was asked, or reopened, after which the case's thread is
            reminded while nobody has taken or answered it.

    """

    channel: str | None = None
    groups: Groups = NOBODY
    remind_after: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may do what. Where nothing is written down, nobody may do anything."""

    #: Slack user groups that may look up. None: every full member of the workspace; empty: nobody.
    lookup_groups: Groups | None = NOBODY
    #: Without [redeem], redeeming is closed to everybody.
    redeem: Redeeming = field(default_factory=Redeeming)
    limits: Limits = field(default_factory=Limits)
    approvals: Approvals = field(default_factory=Approvals)
    escalations: Escalations = field(default_factory=Escalations)

    @property
    def settlers(self) -> Groups:
        """Who may close an unknown outcome: any rule's approvers."""
        return frozenset(group for rule in self.redeem.rules for group in rule.approvers)

    @property
    def named(self) -> Groups:
        """Every group that anything here depends on."""
        of_rules = (rule.groups or NOBODY for rule in self.redeem.rules)
        whole = (self.lookup_groups or NOBODY, self.redeem.groups, self.escalations.groups, self.settlers)
        return NOBODY.union(*whole, *of_rules)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rule that decides; whether somebody must approve stands in it."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Denied:
    stop: Stop
    #: The rule that decided; None when none matched.
    rule: str | None = None


def decide(policy: Policy, groups: Groups, of: Worth | None) -> Allowed | Denied:
    """
    Which rule covers a redemption of this worth by somebody in these groups.

    The bill plays no part: nobody may choose their own rule by typing a small one.
    """
    if not groups & policy.redeem.groups:
        return Denied(Stop.NOT_ALLOWED)
    if of is None:
        return Denied(Stop.NO_VALUE)
    for rule in policy.redeem.rules:
        if _covers(rule, groups, of):
            return Allowed(rule)
    return Denied(Stop.NO_RULE)


def _covers(rule: Rule, groups: Groups, of: Worth) -> bool:
    if rule.groups is not None and not groups & rule.groups:
        return False
    if of.from_bill:
        # A percentage without a cap has no most: whoever types the bill would choose their own rule.
        return rule.up_to is None and rule.approvals > 0
    return rule.up_to is None or of.amount <= rule.up_to


def limit_reached(limits: Limits, used: Usage, of: Worth) -> Stop | None:
    """Whether one more redemption of this worth would go past today's limits."""
    if limits.count is not None and used.count + 1 > limits.count:
        return Stop.COUNT_LIMIT
    if limits.value is not None and used.value + of.amount > limits.value:
        return Stop.VALUE_LIMIT
    return None
