import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.people import Group, User
from bot.sandbox.slack.server import SCOPES
from tests.sandbox.slack.desk import Desk, opened, section


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as desk:
        yield desk


async def call(desk: Desk, method: str, **args: Any) -> dict[str, Any]:
    """As JSON, and past the SDK, which would not let some of these through."""
    headers = {"Authorization": f"Bearer {desk.slack.bot_token}"}
    async with desk.http.post(desk.slack.api_url + method, json=args, headers=headers) as answer:
        return dict(await answer.json())


# Who calls, and what.


async def test_the_bot_learns_who_it_is(desk: Desk) -> None:
    told = await desk.client.auth_test()

    assert (told["user_id"], told["bot_id"], told["team_id"]) == ("U0DESK", "B0DESK", "T0DESK")


async def test_a_wrong_token_is_refused(desk: Desk) -> None:
    assert await desk.error(desk.client.auth_test(token="xoxb-other")) == "invalid_auth"
    assert desk.slack.faults == ["auth.test: invalid_auth"]


async def test_no_token_is_refused(desk: Desk) -> None:
    async with desk.http.post(f"{desk.slack.api_url}auth.test") as answer:
        assert await answer.json() == {"ok": False, "error": "not_authed"}


async def test_the_app_token_opens_sockets_and_nothing_else(desk: Desk) -> None:
    refused = await desk.error(desk.client.auth_test(token=desk.slack.app_token))
    unlike = await desk.error(desk.client.apps_connections_open(app_token=desk.slack.bot_token))

    assert (refused, unlike) == ("not_allowed_token_type", "not_allowed_token_type")


@pytest.mark.parametrize(
    "method", ["chat.postEphemeral", "chat.delete", "users.list", "conversations.history"]
)
async def test_a_method_outside_the_list_is_unknown_and_a_fault(desk: Desk, method: str) -> None:
    assert (await call(desk, method))["error"] == "unknown_method"
    assert desk.slack.faults == [f"{method}: unknown_method: not one of the calls this app makes"]


NEEDS = {
    "chat.postMessage": ("chat:write", {"channel": "C0SUPPORT", "text": "x"}),
    "chat.update": ("chat:write", {"channel": "C0SUPPORT", "ts": "1", "text": "x"}),
    "usergroups.list": ("usergroups:read", {}),
    "usergroups.users.list": ("usergroups:read", {"usergroup": "S0AGENTS"}),
    "users.info": ("users:read", {"user": "U0AGENT"}),
    "conversations.open": ("im:write", {"users": "U0AGENT"}),
    "conversations.info": ("channels:read", {"channel": "C0SUPPORT"}),
}


@pytest.mark.parametrize("method", NEEDS)
async def test_a_method_needs_its_scope(method: str) -> None:
    scope, args = NEEDS[method]
    async with opened(scopes=SCOPES - {scope}) as desk:
        assert (await call(desk, method, **args))["error"] == "missing_scope"
        assert desk.slack.faults == [f"{method}: missing_scope: needed: {scope}"]


async def test_a_private_channel_needs_a_scope_of_its_own() -> None:
    async with opened(scopes=SCOPES - {"groups:read"}) as desk:
        assert (await call(desk, "conversations.info", channel="C0STOREOPS"))["error"] == "missing_scope"


async def test_json_and_forms_are_both_understood(desk: Desk) -> None:
    as_json = await call(desk, "chat.postMessage", channel="C0SUPPORT", text="x", blocks=[section("by JSON")])
    headers = {"Authorization": f"Bearer {desk.slack.bot_token}"}
    form = {"channel": "C0SUPPORT", "text": "x", "blocks": '[{"type": "divider"}]'}
    async with desk.http.post(f"{desk.slack.api_url}chat.postMessage", data=form, headers=headers) as answer:
        as_form = await answer.json()

    assert as_json["message"]["blocks"][0]["text"]["text"] == "by JSON"
    assert as_form["message"]["blocks"][0]["type"] == "divider"


# How often.


async def test_the_twenty_first_read_of_the_groups_in_a_minute_must_wait(desk: Desk) -> None:
    for _ in range(20):
        await desk.client.usergroups_list()
        desk.clock.at += 1

    with pytest.raises(SlackApiError) as refused:
        await desk.client.usergroups_list()

    assert refused.value.response.status_code == 429
    assert refused.value.response["error"] == "ratelimited"
    assert refused.value.response.headers["Retry-After"] == "40"
    assert desk.slack.faults == ["usergroups.list: ratelimited"]
    desk.clock.at += 40
    await desk.client.usergroups_list()


TIERS: dict[str, tuple[int, dict[str, Any]]] = {
    "usergroups.users.list": (20, {"usergroup": "S0AGENTS"}),
    "chat.update": (50, {"channel": "C0SUPPORT", "ts": "1", "text": "x"}),
    "conversations.info": (50, {"channel": "C0SUPPORT"}),
    "conversations.open": (50, {"users": "U0AGENT"}),
    "users.info": (100, {"user": "U0AGENT"}),
    "views.update": (100, {"view_id": "V0", "view": {}}),
    "views.open": (100, {"trigger_id": "x", "view": {}}),
}


@pytest.mark.parametrize("method", TIERS)
async def test_a_tier_ends_where_slack_ends_it(desk: Desk, method: str) -> None:
    calls, args = TIERS[method]
    errors = [(await call(desk, method, **args)).get("error") for _ in range(calls + 1)]

    assert errors[-1] == "ratelimited"
    assert "ratelimited" not in errors[:-1]


async def test_posts_may_burst_but_not_go_on_and_count_by_channel(desk: Desk) -> None:
    errors = [
        (await call(desk, "chat.postMessage", channel="C0SUPPORT", text="x")).get("error") for _ in range(11)
    ]
    elsewhere = await call(desk, "chat.postMessage", channel="C0APPROVALS", text="x")

    assert errors == [None] * 10 + ["ratelimited"]
    assert elsewhere["ok"]


# Switched failures.


async def test_a_method_can_be_made_to_answer_an_error_until_it_is_healed(desk: Desk) -> None:
    desk.slack.fail("users.info", error="fatal_error")
    failed = await desk.error(desk.client.users_info(user="U0AGENT"))
    desk.slack.heal("users.info")

    assert failed == "fatal_error"
    assert await desk.error(desk.client.users_info(user="U0AGENT")) == ""
    assert desk.slack.faults == []
    assert [(one.method, one.ok) for one in desk.slack.calls] == [("users.info", False), ("users.info", True)]


async def test_a_method_can_be_made_to_fail_so_many_times(desk: Desk) -> None:
    desk.slack.fail("auth.test", error="internal_error", times=2)

    assert [await desk.error(desk.client.auth_test()) for _ in range(3)] == ["internal_error"] * 2 + [""]


async def test_a_method_can_be_made_to_answer_429_and_500(desk: Desk) -> None:
    desk.slack.fail("auth.test", retry_after=7, times=1)
    headers = {"Authorization": f"Bearer {desk.slack.bot_token}"}
    async with desk.http.post(f"{desk.slack.api_url}auth.test", headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    desk.slack.fail("auth.test", status=500)
    async with desk.http.post(f"{desk.slack.api_url}auth.test", headers=headers) as answer:
        assert answer.status == 500


async def test_a_method_can_be_made_to_hang_and_go_on(desk: Desk) -> None:
    go_on = asyncio.Event()
    desk.slack.fail("auth.test", hang=go_on, times=1)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(desk.error(desk.client.auth_test()))
        await desk.slack.reached("auth.test")
        assert desk.slack.calls.count("auth.test") == 0
        go_on.set()

    assert waiting.result() == ""
    assert desk.slack.calls.count("auth.test") == 1


# People, groups, channels.


async def test_members_are_told_only_when_asked_for(desk: Desk) -> None:
    bare = await desk.client.usergroups_list()
    full = await desk.client.usergroups_list(include_users=True)

    assert all("users" not in group for group in bare["usergroups"])
    assert bare["usergroups"][0]["user_count"] == len(full["usergroups"][0]["users"])


async def test_disabled_groups_are_told_only_when_asked_for(desk: Desk) -> None:
    usual = await desk.client.usergroups_list()
    every = await desk.client.usergroups_list(include_disabled=True, include_users=True)

    assert "S0OLD" not in [group["id"] for group in usual["usergroups"]]
    assert [group["date_delete"] != 0 for group in every["usergroups"] if group["id"] == "S0OLD"] == [True]


async def test_a_list_may_tell_fewer_members_than_it_counts(desk: Desk) -> None:
    desk.slack.change_group("S0SENIORS", listed=())
    groups = (await desk.client.usergroups_list(include_users=True))["usergroups"]
    told = next(group for group in groups if group["id"] == "S0SENIORS")

    assert (told["users"], told["user_count"]) == ([], 1)
    assert (await desk.client.usergroups_users_list(usergroup="S0SENIORS"))["users"] == ["U0SENIOR"]


@pytest.mark.parametrize("group", ["S0NONE", "S0OLD"])
async def test_no_members_of_a_group_that_is_unknown_or_disabled(desk: Desk, group: str) -> None:
    assert await desk.error(desk.client.usergroups_users_list(usergroup=group)) == "no_such_subteam"


async def test_a_person_who_joins_a_group_is_in_it_from_then_on(desk: Desk) -> None:
    desk.slack.change_group("S0SENIORS", users=("U0AGENT",))
    desk.slack.add_group(Group(id="S0NEW", handle="new", users=("U0AGENT",)))

    assert (await desk.client.usergroups_users_list(usergroup="S0SENIORS"))["users"] == ["U0AGENT"]
    assert (await desk.client.usergroups_users_list(usergroup="S0NEW"))["users"] == ["U0AGENT"]


KINDS: dict[str, dict[str, Any]] = {
    "U0AGENT": {},
    "U0GUEST": {"is_restricted": True, "is_ultra_restricted": True},
    "U0MULTIGUEST": {"is_restricted": True},
    "U0GONE": {"deleted": True},
    "U0OUTSIDE": {"is_stranger": True, "team_id": "T0OTHER"},
    "U0DESK": {"is_bot": True},
}


@pytest.mark.parametrize("user", KINDS)
async def test_what_kind_of_account_it_is_stands_in_users_info(desk: Desk, user: str) -> None:
    told = (await desk.client.users_info(user=user))["user"]
    flags = ("deleted", "is_bot", "is_app_user", "is_restricted", "is_ultra_restricted", "is_stranger")

    seen = {flag: True for flag in flags if told.get(flag)}
    assert seen == {key: value for key, value in KINDS[user].items() if key != "team_id"}
    assert told["team_id"] == KINDS[user].get("team_id", "T0DESK")


async def test_accounts_change_and_new_ones_come(desk: Desk) -> None:
    desk.slack.change_user("U0AGENT", deleted=True)
    asha = desk.slack.add_user(User(id="U0NEW", name="New Person", enterprise_teams=("T0DESK",)))

    assert (await desk.client.users_info(user="U0AGENT"))["user"]["deleted"] is True
    assert (await desk.client.users_info(user="U0NEW"))["user"]["enterprise_user"]["teams"] == ["T0DESK"]
    assert desk.slack.person("New Person") is asha


async def test_an_unknown_account_is_not_found(desk: Desk) -> None:
    assert await desk.error(desk.client.users_info(user="U0NONE")) == "user_not_found"


async def test_a_shared_channel_says_so(desk: Desk) -> None:
    shared = (await desk.client.conversations_info(channel="C0SHARED"))["channel"]
    own = (await desk.client.conversations_info(channel="C0SUPPORT"))["channel"]

    assert (shared["is_ext_shared"], shared["connected_team_ids"]) == (True, ["T0OTHER"])
    assert own["is_ext_shared"] is False


@pytest.mark.parametrize("channel", ["C0NONE", "C0SECRET"])
async def test_a_channel_that_is_unknown_or_private_to_others_is_not_found(desk: Desk, channel: str) -> None:
    assert (await call(desk, "conversations.info", channel=channel))["error"] == "channel_not_found"
    assert (await call(desk, "chat.postMessage", channel=channel, text="x"))["error"] == "channel_not_found"
