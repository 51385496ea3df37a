"""The terms of a request in words, for all of its messages."""

from __future__ import annotations

from bot.domain.redemption import Terms
from bot.views.groups import groups
from bot.views.money import money
from bot.views.names import and_mobile
from bot.views.text import Display, Line, Quote, quoted

#: Characters of a note.
LONGEST_NOTE = 500
#: Approver groups that are named; more are only counted.
GROUPS_NAMED = 10


def customer_words(name: str | None, tail: str | None) -> str:
    """Return name and last four digits of the mobile, never more."""
    named = f"*{(name and quoted(name, 80)) or 'Customer without a name'}*"
    return named + and_mobile(tail)


def figures(terms: Terms, display: Display) -> list[str]:
    """Return what it takes off this bill and, separately, its worth."""
    taken, bill = money(terms.takes_off, display.currency), money(terms.bill, display.currency)
    share = _NO_CAP if terms.worth.from_bill else ""
    return [
        f"*Takes off this bill:* {taken}, of {bill}",
        f"*Worth at most:* {money(terms.worth.amount, display.currency)}{share}",
    ]


def worth_at_most(terms: Terms, display: Display) -> str:
    """`₹500 at most`; of a share of the bill, that it has no cap."""
    return f"{money(terms.worth.amount, display.currency)} at most{_NO_CAP if terms.worth.from_bill else ''}"


_NO_CAP = ", a share of the bill as typed: it has no cap"


def off_bill(terms: Terms, display: Display) -> str:
    """`*₹500 off* a bill of ₹1,499`: what is asked for, or was decided, in a few words; it names nobody."""
    taken, bill = money(terms.takes_off, display.currency), money(terms.bill, display.currency)
    return f"*{taken} off* a bill of {bill}"


def grounds(terms: Terms) -> list[Line]:
    """Return the requester's reason and note."""
    return [f"*Reason:* {quoted(terms.reason, 75)}", *note(terms.note, LONGEST_NOTE)]


def note(words: str, limit: int) -> list[Quote]:
    """Return a note as a quote; empty if there is none."""
    return [Quote(words, limit)] if words.strip() else []


def approvers_words(terms: Terms) -> str:
    """Return the approver groups; in a modal Slack notifies nobody of them."""
    named = approver_groups(terms)
    return f"one of {named}" if named else "somebody"


def approvers_called(terms: Terms) -> str:
    """Return the same as an address: each of them may take it on."""
    named = approver_groups(terms)
    return f"{named}, one of you" if named else "whoever approves"


def approver_groups(terms: Terms) -> str:
    """Return the names of the groups; empty if the rule names none."""
    return groups(terms.approvers, GROUPS_NAMED)
