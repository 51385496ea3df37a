from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coupon import Discount, DiscountKind
from bot.domain.limits import Limits, Usage
from bot.domain.policy import (
    Allowed,
    Denied,
    Escalations,
    Groups,
    Policy,
    Redeeming,
    Rule,
    decide,
    limit_reached,
)
from bot.domain.redemption import Stop
from bot.domain.worth import Worth, worth

AGENTS: Groups = frozenset({"S0AGENTS"})
SENIORS: Groups = frozenset({"S0SENIORS"})
MANAGERS: Groups = frozenset({"S0MANAGERS"})

SMALL = Rule(name="small, by a senior", up_to=Decimal(500), groups=SENIORS)
ASKED = Rule(name="up to 20 000", up_to=Decimal(20_000), approvals=1, approvers=MANAGERS)
SHOP = Policy(redeem=Redeeming(groups=AGENTS, rules=(SMALL, ASKED)))


def of(amount: int | str, *, from_bill: bool = False) -> Worth:
    return Worth(amount=Decimal(amount), from_bill=from_bill)


@pytest.mark.parametrize(
    ("groups", "amount", "rule"),
    [
        (AGENTS | SENIORS, "500", SMALL),
        (AGENTS | SENIORS, "500.01", ASKED),
        (AGENTS, "1", ASKED),
        (AGENTS, "20000", ASKED),
        (AGENTS | SENIORS, "0", SMALL),
    ],
)
def test_the_first_rule_that_matches_decides(groups: Groups, amount: str, rule: Rule) -> None:
    assert decide(SHOP, groups, of(amount)) == Allowed(rule)


def test_no_rule_that_matches_is_a_refusal() -> None:
    assert decide(SHOP, AGENTS | SENIORS, of("20000.01")) == Denied(Stop.NO_RULE)


@pytest.mark.parametrize("groups", [frozenset(), SENIORS, MANAGERS])
def test_whoever_is_outside_of_the_groups_may_not_start_one(groups: Groups) -> None:
    assert decide(SHOP, groups, of(1)) == Denied(Stop.NOT_ALLOWED)


@pytest.mark.parametrize("groups", [frozenset(), AGENTS])
def test_an_empty_list_is_nobody(groups: Groups) -> None:
    closed = Policy(redeem=Redeeming(groups=frozenset(), rules=(ASKED,)))

    assert decide(closed, groups, of(1)) == Denied(Stop.NOT_ALLOWED)
    assert decide(Policy(), groups, of(1)) == Denied(Stop.NOT_ALLOWED)


def test_a_rule_with_an_empty_list_is_for_nobody() -> None:
    switched_off = Rule(name="off", groups=frozenset())
    policy = Policy(redeem=Redeeming(groups=AGENTS, rules=(switched_off, ASKED)))

    assert decide(policy, AGENTS, of(1)) == Allowed(ASKED)


def test_a_bill_of_1_for_a_coupon_of_5_000_still_needs_the_approval() -> None:
    coupon = Discount(kind=DiscountKind.AMOUNT, value=Decimal(5000))

    assert decide(SHOP, AGENTS | SENIORS, worth(coupon, Decimal(1))) == Allowed(ASKED)


def test_a_bill_of_1_for_a_percentage_with_a_cap_of_5_000_still_needs_the_approval() -> None:
    coupon = Discount(kind=DiscountKind.PERCENT, value=Decimal(10), cap=Decimal(5000))

    assert decide(SHOP, AGENTS | SENIORS, worth(coupon, Decimal(1))) == Allowed(ASKED)


ANY = Rule(name="any worth", approvals=1, approvers=MANAGERS)
UNCAPPED = Discount(kind=DiscountKind.PERCENT, value=Decimal(1))


@given(st.decimals("0.01", "999999", places=2))
def test_a_percentage_without_a_cap_needs_a_rule_that_approves_any_worth(bill: Decimal) -> None:
    """It has no most, so that a small bill must not choose a smaller rule."""
    open_to_all = Rule(name="at once")
    policy = Policy(redeem=Redeeming(groups=AGENTS, rules=(SMALL, open_to_all, ASKED, ANY)))

    assert decide(policy, AGENTS | SENIORS, worth(UNCAPPED, bill)) == Allowed(ANY)


@pytest.mark.parametrize("rules", [(SMALL, ASKED), (Rule(name="at once"),), ()])
def test_a_percentage_without_a_cap_is_refused_where_nobody_approves_any_worth(
    rules: tuple[Rule, ...],
) -> None:
    policy = Policy(redeem=Redeeming(groups=AGENTS, rules=rules))

    assert decide(policy, AGENTS | SENIORS, worth(UNCAPPED, Decimal(1))) == Denied(Stop.NO_RULE)


def test_a_coupon_whose_worth_is_not_known_is_refused_and_says_so() -> None:
    assert decide(SHOP, AGENTS, None) == Denied(Stop.NO_VALUE)
    assert decide(SHOP, SENIORS, None) == Denied(Stop.NOT_ALLOWED)


def test_approvers_of_any_rule_may_settle_an_unknown_outcome() -> None:
    other = Rule(name="rest", approvals=1, approvers=frozenset({"S0FINANCE"}))
    policy = Policy(redeem=Redeeming(groups=AGENTS, rules=(SMALL, ASKED, other)))

    assert policy.settlers == MANAGERS | {"S0FINANCE"}
    assert Policy().settlers == frozenset()


def test_every_group_that_it_names_is_known() -> None:
    policy = Policy(
        lookup_groups=frozenset({"S0LOOKUP"}),
        redeem=Redeeming(
            groups=frozenset({"S0AGENTS"}),
            rules=(
                Rule(name="small", groups=frozenset({"S0SENIORS"})),
                Rule(name="rest", approvals=1, approvers=frozenset({"S0MANAGERS"})),
            ),
        ),
        escalations=Escalations(channel="C0STOREOPS", groups=frozenset({"S0STOREOPS"})),
    )

    assert policy.named == {"S0LOOKUP", "S0AGENTS", "S0SENIORS", "S0MANAGERS", "S0STOREOPS"}
    everybody_looks_up = replace(policy, lookup_groups=None)
    assert everybody_looks_up.named == policy.named - {"S0LOOKUP"}
    assert Policy().named == frozenset()


LIMITS = Limits(count=20, value=Decimal(10_000))


@pytest.mark.parametrize(
    ("count", "value", "amount", "stop"),
    [
        (0, "0", "1", None),
        (19, "0", "1", None),
        (20, "0", "1", Stop.COUNT_LIMIT),
        (0, "9000", "1000", None),
        (0, "9000", "1000.01", Stop.VALUE_LIMIT),
        (0, "0", "10000.01", Stop.VALUE_LIMIT),
        (20, "10000", "1", Stop.COUNT_LIMIT),
    ],
)
def test_a_limit_is_reached_by_the_one_that_would_go_past_it(
    count: int, value: str, amount: str, stop: Stop | None
) -> None:
    assert limit_reached(LIMITS, Usage(count=count, value=Decimal(value)), of(amount)) is stop


def test_a_limit_of_0_lets_nothing_through() -> None:
    assert limit_reached(Limits(count=0), Usage(), of(0)) is Stop.COUNT_LIMIT
    assert limit_reached(Limits(value=Decimal(0)), Usage(), of("0.01")) is Stop.VALUE_LIMIT


def test_no_limit_is_never_reached() -> None:
    assert limit_reached(Limits(), Usage(count=10**6, value=Decimal(10**12)), of(10**9)) is None
