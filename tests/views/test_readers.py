"""Whoever is the only reader of a text is spoken to as you: it does not mention them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.domain.cards import CaseNow
from bot.domain.case import Case
from bot.domain.home import HomePage, May, Page
from bot.domain.limits import Limits, Usage
from bot.domain.messages import KINDS, MessageKind, Reader
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State
from bot.domain.request_query import RequestKey, RequestQuery
from bot.views import approval, case_forms, home, settle
from bot.views.kit import Message, View
from bot.views.messages import OF_REQUESTS, WINDOWS, drawn_message, drawn_window
from bot.views.request_search import found_requests
from tests.views.redeeming import APPROVED, DISPLAY, NOW, REJECTED, asked_again, every_row, read, row, waiting
from tests.views.told_page import CASES, REQUESTS

ASKED, DECIDED = PersonId("U0AGENT"), PersonId("U0MANAGER")
ROWS = [*REQUESTS.values(), *every_row(), waiting(attempt=2, rejected=REJECTED)]
QUERY = RequestQuery(key=RequestKey.BILL, value="B-1")
HOME = HomePage(
    person=ASKED,
    groups=frozenset(),
    may=May(look_up=True, redeem=True, approve=True, answer=True),
    waiting=Page(),
    to_take=Page(),
    requests=Page(),
    attention=Page(),
    cases=Page(),
    limits=Limits(),
    used=Usage(count=0),
    as_of=NOW,
)
Drawn = Message | View


def to_one(of: Redemption | Case) -> Iterator[tuple[PersonId, Drawn]]:
    """Every message about it that one person reads, with that person."""
    for kind, traits in KINDS.items():
        reader = _reader(traits.reader, of)
        if reader is not None and isinstance(of, Redemption) and traits.is_window:
            yield reader, drawn_window(kind, of, display=DISPLAY)
        elif reader is not None:
            yield reader, drawn_message(kind, of, display=DISPLAY)


def _reader(who: Reader, of: Redemption | Case) -> PersonId | None:
    if isinstance(of, Case):
        return of.asker if who is Reader.ASKER else None
    if who is Reader.REQUESTER:
        return of.terms.requester
    return of.decided.by if who is Reader.DECIDER and of.decided and of.decided.round == 1 else None


def by_the_decider(of: Redemption) -> Iterator[Drawn]:
    """What somebody who has decided, or settled it, can open."""
    display = DISPLAY.to(DECIDED)
    yield approval.approve_form(of, None, as_of=NOW, display=display)
    yield approval.reject_form(of, display=display)
    yield approval.details(of, None, as_of=NOW, display=display)
    yield settle.settle_form(of, display=display)
    for ours in (True, False):
        yield approval.decision(of, ours=ours, display=display)
    yield found_requests(QUERY, [of], display=display)
    listed = Page(entries=(of,), total=1)
    yield drawn_home(replace(HOME, person=DECIDED, waiting=listed, attention=listed))


def by_the_requester(of: Redemption) -> Iterator[Drawn]:
    display = DISPLAY.to(ASKED)
    yield approval.details(of, None, as_of=NOW, display=display, own=True)
    yield found_requests(QUERY, [of], display=display)
    yield drawn_home(replace(HOME, person=ASKED, requests=Page(entries=(of,), total=1)))


def drawn_home(page: HomePage) -> View:
    return View("", tuple(home.home(page, display=DISPLAY)["blocks"]))


def mentions(drawn: Drawn, person: PersonId) -> list[str]:
    texts = [read(drawn), *([drawn.text] if isinstance(drawn, Message) else [])]
    return [line for text in texts for line in text.splitlines() if f"<@{person}>" in line]


@pytest.mark.parametrize("of", [*ROWS, *CASES.values()], ids=lambda of: of.state)
def test_no_message_to_one_person_mentions_them(of: Redemption | Case) -> None:
    assert [found for reader, drawn in to_one(of) for found in mentions(drawn, reader)] == []


@pytest.mark.parametrize("of", ROWS, ids=lambda of: of.state)
def test_no_window_or_home_mentions_its_only_reader(of: Redemption) -> None:
    assert [found for drawn in by_the_decider(of) for found in mentions(drawn, DECIDED)] == []
    assert [found for drawn in by_the_requester(of) for found in mentions(drawn, ASKED)] == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_window_of_a_case_mentions_whoever_opened_it(case: Case) -> None:
    readers = {case.asker, case.owner, *(one.by for one in case.answers)} - {None}
    for reader in readers:
        display = DISPLAY.to(reader)
        shown = [case_forms.details(CaseNow(case=case), display=display)]
        if reader != case.asker:
            shown += [case_forms.answer_form(CaseNow(case=case), display=display)]
            shown += [case_forms.state(case, display=display)]

        assert [found for drawn in shown for found in mentions(drawn, PersonId(str(reader)))] == []


def test_messages_that_several_read_mention_everybody() -> None:
    text = read(OF_REQUESTS[MessageKind.APPROVAL](asked_again(), display=DISPLAY))

    assert f"<@{DECIDED}>'s approval is void" in text
    assert f"Asked for by <@{ASKED}>" in text


def test_whoever_decided_reads_what_they_did() -> None:
    approved = replace(waiting(), state=State.APPROVED, decided=replace(APPROVED, note="Fine by me"))
    rejected = replace(row(State.REJECTED), decided=replace(REJECTED, reason="Wrong bill"))

    assert "You approved it, <!date^" in read(WINDOWS[MessageKind.DECIDER](approved, display=DISPLAY))
    text = read(WINDOWS[MessageKind.DECIDER](rejected, display=DISPLAY))
    assert "|1 Jun 2026, 14:03 IST>: Wrong bill\n*Your note:*\nNot a till fault\n" in text
    assert "You rejected it, <!date^" in text
    assert "Your approval is void" in read(WINDOWS[MessageKind.DECIDER](asked_again(), display=DISPLAY))


def test_after_a_second_round_a_window_may_be_that_of_the_first_decider() -> None:
    """Each who decided has a window of their own, and it is not kept whose it is."""
    anew = replace(asked_again(), state=State.APPROVED, decided=replace(APPROVED, round=2))

    assert f"Approved by <@{DECIDED}>, " in read(WINDOWS[MessageKind.DECIDER](anew, display=DISPLAY))
