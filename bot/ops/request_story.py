"""One request's story in sentences, from its events and from the record they made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.domain.audit_entry import AuditEntry
from bot.domain.redemption import Redemption, State
from bot.ops.move_sentences import amount, stop_told, told_move
from bot.ops.sentences import denied, forgotten, groups, line, moment, other, who
from bot.services.ports import AuditEvent
from bot.views.money import discount, money
from bot.views.names import hinted
from bot.views.redemption import masked
from bot.views.states import STATE_WORDS
from bot.views.text import Display

_Sentences = Callable[[AuditEntry, Redemption, Display], list[str]]


def story(
    row: Redemption, entries: Sequence[AuditEntry], display: Display, *, unmask: bool = False
) -> list[str]:
    """Lines from made to now; masked as a channel is, unless it is to be unmasked."""
    shown = row if unmask else masked(row)
    told = [line(entry, _told(entry, shown, display), display) for entry in entries]
    return [*_head(shown, display, unmask=unmask), "", *told, "", *_now(shown, display)]


def summary(row: Redemption, display: Display) -> str:
    """One line of a list."""
    worth = money(row.terms.worth.amount, display.currency)
    return (
        f"{row.reference}  {moment(row.made_at, display)}  {STATE_WORDS[row.state]}  "
        f"by {row.terms.requester}, worth {worth}"
    )


def _head(row: Redemption, display: Display, *, unmask: bool) -> list[str]:
    terms = row.terms
    coupon = f"coupon {terms.code}" if unmask else "a coupon"
    customer = (
        f"{terms.customer_name or 'Customer'}, mobile …{terms.customer_tail or '?'}"
        if unmask
        else hinted(terms.customer_name, terms.customer_tail)
    )
    asked = "1 approval" if terms.approvals else "no approval"
    return [
        f"Request {row.reference} ({row.id}): {STATE_WORDS[row.state]} ({row.state.value})",
        (
            f"{terms.requester} asked, on {moment(row.made_at, display)} {display.zone.key}, for {coupon}, "
            f"{discount(terms.discount, display.currency)}, of {customer} (customer id {terms.customer})."
        ),
        f"It takes {money(terms.takes_off, display.currency)} off a bill of {money(terms.bill, display.currency)}, "
        f"bill number {terms.bill_number}{' (generated)' if terms.generated else ''}; "
        f"worth {money(terms.worth.amount, display.currency)} at most. Reason: {terms.reason}."
        + (f" Note: “{terms.note}”." if terms.note else ""),
        f"Rule “{terms.rule}” decided: {asked}"
        + (f", by one of {', '.join(terms.approvers)}." if terms.approvers else "."),
    ]


def _now(row: Redemption, display: Display) -> list[str]:
    """What is still to come, or that nothing is."""
    if row.state is State.WAITING and row.expires_at is not None:
        return [f"Now: it waits for approval until {moment(row.expires_at, display)}."]
    if row.due_at is not None:
        return [
            f"Now: {STATE_WORDS[row.state]}; the desk looks at it again at {moment(row.due_at, display)}."
        ]
    return [f"Now: {STATE_WORDS[row.state]}; nothing more is to come by itself."]


def _told(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    return _EVENTS.get(entry.what, _unknown)(entry, row, display)


def _unknown(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return other(entry)


def _made(entry: AuditEntry, _row: Redemption, display: Display) -> list[str]:
    asked = [f"{who(entry)} confirmed it; the request was written down."]
    if entry.to_state != State.REFUSED.value:
        return [*asked, "Nothing was sent yet."]
    return [*asked, "It ended there:", *stop_told(entry), *_used(entry, display)]


def _used(entry: AuditEntry, display: Display) -> list[str]:
    if "count" not in entry.why:
        return []
    return [
        f"Used by then of the day: {entry.text('count')} redemptions, {amount(entry.text('value'), display)}."
    ]


def _denied(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [f"{who(entry)} tried “{entry.text('at')}” and was denied: {denied(entry)}.", groups(entry)]


def _refused_attempt(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [f"{who(entry)} tried “{entry.text('at')}” and could not:", *stop_told(entry)]


def _too_late(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    state = entry.text("state")
    return [
        f"{who(entry)} pressed “{entry.text('at')}” too late: it was {state} (round {entry.text('round')}) by then.",
        "That press changed nothing.",
    ]


def _details(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [f"{who(entry)} was shown the facts unmasked, at “{entry.text('at')}”.", groups(entry)]


def _claimed(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    taken = f", taken over from request {entry.text('from')[:8]}" if entry.text("from") else ""
    return [
        (
            f"The engine's redemption {entry.text('redemption_id')} belongs to this request from now on, by "
            f"{entry.text('kind')}{taken}."
        )
    ]


def _released(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [
        f"The engine's redemption {entry.text('redemption_id')} does not belong to this request any more."
    ]


def _forgotten(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return forgotten(entry)


def _alarm(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [f"ALARM: {entry.text('alarm')}. Somebody has to look into it."]


_EVENTS: Mapping[str, _Sentences] = {
    AuditEvent.MADE.value: _made,
    AuditEvent.MOVED.value: told_move,
    AuditEvent.DENIED.value: _denied,
    AuditEvent.REFUSED.value: _refused_attempt,
    AuditEvent.TOO_LATE.value: _too_late,
    AuditEvent.DETAILS_SHOWN.value: _details,
    AuditEvent.CLAIMED.value: _claimed,
    AuditEvent.CLAIM_RELEASED.value: _released,
    AuditEvent.ALARM.value: _alarm,
    AuditEvent.FORGOTTEN.value: _forgotten,
}
