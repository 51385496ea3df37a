"""`python -m tests.views.told_page` writes docs/run/told.md: what every reader is told in every state."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.domain.anchor import Anchor
from bot.domain.case import Case, CaseState, Verb
from bot.domain.finding import Verdict
from bot.domain.looks import is_to_be_named
from bot.domain.messages import KINDS, MessageKind, Reader
from bot.domain.redemption import Doubt, Outcome, Redemption, Settled, State, Stop, Trouble
from bot.domain.refusal import Refusal
from bot.domain.transitions import PASSING
from bot.views.kit import Block, Message, View
from bot.views.messages import OF_CASES, OF_REQUESTS, OF_SEALS, WINDOWS
from tests.views.asking import ANSWERED, HONOUR, OMAR, OPEN, REOPENED, TAKEN, UNPOSTED
from tests.views.redeeming import (
    APPROVED,
    DISPLAY,
    INTENT,
    NOW,
    REJECTED,
    TERMS,
    USE,
    asked_again,
    buttons_of,
    row,
    unknown,
    waiting,
    words_of,
)

PAGE = Path(__file__).parents[2] / "docs" / "run" / "told.md"
HEAD = """# What each reader is told

Every state of a request and of a case, and what the messages about it say to each reader, without their fonts. It is drawn by
`python -m tests.views.told_page` from the code, and a test holds it against the code.
"""


def doubted(state: State, **outcome: Any) -> Redemption:
    """Its outcome was unknown before."""
    return replace(row(state, **outcome), unknown_at=NOW, intent=INTENT)


_PERSON = {"settled": Settled.PERSON, "by": APPROVED.by, "note": "Seen on the till roll"}
#: One typical request for each state, and for each way there that needs another next step.
REQUESTS: dict[str, Redemption] = {
    "New": row(State.NEW),
    "Waiting": waiting(),
    "Waiting, and nobody can approve it": waiting(trouble=Trouble.NO_APPROVER),
    "Waiting, and it seems that nobody was asked": waiting(trouble=Trouble.CHANNEL_UNREACHABLE),
    "Waiting, asked again": asked_again(),
    "Approved": replace(waiting(), state=State.APPROVED, decided=APPROVED),
    "Sending": replace(waiting(), state=State.SENDING, decided=APPROVED),
    "Redeemed, by the engine's answer": row(State.REDEEMED, settled=Settled.ANSWER, redemption_id="20000009"),
    "Redeemed, by evidence": doubted(State.REDEEMED, settled=Settled.EVIDENCE, redemption_id="20000009"),
    "Redeemed, settled by a person": replace(doubted(State.REDEEMED, **_PERSON), due_at=NOW),
    "Redeemed, settled by a person who named the use": doubted(
        State.REDEEMED, redemption_id="20000009", **_PERSON
    ),
    "Redeemed, after an approval": replace(
        row(State.REDEEMED, settled=Settled.ANSWER), decided=APPROVED, asked_at=NOW, due_at=NOW
    ),
    "Redeemed, and nobody knows by which use": row(State.REDEEMED, settled=Settled.ANSWER),
    "Redeemed, and a person has to say by which use": row(
        State.REDEEMED, settled=Settled.ANSWER, uses=(USE, replace(USE, id="10", bill="MG-88"))
    ),
    "Redeemed, and a person has named the use": row(
        State.REDEEMED,
        settled=Settled.ANSWER,
        redemption_id="9",
        uses=(USE,),
        by=APPROVED.by,
        note="Seen on the till roll",
    ),
    "Redeemed, by a late answer": doubted(State.REDEEMED, settled=Settled.ANSWER, redemption_id="20000009"),
    "Redeemed, and used for this bill twice": doubted(
        State.REDEEMED, settled=Settled.EVIDENCE, redemption_id="9", uses=(USE, replace(USE, id="10"))
    ),
    "Refused: used already": row(
        State.REFUSED, refusal=Refusal.ALREADY_USED, uses=(replace(USE, bill="MG-88"),)
    ),
    "Refused: used already, nobody knows where": row(State.REFUSED, refusal=Refusal.ALREADY_USED),
    "Refused by the engine": replace(
        row(State.REFUSED, refusal=Refusal.COUPON_EXPIRED),
        intent=INTENT,
        terms=replace(TERMS, expires_at=NOW - timedelta(hours=1)),
    ),
    "Refused while it waited": replace(
        waiting(), state=State.REFUSED, outcome=Outcome(refusal=Refusal.ALREADY_USED), looks=1
    ),
    "Refused: could not verify": row(State.REFUSED, stop=Stop.COULD_NOT_VERIFY),
    "Refused: not allowed": row(State.REFUSED, stop=Stop.NOT_ALLOWED),
    "Refused: used for this bill": row(State.REFUSED, stop=Stop.SAME_BILL, uses=(USE,)),
    "Refused: the facts changed": row(State.REFUSED, stop=Stop.CHANGED),
    "Refused: paused": row(State.REFUSED, stop=Stop.PAUSED),
    "Not sent": replace(row(State.NOT_SENT, stop=Stop.NOT_CONNECTED), intent=INTENT),
    "Outcome unknown": unknown(doubt=Doubt.TIMED_OUT),
    "Outcome unknown, with a use that was found": unknown(uses=(USE,)),
    "Outcome unknown, after an approval": replace(unknown(), decided=APPROVED, asked_at=NOW),
    "Outcome unknown, and only a person can settle it": replace(unknown(uses=(USE,)), due_at=None),
    "Not redeemed, by evidence": replace(
        doubted(State.NOT_REDEEMED, settled=Settled.EVIDENCE), ended_at=NOW + timedelta(minutes=15)
    ),
    "Not redeemed, settled by a person": doubted(State.NOT_REDEEMED, **_PERSON),
    "Not redeemed, and a use was found later": doubted(
        State.NOT_REDEEMED, settled=Settled.EVIDENCE, uses=(replace(USE, bill="MG-88"),)
    ),
    "Rejected": replace(row(State.REJECTED), decided=REJECTED, asked_at=NOW),
    "Withdrawn": replace(row(State.WITHDRAWN), asked_at=NOW),
    "Expired, never decided": replace(row(State.EXPIRED), asked_at=NOW, expires_at=NOW),
    "Expired, after an approval": replace(row(State.EXPIRED), asked_at=NOW, expires_at=NOW, decided=APPROVED),
}
CASES: dict[str, Case] = {
    "A case, open": OPEN,
    "A case that cannot be posted to store ops": UNPOSTED,
    "A case, taken": TAKEN,
    "A case, taken over": TAKEN.taken(OMAR, NOW),
    "A case, answered: honoured, and the coupon can be used": replace(
        ANSWERED, facts=replace(ANSWERED.facts, verdict=Verdict.REDEEMABLE, refusal=None)
    ),
    "A case, answered: refused": TAKEN.answered(
        replace(HONOUR, verb=Verb.REFUSE, reply="It was used at MG Road")
    ),
    "A case, answered: honoured, but the coupon is used": TAKEN.answered(
        replace(HONOUR, verdict=Verdict.NOT_REDEEMABLE, refusal=Refusal.ALREADY_USED)
    ),
    "A case, answered: honoured, but a request for the coupon is still unknown": TAKEN.answered(
        replace(HONOUR, in_the_way=State.UNKNOWN)
    ),
    "A case, answered: honoured, but its request is redeemed": TAKEN.answered(
        replace(HONOUR, in_the_way=State.REDEEMED)
    ),
    "A case, answered: honoured, and nobody knows whether the coupon can be used": TAKEN.answered(
        replace(HONOUR, verdict=None)
    ),
    "A case, answered: another coupon is issued": TAKEN.answered(
        replace(HONOUR, verb=Verb.REISSUE, verdict=None, reply="A new one is on its way")
    ),
    "A case, answered: something else": TAKEN.answered(
        replace(HONOUR, verb=Verb.OTHER, verdict=None, reply="It starts to be valid tomorrow")
    ),
    "A case, reopened": REOPENED,
    "A case, reopened: honoured, but the coupon was used": TAKEN.answered(
        replace(HONOUR, verdict=Verdict.NOT_REDEEMABLE, refusal=Refusal.ALREADY_USED)
    ).open_again(NOW),
}
SEALS: dict[str, Anchor] = {
    "The day's seal of the audit log": Anchor(
        id="seal-7", day=NOW.date(), seal=7, last_event=4711, digest="0123456789abcdef" * 4
    ),
}
_READERS = {
    Reader.REQUESTER: "the requester",
    Reader.APPROVERS: "approvers, in their channel",
    Reader.DECIDER: "the approver who decided",
    Reader.SETTLERS: "those who may settle it",
    Reader.ASKER: "the asker",
    Reader.STORE_OPS: "store ops",
    Reader.AUDITORS: "whoever proves the log later, in the approvals channel",
}


def page() -> str:
    parts = [HEAD]
    told: dict[str, Redemption | Case | Anchor] = {**REQUESTS, **CASES, **SEALS}
    for name, of in told.items():
        parts.append(f"\n## {name}\n")
        parts += [_part(kind, drawn) for kind, drawn in _drawn(of)]
    return "".join(parts)


def _drawn(of: Redemption | Case | Anchor) -> Iterator[tuple[MessageKind, Message | View]]:
    if isinstance(of, Case):
        drawn = (one for one in OF_CASES.items() if _shown_of_case(one[0], of))
        yield from ((kind, draw(of, display=DISPLAY)) for kind, draw in drawn)
        return
    if isinstance(of, Anchor):
        yield from ((kind, draw(of, display=DISPLAY)) for kind, draw in OF_SEALS.items())
        return
    shown = [kind for kind in KINDS if _shown(kind, of)]
    yield from ((kind, OF_REQUESTS[kind](of, display=DISPLAY)) for kind in shown if kind in OF_REQUESTS)
    yield from ((kind, WINDOWS[kind](of, display=DISPLAY)) for kind in shown if kind in WINDOWS)


def _shown(kind: MessageKind, of: Redemption) -> bool:
    """Whether such a message is posted or updated in this state."""
    match kind:
        case MessageKind.APPROVAL | MessageKind.DECIDER:
            return of.decided is not None or (kind is MessageKind.APPROVAL and of.asked_at is not None)
        case MessageKind.NEWS:
            return of.state not in PASSING | {State.WAITING, State.WITHDRAWN}
        case MessageKind.REMINDER:
            return of.state is State.WAITING
        case MessageKind.AGAIN:
            return of.state is State.WAITING and of.round > 1
        case MessageKind.ATTENTION:
            named = of.state is State.REDEEMED and of.outcome.by is not None
            return of.unknown_at is not None or is_to_be_named(of) or named
        case _:
            return True


def _shown_of_case(kind: MessageKind, of: Case) -> bool:
    """Whether such a message is posted or updated in this state."""
    match kind:
        case MessageKind.CASE_THREAD:
            return of.state is CaseState.ANSWERED or of.before is not None
        case MessageKind.CASE_REMINDER:
            return of.state is CaseState.OPEN
        case MessageKind.ASKER_NEWS:
            return of.state is CaseState.ANSWERED
        case _:
            return True


def _part(kind: MessageKind, drawn: Message | View) -> str:
    lines = [line for text in words_of(drawn) for line in _plain(text).splitlines() if line.strip()]
    buttons = buttons_of(drawn)
    asked = {word: _question(button) for word, button in buttons.items() if "confirm" in button}
    # A button's word is one of the texts, and so is a question behind it; both are told in lines of their own.
    apart = {*buttons, *(text for texts in asked.values() for text in texts)}
    said = [line for line in lines if line not in apart]
    pressed = f"\nButtons: {', '.join(buttons)}\n" if buttons else ""
    behind = "".join(f"\nBehind {word}: {' / '.join(texts)}\n" for word, texts in asked.items())
    return f"\n**{title(kind)}**\n\n" + "".join(f"> {line}  \n" for line in said) + pressed + behind


def _question(button: Block) -> list[str]:
    """The question that a press on this button asks first, and its two answers."""
    return [button["confirm"][part]["text"] for part in ("title", "text", "confirm", "deny")]


def title(kind: MessageKind) -> str:
    reader = _READERS[KINDS[kind].reader]
    return f"{kind.value.replace('_', ' ').capitalize()}: to {reader}"


def _plain(text: str) -> str:
    """Without mark-up; a time is shown by its fall-back text."""
    text = re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<@([A-Z0-9]+)>", r"@\1", text)
    text = re.sub(r"<!subteam\^([A-Z0-9]+)>", r"@\1", text)
    return re.sub(r"[*`]", "", text).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parents[2])}\n")


if __name__ == "__main__":
    main()
