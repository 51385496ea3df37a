"""The App Home: what waits for a person, their requests and cases, and what they may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from bot.domain.case import Case
from bot.domain.home import PAGE_SIZE, HomePage, May, Page, Part
from bot.domain.person import PersonId
from bot.domain.policy import Rule
from bot.domain.redemption import Redemption, State
from bot.views import approval, home_recent, redemption
from bot.views import case as case_view
from bot.views import help as help_view
from bot.views.ages import age
from bot.views.approval_facts import to_decide
from bot.views.groups import groups, who_is
from bot.views.kit import (
    Block,
    Message,
    actions,
    button,
    context,
    header,
    paragraphs,
    section,
)
from bot.views.limits import left_today
from bot.views.money import money
from bot.views.pause import paused_lines
from bot.views.states import headed, said
from bot.views.text import Display, Quote, clock_time, code, date, mention, quoted

PREVIOUS = "home.previous.v1"
NEXT = "home.next.v1"

#: Rules that are shown; more are only counted.
RULES_SHOWN = 10
#: Characters of a case's question.
QUESTION = 200

TITLES: Mapping[Part, str] = {
    Part.WAITING: "Waiting for you",
    Part.TO_TAKE: "Cases to take",
    Part.REQUESTS: "Your requests",
    Part.ATTENTION: "Needs attention",
    Part.CASES: "Your open cases",
}
EMPTY: Mapping[Part, str] = {
    Part.WAITING: "Nothing waits for you.",
    Part.TO_TAKE: "No case waits to be taken.",
    Part.REQUESTS: "You have asked for nothing yet.",
    Part.ATTENTION: "Nothing needs your attention: there is no unknown outcome of others that you could settle.",
    Part.CASES: "You have no open case with store ops.",
}
_ADDED = "Ask your manager to add you to one of them."
_NAMED_NOWHERE = "Tell whoever runs Coupon Desk."
_UNREAD = (
    "Slack did not tell which groups you are in, so Coupon Desk could not verify what belongs here. "
    "Open this tab again in a minute."
)

T = TypeVar("T")


def home(page: HomePage, *, display: Display) -> dict[str, Any]:
    """Return the view for views.publish, always below its limit of 100 blocks (docs.slack.dev: views)."""
    display = display.to(page.person)
    if page.may is not None and _is_bare(page, page.may):
        return _payload([header("Coupon Desk"), section("\n".join(_nothing(page.may, display)))])
    blocks = [
        *map(section, paused_lines(page.pause, display)),
        *_waiting_for_you(page, display),
        *_part(Part.REQUESTS, page.requests, _request, display),
        *_how_to_ask(page),
        *_part(Part.ATTENTION, page.attention, _attention, display),
        *_part(Part.CASES, page.cases, _case_entry(page), display),
        *home_recent.part(page, display),
        *_what_you_may(page, display),
        *_help(),
        context(f"As of {clock_time(page.as_of, display)}"),
    ]
    return _payload(blocks)


def told(message: Message) -> dict[str, Any]:
    """Return a view with one message only."""
    return _payload([header("Coupon Desk"), *(message.blocks or (section(message.text),))])


def away(message: Message) -> dict[str, Any]:
    """Return a view that tells why there is nothing else to show; it is drawn anew when the tab is opened again."""
    return _payload([header("Coupon Desk"), *message.blocks, section("Open this tab again in a minute.")])


def wanted_page(action: Mapping[str, Any]) -> tuple[Part, int]:
    """Return the list and the page that a press asks for; an invalid value changes no page."""
    part, _, page = str(action.get("value", "")).partition(".")
    known = part in set(Part) and page.isascii() and page.isdecimal() and len(page) < 7  # noqa: PLR2004
    return (Part(part), int(page)) if known else (Part.WAITING, 0)


def _payload(blocks: Sequence[Block]) -> dict[str, Any]:
    return {"type": "home", "blocks": list(blocks)}


def _is_bare(page: HomePage, may: May) -> bool:
    """Whether the person may do nothing and has no requests or cases."""
    listed = (page.waiting, page.to_take, page.requests, page.attention, page.cases)
    return may.nothing and not any(one and one.total for one in listed)


def _nothing(may: May, display: Display) -> list[str]:
    """Return what somebody reads who may do nothing: whose members may, and whom to ask."""
    return [*_may_lines(may, display), _ADDED if may.lookers | may.redeemers else _NAMED_NOWHERE]


def _part(
    part: Part, page: Page[T] | None, entry: Callable[[T, Display], list[Block]], display: Display
) -> list[Block]:
    if page is None:
        return [header(TITLES[part]), section(_UNREAD)]
    if not page.entries:
        return [header(TITLES[part]), section(EMPTY[part])]
    entries = [block for one in page.entries[:PAGE_SIZE] for block in entry(one, display)]
    return [header(TITLES[part]), *entries, *_turning(part, page)]


def _waiting_for_you(page: HomePage, display: Display) -> list[Block]:
    """Return the approvals and, for store ops, the cases; "nothing waits" only if nothing below does either."""
    answers = page.may is not None and page.may.answer
    cases = _part(Part.TO_TAKE, page.to_take, _case_entry(page), display) if answers else []
    listed = page.to_take if answers and page.to_take and page.to_take.entries else None
    # What stands directly above the cases is their title.
    below = [*_further_below(page), *([_cases_wait(listed, page.as_of)] if listed else [])]
    if page.waiting is None or page.waiting.entries or not below:
        return [*_part(Part.WAITING, page.waiting, _waiting, display), *cases]
    return [header(TITLES[Part.WAITING]), section("\n".join(below)), *(cases[1:] if listed else cases)]


def _further_below(page: HomePage) -> list[str]:
    """Return what waits for this person in other parts, a line for each."""
    taken = any(case.owner == page.person for case in page.cases.entries)
    return [
        *([_some_to_settle(page.attention)] if page.attention and page.attention.entries else []),
        *([f"*{TITLES[Part.CASES]}:* {_TAKEN}"] if taken else []),
    ]


_TAKEN = "at least one that you have taken waits for your answer, below."


def _some_to_settle(to_settle: Page[Redemption]) -> str:
    count = "One request" if to_settle.total == 1 else f"{_of(to_settle)} requests"
    return f"*{TITLES[Part.ATTENTION]}:* {count} to settle, below."


def _cases_wait(cases: Page[Case], now: datetime) -> str:
    """Return how many there are and, on the first page, how long the first one has waited."""
    count = "One case" if cases.total == 1 else f"{cases.total} cases"
    since = f"; the first was asked {age(cases.entries[0].asked_at, now)} ago" if cases.number == 0 else ""
    return f"*{TITLES[Part.TO_TAKE]}:* {count}{since}."


def _how_to_ask(page: HomePage) -> list[Block]:
    if page.requests.entries or page.may is None or not page.may.redeem:
        return []
    return [context("Look a customer up with `/coupons`, and press *Redeem* there.")]


def _turning(part: Part, page: Page[Any]) -> list[Block]:
    if page.number == 0 and page.is_last:
        return []
    last = page.first + len(page.entries) - 1
    buttons = []
    if page.number > 0:
        buttons.append(_turn("Previous", PREVIOUS, part, page.number - 1))
    if not page.is_last:
        buttons.append(_turn("Next", NEXT, part, page.number + 1))
    return [context(f"{page.first} to {last} of {_of(page)}"), actions(f"home.{part}.pages", buttons)]


def _of(page: Page[Any]) -> str:
    return f"more than {page.total}" if page.more else str(page.total)


def _turn(word: str, action_id: str, part: Part, to: int) -> Block:
    hint = f"{word} page of: {TITLES[part]}"
    return button(word, action_id=action_id, value=f"{part.value}.{to}", hint=hint)


def _waiting(row: Redemption, display: Display) -> list[Block]:
    """Return a waiting request with why it is asked for, masked as in the channel; Details shows the rest, recorded."""
    buttons = [
        button(
            "Approve", action_id=approval.APPROVE, value=row.id, hint=_hint("Approve", row), style="primary"
        ),
        button("Reject", action_id=approval.REJECT, value=row.id, hint=_hint("Reject", row), style="danger"),
        button("Details", action_id=approval.DETAILS, value=row.id, hint=_hint("Details of", row)),
    ]
    return [*paragraphs(to_decide(row, display)), actions(f"home.waiting.{row.id}", buttons)]


def _attention(row: Redemption, display: Display) -> list[Block]:
    """Return the masked facts and references, without the uses that were found."""
    close = button("Settle", action_id=redemption.CLOSE, value=row.id, hint=_hint("Settle", row))
    shown = paragraphs(redemption.channel_facts(row, display))
    return [*shown, actions(f"home.attention.{row.id}", [close])]


def _request(row: Redemption, display: Display) -> list[Block]:
    lines = [
        f"{headed(row)}  ·  {date(row.made_at, display)}  ·  reference {code(row.reference)}",
        redemption.subject(row.terms, display),
        said(row, display).happened,
    ]
    shown = section("\n".join(lines))
    if row.state is not State.WAITING:
        return [shown]
    withdraw = button("Withdraw", action_id=redemption.WITHDRAW, value=row.id, hint=_hint("Withdraw", row))
    return [shown, actions(f"home.requests.{row.id}", [withdraw])]


def _hint(what: str, row: Redemption) -> str:
    return f"{what} request {row.reference}"


def _case_entry(page: HomePage) -> Callable[[Case, Display], list[Block]]:
    return partial(_case, reader=page.person, now=page.as_of)


def _case(case: Case, display: Display, *, reader: PersonId, now: datetime) -> list[Block]:
    parts = [
        case_view.head(case),
        f"asked {age(case.asked_at, now)} ago",
        _whose(case, reader),
        f"case {code(case.reference)}",
    ]
    head = "  ·  ".join(part for part in parts if part)
    if case.asker == reader:
        whom = "  ·  ".join(case_view.about_whom(case.facts))
        return paragraphs([head, *([whom] if whom else []), Quote(case.question, QUESTION)])
    return [
        *paragraphs(
            [head, case_view.facts_for_channel(case, display), *case_view.question_lines(case, QUESTION)]
        ),
        actions(f"home.{case.state}.{case.id}", case_view.handling(case, reader)),
    ]


def _whose(case: Case, reader: PersonId) -> str:
    if case.owner == reader:
        return "you have it"
    return f"{mention(case.owner)} has it" if case.owner else "nobody has it"


def _what_you_may(page: HomePage, display: Display) -> list[Block]:
    title = header("What you may do")
    if page.may is None:
        return [title, section(_UNREAD)]
    lines = section("\n".join(_may_lines(page.may, display)))
    if not page.may.redeem:
        return [title, lines]
    left = left_today(page.limits, page.used, display)
    return [title, lines, section(f"*Your limits:* {f'{left} left today' if left else 'none are set'}.")]


def _may_lines(may: May, display: Display) -> list[str]:
    no_look_up = f"You are not allowed to look customers up: {who_is(may.lookers)}."
    no_redeem = f"You are not allowed to redeem coupons: {who_is(may.redeemers)}."
    return [
        "You may look customers up." if may.look_up else no_look_up,
        "You may redeem coupons:" if may.redeem else no_redeem,
        *_rule_lines(may.rules, display),
        *(["You may decide on what others ask for, and settle unknown outcomes."] if may.approve else []),
        *(["You may take and answer the cases that others open."] if may.answer else []),
    ]


def _rule_lines(rules: Sequence[Rule], display: Display) -> list[str]:
    """Return the rules in order; the first that fits decides."""
    more = len(rules) - RULES_SHOWN
    lines = [f"• {_rule(rule, display)}" for rule in rules[:RULES_SHOWN]]
    return [*lines, f"• and {more} more rules"] if more > 0 else lines


def _rule(rule: Rule, display: Display) -> str:
    worth = "any worth" if rule.up_to is None else f"worth up to {money(rule.up_to, display.currency)}"
    if not rule.approvals:
        return f"{worth}: at once (“{quoted(rule.name, 80)}”)"
    return f"{worth}: after an approval by one of {groups(rule.approvers)} (“{quoted(rule.name, 80)}”)"


def _help() -> list[Block]:
    return [
        header("Help"),
        section(f"{help_view.COUPONS}\n\n{help_view.REDEMPTIONS}\n\n{help_view.PROMOTIONS}"),
    ]
