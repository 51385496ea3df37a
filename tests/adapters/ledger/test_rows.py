"""What goes into the ledger comes out of it as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.ledger.kept_kinds import DRAFTS
from bot.adapters.ledger.rows import from_row, to_row
from bot.domain.coupon import Discount, Place, Use
from bot.domain.draft import Draft, Typed
from bot.domain.redemption import Asking, Decision, Intent, Outcome, Redemption, Terms
from bot.domain.worth import Worth

words = st.text(max_size=8)
figures = st.decimals(allow_nan=False, allow_infinity=False, min_value=0)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zoned by `timezones`


def maybe(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | one


places = st.builds(Place, code=maybe(words), name=maybe(words))
uses = st.builds(
    Use,
    id=maybe(words),
    at=maybe(moments),
    bill=maybe(words),
    place=maybe(places),
    till=maybe(words),
    reversed_at=maybe(moments),
)
discounts = st.builds(Discount, value=maybe(figures), cap=maybe(figures))
terms = st.builds(
    Terms,
    customer_name=maybe(words),
    customer_tail=maybe(words),
    coupon_id=maybe(words),
    discount=discounts,
    expires_at=maybe(moments),
    worth=st.builds(Worth, amount=figures, from_bill=st.booleans()),
    bill=figures,
    takes_off=figures,
    note=words,
    approvers=st.lists(words).map(tuple),
)
outcomes = st.builds(
    Outcome,
    settled=...,
    redemption_id=maybe(words),
    refusal=...,
    stop=...,
    doubt=...,
    code=...,
    status=...,
    uses=st.lists(uses, max_size=2).map(tuple),
    by=maybe(words),
    note=words,
)
decisions = st.builds(Decision, at=moments, note=words)
askings = st.builds(
    Asking,
    checked_at=moments,
    last_use_at=maybe(moments),
    rejected=maybe(decisions),
    worth_before=maybe(figures),
    trouble=...,
    recent=maybe(st.lists(uses, max_size=2).map(tuple)),
)
redemptions = st.builds(
    Redemption,
    terms=terms,
    made_at=moments,
    begin_by=maybe(moments),
    send_by=maybe(moments),
    due_at=maybe(moments),
    intent=maybe(st.builds(Intent, before=st.lists(words).map(tuple))),
    outcome=outcomes,
    looks=...,
    unknown_at=maybe(moments),
    ended_at=maybe(moments),
    round=...,
    decided=maybe(decisions),
    asking=maybe(askings),
    asked_at=maybe(moments),
    expires_at=maybe(moments),
    attend_at=maybe(moments),
    reminded=...,
)


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value)) if isinstance(value, dict) else value


@given(redemptions)
def test_a_redemption_comes_back_exactly(before: Redemption) -> None:
    row: Any = SimpleNamespace(**{name: through_json(value) for name, value in to_row(before).items()})

    after = from_row(row)

    assert after == before
    assert repr(after.terms.worth) == repr(before.terms.worth), "0.10 stays 0.10"


@given(
    st.builds(
        Draft,
        typed=st.builds(Typed, bill=words, bill_number=words, reason=words, note=words),
        terms=maybe(terms),
    )
)
def test_a_form_comes_back_exactly(before: Draft) -> None:
    assert DRAFTS.from_json(before.requester, through_json(DRAFTS.to_json(before))) == before
