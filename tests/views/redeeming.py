"""Requests and forms as tests of several views draw them, and what can be read on what is drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.coupon import CouponCode, Discount, DiscountKind, Place, Use
from bot.domain.customer import CustomerId
from bot.domain.person import PersonId
from bot.domain.redemption import (
    Asking,
    Decision,
    Doubt,
    Intent,
    Outcome,
    Redemption,
    RequestId,
    Settled,
    State,
    Stop,
    Terms,
    Trouble,
)
from bot.domain.refusal import Refusal
from bot.domain.worth import Worth
from bot.views.kit import Block, Message, View
from bot.views.text import Display

NOW = datetime(2026, 6, 1, 8, 33, 5, tzinfo=UTC)
DISPLAY = Display(currency="INR", zone=ZoneInfo("Asia/Kolkata"))
TERMS = Terms(
    requester=PersonId("U0AGENT"),
    customer=CustomerId("700000001"),
    customer_name="Asha Menon",
    customer_tail="2345",
    code=CouponCode("WELCOME42"),
    discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal(500)),
    expires_at=NOW + timedelta(days=1),
    worth=Worth(amount=Decimal(500)),
    bill=Decimal(1499),
    takes_off=Decimal(500),
    bill_number="B-1",
    generated=False,
    reason="Till offline",
    note="Bill is at the till",
    rule="everything else",
    approvals=1,
    approvers=("S0MANAGERS",),
)
ROW = Redemption(
    id=RequestId("ABCDEFGH23456789"), version=3, state=State.NEW, terms=TERMS, made_at=NOW, unknown_at=None
)
INTENT = Intent(before=(), since=date(2026, 5, 31), single=True, till=None)
USE = Use(id="9", at=NOW, bill="B-1", place=Place(code="s1", name="MG Road"))
APPROVED = Decision(by=PersonId("U0MANAGER"), at=NOW, round=1, approved=True)
REJECTED = replace(APPROVED, approved=False, note="Not a till fault")
ASKING = Asking(checked_at=NOW, uses=3, last_use_at=NOW - timedelta(days=8), earlier=2)

#: Hostile text: mentions, closing marks, right-to-left marks, and great length.
HOSTILE = ("<!channel> `*_~ </b>&amp; <@U0X|x> \u202e\n" + "&<>" * 2000)[:3000]


def row(state: State, **outcome: Any) -> Redemption:
    """What ended without a sending has been looked at."""
    looked = state in {State.REFUSED, State.EXPIRED, State.REJECTED, State.WITHDRAWN}
    return replace(ROW, state=state, outcome=Outcome(**outcome), looks=int(looked))


def unknown(**outcome: Any) -> Redemption:
    drawn = row(State.UNKNOWN, **{"doubt": Doubt.TIMED_OUT, **outcome})
    return replace(drawn, unknown_at=NOW, due_at=NOW, intent=INTENT)


def waiting(**asking: Any) -> Redemption:
    return replace(
        row(State.WAITING),
        asking=replace(ASKING, **asking),
        asked_at=NOW,
        expires_at=NOW + timedelta(hours=4),
    )


def asked_again(**asking: Any) -> Redemption:
    """It was approved, and has changed since."""
    changed: dict[str, Any] = {"worth_before": Decimal(300), "other_coupon": True, **asking}
    return replace(waiting(**changed), round=2, decided=APPROVED)


def every_row() -> list[Redemption]:
    """Every state, and every way to get there that changes the words."""
    plain_ones = [row(state) for state in State]
    person: dict[str, Any] = {
        "settled": Settled.PERSON,
        "by": PersonId("U0MANAGER"),
        "note": "Seen on the till roll",
    }
    settled: list[dict[str, Any]] = [{"settled": Settled.ANSWER}, {"settled": Settled.EVIDENCE}, person]
    return [
        *plain_ones,
        *(row(state, **how) for state in (State.REDEEMED, State.NOT_REDEEMED) for how in settled),
        *(replace(row(State.NOT_REDEEMED, **how), due_at=NOW, looks=4) for how in settled),
        *(row(state, stop=stop) for state in (State.REFUSED, State.NOT_SENT) for stop in Stop),
        *(row(State.REFUSED, refusal=refusal) for refusal in Refusal),
        *(replace(row(State.REFUSED, refusal=refusal), intent=INTENT) for refusal in Refusal),
        *(row(State.NOT_REDEEMED, refusal=refusal, settled=Settled.ANSWER) for refusal in Refusal),
        *(unknown(doubt=doubt) for doubt in Doubt),
        unknown(uses=(USE, replace(USE, id=None, bill=None))),
        replace(row(State.EXPIRED), expires_at=NOW),
        replace(row(State.EXPIRED), expires_at=NOW, decided=APPROVED),
        replace(row(State.REJECTED), decided=REJECTED),
        replace(row(State.WAITING), expires_at=NOW),
        waiting(),
        *(waiting(trouble=trouble) for trouble in Trouble),
        asked_again(),
        *(
            replace(waiting(), state=state, decided=APPROVED)
            for state in State
            if state not in {State.WAITING, State.REJECTED}
        ),
        replace(asked_again(), state=State.EXPIRED),
    ]


def hostile_rows() -> list[Redemption]:
    """Every place that takes text from outside, in every state; which refusal it is makes no difference."""
    return [
        hostile(of)
        for of in (
            *(row(state) for state in State),
            row(State.REDEEMED, settled=Settled.EVIDENCE),
            row(State.NOT_REDEEMED, settled=Settled.PERSON, by=PersonId("U0MANAGER"), note="On the roll"),
            row(State.REFUSED, refusal=Refusal.ALREADY_USED),
            unknown(uses=(USE, replace(USE, id=None, bill=None))),
            replace(row(State.REJECTED), decided=REJECTED),
            replace(row(State.REDEEMED), decided=APPROVED),
            waiting(trouble=Trouble.NO_APPROVER),
            asked_again(),
        )
    ]


def hostile(of: Redemption) -> Redemption:
    """The same request, with text from outside in every place that takes any."""
    place = Place(code=HOSTILE, name=HOSTILE)
    use = Use(id=HOSTILE, at=NOW, bill=HOSTILE, place=place)
    terms = replace(
        of.terms,
        customer_name=HOSTILE,
        customer_tail=HOSTILE,
        code=CouponCode(HOSTILE),
        discount=Discount(kind=DiscountKind.PERCENT, value=Decimal(10) ** 20, cap=Decimal(10) ** 20),
        worth=Worth(amount=Decimal(10) ** 20, from_bill=True),
        bill=Decimal(10) ** 20,
        bill_number=HOSTILE,
        reason=HOSTILE,
        note=HOSTILE,
        rule=HOSTILE,
        approvers=tuple(f"S0{number:08}" for number in range(200)),
    )
    outcome = replace(of.outcome, redemption_id=HOSTILE, uses=(use,) * 100, note=HOSTILE)
    decided = replace(of.decided, note=HOSTILE) if of.decided else None
    asking = replace(of.asking, rejected=replace(REJECTED, note=HOSTILE)) if of.asking else None
    return replace(of, terms=terms, outcome=outcome, decided=decided, asking=asking)


#: Words that a person could read as a redemption that happened.
CLAIM = re.compile(r"(?<!not )\bredeemed\b", re.IGNORECASE)

_OURS = re.compile(r"<!date\^-?\d+\^[^<>|]*\|[^<>|]*>|<@U0(?:AGENT|MANAGER)>|<!subteam\^S0[A-Z0-9]+>")


def foreign_marks(drawn: Message | View) -> list[str]:
    """Whatever Slack would read as mark-up, and is not ours; it reads none in rich text."""
    texts = [text for block in drawn.blocks if block["type"] != "rich_text" for text in _texts(block)]
    if isinstance(drawn, Message):
        texts.append(drawn.text)
    return [text for text in texts if "<" in _OURS.sub("", text) or "\u202e" in text]


def words_of(drawn: Message | View) -> Iterator[str]:
    """Every text that is drawn, but for the words of a select."""
    yield from (text for block in drawn.blocks for text in _texts(block))


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for name, inner in part.items():
            yield from _texts(inner) if name not in {"options", "initial_option"} else ()
    elif isinstance(part, list):
        for inner in part:
            yield from _texts(inner)


def read(drawn: Message | View) -> str:
    """All of it, as somebody would read it from top to bottom."""
    return "\n".join(words_of(drawn))


def buttons_of(drawn: Message | View) -> dict[str, Block]:
    """By the word on each."""
    elements = [one for block in drawn.blocks for one in [*block.get("elements", []), block.get("accessory")]]
    return {one["text"]["text"]: one for one in elements if one and one["type"] == "button"}


def inputs_on(view: View) -> dict[str, Block]:
    """By the label of each."""
    return {one["label"]["text"]: one for one in view.blocks if one["type"] == "input"}


def filled(view: View, **entered: str) -> dict[str, Any]:
    """The view as Slack sends it when it is submitted; `Bill_amount="5"` fills the input with that label."""
    values: dict[str, dict[str, Any]] = {}
    for label, block in inputs_on(view).items():
        element = block["element"]
        typed = entered.get(label.replace(" ", "_"), element.get("initial_value"))
        chosen = [one for one in element.get("options", []) if one["value"] == typed]
        select = {"selected_option": chosen[0] if chosen else element.get("initial_option")}
        state = select if "options" in element else {"value": typed}
        values[block["block_id"]] = {element["action_id"]: {"type": element["type"], **state}}
    return json.loads(json.dumps(view.payload() | {"state": {"values": values}}))  # type: ignore[no-any-return]
