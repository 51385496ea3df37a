"""Words that stories of requests and of cases share."""

from __future__ import annotations

from datetime import datetime

from bot.domain.audit_entry import AuditEntry
from bot.domain.errors import Denial
from bot.views.text import Display

#: Why somebody was denied, as the audit log names it.
_DENIALS = {
    Denial.OUTSIDE.value: "they belong to another workspace",
    Denial.GUEST.value: "they are a guest",
    Denial.DEACTIVATED.value: "their account is deactivated",
    Denial.BOT.value: "they are a bot",
    Denial.GROUP.value: "they are in no group that may",
    Denial.NOT_YOURS.value: "it is not theirs",
    Denial.REDEEM.value: "they are in no group that may redeem",
    Denial.CLOSE.value: "they are in no group that may settle an unknown outcome",
    Denial.APPROVE.value: "they are in no group that approves it",
    Denial.OWN_REQUEST.value: "it is their own request",
    Denial.CASES.value: "they are in no group that answers cases",
    Denial.OWN_CASE.value: "it is their own question",
    Denial.ASKER.value: "they did not ask it",
    "could_not_verify": "their rights could not be verified",
    "superseded": "the form was reviewed anew since",
    "expired": "there is no such request, or it is too old",
}


def line(entry: AuditEntry, sentences: list[str], display: Display) -> str:
    """One line of a story: the moment, then what happened."""
    return f"{moment(entry.at, display)}  {' '.join(one for one in sentences if one)}"


def moment(at: datetime, display: Display) -> str:
    return f"{at.astimezone(display.zone):%Y-%m-%d %H:%M:%S}"


def who(entry: AuditEntry) -> str:
    """The Slack id of whoever did it, or the desk itself."""
    return entry.by or "The desk"


def groups(entry: AuditEntry, whose: str = "They were") -> str:
    """`They were in S0AGENTS as Slack said at …`; empty where nobody's groups were read."""
    if "groups" not in entry.why:
        return ""
    named = ", ".join(entry.texts("groups")) or "no group"
    return f"{whose} in {named} (read {entry.text('groups_read_at')})."


def looked(entry: AuditEntry) -> str:
    """Who saw what of a customer or a coupon."""
    card = entry.text("card")
    if card == "history":
        return f"{who(entry)} looked up their redemptions."
    if card:
        count = entry.text("coupons")
        return f"{who(entry)} looked up their coupons{f' ({count} on the card)' if count else ''}."
    return f"{who(entry)} was shown the details of a coupon of theirs."


def forgotten(entry: AuditEntry) -> list[str]:
    days = entry.text("after_days")
    why = f"{days} days after it was made" if days else "for whoever asked to be forgotten"
    return [f"{who(entry)} removed names, last digits and notes, {why}."]


def denied(entry: AuditEntry) -> str:
    return _DENIALS.get(entry.text("denied"), entry.text("denied"))


def other(entry: AuditEntry) -> list[str]:
    """An event that this version does not know, or a move that it has no words for."""
    moved = f" ({entry.from_state or 'nothing'} → {entry.to_state})" if entry.to_state else ""
    facts = ", ".join(
        f"{name} {fact}" for name, fact in sorted(entry.why.items()) if fact not in (None, [], "")
    )
    return [f"{who(entry)}: {entry.what}{moved}.", f"Facts: {facts}." if facts else ""]
