"""WAVs that were rendered once: a directory with a limit, from which the oldest go first. Works on the disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 256 << 20
MOST_SHARE: Final = 0.05
"""Of the disk."""


class WavCache:
    """Files by key. Call it from a worker thread."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, key: str) -> Path | None:
        """The file of that key, which is young again, or None."""
        file = self._file(key)
        if not file.is_file():
            return None
        os.utime(file)
        return file

    def room_for(self, key: str) -> tuple[Path, Path]:
        """Where to put the MIDI file to render from, and the WAV until `admit`."""
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._root / f".{key}.mid", self._root / f".{key}.wav"

    def admit(self, key: str, new: Path) -> Path:
        """Take a finished file in; what is too much goes."""
        file = self._file(key)
        new.replace(file)
        disk = os.statvfs(self._root)
        self.shrink(min(MOST_BYTES, int(disk.f_blocks * disk.f_frsize * MOST_SHARE)), file)
        return file

    def shrink(self, most: int, spared: Path | None = None) -> int:
        """Remove the oldest files, but not the `spared` one, until at most `most` bytes are left. Returns what is."""
        files = [(file, file.stat()) for file in self._root.glob("*.wav")]
        used = sum(stat.st_size for _, stat in files)
        for file, stat in sorted(files, key=lambda pair: pair[1].st_mtime):
            if used > most and file != spared:
                file.unlink(missing_ok=True)
                used -= stat.st_size
        return used

    def forget(self) -> None:
        """Remove what an interrupted rendering left."""
        for leftover in self._root.glob(".*"):
            leftover.unlink()

    def _file(self, key: str) -> Path:
        return self._root / f"{key}.wav"
