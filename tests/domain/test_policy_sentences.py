"""What each fault of a policy says, word by word, with its line: whoever runs the desk has only this to go by."""

from __future__ import annotations

import pytest

from bot.domain.policy_file import MAX_REASON, MAX_REASONS, PolicyFault, parse_policy
from tests.tables import table

FAULTS: list[tuple[str, tuple[str, ...]]] = [
    (
        "[redeem]\ngroups = []\n",
        ('line 1: no [lookup]; write groups = ["S0AGENTS"] below it, or everyone = true for all members',),
    ),
    ("lookup = 1\n", ("line 1: lookup is not a table; write [lookup] on a line of its own",)),
    (
        "[lookup]\n",
        ("line 1: [lookup] has no groups; write everyone = true to open looking up to all members",),
    ),
    (
        "[lookup]\neveryone = false\n",
        ("line 1: [lookup] has no groups; write everyone = true to open looking up to all members",),
    ),
    (
        "[lookup]\neveryone = 1\n",
        (
            "line 1: [lookup] has no groups; write everyone = true to open looking up to all members",
            "line 2: 1 is not true or false; write everyone = true",
        ),
    ),
    (
        "[lookup]\neveryone = true\ngroups = []\n",
        ("line 2: [lookup] has both groups and everyone = true; write one of them",),
    ),
    ('[lookup]\ngroups = "S0AGENTS"\n', ('line 2: groups is not a list; write groups = ["…"]',)),
    (
        '[lookup]\ngroups = ["@agents", 1, "S0AGENTS"]\n',
        (
            "line 2: '@agents' is not a Slack user-group id; write the id, as S0AGENTS (a handle can be moved to other people)",
            "line 2: 1 is not a Slack user-group id; write the id, as S0AGENTS",
        ),
    ),
    ("[lookup]\ngrops = []\ngroups = []\n", ("line 2: unknown in [lookup]: grops; known: groups, everyone",)),
    (
        "[lookup]\neveryone = true\ncolour = 1\n",
        ("line 3: unknown in [lookup]: colour; known: groups, everyone",),
    ),
    (
        "[lookup]\neveryone = true\n[lookups]\n",
        ("line 3: unknown: lookups; known: lookup, redeem, limits, approvals, escalations",),
    ),
    (
        "[lookup]\neveryone = true\nlimits = 1\n",
        ("line 3: unknown in [lookup]: limits; known: groups, everyone",),
    ),
    (
        "[lookup]\neveryone = true\n[limits]\nvalu = 1\n",
        ("line 4: unknown in [limits]: valu; known: count, value",),
    ),
    (
        '[lookup]\neveryone = true\n[limits]\ncount = -1\nvalue = "10000"\n',
        (
            "line 4: -1 is not a whole number of 0 or more; write figures, as count = 20",
            "line 5: '10000' is not an amount of 0 or more; write figures, as value = 500",
        ),
    ),
    (
        "[lookup]\neveryone = true\n[limits]\ncount = true\nvalue = -0.5\n",
        (
            "line 4: True is not a whole number of 0 or more; write figures, as count = 20",
            "line 5: -0.5 is not an amount of 0 or more; write figures, as value = 500",
        ),
    ),
    (
        "[lookup]\neveryone = true\n[limits]\nvalue = 1e99999999999999999999\n",
        ("line 4: NaN is not an amount of 0 or more; write figures, as value = 500",),
    ),
    (
        '[lookup]\neveryone = true\n[approvals]\nchannel = "#approvals"\nexpire_after = "4 h"\nremind_after = "15m"\nreject_reasons = "Other"\n',
        (
            "line 4: '#approvals' is not a Slack channel id; write the id, as C0APPROVALS (a name can be given to another channel)",
            "line 5: '4 h' is not a duration; write a whole number above 0 and s, m, h or d, as \"15m\"",
            'line 6: remind_after is not a list; write remind_after = ["…"]',
            'line 7: reject_reasons is not a list; write reject_reasons = ["…"]',
        ),
    ),
    (
        '[lookup]\neveryone = true\n[approvals]\nremind_after = ["15m", "1 h"]\n',
        ("line 4: '1 h' is not a duration; write a whole number above 0 and s, m, h or d, as \"15m\"",),
    ),
    (
        '[lookup]\neveryone = true\n[approvals]\nremind_after = ["1h", "15m"]\n',
        ("line 4: remind_after does not rise; write the shortest first, each once",),
    ),
    (
        '[lookup]\neveryone = true\n[approvals]\nremind_after = ["60m", "1h"]\n',
        ("line 4: remind_after does not rise; write the shortest first, each once",),
    ),
    (
        '[lookup]\neveryone = true\n[approvals]\nremind_after = ["15m", "4h"]\n',
        ("line 4: remind_after reaches expire_after: by then there is nothing to decide",),
    ),
    (
        '[lookup]\neveryone = true\n[approvals]\nexpire_after = "1h"\nremind_after = ["1h"]\n',
        ("line 5: remind_after reaches expire_after: by then there is nothing to decide",),
    ),
    (
        '[lookup]\neveryone = true\n[approvals]\nexpire_after = "0h"\nremind_after = ["5h"]\n',
        ("line 4: '0h' is not a duration; write a whole number above 0 and s, m, h or d, as \"15m\"",),
    ),
    (
        '[lookup]\neveryone = true\n[approvals]\nreject_reasons = ["a", "A", "a"]\n',
        (
            "line 4: 'A' stands in reject_reasons twice; write it once",
            "line 4: 'a' stands in reject_reasons twice; write it once",
        ),
    ),
    (
        '[lookup]\neveryone = true\n[approvals]\nreject_reasons = [\n"short",\n"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",\n"short",\n]\n',
        (
            "line 5: 'short' stands in reject_reasons twice; write it once",
            "line 6: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is longer than 75 characters; shorten it",
        ),
    ),
    (
        '[lookup]\neveryone = true\n[escalations]\nchannel = "store-ops"\ngroups = ["@ops"]\nremind_after = ["1h", "15m"]\nmore = 1\n',
        (
            "line 4: 'store-ops' is not a Slack channel id; write the id, as C0APPROVALS",
            "line 5: '@ops' is not a Slack user-group id; write the id, as S0AGENTS (a handle can be moved to other people)",
            "line 6: remind_after does not rise; write the shortest first, each once",
            "line 7: unknown in [escalations]: more; known: channel, groups, remind_after",
        ),
    ),
    (
        "[lookup]\neveryone = true\n[redeem]\nreasons = ['Other']\n",
        ("line 3: [redeem] has no groups; leave the table out to close redeeming to everybody",),
    ),
    (
        "[lookup]\neveryone = true\n[redeem]\ngroups = []\nreason = 1\nreasons = []\n",
        (
            "line 5: unknown in [redeem]: reason; known: groups, reasons, rules",
            "line 6: reasons holds 0; write 1 to 100",
        ),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\nreasons = ["Other", " ", 7]\n',
        ("line 5: ' ' is not one line of text", "line 5: 7 is not one line of text"),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\nreasons = ["Other", "two\\nlines"]\n',
        ("line 5: 'two\\nlines' is not one line of text",),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\nreasons = ["Other", "other "]\n',
        ("line 5: 'other' stands in reasons twice; write it once",),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = ["S0AGENTS"]\n',
        ("line 3: [redeem] has groups but no rules, so everything is refused; write a [[redeem.rules]]",),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = ["S0AGENTS"]\n[[redeem.rules]]\nname = "a"\napprovals = 0\n',
        ("line 3: [redeem] has groups, but no rule names approvers: nobody could settle an unknown outcome",),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\n[redeem.rules]\nname = "a"\n',
        ("line 5: rules is not a list of tables; write [[redeem.rules]] above each of them",),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = ["S0AGENTS"]\nrules = [1]\n',
        ("line 5: rules is not a list of tables; write [[redeem.rules]] above each of them",),
    ),
    (
        "[lookup]\neveryone = true\n[redeem]\ngroups = []\nrules = [1]\n",
        ("line 5: rules is not a list of tables; write [[redeem.rules]] above each of them",),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = ["S0AGENTS"]\n[[redeem.rules]]\nname = "asked"\napprovals = 1\napprovers = ["S0MANAGERS"]\n',
        (
            'line 3: a rule has approvals = 1, but [approvals] names no channel to ask in; write channel = "C0APPROVALS"',
        ),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = ["S0AGENTS"]\n[[redeem.rules]]\nname = "asked"\napprovals = 1\napprovers = ["S0MANAGERS"]\n[approvals]\nexpire_after = "4h"\n',
        (
            'line 9: a rule has approvals = 1, but [approvals] names no channel to ask in; write channel = "C0APPROVALS"',
        ),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = ["S0AGENTS"]\n[[redeem.rules]]\nname = "asked"\napprovals = 1\napprovers = ["S0MANAGERS"]\n[approvals]\nchannel = 1\n',
        ("line 10: 1 is not a Slack channel id; write the id, as C0APPROVALS",),
    ),
    (
        'approvals = 1\n[lookup]\neveryone = true\n[redeem]\ngroups = ["S0AGENTS"]\n[[redeem.rules]]\nname = "asked"\napprovals = 1\napprovers = ["S0MANAGERS"]\n',
        (
            "line 1: approvals is not a table; write [approvals] on a line of its own",
            'line 4: a rule has approvals = 1, but [approvals] names no channel to ask in; write channel = "C0APPROVALS"',
        ),
    ),
    (
        "[lookup]\neveryone = true\n[redeem]\ngroups = []\n[[redeem.rules]]\n",
        (
            'line 5: a rule without a name; write name = "…", people are told by it which rule decided',
            "line 5: a rule without approvals; write approvals = 0 (at once) or approvals = 1",
        ),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\n[[redeem.rules]]\nname = " "\napprovals = 2\n',
        (
            "line 6: ' ' is not one line of text; write name = \"…\"",
            "line 7: approvals = 2: more is not supported yet; write 0 or 1",
        ),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\n[[redeem.rules]]\nname = "a"\napprovals = 1\n',
        ('line 7: approvals = 1 without approvers; write approvers = ["S0MANAGERS"]',),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\n[[redeem.rules]]\nname = "a"\napprovals = 1\napprovers = []\n',
        ('line 7: approvals = 1 without approvers; write approvers = ["S0MANAGERS"]',),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\n[[redeem.rules]]\nname = "a"\napprovals = 0\napprovers = ["S0MANAGERS"]\n',
        ("line 8: approvers with approvals = 0: nobody would ask them; leave them out",),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\n[[redeem.rules]]\nname = "a"\napprovals = -1\nup_to = inf\nupto = 5\ngroups = ["@s"]\napprovers = ["@m"]\n',
        (
            "line 7: -1 is not a whole number of 0 or more; write figures, as approvals = 1",
            "line 8: Infinity is not an amount of 0 or more; write figures, as up_to = 500",
            "line 9: unknown in [[redeem.rules]]: upto; known: name, up_to, groups, approvals, approvers",
            "line 10: '@s' is not a Slack user-group id; write the id, as S0AGENTS (a handle can be moved to other people)",
            "line 11: '@m' is not a Slack user-group id; write the id, as S0AGENTS (a handle can be moved to other people)",
        ),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\n[[redeem.rules]]\nname = "a"\napprovals = 0\n[[redeem.rules]]\nname = "b"\napprovals = 0\n',
        ("line 8: the rule 'b' is never reached: 'a' of line 5 covers it",),
    ),
    (
        '[lookup]\neveryone = true\n[redeem]\ngroups = []\n[[redeem.rules]]\nname = "a"\napprovals = 0\nup_to = 5\n[[redeem.rules]]\nname = "A"\napprovals = 0\n',
        ("line 10: 'A' is also the rule of line 5; give each its own name",),
    ),
    (
        "[lookup]\ngroups = [\n",
        (
            'line 2: not TOML: Invalid value; write texts in quotes, as "4h", true and false small, '
            "and numbers in figures, as 10000",
        ),
    ),
    (
        "[limits]\ncount = 99999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999",
        ("line 2: not TOML: a number has too many digits; write a smaller figure",),
    ),
    (
        "rules = 1\n",
        (
            'line 1: no [lookup]; write groups = ["S0AGENTS"] below it, or everyone = true for all members',
            "line 1: unknown: rules; known: lookup, redeem, limits, approvals, escalations",
        ),
    ),
]


@table(("text", "faults"), FAULTS)
def test_what_a_fault_says(text: str, faults: tuple[str, ...]) -> None:
    with pytest.raises(PolicyFault) as caught:
        parse_policy(text)

    assert caught.value.faults == faults
    assert str(caught.value) == "\n".join(faults)


@table(
    ("text", "fault"),
    [
        (
            f"[redeem]\ngroups = []\nreasons = {[f'Reason {n}' for n in range(101)]}",
            "line 5: reasons holds 101; write at most 100",
        ),
        (
            f"[approvals]\nreject_reasons = {[f'Reason {n}' for n in range(100)]}",
            "line 4: reject_reasons holds 100; write at most 99",
        ),
    ],
)
def test_more_than_a_select_holds_is_a_fault(text: str, fault: str) -> None:
    with pytest.raises(PolicyFault) as caught:
        parse_policy("[lookup]\neveryone = true\n" + text)

    assert caught.value.faults == (fault,)


@table(
    ("text", "options"),
    [
        (f"[redeem]\ngroups = []\nreasons = {['x' * MAX_REASON]}", MAX_REASONS),
        (f"[redeem]\ngroups = []\nreasons = {[f'Reason {n}' for n in range(100)]}", MAX_REASONS),
        (f"[approvals]\nreject_reasons = {[f'Reason {n}' for n in range(99)]}", MAX_REASONS - 1),
        ('[approvals]\nremind_after = ["15m", "239m"]', 2),
    ],
)
def test_what_just_fits_is_no_fault(text: str, options: int) -> None:
    """Beside "Other", which is always offered when somebody rejects."""
    policy = parse_policy("[lookup]\neveryone = true\n" + text)

    assert len(policy.redeem.reasons) <= options
    assert (MAX_REASONS, MAX_REASON) == (100, 75)
