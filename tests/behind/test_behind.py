"""A desk that reaches Slack and the engine only through a proxy, and trusts an authority of its own."""

from __future__ import annotations

import asyncio
import shutil
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.demo import POLICY
from bot.sandbox.engine.capillary import COUPONS
from bot.sandbox.engine.faults import Slow
from tests.behind.authority import authority
from tests.behind.outside import API, CLUSTER, HOOKS, Outside, outside
from tests.test_main import PATIENCE_S, ended, logged, now, started


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Outside]:
    async with outside(tmp_path, now) as there:
        yield there


@pytest.fixture
def environ(there: Outside, tmp_path: Path, ledger_file: Path) -> dict[str, str]:
    """Proxy and authority stand in `.env`, as somebody would write them."""
    shutil.copy(ledger_file, tmp_path / "coupon-desk.db")
    given = there.environment()
    lines = [f"{name}={given.pop(name)}\n" for name in ("HTTPS_PROXY", "SSL_CERT_FILE")]
    (tmp_path / ".env").write_text("".join(lines), encoding="utf-8")
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    return given | {"HOST": "127.0.0.1", "PORT": "0", "LOG_FORMAT": "json"}


@pytest.mark.parametrize("way", ["http", "socket"])
async def test_every_call_goes_through_it(
    there: Outside, environ: dict[str, str], tmp_path: Path, way: str
) -> None:
    nisha = there.slack.person("U0AGENT")
    if way == "socket":
        environ["SLACK_APP_TOKEN"] = there.slack.app_token
    # So long that the card comes by the response URL.
    there.engine.faults.add(Slow(2.0), path=COUPONS)
    async with started(tmp_path, "serve", environ=environ) as process:
        port = (await logged(process, "serving"))["port"]
        if way == "socket":
            await there.slack.until(lambda: there.slack.sockets.count >= 1, PATIENCE_S)
        there.slack.connect(f"http://127.0.0.1:{port}/slack/events")
        await nisha.command("/coupons", "919400488244")
        await nisha.sees("Tom Sawyer  ·  mobile …8244  ·  23 coupons", PATIENCE_S)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0

    assert set(there.proxy.opened) == {f"{API}:443", f"{HOOKS}:443", f"{CLUSTER}:443"}
    assert there.proxy.refused == []
    assert there.slack.faults == []


async def test_the_private_key_is_its_owners_to_read(there: Outside) -> None:
    """Somebody who installs by hand serves them from a folder of their own for hours."""
    assert stat.S_IMODE((there.authority.parent / "server.pem").stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


async def test_doctor_goes_through_it(there: Outside, environ: dict[str, str], tmp_path: Path) -> None:
    _, out, _ = await ended(tmp_path, "doctor", environ=environ)

    assert "ok    slack token" in out
    assert "ok    engine coupon/get" in out


async def test_without_its_authority_nothing_is_told_to_anybody_and_the_certificate_is_named(
    there: Outside, environ: dict[str, str], tmp_path: Path
) -> None:
    another = tmp_path / "another"
    another.mkdir()
    other_file, _ = authority(another, (API,))
    environ |= {"SSL_CERT_FILE": str(other_file)}
    (code, _, err), (_, told, _) = await asyncio.gather(
        ended(tmp_path, "serve", environ=environ), ended(tmp_path, "doctor", environ=environ)
    )
    lines = [
        line for line in told.splitlines() if line.startswith(("fail  slack token", "fail  engine coupon"))
    ]

    assert code == 1
    assert len(lines) == 2
    for said in (err, *lines):
        assert "certificate" in said
        assert "is not trusted. " in said
        assert "Set SSL_CERT_FILE" in said
        assert "SLACK_BOT_TOKEN" not in said
        assert "SLACK_API_URL" not in said
    assert there.slack.calls == []
