"""A request that was written and could not be spent at once is never told as unchanged."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.tasks import TaskSet
from bot.domain.errors import LedgerUnavailable
from bot.domain.handled import Handled
from bot.domain.pause import Pause
from bot.domain.redemption import Redemption, State, Stop
from bot.domain.request_errors import Stopped
from bot.listeners.approval import ApprovalListeners
from bot.listeners.redeem import RedeemListeners
from bot.listeners.windows import Windows
from bot.views import approval as approval_view
from bot.views.kit import View
from tests.views.redeeming import APPROVED, DISPLAY, NOW, ROW, read, waiting


class Shown:
    """`bot.listeners.replies.Replies`, with what stands in the modal at the end."""

    def __init__(self) -> None:
        self.views: list[View] = []
        self.spawn: Any = None

    async def to_form(self, _args: AsyncArgs, work: Any, _meanwhile: View) -> None:
        self.views.append(await work)

    async def acknowledge(self, _args: AsyncArgs, result: Any, _meanwhile: View, *, drawn: Any) -> bool:
        self.views.append(drawn(await result))
        return True

    async def show(self, _args: AsyncArgs, view: View) -> None:
        self.views.append(view)


async def _away(*_: object, **__: object) -> Redemption:
    raise LedgerUnavailable


def submitted(view: View) -> AsyncArgs:
    async def ack(**_: object) -> None:
        """The form is answered."""

    body = {
        "view": {"id": "V0", "private_metadata": view.private_metadata, "state": {"values": {}}},
        "user": {"id": "U0MANAGER", "team_id": "T0"},
        "team": {"id": "T0"},
    }
    return cast("AsyncArgs", SimpleNamespace(body=body, ack=ack))


def approving(decide: SimpleNamespace, shown: Shown) -> ApprovalListeners:
    """What answers the form of an approval; `decide` is as much of `bot.services.approval.Decide` as it needs."""
    return ApprovalListeners(
        decide=cast("Any", decide),
        own=cast("Any", None),
        adopting=cast("Any", None),
        replies=cast("Any", shown),
        now=lambda: NOW,
        display=DISPLAY,
    )


async def test_an_approval_that_is_left_to_the_sweeper_shows_that_it_goes_on() -> None:
    approved = replace(waiting(), state=State.APPROVED, decided=APPROVED)

    async def approve(*_: object, **__: object) -> Handled[Redemption]:
        return Handled(row=approved, ours=True)

    shown = Shown()
    decide = SimpleNamespace(approve=approve, spend_approved=_away)
    listeners = approving(decide, shown)
    form = approval_view.approve_form(waiting(), None, as_of=NOW, display=DISPLAY)

    await listeners.on_approving(submitted(form))

    (view,) = shown.views
    assert "*Redeeming…*" in read(view)
    assert "Nothing was changed" not in read(view)


async def test_an_approval_is_spent_although_its_window_cannot_be_shown() -> None:
    approved = replace(waiting(), state=State.APPROVED, decided=APPROVED)
    spent: list[Handled[Redemption]] = []

    async def approve(*_: object, **__: object) -> Handled[Redemption]:
        return Handled(row=approved, ours=True)

    async def spend(decided: Handled[Redemption]) -> None:
        spent.append(decided)

    class Failing(Shown):
        async def to_form(self, args: AsyncArgs, work: Any, meanwhile: View) -> None:
            await super().to_form(args, work, meanwhile)
            raise TimeoutError

    listeners = approving(SimpleNamespace(approve=approve, spend_approved=spend), Failing())
    form = approval_view.approve_form(waiting(), None, as_of=NOW, display=DISPLAY)

    await listeners.on_approving(submitted(form))

    assert [one.row for one in spent] == [approved]


async def test_an_approval_during_a_pause_shows_why_and_spends_nothing() -> None:
    held: list[bool] = []

    async def approve(*_: object, **__: object) -> Handled[Redemption]:
        raise Stopped(stop=Stop.PAUSED)

    async def look(*_: object, **__: object) -> Redemption:
        return waiting()

    async def checked(row: Redemption) -> tuple[Redemption, None]:
        return row, None

    async def pause(*, fresh: bool = False) -> Pause | None:
        held.append(fresh)
        return Pause(why="a wrong price list", by="console:x", at=NOW)

    shown = Shown()
    decide = SimpleNamespace(approve=approve, look=look, checked=checked, pause=pause)
    listeners = approving(decide, shown)

    await listeners.on_approving(
        submitted(approval_view.approve_form(waiting(), None, as_of=NOW, display=DISPLAY))
    )

    (view,) = shown.views
    assert "Redeeming is paused" in read(view)
    assert view.submit is None
    # The form was drawn before the pause: what is kept of a second ago does not know of it.
    assert held[0]


async def test_a_request_that_cannot_be_spent_says_that_it_expires_by_itself() -> None:
    async def confirm_redemption(*_: object, **__: object) -> Handled[Redemption]:
        return Handled(row=ROW, ours=True)

    class Spend:
        __call__ = staticmethod(_away)

        def wake(self) -> None:
            """Messages are to be delivered."""

    shown = Shown()
    parts = {
        "configuration": None,
        "open_form": None,
        "honoured": None,
        "once_more": None,
        "review": None,
        "beneath": None,
        "adopting": None,
    }

    async def window_shown(*_: object, **__: object) -> None:
        raise LedgerUnavailable

    shown.spawn = TaskSet().spawn
    outbox = SimpleNamespace(shown=window_shown)
    listeners = RedeemListeners(
        **cast("Any", parts),
        windows=Windows(cast("Any", outbox), cast("Any", shown), lambda: None),
        confirm_redemption=cast("Any", confirm_redemption),
        spend=cast("Any", Spend()),
        replies=cast("Any", shown),
        display=DISPLAY,
    )

    await listeners.on_confirm(submitted(View("Confirm redemption", (), private_metadata=f"{ROW.id}.1")))

    (view,) = shown.views
    assert "*Working…*" in read(view)
    assert "Nothing was sent. It ends by itself in a minute" in read(view)
