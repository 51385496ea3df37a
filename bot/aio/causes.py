"""What led to an error: its causes, and the errors that were handled when it was raised."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

#: What to do about a certificate that is not trusted.
TRUST_STEP = (
    "Set SSL_CERT_FILE to a PEM file with the authority that signed it, of your proxy or network; "
    "one that the environment names counts before the one in .env."
)


def causes(err: BaseException) -> Iterator[BaseException]:
    """Yield the error and all that led to it, each once; also what `from None` hides, and members of groups."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [err]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__context__, one.__cause__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def is_untrusted(err: BaseException) -> bool:
    """Whether a certificate that was shown is why: not signed by a known authority, ended, or of another host."""
    return any(isinstance(one, ssl.SSLCertVerificationError) for one in causes(err))
