"""What commands of this room share: the ledger that is named by the settings, and who runs the command."""

from __future__ import annotations

import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.adapters.ledger.database import Database
from bot.domain.person import PersonId
from bot.settings import Settings
from bot.views.text import Display

#: Seconds that one reading may take: nobody waits for an acknowledgement here.
READ_S = 60.0


@asynccontextmanager
async def open_ledger(settings: Settings) -> AsyncIterator[Database]:
    """It is used as it is: a command that only reads brings nothing up to date."""
    database = Database.open(settings.database_url.get_secret_value(), limit_s=READ_S)
    try:
        yield database
    finally:
        await database.close()


def display_of(settings: Settings) -> Display:
    return Display(
        currency=settings.currency,
        zone=settings.capillary_timezone,
        window=timedelta(seconds=settings.reconcile_window_seconds),
    )


def operator() -> PersonId:
    """Whoever runs the command, by their name on this machine: there is no Slack account to name."""
    try:
        return PersonId(f"console:{pwd.getpwuid(os.getuid()).pw_name}"[:40])
    except KeyError:
        return PersonId(f"console:{os.getuid()}")
