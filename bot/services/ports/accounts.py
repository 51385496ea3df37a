"""What Slack says of people's accounts, as all instances on one ledger know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.aio.frozen import frozen
from bot.domain.errors import Denial
from bot.domain.person import PersonId


@frozen(kw_only=True)
class AccountRead:
    """
    Whether somebody may act at all, by their account alone.

    Attributes:
        denial: None for a full member of the workspace.
        began: when the call that told it began, by this process's monotonic clock; never later than it did.

    """

    person: PersonId
    denial: Denial | None
    began: float


@frozen(kw_only=True)
class AccountSeen:
    """
    What the ledger holds of an account.

    Attributes:
        changed_at: when Slack last said that it changed, by the database's clock; None when it never did.
        holds: whether it was read after that.

    """

    read: AccountRead
    changed_at: float | None
    holds: bool


@frozen(kw_only=True)
class AccountsNow:
    """
    What the instances have told each other.

    Attributes:
        heard: whether this installation has ever received a `user_change`.
        seen: what was written down since the last time, the last seconds of it once more.

    """

    heard: bool
    seen: Sequence[AccountSeen]


class Accounts(Protocol):
    """Accounts as the ledger holds them."""

    async def exchange(self, read: Sequence[AccountRead], changed: Mapping[PersonId, float]) -> AccountsNow:
        """
        Write down what this instance read, and of whom it heard that they changed; returns what others wrote.

        `changed`: when it was heard, by this process's monotonic clock; it is written only for people of whom
        an older reading stands in the ledger. Raises LedgerUnavailable.
        """
        ...
