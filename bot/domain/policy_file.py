"""Parses the policy file (TOML)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from bot.domain.limits import Limits
from bot.domain.policy import NOBODY, Approvals, Escalations, Groups, Policy, Redeeming, Rule
from bot.domain.policy_lines import Lines
from bot.domain.policy_rules import sound_rules
from bot.domain.policy_table import Fault, Table
from bot.domain.redeem_form import OTHER

#: Options of a Slack select, and characters of one (docs.slack.dev/reference/block-kit/block-elements/select-menu-element).
MAX_REASONS, MAX_REASON = 100, 75


class PolicyFault(Exception):
    """The policy cannot be used."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def parse_policy(text: str) -> Policy:
    """Parse the policy. Raises PolicyFault with all faults at once, each with its line."""
    text = text.replace("\r\n", "\n")
    try:
        values = tomllib.loads(text, parse_float=_decimal)
    except ValueError as err:  # a TOMLDecodeError, or an integer with too many digits
        raise PolicyFault((_syntax(str(err), text),)) from err
    except RecursionError:
        raise PolicyFault(("line 1: not TOML: brackets are nested too deeply",)) from None
    faults: list[Fault] = []
    policy = _policy(Table(values=values, lines=Lines(text), faults=faults))
    if faults:
        raise PolicyFault(tuple(f"line {line}: {fault}" for line, fault in sorted(faults)))
    return policy


def _decimal(written: str) -> Decimal:
    """Return exactly the number that is written; NaN for an exponent out of range."""
    try:
        return Decimal(written)
    except InvalidOperation:
        return Decimal("NaN")


def _syntax(told: str, text: str) -> str:
    # Python 3.11 gives the position only in the message: "(at line 3, column 5)" or "(at end of document)".
    what, _, where = told.partition(" (at ")
    found = re.match(r"line (\d+)", where)
    line = int(found[1]) if found else len(text.splitlines())
    if what.startswith("Exceeds the limit"):
        return f"line {line}: not TOML: a number has too many digits; write a smaller figure"
    return f"line {line}: not TOML: {what}; {_what_to_write(what, text.splitlines()[line - 1 : line])}"


#: What Python 3.11 to 3.14 say of a line, and what to write there.
_SYNTAX = {
    "Cannot overwrite a value": "it is set twice; leave one of the lines out",
    "Cannot declare": "this table stands twice; write its lines below the first one",
    "Expected '=' after a key": "write name = value, or [name] for a table",
    "Expected ']'": "close the name of the table with ]",
    "Unclosed array": "close the list with ]",
    "Unterminated string": "close the text with a quote",
    "Illegal character": "close the text with a quote on its own line",
    "Invalid value": 'write texts in quotes, as "4h", true and false small, and numbers in figures, as 10000',
    "Expected newline": 'write texts in quotes, as "4h", and numbers in figures alone, as 10000; one on each line',
}


def _what_to_write(what: str, line: list[str]) -> str:
    if re.search("[“”„‟«»‘’]", "".join(line)):
        return 'write straight quotes, as "S0AGENTS"'
    known = (told for begins, told in _SYNTAX.items() if what.startswith(begins))
    return next(known, "compare it with policy.example.toml")


def _policy(file: Table) -> Policy:
    file.known("lookup", "redeem", "limits", "approvals", "escalations")
    policy = Policy(
        lookup_groups=_lookup(file),
        redeem=_redeem(file.table("redeem")),
        limits=_limits(file.table("limits")),
        approvals=_approvals(file.table("approvals")),
        escalations=_escalations(file.table("escalations")),
    )
    _check_askable(file, policy)
    return policy


def _check_askable(file: Table, policy: Policy) -> None:
    """Require a channel if a rule needs approval: without one every such request would expire."""
    approvals = file.values.get("approvals")
    if isinstance(approvals, dict) and "channel" in approvals:
        return
    if any(rule.approvals for rule in policy.redeem.rules):
        file.fault(
            'a rule has approvals = 1, but [approvals] names no channel to ask in; write channel = "C0APPROVALS"',
            "approvals" if isinstance(approvals, dict) else "redeem",
        )


def _lookup(file: Table) -> Groups | None:
    """Return the groups that may look up; None is every full member. A missing line lets nobody in."""
    table = file.table("lookup")
    if table is None:
        if "lookup" not in file.values:
            file.fault(
                'no [lookup]; write groups = ["S0AGENTS"] below it, or everyone = true for all members'
            )
        return NOBODY
    table.known("groups", "everyone")
    everyone = table.flag("everyone")
    if everyone and "groups" in table.values:
        table.fault("[lookup] has both groups and everyone = true; write one of them", "everyone")
    if everyone:
        return None
    return _groups_of(table, "write everyone = true to open looking up to all members") or NOBODY


def _groups_of(table: Table, otherwise: str) -> Groups | None:
    if "groups" not in table.values:
        # A table without groups could mean nobody or everybody, so it is refused.
        table.fault(f"{table.title} has no groups; {otherwise}")
    return table.groups("groups")


def _redeem(table: Table | None) -> Redeeming:
    if table is None:
        return Redeeming()
    table.known("groups", "reasons", "rules")
    groups = _groups_of(table, "leave the table out to close redeeming to everybody")
    tables = table.tables("rules")
    rules = sound_rules(tables or ())
    if groups and tables is not None and len(rules) == len(tables):
        _check_opened(table, rules)
    return Redeeming(groups=groups or NOBODY, reasons=_reasons(table), rules=rules)


def _check_opened(table: Table, rules: tuple[Rule, ...]) -> None:
    if not rules:
        table.fault("[redeem] has groups but no rules, so everything is refused; write a [[redeem.rules]]")
    elif not any(rule.approvers for rule in rules):
        # Somebody must be able to settle an unknown outcome.
        table.fault(
            "[redeem] has groups, but no rule names approvers: nobody could settle an unknown outcome"
        )


def _reasons(table: Table) -> tuple[str, ...]:
    reasons = table.texts("reasons")
    if reasons is None:
        return Redeeming().reasons
    if not reasons:
        table.fault(f"reasons holds 0; write 1 to {MAX_REASONS}", "reasons")
    _check_options(table, "reasons", reasons, at_most=MAX_REASONS)
    return reasons


def _reject_reasons(table: Table) -> tuple[str, ...]:
    """Return the reasons to choose from when rejecting, without "Other"."""
    reasons = table.texts("reject_reasons") or ()
    _check_options(table, "reject_reasons", reasons, at_most=MAX_REASONS - 1)
    return tuple(reason for reason in reasons if reason.casefold() != OTHER)


def _check_options(table: Table, key: str, options: tuple[str, ...], *, at_most: int) -> None:
    """Check that the options fit into a Slack select and are all different."""
    if len(options) > at_most:
        table.fault(f"{key} holds {len(options)}; write at most {at_most}", key)
    for option in options:
        if len(option) > MAX_REASON:
            table.fault(f"{option!r} is longer than {MAX_REASON} characters; shorten it", key, item=option)
    for option in _repeated(options):
        table.fault(f"{option!r} stands in {key} twice; write it once", key, item=option)


def _repeated(names: tuple[str, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            yield name
        seen.add(name.casefold())


def _limits(table: Table | None) -> Limits:
    if table is None:
        return Limits()
    table.known("count", "value")
    return Limits(count=table.whole("count", example=20), value=table.amount("value"))


def _approvals(table: Table | None) -> Approvals:
    if table is None:
        return Approvals()
    table.known("channel", "expire_after", "remind_after", "reject_reasons")
    before = len(table.faults)
    approvals = Approvals(
        channel=table.channel("channel"),
        expire_after=table.duration("expire_after") or Approvals().expire_after,
        remind_after=_reminders(table),
        reject_reasons=_reject_reasons(table),
    )
    reminders = approvals.remind_after
    if len(table.faults) == before and reminders and max(reminders) >= approvals.expire_after:
        table.fault("remind_after reaches expire_after: by then there is nothing to decide", "remind_after")
    return approvals


def _reminders(table: Table) -> tuple[timedelta, ...]:
    reminders = table.durations("remind_after") or ()
    if any(one >= other for one, other in pairwise(reminders)):
        table.fault("remind_after does not rise; write the shortest first, each once", "remind_after")
    return reminders


def _escalations(table: Table | None) -> Escalations:
    if table is None:
        return Escalations()
    table.known("channel", "groups", "remind_after")
    return Escalations(
        channel=table.channel("channel"),
        groups=table.groups("groups") or NOBODY,
        remind_after=_reminders(table),
    )
