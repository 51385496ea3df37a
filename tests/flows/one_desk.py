"""Rows of flows that play at one desk: starting a desk takes longer than what a row does."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bot.sandbox.demo import Sandbox
from tests.flows.conftest import makes_known_calls
from tests.tables import Test, table

_PARTS = inspect.Parameter("parts", inspect.Parameter.KEYWORD_ONLY)


def at_one_desk(names: str | Sequence[str], given: Iterable[Any]) -> Callable[[Test], Test]:
    """
    As `pytest.mark.parametrize`, for rows of which nothing stays but what `cleared` takes away.

    What a desk keeps of a customer for some seconds stays, and so does what Slack told of people and groups.
    """

    def joined(test: Test) -> Test:
        return table(names, given)(_each_cleared(test))

    return joined


def _each_cleared(test: Test) -> Test:
    signature = inspect.signature(test)
    asks_for_parts = "parts" in signature.parameters

    @functools.wraps(test)
    async def play(*args: Any, parts: Sandbox, **more: Any) -> None:
        cleared(parts)
        await test(*args, **more, **({"parts": parts} if asks_for_parts else {}))

    if not asks_for_parts:
        vars(play)["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), _PARTS])
    return play


def cleared(parts: Sandbox) -> None:
    """Empty every screen, and forget what the engine was asked and what goes wrong there and at Slack."""
    makes_known_calls(parts)
    parts.engine.calls.clear()
    parts.engine.faults.clear()
    parts.slack.heal()
    parts.slack.workspace.messages.all.clear()
    parts.slack.workspace.views.stacks.clear()
