"""What whole stories cost at Slack, by method, where everybody was seen within the hour."""

from __future__ import annotations

import pytest

from tests.benchmarks import stories

# What a slow machine answers later is sent by a call of its own.
pytestmark = pytest.mark.usefixtures("in_time")


async def test_a_direct_redemption_is_one_post_and_no_update() -> None:
    calls = (await stories.direct()).calls

    assert calls["users.info"] <= 2
    assert calls["usergroups.list"] <= 1
    assert calls["chat.postMessage"] == 1
    assert calls["chat.update"] == calls["views.update"] == 0
    assert calls.total() <= 8, calls


async def test_an_approved_redemption_updates_each_message_and_each_window_once() -> None:
    calls = (await stories.approved()).calls

    assert calls["users.info"] <= 4
    assert calls["usergroups.list"] <= 2
    assert calls["chat.update"] <= 2
    assert calls["views.update"] <= 2
    assert calls.total() <= 16, calls


async def test_a_case_updates_each_message_once_when_it_is_taken_and_once_when_it_is_answered() -> None:
    calls = (await stories.case()).calls

    # The pressed message is updated through the press's own response URL; the asker's twice.
    assert calls["chat.update"] <= 2, calls
    assert calls["views.update"] == 0, calls
