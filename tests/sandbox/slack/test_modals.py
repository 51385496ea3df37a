from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.slack.desk import Desk, actions, button, entry, modal, opened, plain, section, select

REASON = {
    "type": "input",
    "block_id": "reason",
    "label": plain("Reason"),
    "element": select("Goodwill", "Other", action_id="chosen"),
}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as desk:
        yield desk


async def filled(desk: Desk, **more: Any) -> dict[str, Any]:
    """The form, open and filled in; as Slack keeps it."""
    view = await desk.opens(modal(entry(), REASON, private_metadata="opaque", callback_id="form", **more))
    await desk.nisha.types("Bill amount", "1200")
    await desk.nisha.chooses("Goodwill", from_="Reason")
    return view


def answer(action: str, view: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"response_action": action} | ({"view": view} if view else {})


async def test_a_submission_carries_what_was_entered_and_no_channel(desk: Desk) -> None:
    view = await filled(desk)
    await desk.nisha.submits()

    told = desk.heard[-1]
    assert told["type"] == "view_submission"
    assert told["view"]["id"] == view["id"]
    assert told["view"]["private_metadata"] == "opaque"
    assert told["view"]["state"]["values"]["amount"]["typed"] == {"type": "plain_text_input", "value": "1200"}
    assert told["view"]["state"]["values"]["reason"]["chosen"]["selected_option"]["value"] == "Goodwill"
    assert not {"channel", "response_url"} & set(told)


async def test_a_choice_inside_an_input_is_not_told_before_the_submission(desk: Desk) -> None:
    await filled(desk)

    assert [told.get("type") for told in desk.heard] == [None]


async def test_an_empty_acknowledgement_closes_the_view(desk: Desk) -> None:
    await filled(desk)
    assert (await desk.nisha.submits()).ok

    assert desk.nisha.modal is None


async def test_a_required_field_left_empty_never_reaches_the_bot(desk: Desk) -> None:
    await desk.opens(modal(entry(), entry("Note", "note", optional=True)))
    ack = await desk.nisha.submits()

    assert ack.error == "input"
    await desk.nisha.sees("Please complete this required field.")
    assert len(desk.heard) == 1


async def test_a_text_too_short_or_too_long_never_reaches_the_bot(desk: Desk) -> None:
    element = {"type": "plain_text_input", "action_id": "typed", "min_length": 2, "max_length": 3}
    await desk.opens(modal(entry(element=element)))
    await desk.nisha.types("Bill amount", "1")
    await desk.nisha.submits()
    await desk.nisha.sees("Must be at least 2 characters.")
    await desk.nisha.types("Bill amount", "1234")
    await desk.nisha.submits()

    await desk.nisha.sees("Must be at most 3 characters.")


async def test_errors_stand_under_their_input_and_keep_what_was_entered(desk: Desk) -> None:
    await filled(desk)
    desk.answers = {"response_action": "errors", "errors": {"amount": "More than 0, please."}}
    await desk.nisha.submits()

    await desk.nisha.sees("Bill amount *: [1200]\nMore than 0, please.")
    assert desk.slack.faults == []
    desk.answers = None
    await desk.nisha.submits()
    assert desk.nisha.modal is None


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"response_action": "errors", "errors": {"facts": "x"}}, "no input blocks of this view"),
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "no input blocks of this view"),
        ({"response_action": "errors", "errors": {"amount": ""}}, "an error without words"),
        ({"response_action": "errors"}, "errors without errors"),
        ({"response_action": "shut"}, "unknown response_action 'shut'"),
        ({"response_action": "update"}, "must be an object"),
        ({"response_action": "update", "view": modal(section("x" * 3001))}, "1 to 3000 characters"),
        ("Thank you", "a text instead of a response_action"),
    ],
)
async def test_an_answer_that_slack_cannot_use_is_trouble(desk: Desk, said: Any, fault: str) -> None:
    await desk.opens(modal(section(block_id="facts"), entry()))
    await desk.nisha.types("Bill amount", "1")
    desk.answers = said
    await desk.nisha.submits()

    assert fault in desk.slack.faults[0]
    await desk.nisha.sees("We had some trouble connecting")
    assert desk.nisha.modal is not None


async def test_an_update_replaces_the_view_and_keeps_its_id(desk: Desk) -> None:
    before = await filled(desk)
    desk.answers = answer("update", modal(section("Working…")))
    await desk.nisha.submits()

    await desk.nisha.sees("Working…")
    after = desk.nisha.modal
    assert after is not None
    assert (after.id, after.hash != before["hash"]) == (before["id"], True)


async def test_an_input_that_keeps_its_ids_keeps_its_words(desk: Desk) -> None:
    view = await filled(desk)
    again = modal(section("Checked"), entry(), entry("Note", "note"))
    await desk.client.views_update(view_id=view["id"], view=again)

    await desk.nisha.sees("Bill amount *: [1200]")
    await desk.nisha.sees("Note *: []")


async def test_an_input_with_new_ids_starts_from_its_initial_value(desk: Desk) -> None:
    view = await filled(desk)
    element = {"type": "plain_text_input", "action_id": "typed", "initial_value": "7"}
    await desk.client.views_update(view_id=view["id"], view=modal(entry(block_id="other", element=element)))

    await desk.nisha.sees("Bill amount *: [7]")


async def test_a_view_can_be_pushed_in_answer_and_closed_again(desk: Desk) -> None:
    await filled(desk)
    desk.answers = answer("push", modal(section("Details"), title="Second"))
    await desk.nisha.submits()
    await desk.nisha.sees("── Second ──")
    await desk.nisha.closes()

    await desk.nisha.sees("── Redeem coupon ──")


async def test_clear_closes_the_whole_stack(desk: Desk) -> None:
    await filled(desk)
    desk.answers = answer("push", modal(entry("Note"), title="Second"))
    await desk.nisha.submits()
    desk.answers = answer("clear")
    await desk.nisha.types("Note", "x")
    await desk.nisha.submits()

    assert desk.nisha.modal is None


async def press(desk: Desk) -> str:
    desk.answers = None
    await desk.nisha.clicks("Next")
    return str(desk.heard[-1]["trigger_id"])


async def test_a_fourth_view_is_refused(desk: Desk) -> None:
    await desk.opens(modal(actions(button())))
    for _ in range(2):
        await desk.client.views_push(trigger_id=await press(desk), view=modal(actions(button())))

    fourth = desk.client.views_push(trigger_id=await press(desk), view=modal(section()))

    assert await desk.error(fourth) == "push_limit_reached"
    assert desk.slack.faults == ["views.push: push_limit_reached"]


async def test_a_fourth_view_in_answer_to_a_submission_is_trouble(desk: Desk) -> None:
    await desk.opens(modal(entry()))
    desk.answers = answer("push", modal(entry()))
    for _ in range(3):
        await desk.nisha.types("Bill amount", "1")
        await desk.nisha.submits()

    assert desk.slack.faults == ["submission of 'Redeem coupon': push_limit_reached"]


async def test_only_a_press_in_a_modal_can_push_upon_it(desk: Desk) -> None:
    await desk.nisha.command("/coupons")
    pushed = desk.client.views_push(trigger_id=desk.heard[-1]["trigger_id"], view=modal(section()))

    assert await desk.error(pushed) == "not_found"


async def test_a_pushed_view_knows_its_root_and_the_one_before(desk: Desk) -> None:
    root = await desk.opens(modal(actions(button())))
    pushed = await desk.client.views_push(trigger_id=await press(desk), view=modal(section()))

    assert (root["root_view_id"], root["previous_view_id"]) == (root["id"], None)
    assert (pushed["view"]["root_view_id"], pushed["view"]["previous_view_id"]) == (root["id"], root["id"])


async def test_an_update_for_an_older_hash_is_refused(desk: Desk) -> None:
    view = await desk.opens(modal(section("Loading…")))
    await desk.client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("first")))
    late = desk.client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("second")))

    assert await desk.error(late) == "hash_conflict"
    await desk.nisha.sees("first")
    assert desk.slack.faults == []


async def test_a_view_that_was_closed_is_not_found(desk: Desk) -> None:
    view = await desk.opens(modal(section("Loading…")))
    await desk.nisha.closes()
    late = desk.client.views_update(view_id=view["id"], view=modal(section("x")))

    assert await desk.error(late) == "not_found"
    assert desk.slack.faults == []


async def test_a_view_can_be_named_from_outside_but_by_one_only(desk: Desk) -> None:
    await desk.opens(modal(actions(button()), external_id="request-1"))
    await desk.client.views_update(
        external_id="request-1", view=modal(actions(button()), external_id="request-1")
    )
    twice = desk.client.views_push(
        trigger_id=await press(desk), view=modal(section(), external_id="request-1")
    )

    assert await desk.error(twice) == "duplicate_external_id"


async def test_a_view_that_slack_refuses_is_refused_with_every_fault(desk: Desk) -> None:
    await desk.nisha.command("/coupons")
    broken = modal(section("x" * 3001), title="x" * 25)
    refused = await desk.error(desk.client.views_open(trigger_id=desk.heard[-1]["trigger_id"], view=broken))

    assert refused == "invalid_arguments"
    assert "1 to 24 characters" in desk.slack.faults[0]
    assert "1 to 3000 characters" in desk.slack.faults[0]


async def test_a_view_of_more_than_250_kilobytes_is_too_large(desk: Desk) -> None:
    await desk.nisha.command("/coupons")
    heavy = modal(*(section("₹" * 1000) for _ in range(90)))
    refused = await desk.error(desk.client.views_open(trigger_id=desk.heard[-1]["trigger_id"], view=heavy))

    assert refused == "view_too_large"


async def test_closing_is_told_to_those_who_asked(desk: Desk) -> None:
    await desk.opens(modal(section(), notify_on_close=True))
    await desk.nisha.closes()
    await desk.opens(modal(section()))
    await desk.nisha.closes()

    assert [told.get("type") for told in desk.heard] == [None, "view_closed", None]
    assert desk.heard[1]["is_cleared"] is False


async def test_closing_everything_says_so(desk: Desk) -> None:
    await desk.opens(modal(actions(button())))
    await desk.client.views_push(trigger_id=await press(desk), view=modal(section(), notify_on_close=True))
    await desk.nisha.closes(everything=True)

    assert desk.heard[-1]["is_cleared"] is True
    assert desk.nisha.modal is None


async def test_a_submission_that_is_not_answered_leaves_the_modal_open(desk: Desk) -> None:
    await filled(desk)
    desk.answers = 500
    ack = await desk.nisha.submits()

    assert ack.error == "dispatch_failed"
    await desk.nisha.sees("We had some trouble connecting. Try again? (dispatch_failed)")
    await desk.nisha.sees("Bill amount *: [1200]")
