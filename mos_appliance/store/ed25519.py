"""Ed25519: keys that sign, and whether a signature is good. Source: RFC 8032, by libsodium."""

from __future__ import annotations

from collections.abc import Callable

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of `key` (32 bytes) signed the message."""
    try:
        VerifyKey(key).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def signer(seed: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    """The public key of a secret of 32 bytes, and what signs with it."""
    secret = SigningKey(seed)
    return bytes(secret.verify_key), lambda message: secret.sign(message).signature
