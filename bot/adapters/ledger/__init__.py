"""The ledger's adapters. SQLAlchemy is imported without its ORM, before any of them imports it."""

from __future__ import annotations

from bot.adapters.ledger.without_orm import leave_out

leave_out()
