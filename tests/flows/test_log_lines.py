"""A whole session at level DEBUG logs no secret and no customer data."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.sandbox.engine.capillary import COUPONS, SandboxEngine
from bot.sandbox.engine.faults import Hang, Html, Status, TooMany, Unauthorized, Unreadable
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.facts import ASHA, HOSTILE, RAVI, TOM, TOMS_NEWEST
from tests.logged import logged

Lines = Callable[[], list[dict[str, Any]]]

#: Events that belong to no request.
OWN = {"signed_in", "serving", "socket_open", "stopped", "stopping"}


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log as JSON lines; logging is restored afterwards."""
    with logged("DEBUG") as stream:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def parts_with_lines(lines: Lines, slack: SandboxSlack) -> SandboxSlack:
    """The log is set up before the desk starts."""
    return slack


@pytest.fixture
def policy() -> str:
    return '[lookup]\ngroups = ["S0AGENTS"]\n'


async def says(person: Person, typed: str, told: str) -> None:
    await person.command("/coupons", typed)
    await person.sees(told)


async def look_ups(slack: SandboxSlack, nisha: Person) -> None:
    await says(nisha, "+91 94004 88244", "Tom Sawyer")
    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 20 of 23")
    await says(nisha, f"{ASHA} code:WELCOME250", "Can be redeemed")
    await says(nisha, f"{RAVI} code:THANKS500", "It is not this customer's coupon.")
    for who, typed in (("U0NOBODY", "asha.menon@example.com"), ("U0GUEST", f"{ASHA} code:gold5000")):
        await says(slack.person(who), typed, "not allowed")


async def mistakes(nisha: Person) -> None:
    await says(nisha, f"{TOM} reedemable", "Did you mean")
    await says(nisha, "nobody.here@example.com", "No customer is known")
    await says(nisha, HOSTILE, "Showing 1 to 8 of 8")


async def failures(engine: SandboxEngine, slack: SandboxSlack, nisha: Person) -> None:
    for fault in (Status(500), Html(), Unreadable(), TooMany("60"), Unauthorized()):
        engine.faults.add(fault, path=COUPONS, times=None)
        await nisha.command("/coupons", f"{ASHA} oldest")
        engine.faults.clear()
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=COUPONS)
    await says(nisha, "ext:E-1001 expired", "the card follows")
    slow.event.set()
    await nisha.sees("1 expired coupon")
    slack.fail("users.info", error="fatal_error", times=1)
    slack.change_user("U0AGENT")
    await says(nisha, f"{TOM} active", "could not verify")


def secrets_of(engine: SandboxEngine, slack: SandboxSlack) -> set[str]:
    """Numbers, addresses and codes in the spellings that were used, and every secret."""
    engine_tokens = {call.headers.get("x-cap-api-oauth-token", "") for call in engine.calls} - {""}
    return {
        "9400488244",
        "94004 88244",
        "98450",
        "asha.menon",
        "nobody.here",
        "example.com",
        "E-1001",
        "WELCOME250",
        "THANKS500",
        "gold5000",
        TOMS_NEWEST,
        "Tom Sawyer",
        "Menon",
        slack.bot_token,
        slack.signing_secret,
        engine.secret,
        *engine_tokens,
        *slack.workspace.urls._given,
        *slack.workspace.triggers._given,
    }


@pytest.mark.parametrize("session", ["look-ups", "mistakes", "failures"])
async def test_no_line_holds_a_number_an_address_a_code_or_a_key(
    lines: Lines, parts_with_lines: SandboxSlack, engine: SandboxEngine, nisha: Person, session: str
) -> None:
    slack = parts_with_lines
    match session:
        case "look-ups":
            await look_ups(slack, nisha)
        case "mistakes":
            await mistakes(nisha)
        case _:
            await failures(engine, slack, nisha)
    written = lines()
    text = json.dumps(written, ensure_ascii=False).casefold()
    found = {secret for secret in secrets_of(engine, slack) if secret.casefold() in text}

    assert found == set()
    assert len(slack.workspace.urls._given) >= 3
    assert len([line for line in written if line["event"] == "engine_call"]) >= 2


async def test_every_line_of_a_request_carries_its_reference(
    lines: Lines, parts_with_lines: SandboxSlack, engine: SandboxEngine, nisha: Person
) -> None:
    await look_ups(parts_with_lines, nisha)
    await failures(engine, parts_with_lines, nisha)
    without = [line["event"] for line in lines() if line["correlation_id"] == "-"]

    assert set(without) <= OWN


async def test_two_requests_carry_two_references(
    lines: Lines, parts_with_lines: SandboxSlack, nisha: Person
) -> None:
    await says(nisha, TOM, "Tom Sawyer")
    await says(nisha, f"{ASHA} code:WELCOME250", "Can be redeemed")
    calls = [line for line in lines() if line["event"] == "engine_call"]

    assert calls[0]["path"] == COUPONS
    assert len(calls) == 4
    assert len({line["correlation_id"] for line in calls}) == 2


async def test_a_denial_is_logged_with_its_reason(
    lines: Lines, parts_with_lines: SandboxSlack, nisha: Person
) -> None:
    await says(parts_with_lines.person("U0GUEST"), TOM, "not allowed")
    refused = [line for line in lines() if line["event"] == "listener_refused"]

    assert [(line["error"], line["reason"], line["level"]) for line in refused] == [
        ("NotAllowed", "guest", "info")
    ]
