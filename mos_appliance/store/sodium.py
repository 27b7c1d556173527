"""What libsodium does for us: signatures, sealed bytes, keys out of passphrases.

Source: RFC 8032 (Ed25519); draft-irtf-cfrg-xchacha-03 (XChaCha20-Poly1305); RFC 9106 (Argon2id); all by libsodium.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nacl import pwhash
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_ABYTES,
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
)
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.signing import SigningKey, VerifyKey

KEY_BYTES: Final = crypto_aead_xchacha20poly1305_ietf_KEYBYTES
NONCE_BYTES: Final = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
SEAL_BYTES: Final = crypto_aead_xchacha20poly1305_ietf_ABYTES
"""By so many bytes what is sealed is longer."""
SALT_BYTES: Final = pwhash.argon2id.SALTBYTES
PASS_OPERATIONS: Final = pwhash.argon2id.OPSLIMIT_MODERATE
PASS_MEMORY: Final = pwhash.argon2id.MEMLIMIT_INTERACTIVE
"""64 MiB: what a board of 512 MB can spare for a moment."""


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


def seal(key: bytes, nonce: bytes, message: bytes, about: bytes) -> bytes:
    """The message, unreadable without the key, and bound to what it is `about`. A nonce is used once."""
    return crypto_aead_xchacha20poly1305_ietf_encrypt(message, about, nonce, key)


def unseal(key: bytes, nonce: bytes, sealed: bytes, about: bytes) -> bytes | None:
    """The message; None when the key is another, or anything was changed."""
    if len(sealed) < SEAL_BYTES:
        return None
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, about, nonce, key)
    except CryptoError:
        return None


def key_of(passphrase: str, salt: bytes, operations: int = PASS_OPERATIONS, memory: int = PASS_MEMORY) -> bytes:
    """A key out of what somebody can remember; slow on purpose. Units: `memory` bytes."""
    return pwhash.argon2id.kdf(KEY_BYTES, passphrase.encode(), salt, operations, memory)
