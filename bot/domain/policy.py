"""The policy: who may do what, and which rule decides. `policy_file` parses the file."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from decimal import Decimal

from bot.aio.frozen import frozen
from bot.domain.limits import Limits, Usage
from bot.domain.redemption import Stop
from bot.domain.worth import Worth

Groups = frozenset[str]
NOBODY: Groups = frozenset()


@frozen(kw_only=True)
class Rule:
    """
    One of [[redeem.rules]].

    Attributes:
        up_to: the highest worth it covers; None is any.
        groups: the requester must also be in one of these; None: the groups of [redeem] are enough.
        approvals: how many people must approve: 0 or 1.
        approvers: groups whose members may approve; empty exactly if `approvals` is 0.

    """

    name: str
    up_to: Decimal | None = None
    groups: Groups | None = None
    approvals: int = 0
    approvers: Groups = NOBODY


@frozen(kw_only=True)
class Redeeming:
    """[redeem]: who may start a redemption, the reasons to choose from, and the rules in order."""

    groups: Groups = NOBODY
    reasons: tuple[str, ...] = ("Other",)
    rules: tuple[Rule, ...] = ()


@frozen(kw_only=True)
class Approvals:
    """
    [approvals]: where approval is asked for; without a channel nobody can be asked.

    Attributes:
        reject_reasons: the reasons to choose from when rejecting; "Other" is always offered as well.

    """

    channel: str | None = None
    expire_after: timedelta = timedelta(hours=4)
    remind_after: tuple[timedelta, ...] = ()
    reject_reasons: tuple[str, ...] = ()


@frozen(kw_only=True)
class Escalations:
    """
    [escalations]: where store ops are asked; without a channel nobody can be asked.

    Attributes:
        remind_after: times since the case was asked or reopened at which a reminder is posted in its thread, while
            nobody has taken or answered it.

    """

    channel: str | None = None
    groups: Groups = NOBODY
    remind_after: tuple[timedelta, ...] = ()


@frozen(kw_only=True)
class Policy:
    """Who may do what. The default lets nobody do anything."""

    #: Slack user groups whose members may look up. None: every full member of the workspace; empty: nobody.
    lookup_groups: Groups | None = NOBODY
    #: Without [redeem] nobody may redeem.
    redeem: Redeeming = field(default_factory=Redeeming)
    limits: Limits = field(default_factory=Limits)
    approvals: Approvals = field(default_factory=Approvals)
    escalations: Escalations = field(default_factory=Escalations)

    @property
    def settlers(self) -> Groups:
        """Groups whose members may settle an unknown outcome: the approvers of all rules."""
        return frozenset(group for rule in self.redeem.rules for group in rule.approvers)

    @property
    def named(self) -> Groups:
        """Every group that the policy names."""
        of_rules = (rule.groups or NOBODY for rule in self.redeem.rules)
        whole = (self.lookup_groups or NOBODY, self.redeem.groups, self.escalations.groups, self.settlers)
        return NOBODY.union(*whole, *of_rules)


@frozen
class Allowed:
    """The rule that decides; it says whether somebody must approve."""

    rule: Rule


@frozen
class Denied:
    stop: Stop
    #: The rule that decided; None when none matched.
    rule: str | None = None


def decide(policy: Policy, groups: Groups, of: Worth | None) -> Allowed | Denied:
    """
    Return the first rule that covers a redemption of this worth by a person in these groups, or why none does.

    The bill is not used: it is typed, and typing a small one must not choose another rule.
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
        # A percentage without a cap has no maximum: whoever types the bill would choose the rule.
        return rule.up_to is None and rule.approvals > 0
    return rule.up_to is None or of.amount <= rule.up_to


def limit_reached(limits: Limits, used: Usage, of: Worth) -> Stop | None:
    """Return which of today's limits one more redemption of this worth would exceed; None if it exceeds none."""
    if limits.count is not None and used.count + 1 > limits.count:
        return Stop.COUNT_LIMIT
    if limits.value is not None and used.value + of.amount > limits.value:
        return Stop.VALUE_LIMIT
    return None
