import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.sandbox.slack.blockkit.text import mrkdwn
from bot.sandbox.slack.server import SandboxSlack
from tests.sandbox.slack.desk import Desk, actions, button, modal, opened, plain, section, select
from tests.tables import table

NAMES = {"U0AGENT": "Nisha Rao", "C0SUPPORT": "support", "S0AGENTS": "agents"}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as desk:
        yield desk


@table(
    ("written", "read"),
    [
        ("*Redeemed* by <@U0AGENT>", "Redeemed by @Nisha Rao"),
        ("_slow_ ~gone~ `ABC123`", "slow gone ABC123"),
        ("AS_IT_IS and 2*3*4", "AS_IT_IS and 2*3*4"),
        ("<!date^1763769600^{date_short} at {time}|22 Nov 2025, 00:00 UTC>", "22 Nov 2025, 00:00 UTC"),
        ("<#C0SUPPORT> <#C1|other> <!subteam^S0AGENTS>", "#support #other @agents"),
        ("<!channel> <!here|here>", "@channel @here"),
        ("<https://x.test|the page> <https://y.test>", "the page https://y.test"),
        ("Tom &amp; Co &lt;b&gt;", "Tom & Co <b>"),
        ("&lt;!channel&gt;", "<!channel>"),
    ],
)
def test_markup_is_read_as_a_person_sees_it(written: str, read: str) -> None:
    assert mrkdwn(written, NAMES) == read


async def test_every_core_block_has_words(desk: Desk) -> None:
    leaves = [{"type": "text", "text": "by "}, {"type": "user", "user_id": "U0AGENT"}]
    cells = [{"type": "raw_text", "text": "a"}, {"type": "raw_text", "text": "b"}]
    await desk.shows(
        {"type": "header", "text": plain("Coupons")},
        {"type": "section", "fields": [plain("left"), plain("right")], "accessory": button("Details")},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "*as of* 14:03"}]},
        {"type": "divider"},
        actions(button("Next"), select("all", "active", placeholder=plain("Filter"))),
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": leaves}]},
        {"type": "table", "rows": [cells, cells]},
    )

    assert desk.nisha.screen().splitlines() == [
        "Coupon Desk in support:",
        *("Coupons", "left", "right", "[Details]", "as of 14:03", "────", "[Next] [Filter ▾]"),
        *("by @Nisha Rao", "a | b", "a | b"),
    ]


async def test_with_blocks_the_text_is_only_for_notifications(desk: Desk) -> None:
    await desk.shows(section("shown"), text="announced")

    await desk.nisha.sees("shown")
    desk.nisha.sees_not("announced")


async def test_a_modal_shows_its_title_and_its_buttons(desk: Desk) -> None:
    await desk.opens(modal(section("Sure?"), submit=plain("Redeem now"), close=plain("Not yet")))

    assert desk.nisha.screen() == "── Redeem coupon ──\nSure?\n[Redeem now] [Not yet]"


async def test_nobody_sees_a_conversation_they_are_not_in(desk: Desk) -> None:
    await desk.client.chat_postMessage(channel="C0APPROVALS", text="Waiting for approval")

    await desk.slack.person("U0MANAGER1").sees("Waiting for approval")
    desk.nisha.sees_not("Waiting for approval")


async def test_seeing_waits_for_what_is_still_to_come(desk: Desk) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.nisha.sees("Redeemed"))
        group.create_task(desk.shows(section("*Redeemed*")))


async def test_who_does_not_see_it_is_told_what_they_see_instead(desk: Desk) -> None:
    await desk.shows(section("Not redeemed"))

    with pytest.raises(AssertionError, match=r"Nisha Rao does not see 'unknown'(.|\n)*Not redeemed"):
        await desk.nisha.sees("unknown", timeout_s=0)
    with pytest.raises(AssertionError, match="Nisha Rao sees 'Not redeemed'"):
        desk.nisha.sees_not("Not redeemed")


async def test_a_button_is_found_in_the_row_after_the_words(desk: Desk) -> None:
    def coupon(code: str, *names: str) -> list[dict[str, object]]:
        buttons = (button(name, action_id=name, value=code) for name in names)
        return [section(f"*{code}*"), actions(*buttons)]

    await desk.shows(*coupon("ABC123", "Redeem", "Details"), *coupon("DEF456", "Details"))
    await desk.shows(*coupon("GHI789", "Redeem", "Details"))
    await desk.nisha.clicks("Redeem", near="ABC123")
    await desk.nisha.clicks("Details", near="DEF456")
    await desk.nisha.clicks("Redeem")

    assert [told["actions"][0]["value"] for told in desk.heard] == ["ABC123", "DEF456", "GHI789"]
    with pytest.raises(AssertionError, match=r"finds no button \[Redeem\]"):
        await desk.nisha.clicks("Redeem", near="DEF456", timeout_s=0)


async def test_an_open_modal_lies_before_all_messages(desk: Desk) -> None:
    await desk.opens(modal(actions(button(value="modal"))))
    await desk.shows(actions(button(value="message")))
    await desk.nisha.clicks("Next")
    await desk.nisha.closes()
    await desk.nisha.clicks("Next")

    assert [told["actions"][0]["value"] for told in desk.heard[1:]] == ["modal", "message"]


async def test_nobody_presses_what_is_not_there(desk: Desk) -> None:
    nisha = desk.nisha

    with pytest.raises(AssertionError, match=r"finds no button \[Redeem\]"):
        await nisha.clicks("Redeem", timeout_s=0)
    with pytest.raises(AssertionError, match="finds no option 'all'"):
        await nisha.chooses("all", timeout_s=0)
    with pytest.raises(AssertionError, match="finds no input 'Note'"):
        await nisha.types("Note", "x", timeout_s=0)
    with pytest.raises(AssertionError, match="has no modal to submit"):
        await nisha.submits(timeout_s=0)
    with pytest.raises(AssertionError, match="has no modal open"):
        await nisha.closes()


def test_people_are_known_by_name_and_by_id() -> None:
    slack = SandboxSlack()

    assert slack.person("Nisha Rao") is slack.person("U0AGENT") is slack.people["U0AGENT"]
    with pytest.raises(KeyError):
        slack.person("Nobody at all")


async def test_what_never_happens_is_told(desk: Desk) -> None:
    with pytest.raises(AssertionError, match=r"users\.info was called 0 times, not 1"):
        await desk.slack.reached("users.info", timeout_s=0)
    with pytest.raises(AssertionError, match="did not happen"):
        await desk.slack.until(lambda: False, timeout_s=0)
