from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.slack.desk import Desk, actions, button, home, modal, opened, section


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as desk:
        yield desk


async def call(desk: Desk, method: str, **args: Any) -> dict[str, Any]:
    """As JSON, and past the SDK, which would not let some of these through."""
    headers = {"Authorization": f"Bearer {desk.slack.bot_token}"}
    async with desk.http.post(desk.slack.api_url + method, json=args, headers=headers) as answer:
        return dict(await answer.json())


# Messages.


async def test_a_message_by_user_id_arrives_as_a_direct_message(desk: Desk) -> None:
    posted = await desk.client.chat_postMessage(channel="U0AGENT", text="Your request")
    opened_too = await desk.client.conversations_open(users="U0AGENT")

    assert posted["channel"] == opened_too["channel"]["id"] == "D0AGENT"
    await desk.nisha.sees("Your request")
    desk.slack.person("U0SENIOR").sees_not("Your request")


async def test_nobody_who_is_gone_gets_a_direct_message(desk: Desk) -> None:
    assert await desk.error(desk.client.chat_postMessage(channel="U0GONE", text="x")) == "channel_not_found"
    assert await desk.error(desk.client.conversations_open(users="U0GONE")) == "user_disabled"


async def test_direct_messages_need_the_messages_tab() -> None:
    async with opened(messages_tab=False) as desk:
        refused = await desk.error(desk.client.chat_postMessage(channel="U0AGENT", text="x"))

        assert refused == "messages_tab_disabled"
        assert desk.slack.faults == ["chat.postMessage: messages_tab_disabled"]


async def test_the_bot_posts_only_where_it_is(desk: Desk) -> None:
    assert await desk.error(desk.client.chat_postMessage(channel="C0RANDOM", text="x")) == "not_in_channel"
    assert desk.slack.faults == ["chat.postMessage: not_in_channel"]


async def test_nothing_is_posted_to_an_archive(desk: Desk) -> None:
    desk.slack.change_channel("C0SUPPORT", is_archived=True)

    assert await desk.error(desk.client.chat_postMessage(channel="C0SUPPORT", text="x")) == "is_archived"


async def test_a_message_of_nothing_is_refused(desk: Desk) -> None:
    assert (await call(desk, "chat.postMessage", channel="C0SUPPORT"))["error"] == "no_text"


async def test_broken_blocks_are_refused_with_every_fault(desk: Desk) -> None:
    blocks = [section("x" * 3001), {"type": "sektion"}]
    told = await call(desk, "chat.postMessage", channel="C0SUPPORT", text="x", blocks=blocks)

    assert told["error"] == "invalid_blocks"
    assert len(told["response_metadata"]["messages"]) == 2
    assert desk.slack.messages("C0SUPPORT") == []


async def test_blocks_without_text_are_posted_and_noted(desk: Desk) -> None:
    told = await call(desk, "chat.postMessage", channel="C0SUPPORT", blocks=[section("Asha")])

    assert told["ok"]
    assert desk.slack.faults == ["post: blocks without a top-level text"]


async def test_a_message_is_updated_in_place(desk: Desk) -> None:
    ts = await desk.shows(section("Waiting for approval"))
    await desk.client.chat_update(channel="C0SUPPORT", ts=ts, text="x", blocks=[section("Redeemed")])

    await desk.nisha.sees("Redeemed")
    desk.nisha.sees_not("Waiting for approval")
    assert desk.slack.faults == []


async def test_an_update_of_the_text_alone_leaves_the_blocks_standing(desk: Desk) -> None:
    """Known from the SDK's issue 523: such an update is answered ok and changes nothing that is seen."""
    ts = await desk.shows(section("Waiting for approval"))
    await desk.client.chat_update(channel="C0SUPPORT", ts=ts, text="Redeemed")
    await desk.nisha.sees("Waiting for approval")
    await desk.client.chat_update(channel="C0SUPPORT", ts=ts, text="Redeemed", blocks=[])

    await desk.nisha.sees("Redeemed")
    desk.nisha.sees_not("Waiting for approval")


async def test_a_long_text_cannot_be_updated_to(desk: Desk) -> None:
    ts = await desk.shows(section())
    refused = await desk.error(desk.client.chat_update(channel="C0SUPPORT", ts=ts, text="x" * 4001))

    assert refused == "msg_too_long"
    assert desk.slack.faults == ["chat.update: msg_too_long"]


async def test_a_very_long_text_is_cut(desk: Desk) -> None:
    await desk.client.chat_postMessage(channel="C0SUPPORT", text="x" * 40001)

    assert len(desk.slack.messages("C0SUPPORT")[0].text) == 40000
    assert desk.slack.faults == ["post: a text of more than 40000 characters is cut"]


async def test_an_ephemeral_message_can_be_neither_updated_nor_linked(desk: Desk) -> None:
    desk.answers = "Only for you"
    await desk.nisha.command("/coupons")
    ts = desk.slack.workspace.messages.all[-1].ts

    update = desk.client.chat_update(channel="C0SUPPORT", ts=ts, text="x")
    link = desk.client.chat_getPermalink(channel="C0SUPPORT", message_ts=ts)
    assert (await desk.error(update), await desk.error(link)) == ("message_not_found", "message_not_found")
    assert desk.slack.messages("C0SUPPORT") == []


async def test_the_words_of_others_cannot_be_updated(desk: Desk) -> None:
    said = await desk.nisha.says("C0SUPPORT", "hello")

    refused = await desk.error(desk.client.chat_update(channel="C0SUPPORT", ts=said.ts, text="x"))
    assert refused == "cant_update_message"


async def test_a_message_has_a_link(desk: Desk) -> None:
    ts = await desk.shows(section())
    told = await desk.client.chat_getPermalink(channel="C0SUPPORT", message_ts=ts)

    assert told["permalink"].endswith(f"/archives/C0SUPPORT/p{ts.replace('.', '')}")


async def test_timestamps_differ_also_when_the_clock_stands_still(desk: Desk) -> None:
    assert await desk.shows(section()) != await desk.shows(section())


async def test_every_mention_is_remembered(desk: Desk) -> None:
    await desk.shows(section("<!channel> <@U0AGENT> &lt;!here&gt; <!date^1^{date}|then> <https://x.test|x>"))
    await desk.shows(
        {"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}}, text="<!subteam^S0AGENTS>"
    )

    seen = [(one.channel, one.mention) for one in desk.slack.mentions]
    assert seen == [
        ("C0SUPPORT", "<!channel>"),
        ("C0SUPPORT", "<@U0AGENT>"),
        ("C0SUPPORT", "<!subteam^S0AGENTS>"),
    ]


async def test_mentions_in_rich_text_and_by_linked_names_are_remembered(desk: Desk) -> None:
    leaves = [{"type": "user", "user_id": "U0AGENT"}, {"type": "usergroup", "usergroup_id": "S0AGENTS"}]
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": leaves}]}
    await desk.shows(rich)
    await desk.client.chat_postMessage(channel="C0SUPPORT", text="@channel look", link_names=True)

    assert [one.mention for one in desk.slack.mentions] == ["<@U0AGENT>", "<!subteam^S0AGENTS>", "@channel"]


# Home.


async def test_a_published_home_is_seen_once_it_is_open(desk: Desk) -> None:
    await desk.client.views_publish(
        user_id="U0AGENT", view=home(section("Waiting for you"), actions(button()))
    )
    desk.nisha.sees_not("Waiting for you")
    await desk.nisha.opens_home()

    await desk.nisha.sees("Waiting for you")
    await desk.nisha.clicks("Next")
    assert desk.heard[-1]["container"]["type"] == "view"
    assert desk.heard[-2]["event"]["view"]["type"] == "home"


async def test_a_home_is_published_to_users_as_a_home(desk: Desk) -> None:
    nobody = await desk.error(desk.client.views_publish(user_id="U0NONE", view=home(section())))
    wrong = await desk.error(desk.client.views_publish(user_id="U0AGENT", view=modal(section())))

    assert (nobody, wrong) == ("invalid_arguments", "invalid_arguments")


async def test_a_home_that_has_changed_meanwhile_is_kept(desk: Desk) -> None:
    first = await desk.client.views_publish(user_id="U0AGENT", view=home(section("one")))
    await desk.client.views_publish(user_id="U0AGENT", view=home(section("two")))
    late = desk.client.views_publish(user_id="U0AGENT", view=home(section("x")), hash=first["view"]["hash"])

    assert await desk.error(late) == "hash_conflict"
