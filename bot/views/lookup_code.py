"""The answer about a coupon's code alone: its state, its uses, and of its owner two digits."""

from __future__ import annotations

from datetime import datetime

from bot.domain.cards import CodeCard
from bot.domain.coupon import CouponRecord, Use
from bot.domain.person import PersonId
from bot.domain.refusal import Refusal
from bot.views.coupon import Ours, use_details, uses_left
from bot.views.kit import Message, section, sections
from bot.views.lookup_requests import ours
from bot.views.money import discount
from bot.views.refusals import REFUSALS, refusal_step
from bot.views.text import Display, clock_time, code, date, plain, quoted

#: Uses that are shown, the latest first; more are only counted.
SHOWN = 20
#: Digits of the owner's mobile: enough to compare with who is on the line, too few to call.
_DIGITS = 2


def looking_up_code() -> Message:
    """Return the acknowledgement, which stays true."""
    return Message("Looking up one coupon; the answer follows.")


def code_card(card: CodeCard, *, now: datetime, display: Display, reader: PersonId | None = None) -> Message:
    """Return the answer; it has no Redeem, which starts from the customer."""
    head = f"{code(card.code)}  ·  one coupon, whoever holds it  ·  as of {clock_time(card.as_of, display)}"
    if card.record is None:
        words = REFUSALS[Refusal.NO_SUCH_COUPON]
        lines = [f"🔴 *{words.why}*", f"*Next:* {words.next_step}"]
        return Message(plain([head, *lines]), (section("\n".join([head, *lines])),))
    known = ours(card.requests, reader=reader, display=display)
    title, uses = _uses(card, card.record)
    lines = [_what(card.record, display), *_stands(card, card.record, known, now, display)]
    lines += [*known.others(*uses), _owner(card.record), _next(card, card.record, known)]
    listed = _lines(uses, display, known)
    blocks = (section("\n".join([head, *lines])), *sections(title, listed))
    return Message(plain([head, *lines, title, *listed]), blocks)


def _what(record: CouponRecord, display: Display) -> str:
    until = f"valid until {date(record.expires_at, display)}" if record.expires_at else "no end date known"
    return f"*{discount(record.discount, display.currency)}*  ·  {until}"


def _stands(card: CodeCard, record: CouponRecord, known: Ours, now: datetime, display: Display) -> list[str]:
    """Return how it stands for its owner; what the desk's own records know stands before what the engine says."""
    if known.opened:
        return list(known.opened)
    check = card.check
    if check is not None and check.redeemable:
        return [f"🟢 *Can be used by its owner*{uses_left(check.uses_left)}"]
    if check is not None:
        return [f"🔴 *Cannot be used.* {REFUSALS[check.refusal or Refusal.OTHER].why}"]
    if record.expires_at is not None and now >= record.expires_at:
        return [f"🔴 *Expired* {date(record.expires_at, display)}"]
    if record.owner is None:
        return ["⚪ Whether it can be used depends on the customer: look it up with theirs."]
    return [
        "⚪ *Whether it can be used* the loyalty engine did not say just now. Type the command again in a minute."
    ]


def _owner(record: CouponRecord) -> str:
    owner = record.owner
    if owner is None:
        return "*Owner:* it was issued to nobody in particular."
    if not owner.mobile:
        return "*Owner:* one customer, without a mobile number."
    return f"*Owner:* a customer whose mobile ends in {quoted(owner.mobile[-_DIGITS:], 4)}."


def _next(card: CodeCard, record: CouponRecord, known: Ours) -> str:
    refused = card.check is not None and not card.check.redeemable
    if known.next_step and (known.sent or not refused):
        return f"*Next:* {known.next_step}"
    if card.check is not None and refused:
        use_shown = bool(card.uses) or record.last_use is not None
        return f"*Next:* {refusal_step(card.check.refusal or Refusal.OTHER, use_shown=use_shown)}"
    theirs = "their customer's" if record.owner is None else "its owner's"
    return f"*Next:* to redeem it, type `/coupons` with {theirs} number and `code:` with this code."


def _uses(card: CodeCard, record: CouponRecord) -> tuple[str, list[Use]]:
    """Return a title and the uses: all of them if they could be read, else the last one."""
    if record.owner is None or card.uses is None:
        why = "of others only the last is known" if record.owner is None else "the others could not be read"
        return f"Last use ({why})", [record.last_use] if record.last_use else []
    return "All uses", sorted(card.uses, key=_when, reverse=True)


def _when(use: Use) -> float:
    return use.at.timestamp() if use.at else 0.0


def _lines(uses: list[Use], display: Display, known: Ours) -> list[str]:
    shown = [f"• {use_details(use, display)}{known.by(use)}" for use in uses[:SHOWN]]
    more = len(uses) - len(shown)
    return [*(shown or ["The loyalty engine shows none."]), *([f"• and {more} more"] if more > 0 else [])]
