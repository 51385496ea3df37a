"""`/metrics` and `/status`: what the alerts rely on is there, true, and nobody's secret."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import prometheus_client
import pytest
import yaml

from bot import meters
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.figures import LedgerFigures
from bot.adapters.ledger.pauses import LedgerPauses
from bot.adapters.ledger.requests import LedgerRequests
from bot.aio.worker import PeriodicWorker
from bot.domain.errors import LedgerUnavailable
from bot.domain.person import PersonId
from bot.domain.redemption import State
from bot.domain.transitions import Change
from bot.monitor import CannotListenForMetrics, Monitor, StandingFigure, Watched
from bot.services.health import Pulse
from bot.services.refused import RefusedFor, RefusedRequests
from tests.adapters.ledger.facts import LONG, NOON, another_coupon, make, walk

RUN = Path(__file__).parents[1] / "docs" / "run"


@pytest.fixture
async def database(sqlite: str) -> AsyncIterator[Database]:
    opened = Database.open(sqlite)
    yield opened
    await opened.close()


@pytest.fixture
def refused() -> RefusedRequests:
    return RefusedRequests(monotonic=lambda: 0.0)


@pytest.fixture
def watched(database: Database, refused: RefusedRequests) -> Watched:
    # As `serve` does where METRICS_PORT is set; before that nothing is counted.
    meters.start()
    figures = LedgerFigures(database)
    return Watched(
        slack=Pulse(lambda: NOON, answered=True, at=NOON),
        engine=Pulse(lambda: NOON, answered=False, at=NOON),
        refused=refused,
        standing=figures.standing,
        paused=figures.paused,
        workers=lambda: {"sweeper": 1.5, "sealer": None},
        quarantined=database.quarantine.counts,
    )


@asynccontextmanager
async def monitored(watched: Watched) -> AsyncIterator[str]:
    monitor = Monitor(watched=watched, host="127.0.0.1", port=0)
    await monitor.start()
    yield f"http://127.0.0.1:{monitor.port}"
    await monitor.stop()


async def read(watched: Watched, path: str) -> str:
    async with monitored(watched) as url, aiohttp.ClientSession() as http, http.get(url + path) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_what_stands_in_the_ledger(watched: Watched, database: Database) -> None:
    requests = LedgerRequests(database)
    await walk(requests, await make(requests, another_coupon()), State.WAITING)
    await walk(requests, await make(requests, another_coupon()), State.APPROVED, State.SENDING, State.UNKNOWN)
    await LedgerPauses(database).pause("why", by=PersonId("console:x"))

    told = await read(watched, "/metrics")

    for line in (
        'desk_standing{what="unknown"} 1.0',
        'desk_standing{what="waiting"} 1.0',
        'desk_standing{what="cases"} 0.0',
        'desk_standing{what="messages"} 2.0',
        'desk_standing_oldest_seconds{what="cases"} 0.0',
        'desk_neighbour_reached{neighbour="slack"} 1.0',
        'desk_neighbour_reached{neighbour="engine"} 0.0',
        "desk_ledger_read 1.0",
        "desk_paused 1.0",
    ):
        assert line in told.splitlines()


async def test_a_ledger_that_cannot_be_read_is_told_and_old_figures_are_not(watched: Watched) -> None:
    async def unavailable() -> list[StandingFigure]:
        raise LedgerUnavailable

    await read(watched, "/metrics")
    broken = Watched(
        slack=watched.slack,
        engine=watched.engine,
        refused=watched.refused,
        standing=unavailable,
        paused=watched.paused,
        workers=watched.workers,
        quarantined=watched.quarantined,
    )
    told = await read(broken, "/metrics")

    assert "desk_ledger_read 0.0" in told
    assert "desk_standing{" not in told


async def test_moves_and_refusals_are_counted(watched: Watched, database: Database) -> None:
    def moved(to: str) -> float:
        return prometheus_client.REGISTRY.get_sample_value("desk_moves_total", {"to": to}) or 0.0

    before = moved("redeemed")
    requests = LedgerRequests(database)
    row = await walk(requests, await make(requests, another_coupon()), State.APPROVED, State.SENDING)
    await requests.move(row, State.REDEEMED, Change(send_in_s=LONG))
    assert moved("redeemed") == before + 1

    watched.refused.refuse(RefusedFor.CLOCK_OFF, off_s=400)
    assert 'desk_requests_refused_total{reason="clock_off"}' in await read(watched, "/metrics")


async def test_a_worker_that_got_through_says_when(watched: Watched) -> None:
    meters.start()

    async def works() -> int:
        return 0

    worker = PeriodicWorker("tested", works, pause_s=1.0, expected=LedgerUnavailable)
    assert worker.worked_at is None
    await worker.once()

    assert worker.worked_at is not None
    assert 'desk_worker_last_success_timestamp_seconds{worker="tested"}' in await read(watched, "/metrics")


async def test_status_is_for_people(watched: Watched) -> None:
    watched.refused.refuse(RefusedFor.WRONG_SIGNATURE)
    watched.refused.accepted = 3

    told = json.loads(await read(watched, "/status"))

    assert told["requests"] == {"accepted": 3, "refused": {"wrong_signature": 1}}
    assert told["workers_last_success_s_ago"] == {"sweeper": 1.5, "sealer": None}
    assert told["slack"]["answered"] is True
    assert told["engine"]["answered"] is False


async def test_a_port_that_is_taken_is_told(watched: Watched) -> None:
    async with monitored(watched) as url:
        other = Monitor(watched=watched, host="127.0.0.1", port=int(url.rpartition(":")[2]))
        with pytest.raises(CannotListenForMetrics):
            await other.start()
        await other.stop()


# The alerts and the dashboard


def rules() -> str:
    text = (RUN / "alerts.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def _expressions() -> Iterator[str]:
    for group in yaml.safe_load(rules())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    dashboard = json.loads((RUN / "dashboard.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def _families() -> dict[str, set[str]]:
    """The names of each metric's samples, by the name that it has in `/metrics`."""
    meters.start()
    found = {}
    for meter in vars(meters).values():
        if isinstance(meter, meters.Meter):
            [family] = list(meter._real.describe())
            ends = {"counter": ("_total",), "histogram": ("_count", "_bucket", "_sum")}.get(
                family.type, ("",)
            )
            found[family.name + (ends[0] if family.type == "counter" else "")] = {
                family.name + end for end in ends
            }
    return found


def test_every_metric_is_described() -> None:
    text = (RUN / "alerts.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(desk_\w+)(?:\{[a-z, ]+\})?` \|", text, re.MULTILINE)

    assert sorted(described) == sorted(_families())


def test_every_label_is_described() -> None:
    text = (RUN / "alerts.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(desk_\w+)(?:\{([a-z, ]+)\})?` \|", text, re.MULTILINE))
    labels = {
        meter.name.removesuffix("_total"): tuple(meter.labelled)
        for meter in vars(meters).values()
        if isinstance(meter, meters.Meter)
    }

    for name, described in told.items():
        assert tuple(filter(None, described.split(", "))) == labels[name.removesuffix("_total")]


def test_alerts_and_dashboard_ask_for_nothing_that_is_not_measured() -> None:
    measured = set().union(*_families().values())
    asked = {name for expression in _expressions() for name in re.findall(r"\bdesk_\w+", expression)}

    assert asked <= measured
    assert len(asked) >= 8


def test_each_alert_of_the_table_is_a_rule() -> None:
    text = (RUN / "alerts.md").read_text(encoding="utf-8")
    alerts = [rule["alert"] for group in yaml.safe_load(rules())["groups"] for rule in group["rules"]]

    assert re.findall(r"^\| (Desk\w+) \|", text, re.MULTILINE) == alerts
    assert len(alerts) >= 10


PROMTOOL = shutil.which("promtool")


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: prometheus)")
def test_prometheus_accepts_the_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules(), encoding="utf-8")

    command = [str(PROMTOOL), "check", "rules", "rules.yml"]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr
    assert "11 rules found" in checked.stdout


async def test_rows_that_cannot_be_read_are_counted(watched: Watched, database: Database) -> None:
    database.quarantine.rows.update({("redemptions", "r-1"), ("redemptions", "r-2"), ("messages", 7)})

    assert json.loads(await read(watched, "/status"))["rows_quarantined"] == {"redemptions": 2, "messages": 1}
    assert "desk_rows_quarantined 3.0" in await read(watched, "/metrics")
