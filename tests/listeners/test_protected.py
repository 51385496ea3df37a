"""What people type stands in no log line, also where nothing could be read from it."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest

from bot import logs
from bot.domain.errors import NotUnderstood
from bot.listeners.case import CaseListeners
from bot.listeners.history import HistoryListeners
from bot.listeners.lookup import CouponListeners
from bot.listeners.promotions import PromotionListeners
from bot.listeners.shortcut import ShortcutListeners
from bot.logs.redaction import MARK

#: More words than a command takes of anything.
WORDS = "what became of GOLD-5000 which Asha Menon got from the shop in town"
PERSON = {"user_id": "U0AGENT", "user": {"id": "U0AGENT", "team_id": "T0DESK"}, "team_id": "T0DESK"}
#: The inputs of every form with a text, each with these words.
STATE = {
    "look_up_form": {"customer_typed": {"value": WORDS}},
    "of store ops": {"ask_store_ops.question": {"value": WORDS}, "answer_case.reply": {"value": WORDS}},
}


class Replies:
    """Answers nobody."""

    async def to_form(self, _args: object, answer: Coroutine[Any, Any, Any], _meanwhile: object) -> None:
        answer.close()


async def ack(**_: object) -> None:
    """Slack has heard."""


def alone(listeners: Any) -> Any:
    """Without any use case: up to there they need none."""
    given = {"region": "IN", "replies": Replies(), "coupons": SimpleNamespace(region="IN")}
    return listeners(**{one.name: given.get(one.name) for one in fields(listeners)})


def are_hidden() -> bool:
    return set(logs.redacted(WORDS).split()) == {MARK}


@pytest.mark.parametrize("listeners", [CouponListeners, HistoryListeners, PromotionListeners])
async def test_each_word_of_a_command_is_hidden_from_then_on(listeners: Any) -> None:
    args = SimpleNamespace(body={"text": WORDS, **PERSON})
    with logs.correlated("1a2b3c4d"):
        with pytest.raises(NotUnderstood):
            await alone(listeners).on_command(args)

        assert are_hidden()


@pytest.mark.parametrize(
    "listener",
    [alone(ShortcutListeners).on_form, alone(CaseListeners).on_send, alone(CaseListeners).on_answering],
)
async def test_so_is_each_word_of_a_form(listener: Any) -> None:
    args = SimpleNamespace(body={"view": {"state": {"values": STATE}}, **PERSON}, ack=ack)
    with logs.correlated("1a2b3c4d"):
        await listener(args)

        assert are_hidden()
