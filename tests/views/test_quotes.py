"""What a person typed is words of theirs on everybody's screen: never bold, code, a link, a mention or a label."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.cards import CaseNow, CodeCard, FindingCard, HistoryCard, PageCard, PromotionCard
from bot.domain.case import Case, Question
from bot.domain.coupon import Coupon, CouponCode, CouponPage, CouponRecord, Place, Redeemability, Use
from bot.domain.customer import Customer, CustomerId
from bot.domain.errors import UnknownCustomer
from bot.domain.finding import CouponDetails, CouponFinding, Verdict
from bot.domain.history import CouponUse, History, HistoryQuery, PointsUse
from bot.domain.home import Page
from bot.domain.lookup import HistoryLookUp, LookUp, LookUpId, PromotionLookUp
from bot.domain.promotions import Promotions, PromotionUse, Scope, parse_promotion_question
from bot.domain.redemption import Redemption, Settled, State
from bot.domain.request_query import RequestKey, RequestQuery
from bot.views import approval, case, case_forms, home, redemption, settle
from bot.views.history import history_card
from bot.views.kit import Message, View
from bot.views.lookup import looking_up, page_card
from bot.views.lookup_code import code_card
from bot.views.lookup_details import details
from bot.views.lookup_finding import finding_card
from bot.views.notices import problem
from bot.views.promotions import promotion_card
from bot.views.request_search import found_requests
from bot.views.text import plain, quoted
from tests.fewer import HALF
from tests.views.asking import ANSWERED, OPEN
from tests.views.redeeming import APPROVED, DISPLAY, NOW, REJECTED, TERMS, row, unknown, waiting
from tests.views.test_home import EMPTY, OTHERS

HARMLESS = "plain words"
FORGED = (
    "*Pre-check:* passed by finance *Approved by* Arjun ```x``` _i_ ~s~ :white_check_mark: <!channel> &gt;"
)
#: Letters, and the signs that Slack reads as mark-up.
TYPED = st.text(
    st.sampled_from("ab1 *_~`<>&|!@#:\n.•“”/") | st.characters(), min_size=1, max_size=3000
).filter(lambda words: words.isprintable() and words.strip())
_MARKS = re.compile(
    r"(?<![^\W_])\*(?!\s)[^*\n]+(?<!\s)\*(?![^\W_])"
    r"|(?<![^\W_])_(?!\s)[^_\n]+(?<!\s)_(?![^\W_])"
    r"|(?<![^\W_])~(?!\s)[^~\n]+(?<!\s)~(?![^\W_])"
    r"|`[^`\n]+`|```|<[^<>]+>|:[\w+-]*[a-z][\w+-]*:",
    re.IGNORECASE,
)


def with_words(of: Redemption, words: str) -> Redemption:
    """Whatever people typed about it in sentences, everywhere."""
    asking = of.asking and replace(of.asking, rejected=replace(REJECTED, note=words))
    return replace(
        of,
        terms=replace(of.terms, note=words),
        outcome=replace(of.outcome, note=words),
        decided=of.decided and replace(of.decided, note=words),
        asking=asking,
    )


def with_names(of: Redemption, words: str) -> Redemption:
    """Whatever stands in the desk's own lines: bill numbers typed here and at tills, names and places, reasons."""
    use = Use(id=words, at=NOW, bill=words, place=Place(code=words, name=words))
    terms = replace(of.terms, customer_name=words, bill_number=words, reason=words, rule=words)
    decided = of.decided and replace(of.decided, reason=words)
    asking = of.asking and replace(of.asking, recent=(use,))
    return replace(of, terms=terms, outcome=replace(of.outcome, uses=(use,)), decided=decided, asking=asking)


def asked(of: Case, words: str) -> Case:
    return replace(of, question=words, answers=tuple(replace(one, reply=words) for one in of.answers))


ROWS = [
    waiting(),
    unknown(),
    replace(row(State.REJECTED), decided=REJECTED),
    replace(row(State.REDEEMED, settled=Settled.PERSON), decided=replace(APPROVED, note="x")),
    row(State.NOT_REDEEMED, settled=Settled.PERSON),
]


def of_requests(
    words: str, given: Callable[[Redemption, str], Redemption] = with_words
) -> Iterator[Message | View]:
    for one in ROWS:
        of = given(one, words)
        for message in (redemption.requester_message, redemption.news_message, redemption.attention_message):
            yield message(of, display=DISPLAY)
        for posted in (approval.approval_message, approval.reminder_message, approval.again_message):
            yield posted(of, display=DISPLAY)
        yield redemption.outcome(of, display=DISPLAY)
        yield settle.settle_form(of, display=DISPLAY)
        yield approval.approve_form(of, None, as_of=NOW, display=DISPLAY)
        yield approval.reject_form(of, display=DISPLAY)
        yield approval.decision(of, ours=False, display=DISPLAY)
        yield approval.details(of, None, as_of=NOW, display=DISPLAY)


def of_names(words: str) -> Iterator[Message | View]:
    yield from of_requests(words, with_names)
    yield from of_cards(words)


def of_cards(words: str) -> Iterator[Message | View]:
    """Look-up cards and their windows: a coupon, a customer and uses as the engine tells of them."""
    use = Use(id=words, at=NOW, bill=words, place=Place(code=words, name=words))
    customer = Customer(id=TERMS.customer, name=words, mobile="919845012345")
    coupon = Coupon(
        code=TERMS.code,
        description=words,
        discount=TERMS.discount,
        series_id=words,
        uses=(use,),
        reversed_uses=(use,),
        properties=((words, words),),
    )
    record = CouponRecord(code=TERMS.code, id=words, owner=customer, discount=TERMS.discount, last_use=use)
    check = Redeemability(redeemable=True, code=TERMS.code, description=words, customer=customer)
    finding = CouponFinding(
        code=TERMS.code, customer=customer, verdict=Verdict.REDEEMABLE, check=check, record=record
    )
    look_up = LookUp(customer=TERMS.customer, asker=TERMS.requester)
    card: dict[str, Any] = {"id": LookUpId("card"), "look_up": look_up, "as_of": NOW, "may_redeem": True}
    page = CouponPage(customer=customer, coupons=(coupon,), offset=0, total=1)
    yield page_card(PageCard(page=page, **card), now=NOW, display=DISPLAY)
    yield finding_card(FindingCard(finding=finding, **card), display=DISPLAY)
    for listed in (coupon, None):
        of = CouponDetails(customer=customer, coupon=listed, finding=finding, as_of=NOW)
        yield details(of, now=NOW, display=DISPLAY)
    found = History(
        customer=customer,
        coupons=(
            CouponUse(
                id="1",
                at=NOW,
                code=None,
                description=words,
                discount=TERMS.discount,
                bill=words,
                place=use.place,
            ),
        ),
        points=(PointsUse(id="2", at=NOW, points=None, bill=words, place=use.place),),
    )
    asked_for = HistoryLookUp(customer=TERMS.customer, asker=TERMS.requester, query=HistoryQuery())
    yield history_card(
        HistoryCard(id=LookUpId("card"), look_up=asked_for, history=found, as_of=NOW), display=DISPLAY
    )
    promotion = PromotionUse(
        id="1",
        promotion=words,
        code=words,
        at=NOW,
        customer=CustomerId("1"),
        receipt=words,
        till="7",
        discount=None,
        amount=None,
        scope=Scope.LINE_ITEM,
        sku=words,
    )
    yield promotion_card(
        PromotionCard(
            id=LookUpId("card"),
            look_up=PromotionLookUp(asker=TERMS.requester, question=parse_promotion_question("A")),
            promotions=Promotions(uses=(promotion,), tills={"7": words}),
            as_of=NOW,
        ),
        display=DISPLAY,
    )


def of_commands(words: str) -> Iterator[Message]:
    """What a command answers, beside the coupon's own facts, where it says again what was typed."""
    code = CouponCode(words)
    look_up = LookUp(customer=TERMS.customer, asker=TERMS.requester)
    card: dict[str, Any] = {"id": LookUpId("card"), "look_up": look_up, "as_of": NOW}
    customer = Customer(id=TERMS.customer, name="Asha", mobile="919845012345")
    for verdict in Verdict:
        check = Redeemability(redeemable=verdict is Verdict.REDEEMABLE, code=code)
        finding = CouponFinding(code=code, customer=customer, verdict=verdict, check=check, record=None)
        yield finding_card(FindingCard(finding=finding, **card), display=DISPLAY)
    yield code_card(
        CodeCard(code=code, record=None, as_of=NOW, check=None, uses=None), now=NOW, display=DISPLAY
    )
    yield found_requests(RequestQuery(key=RequestKey.BILL, value=words), (), display=DISPLAY)
    yield looking_up(words)
    yield problem(UnknownCustomer(words))


def of_cases(words: str) -> Iterator[Message | View]:
    for one in (OPEN, ANSWERED):
        of = asked(one, words)
        yield case.channel_message(of, display=DISPLAY)
        yield case.asker_message(of, display=DISPLAY)
        yield case.thread_message(of)
        yield case.asker_news(of)
        yield case_forms.answer_form(CaseNow(case=of), display=DISPLAY)
        yield case_forms.state(of, display=DISPLAY, typed=words)
        yield case_forms.details(CaseNow(case=of), display=DISPLAY)
        question = Question(id=of.id, asker=of.asker, facts=of.facts, words=words)
        yield case_forms.ask_form(question, display=DISPLAY)
    mine, others = (Page(entries=(asked(one, words),), total=1) for one in (OPEN, OTHERS))
    page = home.home(replace(EMPTY, to_take=others, cases=mine), display=DISPLAY)
    yield View("Home", tuple(page["blocks"]))


@functools.cache
def harmless_of(drawn: Callable[[str], Iterator[Message | View]]) -> tuple[Message | View, ...]:
    return tuple(drawn(HARMLESS))


@pytest.mark.parametrize("drawn", [of_requests, of_cases])
@HALF
@given(words=TYPED)
@example(words=FORGED)
@example(words="*Approved by* Arjun")
def test_whatever_is_typed_the_rest_of_the_screen_stays_as_it_is(
    drawn: Callable[[str], Iterator[Message | View]], words: str
) -> None:
    for forged, harmless in zip(drawn(words), harmless_of(drawn), strict=True):
        assert [_told(one) for one in forged.blocks if not _typed(one)] == [
            _told(one) for one in harmless.blocks if not _typed(one)
        ]


@pytest.mark.parametrize("drawn", [of_requests, of_cases])
@HALF
@given(words=TYPED)
@example(words=FORGED)
def test_what_is_typed_stands_in_quotes_without_any_style(
    drawn: Callable[[str], Iterator[Message | View]], words: str
) -> None:
    quotes = [one for message in drawn(words) for one in message.blocks if one["type"] == "rich_text"]

    assert quotes
    for block in quotes:
        (quote,) = block["elements"]
        (leaf,) = quote["elements"]
        assert (quote["type"], leaf.keys(), leaf["type"]) == ("rich_text_quote", {"type", "text"}, "text")


@pytest.mark.parametrize("drawn", [of_requests, of_cases])
@HALF
@given(words=TYPED)
@example(words=FORGED)
def test_a_notification_has_no_mark_more_for_it(
    drawn: Callable[[str], Iterator[Message | View]], words: str
) -> None:
    for forged, harmless in zip(drawn(words), harmless_of(drawn), strict=True):
        if isinstance(forged, Message) and isinstance(harmless, Message):
            marks, usual = _MARKS.findall(forged.text), _MARKS.findall(harmless.text)
            assert marks == usual


@HALF
@given(words=TYPED)
@example(words=FORGED)
@example(words="Approved by*")
@example(words=":A")
@example(words="a* b")
def test_a_name_or_a_number_makes_no_mark_in_the_desks_own_lines(words: str) -> None:
    """Each mark of the desk's stays, of the same kind and in the same order; no other comes to it."""
    for forged, harmless in zip(of_names(words), harmless_of(of_names), strict=True):
        assert _kinds(forged) == _kinds(harmless)


@HALF
@given(words=TYPED)
@example(words=FORGED)
@example(words="`*Can be redeemed*")
def test_what_a_command_named_makes_no_mark_in_its_answer(words: str) -> None:
    for forged, harmless in zip(of_commands(words), harmless_of(of_commands), strict=True):
        assert _kinds(forged) == _kinds(harmless)


def _kinds(of: Message | View) -> list[str]:
    """The kinds of all marks on the screen and in the notification; how texts are cut into sections is no matter."""
    told = "\n".join(_mrkdwn(list(of.blocks)))
    spoken = [of.text] if isinstance(of, Message) else []
    return [mark[0] for text in (told, *spoken) for mark in _MARKS.findall(text)]


def _mrkdwn(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for inner in part.values():
            yield from _mrkdwn(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _mrkdwn(inner)


@HALF
@given(words=TYPED)
@example(words=FORGED)
@example(words="snake_case and MG_88, 10:30:15")
def test_text_from_outside_is_no_mark_up_between_the_desks_own_words(words: str) -> None:
    assert _MARKS.findall(f"at {quoted(words, 3000)}, bill") == []


def test_signs_between_letters_and_digits_stay_as_they_were_typed() -> None:
    assert quoted("MG_88, 10:30:15, 2*3") == "MG_88, 10:30:15, 2*3"
    assert plain(["a", "b"]) == "a\nb"


def _typed(block: dict[str, Any]) -> bool:
    return block["type"] in {"rich_text", "input"}


def _told(block: dict[str, Any]) -> dict[str, Any]:
    """Without what a press carries."""
    return {name: part for name, part in block.items() if name != "block_id"}
