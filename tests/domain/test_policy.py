import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy import Policy, PolicyFault, parse_policy


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyFault) as caught:
        parse_policy(text)
    return caught.value.faults


def test_without_the_table_every_member_may_look_up() -> None:
    assert parse_policy("# nothing\n") == Policy(lookup_groups=None)


def test_an_empty_list_is_nobody() -> None:
    assert parse_policy("[lookup]\ngroups = []\n").lookup_groups == frozenset()


@pytest.mark.parametrize(
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
    assert parse_policy(text).lookup_groups == frozenset({"S0AGENTS", "S0SENIORS"})


def test_tables_that_are_not_read_yet_are_left_alone() -> None:
    policy = parse_policy(
        '[redeem]\ngroups = ["@x"]\n[[redeem.rules]]\nname = "a"\n[limits]\n[approvals]\n[escalations]\n'
    )

    assert policy == Policy()


@pytest.mark.parametrize(
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
        ("\n[lookup]\n", 2, "groups"),
        ('[lookup]\n\ngroups = "S0AGENTS"', 3, "list"),
        ("[lookup]\ngroups = [1]", 2, "1"),
        ('[lookup]\ngroups = ["@agents"]', 2, "@agents"),
        ('[lookup]\ngroups = [\n"S0AGENTS",\n# "@late"\n"@late",\n]', 5, "@late"),
        ('[lookup]\ngroups = ["U0AGENTS"]', 2, "U0AGENTS"),
        ('[lookup]\ngroups = ["S0AGENTS\\n"]', 2, "S0AGENTS"),
        ('[lookup]\ngroups = ["s0agents"]', 2, "s0agents"),
        ('[redeem]\nname = """\n[fake]\n"""\n[real]\n', 5, "real"),
        ("[lookup]\r\ngroups = []\r\n\r\ngrops = 1\r\n", 4, "grops"),
        ("[lookup]\ngroups = [\n", 2, "not TOML"),
        ("[lookup]\ngroups == []", 2, "not TOML"),
        ("[lookup]\n[lookup]\n", 2, "not TOML"),
    ],
)
def test_a_fault_names_its_line(text: str, line: int, word: str) -> None:
    (fault,) = faults(text)

    assert fault.startswith(f"line {line}: ")
    assert word in fault


def test_every_fault_is_told_at_once_in_the_order_of_the_file() -> None:
    told = faults('[lookup]\ngrops = []\ngroups = ["@a", "@b"]\n[wrong]\n')

    assert [fault.split(":")[0] for fault in told] == ["line 2", "line 3", "line 3", "line 4"]


@given(st.text(st.sampled_from("[]{}=\"'#.,\n\\ abSg0@"), max_size=60))
def test_whatever_is_written_is_a_policy_or_faults_with_lines(text: str) -> None:
    told: tuple[str, ...] = ()
    try:
        parse_policy(f"[lookup]\ngroups = []\n{text}")
    except PolicyFault as err:
        told = err.faults or ("no fault told",)

    assert all(
        1 <= int(fault.removeprefix("line ").partition(":")[0]) <= text.count("\n") + 3 for fault in told
    )
