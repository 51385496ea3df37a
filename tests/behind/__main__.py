"""
`python -m tests.behind FOLDER`: Slack and the engine behind a proxy, for an installation by hand.

Writes into the folder what an administrator would hand over, serves a page on which one acts as anybody, and sends to a desk at
`--desk`, http://127.0.0.1:3000 by default, until it is stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from bot import logs
from bot.sandbox.clock import MovableClock
from bot.sandbox.web.window import window
from tests.behind.outside import outside


async def stand(folder: Path, desk: str) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    clock = MovableClock()
    async with outside(folder, clock.now) as there:
        there.slack.connect(f"{desk}/slack/events")
        told = {
            **there.environment(),
            "SLACK_APP_TOKEN (for Socket Mode)": there.slack.app_token,
            "channels (approvals, store ops)": "C0APPROVALS, C0STOREOPS",
        }
        written = "".join(f"{name}={value}\n" for name, value in told.items())
        handed_over = folder / "handed-over.txt"
        # Tokens are in it.
        handed_over.touch(mode=0o600)
        handed_over.write_text(written, encoding="utf-8")
        async with window(there.slack, there.engine, clock) as page:
            sys.stdout.write(f"{handed_over}\n{page.url}\n")
            sys.stdout.flush()
            await stopping.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.behind", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--desk", default="http://127.0.0.1:3000")
    chosen = parser.parse_args()
    logs.configure(level="WARNING", format="console")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(stand(chosen.folder, chosen.desk))


if __name__ == "__main__":
    main()
