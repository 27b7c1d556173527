"""Files by their CID: written whole or not at all, stored once, checked when they are read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mos_appliance.errors import Corrupt
from mos_appliance.music.cid import binary_of, cid_of
from mos_appliance.store.document import sync_directory

_NEW: Final = ".new"
_DAMAGED: Final = "damaged"


class ContentStore:
    """A directory of files, in folders by the last two letters of their CIDs. One process at a time may add."""

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._root = root
        self._durable = durable
        for name in ("", _NEW, _DAMAGED):
            (root / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write files, each under its CID, and make them last: when this returns they are all there.

        First all are written, then all are synchronised, then all get their names: a card writes so at its best.
        """
        written = [(cid, self._write(cid, data)) for cid, data in files]
        folders = set()
        for cid, temporary in written:
            if self._durable:
                _synchronise(temporary)
            place = self._place(cid)
            if not place.parent.is_dir():
                place.parent.mkdir(mode=0o700)
                folders.add(self._root)
            temporary.replace(place)
            folders.add(place.parent)
        if self._durable:
            for folder in folders:
                sync_directory(folder)

    def read(self, cid: str) -> bytes:
        """The bytes of that CID. Errors: `FileNotFoundError`; `Corrupt` when others lie there: they are put aside."""
        place = self._place(cid)
        data = place.read_bytes()
        if cid_of(data) != cid:
            aside = self._root / _DAMAGED / cid
            place.replace(aside)
            raise Corrupt(str(aside), "is damaged: it does not have the bytes of its name any more")
        return data

    def holds(self, cid: str) -> bool:
        """Whether there is a file of that CID; `read` says whether it is good."""
        return self._place(cid).is_file()

    def drop(self, cid: str) -> None:
        """Delete a file, if it is there."""
        self._place(cid).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete what an interrupted `put` left. Nobody may be adding."""
        for leftover in (self._root / _NEW).iterdir():
            leftover.unlink()

    def cids(self) -> list[str]:
        """The CIDs of all files."""
        return [file.name for folder in self._root.iterdir() if len(folder.name) == 2 for file in folder.iterdir()]

    def _write(self, cid: str, data: bytes) -> Path:
        temporary = self._root / _NEW / cid
        temporary.write_bytes(data)
        return temporary

    def _place(self, cid: str) -> Path:
        binary_of(cid)  # a name that is none leads nowhere
        return self._root / cid[-2:] / cid


def _synchronise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
