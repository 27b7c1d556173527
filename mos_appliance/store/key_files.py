"""Files of secret keys: PKCS #8 in PEM, as `openssl genpkey -algorithm ed25519` writes them; for the owner's eyes only.

Source: RFC 8410, section 7.
"""

from __future__ import annotations

import os
import re
import secrets
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from pathlib import Path
from typing import Final

from mos_appliance.errors import BadInput

SEED_BYTES: Final = 32
_HEAD: Final = bytes.fromhex("302e020100300506032b657004220420")
"""What stands before the secret: version 0, the name of Ed25519, a string of 34 bytes that holds one of 32."""
_PEM: Final = re.compile(r"-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END PRIVATE KEY-----\s*")
_MOST_BYTES: Final = 4096
_OWNER_ONLY: Final = 0o600


def make_key_file(path: Path) -> bytes:
    """Write a new secret into a file that must not be there yet. Returns the seed. Errors: `BadInput`, `OSError`."""
    seed = secrets.token_bytes(SEED_BYTES)
    text = f"-----BEGIN PRIVATE KEY-----\n{b64encode(_HEAD + seed).decode()}\n-----END PRIVATE KEY-----\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ONLY)
    except FileExistsError:
        raise BadInput(f"key {path}", "is there already; a key is never overwritten") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return seed


def read_key_file(path: Path) -> bytes:
    """The seed in a key file. Errors: `BadInput` for what is none, `OSError`."""
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES)
    found = _PEM.fullmatch(data.decode("latin-1"))
    try:
        der = b64decode("".join(found[1].split()), validate=True) if found else b""
    except NoBase64:
        der = b""
    if not der.startswith(_HEAD) or len(der) != len(_HEAD) + SEED_BYTES:
        raise BadInput(f"key {path}", "is no secret Ed25519 key in PEM; mos key new makes one")
    return der[len(_HEAD) :]
