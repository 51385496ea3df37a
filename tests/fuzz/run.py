"""Plays the requests against a `serve` of its own, and says what came of it."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from bot.sandbox.demo import environment
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.delivery import Kind
from bot.sandbox.slack.server import SandboxSlack
from tests.fuzz import bodies, wire
from tests.fuzz.bodies import Body
from tests.fuzz.wire import CLOSED, Client, Signing

#: Connections at once for what is answered, and for what never ends.
AT_ONCE, SLOW_AT_ONCE = 32, 500
#: Requests after which the process has all that it keeps.
WARM = 500
#: Seconds in which a request that never ends must be given up: five for its head, or three for its body, and a margin.
GIVEN_UP_S = 20.0
ASHA = "98450 12345"


#: SQLAlchemy 2.0 tells so of a connection whose transaction ran out of time, as the limit wants it.
THROWN_AWAY = "Exception during reset or similar"


@dataclass(slots=True)
class Report:
    """
    What came of it.

    Attributes:
        statuses: by signing and status; CLOSED where the connection was closed without an answer.
        slow: how those ended that never ended their request: a status, CLOSED, or -1 where they were not given up.
        late: requests that were not answered in time.
        logged: lines of the log by event.
        broke: tracebacks of it, by their ends.
        refused: what `/status` counts.

    """

    statuses: Counter[tuple[Signing, int]] = field(default_factory=Counter)
    slow: Counter[int] = field(default_factory=Counter)
    late: int = 0
    seconds: float = 0.0
    resident_mb: tuple[float, float] = (0.0, 0.0)
    log_bytes: int = 0
    logged: Counter[str] = field(default_factory=Counter)
    broke: Counter[str] = field(default_factory=Counter)
    refused: Mapping[str, Any] = field(default_factory=dict)
    code: int | None = None
    answers_after: bool = False

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        failed = {key: count for key, count in self.statuses.items() if key[1] >= 500}
        grown = self.resident_mb[1] - self.resident_mb[0]
        most = MOST_LOG_BYTES + LINES_BYTES * int(self.refused.get("accepted", 0))
        found = {
            f"5xx: {failed}": failed,
            f"{self.late} requests were not answered in time": self.late,
            f"{self.slow[-1]} slow requests were not given up": self.slow[-1],
            f"memory grew by {grown:.0f} MB": grown > MOST_GROWTH_MB,
            f"the log has {self.log_bytes} bytes": self.log_bytes > most,
            f"it ended with {self.code}": self.code != 0,
            "it answers no more": not self.answers_after,
            f"tracebacks: {dict(self.broke)}": [one for one in self.broke if not one.startswith(THROWN_AWAY)],
        }
        return [what for what, so in found.items() if so]

    def __str__(self) -> str:
        rows = [
            f"{signing.value:<15} {status or 'closed':>6} {count:>8}"
            for (signing, status), count in sorted(self.statuses.items())
        ]
        slow = ", ".join(f"{status or 'closed'}: {count}" for status, count in sorted(self.slow.items()))
        return "\n".join(
            (
                f"{sum(self.statuses.values())} answers in {self.seconds:.0f} s",
                *rows,
                f"slow: {slow or 'none'}",
                f"memory: {self.resident_mb[0]:.0f} MB after {WARM} requests, {self.resident_mb[1]:.0f} MB at the end",
                f"log: {self.log_bytes} bytes, {dict(self.logged.most_common())}",
                f"/status: {json.dumps(self.refused)}",
                "\n".join(self.faults) or "nothing is wrong",
            )
        )


#: What a process may keep of all that; what its log may say of what was refused, and of each request that was not.
MOST_GROWTH_MB, MOST_LOG_BYTES, LINES_BYTES = 96, 100_000, 600


@dataclass(slots=True)
class Desk:
    process: asyncio.subprocess.Process
    log: Path
    port: int = 0
    monitor: int = 0

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024

    def logged(self) -> Counter[str]:
        return Counter(str(line["event"]) for line in self._lines())

    def broke(self) -> Counter[str]:
        """The last three lines of each traceback."""
        told = (
            [line["event"], *str(line["exception"]).splitlines()[-3:]]
            for line in self._lines()
            if "exception" in line
        )
        return Counter(" | ".join(part.strip() for part in lines) for lines in told)

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self.log.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                yield json.loads(line)


async def fuzz(requests: int, slow: int, seed: int) -> Report:
    """Play so many of each, chosen by the seed."""
    report, chance = Report(), random.Random(seed)
    async with _neighbours() as (engine, slack):
        with TemporaryDirectory() as folder:
            async with _serving(Path(folder), slack, engine) as desk:
                told = [*bodies.valid(slack), *await _recorded(slack, desk)]
                began = time.monotonic()
                await _played(report, chance, desk, slack, told, requests)
                await _slowly(report, chance, desk, slack, told, slow)
                report.seconds = time.monotonic() - began
                report.answers_after = (await slack.person("U0AGENT").command("/coupons", "help")).ok
                report.resident_mb = (report.resident_mb[0], desk.resident_mb())
                report.refused = await _status(desk)
            report.code, report.logged, report.broke = desk.process.returncode, desk.logged(), desk.broke()
            report.log_bytes = desk.log.stat().st_size
    return report


@asynccontextmanager
async def _neighbours() -> AsyncIterator[tuple[SandboxEngine, SandboxSlack]]:
    engine = SandboxEngine(now=lambda: datetime.now(UTC))  # noqa: TID251 - the composition root of this
    slack = SandboxSlack(limit_s=30.0)
    await engine.start()
    await slack.start()
    try:
        yield engine, slack
    finally:
        await slack.close()
        await engine.close()


@asynccontextmanager
async def _serving(folder: Path, slack: SandboxSlack, engine: SandboxEngine) -> AsyncIterator[Desk]:
    environ = environment(engine, slack, folder) | {"METRICS_PORT": "0", "LOG_FORMAT": "json"}
    log = folder / "log"
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "serve",
            env=environ | {"PYTHONPATH": str(Path.cwd())},
            cwd=folder,
            stderr=written,
        )
    desk = Desk(process, log)
    try:
        async with asyncio.timeout(60):
            while not desk.logged()["serving"]:  # noqa: ASYNC110 - another process tells of nothing
                await asyncio.sleep(0.05)
        for line in log.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            desk.port = event["port"] if event["event"] == "serving" else desk.port
            desk.monitor = event["port"] if event["event"] == "monitored" else desk.monitor
        slack.connect(f"http://127.0.0.1:{desk.port}/slack/events")
        yield desk
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _recorded(slack: SandboxSlack, desk: Desk) -> list[tuple[Kind, dict[str, Any]]]:
    """What a real session sends: a card, its buttons, a form."""
    nisha = slack.person("U0AGENT")
    await nisha.command("/coupons", ASHA)
    await nisha.sees("Asha Menon", 30.0)
    await nisha.clicks("Refresh")
    await nisha.clicks("Redeem")
    await nisha.sees("Bill amount", 30.0)
    await nisha.types("Bill amount", "x")
    await nisha.submits()
    return [(kind, dict(payload)) for kind, payload in slack.deliveries]


async def _played(
    report: Report,
    chance: random.Random,
    desk: Desk,
    slack: SandboxSlack,
    told: list[tuple[Kind, dict[str, Any]]],
    count: int,
) -> None:
    numbers = iter(range(count))

    async def one_after_the_other() -> None:
        client = Client(desk.port)
        for number in numbers:
            signing = chance.choice(tuple(Signing))
            request = wire.request(chance, signing, slack.signing_secret, bodies.broken(chance, told))
            try:
                report.statuses.update((signing, status) for status in await client.send(request))
            except TimeoutError:
                report.late += 1
                await client.close()
            if number == min(WARM, count - 1):
                report.resident_mb = (desk.resident_mb(), 0.0)
        await client.close()

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))


async def _slowly(
    report: Report,
    chance: random.Random,
    desk: Desk,
    slack: SandboxSlack,
    told: list[tuple[Kind, dict[str, Any]]],
    count: int,
) -> None:
    async def one(content: bytes) -> int:
        try:
            async with asyncio.timeout(GIVEN_UP_S):
                reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
                writer.write(content)
                try:
                    return await wire.status(reader)
                except (OSError, asyncio.IncompleteReadError):
                    return CLOSED
                finally:
                    writer.close()
        except TimeoutError:
            return -1

    for begun in range(0, count, SLOW_AT_ONCE):
        contents = [
            wire.slow(chance, slack.signing_secret, Body(bodies.JSON, b"{}"))
            for _ in range(min(SLOW_AT_ONCE, count - begun))
        ]
        report.slow.update(await asyncio.gather(*map(one, contents)))


async def _status(desk: Desk) -> Mapping[str, Any]:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{desk.monitor}/status") as answer:
        told: Mapping[str, Any] = (await answer.json())["requests"]
        return told
