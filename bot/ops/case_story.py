"""One case's story in sentences, from its events and from the record they made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.domain.audit_entry import AuditEntry
from bot.domain.case import Case
from bot.ops.sentences import denied, forgotten, groups, line, moment, other, pressed, who, zone_told
from bot.services.ports import AuditEvent
from bot.views.case import STATE_WORDS, facts_for_channel
from bot.views.names import unnamed
from bot.views.text import Display

_Sentences = Callable[[AuditEntry, Display], list[str]]


def story(
    case: Case, entries: Sequence[AuditEntry], display: Display, *, at: datetime, unmask: bool = False
) -> list[str]:
    """Lines from asked to now, which is `at`; masked as a channel is, unless it is to be unmasked."""
    facts, question = facts_for_channel(case, display).replace("\n", ". "), case.question
    if unmask:
        known = [case.facts.customer_name, f"customer id {case.facts.customer}", case.facts.code]
        facts = f"{facts} ({', '.join(one for one in known if one)})"
    else:
        question = unnamed(question, case.facts.customer_name)
    about = f" About request {case.facts.request}." if case.facts.request else ""
    owner = f"{case.owner} has it" if case.owner else "nobody has it"
    return [
        f"Case {case.reference} ({case.id}): {STATE_WORDS[case.state]}",
        f"{case.asker} asked, on {moment(case.asked_at, display)}: “{question}”.{about} {zone_told(display)}",
        f"{facts}. It stands in channel {case.channel}.",
        "",
        *(line(entry, _told(entry, display), display) for entry in entries),
        "",
        f"Now, as of {moment(at, display)}: {STATE_WORDS[case.state]}; {owner}.",
    ]


def _told(entry: AuditEntry, display: Display) -> list[str]:
    return _EVENTS.get(entry.what, _unknown)(entry, display)


def _unknown(entry: AuditEntry, _display: Display) -> list[str]:
    return other(entry)


def _forgotten(entry: AuditEntry, _display: Display) -> list[str]:
    return forgotten(entry)


def _asked(entry: AuditEntry, _display: Display) -> list[str]:
    return [f"{who(entry)} asked store ops."]


def _taken(entry: AuditEntry, display: Display) -> list[str]:
    return [f"{who(entry)} took it.", groups(entry, display)]


def _taken_over(entry: AuditEntry, display: Display) -> list[str]:
    return [f"{who(entry)} took it over from whoever had it.", groups(entry, display)]


def _answered(entry: AuditEntry, display: Display) -> list[str]:
    return [
        f"{who(entry)} answered {entry.text('outcome')}: “{entry.text('reply')}”.",
        groups(entry, display),
    ]


def _reopened(entry: AuditEntry, _display: Display) -> list[str]:
    return [f"{who(entry)} reopened it."]


def _unposted(_entry: AuditEntry, _display: Display) -> list[str]:
    return ["Slack did not let Coupon Desk post it in the channel; nobody read it there."]


def _posted(_entry: AuditEntry, _display: Display) -> list[str]:
    return ["It was posted in the channel after all."]


def _reminded(entry: AuditEntry, _display: Display) -> list[str]:
    return [f"Nobody had taken it: store ops were reminded ({entry.text('reminded')} so far)."]


def _denied(entry: AuditEntry, display: Display) -> list[str]:
    return [f"{who(entry)} tried “{pressed(entry)}” and was denied: {denied(entry)}.", groups(entry, display)]


def _too_late(entry: AuditEntry, _display: Display) -> list[str]:
    return [f"{who(entry)} pressed “{pressed(entry)}” too late: it was {entry.text('state')} by then."]


def _shown(entry: AuditEntry, display: Display) -> list[str]:
    return [f"{who(entry)} was shown the facts unmasked.", groups(entry, display)]


_EVENTS: Mapping[str, _Sentences] = {
    AuditEvent.CASE_ASKED.value: _asked,
    AuditEvent.CASE_TAKEN.value: _taken,
    AuditEvent.CASE_TAKEN_OVER.value: _taken_over,
    AuditEvent.CASE_ANSWERED.value: _answered,
    AuditEvent.CASE_REOPENED.value: _reopened,
    AuditEvent.CASE_UNPOSTED.value: _unposted,
    AuditEvent.CASE_POSTED.value: _posted,
    AuditEvent.CASE_REMINDED.value: _reminded,
    AuditEvent.CASE_DENIED.value: _denied,
    AuditEvent.CASE_TOO_LATE.value: _too_late,
    AuditEvent.CASE_SHOWN.value: _shown,
    AuditEvent.FORGOTTEN.value: _forgotten,
}
