"""User groups in words, by their mentions: they call people in a channel, and nobody where only one person reads them."""

from __future__ import annotations

from collections.abc import Collection

from bot.views.text import group

#: Groups that are named; more are only counted.
NAMED = 5


def groups(ids: Collection[str], most: int = NAMED) -> str:
    """`@agents, @seniors and 2 more`; empty if there are none."""
    named, more = [group(one) for one in sorted(ids)[:most]], len(ids) - most
    return f"{', '.join(named)} and {more} more" if more > 0 else ", ".join(named)


def who_is(allowed: Collection[str] | None) -> str:
    """Return who is allowed, as the second half of "You are not allowed: …"; None where it is not known."""
    if allowed is None:
        return "only the groups set up for it are"
    return (
        f"only members of {groups(allowed)} are"
        if allowed
        else "nobody is, as the policy names no group for it"
    )
