from __future__ import annotations

import tomllib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.limits import Limits
from bot.domain.policy import (
    Allowed,
    Approvals,
    Escalations,
    Policy,
    Redeeming,
    Rule,
    decide,
)
from bot.domain.policy_file import PolicyFault
from bot.domain.policy_file import parse_policy as parse_whole
from bot.domain.worth import Worth
from tests.tables import table

EXAMPLE = Path(__file__).parents[2] / "policy.example.toml"
AGENTS, SENIORS, MANAGERS = frozenset({"S0AGENTS"}), frozenset({"S0SENIORS"}), frozenset({"S0MANAGERS"})

OPENED = '[redeem]\ngroups = ["S0AGENTS"]\n'
#: The rule that every opened policy needs; on line 3 below OPENED.
ASKED = '[[redeem.rules]]\nname = "asked"\napprovals = 1\napprovers = ["S0MANAGERS"]\n'
CLOSED = "[redeem]\ngroups = []\n"


def completed(text: str) -> str:
    """With the tables that every policy needs, below everything else, so that no line moves."""
    try:
        tomllib.loads(text)
    except ValueError:
        return text
    lookup = "" if "lookup" in text else "\n[lookup]\neveryone = true\n"
    approvals = "" if "[approvals]" in text else '\n[approvals]\nchannel = "C0APPROVALS"\n'
    return text + lookup + approvals


def parse_policy(text: str) -> Policy:
    return parse_whole(completed(text))


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyFault) as caught:
        parse_policy(text)
    return caught.value.faults


def rule(name: str = "a", more: str = "approvals = 0") -> str:
    return f'[[redeem.rules]]\nname = "{name}"\n{more}\n'


def test_the_example_file_is_read_as_its_comments_say() -> None:
    assert parse_policy(EXAMPLE.read_text(encoding="utf-8")) == Policy(
        lookup_groups=AGENTS,
        redeem=Redeeming(
            groups=AGENTS,
            reasons=("Till offline", "Coupon would not scan", "Goodwill", "Other"),
            rules=(
                Rule(name="small, by a senior", up_to=Decimal(500), groups=SENIORS, approvals=0),
                Rule(name="everything else", approvals=1, approvers=MANAGERS),
            ),
        ),
        limits=Limits(count=20, value=Decimal(10000)),
        approvals=Approvals(
            channel="C0APPROVALS",
            expire_after=timedelta(hours=4),
            remind_after=(timedelta(minutes=15), timedelta(hours=1)),
            reject_reasons=("Wrong coupon", "Bill not plausible", "Not entitled"),
        ),
        escalations=Escalations(
            channel="C0STOREOPS",
            groups=frozenset({"S0STOREOPS"}),
            remind_after=(timedelta(minutes=15), timedelta(hours=1)),
        ),
    )


def test_everyone_opens_looking_up_to_all_members_and_redeeming_stays_closed() -> None:
    policy = parse_whole("[lookup]\neveryone = true\n")

    assert policy == Policy(lookup_groups=None)
    assert not policy.redeem.groups


def test_who_may_look_up_must_be_said() -> None:
    with pytest.raises(PolicyFault, match="no \\[lookup\\]; write"):
        parse_whole("[redeem]\ngroups = []\n")


@table(
    ("written", "word"),
    [
        ("everyone = false", "has no groups"),
        ("everyone = 1", "true or false"),
        ('everyone = "yes"', "true or false"),
        ("everyone = true\ngroups = []", "both"),
    ],
)
def test_everyone_is_said_plainly_or_not_at_all(written: str, word: str) -> None:
    assert any(word in fault for fault in faults(f"[lookup]\n{written}\n"))


@table("approvals", ["", '[approvals]\nexpire_after = "4h"\n'])
def test_an_approval_that_can_be_asked_for_nowhere_is_a_fault(approvals: str) -> None:
    with pytest.raises(PolicyFault, match="names no channel to ask in"):
        parse_whole("[lookup]\neveryone = true\n" + OPENED + ASKED + approvals)


def test_reasons_of_a_rejection_and_reminders_of_a_case_are_read() -> None:
    policy = parse_policy(
        '[approvals]\nreject_reasons = ["Wrong coupon", "Other", "Not entitled"]\n'
        '[escalations]\nremind_after = ["15m", "1h"]\n'
    )

    assert policy.approvals.reject_reasons == ("Wrong coupon", "Not entitled")
    assert policy.escalations.remind_after == (timedelta(minutes=15), timedelta(hours=1))


def test_a_reason_is_what_a_select_shows_and_returns() -> None:
    """With two spaces it could be chosen, but was never among those that are let through."""
    policy = parse_policy(
        '[redeem]\ngroups = []\nreasons = ["Till  offline", "Other"]\n'
        '[approvals]\nreject_reasons = ["Wrong   coupon"]\n'
    )

    assert policy.redeem.reasons == ("Till offline", "Other")
    assert policy.approvals.reject_reasons == ("Wrong coupon",)


def test_without_reasons_there_are_some() -> None:
    policy = parse_policy("[lookup]\neveryone = true\n[redeem]\ngroups = []\n")

    assert policy.redeem.reasons == Redeeming().reasons


def test_a_fault_in_an_indented_rule_names_its_own_line() -> None:
    rule = '  [[redeem.rules]]\n  name = "{0}"\n  approvals = {1}\n'
    with pytest.raises(PolicyFault) as told:
        parse_whole("[lookup]\neveryone = true\n" + rule.format("small", 0) + rule.format("large", -1))

    assert "line 8" in str(told.value)


def test_an_empty_list_is_nobody() -> None:
    policy = parse_policy("[lookup]\ngroups = []\n[redeem]\ngroups = []\n[escalations]\ngroups = []\n")

    assert policy.lookup_groups == frozenset()
    assert policy.redeem.groups == frozenset()
    assert policy.escalations.groups == frozenset()


def test_empty_tables_leave_the_defaults() -> None:
    assert parse_policy("[limits]\n[approvals]\n[escalations]\n") == Policy(lookup_groups=None)


@table(
    "text",
    [
        '[lookup]\ngroups = ["S0AGENTS", "S0SENIORS"] # ours\n',
        'lookup.groups = ["S0AGENTS", "S0SENIORS"]',
        'lookup = { groups = ["S0SENIORS", "S0AGENTS"] }',
        '[lookup]\r\ngroups = [\r\n  "S0AGENTS", # first\r\n  "S0SENIORS",\r\n]\r\n',
        "['lookup']\n\"groups\" = ['S0AGENTS', 'S0SENIORS']",
    ],
)
def test_groups_are_read_in_any_spelling_of_toml(text: str) -> None:
    assert parse_policy(text).lookup_groups == AGENTS | SENIORS


@table(
    "text",
    [
        OPENED + ASKED,
        '[redeem]\ngroups=["S0AGENTS"]\nrules=[{name="asked", approvals=1, approvers=["S0MANAGERS"]}]',
        'redeem.groups = ["S0AGENTS"]\n' + ASKED,
    ],
)
def test_rules_are_read_in_any_spelling_of_toml(text: str) -> None:
    assert parse_policy(text).redeem.rules == (Rule(name="asked", approvals=1, approvers=MANAGERS),)


def test_rules_keep_their_order() -> None:
    policy = parse_policy(CLOSED + "".join(rule(f"{n}", f"up_to = {n}\napprovals = 0") for n in range(12)))

    assert [one.name for one in policy.redeem.rules] == [str(n) for n in range(12)]


def test_a_rule_for_nobody_stands_and_matches_nobody() -> None:
    (one,) = parse_policy(CLOSED + rule(more="groups = []\napprovals = 0")).redeem.rules

    assert one.groups == frozenset()


def test_money_is_what_is_written_to_the_last_digit() -> None:
    limits = parse_policy("[limits]\ncount = 0\nvalue = 90071992547409.93\n").limits

    assert limits == Limits(count=0, value=Decimal("90071992547409.93"))


@table(
    ("written", "meant"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
    ],
)
def test_durations_are_a_number_and_a_letter(written: str, meant: timedelta) -> None:
    assert parse_policy(f'[approvals]\nexpire_after = "{written}"').approvals.expire_after == meant


def test_reminders_may_be_none() -> None:
    assert parse_policy("[approvals]\nremind_after = []").approvals.remind_after == ()


@table(
    ("text", "line", "word"),
    [
        ("\n[lookups]\ngroups = []", 2, "lookups"),
        ("# [lookups]\n\n[lookups.more]\n", 3, "lookups"),
        ("colour = 1\n", 1, "colour"),
        ("[lookup]\ngroups = []\n# grops\ngrops = []", 4, "grops"),
        ("lookup.groups = []\nlookup.grops = []", 2, "grops"),
        ("lookup = {\tgroups = [], grops = 1 }", 1, "grops"),
        ("[lookup]\ngroups = []\n[lookup.sub]\n", 3, "sub"),
        ("[lookup]\ngroups = []\n[[lookup.rules]]\nname = 1", 3, "rules"),
        ("\nlookup = 1", 2, "lookup"),
        ("\n[[lookup]]\ngroups = []", 2, "[lookup]"),
        ("\n[lookup]\n", 2, "groups"),
        ('[lookup]\n\ngroups = "S0AGENTS"', 3, "list"),
        ("[lookup]\ngroups = [1]", 2, "1"),
        ('[lookup]\ngroups = ["@agents"]', 2, "'@agents'"),
        ('[lookup]\ngroups = ["@agents"]', 2, "handle"),
        ('[lookup]\ngroups = [\n"S0AGENTS",\n# "@late"\n"@late",\n]', 5, "@late"),
        ('[lookup]\ngroups = ["U0AGENTS"]', 2, "U0AGENTS"),
        ('[lookup]\ngroups = ["S0AGENTS\\n"]', 2, "S0AGENTS"),
        ('[lookup]\ngroups = ["s0agents"]', 2, "s0agents"),
        ('[limits]\n"""x""" = 1\n', 2, "not TOML"),
        ("[limits]\ncount = 1\n'''x''' = 1\n", 3, "not TOML"),
        ('redeem.x = """\n[fake]\n"""\nredeem.groups = []\n[real]\n', 1, "x"),
        ("[lookup]\r\ngroups = []\r\n\r\ngrops = 1\r\n", 4, "grops"),
        ("[lookup]\ngroups = [\n", 2, "not TOML"),
        ("[lookup]\ngroups == []", 2, "not TOML"),
        ("[lookup]\n[lookup]\n", 2, "not TOML"),
        ("[limits]\ncount = " + "9" * 5000, 2, "not TOML"),
    ],
)
def test_a_fault_names_its_line(text: str, line: int, word: str) -> None:
    told = faults(text)

    assert any(fault.startswith(f"line {line}: ") and word in fault for fault in told), told


@table(
    ("written", "line", "told"),
    [
        ("groups = [“S0AGENTS”]", 2, 'straight quotes, as "S0AGENTS"'),
        ("groups = [S0AGENTS]", 2, "texts in quotes"),
        ('groups = ["S0AGENTS"', 2, "close the list with ]"),
        ('groups = "S0AGENTS', 2, "close the text with a quote"),
        ("everyone = True", 2, "true and false small"),
        ("everyone = yes", 2, "true and false small"),
        ("everyone = true\neveryone = false", 3, "it is set twice"),
        ("everyone = true\n[lookup]", 3, "this table stands twice"),
        ("everyone = true\n[limits]\nvalue = 10,000", 4, "numbers in figures alone"),
        ("everyone = true\n[limits]\nvalue = ₹500", 4, "numbers in figures"),
        ("everyone = true\n[limits]\ncount = 0500", 4, "numbers in figures alone"),
        ("everyone = true\n[limits]\ncount: 5", 4, "write name = value"),
        ("everyone = true\n[approvals]\nexpire_after = 4h", 4, "texts in quotes"),
        ("everyone = true\n[approvals", 3, "close the name of the table"),
        ("everyone = true\n}", 3, "compare it with policy.example.toml"),
    ],
)
def test_what_is_not_toml_is_told_with_what_to_write(written: str, line: int, told: str) -> None:
    (fault,) = faults(f"[lookup]\n{written}")

    assert fault.startswith(f"line {line}: not TOML: ")
    assert told in fault


@table("bracket", ["[", "{a="])
def test_brackets_without_end_are_a_fault(bracket: str) -> None:
    with pytest.raises(PolicyFault, match="line 1: not TOML: brackets are nested too deeply"):
        parse_whole("a=" + bracket * 2000)


@table(
    ("text", "line", "word"),
    [
        ("\n[limits]\nvalu = 1", 3, "valu"),
        ("[limits]\ncount = 9999999999", 2, "count is more than 1000000000; write a smaller figure"),
        ("[limits]\nvalue = 1e400", 2, "value is more than 1000000000000000"),
        ("[limits]\ncount = -1", 2, "-1"),
        ("[limits]\ncount = 20.0", 2, "whole"),
        ("[limits]\ncount = true", 2, "True"),
        ("[limits]\nvalue = -0.5", 2, "-0.5"),
        ("[limits]\nvalue = nan", 2, "NaN"),
        ("[limits]\nvalue = inf", 2, "Infinity"),
        ("[limits]\nvalue = 1e99999999999999999999", 2, "NaN"),
        ("[limits]\nvalue = false", 2, "False"),
        ('[limits]\nvalue = "10000"', 2, "figures"),
        ("[approvals]\nchanel = 1", 2, "chanel"),
        ('[approvals]\nchannel = "#approvals"', 2, "a name can be given"),
        ('[approvals]\nchannel = "D0DIRECT"', 2, "channel id"),
        ("[approvals]\nchannel = 1", 2, "channel id"),
        ('[approvals]\nexpire_after = "0h"', 2, "duration"),
        ('[approvals]\nexpire_after = "-4h"', 2, "duration"),
        ('[approvals]\nexpire_after = "4 h"', 2, "duration"),
        ('[approvals]\nexpire_after = "4"', 2, "duration"),
        ('[approvals]\nexpire_after = "1w"', 2, "duration"),
        ('[approvals]\nexpire_after = "1.5h"', 2, "duration"),
        ('[approvals]\nexpire_after = "99999999999d"', 2, "duration"),
        ("[approvals]\nexpire_after = 4", 2, "duration"),
        ('[approvals]\nremind_after = "15m"', 2, "list"),
        ('[approvals]\nremind_after = [\n"15m",\n"1 h",\n]', 4, "1 h"),
        ('[approvals]\nremind_after = ["1h", "15m"]', 2, "rise"),
        ('[approvals]\nremind_after = ["60m", "1h"]', 2, "rise"),
        ('[approvals]\nremind_after = ["4h"]', 2, "expire_after"),
        ('[escalations]\nchannel = "store-ops"', 2, "channel id"),
        ('[escalations]\ngroups = ["@ops"]', 2, "@ops"),
        ('[escalations]\ngroup = ["S0OPS"]', 2, "group"),
        ('[escalations]\nremind_after = ["1h", "15m"]', 2, "rise"),
        ('[approvals]\nreject_reasons = ["a", "A"]', 2, "twice"),
        (f'[approvals]\nreject_reasons = ["{"x" * 76}"]', 2, "longer than 75"),
        ("[redeem]\nreasons = ['Other']", 1, "no groups"),
        (CLOSED + 'reason = ["Other"]', 3, "reason"),
        (CLOSED + "reasons = []", 3, "0"),
        (CLOSED + 'reasons = ["Other", " "]', 3, "' '"),
        (CLOSED + 'reasons = "Other"', 3, "list"),
        (CLOSED + 'reasons = [\n"Goodwill",\n7]', 5, "7"),
        (CLOSED + 'reasons = ["Other", "two\\nlines"]', 3, "one line"),
        (CLOSED + 'reasons = ["Other", "other "]', 3, "twice"),
        (CLOSED + f'reasons = ["Other", "{"x" * 76}"]', 3, "longer than 75"),
        (CLOSED + f"reasons = {[f'Reason {n}' for n in range(101)]}", 3, "101"),
        ('[redeem]\ngroups = ["@agents"]\n' + ASKED, 2, "@agents"),
        (OPENED, 1, "no rules"),
        (OPENED + "rules = []", 1, "no rules"),
        (OPENED + rule(), 1, "approvers"),
        (CLOSED + '[redeem.rules]\nname = "a"', 3, "[[redeem.rules]]"),
        (CLOSED + "rules = [1]", 3, "[[redeem.rules]]"),
        (CLOSED + "rules = 1", 3, "[[redeem.rules]]"),
        (CLOSED + "rules = {}", 3, "[[redeem.rules]]"),
    ],
)
def test_every_table_is_checked(text: str, line: int, word: str) -> None:
    (fault,) = faults(text)

    assert fault.startswith(f"line {line}: ")
    assert word in fault


@table(
    ("written", "line", "word"),
    [
        ("approvals = 0", 1, "name"),
        ('name = " "\napprovals = 0', 2, "name"),
        ("name = 1\napprovals = 0", 2, "name"),
        ('name = "a"', 1, "without approvals"),
        ('name = "a"\napprovals = 2', 3, "not supported yet"),
        ('name = "a"\napprovals = -1', 3, "-1"),
        ('name = "a"\napprovals = true', 3, "True"),
        ('name = "a"\napprovals = 1', 3, "without approvers"),
        ('name = "a"\napprovals = 1\napprovers = []', 3, "without approvers"),
        ('name = "a"\napprovals = 0\napprovers = ["S0MANAGERS"]', 4, "approvals = 0"),
        ('name = "a"\napprovals = 1\napprovers = ["@managers"]', 4, "@managers"),
        ('name = "a"\napprovals = 0\nup_to = -1', 4, "-1"),
        ('name = "a"\napprovals = 0\nup_to = true', 4, "True"),
        ('name = "a"\napprovals = 0\nup_to = inf', 4, "Infinity"),
        ('name = "a"\napprovals = 0\nupto = 5', 4, "upto"),
        ('name = "a"\napprovals = 0\ngroups = ["@seniors"]', 4, "@seniors"),
        ('name = "a"\napprovals = 0\n[redeem.rules.more]\nx = 1', 4, "more"),
    ],
)
@table("above", [0, 1, 2])
def test_the_line_is_that_of_the_rule_with_the_fault(above: int, written: str, line: int, word: str) -> None:
    before = CLOSED + "".join(rule(f"r{n}", f"up_to = {n}\napprovals = 0") for n in range(above))

    (fault,) = faults(f"{before}[[redeem.rules]]\n{written}")
    assert fault.startswith(f"line {2 + 4 * above + line}: ")
    assert word in fault


@table(
    ("earlier", "later"),
    [
        ("", ""),
        ("", "up_to = 5"),
        ("", 'groups = ["S0SENIORS"]'),
        ("up_to = 500", "up_to = 500"),
        ("up_to = 500", "up_to = 499.99"),
        ("up_to = 500", 'up_to = 5\ngroups = ["S0SENIORS"]'),
        ('groups = ["S0SENIORS"]', 'groups = ["S0SENIORS"]\nup_to = 5'),
        ('groups = ["S0SENIORS", "S0AGENTS"]', 'groups = ["S0SENIORS"]'),
    ],
)
def test_a_rule_that_an_earlier_one_hides_is_a_fault(earlier: str, later: str) -> None:
    text = CLOSED + rule("first", f"approvals = 0\n{earlier}") + rule("second", f"approvals = 0\n{later}")

    (fault,) = faults(text)
    assert "'second' is never reached: 'first' of line 3" in fault
    assert fault.startswith(f"line {text[: text.rindex('[[')].count(chr(10)) + 1}: ")


@table(
    ("earlier", "later"),
    [
        ("up_to = 500", ""),
        ("up_to = 500", "up_to = 500.01"),
        ('groups = ["S0SENIORS"]', ""),
        ('groups = ["S0SENIORS"]', 'groups = ["S0SENIORS", "S0AGENTS"]'),
        ("up_to = 500", 'groups = ["S0SENIORS"]'),
        ('groups = ["S0SENIORS"]', "up_to = 5"),
    ],
)
def test_a_rule_that_leaves_something_to_the_next_hides_nothing(earlier: str, later: str) -> None:
    text = CLOSED + rule("first", f"approvals = 0\n{earlier}") + rule("second", f"approvals = 0\n{later}")

    assert len(parse_policy(text).redeem.rules) == 2


@table("earlier", ["", "up_to = 500"])
def test_a_rule_at_once_never_hides_one_that_approves_any_worth(earlier: str) -> None:
    """Percentages without a cap are left to it."""
    text = OPENED + rule("at once", f"approvals = 0\n{earlier}") + ASKED

    assert len(parse_policy(text).redeem.rules) == 2


@table("up_to", ["up_to = 500\n", ""])
def test_a_rule_that_approves_hides_another_of_the_same_people(up_to: str) -> None:
    asked = f'{up_to}approvals = 1\napprovers = ["S0MANAGERS"]'

    (fault,) = faults(OPENED + rule("first", asked) + rule("second", asked))
    assert "'second' is never reached" in fault


@table("up_to", ["up_to = 500\n", "up_to = 1e9\n"])
def test_a_rule_at_once_for_any_worth_hides_one_that_approves_up_to_some(up_to: str) -> None:
    """Percentages without a cap are left to neither."""
    asked = f'{up_to}approvals = 1\napprovers = ["S0MANAGERS"]'

    (fault,) = faults(OPENED + rule("at once") + rule("second", asked))
    assert "'second' is never reached" in fault


@table("second", ["small", "Small ", "SMALL"])
def test_two_rules_of_one_name_are_a_fault(second: str) -> None:
    text = CLOSED + rule("small", "up_to = 1\napprovals = 0") + rule(second, "up_to = 2\napprovals = 0")

    (fault,) = faults(text)
    assert fault.startswith("line 8: ")
    assert "line 3" in fault


def test_two_rules_of_one_name_on_one_line_are_a_fault() -> None:
    (fault,) = faults(CLOSED + 'rules = [{name="a", up_to=1, approvals=0}, {name="a", up_to=2, approvals=0}]')

    assert fault.startswith("line 3: ")


def test_a_rule_with_a_fault_is_not_taken_for_one_without_approvers() -> None:
    (fault,) = faults(OPENED + ASKED.replace("S0", "@"))

    assert "@MANAGERS" in fault


def test_every_fault_is_told_at_once_in_the_order_of_the_file() -> None:
    told = faults(
        '[lookup]\ngrops = []\ngroups = ["@a", "@b"]\n[wrong]\n'
        '[redeem]\ngroups = []\n[[redeem.rules]]\nup_to = -1\napprovals = 1\n[limits]\nvalue = "x"\n'
    )

    assert [fault.partition(":")[0] for fault in told] == [
        f"line {number}" for number in (2, 3, 3, 4, 7, 8, 9, 11)
    ]


GROUPS = st.sampled_from(["", 'groups = ["S0SENIORS"]\n', 'groups = ["S0SENIORS", "S0AGENTS"]\n'])
UP_TO = st.sampled_from(["", "up_to = 5\n", "up_to = 500\n"])


@given(
    st.lists(st.tuples(GROUPS, UP_TO), min_size=2, max_size=2), st.sampled_from([1, 5, 6, 500, 501, 10**6])
)
def test_a_rule_that_is_called_hidden_never_decides(rules: list[tuple[str, str]], amount: int) -> None:
    one, other = (rule(str(n), f"{''.join(parts)}approvals = 0") for n, parts in enumerate(rules))
    asking = SENIORS | AGENTS
    try:
        parse_policy(CLOSED + one + other)
    except PolicyFault:
        read = [parse_policy(CLOSED + text).redeem.rules[0] for text in (one, other)]
        policy = Policy(redeem=Redeeming(groups=asking, rules=tuple(read)))

        for groups in (SENIORS, AGENTS, asking):
            decided = decide(policy, groups, Worth(amount=Decimal(amount)))
            assert not (isinstance(decided, Allowed) and decided.rule.name == "1")


@given(st.text(st.sampled_from("[]{}=\"'#.,\n\\ abSg0@"), max_size=60))
def test_whatever_is_written_is_a_policy_or_faults_with_lines(text: str) -> None:
    told: tuple[str, ...] = ()
    try:
        parse_whole(f"[lookup]\ngroups = []\n{text}")
    except PolicyFault as err:
        told = err.faults or ("no fault told",)

    assert all(
        1 <= int(fault.removeprefix("line ").partition(":")[0]) <= text.count("\n") + 3 for fault in told
    )


WORDS = st.sampled_from(
    [
        *("[redeem]\n", "[[redeem.rules]]\n", "[limits]\n", "[approvals]\n", "[redeem.rules.x]\n"),
        *("groups = ", "rules = ", "name = ", "up_to = ", "approvals = ", "remind_after = ", "channel = "),
        *('"S0AGENTS"', "[", "]", "{", "}", ", ", "\n", "-1", "1.5", "true", '"4h"', '"""', "# x\n", "nan"),
    ]
)


@given(st.lists(WORDS, max_size=25))
def test_whatever_is_written_into_the_tables_is_a_policy_or_faults(words: list[str]) -> None:
    told: tuple[str, ...] = ()
    text = "".join(words)
    try:
        parse_whole(text)
    except PolicyFault as err:
        told = err.faults or ("no fault told",)

    assert all(1 <= int(f.removeprefix("line ").partition(":")[0]) <= text.count("\n") + 1 for f in told)
