from collections.abc import AsyncIterator

import pytest

from tests.sandbox.slack.desk import Desk, actions, button, modal, opened, section


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as desk:
        yield desk


async def command_url(desk: Desk) -> str:
    desk.answers = "Looking up …2345; the card follows."
    await desk.nisha.command("/coupons")
    return str(desk.heard[-1]["response_url"])


async def pressed_url(desk: Desk) -> str:
    desk.answers = None
    await desk.nisha.clicks("Next")
    return str(desk.heard[-1]["response_url"])


async def ephemeral_card(desk: Desk) -> None:
    desk.answers = {"text": "page 1", "blocks": [section("page 1"), actions(button())]}
    await desk.nisha.command("/coupons")


async def test_a_commands_url_adds_a_message_that_only_the_caller_sees(desk: Desk) -> None:
    url = await command_url(desk)

    assert await desk.posted(url, text="The card") == (200, "ok")
    await desk.nisha.sees("the card follows.")
    await desk.nisha.sees("The card")
    desk.slack.person("U0SENIOR").sees_not("The card")
    assert desk.slack.faults == []


async def test_a_commands_url_can_speak_to_the_channel(desk: Desk) -> None:
    await desk.posted(await command_url(desk), text="The card", response_type="in_channel")

    await desk.slack.person("U0SENIOR").sees("The card")


async def test_a_commands_url_cannot_replace_what_the_acknowledgement_said(desk: Desk) -> None:
    await desk.posted(await command_url(desk), text="The card", replace_original=True)

    await desk.nisha.sees("the card follows.")
    await desk.nisha.sees("The card")
    assert desk.slack.faults == ["response_url of commands: there is nothing it can replace"]


async def test_a_commands_url_cannot_delete_what_the_acknowledgement_said(desk: Desk) -> None:
    assert await desk.posted(await command_url(desk), delete_original=True) == (400, "no_text")

    await desk.nisha.sees("the card follows.")
    assert desk.slack.faults[0] == "response_url of commands: there is nothing it can replace"


async def test_a_press_replaces_its_own_ephemeral_message(desk: Desk) -> None:
    await ephemeral_card(desk)
    url = await pressed_url(desk)
    await desk.posted(url, text="page 2", blocks=[section("page 2")], replace_original=True)

    await desk.nisha.sees("page 2")
    desk.nisha.sees_not("page 1")
    assert desk.slack.faults == []


async def test_a_press_replaces_its_own_message_unless_told_not_to(desk: Desk) -> None:
    await ephemeral_card(desk)
    url = await pressed_url(desk)
    await desk.posted(url, text="A denial", replace_original=False)
    await desk.nisha.sees("page 1")
    await desk.nisha.sees("A denial")

    await desk.posted(url, text="page 2")

    desk.nisha.sees_not("page 1")


async def test_a_press_deletes_its_own_message(desk: Desk) -> None:
    await ephemeral_card(desk)
    url = await pressed_url(desk)
    await desk.posted(url, delete_original=True)

    assert desk.nisha.screen() == ""
    assert await desk.posted(url, text="again") == (400, "message_not_found")


async def test_the_sixth_use_is_refused(desk: Desk) -> None:
    url = await command_url(desk)
    answers = [await desk.posted(url, text=str(use)) for use in range(6)]

    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]
    assert desk.slack.faults == ["response_url: used_url"]


async def test_a_url_dies_after_half_an_hour(desk: Desk) -> None:
    url = await command_url(desk)
    desk.clock.at += 30 * 60
    assert await desk.posted(url, text="in time") == (200, "ok")
    desk.clock.at += 1

    assert await desk.posted(url, text="late") == (404, "expired_url")
    assert desk.slack.faults == ["response_url: expired_url"]


async def test_a_made_up_url_is_refused(desk: Desk) -> None:
    assert await desk.posted(f"{desk.slack.workspace.base_url}/commands/T/x", text="x") == (
        404,
        "invalid_url",
    )


async def test_blocks_that_slack_refuses_are_refused_here_too(desk: Desk) -> None:
    url = await command_url(desk)

    assert await desk.posted(url, text="x", blocks=[{"type": "sektion"}]) == (400, "invalid_blocks")
    assert "unsupported block type 'sektion'" in desk.slack.faults[0]
    desk.nisha.sees_not("sektion")


async def test_blocks_without_text_are_shown_and_noted(desk: Desk) -> None:
    assert await desk.posted(await command_url(desk), blocks=[section("Asha")]) == (200, "ok")

    await desk.nisha.sees("Asha")
    assert desk.slack.faults == ["response_url: blocks without a top-level text"]


async def test_what_comes_through_a_url_counts_as_a_call(desk: Desk) -> None:
    await desk.posted(await command_url(desk), text="x")

    assert desk.slack.calls.count("response_url") == 1


async def test_a_url_can_be_made_to_fail(desk: Desk) -> None:
    url = await command_url(desk)
    desk.slack.fail("response_url", status=500, times=1)

    assert [(await desk.posted(url, text="x"))[0] for _ in range(2)] == [500, 200]


async def trigger(desk: Desk) -> str:
    await desk.nisha.command("/coupons")
    return str(desk.heard[-1]["trigger_id"])


async def test_a_trigger_opens_one_modal_and_no_second(desk: Desk) -> None:
    trigger_id = await trigger(desk)
    assert await desk.error(desk.client.views_open(trigger_id=trigger_id, view=modal(section("first")))) == ""

    again = await desk.error(desk.client.views_open(trigger_id=trigger_id, view=modal(section("second"))))

    assert again == "exchanged_trigger_id"
    assert desk.slack.faults == ["views.open: exchanged_trigger_id"]
    await desk.nisha.sees("first")


async def test_a_trigger_dies_after_three_seconds(desk: Desk) -> None:
    trigger_id = await trigger(desk)
    desk.clock.at += 3.1

    late = await desk.error(desk.client.views_open(trigger_id=trigger_id, view=modal(section())))

    assert late == "expired_trigger_id"
    assert desk.slack.faults == ["views.open: expired_trigger_id"]
    assert desk.nisha.modal is None


async def test_a_made_up_trigger_is_refused(desk: Desk) -> None:
    refused = await desk.error(desk.client.views_open(trigger_id="1.2.x", view=modal(section())))

    assert refused == "invalid_trigger_id"
    assert desk.slack.faults == ["views.open: invalid_trigger_id"]
