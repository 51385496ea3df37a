"""Outbox messages are delivered, or put back for a retry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
import structlog

from bot.adapters.slack.channels import SlackChannels
from bot.adapters.slack.outbox_relay import (
    GIVE_UP_AFTER,
    LONGEST_WAIT_S,
    NO_THREAD_WAIT_S,
    NO_THREAD_WAITS,
    OutboxRelay,
)
from bot.adapters.slack.pressed_copies import SlackPressedCopies
from bot.adapters.slack.web import ResponseUrls, posting_client, reading_client
from bot.domain.case import Case
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import Asking, Redemption, RequestId, State, Trouble
from bot.domain.transitions import Change
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.urls import Source
from bot.services.ports import URL_LIFE_S
from tests.fakes.cases import FakeCases
from tests.fakes.outbox import FakeOutbox
from tests.fakes.requests import FakeRequests
from tests.views.asking import ANSWERED, OPEN, TAKEN, UNPOSTED
from tests.views.redeeming import APPROVED, DISPLAY, asked_again, hostile, row, unknown, waiting

APPROVALS = "C0APPROVALS"
STORE_OPS = "C0STOREOPS"
AGENT = "U0AGENT"
DM = "D0AGENT"
MANAGERS = "<!subteam^S0MANAGERS>"
GONE_FOR_GOOD = None

NEW = row(State.NEW)
REDEEMED = replace(waiting(), state=State.REDEEMED, decided=APPROVED)


@dataclass(slots=True)
class Desk:
    slack: SandboxSlack
    session: aiohttp.ClientSession
    outbox_relay: OutboxRelay
    outbox: FakeOutbox
    requests: FakeRequests
    cases: FakeCases
    pressed: SlackPressedCopies

    async def delivers(
        self,
        about: Redemption | Case,
        role: MessageKind,
        channel: str,
        *,
        quicker: bool = False,
        **facts: Any,
    ) -> None:
        """Deliver this message alone; with `quicker` somebody else moves what it is about meanwhile."""
        ledger: FakeRequests | FakeCases = self.cases if isinstance(about, Case) else self.requests
        ledger.holds(about)  # type: ignore[arg-type]  # each holds its own
        self.outbox.rows.clear()
        self.outbox.owes(about, role, channel, **facts)
        if quicker:
            ledger.beside = lambda: _move_on(ledger, about)
        assert await self.outbox_relay() == 1

    @property
    def asking(self) -> list[Asking | None]:
        """What was written of requests that wait: nothing but the trouble with the channel."""
        changes = [change for _, _, change in self.requests.moves]
        assert self.requests.states == [State.WAITING] * len(changes)
        assert all(replace(change, asking=None) == Change() for change in changes)
        return [change.asking for change in changes]

    @property
    def troubles(self) -> list[Trouble | None]:
        return [asking.trouble if asking else None for asking in self.asking]

    @property
    def found(self) -> list[tuple[str, bool]]:
        """What the desk wrote of cases by itself."""
        assert all(by is None for _, by, _ in self.cases.events)
        return [(what, case.unposted) for what, _, case in self.cases.events]

    async def posts(
        self, about: Redemption, role: MessageKind = MessageKind.APPROVAL, channel: str = APPROVALS
    ) -> SandboxMessage:
        """Deliver a message; returns what is posted in Slack."""
        await self.delivers(about, role, channel)
        where, ts = self.outbox.sent[-1]
        return next(one for one in self.slack.messages(where) if one.ts == ts)


def _move_on(ledger: FakeRequests | FakeCases, about: Redemption | Case) -> None:
    ledger.holds(replace(about, version=about.version + 1))  # type: ignore[arg-type]


def desk_of(
    slack: SandboxSlack, session: aiohttp.ClientSession, api_url: str = "", note_s: float = 0.0
) -> Desk:
    outbox = FakeOutbox()
    requests, cases = FakeRequests(outbox=outbox), FakeCases(outbox)
    pressed = SlackPressedCopies(urls=ResponseUrls(session, slack.api_url), monotonic=time.monotonic)
    outbox_relay = OutboxRelay(
        outbox=outbox,
        requests=requests,
        cases=cases,
        client=posting_client(slack.bot_token, api_url or slack.api_url, session),
        pressed_copies=pressed,
        shared=SlackChannels(reading_client(slack.bot_token, slack.api_url, session), time.monotonic).shared,
        display=DISPLAY,
        note_s=note_s,
    )
    return Desk(slack, session, outbox_relay, outbox, requests, cases, pressed)


def url_of(slack: SandboxSlack, posted: SandboxMessage) -> str:
    """The response URL of a press on the message."""
    path = slack.workspace.urls.give(Source.MESSAGE, posted.channel, "U0MANAGER1", message_ts=posted.ts)
    return slack.workspace.base_url + path


@pytest.fixture
def desk(slack: SandboxSlack, session: aiohttp.ClientSession) -> Desk:
    return desk_of(slack, session)


@pytest.fixture
async def hurried(slack: SandboxSlack) -> AsyncIterator[Desk]:
    """A desk with a very short time limit for Slack."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.1)) as session:
        yield desk_of(slack, session)


class TestPosted:
    async def test_a_person_is_written_to_in_a_direct_message(self, desk: Desk) -> None:
        posted = await desk.posts(NEW, MessageKind.REQUESTER, AGENT)

        assert posted.channel == DM
        assert posted.text.startswith("⏳ *Working…*")
        assert desk.slack.faults == []

    @pytest.mark.parametrize(
        ("role", "about", "says"),
        [
            (MessageKind.APPROVAL, waiting(), "Asked for by "),
            (MessageKind.ATTENTION, unknown(), "Press Settle"),
        ],
    )
    async def test_each_message_kind_has_its_own_words(
        self, desk: Desk, role: MessageKind, about: Redemption, says: str
    ) -> None:
        assert says in (await desk.posts(about, role)).text

    async def test_slack_shows_no_page_or_picture_beneath_what_is_posted(self, desk: Desk) -> None:
        await desk.posts(waiting())

        [call] = desk.slack.calls.of("chat.postMessage")
        assert [call.args[one] for one in ("unfurl_links", "unfurl_media")] == [False, False]

    async def test_what_is_posted_is_redrawn_in_its_place(self, desk: Desk) -> None:
        posted = await desk.posts(waiting())

        await desk.delivers(REDEEMED, MessageKind.APPROVAL, APPROVALS, ts=posted.ts)

        (message,) = desk.slack.messages(APPROVALS)
        assert message.text.startswith("✅ *Redeemed*")
        assert desk.outbox.sent == [(APPROVALS, posted.ts)] * 2
        assert desk.slack.faults == []

    async def test_what_was_pressed_is_redrawn_through_its_press_once(self, desk: Desk) -> None:
        posted = await desk.posts(waiting())
        desk.pressed.pressed(APPROVALS, posted.ts, url_of(desk.slack, posted))
        desk.slack.calls.clear()

        await desk.delivers(REDEEMED, MessageKind.APPROVAL, APPROVALS, ts=posted.ts)
        assert posted.text.startswith("✅ *Redeemed*")
        await desk.delivers(unknown(), MessageKind.APPROVAL, APPROVALS, ts=posted.ts)

        assert desk.slack.messages(APPROVALS) == [posted]
        assert [call.method for call in desk.slack.calls if call.method != "conversations.info"] == [
            "response_url",
            "chat.update",
        ]
        assert desk.slack.faults == []

    @pytest.mark.parametrize("refused", ["by Slack", "too old"])
    async def test_a_press_that_allows_nothing_any_more_is_no_loss(self, desk: Desk, refused: str) -> None:
        posted = await desk.posts(waiting())
        url = url_of(desk.slack, posted)
        desk.pressed.pressed(APPROVALS, posted.ts, url + "x" if refused == "by Slack" else url)
        if refused == "too old":
            desk.pressed.monotonic = lambda: time.monotonic() + URL_LIFE_S + 1
        desk.slack.calls.clear()

        await desk.delivers(REDEEMED, MessageKind.APPROVAL, APPROVALS, ts=posted.ts)

        assert posted.text.startswith("✅ *Redeemed*")
        assert "chat.update" in {call.method for call in desk.slack.calls}

    async def test_those_who_approve_are_called_by_the_first_post_alone(self, desk: Desk) -> None:
        posted = await desk.posts(waiting())
        called = [one.mention for one in desk.slack.mentions if "subteam" in one.mention]
        desk.slack.mentions.clear()

        await desk.delivers(REDEEMED, MessageKind.APPROVAL, APPROVALS, ts=posted.ts)

        assert set(called) == {MANAGERS}
        assert [one for one in desk.slack.mentions if "subteam" in one.mention] == []

    @pytest.mark.parametrize("role", [MessageKind.APPROVAL, MessageKind.REQUESTER, MessageKind.ATTENTION])
    async def test_hostile_text_mentions_nobody(self, desk: Desk, role: MessageKind) -> None:
        await desk.posts(hostile(unknown()), role)
        await desk.posts(hostile(waiting()), role)

        called = {one.mention for one in desk.slack.mentions}
        assert {
            one for one in called if not one.startswith(("<@U0AGENT", "<@U0MANAGER", "<!subteam^S0000"))
        } == set()
        assert desk.slack.faults == []


class TestInTheThread:
    @pytest.mark.parametrize(
        ("role", "about", "says"),
        [
            (MessageKind.REMINDER, waiting(), "*Reminder*"),
            (MessageKind.AGAIN, asked_again(), "*Asked again*"),
        ],
    )
    async def test_those_who_approve_are_called_beside_the_message(
        self, desk: Desk, role: MessageKind, about: Redemption, says: str
    ) -> None:
        parent = await desk.posts(waiting())
        desk.slack.mentions.clear()

        await desk.delivers(about, role, APPROVALS, thread_ts=parent.ts)

        (_, reply) = desk.slack.messages(APPROVALS)
        assert reply.text.startswith(says)
        assert reply.thread_ts == parent.ts
        assert MANAGERS in {one.mention for one in desk.slack.mentions}
        assert desk.slack.faults == []

    @pytest.mark.parametrize("role", [MessageKind.REMINDER, MessageKind.AGAIN])
    async def test_it_waits_for_the_message_it_belongs_to(self, desk: Desk, role: MessageKind) -> None:
        await desk.delivers(waiting(), role, APPROVALS)

        assert desk.outbox.back == [(NO_THREAD_WAIT_S, "no_thread_yet")]
        assert desk.slack.calls.count("chat.postMessage") == 0

    async def test_it_waits_as_long_as_a_post_is_tried(self, desk: Desk) -> None:
        await desk.delivers(waiting(), MessageKind.REMINDER, APPROVALS, attempts=NO_THREAD_WAITS)

        assert desk.outbox.back == [(LONGEST_WAIT_S, "no_thread_yet")]

    async def test_it_does_not_wait_for_ever(self, desk: Desk) -> None:
        await desk.delivers(waiting(), MessageKind.REMINDER, APPROVALS, attempts=GIVE_UP_AFTER)

        assert desk.outbox.back == [(GONE_FOR_GOOD, "no_thread_yet")]

    @pytest.mark.parametrize("role", [MessageKind.REMINDER, MessageKind.AGAIN])
    async def test_nobody_is_called_for_what_has_been_decided_meanwhile(
        self, desk: Desk, role: MessageKind
    ) -> None:
        parent = await desk.posts(waiting())

        await desk.delivers(REDEEMED, role, APPROVALS, thread_ts=parent.ts)

        assert desk.outbox.back == [(GONE_FOR_GOOD, "waits_no_more")]
        assert len(desk.slack.messages(APPROVALS)) == 1

    async def test_nothing_else_is_posted_in_a_thread(self, desk: Desk) -> None:
        parent = await desk.posts(waiting())

        await desk.delivers(waiting(), MessageKind.APPROVAL, APPROVALS, thread_ts=parent.ts)

        assert [one.thread_ts for one in desk.slack.messages(APPROVALS)] == [None, None]


class TestWindow:
    @pytest.mark.parametrize(
        ("role", "says"),
        [(MessageKind.WINDOW, "Read to the customer"), (MessageKind.DECIDER, "You approved it")],
    )
    async def test_it_shows_what_came_of_it(self, desk: Desk, role: MessageKind, says: str) -> None:
        window = opened(desk.slack)

        await desk.delivers(REDEEMED, role, window)

        assert says in str(modal(desk.slack))
        assert desk.outbox.sent == [(window, window)]

    @pytest.mark.parametrize("role", [MessageKind.WINDOW, MessageKind.DECIDER])
    @pytest.mark.parametrize("state", [State.NEW, State.APPROVED, State.SENDING])
    async def test_while_it_is_worked_on_the_answer_to_the_press_stands(
        self, desk: Desk, role: MessageKind, state: State
    ) -> None:
        window = opened(desk.slack)

        await desk.delivers(row(state), role, window)

        assert desk.slack.calls.count("views.update") == 0
        assert desk.outbox.sent == [(window, window)]

    @pytest.mark.parametrize("role", [MessageKind.WINDOW, MessageKind.DECIDER])
    async def test_one_that_was_closed_is_never_tried_again(self, desk: Desk, role: MessageKind) -> None:
        with structlog.testing.capture_logs() as lines:
            await desk.delivers(REDEEMED, role, "V0CLOSED")

        assert desk.outbox.back == [(GONE_FOR_GOOD, "not_found")]
        assert [(line["event"], line["log_level"]) for line in lines] == [("window_closed", "debug")]


def opened(slack: SandboxSlack) -> str:
    blocks = [{"type": "divider"}]
    shown = {"type": "modal", "title": {"type": "plain_text", "text": "Open"}, "blocks": blocks}
    return slack.workspace.views.open("U0MANAGER1", shown).id


def modal(slack: SandboxSlack) -> list[dict[str, Any]]:
    top = slack.workspace.views.top("U0MANAGER1")
    assert top is not None
    return top.blocks


class TestPutBack:
    async def test_slack_is_left_alone_for_as_long_as_it_asks(self, desk: Desk) -> None:
        desk.slack.fail("chat.postMessage", retry_after=37)

        await desk.delivers(waiting(), MessageKind.APPROVAL, APPROVALS, attempts=3)

        assert desk.outbox.back == [(37.0, "ratelimited")]
        assert desk.outbox.sent == []

    @pytest.mark.parametrize(
        ("attempts", "wait_s"), [(0, 1.0), (1, 2.0), (5, 32.0), (9, LONGEST_WAIT_S), (200, LONGEST_WAIT_S)]
    )
    async def test_a_failing_slack_is_tried_again_ever_later(
        self, desk: Desk, attempts: int, wait_s: float
    ) -> None:
        desk.slack.fail("chat.postMessage", status=503)

        await desk.delivers(NEW, MessageKind.REQUESTER, AGENT, attempts=attempts)

        assert [again_in_s for again_in_s, _ in desk.outbox.back] == [wait_s]
        assert desk.slack.calls.count("chat.postMessage") == 1

    async def test_a_slack_that_never_answers_is_tried_again(self, hurried: Desk) -> None:
        hang = asyncio.Event()
        hurried.slack.fail("chat.postMessage", hang=hang)

        await hurried.delivers(NEW, MessageKind.REQUESTER, AGENT)
        hang.set()

        assert hurried.outbox.back == [(1.0, "TimeoutError")]

    async def test_a_slack_that_cannot_be_reached_is_tried_again(
        self, slack: SandboxSlack, session: aiohttp.ClientSession
    ) -> None:
        nowhere = desk_of(slack, session, "http://127.0.0.1:1/api/")

        await nowhere.delivers(NEW, MessageKind.REQUESTER, AGENT)

        assert nowhere.outbox.back == [(1.0, "ClientConnectorError")]

    async def test_a_message_that_is_no_more_is_never_tried_again(self, desk: Desk) -> None:
        with structlog.testing.capture_logs() as lines:
            await desk.delivers(waiting(), MessageKind.APPROVAL, APPROVALS, ts="1.000001")

        assert desk.outbox.back == [(GONE_FOR_GOOD, "message_not_found")]
        assert [(line["event"], line["log_level"]) for line in lines] == [("message_put_back", "warning")]

    async def test_after_a_day_of_trying_it_is_given_up(self, desk: Desk) -> None:
        desk.slack.fail("chat.postMessage", status=503)

        await desk.delivers(NEW, MessageKind.REQUESTER, AGENT, attempts=GIVE_UP_AFTER)

        assert [again_in_s for again_in_s, _ in desk.outbox.back] == [GONE_FOR_GOOD]

    @pytest.mark.parametrize(
        ("role", "about"),
        [(MessageKind.CASE, OPEN), (MessageKind.CASE, TAKEN), (MessageKind.APPROVAL, waiting())],
    )
    async def test_what_whoever_asked_was_promised_is_tried_for_as_long_as_it_is_open(
        self, desk: Desk, role: MessageKind, about: Redemption | Case
    ) -> None:
        desk.slack.fail("chat.postMessage", status=503)

        await desk.delivers(about, role, STORE_OPS, attempts=GIVE_UP_AFTER)

        assert [again_in_s for again_in_s, _ in desk.outbox.back] == [LONGEST_WAIT_S]

    async def test_after_it_has_ended_it_is_given_up(self, desk: Desk) -> None:
        desk.slack.fail("chat.postMessage", status=503)

        await desk.delivers(ANSWERED, MessageKind.CASE, STORE_OPS, attempts=GIVE_UP_AFTER)

        assert [again_in_s for again_in_s, _ in desk.outbox.back] == [GONE_FOR_GOOD]

    async def test_one_that_fails_holds_up_no_other(self, desk: Desk) -> None:
        desk.outbox.owes(waiting(), MessageKind.APPROVAL, "C0NOWHERE")
        desk.outbox.owes(replace(NEW, id=RequestId("ANOTHER")), MessageKind.REQUESTER, AGENT)

        assert await desk.outbox_relay() == 2

        assert desk.outbox.back == [(1.0, "channel_not_found")]
        assert [channel for channel, _ in desk.outbox.sent] == [DM]

    @pytest.mark.parametrize("status", [None, 503])
    async def test_a_ledger_that_cannot_be_reached_does_not_end_the_run(
        self, desk: Desk, status: int | None
    ) -> None:
        desk.outbox.broken = True
        if status:
            desk.slack.fail("chat.postMessage", status=status)

        await desk.delivers(NEW, MessageKind.REQUESTER, AGENT)

        assert (desk.outbox.sent, desk.outbox.back) == ([], [])

    async def test_where_it_was_posted_is_written_down_as_soon_as_the_ledger_is_back(
        self, slack: SandboxSlack, session: aiohttp.ClientSession
    ) -> None:
        """Else it would be posted a second time, and the first copy would say for ever what was true then."""
        desk, away = desk_of(slack, session, note_s=40.0), iter([True, True, False])
        noted = desk.outbox.delivered

        async def delivered(*args: Any, **named: Any) -> None:
            desk.outbox.broken = next(away)
            await noted(*args, **named)

        desk.outbox.delivered = delivered  # type: ignore[method-assign]
        await desk.delivers(NEW, MessageKind.REQUESTER, AGENT)

        assert slack.calls.count("chat.postMessage") == 1
        assert [channel for channel, _ in desk.outbox.sent] == [DM]
        assert await desk.outbox_relay() == 0

    async def test_an_update_that_cannot_be_written_down_waits_for_nothing(
        self, slack: SandboxSlack, session: aiohttp.ClientSession
    ) -> None:
        """It is known where it stands, and it is updated once more when the hold ends."""
        desk = desk_of(slack, session, note_s=120.0)
        posted = await desk.posts(NEW, MessageKind.REQUESTER, AGENT)
        desk.outbox.broken = True

        async with asyncio.timeout(60.0):
            await desk.delivers(NEW, MessageKind.REQUESTER, DM, ts=posted.ts)

        assert slack.calls.count("chat.update") == 1
        assert desk.outbox.sent == [(DM, posted.ts)]


class TestChannelOutOfReach:
    @pytest.mark.parametrize(
        ("facts", "error"),
        [
            ({"is_archived": True}, "is_archived"),
            ({"members": ("U0MANAGER1",)}, "not_in_channel"),
            ({"members": (), "is_private": True}, "channel_not_found"),
        ],
    )
    async def test_whoever_asked_is_told_after_the_second_try(
        self, desk: Desk, facts: dict[str, Any], error: str
    ) -> None:
        desk.slack.change_channel(APPROVALS, **facts)

        await desk.delivers(waiting(), MessageKind.APPROVAL, APPROVALS)
        first = list(desk.troubles)
        await desk.delivers(waiting(), MessageKind.APPROVAL, APPROVALS, attempts=1)

        assert desk.outbox.back == [(1.0, error), (2.0, error)]
        assert first == []
        assert desk.asking == [waiting(trouble=Trouble.CHANNEL_UNREACHABLE).asking]

    @pytest.mark.parametrize(
        ("about", "role", "ts"),
        [
            (waiting(trouble=Trouble.CHANNEL_UNREACHABLE), MessageKind.APPROVAL, None),
            (waiting(trouble=Trouble.NO_APPROVER), MessageKind.APPROVAL, None),
            (replace(waiting(), state=State.WITHDRAWN), MessageKind.APPROVAL, None),
            (replace(waiting(), asking=None), MessageKind.APPROVAL, None),
            (waiting(), MessageKind.ATTENTION, None),
            (waiting(), MessageKind.APPROVAL, "1.000001"),
        ],
        ids=["told already", "another trouble", "waits no more", "older", "another role", "posted once"],
    )
    async def test_nothing_else_is_taken_for_it(
        self, desk: Desk, about: Redemption, role: MessageKind, ts: str | None
    ) -> None:
        desk.slack.fail("chat.postMessage", error="is_archived")
        desk.slack.fail("chat.update", error="is_archived")

        await desk.delivers(about, role, APPROVALS, attempts=1, ts=ts)

        assert [why for _, why in desk.outbox.back] == ["is_archived"]
        assert desk.asking == []

    @pytest.mark.parametrize("failure", [{"status": 503}, {"retry_after": 1}, {"error": "internal_error"}])
    async def test_a_slack_that_fails_is_not_taken_for_it(self, desk: Desk, failure: dict[str, Any]) -> None:
        desk.slack.fail("chat.postMessage", **failure)

        await desk.delivers(waiting(), MessageKind.APPROVAL, APPROVALS, attempts=7)

        assert desk.asking == []

    @pytest.mark.parametrize("again", [False, True], ids=["posted", "redrawn"])
    async def test_it_is_over_when_the_message_is_delivered(self, desk: Desk, again: bool) -> None:
        posted = await desk.posts(REDEEMED)

        troubled = waiting(trouble=Trouble.CHANNEL_UNREACHABLE, attempt=2)
        await desk.delivers(troubled, MessageKind.APPROVAL, APPROVALS, ts=posted.ts if again else None)

        assert desk.asking == [waiting(trouble=None, attempt=2).asking]

    async def test_another_trouble_is_not_over_by_it(self, desk: Desk) -> None:
        await desk.posts(waiting(trouble=Trouble.NO_APPROVER))

        assert desk.asking == []

    async def test_a_message_to_somebody_else_says_nothing_about_the_channel(self, desk: Desk) -> None:
        await desk.posts(waiting(trouble=Trouble.CHANNEL_UNREACHABLE), MessageKind.REQUESTER, PersonId(AGENT))

        assert desk.asking == []

    @pytest.mark.parametrize("archived", [False, True])
    async def test_whoever_was_quicker_is_left_alone(self, desk: Desk, archived: bool) -> None:
        desk.slack.change_channel(APPROVALS, is_archived=archived)
        about = waiting(trouble=None if archived else Trouble.CHANNEL_UNREACHABLE)

        await desk.delivers(about, MessageKind.APPROVAL, APPROVALS, attempts=1, quicker=True)

        assert (desk.outbox.sent == []) is archived
        assert desk.asking == []


class TestShared:
    """The channel has become shared with another company."""

    @pytest.mark.parametrize(
        ("role", "about", "thread_ts"),
        [
            (MessageKind.APPROVAL, waiting(), None),
            (MessageKind.ATTENTION, unknown(), None),
            (MessageKind.REMINDER, waiting(), "1.000001"),
            (MessageKind.CASE, OPEN, None),
            (MessageKind.CASE_THREAD, ANSWERED, "1.000001"),
        ],
    )
    async def test_nothing_is_posted_there(
        self, desk: Desk, role: MessageKind, about: Redemption | Case, thread_ts: str | None
    ) -> None:
        desk.slack.change_channel(APPROVALS, is_ext_shared=True)

        await desk.delivers(about, role, APPROVALS, thread_ts=thread_ts)

        assert desk.outbox.back == [(LONGEST_WAIT_S, "channel_shared")]
        assert desk.slack.calls.count("chat.postMessage") == 0

    async def test_whoever_asked_is_told_at_once_and_when_it_is_over(self, desk: Desk) -> None:
        desk.slack.change_channel(APPROVALS, is_ext_shared=True)
        await desk.delivers(waiting(), MessageKind.APPROVAL, APPROVALS)
        await desk.delivers(OPEN, MessageKind.CASE, APPROVALS)
        apart = desk_of(desk.slack, desk.session)
        desk.slack.change_channel(APPROVALS, is_ext_shared=False)
        await apart.delivers(waiting(trouble=Trouble.CHANNEL_SHARED), MessageKind.APPROVAL, APPROVALS)

        assert desk.troubles == [Trouble.CHANNEL_SHARED]
        assert desk.found == [("case_unposted", True)]
        assert apart.troubles == [None]

    async def test_a_message_in_a_channel_that_became_shared_is_replaced(self, desk: Desk) -> None:
        posted = await desk.posts(waiting())
        apart = desk_of(desk.slack, desk.session)
        desk.slack.change_channel(APPROVALS, is_ext_shared=True)

        await apart.delivers(row(State.REJECTED), MessageKind.APPROVAL, APPROVALS, ts=posted.ts)

        (now,) = desk.slack.messages(APPROVALS)
        assert "is not shown any more" in now.text
        assert "Approve" not in str(now.blocks)

    async def test_that_nobody_reads_it_there_stays_told_although_it_was_taken_back(self, desk: Desk) -> None:
        posted = await desk.posts(waiting())
        apart = desk_of(desk.slack, desk.session)
        desk.slack.change_channel(APPROVALS, is_ext_shared=True)

        await apart.delivers(waiting(), MessageKind.APPROVAL, APPROVALS, ts=posted.ts)
        told = waiting(trouble=Trouble.CHANNEL_SHARED)
        await apart.delivers(told, MessageKind.APPROVAL, APPROVALS, ts=posted.ts)

        assert apart.troubles == [Trouble.CHANNEL_SHARED]

    async def test_a_direct_message_is_nobody_elses(self, desk: Desk) -> None:
        desk.slack.change_channel(APPROVALS, is_ext_shared=True)
        await desk.posts(NEW, MessageKind.REQUESTER, AGENT)

        assert desk.slack.calls.count("conversations.info") == 0

    @pytest.mark.parametrize("failure", [{"status": 500}, {"retry_after": 60}, {"error": "internal_error"}])
    async def test_nothing_is_posted_while_slack_does_not_say(
        self, desk: Desk, failure: dict[str, Any]
    ) -> None:
        desk.slack.fail("conversations.info", **failure)

        await desk.delivers(waiting(), MessageKind.APPROVAL, APPROVALS)

        assert [again_in_s is not None for again_in_s, _ in desk.outbox.back] == [True]
        assert desk.slack.calls.count("chat.postMessage") == 0

    async def test_a_question_that_may_not_be_asked_stops_nothing(self, desk: Desk) -> None:
        desk.slack.fail("conversations.info", error="missing_scope")

        assert await desk.posts(waiting())

    async def test_it_is_asked_once_a_minute(self, desk: Desk) -> None:
        for _ in range(3):
            await desk.posts(waiting())

        assert desk.slack.calls.count("conversations.info") == 1


class TestStoreOpsOutOfReach:
    async def test_whoever_asked_is_told_after_the_second_try(self, desk: Desk) -> None:
        desk.slack.change_channel(STORE_OPS, is_archived=True)

        await desk.delivers(OPEN, MessageKind.CASE, STORE_OPS)
        first = list(desk.found)
        await desk.delivers(OPEN, MessageKind.CASE, STORE_OPS, attempts=1)
        await desk.delivers(UNPOSTED, MessageKind.CASE, STORE_OPS, attempts=2)

        assert first == []
        assert desk.found == [("case_unposted", True)]

    async def test_it_is_over_when_the_case_is_posted(self, desk: Desk) -> None:
        await desk.delivers(UNPOSTED, MessageKind.CASE, STORE_OPS)
        await desk.delivers(OPEN, MessageKind.CASE, STORE_OPS)

        assert desk.found == [("case_posted", False)]

    @pytest.mark.parametrize("failure", [{"status": 503}, {"retry_after": 1}, {"error": "internal_error"}])
    async def test_a_slack_that_fails_is_not_taken_for_it(self, desk: Desk, failure: dict[str, Any]) -> None:
        desk.slack.fail("chat.postMessage", **failure)

        await desk.delivers(OPEN, MessageKind.CASE, STORE_OPS, attempts=7)

        assert desk.found == []

    async def test_whoever_was_quicker_is_left_alone(self, desk: Desk) -> None:
        await desk.delivers(UNPOSTED, MessageKind.CASE, STORE_OPS, quicker=True)

        assert len(desk.outbox.sent) == 1
