"""The tables of codes, held against the documented codes, which are written out here by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.capillary.codes import (
    COUPON,
    CUSTOMER,
    TRANSPORT,
    CodeClass,
    Table,
    error_for,
    meaning_of,
    says_nothing,
    try_later,
)
from bot.domain.errors import EngineBusy, EngineDenied, EngineError, EngineFault, EngineRefused, Repeat
from bot.domain.refusal import Refusal
from tests.tables import table

#: docs: coupon-apis (v2) and coupon-1 (v1.1); 696 only in an example of redeem-coupon.
COUPON_CODES: dict[CodeClass, set[int]] = {
    CodeClass.OK: {700, 731, 745},
    CodeClass.WARN: {687, 704, 724},
    # What to put right is in what was sent.
    CodeClass.INPUT: {510, 629, 661, 701, 702, 703, 705, 707, 718, 719}
    | {721, 723, 725, 726, 733, 755, 780, 781, 1000},
    CodeClass.FINAL: {660, 696, 706, 709, 710, 711, 712, 713, 714, 716, 720, 728, 729}
    | {732, 735, 736, 738, 739, 740, 742, 747, 750, 759, 5002, 5004},
    CodeClass.CONFIG: {715, 777},
    # It may have been done; 788, 795 and 799 are faults that only the vendor can put right.
    CodeClass.CHECK: {683, 730, 748, 788, 795, 799},
    CodeClass.RETRY: {722, 786, 787, 789, 790, 791, 792, 793, 794, 796, 797, 798},
    # "Look at the items", "another coupon failed", and messages of setting a series up.
    CodeClass.UNCLEAR: {500, 749, 744, 746, 751, 752, 753, 754, 756},
}

#: docs: customer, customer-lookup, status-codes-customer; 200 is v1.1's success (get-customer-redemptions)
#: and 701 is how the coupon family says the same as 1012.
NO_SUCH_CUSTOMER = {701, 816, 1011, 1012, 8013, 8015, 8065}
CUSTOMER_CODES: dict[CodeClass, set[int]] = {
    CodeClass.OK: {200, 1000, 1052},
    CodeClass.INPUT: NO_SUCH_CUSTOMER | {1015, 1042, 1060, 1104},
    CodeClass.CONFIG: {1044, 8011, 8045},
    CodeClass.FINAL: {618, 1013, 1020, 8089},
}

#: docs: errors-and-warnings, authorisation, rate-limits.
TRANSPORT_CODES: dict[CodeClass, set[int]] = {
    CodeClass.OK: {200},
    CodeClass.UNCLEAR: {201, 400, 404, 500},
    CodeClass.BUSY: {461, 517, 521, 4001},
    CodeClass.DENIED: {401, 403, 4000},
    CodeClass.CONFIG: {402, 405, 406, 415, 1061, 1062, 1064},
}

#: What the pages say of single codes, where an agent must be told apart.
REASONS: dict[Refusal, set[int]] = {
    Refusal.REVOKED: {660},
    Refusal.NO_SUCH_COUPON: {702, 705, 719, 780},
    Refusal.NOT_THEIRS: {703, 710, 723},
    Refusal.NO_SUCH_CUSTOMER: {701, 721},
    Refusal.ALREADY_USED: {711},
    Refusal.SERIES_EXPIRED: {712},
    Refusal.COUPON_EXPIRED: {713},
    Refusal.LIMIT_REACHED: {696, 714, 728, 736, 5002, 5004},
    Refusal.NOT_TWICE: {716, 747},
    Refusal.NEEDS_BILL_NUMBER: {718},
    Refusal.TEST_COUPON: {720},
    Refusal.NEEDS_VALIDATION_CODE: {725},
    Refusal.WRONG_TIME: {729, 739},
    Refusal.NO_MISSED_CALL: {732},
    Refusal.WRONG_BILL: {733},
    Refusal.WRONG_STORE: {735},
    Refusal.TOO_SOON: {738},
    Refusal.CUSTOMER_BLOCKED: {740, 742, 750},
    Refusal.SET_UP: {715, 777},
    Refusal.BAD_REQUEST: {510, 629, 661, 707, 726, 755, 781, 1000},
    Refusal.OTHER: {706, 709, 759},
}

TABLES = [(COUPON, COUPON_CODES), (CUSTOMER, CUSTOMER_CODES), (TRANSPORT, TRANSPORT_CODES)]
NO = {CodeClass.INPUT, CodeClass.FINAL, CodeClass.CONFIG}


@pytest.mark.parametrize(("table", "documented"), TABLES, ids=["coupon", "customer", "transport"])
def test_a_table_holds_the_documented_codes_in_their_class_and_no_others(
    table: Table, documented: dict[CodeClass, set[int]]
) -> None:
    classed = {
        kind: {code for code, meaning in table.items() if meaning.kind is kind}
        for kind in CodeClass
        if any(meaning.kind is kind for meaning in table.values())
    }

    assert classed == documented


@pytest.mark.parametrize("table", [COUPON, CUSTOMER, TRANSPORT], ids=["coupon", "customer", "transport"])
def test_every_no_has_its_reason_and_nothing_else_has_one(table: Table) -> None:
    assert all((meaning.refusal is not None) == (meaning.kind in NO) for meaning in table.values())


def test_the_coupon_codes_give_the_documented_reasons() -> None:
    given_reasons = {
        reason: {code for code, meaning in COUPON.items() if meaning.refusal is reason} for reason in REASONS
    }

    assert given_reasons == REASONS


def test_every_way_to_say_unknown_customer_is_one() -> None:
    """C15: no page shows how an unknown customer is answered."""
    told = {code for code, meaning in CUSTOMER.items() if meaning.refusal is Refusal.NO_SUCH_CUSTOMER}

    assert told == NO_SUCH_CUSTOMER


def test_a_number_means_what_its_own_family_says() -> None:
    coupon, customer = meaning_of(1000, COUPON), meaning_of(1000, CUSTOMER)

    assert coupon is not None
    assert coupon.kind is CodeClass.INPUT
    assert customer is not None
    assert customer.kind is CodeClass.OK


EVERYWHERE = COUPON.keys() | CUSTOMER.keys() | TRANSPORT.keys()


@given(
    st.integers().filter(lambda code: code not in EVERYWHERE), st.sampled_from([COUPON, CUSTOMER, TRANSPORT])
)
def test_an_unknown_code_may_have_had_its_effect(code: int, table: Table) -> None:
    error = error_for(code, table, status=500)

    assert error is not None
    assert error.repeat is Repeat.CHECK_FIRST
    assert (error.code, error.status) == (code, 500)


@table(
    ("kind", "error"),
    [
        (CodeClass.INPUT, EngineRefused),
        (CodeClass.FINAL, EngineRefused),
        (CodeClass.CONFIG, EngineRefused),
        (CodeClass.CHECK, EngineFault),
        (CodeClass.RETRY, EngineFault),
        (CodeClass.UNCLEAR, EngineFault),
        (CodeClass.BUSY, EngineBusy),
        (CodeClass.DENIED, EngineDenied),
    ],
)
def test_a_class_of_codes_is_one_kind_of_error(kind: CodeClass, error: type[EngineError]) -> None:
    """A code that only asks to try later says nothing of whether a write was done."""
    codes = [(code, table) for table, documented in TABLES for code in documented.get(kind, set())]
    made = [error_for(code, table, status=500) for code, table in codes]

    assert {type(one) for one in made} == {error}
    assert [(one.code, one.status) for one in made if one] == [(code, 500) for code, _ in codes]
    told = [one.refusal for one in made if isinstance(one, EngineRefused)]
    assert told == [table[code].refusal for code, table in codes if error is EngineRefused]


@pytest.mark.parametrize("code", [700, 731, 745, 687, 704, 724])
def test_success_and_warnings_are_no_failures(code: int) -> None:
    assert error_for(code, COUPON) is None


@pytest.mark.parametrize(
    ("code", "later"), [(722, True), (791, True), (748, False), (711, False), (1, False)]
)
def test_only_what_the_engine_calls_so_is_worth_a_later_try(code: int, later: bool) -> None:
    assert try_later(code) is later


def test_no_code_is_no_reason_to_try_later() -> None:
    assert not try_later(None)


@pytest.mark.parametrize(("table", "documented"), TABLES, ids=["coupon", "customer", "transport"])
def test_only_a_code_that_says_nothing_by_itself_leaves_it_to_the_others(
    table: Table, documented: dict[CodeClass, set[int]]
) -> None:
    saying_nothing = {code for code in (*EVERYWHERE, 12345) if says_nothing(code, table)}

    # Codes of the transport mean the same in each family, where it has no meaning of its own for them.
    own = documented.get(CodeClass.UNCLEAR, set())
    assert saying_nothing == own | (TRANSPORT_CODES[CodeClass.UNCLEAR] - table.keys())
