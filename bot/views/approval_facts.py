"""The parts of an approval message: what is asked, the facts to decide by, what was decided."""

from __future__ import annotations

from datetime import datetime

from bot.domain.coupon import Redeemability
from bot.domain.customer import Customer
from bot.domain.redemption import Asking, Outcome, Redemption, State, Terms
from bot.domain.refusal import Refusal
from bot.domain.worth import worth
from bot.views.coupon import lately_used, uses_left
from bot.views.money import discount, money
from bot.views.names import and_mobile, hinted
from bot.views.redemption import found, masked, references
from bot.views.refusals import REFUSALS, TROUBLE_STEPS, TROUBLES
from bot.views.states import (
    LONGEST_DECISION,
    because,
    by_this,
    changed,
    headed,
    must_approve,
    nobody_again,
    their_note,
    told_others,
    unsent,
    wrote,
)
from bot.views.terms import LONGEST_NOTE, figures, grounds, note, off_bill, worth_at_most
from bot.views.text import Display, Line, capital, clock_time, code, date, mention, quoted, who


def asked(row: Redemption, display: Display) -> list[Line]:
    """Return the decision that is asked for or was made, who asks for whom, and why; `row` is masked."""
    terms = row.terms
    whom = hinted(terms.customer_name, terms.customer_tail)
    return [
        f"{headed(row)}  ·  {off_bill(terms, display)}",
        f"Asked for by {who(terms.requester, display)}  ·  reason: {quoted(terms.reason, 75)}  ·  {whom}",
        *note(terms.note, LONGEST_NOTE),
    ]


def standing(row: Redemption, display: Display) -> list[Line]:
    """Return the lines below: what stands in the way while it waits, or the decision and the outcome."""
    if row.state is State.WAITING:
        again = changed(row, display)
        return [*([f"*Asked again:* {again}"] if again else []), *_trouble(row)]
    waited = [_WAITED] if row.state is State.REFUSED and row.asked_at and row.decided is None else []
    warning = [f"{nobody_again(row, display)}. {_SETTLED}"] if row.state is State.UNKNOWN else []
    settled = [] if _is_rejected(row) else wrote(row, display)
    return [*decision_lines(row, display), _came_of_it(row, display), *settled, *waited, *warning]


def to_decide(row: Redemption, display: Display) -> list[Line]:
    """Return a waiting request for a list of them: what is asked for and why, by when, its worth, and its references."""
    shown = masked(row)
    lead = [*asked(shown, display), *standing(shown, display), must_approve(row, display)]
    return [*lead, *figures_of(shown, display), references(shown, display)]


_WAITED = "That ended it while it waited. No decision is needed any more."
#: Where it is settled, for whoever reads of it elsewhere.
_SETTLED = (
    "The separate message *Outcome unknown* in the channel for approvals, and Home, say when to press Settle."
)


def _trouble(row: Redemption) -> list[str]:
    trouble = row.asking.trouble if row.asking else None
    return (
        [f"*Attention:* {TROUBLES[trouble].why} {TROUBLE_STEPS[trouble]}"] if trouble in TROUBLE_STEPS else []
    )


def _came_of_it(row: Redemption, display: Display) -> str:
    """Return the outcome; empty for a rejection, which is told before."""
    return unsent(row) if _is_rejected(row) else told_others(row, display)


def _is_rejected(row: Redemption) -> bool:
    return row.state is State.REJECTED and row.decided is not None


def decision_lines(row: Redemption, display: Display) -> list[Line]:
    decided = row.decided
    if decided is None:
        return []
    own, at = decided.by == display.reader, date(decided.at, display)
    if decided.round < row.round:
        whose = f"Your approval, {at}," if own else f"The approval by {mention(decided.by)}, {at},"
        return [f"{whose} is void: the coupon, or the rule for it, changed after it."]
    done = "approved" if decided.approved else "rejected"
    by = f"You {done} it, {at}" if own else f"{capital(done)} by {mention(decided.by)}, {at}"
    return [f"{by}{because(decided)}", *their_note(decided.note, decided.by, display)]


def figures_of(row: Redemption, display: Display) -> list[Line]:
    """Return what the coupon takes off any bill: what it takes off this one stands at the head."""
    worth = worth_at_most(row.terms, display)
    return [f"*Coupon:* {discount(row.terms.discount, display.currency)}  ·  worth {worth}"]


def weighing(row: Redemption, display: Display) -> list[Line]:
    """Return the facts that help to decide."""
    return [
        *figures_of(row, display),
        f"*Rule:* “{quoted(row.terms.rule, 80)}”",
        *known(row, display),
        "*Approve redeems it for this bill, after one last check. That cannot be undone from here.*",
    ]


def known(row: Redemption, display: Display) -> list[Line]:
    """Return what was read when approval was asked for."""
    asking, terms = row.asking, row.terms
    if asking is None:
        return []
    recent = lately_used(asking.recent or (), terms.bill_number, display)
    from_here = f"{asking.earlier or 'no'} {_redemptions(asking.earlier)} from here"
    return [
        *recent,
        f"*Pre-check:* the loyalty engine would accept it, checked {clock_time(asking.checked_at, display)}",
        f"*This customer, last 90 days:* {_uses(asking, display)}",
        f"*By {who(terms.requester, display)} for this customer, last 90 days:* {from_here}, of any coupon",
        *_attempt(asking, display),
    ]


def _attempt(asking: Asking, display: Display) -> list[Line]:
    times = {1: "no other request from here", 2: "one other request from here before this one"}
    asked = times.get(asking.attempt, f"{asking.attempt - 1} other requests from here before this one")
    of_it, before = f"*This coupon for this customer, last 90 days:* {asked}", asking.rejected
    if before is None:
        return [of_it]
    by = f"{who(before.by, display)}, {date(before.at, display)}{because(before)}"
    return [f"{of_it}; rejected by {by}", *note(before.note, LONGEST_DECISION)]


def _uses(asking: Asking, display: Display) -> str:
    if asking.uses is None:
        return "the loyalty engine did not say"
    least = "at least " if asking.more_uses else ""
    last = f", the last one {date(asking.last_use_at, display)}" if asking.last_use_at else ""
    return f"{least}{asking.uses or 'no'} {_redemptions(asking.uses)} of any coupon, anywhere{last}"


def _redemptions(count: int) -> str:
    return "redemption" if count == 1 else "redemptions"


def lets_through(check: Redeemability | None) -> bool:
    """Whether the engine's check, as of now, allows it."""
    return check is None or check.redeemable


def checked(row: Redemption, check: Redeemability | None, *, as_of: datetime, display: Display) -> list[str]:
    """Return the engine's check as of now, compared with the terms; of what is redeemed, that it is used by this."""
    at = clock_time(as_of, display)
    if row.state is State.REDEEMED and check is not None:
        return [f"*Now*, checked {at}: it is used, {by_this(row)}. {_another_use(check)}"]
    if check is None:
        return [f"*Now*, asked {at}: the loyalty engine did not answer. What follows is as it was asked for."]
    if not check.redeemable:
        why = REFUSALS[check.refusal or Refusal.OTHER].why
        return [f"*Now*, checked {at}: the loyalty engine would not accept it. {why}"]
    through = f"*Now*, checked {at}: the loyalty engine would accept it{uses_left(check.uses_left)}"
    return [through, *(_worth_now(row.terms, check, display) if row.state is State.WAITING else [])]


def _another_use(check: Redeemability) -> str:
    """Return whether the coupon has another use, now that one is made."""
    if check.redeemable:
        return f"The loyalty engine would accept another use{uses_left(check.uses_left)}"
    refusal = check.refusal or Refusal.OTHER
    # That it is used is what was just said.
    why = "" if refusal in _USED else f" {REFUSALS[refusal].why}"
    return f"It cannot be used again.{why}"


_USED = frozenset({Refusal.ALREADY_USED, Refusal.NOT_TWICE, Refusal.LIMIT_REACHED})


def _worth_now(terms: Terms, check: Redeemability, display: Display) -> list[str]:
    then = money(terms.worth.amount, display.currency)
    value = worth(check.discount, terms.bill) if check.discount else None
    if value is None:
        return [f"*Worth now:* the loyalty engine does not say; it was asked for as {then} at most"]
    now = money(value.amount, display.currency)
    if value == terms.worth:
        return [f"*Worth now:* {now} at most, as it was asked for"]
    old = "An approval of the old figure sends nothing: Coupon Desk asks again, with the new one."
    return [f"⚠️ *Worth now:* {now} at most; it was asked for as {then}. {old}"]


def unmasked(row: Redemption, check: Redeemability | None, display: Display) -> list[Line]:
    """Return customer and coupon unmasked, for people who may see them."""
    terms = row.terms
    until = f", valid until {date(terms.expires_at, display)}" if terms.expires_at else ""
    number = f"  ·  coupon number {code(terms.coupon_id, 40)}" if terms.coupon_id else ""
    generated = ", generated because none was typed" if terms.generated else ""
    return [
        f"*Customer:* {quoted(terms.customer_name or '', 200) or 'without a name'}{and_mobile(terms.customer_tail)}",
        f"*Customer id:* {code(terms.customer, 40)}",
        *_contacts(check.customer if check else None, terms),
        f"*Coupon:* {code(terms.code)}  {discount(terms.discount, display.currency)}{until}{number}",
        *figures(terms, display),
        f"*Bill number:* {code(terms.bill_number)}{generated}",
        *grounds(terms),
        f"*Rule:* “{quoted(terms.rule, 80)}”",
    ]


def _contacts(customer: Customer | None, terms: Terms) -> list[str]:
    """Return contacts, only if the engine gave them for this customer's id."""
    if customer is None or customer.id != terms.customer:
        return []
    told = (("Mobile", customer.mobile), ("E-mail", customer.email))
    return [f"*{name}:* {code(value, 200)}" for name, value in told if value]


def audit(row: Redemption, display: Display) -> list[Line]:
    """Return the request's history from its record."""
    asked = f"Approval asked for {date(row.asked_at, display)}" if row.asked_at else ""
    until = f"until {date(row.expires_at, display)}" if row.expires_at else ""
    reminded = f"{row.reminded} {'reminder' if row.reminded == 1 else 'reminders'}" if row.reminded else ""
    asking = [one for one in (asked, until, reminded) if one]
    return [
        f"{capital(who(row.terms.requester, display))} asked for it {date(row.made_at, display)}",
        *([", ".join(asking)] if asking else []),
        *decision_lines(row, display),
        *_outcome(row.outcome, display),
        *found(row, display),
    ]


def _outcome(outcome: Outcome, display: Display) -> list[Line]:
    """Return the engine's codes, for support."""
    facts = {
        "settled by": outcome.settled,
        "reason": outcome.stop or outcome.refusal or outcome.doubt,
        "engine code": outcome.code,
        "HTTP status": outcome.status,
        "redemption": outcome.redemption_id,
    }
    told = [f"{name} {code(str(fact), 40)}" for name, fact in facts.items() if fact is not None]
    by = [f"Settled by {who(outcome.by, display)}"] if outcome.by else []
    return [*([f"Outcome: {', '.join(told)}"] if told else []), *by, *note(outcome.note, LONGEST_DECISION)]
