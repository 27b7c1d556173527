"""Whether the data disk takes what is to be kept: the pages are told once when it does not, and when it does again."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mos_appliance.wire import live

LOOK_S: Final = 2.0
LEAST_BYTES: Final = 256 << 10
"""With less room than that the disk is full for us: a take of an hour has 100 to 400 kB."""
_PROBE: Final = ".probe"
_log: Final = logging.getLogger("mos.hub")


class DiskWatch:
    """Looks at the disk of `data`, and hears from whoever it refuses. `tell` gets what the pages are to know."""

    def __init__(self, data: Path, tell: Callable[[live.Disk], None]) -> None:
        self._data = data
        self._tell = tell
        self._why = ""

    @property
    def full(self) -> bool:
        """Whether it takes nothing more."""
        return bool(self._why)

    def refused(self, error: OSError) -> None:
        """The disk has refused a write; said once, however many follow."""
        self._say(error.strerror or "it failed")

    async def watch(self) -> None:
        """Look now and again, for ever."""
        while True:
            self._say(await asyncio.to_thread(self._look))
            await asyncio.sleep(LOOK_S)

    def _say(self, why: str) -> None:
        if bool(why) == bool(self._why):
            return
        self._why = why
        if why:
            _log.warning("%s: the disk takes nothing more: %s", self._data, why)
        else:
            _log.warning("%s: the disk takes what is to be kept again", self._data)
        self._tell(live.Disk(why))

    def _look(self) -> str:
        """Why nothing can be written now; empty when it can. A disk that has refused must take a file first."""
        try:
            disk = os.statvfs(self._data)
            if disk.f_bavail * disk.f_frsize < LEAST_BYTES:
                return os.strerror(errno.ENOSPC)
            if self._why:
                self._write_probe()
        except OSError as error:
            return error.strerror or "it failed"
        return ""

    def _write_probe(self) -> None:
        probe = self._data / _PROBE
        try:
            with probe.open("wb") as file:
                file.write(bytes(LEAST_BYTES))
                file.flush()
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)
