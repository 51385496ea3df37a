"""What people type stands in no log line, also where nothing could be read from it."""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest

from bot import logs
from bot.domain.errors import NotUnderstood
from bot.listeners.history import HistoryListeners
from bot.listeners.lookup import CouponListeners
from bot.listeners.promotions import PromotionListeners
from bot.logs.redaction import MARK

#: More words than a command takes of anything.
WORDS = "what became of GOLD-5000 which Asha Menon got from the shop in town"


@pytest.mark.parametrize("listeners", [CouponListeners, HistoryListeners, PromotionListeners])
async def test_each_word_of_a_command_is_hidden_from_then_on(listeners: Any) -> None:
    """It needs nothing but its region up to there."""
    unused = {one.name: None for one in fields(listeners)}
    heard = listeners(**{**unused, **({"region": "IN"} if "region" in unused else {})})
    args: Any = SimpleNamespace(body={"text": WORDS, "user_id": "U0AGENT", "team_id": "T0DESK"})

    with logs.correlated("1a2b3c4d"):
        with pytest.raises(NotUnderstood):
            await heard.on_command(args)

        assert set(logs.redacted(WORDS).split()) == {MARK}
