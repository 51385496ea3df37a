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

#: What was tried, where the log has another word than the button.
_BUTTONS = {"close": "settle"}


def line(entry: AuditEntry, sentences: list[str], display: Display) -> str:
    """One line of a story: the moment, then what happened."""
    return f"{moment(entry.at, display)}  {' '.join(one for one in sentences if one)}"


def moment(at: datetime, display: Display) -> str:
    return f"{at.astimezone(display.zone):%Y-%m-%d %H:%M:%S}"


def time_of_day(at: datetime, entry: AuditEntry, display: Display) -> str:
    """`12:00:00` on the day of the entry, else with its day."""
    near = at.astimezone(display.zone).date() == entry.at.astimezone(display.zone).date()
    return f"{at.astimezone(display.zone):%H:%M:%S}" if near else moment(at, display)


def zone_told(display: Display) -> str:
    return f"All times are those of {display.zone.key}."


def who(entry: AuditEntry) -> str:
    """The Slack id of whoever did it, or Coupon Desk itself."""
    return entry.by or "Coupon Desk"


def counted(count: object, one: str, many: str) -> str:
    """`1 use`, `2 uses`."""
    return f"{count} {one if str(count) == '1' else many}"


def pressed(entry: AuditEntry) -> str:
    """What was tried, by the word on its button."""
    at = entry.text("at")
    return _BUTTONS.get(at, at)


def as_named(words: str) -> str:
    """Words of a message to people who sit at it, for a reader of many programs."""
    return words.replace("The desk", "Coupon Desk").replace("the desk", "Coupon Desk")


def groups(entry: AuditEntry, display: Display, whose: str = "") -> str:
    """`U0ASHA was in S0AGENTS (read 12:00:00).`; empty where nobody's groups were read."""
    if entry.why.get("groups") is None:
        return ""
    named = ", ".join(entry.texts("groups")) or "no group"
    return f"{whose or who(entry)} was in {named}{_read_at(entry, display)}."


def _read_at(entry: AuditEntry, display: Display) -> str:
    told = entry.text("groups_read_at")
    if not told:
        return ""
    try:
        return f" (read {time_of_day(datetime.fromisoformat(told), entry, display)})"
    except ValueError:
        return f" (read {told})"


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
    why = f"{counted(days, 'day', 'days')} after it was made" if days else "for whoever asked to be forgotten"
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
