"""The checks before the redeem call, and what each failed check leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.coupon import Discount, DiscountKind, Redeemability, Use
from bot.domain.customer import Customer, CustomerId, IdentifierKind
from bot.domain.errors import (
    CouldNotVerify,
    EngineFault,
    EngineTimedOut,
    RecordsNotRead,
    UnknownCustomer,
    Unverified,
)
from bot.domain.policy import Redeeming
from bot.domain.redemption import Decision, Redemption, State, Stop
from bot.domain.refusal import Refusal
from bot.services.preflight import Blocked, Cleared
from tests.fakes.rights import FakeRights
from tests.services.redeeming import (
    ARJUN,
    CONFIGURATION,
    LARGE,
    OFF,
    POLICY,
    REST,
    SMALL,
    TERMS,
    VIKRAM,
    Shop,
    coupon,
    may,
    row,
)
from tests.services.shelf import ASHA, NOON, RAVI, no

APPROVED = Decision(by=ARJUN, at=NOON, round=1, approved=True)
FIVE_THOUSAND = replace(OFF, value=Decimal(5000))
USED_ONCE = Use(id="1", at=NOON, bill="B-0")


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def proved(shop: Shop, of: Redemption) -> Cleared:
    proof = await shop.use_cases().preflight(of, by=VIKRAM)
    assert isinstance(proof, Cleared)
    return proof


async def halted(shop: Shop, of: Redemption) -> Blocked:
    blocked = await shop.use_cases().preflight(of, by=VIKRAM)
    assert isinstance(blocked, Blocked)
    return blocked


async def test_a_request_that_passes_every_check_is_cleared(shop: Shop) -> None:
    proof = await proved(shop, row())

    assert proof.order.named.kind is IdentifierKind.MOBILE
    assert (proof.order.customer, proof.order.code) == (ASHA.id, TERMS.code)
    assert (proof.order.bill, proof.order.bill_number) == (Decimal(1200), "CD-ABCDEFGH")
    assert proof.intent.till == "coupon.desk"


async def test_every_answer_is_for_the_audit_log_without_what_identifies_a_customer(shop: Shop) -> None:
    shop.engine.check = may(left=3)
    shop.engine.found = (USED_ONCE,)
    why = (await proved(shop, row())).why

    assert why["groups"] == ["S0AGENTS", "S0SENIORS"]
    assert (why["rule"], why["worth"], why["uses_left"]) == (SMALL.name, "250", 3)
    assert (why["coupon_id"], why["before"], why["named_by"]) == ("9", ["1"], "mobile")
    for secret in (TERMS.code, ASHA.mobile, ASHA.name):
        assert str(secret) not in [str(value) for value in why.values()]


FACTS_OF_A_REFUSAL = {
    "the engine says no": no(Refusal.ALREADY_USED),
    "it has changed": may(replace(OFF, value=Decimal(400))),
}


@pytest.mark.parametrize("check", FACTS_OF_A_REFUSAL.values(), ids=FACTS_OF_A_REFUSAL)
async def test_a_refusal_carries_the_facts_that_it_was_judged_by(shop: Shop, check: Redeemability) -> None:
    """Another policy could be judged by them later."""
    shop.engine.check = check
    why = (await halted(shop, row())).why

    assert why["groups"] == ["S0AGENTS", "S0SENIORS"]
    assert (why["rule"], why["coupon_id"]) == (SMALL.name, "9")
    assert why["worth"] in {"250", "400"}


async def test_who_is_refused_is_so_by_the_groups_as_read(shop: Shop) -> None:
    shop.rights.puts(VIKRAM.id, "S0OTHERS")

    assert (await halted(shop, row())).why["groups"] == ["S0OTHERS"]


# People


async def test_whoever_pressed_is_checked_by_their_press_and_else_by_their_account(shop: Shop) -> None:
    await shop.use_cases().preflight(row(), by=VIKRAM)
    await shop.use_cases().preflight(row())

    assert [(one.person, one.pressed) for one in shop.rights.checks] == [
        (VIKRAM.id, True),
        (VIKRAM.id, False),
    ]


async def test_whoever_approved_is_checked_too(shop: Shop) -> None:
    shop.engine.check = may(FIVE_THOUSAND)
    await proved(shop, row(State.APPROVED, LARGE, decided=APPROVED))

    assert (ARJUN, False) in [(one.person, one.pressed) for one in shop.rights.checks]


PEOPLE: dict[str, tuple[Callable[[FakeRights], object], Stop]] = {
    "requester out": (lambda rights: rights.puts(VIKRAM.id), Stop.NOT_ALLOWED),
    "requester gone": (lambda rights: rights.deactivated.add(VIKRAM.id), Stop.NOT_ALLOWED),
    "requester unread": (lambda rights: rights.unread_people.add(VIKRAM.id), Stop.COULD_NOT_VERIFY),
    "approver out": (lambda rights: rights.puts(ARJUN), Stop.NOT_ALLOWED_APPROVER),
    "approver unread": (lambda rights: rights.unread_people.add(ARJUN), Stop.COULD_NOT_VERIFY),
}


@pytest.mark.parametrize(("happens", "stop"), PEOPLE.values(), ids=PEOPLE)
async def test_people_who_may_not(shop: Shop, happens: Callable[[FakeRights], object], stop: Stop) -> None:
    shop.engine.check = may(FIVE_THOUSAND)
    happens(shop.rights)
    blocked = await halted(shop, row(State.APPROVED, LARGE, decided=APPROVED))

    assert blocked.outcome.stop is stop
    assert blocked.terms is None


@pytest.mark.parametrize(
    ("cause", "stop"),
    [
        (CouldNotVerify(), Stop.COULD_NOT_VERIFY),
        (CouldNotVerify(Unverified.SCOPE), Stop.SCOPE_MISSING),
        (RecordsNotRead(), Stop.RECORDS_NOT_READ),
    ],
)
async def test_what_was_not_verified_has_its_true_cause(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, cause: CouldNotVerify, stop: Stop
) -> None:
    async def unverified(*_: object, **__: object) -> None:
        raise cause

    monkeypatch.setattr(type(shop.rights), "admit", unverified)

    assert (await halted(shop, row())).outcome.stop is stop


NOT_APPROVED = {
    "nobody": None,
    "rejected": replace(APPROVED, approved=False),
    "an earlier round": replace(APPROVED, round=0),
    "a later round": replace(APPROVED, round=2),
}


@pytest.mark.parametrize("decided", NOT_APPROVED.values(), ids=NOT_APPROVED)
async def test_no_approval_for_just_these_facts(shop: Shop, decided: Decision | None) -> None:
    shop.engine.check = may(FIVE_THOUSAND)
    blocked = await halted(shop, row(State.APPROVED, LARGE, decided=decided))

    assert blocked.outcome.stop is Stop.NEEDS_APPROVAL
    assert shop.engine.calls == []


# The coupon


@pytest.mark.parametrize("refusal", [Refusal.ALREADY_USED, Refusal.COUPON_EXPIRED, Refusal.REVOKED])
async def test_the_engine_says_no(shop: Shop, refusal: Refusal) -> None:
    shop.engine.check = no(refusal)

    assert (await halted(shop, row())).outcome.refusal is refusal


async def test_another_customers_coupon(shop: Shop) -> None:
    """Whatever the check says of it."""
    shop.engine.record = coupon(RAVI)

    assert (await halted(shop, row())).outcome.refusal is Refusal.NOT_THEIRS


async def test_the_engine_does_not_answer(shop: Shop) -> None:
    shop.engine.check = EngineTimedOut()
    blocked = await halted(shop, row())

    assert blocked.outcome.stop is Stop.ENGINE_UNCLEAR
    assert blocked.why == {"error": "EngineTimedOut"}


UNPRICED: list[Discount | None] = [
    None,
    replace(OFF, value=None),
    replace(OFF, kind=None),
    replace(OFF, value=Decimal(-5)),
]


@pytest.mark.parametrize("discount", UNPRICED)
async def test_a_coupon_whose_worth_is_not_told(shop: Shop, discount: Discount | None) -> None:
    shop.engine.check = may(discount)
    shop.engine.record = None

    assert (await halted(shop, row())).outcome.stop is Stop.NO_VALUE


async def test_the_record_serves_where_the_check_leaves_the_worth_out(shop: Shop) -> None:
    shop.engine.check = may(None)

    await proved(shop, row())


def both_say(shop: Shop, value: Decimal) -> None:
    less = replace(OFF, value=value)
    shop.engine.check, shop.engine.record = may(less), replace(coupon(), discount=less)


async def test_where_check_and_record_disagree_the_larger_worth_counts(shop: Shop) -> None:
    """Nobody shall need less of an approval by a wrong figure."""
    shop.engine.check = may(replace(OFF, value=Decimal(200)))

    await proved(shop, row())


CHANGED: dict[str, Callable[[Shop], None]] = {
    "worth less": lambda shop: both_say(shop, Decimal(200)),
    "worth more, in the same rule": lambda shop: setattr(
        shop.engine, "check", may(replace(OFF, value=Decimal(300)))
    ),
    "another coupon of the same code": lambda shop: setattr(shop.engine, "record", coupon(id_="10")),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
async def test_a_coupon_that_is_not_as_it_was_confirmed(shop: Shop, change: Callable[[Shop], None]) -> None:
    change(shop)
    blocked = await halted(shop, row())

    assert blocked.outcome.stop is Stop.CHANGED
    assert blocked.terms is not None


# The rule


async def test_a_coupon_that_had_no_number_when_it_was_confirmed_is_no_other(shop: Shop) -> None:
    await proved(shop, row(terms=replace(TERMS, coupon_id=None)))


async def test_a_bill_of_one_for_a_coupon_of_5000_still_needs_the_approval(shop: Shop) -> None:
    """What it takes off this bill is for showing only; the new terms name who must approve."""
    shop.engine.check = may(FIVE_THOUSAND)
    tiny = replace(TERMS, bill=Decimal(1), takes_off=Decimal(1), worth=LARGE.worth, discount=FIVE_THOUSAND)
    blocked = await halted(shop, row(terms=tiny))

    assert blocked.outcome.stop is Stop.CHANGED
    assert blocked.terms is not None
    assert (blocked.terms.rule, blocked.terms.approvals) == (REST.name, 1)
    assert blocked.terms.approvers == ("S0MANAGERS",)


async def test_a_share_of_the_bill_as_typed_never_goes_through_alone(shop: Shop) -> None:
    tenth = Discount(kind=DiscountKind.PERCENT, value=Decimal(10))
    shop.engine.check = may(tenth)
    shop.engine.record = replace(coupon(), discount=tenth)
    blocked = await halted(shop, row(terms=replace(TERMS, bill=Decimal(10))))

    assert blocked.outcome.stop is Stop.CHANGED
    assert blocked.terms is not None
    assert blocked.terms.approvals == 1


async def test_whoever_is_no_senior_any_more_needs_an_approval(shop: Shop) -> None:
    shop.rights.puts(VIKRAM.id, "S0AGENTS")

    assert (await halted(shop, row())).outcome.stop is Stop.CHANGED


async def test_a_worth_that_no_rule_covers(shop: Shop) -> None:
    redeem = Redeeming(groups=POLICY.redeem.groups, reasons=("Other",), rules=(SMALL,))
    shop.configuration = replace(CONFIGURATION, policy=replace(POLICY, redeem=redeem))
    shop.engine.check = may(FIVE_THOUSAND)

    assert (await halted(shop, row())).outcome.stop is Stop.NO_RULE


async def test_nobody_redeems_whom_the_policy_does_not_name(shop: Shop) -> None:
    """Even if the check itself let them through."""
    shop.rights.puts(VIKRAM.id, "S0SENIORS")
    shop.rights.lets_in = True

    assert (await halted(shop, row())).outcome.stop is Stop.NOT_ALLOWED


async def test_a_rule_that_asks_for_less_by_now_changes_nothing(shop: Shop) -> None:
    approved = replace(TERMS, rule=REST.name, approvals=1, approvers=("S0MANAGERS",))

    await proved(shop, row(State.APPROVED, approved, decided=APPROVED))


# How the customer is named, and what was redeemed before


@pytest.mark.parametrize(
    ("customer", "kind"),
    [
        (Customer(id=ASHA.id, mobile="91", external_id="E", email="a@b"), IdentifierKind.MOBILE),
        (Customer(id=ASHA.id, external_id="E", email="a@b"), IdentifierKind.EXTERNAL_ID),
        (Customer(id=ASHA.id, email="a@b"), IdentifierKind.EMAIL),
    ],
)
async def test_the_customer_is_named_by_the_first_that_the_engine_gave(
    shop: Shop, customer: Customer, kind: IdentifierKind
) -> None:
    shop.engine.check = replace(may(), customer=customer)

    assert (await proved(shop, row())).order.named.kind is kind


@pytest.mark.parametrize("told", [None, Customer(id=ASHA.id), Customer(id=CustomerId("6"), mobile="91")])
async def test_a_check_that_does_not_name_them_is_not_enough(shop: Shop, told: Customer | None) -> None:
    """They are asked for by their id then, and no other customer's number is used."""
    shop.engine.check = replace(may(), customer=told)

    assert (await proved(shop, row())).order.named.value == ASHA.mobile


UNNAMED = {
    "nothing to name them by": (Customer(id=ASHA.id), Stop.NO_IDENTIFIER, None),
    "another customer": (replace(RAVI, mobile="91"), Stop.NO_IDENTIFIER, None),
    "nobody": (UnknownCustomer(), None, Refusal.NO_SUCH_CUSTOMER),
    "no answer": (EngineFault(), Stop.ENGINE_UNCLEAR, None),
}


@pytest.mark.parametrize(("named", "stop", "refusal"), UNNAMED.values(), ids=UNNAMED)
async def test_a_customer_who_cannot_be_named(
    shop: Shop, named: Customer | Exception, stop: Stop | None, refusal: Refusal | None
) -> None:
    shop.engine.check = replace(may(), customer=None)
    shop.engine.named = named
    outcome = (await halted(shop, row())).outcome

    assert (outcome.stop, outcome.refusal) == (stop, refusal)


async def test_a_fresh_coupon_with_one_use_needs_no_list_of_earlier_ones(shop: Shop) -> None:
    intent = (await proved(shop, row())).intent

    assert (intent.single, intent.before) == (True, ())
    assert shop.engine.looks == []


NOT_SINGLE: dict[str, Callable[[Shop], None]] = {
    "more uses left": lambda shop: setattr(shop.engine, "check", may(left=2)),
    "no limit": lambda shop: setattr(shop.engine, "check", may(left=None)),
    "used by the customer": lambda shop: setattr(shop.engine, "check", may(used=1)),
    "a use on record": lambda shop: setattr(shop.engine, "record", coupon(last=USED_ONCE)),
    "no record": lambda shop: setattr(shop.engine, "record", None),
    "uses not told": lambda shop: setattr(shop.engine, "check", replace(may(), uses_left=None)),
}


@pytest.mark.parametrize("change", NOT_SINGLE.values(), ids=NOT_SINGLE)
async def test_every_other_one_has_its_redemptions_remembered_since_the_day_before(
    shop: Shop, change: Callable[[Shop], None]
) -> None:
    change(shop)
    shop.engine.found = (USED_ONCE,)
    intent = (await proved(shop, row())).intent

    assert (intent.single, intent.before, intent.since) == (False, ("1",), date(2025, 8, 31))
    assert shop.engine.looks == [(date(2025, 8, 31), False)]


async def test_nothing_is_sent_when_they_cannot_be_read(shop: Shop) -> None:
    shop.engine.check = may(left=2)
    shop.engine.found = EngineFault()

    assert (await halted(shop, row())).outcome.stop is Stop.EARLIER_UNREADABLE
