"""
Names, last digits and free text of the audit log: kept beside the events, which hold a salted digest of each.

A text can be blanked without changing an event: what stays is a digest that says nothing without its salt.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from bot.aio.frozen import frozen

#: Facts that are texts about a person, or written by one, wherever they stand in an event. Names are stored.
PERSONAL = frozenset({"customer_name", "customer_tail", "note", "question", "reply"})
#: Stands for a text that was blanked, where there must be one.
BLANKED = "(removed)"
#: Characters of a salt: 16 random bytes in hex.
SALT_BYTES = 16


@frozen(kw_only=True)
class KeptText:
    """
    One text of an event.

    Attributes:
        digest: as the event holds it.
        name: of the fact.
        salt, text: None once it is blanked.

    """

    digest: str
    name: str
    salt: str | None
    text: str | None

    @property
    def is_whole(self) -> bool:
        """Whether the text is the one that the digest was made of; what is blanked cannot be told any more."""
        if self.salt is None or self.text is None:
            return self.salt is None and self.text is None
        return hmac.compare_digest(self.digest, salted(self.salt, self.text))


def salted(salt: str, text: str) -> str:
    """HMAC-SHA-256 of the text under its salt, in hex."""
    return hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()


def set_apart(
    why: Mapping[str, Any], new_salt: Callable[[], str]
) -> tuple[dict[str, Any], tuple[KeptText, ...]]:
    """The facts with a digest in place of each text, and the texts; what is empty stays."""
    facts, texts = dict(why), []
    for name in sorted(PERSONAL & facts.keys()):
        if not isinstance(text := facts[name], str) or not text:
            continue
        salt = new_salt()
        kept = KeptText(digest=salted(salt, text), name=name, salt=salt, text=text)
        facts[name] = {"digest": kept.digest}
        texts.append(kept)
    return facts, tuple(texts)


def digest_in(fact: Any) -> str | None:
    """The digest that stands for a text; None where a fact is none."""
    return fact.get("digest") if isinstance(fact, Mapping) else None


def with_texts(why: Mapping[str, Any], texts: Mapping[str, str | None]) -> dict[str, Any]:
    """The facts as they were before, with the texts by their digest; a blanked one says so."""

    def told(fact: Any) -> Any:
        digest = digest_in(fact)
        return fact if digest is None else texts.get(digest) or BLANKED

    return {name: told(fact) if name in PERSONAL else fact for name, fact in why.items()}
