"""What one move of a request was, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.audit_entry import AuditEntry
from bot.domain.person import PersonId
from bot.domain.redemption import SURE, Doubt, Redemption, Settled, State, Stop, Trouble
from bot.domain.shown import shown_facts
from bot.ops.claim_sentences import claim_lost
from bot.ops.look_sentences import look_told
from bot.ops.sentences import as_named, counted, groups, other, time_of_day, who
from bot.ops.stop_sentences import amount, stop_told
from bot.views.refusals import DOUBTS, TROUBLES
from bot.views.text import Display

_Sentences = Callable[[AuditEntry, Redemption, Display], list[str]]
#: Of an end; the looks that follow it tell whether the engine's records say the same.
UNSENT = "It was never sent to the loyalty engine, by Coupon Desk's own records."
#: An end that comes from one of these comes before any sending.
_BEFORE_SENDING = frozenset({State.NEW.value, State.WAITING.value, State.APPROVED.value})


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
        return look_told(entry, row, display)
    if "claimed_by" in entry.why:
        sure = row.outcome.settled in SURE
        why = "the engine itself said so" if sure else "another request is open"
        return claim_lost(entry, f"It stays “Redeemed” here, without a redemption, as {why}.")
    if "reminded" in entry.why:
        return [f"Those who may approve were reminded ({entry.text('reminded')} so far)."]
    if "trouble" in entry.why:
        return [as_named(TROUBLES[Trouble(entry.text("trouble"))].why)]
    if "redemption_id" in entry.why:
        return _named(entry, display)
    return other(entry)


def _named(entry: AuditEntry, display: Display) -> list[str]:
    """An id was learnt; where a person named it and another request has it, nothing was changed."""
    if entry.by is None:
        return [f"The engine's redemption was found: id {entry.text('redemption_id')}."]
    lost = "" if "outcome" in entry.why else " Another request has it, so nothing was changed."
    said = f"{entry.by} named the engine's redemption {entry.text('redemption_id')} as this request's.{lost}"
    return [said, _note(entry), groups(entry, display)]


def _waiting(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    if entry.from_state == State.APPROVED.value:
        why = [*stop_told(entry, row, display), *_checked(entry, row, display)]
        void = "What had been approved had changed: that approval was void, and it was asked for again."
        return [void, *why, *_shown(entry, row, display)]
    asked = f"It was checked and waited for approval by one of {', '.join(row.terms.approvers) or 'nobody'}."
    return [asked, *_checked(entry, row, display), *_shown(entry, row, display)]


def _shown(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    """What an approver is shown beside the terms; events of older versions do not tell, and the record the latest."""
    shows = entry.why.get("shows") or (shown_facts(row.terms, row.asking, row.round) if row.asking else None)
    if not shows or "attempt" not in shows:
        return []
    checked = time_of_day(datetime.fromisoformat(shows["checked_at"]), entry, display)
    used = (
        "unknown"
        if shows["uses"] is None
        else f"{shows['uses']}{' or more' if shows.get('more_uses') else ''}"
    )
    recent = shows.get("recent")
    known = "not read" if recent is None else ", ".join(recent) or "none"
    return [
        (
            f"Approvers were shown: checked at {checked}; attempt {shows['attempt']} to use this coupon for this "
            f"customer; coupons that the customer used in the last 90 days, anywhere: {used}; redemptions for this "
            f"customer here in that time by {row.terms.requester}: {shows['earlier']}; uses of this coupon since the day before: {known}."
        )
    ]


def _approved(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    if entry.by is None:
        return ["It was checked, and no approval was needed.", *_checked(entry, row, display)]
    note = entry.text("note")
    return [
        f"{entry.by} approved what round {entry.text('round')} showed{_digest(entry)}.",
        f"Note: “{note}”." if note else "",
        groups(entry, display),
    ]


def _digest(entry: AuditEntry) -> str:
    return f" (digest {entry.text('shown')[:12]})" if entry.text("shown") else ""


def _checked(entry: AuditEntry, row: Redemption, display: Display, named: str = "Checked") -> list[str]:
    """What the check before the move read; where the approver lost the right, the groups are theirs."""
    facts, whose = [], row.terms.requester
    if "rule" in entry.why:
        facts.append(f"rule “{entry.text('rule')}”")
    if "worth" in entry.why:
        facts.append(f"worth {amount(entry.text('worth'), display)}")
    if entry.why.get("uses_left") is not None:
        facts.append(f"the coupon had {counted(entry.why['uses_left'], 'use', 'uses')} left")
    if entry.text("stop") == Stop.NOT_ALLOWED_APPROVER.value:
        whose = row.decided.by if row.decided else PersonId("Whoever approved it")
    return [f"{named}: {', '.join(facts)}." if facts else "", groups(entry, display, whose)]


def _sending(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    before = ", ".join(entry.texts("before")) or "none"
    return [
        *_checked(entry, row, display, "Last check before sending"),
        f"Uses of this coupon known before the call: {before}." if "before" in entry.why else "",
        "It passed the last check. From here one redeem call may have gone out, and never a second.",
    ]


def _redeemed(entry: AuditEntry, _row: Redemption, display: Display) -> list[str]:
    redemption = entry.text("redemption_id") or ", ".join(entry.texts("uses"))
    named = f"redemption id {redemption}" if redemption else "it named no redemption id"
    match _settled(entry):
        case Settled.PERSON:
            return [f"{who(entry)} settled it as redeemed, by hand.", _note(entry), groups(entry, display)]
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


def _refused(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    reason = stop_told(entry, row, display)
    if entry.from_state not in _BEFORE_SENDING:
        return [f"The engine's answer was no{_status(entry)}:", *reason, "Nothing was redeemed."]
    by = "Coupon Desk stopped it:" if "stop" in entry.why else "The engine's check said no:"
    return [by, *reason, *_checked(entry, row, display), UNSENT]


def _not_sent(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    return [f"The redeem call had no effect{_status(entry)}:", *stop_told(entry, row, display)]


def _unknown_outcome(entry: AuditEntry, _row: Redemption, display: Display) -> list[str]:
    if "claimed_by" in entry.why:
        return claim_lost(entry, "Whether this request was redeemed was unknown again.")
    if entry.text("past") == "send_by":
        return [
            f"No answer was recorded by {time_of_day(entry.at, entry, display)}:",
            "the process that was sending stopped, or the answer was lost.",
            "It may or may not have been redeemed, and was not sent again.",
        ]
    doubt = entry.text("doubt") or (entry.why.get("outcome") or {}).get("doubt", "")
    why = as_named(DOUBTS[Doubt(doubt)]) if doubt in set(Doubt) else ""
    return [
        f"No clear answer came{_status(entry)}.",
        why,
        "Its outcome was unknown then; it was not sent again.",
    ]


def _not_redeemed(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    if entry.by:
        return [f"{entry.by} settled it as not redeemed, by hand.", _note(entry), groups(entry, display)]
    found = look_told(entry, row, display) if "proof" in entry.why else []
    return [
        *found,
        "It was the last of enough looks that found nothing in the time an answer can take: not redeemed.",
    ]


def _rejected(entry: AuditEntry, _row: Redemption, display: Display) -> list[str]:
    return [f"{who(entry)} rejected it: “{entry.text('note')}”.", groups(entry, display), UNSENT]


def _withdrawn(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [f"{who(entry)} withdrew it.", UNSENT]


def _expired(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    if entry.text("past") == "expires_at":
        return ["Nobody decided in time; it expired.", UNSENT]
    return [
        "Coupon Desk did not go on with it in time (its process had stopped, for example), so it expired.",
        UNSENT,
    ]


def _status(entry: AuditEntry) -> str:
    """` (HTTP 200, engine code 700)`; empty where no answer came."""
    told = [
        f"{named} {entry.text(fact)}"
        for fact, named in (("http_status", "HTTP"), ("engine_status", "engine code"))
        if entry.text(fact)
    ]
    return f" ({', '.join(told)})" if told else ""


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
