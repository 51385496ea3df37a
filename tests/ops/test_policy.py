"""What `coupon-desk policy` says: of a file in the words of `serve`, and of people by Slack's groups as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ops import policy
from bot.ops.slack import SlackUnreadable
from bot.sandbox.demo import POLICY, environment
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.server import SandboxSlack
from bot.settings import SettingsFault, load
from tests.ops.lines import Lines
from tests.test_main import now


@pytest.fixture
def say() -> Lines:
    return Lines()


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    slack = SandboxSlack()
    await slack.start()
    yield slack
    await slack.close()


async def explained(
    slack: SandboxSlack, folder: Path, say: Lines, worth: str, person: str | None = None, text: str = POLICY
) -> int:
    environ = environment(SandboxEngine(now=now), slack, folder) | {"CAPILLARY_URL": "http://127.0.0.1:1"}
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    return await policy.explain(load(environ, env_file=None), worth, person, say)


# check


def test_a_policy_that_can_be_used(tmp_path: Path, say: Lines) -> None:
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")

    assert policy.check(tmp_path / "policy.toml", say) == 0
    assert say.text == "The policy can be used: 2 rules, 4 groups named."


def test_the_words_are_those_of_serve(tmp_path: Path, say: Lines) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        POLICY.replace('"S0MANAGERS"]\n\n[limits', '"@managers"]\nmaybe = 1\n\n[limits'), encoding="utf-8"
    )
    with pytest.raises(SettingsFault) as err:
        load({"POLICY_FILE": str(file)}, env_file=None)

    assert policy.check(file, say) == 78
    of_policy = [fault for fault in err.value.faults if fault.startswith("POLICY_FILE")]
    assert len(of_policy) == 2
    assert say.text.splitlines()[1:] == [f"  {fault}" for fault in of_policy]


def test_a_file_that_is_not_there(tmp_path: Path, say: Lines) -> None:
    assert policy.check(tmp_path / "nowhere.toml", say) == 78
    assert "does not exist" in say.text


def test_what_nobody_may_do_is_said(tmp_path: Path, say: Lines) -> None:
    (tmp_path / "policy.toml").write_text("[lookup]\ngroups = []\n", encoding="utf-8")

    assert policy.check(tmp_path / "policy.toml", say) == 0
    assert say.said[1:] == [
        "Nobody may look up: [lookup] names no group.",
        "Nobody may redeem: [redeem] names no group.",
        "Nobody can ask store ops: [escalations] names no channel.",
    ]


def test_no_policy_at_all_is_a_failed_check(
    tmp_path: Path, say: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert policy.check(None, say) == 1
    assert "nobody may do anything" in say.text


# explain


async def test_a_senior_redeems_what_is_small_at_once(
    slack: SandboxSlack, tmp_path: Path, say: Lines
) -> None:
    assert await explained(slack, tmp_path, say, "500", "U0SENIOR") == 0
    assert "Rule “small, by a senior” decides for a coupon worth ₹500." in say.said
    assert say.said[-1] == "They may redeem it at once, after the confirmation."


async def test_an_agent_needs_an_approval_by_those_who_could_now(
    slack: SandboxSlack, tmp_path: Path, say: Lines
) -> None:
    assert await explained(slack, tmp_path, say, "500", "U0AGENT") == 0
    assert say.said[-1].startswith(
        "It needs an approval by one of S0MANAGERS; now these could: U0MANAGER1, U0MANAGER2"
    )


async def test_nobody_approves_their_own(slack: SandboxSlack, tmp_path: Path, say: Lines) -> None:
    slack.change_group("S0MANAGERS", users=("U0AGENT",))

    assert await explained(slack, tmp_path, say, "5000", "U0AGENT") == 1
    assert say.said[-1] == "It needs an approval by one of S0MANAGERS, and nobody there could approve it now."


async def test_somebody_in_no_group(slack: SandboxSlack, tmp_path: Path, say: Lines) -> None:
    slack.change_group("S0AGENTS", users=())
    slack.change_group("S0SENIORS", users=())

    assert await explained(slack, tmp_path, say, "1", "U0AGENT") == 1
    assert say.said[-1].endswith(": only members of S0AGENTS, S0SENIORS may.")


async def test_everybody_by_rule(slack: SandboxSlack, tmp_path: Path, say: Lines) -> None:
    assert await explained(slack, tmp_path, say, "500") == 0
    small = next(line for line in say.said if "small, by a senior" in line)
    rest = next(line for line in say.said if "everything else" in line)
    assert "U0SENIOR" in small
    assert "U0AGENT" in rest
    assert "U0SENIOR" not in rest


async def test_nobody_at_all_is_a_failed_check(slack: SandboxSlack, tmp_path: Path, say: Lines) -> None:
    for group in ("S0AGENTS", "S0SENIORS"):
        slack.change_group(group, users=())

    assert await explained(slack, tmp_path, say, "500") == 1
    assert say.text == "Nobody could redeem a coupon worth ₹500 now."


@pytest.mark.parametrize("person", ["nisha", "@nisha", "<@U0AGENT>", "", "u0agent", "S0AGENTS"])
async def test_a_person_is_named_by_id(slack: SandboxSlack, tmp_path: Path, say: Lines, person: str) -> None:
    assert await explained(slack, tmp_path, say, "500", person) == 2
    assert "must be a Slack id" in say.text


@pytest.mark.parametrize("worth", ["0", "-1", "many", "NaN", "1e999999999"])
async def test_a_worth_that_is_none(slack: SandboxSlack, tmp_path: Path, say: Lines, worth: str) -> None:
    assert await explained(slack, tmp_path, say, worth) == 2


async def test_slack_that_cannot_be_read_is_told(slack: SandboxSlack, tmp_path: Path, say: Lines) -> None:
    slack.fail("usergroups.list", error="missing_scope")

    with pytest.raises(SlackUnreadable, match="missing_scope"):
        await explained(slack, tmp_path, say, "500")
