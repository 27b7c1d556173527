"""Signatures of documents: Ed25519 over the canonical form, the arithmetic itself coming in from outside."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import NamedTuple

from mos_appliance.music.json_text import Json
from mos_appliance.music.umf.canonical import canonical

Sign = Callable[[bytes], bytes]
"""Message → 64 bytes."""
Verify = Callable[[bytes, bytes, bytes], bool]
"""Key, message, signature → whether it is good."""


class Checked(NamedTuple):
    """A signature and whether it is good. `place` counts from 0."""

    place: int
    key: bytes
    good: bool


def signed_bytes(document: Json) -> bytes:
    """What a signature is made over: the canonical form without `provenance.signatures`. Errors: `BadInput`."""
    provenance = document.get("provenance")
    if provenance is not None and "signatures" in provenance:
        rest = {name: value for name, value in provenance.items() if name != "signatures"}
        document = {**document, "provenance": rest}
    return canonical(document)


def sign_umf(document: Json, key: bytes, sign: Sign, *, by: str = "", signed_at: str = "") -> Json:
    """The document with one more signature. The first makes `provenance`, if there is none, before it signs."""
    provenance = document.get("provenance", {})
    document = {**document, "provenance": provenance}
    value = sign(signed_bytes(document))
    told = {name: text for name, text in (("by", by), ("signedAt", signed_at)) if text}
    signature = {"algorithm": "Ed25519", "key": b64encode(key).decode(), "value": b64encode(value).decode(), **told}
    document["provenance"] = {**provenance, "signatures": [*provenance.get("signatures", ()), signature]}
    return document


def check_signatures(document: Json, verify: Verify) -> list[Checked]:
    """Each signature of a checked document."""
    signatures = document.get("provenance", {}).get("signatures", ())
    if not signatures:
        return []
    message = signed_bytes(document)
    checked = []
    for place, signature in enumerate(signatures):
        key = b64decode(signature["key"])
        checked.append(Checked(place, key, verify(key, message, b64decode(signature["value"]))))
    return checked
