"""Remind store ops, in its thread, of a case that nobody has taken or answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.domain.case import Case
from bot.domain.errors import VersionConflict
from bot.domain.messages import MessageKind
from bot.domain.policy import Escalations
from bot.services.ports import AuditEvent, Cases

log = structlog.get_logger(__name__)

#: Cases taken up in one run.
AT_MOST = 20


@part(kw_only=True)
class RemindOfCases:
    """
    Takes up open cases whose reminder is due; any instance may run it at any time, and one write of each wins.

    Raises LedgerUnavailable.
    """

    escalations: Escalations
    cases: Cases
    now: Clock
    wake: Callable[[], None]

    async def __call__(self) -> int:
        """Run once; returns how many cases were taken up."""
        due = await self.cases.attendable(self.now(), AT_MOST)
        await asyncio.gather(*(self._attended(case) for case in due))
        if due:
            self.wake()
        return len(due)

    async def _attended(self, case: Case) -> None:
        reminded = case.attended(self.now(), self.escalations.remind_after)
        after = replace(reminded, reminds=tuple(sorted(self.escalations.groups)))
        # The case's own message as well, in case it was deleted: the reminder stands in its thread.
        post = ((MessageKind.CASE, case.channel), (MessageKind.CASE_REMINDER, case.channel))
        try:
            await self.cases.move(
                case,
                after,
                AuditEvent.CASE_REMINDED,
                by=None,
                why={"reminded": after.reminded},
                post=post if after.reminded > case.reminded else (),
                unseen=True,
            )
        except VersionConflict:
            log.info("version_conflict", case=case.reference)
