"""Who may redeem, and a line in the audit log for everybody who was not let through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.domain.errors import CardExpired, CouldNotVerify, Denial, NotAllowed, Superseded, UserError
from bot.domain.person import Actor, Admission, PersonId
from bot.domain.policy import Policy
from bot.domain.redemption import RequestId, Stop
from bot.domain.refusal import Refusal
from bot.services.ports import Requests, Rights


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """Lets through who may redeem, and writes down who was not let through."""

    rights: Rights
    requests: Requests

    @asynccontextmanager
    async def attempt(
        self, at: str, by: PersonId, request_id: RequestId | None = None
    ) -> AsyncIterator[None]:
        """Whoever is denied inside is in the audit log before they are told."""
        try:
            yield
        except (NotAllowed, CouldNotVerify, CardExpired, Superseded) as err:
            why = {"at": at, "denied": _denied(err)}
            await self.requests.tell("denied", by=by, request_id=request_id, why=why)
            raise

    async def refused(
        self,
        at: str,
        by: PersonId,
        request_id: RequestId,
        *,
        stop: Stop | None = None,
        refusal: Refusal | None = None,
    ) -> None:
        """They may, but the coupon or the policy stands in the way."""
        why = {"at": at, "stop": stop, "refusal": refusal}
        await self.requests.tell("refused", by=by, request_id=request_id, why=why)

    async def admit(self, actor: Actor, policy: Policy) -> Admission:
        """Raises NotAllowed, CouldNotVerify."""
        try:
            return await self.rights.admit(actor, policy.redeem.groups)
        except NotAllowed as err:
            raise NotAllowed(Denial.REDEEM) if err.why is Denial.GROUP else err from None


def _denied(err: UserError) -> str:
    """For the audit log: the kind of no."""
    match err:
        case NotAllowed():
            return err.why.value
        case CouldNotVerify():
            return "could_not_verify"
        case Superseded():
            return "superseded"
        case _:
            return "expired"
