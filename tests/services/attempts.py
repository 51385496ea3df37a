"""The rights of a desk that writes its audit log in memory."""

from __future__ import annotations

from bot.domain.policy import Policy
from bot.services.audit import AuditLog
from bot.services.authorize import Authorize
from bot.services.ports import Rights
from tests.fakes.audit import FakeAttempts


def authorize(rights: Rights, policy: Policy, attempts: FakeAttempts | None = None) -> Authorize:
    return Authorize(rights=rights, policy=policy, audit=AuditLog(attempts=attempts or FakeAttempts()))
