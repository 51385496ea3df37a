"""What people see of a case: in store ops' channel, in its thread, in the asker's direct message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.case import MAX_QUESTION, MAX_REPLY, Case, CaseAnswer, CaseId, CaseState, Facts, Verb
from bot.domain.finding import Verdict
from bot.domain.person import PersonId
from bot.domain.refusal import Refusal
from bot.views.kit import Block, Message, actions, button, context, paragraphs
from bot.views.money import discount
from bot.views.names import hinted, unnamed
from bot.views.refusals import REFUSALS
from bot.views.states import STATE_WORDS as REQUEST_WORDS
from bot.views.terms import customer_words
from bot.views.text import Display, Line, Quote, code, date, escaped, mention, plain

#: On cards and details; its value is a place on a card, as of the other buttons there.
ASK = "case.ask.v1"
TAKE = "case.take.v1"
ANSWER = "case.answer.v1"
REOPEN = "case.reopen.v1"
REDEEM = "case.redeem.v1"

#: The words at the head of every message; programs find messages by them.
STATE_WORDS: dict[CaseState, str] = {
    CaseState.OPEN: "Open",
    CaseState.TAKEN: "Taken",
    CaseState.ANSWERED: "Answered",
}
VERB_WORDS: dict[Verb, str] = {
    Verb.HONOUR: "Honour",
    Verb.REFUSE: "Refuse",
    Verb.REISSUE: "Reissue",
    Verb.OTHER: "Other",
}


def ask_button(value: str, *, action_id: str = ASK) -> Block:
    """Return the button Ask store ops; below an outcome it has an action id of its own."""
    return button(
        "Ask store ops",
        action_id=action_id,
        value=value,
        hint="Ask store ops about this, with the facts attached",
    )


def pressed(action: Mapping[str, Any]) -> CaseId:
    """Return the id of the case that a button of the asker is about."""
    return CaseId(str(action.get("value", "")))


def pressed_as_seen(value: str) -> tuple[CaseId, str]:
    """Return the case's id and the stage that was shown; an invalid value gives an empty id."""
    case, _, stage = value.rpartition(".")
    return CaseId(case), stage


def as_seen(case: Case) -> str:
    return f"{case.id}.{case.stage}"


def channel_message(case: Case, *, display: Display) -> Message:
    """Return the message in store ops' channel; it identifies neither customer nor coupon."""
    lines = _channel_lines(case, display)
    buttons = [] if case.state is CaseState.ANSWERED else [actions(f"case.{case.id}", _handling(case))]
    small = _small_print(case, display)
    return Message(plain([*lines, small]), (*_blocks(lines, small), *buttons))


def thread_message(case: Case) -> Message:
    """Return the message for the case's thread, because an update notifies nobody."""
    return _said(*_news(case))


def asker_message(case: Case, *, display: Display) -> Message:
    """Return the asker's own direct message, which is kept up to date."""
    lines = _asker_lines(case, display)
    buttons = [actions(f"case.{case.id}", _asking(case))] if case.state is CaseState.ANSWERED else []
    small = _small_print(case, display)
    return Message(plain([*lines, small]), (*_blocks(lines, small), *buttons))


def asker_news(case: Case) -> Message:
    """Return the message that notifies the asker of an answer, because an update notifies nobody."""
    answer = case.answers[-1] if case.answers else None
    told: list[Line] = _answered(answer, answer.reply) if answer else ["Nothing is answered yet."]
    head = f"*{STATE_WORDS[case.state]}*: your question {code(case.reference)}"
    return _said(head, *told, "Its own message above keeps the question, and the buttons.")


def unmoved(case: Case, reader: PersonId) -> Message:
    """Return the current state, for a person whose press changed nothing."""
    owner = "You have" if case.owner == reader else f"{mention(case.owner)} has" if case.owner else ""
    told = {
        CaseState.OPEN: "It is open. Look at its message and press again if you want to see to it.",
        CaseState.TAKEN: f"{owner} taken it already.",
        CaseState.ANSWERED: "It is answered already.",
    }
    return _said(f"*{STATE_WORDS[case.state]}*\n{told[case.state]} Nothing was changed by this press.")


def _said(*lines: Line) -> Message:
    return Message(plain(lines), tuple(paragraphs(lines)))


def _blocks(lines: list[Line], small: str) -> list[Block]:
    return [*paragraphs(lines), context(small)]


def _channel_lines(case: Case, display: Display) -> list[Line]:
    name = case.facts.customer_name
    answer = case.answers[-1] if case.answers else None
    return [
        f"{head(case)}\n{masked_facts(case, display)}",
        *question_lines(case),
        *(_answered(answer, unnamed(answer.reply, name)) if answer else []),
        *([_owner(case)] if case.state is not CaseState.ANSWERED else []),
    ]


def question_lines(case: Case, limit: int = MAX_QUESTION) -> list[Line]:
    """Who asks, and what, without the customer's name."""
    return [f"{mention(case.asker)} asks:", Quote(unnamed(case.question, case.facts.customer_name), limit)]


def _asker_lines(case: Case, display: Display) -> list[Line]:
    facts = case.facts
    about = [customer_words(facts.customer_name, facts.customer_tail)] if facts.customer else []
    coupon = [code(facts.code)] if facts.code else []
    answer = case.answers[-1] if case.answers else None
    return [
        f"{head(case)}\n{_about([*about, *coupon, *_coupon(facts, display)])}",
        "*Your question:*",
        Quote(case.question, MAX_QUESTION),
        *(_answered(answer, answer.reply) if answer else []),
        _next(case),
    ]


def head(case: Case) -> str:
    """Return the line with the case's state."""
    again = {0: "", 1: "  ·  reopened once"}.get(case.reopened, f"  ·  reopened {case.reopened} times")
    return f"*{STATE_WORDS[case.state]}*{again}"


def _about(parts: list[str]) -> str:
    return "  ·  ".join(parts) if parts else "About no particular customer"


def masked_facts(case: Case, display: Display) -> str:
    """Return the facts, masked for a channel."""
    facts = case.facts
    about = [hinted(facts.customer_name, facts.customer_tail)] if facts.customer else []
    return _about([*about, *_coupon(facts, display)])


def _coupon(facts: Facts, display: Display) -> list[str]:
    if facts.code is None:
        return []
    worth = discount(facts.discount, display.currency) if facts.discount else "discount not stated"
    return [f"a coupon, {worth}", standing(facts)]


def standing(facts: Facts) -> str:
    """Return the coupon's state when the question was asked."""
    if facts.request_state is not None:
        return f"request then: {REQUEST_WORDS[facts.request_state]}"
    match facts.verdict:
        case Verdict.REDEEMABLE:
            return "could be used when asked"
        case Verdict.NOT_REDEEMABLE:
            why = REFUSALS[facts.refusal or Refusal.OTHER].why
        case Verdict.NO_SUCH_COUPON:
            why = REFUSALS[Refusal.NO_SUCH_COUPON].why
        case Verdict.NOT_THEIRS:
            why = REFUSALS[Refusal.NOT_THEIRS].why
        case None:
            why = "The loyalty engine did not say how it stands."
    return f"when asked: {why}"


def _answered(answer: CaseAnswer, reply: str) -> list[Line]:
    return [f"*{VERB_WORDS[answer.verb]}*, by {mention(answer.by)}:", Quote(reply, MAX_REPLY)]


def _owner(case: Case) -> str:
    if case.owner is None:
        return "*Owner:* nobody yet. Press Take it, talk in the thread, then press Answer."
    return f"*Owner:* {mention(case.owner)}, who answers. Take it takes the case over."


def _next(case: Case) -> str:
    match case.state:
        case CaseState.OPEN if case.unposted:
            return (
                "*Next:* it seems that nobody was asked: this app cannot, or may not, post in the channel of store ops. "
                "The desk keeps trying. If the customer cannot wait, ask store ops another way."
            )
        case CaseState.OPEN:
            return "*Next:* store ops have it; nobody has taken it yet. The answer comes here."
        case CaseState.TAKEN:
            who = mention(case.owner) if case.owner else "Store ops"
            return f"*Next:* {who} sees to it. The answer comes here."
        case CaseState.ANSWERED if case.honours:
            return "*Next:* press Redeem; the usual checks apply. If it is not settled, press Reopen."
        case CaseState.ANSWERED:
            return "*Next:* if it is not settled, press Reopen."


def _small_print(case: Case, display: Display) -> str:
    facts = case.facts
    taken = case.taken_at and f"taken {date(case.taken_at, display)}"
    parts = [
        f"Reference {code(case.reference)}",
        f"asked {date(case.asked_at, display)}",
        taken,
        f"request {code(facts.request[:8])}" if facts.request else None,
        f"<{escaped(facts.link, 500)}|the message it is about>" if facts.link else None,
    ]
    return "  ·  ".join(part for part in parts if part)


def _news(case: Case) -> list[Line]:
    """Return the news about the case's current state."""
    head = f"*{STATE_WORDS[case.state]}*"
    asker, owner = mention(case.asker), mention(case.owner) if case.owner else "Nobody"
    match case.state:
        case CaseState.OPEN:
            before = f"{mention(case.before)} saw to it before. " if case.before else ""
            return [f"{head}: {asker} reopened it. {before}Whoever sees to it now, press Take it above."]
        case CaseState.TAKEN:
            over = f" over from {mention(case.before)}" if case.before and case.before != case.owner else ""
            return [f"{head}: {owner} has taken it{over}."]
        case CaseState.ANSWERED:
            answer = case.answers[-1]
            first, *reply = _answered(answer, unnamed(answer.reply, case.facts.customer_name))
            return [f"{head}: {first}", *reply]


def next_button(case: Case) -> Block:
    """Return the button for the next step of a case that is not answered."""
    if case.state is CaseState.TAKEN:
        return button("Answer", action_id=ANSWER, value=as_seen(case), hint="Answer whoever asked")
    return _take(case)


def _take(case: Case) -> Block:
    return button("Take it", action_id=TAKE, value=as_seen(case), hint="See to this case yourself")


def _handling(case: Case) -> list[Block]:
    return [_take(case), next_button(case)] if case.state is CaseState.TAKEN else [_take(case)]


def _asking(case: Case) -> list[Block]:
    redeem = button(
        "Redeem",
        action_id=REDEEM,
        value=case.id,
        hint="Redeem this coupon, as store ops said",
        style="primary",
    )
    reopen = button("Reopen", action_id=REOPEN, value=case.id, hint="It is not settled: ask again")
    return [redeem, reopen] if case.honours else [reopen]
