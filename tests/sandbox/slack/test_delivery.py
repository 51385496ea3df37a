import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.sandbox.slack.answers import Answers
from bot.sandbox.slack.delivery import Ack
from bot.sandbox.slack.server import SandboxSlack
from tests.sandbox.slack.desk import Desk, actions, button, opened, section, select


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as desk:
        yield desk


async def test_a_command_carries_the_fields_of_slack(desk: Desk) -> None:
    ack = await desk.nisha.command("/coupons", "919845012345 redeemable")

    told = desk.heard[0]
    assert ack.ok
    assert set(told) == {
        *("token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name", "command"),
        *("text", "api_app_id", "is_enterprise_install", "response_url", "trigger_id"),
    }
    assert (told["command"], told["text"]) == ("/coupons", "919845012345 redeemable")
    assert (told["user_id"], told["team_id"], told["channel_name"]) == ("U0AGENT", "T0DESK", "support")


async def test_what_is_sent_is_signed_over_its_very_bytes(desk: Desk) -> None:
    await desk.nisha.command("/coupons", "₹ & co")

    headers, body = desk.requests[0]
    stamp = headers["X-Slack-Request-Timestamp"]
    digest = hmac.new(b"sandbox-signing-secret", f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    assert headers["X-Slack-Signature"] == f"v0={digest}"
    assert stamp == str(int(desk.clock.at))
    assert parse_qs(body)["text"] == ["₹ & co"]


async def test_private_channels_and_direct_messages_hide_their_name(desk: Desk) -> None:
    await desk.slack.person("U0STOREOPS").command("/coupons", channel="C0STOREOPS")
    await desk.client.conversations_open(users="U0AGENT")
    await desk.nisha.command("/coupons", channel="D0AGENT")

    assert [told["channel_name"] for told in desk.heard] == ["privategroup", "directmessage"]


async def test_an_outsider_comes_with_their_own_workspace(desk: Desk) -> None:
    otto = desk.slack.person("Otto Klein")
    await otto.command("/coupons", channel="C0SHARED")
    await desk.client.chat_postMessage(channel="C0SHARED", text="x", blocks=[actions(button())])
    await otto.clicks("Next")

    assert desk.heard[0]["team_id"] == "T0OTHER"
    assert desk.heard[1]["user"]["team_id"] == "T0OTHER"
    assert desk.heard[1]["team"]["id"] == "T0DESK"


@pytest.mark.parametrize("said", ["The card follows.", {"text": "The card follows."}])
async def test_what_acknowledges_a_command_is_seen_by_the_caller_only(desk: Desk, said: Any) -> None:
    desk.answers = said
    await desk.nisha.command("/coupons")

    await desk.nisha.sees("The card follows.")
    desk.slack.person("U0SENIOR").sees_not("The card follows.")


async def test_an_answer_in_the_channel_is_seen_by_all(desk: Desk) -> None:
    desk.answers = {"text": "Look here", "response_type": "in_channel"}
    await desk.nisha.command("/coupons")

    await desk.slack.person("U0SENIOR").sees("Look here")
    desk.slack.person("U0OUTSIDE").sees_not("Look here")


async def test_an_empty_acknowledgement_shows_nothing(desk: Desk) -> None:
    await desk.nisha.command("/coupons")

    assert desk.nisha.screen() == ""
    assert desk.slack.faults == []


async def test_a_late_acknowledgement_is_a_failure_in_front_of_the_person(desk: Desk) -> None:
    never = asyncio.Event()

    async def late(_: Any) -> None:
        await never.wait()

    desk.handler = late
    desk.slack.delivery.limit_s = 0.1
    ack = await desk.nisha.command("/coupons")
    desk.slack.delivery.limit_s = 30.0
    never.set()

    assert (ack.status, ack.error) == (None, "operation_timeout")
    await desk.nisha.sees('/coupons failed with the error "operation_timeout"')
    assert desk.slack.faults == ["/coupons: not acknowledged in time (operation_timeout)"]


async def test_an_answer_other_than_200_is_a_failure_in_front_of_the_person(desk: Desk) -> None:
    await desk.shows(actions(button()))
    desk.answers = 500
    ack = await desk.nisha.clicks("Next")

    assert (ack.status, ack.error) == (500, "dispatch_failed")
    await desk.nisha.sees("We had some trouble connecting. Try again? (dispatch_failed)")
    assert desk.slack.faults == ["action next: acknowledged with HTTP 500 (dispatch_failed)"]


@pytest.mark.parametrize(("after_s", "faults"), [(0.1, 1), (3.1, 0)])
def test_bolt_giving_up_breaks_no_rule_where_slack_waits_longer(after_s: float, faults: int) -> None:
    slack = SandboxSlack(limit_s=30.0)
    given_up = Ack(status=404, body="", seconds=after_s, error="dispatch_failed")

    Answers(slack.workspace).command("U0AGENT", "C0SUPPORT", "/coupons", given_up)

    assert "/coupons failed" in slack.person("U0AGENT").screen()
    assert len(slack.faults) == faults


async def test_a_bot_that_is_away_fails_the_person_but_breaks_no_rule(desk: Desk) -> None:
    desk.slack.connect("http://127.0.0.1:1/slack/events")
    ack = await desk.nisha.command("/coupons")

    assert (ack.status, ack.error) == (None, "dispatch_failed")
    await desk.nisha.sees('/coupons failed with the error "dispatch_failed"')
    assert desk.slack.faults == []


async def test_nothing_is_delivered_twice(desk: Desk) -> None:
    desk.answers = 503
    await desk.nisha.command("/coupons")
    await desk.nisha.opens_home()

    assert len(desk.requests) == 2


async def test_blocks_that_slack_refuses_fail_the_command(desk: Desk) -> None:
    desk.answers = {"text": "x", "blocks": [section("x" * 3001)]}
    await desk.nisha.command("/coupons")

    await desk.nisha.sees('/coupons failed with the error "invalid_blocks"')
    assert "must be 1 to 3000 characters" in desk.slack.faults[0]


async def test_an_acknowledgement_of_blocks_alone_is_noted(desk: Desk) -> None:
    desk.answers = {"blocks": [section("Asha")]}
    await desk.nisha.command("/coupons")

    await desk.nisha.sees("Asha")
    assert desk.slack.faults == ["/coupons acknowledgement: blocks without a top-level text"]


async def test_a_press_carries_the_message_its_place_and_its_value(desk: Desk) -> None:
    ts = await desk.shows(actions(button(value="opaque"), select("all", "redeemable"), block_id="row"))
    await desk.nisha.clicks("Next")

    told = desk.heard[0]
    assert told["type"] == "block_actions"
    assert told["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0SUPPORT",
        "is_ephemeral": False,
    }
    assert told["message"]["ts"] == ts
    assert told["channel"] == {"id": "C0SUPPORT", "name": "support"}
    assert told["actions"][0]["value"] == "opaque"
    assert (told["actions"][0]["action_id"], told["actions"][0]["block_id"]) == ("next", "row")
    assert told["state"]["values"]["row"]["filter"] == {"type": "static_select", "selected_option": None}
    assert {"trigger_id", "response_url", "user", "team", "api_app_id"} <= set(told)


async def test_a_press_on_an_ephemeral_message_carries_no_message(desk: Desk) -> None:
    desk.answers = {"text": "x", "blocks": [actions(button())]}
    await desk.nisha.command("/coupons")
    desk.answers = None
    await desk.nisha.clicks("Next")

    assert desk.heard[1]["container"]["is_ephemeral"] is True
    assert "message" not in desk.heard[1]


async def test_a_choice_carries_the_option_and_stays_chosen(desk: Desk) -> None:
    await desk.shows(actions(select("all", "redeemable"), block_id="row"))
    await desk.nisha.chooses("redeemable", from_="filter")

    told = desk.heard[0]
    assert told["actions"][0]["selected_option"]["value"] == "redeemable"
    assert told["state"]["values"]["row"]["filter"]["selected_option"]["value"] == "redeemable"
    await desk.nisha.sees("[redeemable ▾]")


async def test_a_message_shortcut_carries_the_message_and_a_response_url(desk: Desk) -> None:
    desk.slack.workspace.shortcuts["Look up customer"] = "look_up_customer"
    said = await desk.slack.person("U0SENIOR").says("C0SUPPORT", "Please check 98450 12345", thread="1.0")
    await desk.nisha.shortcut("Look up customer", message=said)

    told = desk.heard[0]
    assert (told["type"], told["callback_id"]) == ("message_action", "look_up_customer")
    assert told["message"]["text"] == "Please check 98450 12345"
    assert told["message"]["thread_ts"] == "1.0"
    assert (told["message_ts"], told["channel"]["id"]) == (said.ts, "C0SUPPORT")
    assert {"trigger_id", "response_url"} <= set(told)


async def test_a_global_shortcut_has_neither_channel_nor_response_url(desk: Desk) -> None:
    await desk.nisha.shortcut("find")

    assert desk.heard[0]["type"] == "shortcut"
    assert not {"channel", "response_url"} & set(desk.heard[0])


async def test_opening_the_home_tab_is_an_event(desk: Desk) -> None:
    await desk.nisha.opens_home()

    told = desk.heard[0]
    assert (told["type"], told["event"]["type"], told["event"]["tab"]) == (
        "event_callback",
        "app_home_opened",
        "home",
    )
    assert told["event"]["user"] == "U0AGENT"
    assert "view" not in told["event"]


async def test_what_happens_in_the_workspace_can_be_told_as_an_event(desk: Desk) -> None:
    await desk.slack.happens({"type": "subteam_members_changed", "subteam_id": "S0AGENTS"})

    assert desk.heard[0]["event"] == {"type": "subteam_members_changed", "subteam_id": "S0AGENTS"}


async def test_what_was_sent_can_be_sent_again(desk: Desk) -> None:
    await desk.shows(actions(button()))
    await desk.nisha.clicks("Next")
    ack = await desk.slack.replay()

    assert ack.ok
    assert desk.heard[0] == desk.heard[1]


async def test_an_outsider_types_where_they_are(desk: Desk) -> None:
    desk.answers = "You are not allowed."
    await desk.slack.person("U0OUTSIDE").command("/coupons")
    await desk.slack.person("U0GONE").command("/coupons")

    assert [told["channel_id"] for told in desk.heard] == ["C0SHARED", "C0SUPPORT"]
    await desk.slack.person("U0GONE").sees("You are not allowed.")
