"""A request and a case without names, last digits and free text; ids, amounts and verdicts stay."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.case import Case
from bot.domain.kept_text import BLANKED
from bot.domain.redemption import Asking, Decision, Redemption


def blanked_request(row: Redemption) -> Redemption:
    """Return the request after it: a version of its own, in the same state."""
    return replace(
        row,
        version=row.version + 1,
        terms=replace(row.terms, customer_name=None, customer_tail=None, note=""),
        outcome=replace(row.outcome, note=""),
        decided=_decision(row.decided),
        asking=_asking(row.asking),
    )


def blanked_case(case: Case) -> Case:
    """Return the case after it. A question and a reply are drawn, so that something stands in their place."""
    return replace(
        case,
        version=case.version + 1,
        question=BLANKED,
        facts=replace(case.facts, customer_name=None, customer_tail=None),
        answers=tuple(replace(answer, reply=BLANKED) for answer in case.answers),
    )


def _decision(of: Decision | None) -> Decision | None:
    return None if of is None else replace(of, note="")


def _asking(of: Asking | None) -> Asking | None:
    return None if of is None else replace(of, rejected=_decision(of.rejected))
