"""What people see of a case: in store ops' channel, in its thread, in the asker's direct message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.case import MAX_QUESTION, MAX_REPLY, Case, CaseAnswer, CaseId, CaseState, Facts, Verb
from bot.domain.finding import Verdict
from bot.domain.person import PersonId
from bot.domain.redemption import State
from bot.views.case_facts import (
    about,
    after_a_colon,
    another_way,
    masked_facts,
    no_redeem,
    not_carried_out,
    not_redeemable,
    read_aloud,
    standing,
    used,
    worth,
)
from bot.views.kit import Block, Message, actions, button, context, paragraphs
from bot.views.look_up_command import look_up_command
from bot.views.names import unnamed
from bot.views.terms import customer_words
from bot.views.text import Display, Line, Quote, code, date, escaped, group, mention, plain

#: On cards and details; its value is a place on a card, as of the other buttons there.
ASK = "case.ask.v1"
TAKE = "case.take.v1"
ANSWER = "case.answer.v1"
REOPEN = "case.reopen.v1"
REDEEM = "case.redeem.v1"
DETAILS = "case.details.v1"
#: On the asker's own message.
OWN_DETAILS = "case.own_details.v1"
#: Groups that a reminder mentions; Slack notifies whoever is in them.
GROUPS_NAMED = 10

#: The words at the head of every message; programs find messages by them.
STATE_WORDS: dict[CaseState, str] = {
    CaseState.OPEN: "Open",
    CaseState.TAKEN: "Taken",
    CaseState.ANSWERED: "Answered",
}
#: One icon for each state; it stands before the word.
STATE_MARKS: dict[CaseState, str] = {
    CaseState.OPEN: "❓",
    CaseState.TAKEN: "✋",
    CaseState.ANSWERED: "💬",
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
    small = small_print(case, display)
    buttons = actions(f"case.{case.id}", handling(case))
    return Message(plain([*lines, small]), (*_blocks(lines, small), buttons))


def thread_message(case: Case) -> Message:
    """Return the message for the case's thread, because an update notifies nobody."""
    return _said(*_news(case))


def reminder_message(case: Case, *, display: Display) -> Message:
    """Return the reminder for the thread; it is never updated, so it says only what stays true."""
    named = ", ".join(group(one) for one in case.reminds[:GROUPS_NAMED])
    whom = f" to {named}" if named else ""
    again = "reopened" if case.open_since else "asked"
    return _said(
        f"*Reminder*{whom}: {mention(case.asker)} {again} this {date(case.since, display)}, "
        f"reference {code(case.reference)}. "
        "If the message above names no owner yet, press Answer there now, or Take it if you need time."
    )


def asker_message(case: Case, *, display: Display) -> Message:
    """Return the asker's own direct message, which is kept up to date."""
    lines = _asker_lines(case, display)
    asking = _asking(case) if case.state is CaseState.ANSWERED else []
    # In every state: a copy that the ledger does not know of is brought up to date when it is pressed.
    details = button(
        "Details", action_id=OWN_DETAILS, value=case.id, hint="Everything about your question, unmasked"
    )
    small = small_print(case, display)
    buttons = actions(f"case.{case.id}", [*asking, details])
    return Message(plain([*lines, small]), (*_blocks(lines, small), buttons))


def asker_news(case: Case) -> Message:
    """Return the message that notifies the asker of an answer, because an update notifies nobody."""
    answer = case.answers[-1] if case.answers else None
    told: list[Line] = answer_lines(case, answer, answer.reply) if answer else ["Nothing is answered yet."]
    head = _dotted([f"{headed(case)}: your question {code(case.reference)}", *about_whom(case.facts)])
    where = f"{_where(case)} on the message of your question, above."
    # What not to do must not be missed by somebody who reads only the news.
    todo = [_next(case)] if case.state is CaseState.ANSWERED else []
    return _said(head, *told, *todo, *read_aloud(case), where)


def _where(case: Case) -> str:
    """What the asker finds on their own message."""
    if case.state is not CaseState.ANSWERED:
        return "The answer comes"
    return "Redeem and Reopen stand" if case.may_be_redeemed else "Reopen stands"


def unmoved(case: Case, reader: PersonId) -> Message:
    """Return the current state, for a person whose press changed nothing."""
    told = _unmoved_asker(case) if case.asker == reader else _unmoved_others(case, reader)
    return _said(f"{headed(case)}\n{told} This press changed nothing.")


def _unmoved_asker(case: Case) -> str:
    match case.state:
        case CaseState.OPEN:
            return "Your question is with store ops; nobody has taken it yet."
        case CaseState.TAKEN:
            return f"{_whoever(case)} sees to your question; the answer comes to you."
        case CaseState.ANSWERED:
            return "Your question is answered. If it is not settled, press Reopen."


def _unmoved_others(case: Case, reader: PersonId) -> str:
    match case.state:
        case CaseState.OPEN:
            return "It was reopened, and nobody has taken it since. To see to it, press Answer or Take it."
        case CaseState.TAKEN if case.owner == reader:
            return "You have taken it. Press Answer when you know."
        case CaseState.TAKEN:
            return f"{_whoever(case)} has taken it. To see to it yourself, press Take it; that takes it over."
        case CaseState.ANSWERED:
            return f"It is answered. If it is not settled, {mention(case.asker)} can reopen it."


def _whoever(case: Case) -> str:
    return mention(case.owner) if case.owner else "Store ops"


def _said(*lines: Line) -> Message:
    return Message(plain(lines), tuple(paragraphs(lines)))


def _blocks(lines: list[Line], small: str) -> list[Block]:
    return [*paragraphs(lines), context(small)]


def _channel_lines(case: Case, display: Display) -> list[Line]:
    name = case.facts.customer_name
    answer = case.answers[-1] if case.answers else None
    return [
        f"{head(case)}  ·  {facts_for_channel(case, display)}",
        *question_lines(case, reader=display.reader),
        *(answer_lines(case, answer, unnamed(answer.reply, name), reader=display.reader) if answer else []),
        *(_closing(case) if case.state is CaseState.ANSWERED else _waits(case, display.reader)),
    ]


def _waits(case: Case, reader: PersonId | None) -> list[str]:
    return [*another_way(case), _owner(case, reader)]


def _closing(case: Case) -> list[str]:
    """What is left of an answered case: more than nothing where what is honoured cannot be carried out."""
    return no_redeem(case) or [
        _NOTHING_LEFT if case.answer is None or case.answer.verb is not Verb.REISSUE else _TO_ISSUE
    ]


_NOTHING_LEFT = "Nothing more to do here unless it is reopened."
#: The desk issues nothing itself.
_TO_ISSUE = "*Next:* issue the other coupon, if that is not done yet. Coupon Desk does not."


def facts_for_channel(case: Case, display: Display) -> str:
    return "\n".join(masked_facts(case.facts, display))


def question_lines(case: Case, limit: int = MAX_QUESTION, *, reader: PersonId | None = None) -> list[Line]:
    """Who asks, and what, without the customer's name; `reader` is the only one, if there is only one."""
    asks = "You asked:" if case.asker == reader else f"{mention(case.asker)} asks:"
    return [asks, Quote(unnamed(case.question, case.facts.customer_name), limit)]


def _asker_lines(case: Case, display: Display) -> list[Line]:
    """An answer stands above what was asked; the first line says in every state whom it is about."""
    facts = case.facts
    whom = about_whom(facts)
    coupon = [worth(facts, display), standing(facts)] if facts.code else []
    answer = case.answers[-1] if case.answers else None
    answered = answer_lines(case, answer, answer.reply) if answer else []
    uses = used(facts, display, masked=False)
    asked: list[Line] = ["*Your question:*", Quote(case.question, MAX_QUESTION)]
    then = [_next(case), *read_aloud(case)]
    if case.state is CaseState.ANSWERED and answer:
        stood = [_dotted(coupon)] if coupon else []
        return [_dotted([head(case), *whom]), *answered, *then, *asked, *stood, *uses]
    return [
        f"{head(case)}  ·  {about([*whom, *coupon])}",
        *uses,
        *asked,
        *answered,
        *not_carried_out(case),
        *then,
    ]


def about_whom(facts: Facts) -> list[str]:
    """Return the customer and the code, unmasked, as far as the question is about any."""
    whom = [customer_words(facts.customer_name, facts.customer_tail)] if facts.customer else []
    return [*whom, *([code(facts.code)] if facts.code else [])]


def _dotted(parts: list[str]) -> str:
    return "  ·  ".join(parts)


def headed(case: Case) -> str:
    """Return the state's icon and word, for the head of a message: `💬 *Answered*`."""
    return f"{STATE_MARKS[case.state]} *{STATE_WORDS[case.state]}*"


def head(case: Case) -> str:
    """Return the same with how often the case was reopened."""
    again = {0: "", 1: "  ·  reopened once"}.get(case.reopened, f"  ·  reopened {case.reopened} times")
    return f"{headed(case)}{again}"


def answer_lines(case: Case, answer: CaseAnswer, reply: str, *, reader: PersonId | None = None) -> list[Line]:
    """Return an answer of the case; one that does not count, or not any more, is called an earlier one."""
    earlier = "" if answer is case.answer else "Earlier answer: "
    by = "you" if answer.by == reader else mention(answer.by)
    return [f"{earlier}*{VERB_WORDS[answer.verb]}*, by {by}:", Quote(reply, MAX_REPLY)]


def _owner(case: Case, reader: PersonId | None) -> str:
    if case.owner is None:
        return "*Owner:* nobody yet. Press Answer now, or Take it if you need time."
    if case.owner == reader:
        return "*Owner:* you. Press Answer when you know."
    return f"*Owner:* {mention(case.owner)}, who answers. Anybody else presses Take it before Answer."


def _next(case: Case) -> str:
    match case.state:
        case CaseState.OPEN if case.unposted:
            return (
                "*Next:* it seems that nobody was asked: Coupon Desk cannot, or may not, post in the channel of store ops. "
                f"It keeps trying. If the customer cannot wait, ask store ops another way.{_meanwhile(case)}"
            )
        case CaseState.OPEN:
            return f"*Next:* store ops have it; nobody has taken it yet.{_meanwhile(case)} The answer comes here."
        case CaseState.TAKEN:
            who = mention(case.owner) if case.owner else "Store ops"
            return f"*Next:* {who} sees to it.{_meanwhile(case)} The answer comes here."
        case CaseState.ANSWERED if case.may_be_redeemed:
            return (
                "*Next:* this answer alone uses nothing. Press Redeem once, then do as that request says. "
                "Give no discount before it has gone through. If that request ends in a no, press Reopen here, "
                "not Ask store ops there."
            )
        case CaseState.ANSWERED if case.honours and case.answer:
            return _honoured_without_redeem(case, case.answer)
        case CaseState.ANSWERED:
            return f"*Next:* {_answered(case)} If it is not settled, press Reopen."


def _meanwhile(case: Case) -> str:
    """What not to do before the answer; what was used for the bill already is taken off it all the same."""
    earlier = case.answers[-1] if case.answers else None
    used = State.REDEEMED in {case.facts.request_state, earlier and earlier.in_the_way}
    if case.facts.code is None or used:
        return ""
    if earlier is None:
        return " Do not redeem it, or give a discount on it, until they answer."
    # Redeem may have been pressed on the earlier answer.
    pressed = earlier.verb is Verb.HONOUR and earlier.verdict is Verdict.REDEEMABLE
    again, a = (" again", "a further") if pressed else ("", "a")
    return f" Do not redeem it{again}, or give {a} discount on it, until the new answer comes."


def _answered(case: Case) -> str:
    """What to do with an answer after which nothing is redeemed: a no is read to the customer, else the reply tells."""
    verb = case.answer.verb if case.answer and case.facts.customer else None
    if verb is Verb.REFUSE:
        return "read the line below to the customer. The reply is for you; do not read it out."
    if verb is Verb.REISSUE:
        return "do not redeem this one. Read the line below to the customer, and do as the reply says."
    return "tell the customer what the reply says."


def _honoured_without_redeem(case: Case, answer: CaseAnswer) -> str:
    why = after_a_colon(not_redeemable(answer))
    if answer.in_the_way is State.REDEEMED:
        return (
            f"*Next:* do not redeem it again for this bill: {why} Ask the store whether the discount is off the bill; "
            "if not, they take it off by hand, once. If that is not settled, press Reopen."
        )
    if answer.in_the_way is not None:
        return (
            f"*Next:* do not redeem it, and give no discount on it: when this was answered, {why} "
            "Wait for its result, and do as it says. If it stays a no, press Reopen."
        )
    if why:
        return (
            f"*Next:* do not give the discount on this coupon: {why} If the reply names another way, do that; "
            "if not, press Reopen: store ops then see that this coupon cannot be used, and answer again."
        )
    customer, coupon = case.facts.customer, case.facts.code
    look = f"Type {look_up_command(customer, coupon)}: " if customer and coupon else ""
    return (
        "*Next:* give no discount yet: when this was answered, nobody knew whether it can be redeemed. "
        f"{look}if Redeem stands beside it, press that; else press Reopen."
    )


def small_print(case: Case, display: Display) -> str:
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
    head = headed(case)
    asker, owner = mention(case.asker), mention(case.owner) if case.owner else "Nobody"
    match case.state:
        case CaseState.OPEN:
            before = f"{mention(case.answers[-1].by)} answered before. " if case.answers else ""
            return [
                f"{head}: {asker} reopened it. {before}Press Answer above now, or Take it if you need time."
            ]
        case CaseState.TAKEN:
            over = f" over from {mention(case.before)}" if case.before and case.before != case.owner else ""
            return [f"{head}: {owner} has taken it{over}."]
        case CaseState.ANSWERED:
            answer = case.answers[-1]
            first, *reply = answer_lines(case, answer, unnamed(answer.reply, case.facts.customer_name))
            return [f"{head}: {first}", *reply, *no_redeem(case)]


def handling(case: Case, reader: PersonId | None = None) -> list[Block]:
    """Return the buttons of store ops for a case in this state; its owner, as the only reader, need not take it."""
    if case.state is CaseState.ANSWERED:
        return [_details(case)]
    answer = button(
        "Answer", action_id=ANSWER, value=as_seen(case), hint="Answer whoever asked; that takes it, too"
    )
    take = [] if reader is not None and case.owner == reader else [_take(case)]
    return [*take, answer, _details(case)]


def _take(case: Case) -> Block:
    return button("Take it", action_id=TAKE, value=as_seen(case), hint="See to this case yourself")


def _details(case: Case) -> Block:
    return button("Details", action_id=DETAILS, value=case.id, hint="Everything about this case, unmasked")


def _asking(case: Case) -> list[Block]:
    redeem = button(
        "Redeem",
        action_id=REDEEM,
        value=case.id,
        hint="Redeem this coupon, as store ops said",
        style="primary",
    )
    reopen = button("Reopen", action_id=REOPEN, value=case.id, hint="It is not settled: ask again")
    return [redeem, reopen] if case.may_be_redeemed else [reopen]
