"""Ed25519 signatures of seals (RFC 8032); keys and signatures are written in base64."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.aio.frozen import frozen
from bot.domain.seal import Seal


@frozen
class Signer:
    key: Ed25519PrivateKey

    @classmethod
    def of(cls, written: str) -> Signer:
        """Raises ValueError where it is no key."""
        return cls(Ed25519PrivateKey.from_private_bytes(base64.b64decode(written, validate=True)))

    @property
    def public(self) -> str:
        return base64.b64encode(self.key.public_key().public_bytes_raw()).decode()

    def sign(self, seal: Seal) -> str:
        return base64.b64encode(self.key.sign(seal.signed)).decode()


def is_public_key(written: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(written, validate=True))
    except ValueError:
        return False
    return True


def is_signed(seal: Seal) -> bool:
    """Whether the seal's signature is one of the key that it names."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(seal.signed_by or "", validate=True))
        key.verify(base64.b64decode(seal.signature or "", validate=True), seal.signed)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
