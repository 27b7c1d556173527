"""The models that came with the software: each under the CID that a signed manifest gives it, else it is not used."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Final

import msgspec

from mos_appliance.errors import Corrupt, Unavailable
from mos_appliance.music.cid import cid_of
from mos_appliance.store.sodium import verify

FOLDER: Final = Path(__file__).parents[1] / "models"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
SIGNER: Final = b64decode("Or6wNjUbdOEJ/6V59KEGK/uCfsCZa02rAq+I/OAku88=")
"""Who makes the models. The signature is over the manifest's very bytes."""
MOST_BYTES: Final = 8 << 20


class ModelEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """A row of the manifest."""

    file: str
    cid: str
    licence: str
    made: str
    """When, and by which recipe."""


class Manifest(msgspec.Struct, frozen=True):
    """What the manifest says."""

    version: int
    models: dict[str, ModelEntry]


def read_model(name: str, folder: Path = FOLDER, signer: bytes = SIGNER) -> bytes:
    """The bytes of a model. Errors: `Unavailable` when it is not there, `Corrupt` when it is not what was signed."""
    entry = read_manifest(folder, signer).models.get(name)
    if entry is None:
        raise Unavailable(f"there is no model {name} in {folder}: install the software anew")
    path = folder / Path(entry.file).name
    data = _read(path)
    if cid_of(data) != entry.cid:
        raise Corrupt(str(path), f"is not the model {name} that was signed: its CID is another")
    return data


def read_manifest(folder: Path = FOLDER, signer: bytes = SIGNER) -> Manifest:
    """The manifest. Errors: as `read_model`."""
    path = folder / MANIFEST
    text, signature = _read(path), _read(folder / SIGNATURE)
    if not verify(signer, text, signature):
        raise Corrupt(str(path), "its signature is not by the maker of the models")
    try:
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Corrupt(str(path), f"is no manifest of models: {error}") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise Unavailable(f"{path} is missing: install the software anew") from None
    if len(data) > MOST_BYTES:
        raise Corrupt(str(path), f"has more than {MOST_BYTES >> 20} MiB")
    return data
