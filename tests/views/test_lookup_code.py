"""What is shown of a coupon by its code alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.cards import CodeCard
from bot.domain.coupon import CouponCode, CouponRecord, Place, Redeemability, Use, UsesLeft
from bot.domain.customer import Customer, CustomerId
from bot.domain.redemption import Settled, State
from bot.domain.refusal import Refusal
from bot.sandbox.slack.blockkit.rules import message_faults
from bot.views.lookup_code import SHOWN, code_card, looking_up_code
from tests.views.redeeming import DISPLAY, HOSTILE, NOW, TERMS, buttons_of, foreign_marks, read, row

OWNER = Customer(
    id=CustomerId("700000001"), name="Asha Menon", mobile="919845012345", email="asha@example.com"
)
USE = Use(id="1", at=NOW, bill="MG-88", place=Place(code="MG", name="MG Road"))
RECORD = CouponRecord(
    code=CouponCode("WELCOME42"),
    id="9",
    owner=OWNER,
    discount=TERMS.discount,
    expires_at=NOW + timedelta(days=3),
    last_use=USE,
)
YES = Redeemability(redeemable=True, code=RECORD.code, uses_left=UsesLeft(2))
NO = Redeemability(redeemable=False, code=RECORD.code, refusal=Refusal.ALREADY_USED)
CARD = CodeCard(code=RECORD.code, record=RECORD, as_of=NOW, check=NO, uses=(USE,))


def text(card: CodeCard) -> str:
    message = code_card(card, now=NOW, display=DISPLAY)
    assert message_faults(message.payload()) == []
    assert list(buttons_of(message)) == []
    return read(message)


def test_it_says_why_not_all_uses_and_the_next_step() -> None:
    told = text(CARD)

    assert told.startswith("`WELCOME42`  ·  one coupon, whoever holds it  ·  as of ")
    assert "🔴 *Cannot be used.* It was used already." in told
    assert "*All uses*" in told or "All uses" in told
    assert "at MG Road, bill MG-88" in told
    assert "*Next:* Tell the customer when and where it was used." in told


def test_one_that_can_be_used_is_redeemed_from_its_customer() -> None:
    told = text(replace(CARD, check=YES))

    assert "type `/coupons` with its owner's number and `code:` with this code" in told


def test_of_its_owner_two_digits_are_shown_and_nothing_else() -> None:
    told = str(code_card(CARD, now=NOW, display=DISPLAY).payload())

    assert "a customer whose mobile ends in 45." in told
    for secret in ("2345", "Asha", "asha@", "700000001"):
        assert secret not in told


def test_one_that_can_be_used_says_so_unless_a_request_for_it_is_open() -> None:
    usable = replace(CARD, check=YES)
    asked = replace(usable, requests=(row(State.UNKNOWN),))

    assert "🟢 *Can be used by its owner*  ·  2 uses left" in text(usable)
    assert "Can be used" not in text(asked)
    assert "Nobody should use it anywhere" in text(asked)
    assert "type `/coupons`" not in text(asked)
    refused = text(replace(CARD, requests=asked.requests))
    for told in (text(asked), refused):
        assert "*Next:* Ask the customer not to use it until that is settled." in told


def test_a_use_from_here_is_told_once_in_the_list() -> None:
    ours = row(State.REDEEMED, settled=Settled.ANSWER, redemption_id="1")
    told = text(replace(CARD, requests=(ours,)))

    assert "• <!date^" in told
    assert "at MG Road, bill MG-88, from here by <@U0AGENT>, reference `ABCDEFGH`" in told
    assert "Used from here" not in told
    other = text(replace(CARD, requests=(row(State.REDEEMED, settled=Settled.ANSWER, redemption_id="2"),)))
    assert "Used from here by <@U0AGENT>" in other


def test_one_of_nobody_in_particular_says_what_is_not_known() -> None:
    shared = CodeCard(code=RECORD.code, record=replace(RECORD, owner=None), as_of=NOW)

    assert "it was issued to nobody in particular" in text(shared)
    assert "depends on the customer" in text(shared)
    assert "of others only the last is known" in text(shared)


def test_uses_that_could_not_be_read_are_not_called_all() -> None:
    assert "Last use (the others could not be read)" in text(replace(CARD, uses=None))
    assert "All uses" not in text(replace(CARD, uses=None))
    assert "The loyalty engine shows none." in text(replace(CARD, uses=()))


def test_one_that_has_expired_is_said_to_be_without_the_check() -> None:
    over = replace(CARD, check=None, record=replace(RECORD, expires_at=NOW))

    assert "🔴 *Expired*" in text(over)
    assert "did not say just now" in text(replace(CARD, check=None))


def test_no_such_coupon_is_said_with_the_next_step() -> None:
    told = text(CodeCard(code=CouponCode("XYZ"), record=None, as_of=NOW))

    assert "There is no such coupon." in told
    assert "Check the code letter by letter" in told


@pytest.mark.parametrize(
    "uses", [(), (replace(USE, bill=HOSTILE, place=Place(code=HOSTILE)),) * (SHOWN + 80)]
)
def test_nothing_from_outside_breaks_it(uses: tuple[Use, ...]) -> None:
    hostile = replace(RECORD, code=CouponCode(HOSTILE), owner=replace(OWNER, mobile=HOSTILE))
    message = code_card(replace(CARD, code=hostile.code, record=hostile, uses=uses), now=NOW, display=DISPLAY)

    assert message_faults(message.payload()) == []
    assert foreign_marks(message) == []


def test_the_acknowledgement_names_no_code() -> None:
    assert "code" not in looking_up_code().text.lower().replace("coupon", "")
