"""The audit log proves itself: sealed, exported, verified here and elsewhere; whoever changes it is found."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
import structlog
from sqlalchemy import Executable, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.__main__ import main
from bot.adapters.ledger import seals as seals_module
from bot.adapters.ledger.anchors import TellAnchor
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.seals import LedgerSealer
from bot.adapters.ledger.signing import Signer
from bot.adapters.ledger.tables import anchors, events, redemptions, seals
from bot.domain.anchor import Anchor
from bot.domain.errors import LedgerUnavailable
from bot.domain.messages import MessageKind
from bot.domain.redemption import Outcome, Settled, State
from bot.domain.transitions import Change
from bot.ops import audit
from bot.ops.audit import Wish
from bot.ops.audit_verify import Proof
from bot.settings import Settings, load
from tests.adapters.ledger.facts import CutOff, another_coupon, make, walk
from tests.ops.lines import Lines
from tests.ops.test_why import REQUIRED
from tests.tables import table

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(range(1, 33))).decode()
SIGNER = Signer.of(KEY)
EVERYTHING = Wish()
#: Everything that is not sealed becomes two minutes older.
OLDER = {
    "sqlite": "UPDATE events SET at = strftime('%Y-%m-%d %H:%M:%f000', at, '-2 minutes') "
    "WHERE id > (SELECT COALESCE(MAX(last_event), 0) FROM seals)",
    "postgresql": "UPDATE events SET at = at - interval '2 minutes' "
    "WHERE id > (SELECT COALESCE(MAX(last_event), 0) FROM seals)",
}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load(REQUIRED | {"DATABASE_URL": database_url, "AUDIT_KEY": KEY}, env_file=None)


@pytest.fixture
def requests(database: Database) -> LedgerRequests:
    return LedgerRequests(database)


async def redeemed(requests: LedgerRequests) -> None:
    """One request with its whole story."""
    row = await walk(requests, await make(requests, another_coupon()), State.APPROVED, State.SENDING)
    outcome = Outcome(settled=Settled.ANSWER, redemption_id="R-1")
    await requests.move(row, State.REDEEMED, Change(outcome=outcome), why={"redemption_id": "R-1"})


async def age(database: Database) -> None:
    """What is not sealed becomes two minutes older."""
    async with owner(database) as connection:
        await connection.execute(text(OLDER[connection.dialect.name]))


@asynccontextmanager
async def owner(database: Database, table: str = "events") -> AsyncIterator[AsyncConnection]:
    """A transaction of whoever owns the ledger, who may switch its triggers off."""
    async with database.transaction() as connection:
        if connection.dialect.name != "sqlite":
            await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            yield connection
            await connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
            return
        wanted = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        triggers = (await connection.execute(wanted, {"table": table})).all()
        for name, _ in triggers:
            await connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
        for _, sql in triggers:
            await connection.execute(text(sql))


@pytest.fixture
async def sealed(database: Database, requests: LedgerRequests) -> Database:
    """Two requests' stories under two signed seals."""
    for _ in range(2):
        await redeemed(requests)
        await age(database)
        assert await LedgerSealer(database, SIGNER)() == 4
    return database


async def verified(
    settings: Settings, *, key: str | None = None, anchor: str | None = None
) -> tuple[int, str]:
    say = Lines()
    return await audit.verify(settings, Wish(keys=(key,) if key else (), anchor=anchor), say), say.text


# Sealing

WRITES = "INSERT INTO events (at, what, why) VALUES (now(), 'made', '{}')"


async def test_what_is_not_a_minute_old_is_not_sealed(database: Database, requests: LedgerRequests) -> None:
    await redeemed(requests)
    assert await LedgerSealer(database)() == 0

    await age(database)
    with structlog.testing.capture_logs() as logged:
        assert await LedgerSealer(database)() == 4
        assert await LedgerSealer(database)() == 0

    [line] = logged
    assert (line["event"], line["events"], line["signed"]) == ("sealed", 4, False)
    assert len(line["anchor"]) == 64
    assert line["anchor"].isalpha()


@pytest.mark.parametrize(
    ("does", "after_s", "sealed"),
    [
        (WRITES, -1, 0),
        (WRITES, 60, 4),
        ("SELECT count(*) FROM events", -1, 4),
        ("SELECT pg_advisory_xact_lock(1)", -1, 4),
    ],
    ids=["writes since before", "began to write later", "reads", "does something else"],
)
async def test_a_transaction_that_still_writes_events_holds_a_seal_back(
    postgres: str, monkeypatch: pytest.MonkeyPatch, does: str, after_s: int, sealed: int
) -> None:
    """It may have a number below the last one; whoever began after the moment has none. `after_s`: before when."""
    database = Database.open(postgres)
    await redeemed(LedgerRequests(database))
    await age(database)
    monkeypatch.setattr(seals_module, "CLOSED_AFTER", timedelta(seconds=after_s))
    with psycopg.connect(postgres) as other:
        other.execute(does.encode())
        assert await LedgerSealer(database)() == sealed
        other.rollback()
    assert await LedgerSealer(database)() == 4 - sealed
    await database.close()


async def test_what_turns_up_beneath_a_seal_is_an_alarm(sealed: Database) -> None:
    async with owner(sealed) as connection:
        await connection.execute(events.delete().where(events.c.id == 2))

    with structlog.testing.capture_logs() as logged:
        await LedgerSealer(sealed)()

    assert [(line["event"], line["sealed"], line["found"]) for line in logged] == [
        ("events_beneath_seal", 4, 3)
    ]


async def test_what_turns_up_between_two_seals_is_an_alarm(sealed: Database) -> None:
    """A number that was rolled back when they were written."""
    async with owner(sealed) as connection:
        await connection.execute(events.update().where(events.c.id == 5).values(id=100))
        await connection.execute(events.update().where(events.c.id == 100).values(id=5))
    async with owner(sealed, "seals") as connection:
        await connection.execute(seals.update().where(seals.c.id == 2).values(first_event=6, events=3))

    with structlog.testing.capture_logs() as logged:
        await LedgerSealer(sealed)()

    assert [(line["event"], line["seal"], line["found"]) for line in logged] == [
        ("events_beneath_seal", 2, 4)
    ]


# The day's last seal


async def seal_yesterday(database: Database) -> None:
    """All seals become those of a day that is over."""
    async with owner(database, "seals") as connection:
        yesterday = (await read_now(connection)) - timedelta(days=1)
        await connection.execute(seals.update().values(at=yesterday))


async def test_the_last_seal_of_a_day_that_is_over_is_told_once_in_the_channel(sealed: Database) -> None:
    await seal_yesterday(sealed)
    for _ in range(2):
        await LedgerSealer(sealed, SIGNER, TellAnchor("C0APPROVALS", ZoneInfo("UTC")))()

    outbox = LedgerOutbox(sealed)
    told = [one for one in await outbox.take(10, hold_s=60) if one.role is MessageKind.SEAL]
    [message] = told
    assert isinstance(message.about, Anchor)
    async with sealed.transaction() as connection:
        digest = (await connection.execute(select(seals.c.digest).where(seals.c.id == 2))).scalar_one()
    assert (message.channel, message.about.seal, message.about.digest) == ("C0APPROVALS", 2, digest)
    assert (message.about.last_event, message.about.signed_by) == (8, SIGNER.public)

    await outbox.delivered(message, channel="C0APPROVALS", ts="1.0")
    assert [one for one in await outbox.take(10, hold_s=60) if one.role is MessageKind.SEAL] == []


async def test_a_seal_whose_commit_failed_is_told_by_the_next_run(sealed: Database) -> None:
    await seal_yesterday(sealed)
    tell = TellAnchor("C0APPROVALS", ZoneInfo("UTC"))
    with pytest.raises(LedgerUnavailable):
        await LedgerSealer(CutOff(sealed.engine), SIGNER, tell)()

    for _ in range(3):
        await LedgerSealer(sealed, SIGNER, tell)()

    told = [one for one in await LedgerOutbox(sealed).take(10, hold_s=60) if one.role is MessageKind.SEAL]
    assert len(told) == 1


async def test_once_it_is_told_the_seals_are_not_asked_again_that_day(sealed: Database) -> None:
    await seal_yesterday(sealed)
    tell = TellAnchor("C0APPROVALS", ZoneInfo("UTC"))
    for _ in range(2):
        await LedgerSealer(sealed, SIGNER, tell)()
    async with sealed.transaction() as connection:
        await connection.execute(anchors.delete())

    await LedgerSealer(sealed, SIGNER, tell)()

    async with sealed.transaction() as connection:
        assert (await connection.execute(select(func.count()).select_from(anchors))).scalar_one() == 0


async def test_the_seals_of_today_are_not_told_yet(sealed: Database) -> None:
    tell = TellAnchor("C0APPROVALS", ZoneInfo("UTC"))
    async with sealed.transaction() as connection:
        at = (await connection.execute(select(func.min(seals.c.at)))).scalar_one()
        await tell(connection, at)
        assert (await connection.execute(select(func.count()).select_from(anchors))).scalar_one() == 0


@pytest.mark.parametrize("table", ["events", "seals"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id + 100", "DELETE FROM {}"])
async def test_the_database_refuses_changes(sealed: Database, table: str, verb: str) -> None:
    with pytest.raises(LedgerUnavailable):
        async with sealed.transaction() as connection:
            await connection.execute(text(verb.format(table)))


# Verifying the ledger


async def test_all_is_as_it_was_sealed(
    sealed: Database, requests: LedgerRequests, settings: Settings
) -> None:
    await make(requests, another_coupon())

    code, said = await verified(settings)

    assert said.splitlines() == [
        "8 events under 2 seals are as they were sealed.",
        f"Signed by {SIGNER.public}.",
        "1 event stands under no seal here; it proves nothing yet.",
        "6 of 6 texts are what their events say, or blanked (0).",
        "3 of 3 requests are what their events make of them.",
    ]
    assert code == 0


CHANGES: dict[str, tuple[Callable[[], list[Executable]], str]] = {
    "changed": (
        lambda: [events.update().where(events.c.id == 6).values(by="U0NOBODY")],
        "event 6, under seal 2",
    ),
    "removed": (lambda: [events.delete().where(events.c.id == 3)], "event 3, under seal 1: it was removed"),
    "inserted": (
        lambda: [
            events.delete().where(events.c.id == 8),
            insert(events).from_select(
                ["id", "request_id", "at", "by", "what", "from_state", "to_state", "why"],
                select(
                    text("8"),
                    text("'x'"),
                    events.c.at,
                    events.c.by,
                    events.c.what,
                    events.c.from_state,
                    events.c.to_state,
                    events.c.why,
                ).where(events.c.id == 7),
            ),
        ],
        "event 8, under seal 2",
    ),
    "re-ordered": (
        lambda: [
            events.update().where(events.c.id == 2).values(id=1000),
            events.update().where(events.c.id == 3).values(id=2),
            events.update().where(events.c.id == 1000).values(id=3),
        ],
        "event 2, under seal 1: it was changed, or put in another's place",
    ),
}


@pytest.mark.parametrize(("changes", "told"), CHANGES.values(), ids=CHANGES)
async def test_tampering_by_the_owner_is_found_and_the_first_row_named(
    sealed: Database, settings: Settings, changes: Callable[[], list[Executable]], told: str
) -> None:
    async with owner(sealed) as connection:
        for change in changes():
            await connection.execute(change)

    code, said = await verified(settings)

    assert f"BROKEN at {told}" in said
    assert code == 1


async def test_an_event_beneath_the_first_seal_is_found(sealed: Database, settings: Settings) -> None:
    async with owner(sealed) as connection:
        await connection.execute(events.update().where(events.c.id == 1).values(id=0))

    code, said = await verified(settings)
    assert (code, "BROKEN at event 1, under seal 1: it was removed" in said) == (1, True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (seals.update().where(seals.c.id == 2).values(signature=None), "it lost its signature"),
        (seals.update().where(seals.c.id == 2).values(signature="AAAA"), "its signature is not of the key"),
        (seals.delete().where(seals.c.id == 1), "it does not follow the seal before it"),
        (seals.update().where(seals.c.id == 1).values(digest="0" * 64), "its signature is not of the key"),
    ],
    ids=["unsigned", "forged", "removed", "changed"],
)
async def test_a_seal_that_was_changed_is_found(
    sealed: Database, settings: Settings, change: Executable, told: str
) -> None:
    async with owner(sealed, "seals") as connection:
        await connection.execute(change)

    code, said = await verified(settings)
    assert told in said
    assert code == 1


async def test_a_log_written_anew_with_another_key_is_found_by_the_key_and_by_an_anchor(
    sealed: Database, settings: Settings
) -> None:
    async with sealed.transaction() as connection:
        digest = (await connection.execute(select(seals.c.digest).where(seals.c.id == 2))).scalar_one()
    letters = digest.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))
    assert (await verified(settings, anchor=letters))[0] == 0
    assert (await verified(settings, anchor=digest[:16]))[0] == 0
    # So few could be of any log.
    assert (await verified(settings, anchor=letters[:11]))[0] == 1

    async with owner(sealed) as connection:
        await connection.execute(events.update().where(events.c.id == 6).values(by="U0NOBODY"))
    async with owner(sealed, "seals") as connection:
        await connection.execute(seals.delete())
    other = Signer.of(OTHER_KEY)
    assert await LedgerSealer(sealed, other)() == 8

    code, said = await verified(settings)
    assert (code, f"is signed by {other.public}, not by {SIGNER.public}." in said) == (1, True)
    assert (await verified(settings, key=other.public))[0] == 0
    code, said = await verified(settings, key=other.public, anchor=letters)
    assert (code, "no seal here has that anchor" in said) == (1, True)


async def test_a_key_that_was_changed_is_named_with_the_one_before(
    sealed: Database, requests: LedgerRequests, settings: Settings
) -> None:
    await redeemed(requests)
    await age(sealed)
    other = Signer.of(OTHER_KEY)
    await LedgerSealer(sealed, other)()

    code, said = await verified(settings)
    assert (code, "name each public key with a --key of its own" in said) == (1, True)
    say = Lines()
    assert await audit.verify(settings, Wish(keys=(SIGNER.public, other.public)), say) == 0


# Requests against their events


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": "refused"}, "state is refused, by its events redeemed"),
        ({"version": 9}, "version is 9, by its events 4"),
        (
            {"outcome": {"settled": "answer", "redemption_id": "R-9"}},
            "redemption id is R-9, by its events R-1",
        ),
        (
            {"decided": {"by": "U0X", "at": "2026-06-01T12:00:00Z", "round": 1, "approved": True}},
            "decided by is U0X, by its events None",
        ),
    ],
)
async def test_a_request_that_was_changed_beside_its_events_is_found(
    sealed: Database, settings: Settings, change: dict[str, object], told: str
) -> None:
    async with sealed.transaction() as connection:
        first = (await connection.execute(select(redemptions.c.id).limit(1))).scalar_one()
        await connection.execute(redemptions.update().where(redemptions.c.id == first).values(**change))

    code, said = await verified(settings)
    assert told in said
    assert said.endswith("1 of 2 requests are what their events make of them.")
    assert code == 1


# Exports


async def exported(settings: Settings, file: Path, wish: Wish = EVERYTHING) -> list[str]:
    say = Lines()
    assert await audit.export(settings, wish, say) == 0
    written(file, say.said)
    return say.said


def written(file: Path, lines: list[str]) -> None:
    file.write_text("\n".join(lines), encoding="utf-8")


def of_file(file: Path, key: str | None = None) -> tuple[int, str]:
    say = Lines()
    return audit.verify_export(file, Wish(keys=(key,) if key else ()), say), say.text


async def test_an_export_is_proved_without_ledger_and_settings(
    sealed: Database, settings: Settings, tmp_path: Path
) -> None:
    del sealed
    lines = await exported(settings, tmp_path / "log.jsonl")

    assert len(lines) == 10
    code, said = of_file(tmp_path / "log.jsonl", key=SIGNER.public)
    assert (code, said.splitlines()[0]) == (0, "8 events under 2 seals are as they were sealed.")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: lines[:2] + lines[3:], "BROKEN at event 3, under seal 1: it was removed"),
        (
            lambda lines: [lines[1], lines[0], *lines[2:]],
            "BROKEN at event 1, under seal 1: it was re-ordered",
        ),
        (lambda lines: [one.replace("R-1", "R-2") for one in lines], "BROKEN at event 4, under seal 1"),
        (
            lambda lines: [lines[0], lines[0], *lines[1:]],
            "BROKEN at event 1, under seal 1: it was re-ordered",
        ),
        (lambda lines: ["?", *lines], "BROKEN at line 1"),
    ],
    ids=["removed", "re-ordered", "changed", "inserted", "broken"],
)
async def test_a_changed_export_is_found(
    sealed: Database,
    settings: Settings,
    tmp_path: Path,
    change: Callable[[list[str]], list[str]],
    told: str,
) -> None:
    del sealed
    file = tmp_path / "log.jsonl"
    lines = change(await exported(settings, file))
    written(file, lines)

    code, said = of_file(file)
    assert told in said
    assert code == 1


async def test_an_export_that_lost_its_first_seal_says_what_it_does_not_prove(
    sealed: Database, settings: Settings, tmp_path: Path
) -> None:
    del sealed
    lines = await exported(settings, tmp_path / "log.jsonl")
    written(tmp_path / "log.jsonl", lines[:4] + lines[5:])

    _, said = of_file(tmp_path / "log.jsonl")

    assert said.splitlines()[0].startswith("The export begins in the middle of the chain;")
    assert "4 events stand under no seal here" in said


async def test_a_part_of_the_log(sealed: Database, settings: Settings, tmp_path: Path) -> None:
    """The first request is two days older than the rest."""
    async with owner(sealed) as connection:
        old = events.c.id <= 2
        await connection.execute(
            events.update().where(old).values(at=(await read_now(connection)) - timedelta(days=2))
        )
    yesterday = ((await _now(sealed)) - timedelta(days=1)).isoformat()

    lines = await exported(settings, tmp_path / "log.jsonl", Wish(since=yesterday))

    told = [json.loads(line) for line in lines]
    assert [one["id"] for one in told if "seal" not in one] == [3, 4, 5, 6, 7, 8]
    assert [one["seal"]["id"] for one in told if "seal" in one] == [2]
    code, said = of_file(tmp_path / "log.jsonl")
    assert "The export begins in the middle of the chain" in said
    assert "4 events under 1 seal are" in said
    assert code == 0
    assert len(await exported(settings, tmp_path / "log.jsonl", Wish(until=yesterday))) == 2


def test_one_is_not_told_as_several() -> None:
    say = Lines()
    Proof(say=say, events=1, seals=1, unsigned=1).whole(1)

    assert say.said == [
        "1 event under 1 seal is as it was sealed.",
        "1 seal carries no signature: whoever owns the ledger could write it anew.",
        "1 event stands under no seal here; it proves nothing yet.",
    ]


async def _now(database: Database) -> datetime:
    async with database.transaction() as connection:
        return await read_now(connection)


async def test_a_spreadsheet_computes_nothing(database: Database, settings: Settings, tmp_path: Path) -> None:
    async with database.transaction() as connection:
        for by in ("=1+1", "+1", "-1", "@sum", "\tx"):
            await connection.execute(
                events.insert().values(by=by, at=await read_now(connection), what="denied", why={"at": "x"})
            )

    lines = await exported(settings, tmp_path / "log.csv", Wish(csv=True))

    head, *rows = csv.reader(lines)
    assert head[:4] == ["id", "at", "by", "what"]
    assert [row[2] for row in rows] == ["'=1+1", "'+1", "'-1", "'@sum", "'\tx"]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)


async def test_a_day_that_cannot_be_read_is_wrong_usage(settings: Settings) -> None:
    say = Lines()
    assert await audit.export(settings, Wish(since="yesterday"), say) == 2


async def test_a_period_that_ends_before_it_begins_is_wrong_usage(settings: Settings) -> None:
    say = Lines()
    assert await audit.export(settings, Wish(since="2026-12-01", until="2026-11-01"), say) == 2
    assert "--since is not before --until" in say.text


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert of_file(tmp_path / "nowhere.jsonl")[0] == 2
    assert of_file(tmp_path) == (
        2,
        f"{tmp_path} is no file. Export with: coupon-desk audit --jsonl > log.jsonl",
    )


@table(
    "line",
    [
        b"[1]",
        b'{"id":1e400}',
        b"[" * 100_000,
        b'{"id":1,"x":"\\ud800"}',
        b'{"seal":5}',
        b"\xff\xfe\x00",
        b"id,at,by",
        b"\x1f\x8b\x08\x00",
    ],
)
def test_a_line_that_is_no_event_is_named_whatever_it_is(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "log.jsonl").write_bytes(line + b"\n")

    said = (1, "BROKEN at line 1: it is neither an event nor a seal.")
    assert of_file(tmp_path / "log.jsonl") == said


async def test_an_export_that_an_editor_saved_is_proved(
    sealed: Database, settings: Settings, tmp_path: Path
) -> None:
    """Windows' own puts a mark before it, and changes the ends of lines."""
    del sealed
    file = tmp_path / "log.jsonl"
    lines = await exported(settings, file)
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())

    assert of_file(file)[0] == 0


def test_a_file_without_an_event_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").touch()

    code, said = of_file(tmp_path / "log.jsonl")
    assert (code, said.splitlines()[-1].endswith("holds no event, so nothing was proved.")) == (1, True)


@table(
    ("arguments", "told"),
    [
        ("--csv --jsonl", "--csv and --jsonl cannot be given together"),
        ("--verify --against-engine", "--verify and --against-engine cannot"),
        ("--verify --since 2026-11-01", "--verify and --since cannot"),
        ("--verify log.jsonl --until 2026-11-01 --csv", "--verify and --csv and --until cannot"),
        ("--against-engine --csv", "--against-engine and --csv cannot"),
        ("--anchor abcdefghijklmnop", "--anchor proves nothing without --verify"),
        ("--key x", "--key proves nothing without --verify"),
        ("--verify --anchor abc", "--anchor abc: give the letters of one seal"),
        ("--verify --anchor zzzzzzzzzzzzzzzz", "--anchor zzzzzzzzzzzzzzzz: give the letters"),
        ("--verify --key garbage", "--key: give a public key"),
        ("--verify --key c2hvcnQ=", "--key: give a public key"),
    ],
)
def test_an_option_that_would_have_no_effect_is_wrong_usage(
    arguments: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", *arguments.split()]) == 2
    assert told in capsys.readouterr().err
