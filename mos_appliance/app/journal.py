"""What the processes say, shown on stderr and kept in a log that never grows past its bound."""

from __future__ import annotations

import contextlib
import os
import select
import time
from pathlib import Path
from typing import Final

LOG_BYTES: Final = 1 << 20
"""The log is put aside as `NAME.1` at this size, so both together stay under twice of it."""


class Journal:
    """Lines with the tag of who said them. Never waits for a terminal that does not take them."""

    def __init__(self, path: Path, stderr: int = 2, limit: int = LOG_BYTES) -> None:
        self._path, self._stderr, self._limit = path, stderr, limit
        path.parent.mkdir(parents=True, exist_ok=True)
        self._log = self._open()

    def write(self, tag: str, line: str) -> None:
        """One line, shown and kept."""
        self._keep(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {tag}: {line}\n".encode(errors="replace"))
        self._show(f"{tag}: {line}\n".encode(errors="replace"))

    def close(self) -> None:
        """The log is complete."""
        if self._log is not None:
            os.close(self._log)
            self._log = None

    def _open(self) -> int | None:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def _keep(self, text: bytes) -> None:
        if self._log is None:
            return
        try:
            if os.fstat(self._log).st_size + len(text) > self._limit:
                self.close()
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
                self._log = self._open()
            os.write(self._log or 0, text)
        except OSError as error:  # a full disk must not end the sound: say it once and go on without a log
            self.close()
            self._show(f"log: {self._path}: {error.strerror}; nothing more is kept\n".encode())

    def _show(self, text: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # nobody looks any more; the log still has it
            if select.select([], [self._stderr], [], 0)[1]:
                os.write(self._stderr, text)
