"""The simulation's logs at level DEBUG, and what was posted in channels, hold nothing secret."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.logged import logged
from tests.simulation.desks import CHANNEL, place
from tests.simulation.invariants import PERSONAL, leaked, secrets_of
from tests.simulation.play import play
from tests.simulation.schedules import code_of, drawn

SEEDS = range(1000, 1020)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged; logging is as it was afterwards."""
    with logged("DEBUG") as stream:
        yield stream


async def test_no_log_line_and_no_channel_message_holds_what_it_should_not(
    tmp_path: Path, postgres_server: str, written: io.StringIO
) -> None:
    codes = [code_of(drawn(seed)) for seed in SEEDS]
    async with place(tmp_path, postgres_server) as here:
        for seed in SEEDS:
            await play(here, drawn(seed))
        told = [message.text + json.dumps(message.blocks) for message in here.slack.messages(CHANNEL)]
        secrets = secrets_of(here.engine, here.slack, codes)
    lines = written.getvalue()

    assert leaked(lines, secrets) == []
    assert leaked("".join(told), {*PERSONAL, *codes}) == []
    assert len(told) >= 3
    assert lines.count('"engine_call"') >= 100
    assert lines.count('"message_put_back"') >= 1
