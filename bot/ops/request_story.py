"""One request's story in sentences, from its events and from the record they made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.domain.alarm import Alarm
from bot.domain.audit_entry import AuditEntry
from bot.domain.redemption import Redemption, State, Terms
from bot.ops.claim_sentences import claimed, released
from bot.ops.move_sentences import UNSENT, told_move
from bot.ops.now_sentences import headline, now_told
from bot.ops.sentences import denied, forgotten, groups, line, moment, other, pressed, who, zone_told
from bot.ops.stop_sentences import stop_told
from bot.services.ports import AuditEvent
from bot.views.money import discount, money
from bot.views.names import hinted
from bot.views.redemption import masked
from bot.views.states import STATE_WORDS
from bot.views.text import Display

_Sentences = Callable[[AuditEntry, Redemption, Display], list[str]]
_ALARMS = {
    Alarm.REDEEMED_AFTER_ALL.value: "the engine shows a redemption of it, although it had ended here without one",
    Alarm.REDEEMED_TWICE.value: "the engine shows two redemptions for it",
    Alarm.CONTRADICTION.value: "two facts about it cannot both be true",
    Alarm.FOUND_AFTER_ALL.value: "after its end a use was found, and only a person can tell whose it is",
    Alarm.CLAIM_LOST.value: "the redemption that spoke for it belongs to another request",
    Alarm.LOOKS_FAILED.value: "the engine's records could not be read after its end, until that was given up",
    Alarm.NO_REDEMPTION_ID.value: "the engine said yes without naming a redemption, and none was found in a day",
}


def story(
    row: Redemption,
    entries: Sequence[AuditEntry],
    display: Display,
    *,
    at: datetime,
    unmask: bool = False,
) -> list[str]:
    """Lines from made to now, which is `at` by the database's clock; masked as a channel is, unless it is to be unmasked."""
    shown = row if unmask else masked(row)
    told = [line(entry, _told(entry, shown, display), display) for entry in entries]
    return [*_head(shown, display, unmask=unmask), "", *told, "", now_told(shown, entries, display, at)]


def summary(row: Redemption, display: Display) -> str:
    """One line of a list."""
    worth = money(row.terms.worth.amount, display.currency)
    return (
        f"{row.id}  {moment(row.made_at, display)}  {headline(row)}  by {row.terms.requester}, worth {worth}"
    )


def _head(row: Redemption, display: Display, *, unmask: bool) -> list[str]:
    terms = row.terms
    coupon = f"coupon {terms.code}" if unmask else "a coupon"
    customer = (
        f"{terms.customer_name or 'Customer'}, mobile …{terms.customer_tail or '?'}"
        if unmask
        else hinted(terms.customer_name, terms.customer_tail)
    )
    return [
        f"Request {row.reference} ({row.id}): {headline(row)}",
        (
            f"{terms.requester} asked, on {moment(row.made_at, display)}, for {coupon}, "
            f"{discount(terms.discount, display.currency)}, of {customer} (customer id {terms.customer})."
        ),
        f"It takes {money(terms.takes_off, display.currency)} off a bill of {money(terms.bill, display.currency)}, "
        f"bill number {terms.bill_number}{' (generated)' if terms.generated else ''}; "
        f"worth {money(terms.worth.amount, display.currency)} at most. Reason: {terms.reason}."
        + (f" Note: “{terms.note}”." if terms.note else ""),
        f"Under rule “{terms.rule}” {_needed(terms)}.",
        zone_told(display),
    ]


def _needed(terms: Terms) -> str:
    if not terms.approvals:
        return "no approval was needed"
    by = f", by one of {', '.join(terms.approvers)}" if terms.approvers else ""
    return f"one approval was needed{by}"


def _told(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    return _EVENTS.get(entry.what, _unknown)(entry, row, display)


def _unknown(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return other(entry)


def _made(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    asked = [f"{who(entry)} confirmed it; the request was written down."]
    if entry.to_state != State.REFUSED.value:
        return [*asked, "Nothing had been sent yet."]
    return [*asked, "It ended there:", *stop_told(entry, row, display), UNSENT]


def _denied(entry: AuditEntry, _row: Redemption, display: Display) -> list[str]:
    return [f"{who(entry)} tried “{pressed(entry)}” and was denied: {denied(entry)}.", groups(entry, display)]


def _refused_attempt(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    return [f"{who(entry)} tried “{pressed(entry)}” and could not:", *stop_told(entry, row, display)]


def _too_late(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    state = entry.text("state")
    stood = STATE_WORDS[State(state)].rstrip("…") if state in set(State) else state
    return [
        f"{who(entry)} pressed “{pressed(entry)}” too late: by then it stood at “{stood}”.",
        "That press changed nothing.",
    ]


def _details(entry: AuditEntry, _row: Redemption, display: Display) -> list[str]:
    return [f"{who(entry)} was shown the facts unmasked (by “{pressed(entry)}”).", groups(entry, display)]


def _forgotten(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return forgotten(entry)


def _alarm(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    alarm = entry.text("alarm")
    return [f"ALARM, for somebody who approves to look into: {_ALARMS.get(alarm, alarm)}."]


_EVENTS: Mapping[str, _Sentences] = {
    AuditEvent.MADE.value: _made,
    AuditEvent.MOVED.value: told_move,
    AuditEvent.DENIED.value: _denied,
    AuditEvent.REFUSED.value: _refused_attempt,
    AuditEvent.TOO_LATE.value: _too_late,
    AuditEvent.DETAILS_SHOWN.value: _details,
    AuditEvent.CLAIMED.value: claimed,
    AuditEvent.CLAIM_RELEASED.value: released,
    AuditEvent.ALARM.value: _alarm,
    AuditEvent.FORGOTTEN.value: _forgotten,
}
