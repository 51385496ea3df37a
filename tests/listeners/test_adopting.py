"""A message that is pressed is noted in the ledger, whoever posted it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.domain.messages import MessageKind
from bot.domain.redemption import RequestId
from bot.listeners.adopting import Adopting

ABOUT = RequestId("ABCDEFGHIJKLMNOP")
URL = "https://hooks.slack.com/actions/1"


@dataclass
class Noted:
    """The outbox, the copies that were pressed, and the App Homes: what each was told."""

    adopted: list[tuple[str, ...]] = field(default_factory=list)
    kept: list[tuple[str, ...]] = field(default_factory=list)
    homes: list[str] = field(default_factory=list)

    async def adopt(self, about: str, role: MessageKind, *, channel: str, ts: str) -> None:
        self.adopted.append((about, role.value, channel, ts))

    def pressed(self, *given: str) -> Any:
        if len(given) > 1:
            self.kept.append(given)
            return None
        return self._home(*given)

    async def _home(self, person: str) -> None:
        self.homes.append(person)


@dataclass
class Args:
    body: dict[str, Any]


async def press(noted: Noted, channel: str = "C0APPROVALS", **more: Any) -> None:
    body = {
        "user": {"id": "U0MANAGER1", "team_id": "T0DESK"},
        "container": {"channel_id": channel, "message_ts": "1.000001"},
        "response_url": URL,
        **more,
    }
    adopting = Adopting(cast("Any", noted), cast("Any", noted), cast("Any", noted))
    await adopting(cast("AsyncArgs", Args(body)), ABOUT, MessageKind.APPROVAL)


@pytest.mark.parametrize(("channel", "role"), [("C0APPROVALS", "approval"), ("D0AGENT", "requester")])
async def test_the_pressed_copy_is_kept_true_from_then_on(channel: str, role: str) -> None:
    noted = Noted()
    await press(noted, channel)

    assert noted.adopted == [(ABOUT, role, channel, "1.000001")]
    assert noted.kept == [(channel, "1.000001", URL)]


async def test_what_only_one_person_sees_is_no_copy() -> None:
    noted = Noted()
    container = {"channel_id": "C0FLOOR", "message_ts": "1.000001", "is_ephemeral": True}
    await press(noted, container=container)

    assert (noted.adopted, noted.kept) == ([], [])


async def test_a_pressed_home_is_drawn_anew() -> None:
    noted = Noted()
    await press(noted, view={"type": "home", "id": "V0"})

    assert (noted.homes, noted.adopted) == (["U0MANAGER1"], [])
