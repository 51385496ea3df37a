"""Block Kit on the page: faithful to what the bot sends, and never markup or script."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.desk import Desk, Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)</script>"
Block = dict[str, Any]


def plain(words: str) -> Block:
    return {"type": "plain_text", "text": words}


def section(words: str, **more: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": words, **more}}


def options(*words: str) -> list[Block]:
    return [{"text": plain(one), "value": one.lower()} for one in words]


async def posts(desk: Desk, *blocks: Block, text: str = "drawn") -> None:
    desk.slack.workspace.messages.post("C0SUPPORT", {"text": text, "blocks": list(blocks)})
    await desk.slack.workspace.tell()


async def opens_modal(desk: Desk, *blocks: Block, **more: Any) -> None:
    view = {"type": "modal", "title": plain("A form"), "blocks": list(blocks), **more}
    desk.slack.workspace.views.open("U0AGENT", view)
    await desk.slack.workspace.tell()


@long
async def test_the_engines_hostile_customer_stays_text(nisha: Screen) -> None:
    await nisha.types("/coupons 919845066666")

    await expect(nisha.newest).to_contain_text("<!channel> <@U0AGENT> & ∗ˍ∼")
    await expect(nisha.newest).to_contain_text("<https://evil.example|click>")
    await expect(nisha.newest.get_by_role("link")).to_have_count(0)
    await expect(nisha.newest.locator(".mention")).to_have_count(0)


async def test_markup_in_any_text_stays_text(nisha: Screen, desk: Desk) -> None:
    kinds: list[Block] = [
        section(HOSTILE),
        {"type": "header", "text": plain(HOSTILE)},
        {"type": "context", "elements": [plain(HOSTILE)]},
        {"type": "actions", "elements": [{"type": "button", "text": plain(HOSTILE), "url": "javascript:alert(1)"}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": HOSTILE}]]},
        {"type": HOSTILE},
        section("<javascript:alert(1)|press me> <data:text/html,x|and me>"),
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": "javascript:alert(1)", "text": HOSTILE}]}]},
    ]  # fmt: skip
    await posts(desk, *kinds)
    await expect(nisha.newest.get_by_text("<script>")).not_to_have_count(0)

    assert (
        await nisha.newest.locator("img, script, [onerror], [href^='javascript'], [href^='data']").count()
        == 0
    )
    await expect(nisha.newest).to_contain_text("<javascript:alert(1)|press me>")


@long
async def test_a_block_that_is_not_known_is_a_warning(nisha: Screen, desk: Desk) -> None:
    await posts(desk, section("before"), {"type": "carousel", "elements": []}, section("after"))

    await expect(nisha.newest.get_by_role("note")).to_have_text(
        "The sandbox cannot show a block of type “carousel”."
    )
    await expect(nisha.newest).to_contain_text("after")


async def test_mrkdwn_is_read_as_slack_reads_it(nisha: Screen, desk: Desk) -> None:
    words = (
        "*bold* _italic_ ~gone~ `a *b*` 2*3*4 &lt;b&gt; &amp; <https://a.example|a link> <@U0NOBODY> "
        "<#C0SUPPORT> <!subteam^S0AGENTS> <!here> :tada:\n> a quote\n```code\n*kept*```"
    )
    await posts(
        desk, section(words), section("see https://b.example"), section("https://c.example", verbatim=True)
    )
    said = nisha.newest

    for tag, text in {
        "strong": "bold",
        "em": "italic",
        "s": "gone",
        "code": "a *b*",
        "blockquote": "a quote",
        "pre": "code\n*kept*",
    }.items():
        await expect(said.locator(f".content {tag}")).to_have_text([text])
    await expect(said).to_contain_text("2*3*4 <b> & ")
    await expect(said).to_contain_text("@Leo Thomas #support @agents @here :tada:")
    await expect(said.get_by_role("link")).to_have_text(["a link", "https://b.example"])


@long
async def test_dates_are_in_the_browsers_zone_and_fall_back(nisha: Screen, desk: Desk) -> None:
    await posts(
        desk,
        section("<!date^1700000000^{date_short} {time_secs}|then>"),
        section("<!date^1700000000^{strange}|a fallback>"),
        section("<!date^many^{time}|no number>"),
    )

    await expect(nisha.newest.locator("time", has_text="15 Nov 2023 03:43:20")).to_be_visible()
    await expect(nisha.newest).to_contain_text("a fallback")
    await expect(nisha.newest).to_contain_text("no number")


async def test_every_block_the_desk_may_use_is_drawn(nisha: Screen, desk: Desk) -> None:
    text = {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": "rich", "style": {"bold": True}}],
    }
    quote = {"type": "rich_text_quote", "elements": [{"type": "user", "user_id": "U0NOBODY"}]}
    code = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "as it is"}]}
    await posts(
        desk,
        {"type": "header", "text": plain("A header")},
        {
            "type": "section",
            "fields": [plain("left"), {"type": "mrkdwn", "text": "*right*"}],
            "accessory": {"type": "button", "text": plain("Beside"), "action_id": "beside"},
        },
        {"type": "divider"},
        {"type": "rich_text", "elements": [text, quote, code]},
        {"type": "alert", "level": "warning", "text": plain("Mind this")},
        {"type": "context", "elements": [plain("small print")]},
    )  # fmt: skip
    said = nisha.newest

    await expect(said.get_by_role("heading", name="A header")).to_be_visible()
    await expect(said).to_contain_text("leftright")
    await expect(said.get_by_role("button", name="Beside")).to_be_visible()
    await expect(said.get_by_role("separator")).to_have_count(1)
    await expect(said.locator("blockquote")).to_have_text("@Leo Thomas")
    await expect(said.locator("pre")).to_have_text("as it is")
    await expect(said.locator(".alert.warning")).to_have_text("Mind this")
    await expect(said).to_contain_text("small print")


async def test_a_quote_in_a_window_keeps_its_lines_and_stays_inside(nisha: Screen, desk: Desk) -> None:
    leaf = {"type": "text", "text": f"{'x' * 300}\nbelow"}
    quote = {"type": "rich_text_quote", "elements": [leaf]}
    await opens_modal(desk, {"type": "rich_text", "elements": [quote]})
    said = nisha.modal.locator("blockquote")
    await expect(said).to_be_visible()

    assert (await said.inner_text()).split("\n")[-1] == "below"
    assert await said.evaluate("one => one.scrollWidth <= one.clientWidth")


async def test_a_risky_press_asks_first(nisha: Screen, desk: Desk) -> None:
    confirm = {
        "title": plain("Really?"),
        "text": plain("It cannot be undone."),
        "confirm": plain("Do it"),
        "deny": plain("Leave it"),
    }
    risky = {
        "type": "button",
        "text": plain("Void"),
        "action_id": "void",
        "style": "danger",
        "confirm": confirm,
    }
    await posts(desk, {"type": "actions", "elements": [risky]})
    await nisha.presses("Void")
    dialog = nisha.page.get_by_role("dialog", name="Really?")
    await dialog.get_by_role("button", name="Leave it").click()
    await expect(dialog).to_have_count(0)
    await expect(nisha.newest.get_by_role("button", name="Void")).to_be_focused()
    assert desk.slack.deliveries == []
    await nisha.presses("Void")
    await dialog.get_by_role("button", name="Do it").click()
    await desk.slack.until(lambda: len(desk.slack.deliveries) == 1)

    assert desk.slack.deliveries[0][1]["actions"][0]["action_id"] == "void"


async def test_every_kind_of_input_reaches_the_bot_as_slack_tells_it(nisha: Screen, desk: Desk) -> None:
    elements: dict[str, Block] = {
        "Note": {"type": "plain_text_input", "multiline": True, "action_id": "note"},
        "Reason": {"type": "static_select", "options": options("Goodwill", "Other"), "action_id": "reason"},
        "Bill": {"type": "plain_text_input", "action_id": "bill", "initial_value": "as before"},
        "Left": {"type": "plain_text_input", "action_id": "left"},
    }
    inputs = [
        {"type": "input", "block_id": label, "label": plain(label), "element": element, "optional": label == "Left"}
        for label, element in elements.items()
    ]  # fmt: skip
    await opens_modal(desk, *inputs, submit=plain("Send"), callback_id="form")
    form = nisha.page.get_by_role("dialog", name="A form")
    await form.get_by_label("Note").fill("first\nsecond")
    await form.get_by_label("Reason").select_option(label="Other")
    await form.get_by_role("button", name="Send").click()
    await desk.slack.until(lambda: len(desk.slack.deliveries) == 1)
    told = desk.slack.deliveries[0][1]["view"]["state"]["values"]

    assert told["Note"]["note"]["value"] == "first\nsecond"
    assert told["Reason"]["reason"]["selected_option"]["value"] == "other"
    assert told["Bill"]["bill"]["value"] == "as before"
    assert told["Left"]["left"]["value"] is None


async def test_a_stack_shows_its_top_and_an_update_keeps_what_is_typed(nisha: Screen, desk: Desk) -> None:
    field = {"type": "plain_text_input", "action_id": "note"}
    note: Block = {"type": "input", "block_id": "note", "label": plain("Note"), "element": field}
    await opens_modal(desk, section("old words"), note, submit=plain("Send"))
    await nisha.modal.get_by_label("Note").fill("half a sen")
    views = desk.slack.workspace.views
    below = views.top("U0AGENT")
    assert below is not None
    below.draw({**below.sent, "blocks": [section("new words"), note]})
    await desk.slack.workspace.tell()
    await expect(nisha.modal).to_contain_text("new words")
    await expect(nisha.modal.get_by_label("Note")).to_have_value("half a sen")
    await expect(nisha.modal.get_by_label("Note")).to_be_focused()
    views.push("U0AGENT", {"type": "modal", "title": plain("On top"), "blocks": [section("above")]})
    await desk.slack.workspace.tell()
    await expect(nisha.page.get_by_role("dialog", name="On top")).to_contain_text("above")
    await nisha.page.keyboard.press("Escape")

    await expect(nisha.page.get_by_role("dialog", name="A form")).to_contain_text("new words")
