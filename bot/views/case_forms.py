"""The modals of a case: the question, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.cards import CaseNow
from bot.domain.case import MAX_QUESTION, MAX_REPLY, Case, CaseId, CaseState, Facts, Question, Verb
from bot.domain.person import PersonId
from bot.domain.typed import can_be_seen
from bot.views.case import (
    VERB_WORDS,
    answer_lines,
    as_seen,
    channel_message,
    head,
    pressed_as_seen,
    question_lines,
    small_print,
)
from bot.views.case_facts import contacts, no_honour, now, unmasked
from bot.views.kit import Block, View, context, inputs_of, paragraphs, section, select_input, text_input
from bot.views.text import Display, Line, Quote, code, mention

ASK_TITLE = "Ask store ops"
ASK_FORM = "ask_store_ops_form.v1"
#: The shortcut's callback id in manifest.yml.
SHORTCUT = "ask_store_ops"
ANSWER_TITLE = "Answer case"
DETAILS_TITLE = "Case details"
ANSWER_FORM = "answer_case.v1"
_QUESTION = "ask_store_ops.question"
_OUTCOME = "answer_case.outcome"
_REPLY = "answer_case.reply"
_MASKED = "Mobile numbers, e-mail addresses and the coupon's code are masked."


def collecting() -> View:
    """Return the modal that is opened at once, because a trigger lives three seconds."""
    return View(ASK_TITLE, (section("Checking your rights and collecting the facts…"),))


def sending() -> View:
    return View(ASK_TITLE, (section("Sending your question…"), context("Do not press again.")))


def ask_form(question: Question, *, display: Display) -> View:
    """Return the form: the facts that go with the question, and its input."""
    asked = text_input(
        "Question",
        block_id=_QUESTION,
        action_id=_QUESTION,
        initial=question.words,
        hint=f"Store ops read it in their channel. {_hint(question.facts)}",
        limit=MAX_QUESTION,
        multiline=True,
    )
    return View(
        ASK_TITLE,
        (*_facts(question.facts, display, sent=False), asked),
        callback_id=ASK_FORM,
        submit="Send",
        private_metadata=question.id,
        close="Cancel",
    )


def _hint(facts: Facts) -> str:
    """Return the hint; for a whole card it asks to name the coupon."""
    if facts.code is None and facts.others:
        return (
            "Mobile numbers, e-mail addresses and coupon codes are masked: "
            "to ask about one coupon, press Ask store ops in its Details."
        )
    return _MASKED


def asked(view: Mapping[str, Any]) -> tuple[CaseId, str]:
    """Return the submitted form's id and the question; empty where nothing can be seen of it."""
    return CaseId(str(view.get("private_metadata", ""))), _said(view, _QUESTION)


def question_missing() -> dict[str, str]:
    return {_QUESTION: "Type what you want to know."}


def sent(case: Case) -> View:
    """Return the confirmation, which stays true whatever happens to the case."""
    told = f"Store ops have your question, under the reference {code(case.reference)}."
    copy = "A direct message shows how it stands; the answer comes there."
    return View(ASK_TITLE, (section(f"*Sent*\n{told}"), context(copy)))


def looking() -> View:
    return View(ANSWER_TITLE, (section("Checking your rights and how it stands…"),))


def answer_form(of: CaseNow, *, display: Display) -> View:
    """Return the answer form with unmasked facts, for whoever may answer."""
    outcome = select_input(
        "Outcome", block_id=_OUTCOME, action_id=_OUTCOME, options=tuple(VERB_WORDS.values())
    )
    reply = text_input(
        "Reply",
        block_id=_REPLY,
        action_id=_REPLY,
        hint=f"Whoever asked reads it, and so does your channel. {_MASKED}",
        limit=MAX_REPLY,
        multiline=True,
    )
    case, warning = of.case, no_honour(of)
    return View(
        ANSWER_TITLE,
        (
            *_facts(case.facts, display, *now(of, display)),
            *_where(case.facts),
            *paragraphs(question_lines(case, reader=display.reader)),
            *([section(warning)] if warning else []),
            outcome,
            reply,
        ),
        callback_id=ANSWER_FORM,
        submit="Send answer",
        private_metadata=as_seen(case),
        close="Cancel",
    )


def details(of: CaseNow, *, display: Display) -> View:
    """Return everything about the case, unmasked, for store ops."""
    case, facts = of.case, of.case.facts
    customer = of.finding.customer if of.finding else None
    told = [*contacts(customer, facts), *now(of, display)]
    return View(
        DETAILS_TITLE,
        (
            section(head(case)),
            *_facts(facts, display, *told),
            *_where(facts),
            *paragraphs(question_lines(case, reader=display.reader)),
            *paragraphs(_answers(case, display.reader)),
            context(small_print(case, display)),
        ),
    )


def _answers(case: Case, reader: PersonId | None) -> list[Line]:
    return [line for one in case.answers for line in answer_lines(case, one, one.reply, reader=reader)]


def looking_at_details() -> View:
    return View(DETAILS_TITLE, (section("Checking your rights and asking the loyalty engine…"),))


def answered(view: Mapping[str, Any]) -> tuple[CaseId, str, Verb | None, str]:
    """Return the case's id, the stage that was shown, the outcome (None: not chosen) and the reply."""
    entered = inputs_of(view)
    chosen = entered.get(_OUTCOME, ("", ""))[1]
    verb = next((one for one, word in VERB_WORDS.items() if word == chosen), None)
    case, stage = pressed_as_seen(str(view.get("private_metadata", "")))
    return case, stage, verb, _said(view, _REPLY)


def _said(view: Mapping[str, Any], field: str) -> str:
    """Return what was typed; empty where nothing of it can be seen."""
    words = inputs_of(view).get(field, ("", ""))[1].strip()
    return words if can_be_seen(words) else ""


def answer_faults(verb: Verb | None, reply: str) -> dict[str, str]:
    """Return the errors for under the inputs; empty if there are none."""
    wrong = {}
    if verb is None:
        wrong[_OUTCOME] = "Choose what is to be done."
    if not reply:
        wrong[_REPLY] = "Say it in words, too: whoever asked passes it on."
    return wrong


def state(case: Case, *, display: Display, why: str = "", typed: str = "") -> View:
    """Return the current state, masked, if there is nothing to fill in; `typed` is a reply that was not sent."""
    drawn = [block for block in channel_message(case, display=display).blocks if block["type"] != "actions"]
    lost: list[Line] = ["*What you typed:*", Quote(typed, MAX_REPLY)] if typed else []
    return View(ANSWER_TITLE, (*([section(why)] if why else []), *paragraphs(lost), *drawn))


def why_not(case: Case, reader: PersonId) -> str:
    """Return why this person's answer, or press on Answer, changed nothing."""
    match case.state:
        case CaseState.OPEN:
            return "It was answered and reopened meanwhile. Your answer was not sent. Press Answer again to answer it as it stands."
        case CaseState.TAKEN if case.owner == reader:
            return (
                "It was answered and reopened meanwhile, and you have it now. Your answer was not sent. "
                "Press Answer again to answer it as it stands."
            )
        case CaseState.TAKEN:
            who = mention(case.owner) if case.owner else "Somebody else"
            return f"{who} has taken this case; nothing was sent. To answer it yourself, press Take it first; that takes it over."
        case CaseState.ANSWERED:
            return "It is answered already; nothing was sent."


def _where(facts: Facts) -> list[Block]:
    """Return how to look the customer up: by the engine's id, because no mobile is shown."""
    return [context(f"Look the customer up by {code(f'id:{facts.customer}')}")] if facts.customer else []


def _facts(facts: Facts, display: Display, *more: str, sent: bool = True) -> list[Block]:
    """Return what goes with a question; `sent`: whether it has been asked already."""
    lines = [*unmasked(facts, display, sent=sent), *more]
    if facts.link:
        lines.append("A link to the message goes with it.")
    return [section("\n".join(lines) or "No customer and no coupon goes with it; say whom it is about.")]
