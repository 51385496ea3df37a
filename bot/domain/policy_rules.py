"""Parses the rules of the policy file (`[[redeem.rules]]`), and checks that each of them can decide."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from bot.domain.policy import NOBODY, Groups, Rule
from bot.domain.policy_table import Table


def sound_rules(tables: Iterable[Table]) -> tuple[Rule, ...]:
    """Return the rules that have no fault of their own, from top to bottom; adds the faults of all to the tables."""
    sound = [(one, rule) for one in tables if (rule := _rule(one)) is not None]
    _check_names(sound)
    _check_hidden(sound)
    return tuple(rule for _, rule in sound)


def _rule(table: Table) -> Rule | None:
    """Return the rule; None if it has a fault."""
    before = len(table.faults)
    table.known("name", "up_to", "groups", "approvals", "approvers")
    approvals, approvers = _asked(table)
    rule = Rule(
        name=_name(table),
        up_to=table.amount("up_to"),
        groups=table.groups("groups"),
        approvals=approvals,
        approvers=approvers,
    )
    return rule if len(table.faults) == before else None


def _name(table: Table) -> str:
    if "name" not in table.values:
        table.fault('a rule without a name; write name = "…", people are told by it which rule decided')
    return table.text("name") or ""


def _asked(table: Table) -> tuple[int, Groups]:
    """Return how many people must approve, and the groups they come from."""
    before = len(table.faults)
    approvals, approvers = _approvals_due(table), table.groups("approvers") or NOBODY
    if len(table.faults) == before:
        _check_approvers(table, approvals, approvers)
    return approvals, approvers


def _approvals_due(table: Table) -> int:
    if "approvals" not in table.values:
        # A forgotten line must not let somebody redeem at once.
        table.fault("a rule without approvals; write approvals = 0 (at once) or approvals = 1")
    approvals = table.whole("approvals", example=1) or 0
    if approvals > 1:
        table.fault(f"approvals = {approvals}: more is not supported yet; write 0 or 1", "approvals")
    return approvals


def _check_approvers(table: Table, approvals: int, approvers: Groups) -> None:
    if approvals == 1 and not approvers:
        table.fault('approvals = 1 without approvers; write approvers = ["S0MANAGERS"]', "approvals")
    if approvals == 0 and approvers:
        table.fault("approvers with approvals = 0: nobody would ask them; leave them out", "approvers")


def _check_names(rules: list[tuple[Table, Rule]]) -> None:
    """Check that names are different: the audit log names the rule that decided."""
    first: dict[str, Table] = {}
    for table, rule in rules:
        other = first.setdefault(rule.name.casefold(), table)
        if other is not table:
            table.fault(
                f"{rule.name!r} is also the rule of line {other.line}; give each its own name", "name"
            )


def _check_hidden(rules: list[tuple[Table, Rule]]) -> None:
    for (above, earlier), (table, later) in combinations(rules, 2):
        if _hides(earlier, later):
            table.fault(
                f"the rule {later.name!r} is never reached: {earlier.name!r} of line {above.line} covers it"
            )


def _hides(earlier: Rule, later: Rule) -> bool:
    """
    Whether the later rule can never decide, because the earlier one covers all of its people and worths.

    A percentage without a cap is not covered by a rule with an `up_to` or with `approvals = 0`, so a later rule
    with `approvals = 1` and no `up_to` still decides on it.
    """
    same_people = earlier.groups is None or (later.groups is not None and later.groups <= earlier.groups)
    if not same_people:
        return False
    if earlier.up_to is None:
        takes_uncapped = later.approvals == 1 and later.up_to is None
        return earlier.approvals == 1 or not takes_uncapped
    return later.up_to is not None and later.up_to <= earlier.up_to
