"""What one move of a request was, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from bot.domain.audit_entry import AuditEntry
from bot.domain.redemption import Doubt, Redemption, Settled, State, Stop, Trouble
from bot.domain.refusal import Refusal
from bot.domain.shown import shown_facts
from bot.ops.sentences import groups, moment, other, who
from bot.views.money import money
from bot.views.refusals import DOUBTS, OF_OTHERS, REFUSALS, STOPS, TROUBLES
from bot.views.text import Display

_Sentences = Callable[[AuditEntry, Redemption, Display], list[str]]
#: Of an end; the looks that follow it tell whether the engine's records say the same.
_UNSENT = "The desk's records show no sending."


def told_move(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    if entry.from_state == entry.to_state:
        return _stayed(entry, row, display)
    return _told(entry, row, display)


def _told(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    words = _MOVES.get(entry.to_state or "")
    return words(entry, row, display) if words else other(entry)


def _stayed(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    """Facts were added, and the state stayed."""
    if "error" in entry.why or "proof" in entry.why:
        return _look(entry, row, display)
    if "reminded" in entry.why:
        return [f"Those who may approve were reminded ({entry.text('reminded')} so far)."]
    if "trouble" in entry.why:
        return ["Nobody can be asked at the moment:", TROUBLES[Trouble(entry.text("trouble"))].why]
    if "redemption_id" in entry.why:
        return [f"The engine's redemption was found: id {entry.text('redemption_id')}."]
    return other(entry)


def _look(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    if "error" in entry.why:
        return [
            f"The desk looked in the engine's records; the read failed ({entry.text('error')}) and counts for nothing."
        ]
    uses = entry.texts("uses")
    found = f"found new uses: {', '.join(uses)}" if uses else "found no new use"
    return [f"The desk looked in the engine's records and {found} (it proves: {entry.text('proof')})."]


def _waiting(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    if entry.from_state == State.APPROVED.value:
        why = [*stop_told(entry), *_checked(entry, display)]
        void = "What was approved has changed; that approval is void, and it was asked again."
        return [void, *why, *_shown(entry, row, display)]
    asked = f"It was checked and waits for approval by one of {', '.join(row.terms.approvers) or 'nobody'}."
    return [asked, *_checked(entry, display), *_shown(entry, row, display)]


def _shown(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    """What an approver is shown beside the terms; events of older versions do not tell, and the record the latest."""
    shows = entry.why.get("shows") or (shown_facts(row.terms, row.asking, row.round) if row.asking else None)
    if not shows or "attempt" not in shows:
        return []
    uses = "an unknown number of" if shows["uses"] is None else shows["uses"]
    recent = ", ".join(shows.get("recent") or ()) or "none"
    return [
        (
            f"An approver is shown: checked at {moment(datetime.fromisoformat(shows['checked_at']), display)}, attempt "
            f"{shows['attempt']} for this coupon, {uses} uses by the customer in 90 days, {shows['earlier']} earlier by "
            f"this requester; uses of this coupon since the day before: {recent}."
        )
    ]


def _approved(entry: AuditEntry, _row: Redemption, display: Display) -> list[str]:
    if entry.by is None:
        return ["Rule and facts hold without an approval.", *_checked(entry, display)]
    note = entry.text("note")
    return [
        f"{entry.by} approved what round {entry.text('round')} showed{_digest(entry)}.",
        f"Note: “{note}”." if note else "",
        groups(entry),
    ]


def _digest(entry: AuditEntry) -> str:
    return f" (digest {entry.text('shown')[:12]})" if entry.text("shown") else ""


def _checked(entry: AuditEntry, display: Display) -> list[str]:
    """What the last check before it read."""
    facts = []
    if "rule" in entry.why:
        facts.append(f"rule “{entry.text('rule')}”")
    if "worth" in entry.why:
        facts.append(f"worth {amount(entry.text('worth'), display)}")
    if entry.why.get("uses_left") is not None:
        facts.append(f"{entry.text('uses_left')} uses left")
    return [f"Checked: {', '.join(facts)}." if facts else "", groups(entry, "The requester was")]


def _sending(entry: AuditEntry, _row: Redemption, display: Display) -> list[str]:
    before = ", ".join(entry.texts("before")) or "none"
    return [
        "Everything was proved once more and the intent was written down; from here one redeem call may be sent.",
        *_checked(entry, display),
        f"Uses known before it: {before}.",
    ]


def _redeemed(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    redemption = entry.text("redemption_id") or ", ".join(entry.texts("uses"))
    named = f"redemption id {redemption}" if redemption else "it named no redemption id"
    match _settled(entry):
        case Settled.PERSON:
            return [f"{who(entry)} settled it as redeemed, by hand.", _note(entry), groups(entry)]
        case Settled.OWN_NUMBER:
            return [f"The engine shows a use with the number generated for this request: {named}. Redeemed."]
        case Settled.EVIDENCE:
            return [f"The engine's records show it: {named}. Redeemed."]
        case _:
            late = "late " if entry.from_state == State.UNKNOWN.value else ""
            return [f"The engine's {late}answer was yes{_status(entry)}: {named}. Redeemed."]


def _settled(entry: AuditEntry) -> Settled | None:
    """Older entries name it only by who moved it, and by what was found."""
    told = entry.text("settled")
    if told:
        return Settled(told)
    if "proof" in entry.why:
        return Settled.EVIDENCE
    return Settled.PERSON if entry.by else None


def _note(entry: AuditEntry) -> str:
    return f"Note: “{entry.text('note')}”." if entry.text("note") else ""


def _refused(entry: AuditEntry, _row: Redemption, display: Display) -> list[str]:
    if entry.from_state in {State.SENDING.value, State.UNKNOWN.value}:
        return [f"The engine's answer was no{_status(entry)}:", *stop_told(entry), "Nothing was redeemed."]
    return ["It was refused:", *stop_told(entry), *_checked(entry, display), _UNSENT]


def _not_sent(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [f"The redeem call had no effect{_status(entry)}:", *stop_told(entry)]


def _unknown_outcome(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    if "claimed_by" in entry.why:
        return [
            f"The redemption it rested on belongs to request {entry.text('claimed_by')}. Its outcome is unknown again."
        ]
    if entry.text("past") == "send_by":
        return [
            "Nobody wrote down an answer in time: whoever sent it was interrupted, or its answer was lost.",
            "The outcome is unknown.",
        ]
    doubt = entry.text("doubt")
    why = DOUBTS[Doubt(doubt)] if doubt in set(Doubt) else ""
    return [f"No clear answer came{_status(entry)}.", why, "The outcome is unknown; it is not sent again."]


def _not_redeemed(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    if entry.by:
        return [f"{entry.by} settled it as not redeemed, by hand.", _note(entry), groups(entry)]
    found = _look(entry, row, display) if "proof" in entry.why else []
    return [*found, "Enough reads after the end of the window found nothing: not redeemed."]


def _rejected(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [f"{who(entry)} rejected it: “{entry.text('note')}”.", groups(entry), _UNSENT]


def _withdrawn(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [f"{who(entry)} withdrew it.", _UNSENT]


def _expired(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    if entry.text("past") == "expires_at":
        return ["Nobody decided in time; it expired.", _UNSENT]
    return ["Its time to begin passed before anybody went on with it; it expired.", _UNSENT]


def _status(entry: AuditEntry) -> str:
    """` (HTTP 200, engine code 700)`; empty where no answer came."""
    told = [
        f"{named} {entry.text(fact)}"
        for fact, named in (("http_status", "HTTP"), ("engine_status", "engine code"))
        if entry.text(fact)
    ]
    return f" ({', '.join(told)})" if told else ""


def stop_told(entry: AuditEntry) -> list[str]:
    """Why not, as others read it who did not ask."""
    stop, refusal = entry.text("stop"), entry.text("refusal")
    if stop in set(Stop):
        words = OF_OTHERS.get(Stop(stop)) or STOPS[Stop(stop)].why
        return [f"{words} ({stop})"]
    if refusal in set(Refusal):
        return [f"{REFUSALS[Refusal(refusal)].why} ({refusal})"]
    return []


def amount(amount: str, display: Display) -> str:
    try:
        return money(Decimal(amount), display.currency)
    except InvalidOperation:
        return amount


_MOVES: Mapping[str, _Sentences] = {
    State.WAITING.value: _waiting,
    State.APPROVED.value: _approved,
    State.SENDING.value: _sending,
    State.REDEEMED.value: _redeemed,
    State.REFUSED.value: _refused,
    State.NOT_SENT.value: _not_sent,
    State.UNKNOWN.value: _unknown_outcome,
    State.NOT_REDEEMED.value: _not_redeemed,
    State.REJECTED.value: _rejected,
    State.WITHDRAWN.value: _withdrawn,
    State.EXPIRED.value: _expired,
}
