"""Whether an audit log is what was sealed; pure, so that an exported file is judged as the ledger is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.aio.frozen import frozen
from bot.domain.seal import Seal, chained

#: What is wrong with a seal's signature; None where nothing is.
WrongSignature = Callable[[Seal], str | None]


@frozen
class Broken:
    """
    The first thing that is not as it was sealed.

    Attributes:
        event: None where it is the seal itself.

    """

    seal: int
    event: int | None
    what: str


@frozen(kw_only=True)
class StretchVerdict:
    """What came of one stretch; `digest` is the chain's after it."""

    digest: str
    broken: Broken | None = None


def verify_stretch(
    seal: Seal, previous: str, events: Iterable[Mapping[str, Any]], wrong_signature: WrongSignature
) -> StretchVerdict:
    """Compare a stretch with its seal; `previous` is the digest before it, `bot.domain.seal.BEGINNING` for the first."""
    if seal.previous != previous:
        what = "it does not follow the seal before it: a seal was removed, inserted or changed"
        return StretchVerdict(digest=seal.digest, broken=Broken(seal.id, None, what))
    wrong = wrong_signature(seal)
    if wrong is not None:
        return StretchVerdict(digest=seal.digest, broken=Broken(seal.id, None, wrong))
    digest, each = chained(previous, events)
    if digest == seal.digest and len(each) == seal.events:
        return StretchVerdict(digest=digest)
    event, what = _first_difference(seal.digests, each)
    return StretchVerdict(digest=seal.digest, broken=Broken(seal.id, event, what))


def _first_difference(
    sealed: tuple[tuple[int, str], ...], found: tuple[tuple[int, str], ...]
) -> tuple[int | None, str]:
    """Which event differs first, and how; none where only the seal itself can have been changed."""
    was, now = dict(sealed), dict(found)
    for number in sorted(was.keys() | now.keys()):
        if number not in now:
            return number, "it was removed"
        if number not in was:
            return number, "it was inserted after the stretch was sealed"
        if was[number] != now[number]:
            return number, "it was changed, or put in another's place"
    return None, "the seal itself was changed: the events are what its list of digests says"
