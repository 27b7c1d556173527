"""Signs the shipped models: `python -m training.manifest KEY.pem`, with a key as `mos key` makes it.

The public key goes into `store/model_files.py` (SIGNER); it is printed.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from pathlib import Path
from typing import Final

import msgspec

from mos_appliance.music.cid import cid_of
from mos_appliance.store.key_files import read_key_file
from mos_appliance.store.model_files import FOLDER, MANIFEST, SIGNATURE, Manifest, ModelEntry
from mos_appliance.store.sodium import signer

_RECIPES: Final = {
    "hearing": "training/hearing, docs/models/hearing.md",
    "harmony": "training/harmony, docs/models/harmony.md",
}


def main(key: Path) -> int:
    """Write the manifest and its signature. Returns 0."""
    entries = {
        path.stem: ModelEntry(path.name, cid_of(path.read_bytes()), "Apache-2.0", _RECIPES[path.stem])
        for path in sorted(FOLDER.glob("*.tflite"))
    }
    text = msgspec.json.format(msgspec.json.encode(Manifest(1, entries)), indent=2) + b"\n"
    public, sign = signer(read_key_file(key))
    (FOLDER / MANIFEST).write_bytes(text)
    (FOLDER / SIGNATURE).write_bytes(sign(text))
    sys.stdout.write(f"{len(entries)} models signed by {b64encode(public).decode()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
