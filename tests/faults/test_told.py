"""Wherever somebody presses while the database is away, they read that, and nothing else is blamed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import Tuning
from bot.domain.redemption import Settled, State
from bot.sandbox.demo import sandbox
from bot.sandbox.slack.delivery import Ack
from bot.sandbox.slack.screen import Control, Surface
from bot.sandbox.slack.server import SandboxSlack
from bot.views import redeem, settle_naming, try_again
from tests.stored.left import window_of
from tests.stored.old import EVERY_OLD, WORDS, Json
from tests.tcp_proxy import proxied
from tests.views.redeeming import DISPLAY, USE, row

CAUSE = "Coupon Desk's own records cannot be reached"
#: What says something else.
NOT_SO = ("Slack did not", "our side", "omething went wrong", "too long for Slack", "another version")
#: Seconds; only a test that fails waits this long.
PATIENCE_S = 60.0
AGENT, PLACE = "U0AGENT", "C0SUPPORT"
#: Stands in no ledger: what was typed is kept in memory.
IN_MEMORY = {try_again.TRY_AGAIN}
IN_A_MODAL = {redeem.BACK, redeem.REVIEW_AGAIN}

Press = Callable[[SandboxSlack], Awaitable[Ack]]


def typed(name: str, text: str) -> Press:
    return lambda slack: slack.person(AGENT).command(name, text)


def shortcut(callback_id: str) -> Press:
    async def press(slack: SandboxSlack) -> Ack:
        agent = slack.person(AGENT)
        message = await agent.says(PLACE, "Asha, 98450 12345, says that her coupon does not scan")
        return await agent.shortcut(callback_id, message=message)

    return press


def submission(of: Json) -> Press:
    async def press(slack: SandboxSlack) -> Ack:
        window_of(of, slack)
        return await slack.person(of["user"]).submits()

    return press


def button(action: str) -> Press:
    """Whatever the control is: only its value differs, and nothing can be read by it."""
    element = {
        "type": "button",
        "action_id": action,
        "value": "0123456789abcdef.0",
        "text": {"type": "plain_text", "text": "It"},
    }
    block = {"type": "actions", "block_id": "look_up.0123456789abcdef", "elements": [element]}

    async def press(slack: SandboxSlack) -> Ack:
        return await slack.person(AGENT).uses(Control(_surface(slack, action, block), block, element))

    return press


def _surface(slack: SandboxSlack, action: str, block: dict[str, Any]) -> Surface:
    views = slack.workspace.views
    if action.startswith("home."):
        return views.publish(AGENT, {"type": "home", "blocks": [block]})
    if action in IN_A_MODAL:
        return views.open(AGENT, {"type": "modal", "blocks": [block]})
    return slack.workspace.messages.post(PLACE, {"text": "It", "blocks": [block]}, reader=AGENT)


def naming() -> Json:
    """The form that names a use, which is younger than the stored windows."""
    of = row(State.REDEEMED, settled=Settled.ANSWER, uses=(USE,))
    view = settle_naming.form(of, display=DISPLAY).payload()
    option = {"text": {"type": "plain_text", "text": "It"}, "value": USE.id}
    typed_in = {"name_use.note": {"name_use.note": {"type": "plain_text_input", "value": "As the till says"}}}
    chosen = {"name_use.use": {"name_use.use": {"type": "static_select", "selected_option": option}}}
    return {"id": "V0NAMING", "user": "U0MANAGER1", "view": view, "values": {**typed_in, **chosen}}


def presses() -> Iterator[tuple[str, Press]]:
    """Every way into the desk, by its stored word."""
    yield "/coupons", typed("/coupons", "98450 12345")
    yield "/coupons code:", typed("/coupons", "code:WELCOME250")
    yield "/redemptions", typed("/redemptions", "98450 12345")
    yield "/redemptions ref:", typed("/redemptions", "ref:NWTUDXEH")
    yield "/promo-redemptions", typed("/promo-redemptions", "SUMMER")
    yield from ((one, shortcut(one)) for one in WORDS["shortcut"])
    yield from ((one, button(one)) for one in WORDS["action"] if one not in IN_MEMORY)
    stored = {one["view"].get("callback_id"): one for one in EVERY_OLD[-1].windows}
    forms = {settle_naming.FORM: naming(), **stored}
    yield from ((one, submission(forms[one])) for one in WORDS["window"])


@pytest.fixture
async def slack(tmp_path: Path, url: str) -> AsyncIterator[SandboxSlack]:
    """Of a desk whose database went away after it had started."""
    tuning = Tuning(engine_per_minute=30_000, slack_times=50)
    async with proxied(url) as proxy, sandbox(tmp_path, tuning, {"DATABASE_URL": proxy.url}) as parts:
        parts.slack.waits(30.0)
        proxy.gone = True
        proxy.reset()
        yield parts.slack


async def told(slack: SandboxSlack, press: Press) -> str:
    """What the press brought until its cause was told: the acknowledgement, and what was sent afterwards."""
    before = len(slack.calls)
    ack = await press(slack)

    def said() -> str:
        calls = [
            json.dumps(dict(call.args), ensure_ascii=False, default=str) for call in slack.calls[before:]
        ]
        return "\n".join([json.dumps(ack.payload(), ensure_ascii=False), *calls])

    await slack.workspace.until(lambda: CAUSE in said(), PATIENCE_S)
    slack.workspace.views.stacks.clear()
    return said()


async def test_whatever_is_pressed_or_typed_tells_the_true_cause(slack: SandboxSlack) -> None:
    wrong = {}
    for name, press in presses():
        said = await told(slack, press)
        if CAUSE not in said or any(words in said for words in NOT_SO):
            wrong[name] = said

    assert wrong == {}


async def test_an_app_home_that_is_opened_tells_it_too(slack: SandboxSlack) -> None:
    agent = slack.person(AGENT)
    await agent.opens_home()

    await agent.sees(CAUSE)
    await agent.sees("Open this tab again in a minute")
