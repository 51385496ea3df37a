"""What happened to a request is told in sentences, from the ledger alone, for whoever did not see it happen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.audit import LedgerAttempts, append
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import events
from bot.domain.case import Case, CaseAnswer, CaseId, Facts, Verb
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.transitions import Change
from bot.ops import why
from bot.services.ports import AuditEvent
from bot.settings import Settings, load
from tests.services.stand_ins import (
    ARJUN,
    ASHA,
    EXPIRE_AFTER,
    LEELA,
    NISHA,
    NOON,
    OFTEN,
    ONCE,
    RAVI,
    SENIORS,
    WINDOW_S,
    Desk,
    Read,
    Says,
    actor,
    asked,
)
from tests.services.stand_ins import Facts as World

REQUIRED = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "secret",
    "CAPILLARY_URL": "http://127.0.0.1:1",
    "CAPILLARY_CLIENT_KEY": "key",
    "CAPILLARY_CLIENT_SECRET": "secret-2",
    "CAPILLARY_TIMEZONE": "Asia/Kolkata",
}


@pytest.fixture
def settings(sqlite: str) -> Settings:
    return load(REQUIRED | {"DATABASE_URL": sqlite}, env_file=None)


@dataclass
class Told:
    """What the command says, and its exit code."""

    settings: Settings
    world: World
    lines: list[str] = field(default_factory=list)

    async def __call__(self, about: str, *, unmask: bool = False) -> str:
        self.lines.clear()
        self.code = await why.run(self.settings, about, unmask=unmask, say=self.lines.append, now=self._now)
        return "\n".join(self.lines)

    async def _now(self, _connection: AsyncConnection) -> datetime:
        return self.world.database_now

    async def events(self, row: Redemption) -> list[str]:
        """The lines of the story itself, without their moments."""
        await self(row.id)
        start = self.lines.index("")
        return [line.partition("  ")[2] for line in self.lines[start + 1 : self.lines.index("", start + 1)]]


@pytest.fixture
def told(settings: Settings, facts: World) -> Told:
    return Told(settings, facts)


def in_order(lines: Sequence[str], *words: str) -> None:
    """One line for each, and each says so."""
    assert len(lines) == len(words), lines
    for line, word in zip(lines, words, strict=True):
        assert word in line


CONFIRMED = "U0NISHA confirmed it; the request was written down. Nothing had been sent yet."
PROVED = (
    "It was checked, and no approval was needed. Checked: rule “small, by a senior”, worth ₹300, "
    "the coupon had 1 use left. "
)
CLAIMED = (
    "From then on the engine's redemption {} belonged to this request, because the engine's answer to this request "
    "named it."
)
JOURNALED = "From here one redeem call may have gone out, and never a second."
UNSENT = "It was never sent to the loyalty engine, by Coupon Desk's own records."


async def test_redeemed_at_once(desk: Desk, told: Told) -> None:
    row = await asked(desk, NISHA, ONCE)

    in_order(
        await told.events(row),
        CONFIRMED,
        PROVED + "U0NISHA was in S0AGENTS, S0SENIORS (read 12:00:00).",
        JOURNALED,
        "The engine's answer was yes (HTTP 200): redemption id ONCE-1. Redeemed.",
        CLAIMED.format("ONCE-1"),
    )
    assert f"Request {row.reference} ({row.id}): Redeemed" in told.lines
    assert "Under rule “small, by a senior” no approval was needed." in told.lines
    assert told.lines[-1] == ("Now, as of 2026-06-01 12:00:00: Redeemed. Closed. Nobody has to do anything.")
    assert told.code == 0


async def test_refused_by_the_engine(desk: Desk, facts: World, told: Told) -> None:
    facts.next_answer[ONCE] = Says.NO
    row = await asked(desk, NISHA, ONCE)

    in_order(
        await told.events(row),
        CONFIRMED,
        PROVED,
        JOURNALED,
        "The engine's answer was no: It is not valid at this store. Nothing was redeemed.",
    )
    assert told.lines[0].endswith(": Not redeemed (refused by the loyalty engine)")
    assert told.lines[-1] == (
        "Now, as of 2026-06-01 12:00:00: Not redeemed (refused by the loyalty engine). Nobody has to do anything. "
        "Coupon Desk checks the engine once more at 2026-06-02 12:00:00, in case a use turns up."
    )


async def test_refused_because_the_requester_has_lost_the_right(desk: Desk, facts: World, told: Told) -> None:
    facts.groups[SENIORS].discard(NISHA)
    facts.groups["S0AGENTS"].discard(NISHA)
    row = await asked(desk, NISHA, ONCE)

    [_, refused] = await told.events(row)
    assert refused.startswith("Coupon Desk stopped it: U0NISHA was not allowed to redeem")
    assert UNSENT in refused
    assert told.lines[0].endswith(": Not redeemed (whoever asked had no right to redeem)")


async def test_stopped_by_a_limit(desk: Desk, facts: World, told: Told) -> None:
    for one in range(6):
        facts.coupons[ONCE].left = 1
        await asked(desk, NISHA, ONCE)
        del one
    facts.coupons[ONCE].left = 1
    row = await asked(desk, NISHA, ONCE)

    in_order(
        await told.events(row),
        "It ended there: The limit of redemptions a day (6) was reached by U0NISHA: 6 made that day, "
        f"worth ₹1,800 in all. {UNSENT}",
    )
    assert told.lines[0].endswith(": Not redeemed (stopped by a daily limit)")


async def test_rejected(desk: Desk, told: Told) -> None:
    row = await asked(desk, RAVI, OFTEN)
    await desk.decide.reject(row.id, 1, "Not for this bill", by=actor(LEELA))

    in_order(
        await told.events(row),
        "U0RAVI confirmed it",
        "It was checked and waited for approval by one of S0HEADS. Checked: rule “everything else”, worth ₹4,000.",
        "U0LEELA rejected it: “Not for this bill”. U0LEELA was in S0HEADS, S0MANAGERS (read 12:00:00).",
    )
    assert "Under rule “everything else” one approval was needed, by one of S0HEADS." in told.lines
    assert (
        "Approvers were shown: checked at 12:00:00; attempt 1 to use this coupon for this customer; coupons that the "
        "customer used in the last 90 days, anywhere: 0; redemptions for this customer here in that time by U0RAVI: 0; "
        "uses of this coupon since the day before: none."
    ) in told.lines[7]


async def test_approved_by_another(desk: Desk, told: Told) -> None:
    row = await asked(desk, RAVI, OFTEN)
    taken = await desk.decide.approve(row.id, 1, "Fine by me", by=actor(LEELA), window=None)
    await desk.decide.spend_approved(taken)

    in_order(
        await told.events(row),
        "U0RAVI confirmed it",
        "waited for approval",
        ". Note: “Fine by me”. U0LEELA was in S0HEADS, S0MANAGERS (read 12:00:00).",
        JOURNALED,
        "The engine's answer was yes (HTTP 200): redemption id OFTEN-1. Redeemed.",
        CLAIMED.format("OFTEN-1"),
    )


async def test_asked_again_because_it_is_worth_more_by_then(desk: Desk, facts: World, told: Told) -> None:
    row = await asked(desk, RAVI, OFTEN)
    facts.coupons[OFTEN].worth *= 2
    taken = await desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None)
    await desk.decide.spend_approved(taken)

    lines = await told.events(row)
    assert lines[3].startswith(
        "What had been approved had changed: that approval was void, and it was asked for again."
    )
    assert "worth ₹8,000" in lines[3]


async def test_expired(desk: Desk, facts: World, told: Told) -> None:
    row = await asked(desk, RAVI, OFTEN)
    facts.now += EXPIRE_AFTER
    await desk.keep()

    assert (await told.events(row))[-1] == f"Nobody decided in time; it expired. {UNSENT}"
    at = "as soon as it can (due since 2026-06-01 12:00:00) and once more a day after its end"
    assert told.lines[-1].endswith(
        f": Expired. Nobody has to do anything. Coupon Desk checks the engine {at}, in case a use turns up."
    )
    await desk.keep()
    assert (await told.events(row))[-1] == "Coupon Desk looked in the engine's records and found no new use."
    assert told.lines[-1].endswith(
        "Coupon Desk checks the engine once more at 2026-06-02 12:00:00, in case a use turns up."
    )


async def test_withdrawn_and_a_press_that_came_too_late(desk: Desk, told: Told) -> None:
    row = await asked(desk, RAVI, OFTEN)
    await desk.decide.withdraw(row.id, by=actor(RAVI))
    await desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None)

    in_order(
        (await told.events(row))[2:],
        f"U0RAVI withdrew it. {UNSENT}",
        "U0LEELA pressed “approve” too late: by then it stood at “Withdrawn”. That press changed nothing.",
    )


async def looks(desk: Desk, facts: World, seconds: float) -> None:
    facts.database_now += timedelta(seconds=seconds)
    await desk.keep()


async def test_unknown_and_settled_by_evidence(desk: Desk, facts: World, told: Told) -> None:
    facts.next_answer[ONCE] = Says.YES_LOST
    row = await asked(desk, NISHA, ONCE)
    facts.unreadable.add(Read.USES)
    await looks(desk, facts, 5)
    facts.unreadable.clear()
    await looks(desk, facts, 5)

    lines = (await told.events(row))[3:]
    assert lines[0].startswith("No clear answer came. The loyalty engine did not answer in time.")
    assert lines[1] == (
        "Coupon Desk could not read the engine's records (EngineFault); that look counts for nothing."
    )
    assert "ONCE-1" in lines[2]
    assert lines[2].endswith("Redeemed.")


async def test_unknown_and_found_not_to_be_redeemed(desk: Desk, facts: World, told: Told) -> None:
    facts.next_answer[ONCE] = Says.LOST
    row = await asked(desk, NISHA, ONCE)
    for seconds in (5.0, 10.0, 20.0, WINDOW_S, WINDOW_S):
        await looks(desk, facts, seconds)

    lines = await told.events(row)
    assert "found no new use" in lines[4]
    assert lines[-1].endswith(
        "It was the last of enough looks that found nothing in the time an answer can take: not redeemed."
    )


async def test_killed_after_the_intent_was_written_down(
    desk: Desk, facts: World, requests: LedgerRequests, told: Told
) -> None:
    facts.next_answer[ONCE] = Says.NOT_THERE
    row = await asked(desk, NISHA, ONCE)
    assert row.state is State.NOT_SENT
    assert (await told.events(row))[-1].startswith(
        "The redeem call had no effect: The loyalty engine could not"
    )

    row = await killed(desk, facts, requests)
    facts.database_now += timedelta(seconds=60)
    await desk.keep()

    assert (await told.events(row))[-1] == (
        "No answer was recorded by 12:01:00: the process that was sending stopped, or the answer was lost. "
        "It may or may not have been redeemed, and was not sent again."
    )
    assert told.lines[-1] == (
        "Now, as of 2026-06-01 12:01:00: Outcome unknown. Nobody has to do anything yet. Coupon Desk looks in the "
        "engine's records at 2026-06-01 12:01:05; if that decides nothing by 2026-06-01 12:16:00, somebody who "
        "approves settles it (Settle on its message)."
    )

    facts.database_now += timedelta(seconds=WINDOW_S)
    await told(row.id)
    assert told.lines[-1] == (
        "Now, as of 2026-06-01 12:16:00: Outcome unknown. To do: somebody who approves checks bill CD-KILLED and "
        "settles it (Settle on its message). Coupon Desk looks in the engine's records as soon as it can (due since "
        "2026-06-01 12:01:05)."
    )


async def killed(desk: Desk, facts: World, requests: LedgerRequests) -> Redemption:
    """Another request of the same form, whose process ended just after it had journaled the intent."""
    facts.coupons[ONCE].left = 1
    held = await requests.make(
        RequestId("KILLED0123456789"),
        replace((await asked(desk, NISHA, ONCE)).terms, bill_number="CD-KILLED"),
        made_at=NOON,
        day=NOON.date(),
        limits=desk.configuration.policy.limits,
        begin_in_s=60.0,
    )
    row = await requests.move(held.row, State.APPROVED)
    return await requests.move(row, State.SENDING, Change(send_in_s=15.0))


# Events that a request carries beside its moves


async def test_claims_and_alarms(desk: Desk, database: Database, told: Told) -> None:
    row = await asked(desk, NISHA, ONCE)
    claimed = {"redemption_id": "ONCE-1", "kind": "answer", "from": "OTHER67890"}
    async with database.transaction() as connection:
        for what, facts in (("claimed", claimed), ("alarm", {"alarm": "redeemed_twice"})):
            await connection.execute(events.insert().values(request_id=row.id, at=NOON, what=what, why=facts))

    in_order(
        (await told.events(row))[5:],
        "redemption ONCE-1 belonged to this request, because the engine's answer to this request named it; it was "
        "taken from request OTHER67890.",
        "ALARM, for somebody who approves to look into: the engine shows two redemptions for it.",
    )
    assert told.lines[-1].endswith("Redeemed. To do: somebody who approves has to look into the alarm.")


async def test_an_event_of_a_newer_version_is_told_as_it_stands(
    desk: Desk, database: Database, told: Told
) -> None:
    row = await asked(desk, NISHA, ONCE)
    async with database.transaction() as connection:
        await connection.execute(
            events.insert().values(
                request_id=row.id, at=NOON, what="boosted", by="U0X", why={"by_how_much": 2}
            )
        )

    assert (await told.events(row))[-1] == "U0X: boosted. Facts: by_how_much 2."


async def test_who_was_denied_and_who_saw_it_unmasked(desk: Desk, database: Database, told: Told) -> None:
    row = await asked(desk, NISHA, ONCE)
    log = LedgerAttempts(database)
    await log.append(
        AuditEvent.DENIED,
        by=ARJUN,
        request_id=row.id,
        why={"at": "close", "denied": "close", "groups": ["S0MANAGERS"], "groups_read_at": "12:00"},
    )
    await log.append(AuditEvent.DETAILS_SHOWN, by=LEELA, request_id=row.id, why={"at": "details"})

    in_order(
        (await told.events(row))[5:],
        "U0ARJUN tried “settle” and was denied: they are in no group that may settle an unknown outcome. "
        "U0ARJUN was in S0MANAGERS (read 12:00).",
        "U0LEELA was shown the facts unmasked (by “details”).",
    )


# Masking


async def test_it_is_masked_as_a_channel_is_and_unmasking_is_recorded_first(
    desk: Desk, requests: LedgerRequests, database: Database, told: Told
) -> None:
    made = await asked(desk, NISHA, ONCE)
    named = replace(made.terms, customer_name="Asha Menon", customer_tail="2345", bill_number="SAVE50NOW-9")
    terms = replace(named, code=type(made.terms.code)("SAVE50NOW"))
    row = (
        await requests.make(
            RequestId("MASKED0123456789"),
            terms,
            made_at=NOON,
            day=NOON.date(),
            limits=desk.configuration.policy.limits,
            begin_in_s=60.0,
        )
    ).row

    hidden = await told("MASKED01")
    assert "SAVE50NOW" not in hidden
    assert "Asha Menon" not in hidden
    assert "Customer A. M., mobile …2345" in hidden

    shown = await told("MASKED01", unmask=True)
    assert "coupon SAVE50NOW" in shown
    assert "Asha Menon" in shown
    async with database.transaction() as connection:
        wanted = select(events.c.by, events.c.why).where(
            events.c.what == "details_shown", events.c.request_id == row.id
        )
        [(by, facts)] = await connection.execute(wanted)
    assert by.startswith("console:")
    assert facts == {"at": "why"}


# Which one


async def test_requests_of_a_customer_and_of_a_code(desk: Desk, told: Told) -> None:
    row = await asked(desk, NISHA, ONCE)

    for about in (f"customer:{ASHA.id}", "code:once"):
        assert row.reference in await told(about)
        assert told.code == 0
    for about in ("customer:1", "code:NEVER", "0123456789", "abc"):
        await told(about)
        assert told.code == 1
    for about in ("customer:", "code:"):
        assert "write what it is about: the engine's id of a customer, or" in await told(about)
        assert told.code == 2


async def test_who_looked_is_told_also_where_nobody_asked_for_anything(
    database: Database, told: Told
) -> None:
    log = LedgerAttempts(database)
    page = {"card": "coupons", "customer": "77", "coupons": 10}
    for what, facts in (
        (AuditEvent.LOOKED_UP, page),
        (AuditEvent.LOOKED_UP, {"card": "history", "customer": "77"}),
        (AuditEvent.DETAILS_SHOWN, {"at": "coupon", "customer": "77", "coupon": "SEEN-1"}),
        (AuditEvent.LOOKED_UP, {"card": "coupons", "customer": "78", "coupons": 1, "coupon": "SEEN-1"}),
    ):
        await log.append(what, by=NISHA, why=facts)

    story = await told("customer:77")
    assert [line.partition("  ")[2] for line in told.lines[:3]] == [
        "U0NISHA looked up their coupons (10 on the card).",
        "U0NISHA looked up their redemptions.",
        "U0NISHA was shown the details of a coupon of theirs.",
    ]
    assert story.endswith("No request was ever made here for them. All times are those of Asia/Kolkata.")
    assert told.code == 0
    await told("code:seen-1")
    assert len(told.lines) == 3
    assert told.code == 0


async def test_a_beginning_that_several_share_lists_them(desk: Desk, told: Told) -> None:
    await asked(desk, NISHA, ONCE)
    await asked(desk, RAVI, OFTEN)

    assert "references begin so; give more of one of these ids:" in await told("REQUEST")
    assert told.code == 1


# Cases


async def test_a_case_from_asked_to_answered(database: Database, told: Told) -> None:
    cases = LedgerCases(database)
    case = await cases.make(
        Case(
            id=CaseId("case0123456789ab"),
            asker=NISHA,
            channel="C0STOREOPS",
            facts=Facts(customer=ASHA.id, customer_name="Asha Menon", customer_tail="2345"),
            question="Asha Menon says the till was down",
            asked_at=NOON,
        ),
        post=(),
    )
    taken = await cases.move(case, case.taken(ARJUN, NOON), AuditEvent.CASE_TAKEN, by=ARJUN, why={})
    answer = CaseAnswer(verb=Verb.HONOUR, reply="Give it to them", by=ARJUN, at=NOON)
    facts = {"outcome": "honour", "reply": "Give it to them"}
    await cases.move(taken, taken.answered(answer), AuditEvent.CASE_ANSWERED, by=ARJUN, why=facts)
    async with database.transaction() as connection:
        await append(
            connection,
            AuditEvent.CASE_TOO_LATE,
            by=PersonId("U0LATE"),
            case_id=case.id,
            why={"at": "take", "state": "answered"},
        )

    story = await told("case0123")

    assert "“A. M. says the till was down”" in story
    for words in (
        "U0NISHA asked store ops.",
        "U0ARJUN took it.",
        "U0ARJUN answered honour: “Give it to them”.",
        "U0LATE pressed “take” too late: it was answered by then.",
        "U0ARJUN has it.",
    ):
        assert words in story
    assert "Asha Menon" in await told("case0123", unmask=True)
